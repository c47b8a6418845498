"""Headers recognised, saved and reused."""

import pytest

from mes_conformity.catalogue.columns import FIELDS, find_header, normal, read_mapping, recognised, write_mapping
from mes_conformity.catalogue.listing import read_listing
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.yaml_documents import dump, parse

SHEET = (
    "PROFIL;N°;ID Section;Section;Bloc;Fonction;Nature de l'exigence;N° exigence;Énoncé (DOIT / DEVRAIT);Version;"
    "N° scénario;Scénario de conformité;N° preuve 1;Preuve 1;N° preuve 2;Preuve 2;N° preuve 3;Preuve 3"
)


def header(*lines, mapping=None):
    return find_header(read_listing("\n".join(lines).encode(), "a.csv").sheets[0], mapping)


def fields(*lines, mapping=None):
    found = header(*lines, mapping=mapping)
    return found and [column.field for column in found.columns]


def test_the_columns_of_a_requirement_sheet_are_all_known():
    assert fields(SHEET) == [
        "profile", "row", "section_id", "section", "block", "function", "nature", "code", "statement", "version",
        "scenario_id", "scenario", "evidence_id", "evidence", "evidence_id", "evidence", "evidence_id", "evidence",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Numéro de l’exigence", "code"),
        ("N°exigence", "code"),
        ("IDENTIFIANT", "code"),
        ("Requirement no.", "code"),
        ("Criterion ID", "code"),
        ("Statement", "statement"),
        ("Texte de l'exigence", "statement"),
        ("Libellé", "title"),
        ("English title", "title_en"),
        ("Statement (EN)", "statement_en"),
        ("Rubrique", "section"),
        ("Code section", "section_id"),
        ("Sous-section", "block"),
        ("Obligatoire / Optionnel", "obligation"),
        ("Mandatory", "obligation"),
        ("Niveau cible", "level"),
        ("Référence réglementaire", "article"),
        ("Legal basis", "article"),
        ("Pièce justificative", "evidence"),
        ("Expected evidence 2", "evidence"),
        ("Evidence number 2", "evidence_id"),
        ("Test case", "scenario"),
        ("Précisions", "guidance"),
        ("Réponse de l'éditeur", None),
        ("", None),
    ],
)
def test_headers_are_recognised_in_both_languages(name, field):
    assert recognised(name) == field


def test_case_accents_and_punctuation_do_not_count():
    assert normal("  ÉNONCÉ\n(Doit/Devrait) : ") == "enonce doit devrait"
    assert normal("Nº  Exigence") == normal("n° exigence") == normal("Numéro exigence") == "num exigence"


def test_titles_above_the_header_are_passed():
    found = header("Référentiel des exigences", "Version du 1er mars", "", "N° exigence;Énoncé", "A;B")
    assert (found.first, found.last) == (2, 2)


def test_two_rows_of_headers_are_read_together():
    lines = ("Exigence;;Section;;Preuve 1;;Énoncé", "N°;Intitulé;ID;Nom;N°;Description;", "A;B;1;S;A.1;Capture;Texte")
    found = header(*lines)
    assert (found.first, found.last) == (0, 1)
    assert [column.field for column in found.columns] == [
        "code", "title", "section_id", "section", "evidence_id", "evidence", "statement",
    ]  # fmt: skip


def test_a_banner_over_the_header_is_no_header():
    found = header("Exigences;Exigences;Exigences", "N° exigence;Énoncé;Section", "A;B;C")
    assert (found.first, found.last) == (1, 1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("N°;Exigence;Obligatoire", ["code", "statement", "obligation"]),
        ("N°;Critère;Description", ["code", "title", "statement"]),
        ("Code;Exigence;Énoncé", ["code", "title", "statement"]),
        ("Section;Question", ["section", "statement"]),
        ("Énoncé", ["statement"]),
        ("Énoncé;Énoncé;Code", ["statement", None, "code"]),
    ],
)
def test_vague_headers_are_read_by_what_stands_beside_them(line, expected):
    assert fields(line, "a;b;c") == expected


@pytest.mark.parametrize("lines", [("a;b;c", "d;e;f"), ("Section;Bloc", "a;b")])
def test_a_table_that_says_nothing_of_requirements_has_no_header(lines):
    assert header(*lines) is None


def test_a_saved_mapping_reads_the_same_columns():
    found = header(SHEET.replace("Version", "Réponse"))
    saved = read_mapping(parse(write_mapping({"": found}), "map.yaml"))
    again = header(SHEET.replace("Version", "réponse "), mapping=saved)
    assert [column.field or "ignore" for column in found.columns] == [column.field for column in again.columns]


def test_a_mapping_names_columns_of_its_own():
    saved = read_mapping(
        parse(dump({"schema_version": 1, "sheets": ["A"], "columns": [
            {"header": "Machin", "field": "code"}, {"header": "Truc", "field": "statement"},
            {"header": "Section", "field": "ignore"}]}), "map.yaml")
    )  # fmt: skip
    assert saved.sheets == ("A",)
    assert fields("TRUC;Section;Machin;Énoncé", "a;b;c;d", mapping=saved) == ["statement", "ignore", "code", None]


@pytest.mark.parametrize(
    "spoil", [{"columns": []}, {"columns": [{"header": "a", "field": "zz"}]}, {"schema_version": 2}, {"zz": 1}]
)
def test_a_mapping_is_held_to_its_schema(spoil):
    data = {"schema_version": 1, "columns": [{"header": "a", "field": "code"}], **spoil}
    with pytest.raises(InvalidInput) as caught:
        read_mapping(parse(dump(data), "map.yaml"))
    assert caught.value.code == "SCH001"


def test_every_field_may_be_named_in_a_mapping():
    columns = [{"header": field, "field": field} for field in FIELDS]
    assert len(read_mapping(parse(dump({"schema_version": 1, "columns": columns}), "m.yaml")).columns) == len(FIELDS)


def test_columns_are_named_like_a_spreadsheet_names_them():
    found = header(";".join(["Énoncé", "Code"] + [f"c{number}" for number in range(30)]))
    assert [found.columns[index].letter for index in (0, 25, 26, 27)] == ["A", "Z", "AA", "AB"]
