"""What the rows of a list become: each understood, or told with its reason."""

import io

import openpyxl
import pytest

from mes_conformity.catalogue.columns import SavedMapping
from mes_conformity.catalogue.listing import read_listing
from mes_conformity.catalogue.requirement_rows import understand

HEADER = "Section;Bloc;N° exigence;Énoncé;N° scénario;Scénario;N° preuve 1;Preuve 1;N° preuve 2;Preuve 2;Profil;Niveau"


def understood(*lines, header=HEADER):
    return understand(read_listing("\n".join((header, *lines)).encode(), "a.csv"))


def refusals(found):
    return [(item.code, item.line) for item in found.told("not_understood")]


def test_a_row_is_a_requirement():
    found = understood("Identité;INS;INS 45;Le système DOIT.;45.1;Chercher;45.1.1;Capture;45.1.2;Vidéo;Usager;2")
    (draft,) = found.drafts
    assert (draft.code, draft.statement, draft.obligation, draft.level) == (
        "INS 45",
        "Le système DOIT.",
        "mandatory",
        2,
    )
    assert draft.sections == (("", "Identité"), ("", "INS"))
    assert draft.scenarios == [("45.1", "Chercher")]
    assert draft.evidence == [("45.1.1", "Capture"), ("45.1.2", "Vidéo")]
    assert draft.profiles == ["Usager"]
    assert found.rows["requirement"] == 1
    assert found.remarks == []


def test_blank_cells_are_those_above_until_the_section_changes():
    found = understood(
        "A;b;1;Il DOIT un.", ";;2;Il DOIT deux.", ";c;3;Il DOIT trois.", "D;;4;Il DOIT quatre.", "D;;5;Il DOIT cinq."
    )
    assert [tuple(title for _code, title in draft.sections) for draft in found.drafts] == [
        ("A", "b"),
        ("A", "b"),
        ("A", "c"),
        ("D",),
        ("D",),
    ]


def test_a_row_without_number_nor_statement_adds_to_the_one_above():
    found = understood("A;;1;Il DOIT.;1.1;Un;1.1.1;Capture", ";;;;1.2;Deux;1.2.1;Journal", ";;1;;;;1.2.2;Vidéo")
    (draft,) = found.drafts
    assert draft.scenarios == [("1.1", "Un"), ("1.2", "Deux")]
    assert draft.evidence == [("1.1.1", "Capture"), ("1.2.1", "Journal"), ("1.2.2", "Vidéo")]
    assert found.rows["continued"] == 2


def test_the_same_requirement_for_another_profile_is_one_requirement():
    found = understood("A;;1;Il DOIT.;;;;;;;Usager", "A;;1;il doit;;;;;;;Professionnel")
    assert [draft.profiles for draft in found.drafts] == [["Usager", "Professionnel"]]


def test_a_piece_without_text_keeps_its_number():
    found = understood("A;;1;Il DOIT.;;;1.1;;1.2;Vidéo", "A;;2;Il DOIT bien.;;;;Capture;2.2;")
    assert [draft.evidence for draft in found.drafts] == [
        [("1.1", ""), ("1.2", "Vidéo")],
        [("", "Capture"), ("2.2", "")],
    ]


def test_headings_banners_and_repeated_headers_are_counted():
    lines = ("Chapitre 2;;;", "A;;1;Il DOIT.", HEADER, ";Bloc b;;", ";;2;Il DOIT bien.")
    found = understand(read_listing("\n".join(("Mon référentiel", HEADER, *lines)).encode(), "a.csv"))
    assert found.rows == {
        "requirement": 2,
        "continued": 0,
        "heading": 2,
        "repeated_header": 1,
        "before_header": 1,
        "not_understood": 0,
    }
    assert found.drafts[1].sections == (("", "A"), ("", "Bloc b"))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("A;;2;", "IMP102"),
        ("A;;;Il DOIT sans numéro.", "IMP103"),
        (f"A;;{'9' * 65};Il DOIT.", "IMP104"),
        (f"A;;2;{'x' * 32_768}", "IMP105"),
        ("A;;1;Il DOIT autrement.", "IMP106"),
        (";;2", "IMP102"),
        (";;INS 45.1.2 a", "IMP102"),
    ],
)
def test_a_row_that_is_not_understood_is_told_with_its_line(line, code):
    found = understood("A;;1;Il DOIT.", line)
    assert refusals(found) == [(code, 3)]
    assert found.rows["not_understood"] == 1


def test_a_title_under_the_numbers_is_a_heading():
    found = understood("1;Il DOIT.", "Chapitre 2 : sécurité;", "2;Il DOIT bien.", header="N° exigence;Énoncé")
    assert [draft.sections for draft in found.drafts] == [(), (("", "Chapitre 2 : sécurité"),)]
    assert [item.code for item in found.told("heading")] == ["IMP301"]


def test_a_row_that_adds_nothing_is_told():
    assert refusals(understood("A;;1;Il DOIT.", "A;b;;;;;;;;;;2")) == [("IMP107", 3)]


def test_a_continued_row_above_everything_is_told():
    assert refusals(understood(";;;;1.1;Scénario perdu")) == [("IMP107", 2)]


def test_choices_are_told():
    found = understood("A;;1;Il répond.;;;;;;;;haut")
    assert [item.code for item in found.told("chosen")] == ["IMP201", "IMP202"]
    assert (found.drafts[0].obligation, found.drafts[0].level) == ("recommended", None)


def test_text_that_was_cleaned_is_told():
    found = understood("A;;1;Il DOIT\x1b[31m.")
    assert [item.code for item in found.remarks] == ["IMP203"]


def test_a_list_without_numbers_needs_none():
    found = understood("Le système DOIT un.;A", "Le système DOIT deux.;A", header="Énoncé;Section")
    assert [draft.code for draft in found.drafts] == ["", ""]
    assert found.drafts[1].sections == (("", "A"),)


def test_a_title_alone_is_the_statement():
    found = understood("1;Le système DOIT un.", header="N°;Intitulé")
    assert [(draft.code, draft.title, draft.statement) for draft in found.drafts] == [("1", "", "Le système DOIT un.")]


def workbook():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Exigences"
    sheet.append(["Mon référentiel"])
    sheet.merge_cells("A1:D1")
    sheet.append(["Section", "N° exigence", "Énoncé", "Preuve"])
    sheet.append(["A", "A 1", "Il DOIT.", "Capture"])
    sheet.append([None, None, None, "Vidéo"])
    sheet.merge_cells("B3:B4")
    sheet.merge_cells("C3:C4")
    sheet.append(["Chapitre B"])
    sheet.merge_cells("A5:D5")
    sheet.append([None, "B 1", "Il DOIT.", "=1+1"])
    book.create_sheet("Notice").append(["Lisez-moi", "deux"])
    stream = io.BytesIO()
    book.save(stream)
    return read_listing(stream.getvalue(), "a.xlsx")


def test_merged_cells_of_a_workbook_are_followed():
    found = understand(workbook())
    assert [(draft.code, draft.evidence) for draft in found.drafts] == [
        ("A 1", [("", "Capture"), ("", "Vidéo")]),
        ("B 1", []),
    ]
    assert found.drafts[1].sections == (("", "Chapitre B"),)
    assert found.rows["heading"] == 1
    assert [(item.code, item.sheet, item.line) for item in found.remarks] == [
        ("IMP302", "Exigences", 1),
        ("IMP301", "Exigences", 5),
        ("IMP204", "Exigences", 6),
        ("IMP101", "Notice", 1),
    ]


def test_only_the_sheets_of_the_mapping_are_read():
    columns = {"n exigence": "code", "num exigence": "code", "enonce": "statement"}
    found = understand(workbook(), SavedMapping(columns, ("Notice",)))
    assert found.headers == {}
    assert found.rows["not_understood"] == 7
