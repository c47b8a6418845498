"""The sheet that a reviewer fills in: inert, and read back against what it was drawn from, or refused."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import dossier_samples
import openpyxl
import pytest
import review_samples as samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review_samples import source

from mes_conformity.dossier import review, review_sheet
from mes_conformity.dossier.addenda import Addendum
from mes_conformity.dossier.review import Review
from mes_conformity.dossier.review_sheet import GIVEN, WHOLE, Filled
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation import schemas
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import using
from mes_conformity.foundation.yaml_documents import dump

FORMATS = ("csv", "json", "xlsx")
NOW = "2026-11-23T08:00:00Z"
CHECKS = [{"id": "whole", "title": "=t()", "state": "✓ acquis", "reason": "@r", "source": "s"}]
HOSTILE = '=HYPERLINK("http://x";"y")\n\x07 _x0041_ \u202e'
Edit = Callable[[list[dict[str, str]]], None]


@pytest.fixture(scope="module")
def dossier(sealed: bytes) -> Dossier:
    """A dossier whose publisher writes hostile texts."""
    assessment = dossier_samples.assessment()
    assessment["answers"]["x-ech-jetons"]["comment"] = HOSTILE.replace("\x07", "")
    changes: dict[str, bytes | None] = {"assessment.yaml": dump(assessment).encode()}
    return samples.opened(dossier_samples.reseal(sealed, changes))


@pytest.fixture(scope="module")
def fresh(dossier: Dossier) -> Review:
    return review.examine(dossier)


@pytest.fixture(scope="module")
def asked(dossier: Dossier) -> Addendum:
    return samples.asks(dossier)


@pytest.fixture(scope="module")
def known(dossier: Dossier, asked: Addendum) -> Review:
    return review.examine(dossier, [source(asked)])


def edited(raw: bytes, kind: str, edit: Edit) -> bytes:
    """The sheet after somebody's hands."""
    if kind == "json":
        document = json.loads(raw)
        edit(document["rows"])
        return json.dumps(document, ensure_ascii=False).encode()
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
        edit(rows)
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, review_sheet.COLUMNS, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
        return stream.getvalue().encode("utf-8-sig")
    return _in_workbook(raw, edit)


def _in_workbook(raw: bytes, edit: Edit) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(raw))
    names = {
        "Exigences": ["id", "section", "obligation", "title", "statement", "answer", "said", "evidence", "tests",
                      "kind", "finding", "recommendation", "stamp"],
        "Suivi": ["id", "title", "statement", "answer", "history", "tests", "word", "comment", "stamp"],
    }  # fmt: skip
    for sheet in book.worksheets:
        columns = names.get(sheet.title)
        if columns is None:
            continue
        rows = [
            dict(zip(columns, map(_shown, row), strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)
        ]
        edit(rows)
        for line, row in enumerate(rows, 2):
            for place, column in enumerate(columns, 1):
                if row.get(column):
                    sheet.cell(line, place).value = row[column]
                    sheet.cell(line, place).data_type = "s"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def row_of(rows: list[dict[str, str]], name: str) -> dict[str, str]:
    return next((row for row in rows if row["id"] == name), {})


def fills(name: str, **cells: str) -> Edit:
    return lambda rows: row_of(rows, name).update(cells)


def filled(dossier: Dossier, known: Review, kind: Any, edit: Edit, role: Any = "expert") -> Filled:
    raw = review_sheet.write(dossier, known, role, kind, NOW, CHECKS)
    return review_sheet.read(edited(raw, kind, edit), f"f.{kind}", kind)


def refused(dossier: Dossier, known: Review, edit: Edit, kind: Any = "json", role: Any = "expert") -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        filled(dossier, known, kind, edit, role)
    return caught.value


def test_an_expert_has_a_row_per_requirement_and_one_for_the_whole(dossier: Dossier, fresh: Review) -> None:
    rows = review_sheet.rows(dossier, fresh, "expert")
    names = [row["id"] for row in rows]
    assert names[0] == WHOLE
    assert {"x-ech-jetons", "x-ech-tls", "x-ech-pagination"} <= set(names)
    told = next(row for row in rows if row["id"] == "x-ech-jetons")
    assert told["answer"] == "non conforme"
    assert told["tests"] == "APP-04 échec"


def test_what_the_embedded_catalogue_says_is_there_and_what_does_not_apply_is_not(tmp_path: Any, env: Any) -> None:
    from mes_conformity.catalogue.loader import load_shipped
    from mes_conformity.dossier import build

    catalogue = load_shipped()
    contents = build.collect(tmp_path, dossier_samples.write_workspace(tmp_path), catalogue, {})
    dossier = samples.opened(build.assemble(contents, {}, {}))
    rows = {row["id"]: row for row in review_sheet.rows(dossier, review.examine(dossier), "expert")}
    told = rows["x-ech-recette"]
    assert told["obligation"] == "obligatoire"
    assert told["title"]
    assert told["section"]
    assert told["statement"]
    assert len(rows) < len(catalogue.requirements) + 8


def test_a_publisher_has_only_what_waits(dossier: Dossier, known: Review) -> None:
    assert [row["id"] for row in review_sheet.rows(dossier, known, "publisher")] == ["1.1", "1.2", "1.3"]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_written_in_a_sheet_is_read_back(dossier: Dossier, fresh: Review, kind: str) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        fills("x-ech-jetons", kind="Non-conformité majeure", finding="Le jeton.", recommendation="Le renouveler.")(rows)
        fills(WHOLE, kind="good_practice", finding="Clair.")(rows)

    found = filled(dossier, fresh, kind, edit)
    told = {item.requirement: (item.kind, item.statement, item.recommendation) for item in found.noted}
    assert told == {
        None: ("good_practice", "Clair.", None),
        "x-ech-jetons": ("major_nonconformity", "Le jeton.", "Le renouveler."),
    }
    assert found.told == ()
    assert found.stamp == review_sheet.stamp(dossier, fresh, "expert")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("role", "word", "key"), [("expert", "levé", "closed"), ("publisher", "Planned", "planned")])
def test_what_is_said_of_earlier_findings_is_read_back(
    dossier: Dossier, known: Review, kind: str, role: str, word: str, key: str
) -> None:
    found = filled(dossier, known, kind, fills("1.2", word=word, comment="Vu."), role)
    assert [(item.said.finding, item.said.word, item.said.statement) for item in found.told] == [("1.2", key, "Vu.")]
    assert found.stamp.role == role


def test_the_follow_up_tells_what_was_answered_and_what_changed(sealed: bytes, asked: Addendum) -> None:
    assessment = dossier_samples.assessment()
    piece = {"id": "e", "title": "t", "href": "https://exemple.fr/p", "added_at": "2026-11-24T09:00:00Z"}
    assessment["answers"]["x-ech-jetons"] = dossier_samples.answer("conform", comment="Fait.", evidence=[piece])
    del assessment["answers"]["x-ech-tls"]["evidence"]

    def passes(data: dict[str, Any]) -> None:
        for case in data.get("cases") or [data["case"]]:
            case["outcome"] = "passed" if case["id"] == "APP-04" else case["outcome"]

    changes: dict[str, bytes | None] = {
        "assessment.yaml": dump(assessment).encode(),
        "review/01.mesaddendum.json": asked.raw,
        **{name: dossier_samples.changed(sealed, name, passes) for name in ("run.json", "cases/APP-04/case.json")},
    }
    following = samples.opened(dossier_samples.reseal(sealed, changes))
    answered = samples.answers(following, ())
    rows = review_sheet.rows(following, review.examine(following, [source(answered)]), "expert")
    first, second = row_of(rows, "1.1"), row_of(rows, "1.2")
    assert first["history"] == "corrigé : Corrigé en 2.4.2."
    assert first["answer"] == "répondu, attend l'expert"
    for told in ("réponse : non conforme → conforme", "réécrits", "preuve ajoutée", "APP-04 : failed → passed"):
        assert told in first["tests"]
    assert "preuve retirée" in second["tests"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_sheet_left_blank_says_nothing(dossier: Dossier, known: Review, kind: str) -> None:
    found = filled(dossier, known, kind, lambda rows: None)
    assert (found.noted, found.told) == ((), ())


def test_no_cell_of_a_workbook_is_a_formula(dossier: Dossier, known: Review) -> None:
    raw = review_sheet.write(dossier, known, "expert", "xlsx", NOW, CHECKS)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [sheet.title for sheet in book] == ["Exigences", "Suivi", "Recevabilité"]
    assert all(cell.data_type == "s" for cell in cells)
    assert not [cell.coordinate for cell in cells if str(cell.value).lstrip().startswith(("=", "+", "-", "@"))]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)


def test_no_cell_of_a_table_is_a_formula(dossier: Dossier, known: Review) -> None:
    raw = review_sheet.write(dossier, known, "expert", "csv", NOW)
    cells = [cell for row in csv.reader(io.StringIO(raw.decode(), newline="")) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@", "\t"))]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_review_gives_the_same_sheet(dossier: Dossier, known: Review, kind: Any) -> None:
    one = review_sheet.write(dossier, known, "expert", kind, NOW, CHECKS)
    assert review_sheet.write(dossier, known, "expert", kind, NOW, CHECKS) == one


def test_a_sheet_in_english_comes_back_too(dossier: Dossier, fresh: Review) -> None:
    with using("en"):
        raw = review_sheet.write(dossier, fresh, "expert", "xlsx", NOW)
    assert openpyxl.load_workbook(io.BytesIO(raw)).sheetnames == ["Requirements"]
    assert review_sheet.read(raw, "f.xlsx", "xlsx").stamp.role == "expert"


def test_the_json_form_is_published(dossier: Dossier, known: Review) -> None:
    document = json.loads(review_sheet.write(dossier, known, "expert", "json", NOW, CHECKS))
    assert schemas.errors(document, "review-sheet-1") == []
    del document["rows"][0]["id"]
    with pytest.raises(InvalidInput) as caught:
        review_sheet.read(json.dumps(document).encode(), "f.json", "json")
    assert caught.value.code == "SCH001"


def test_a_very_long_text_of_a_dossier_is_cut(sealed: bytes) -> None:
    assessment = dossier_samples.assessment()
    assessment["answers"]["x-ech-tls"]["comment"] = "x" * 20_000
    changes: dict[str, bytes | None] = {"assessment.yaml": dump(assessment).encode()}
    dossier = samples.opened(dossier_samples.reseal(sealed, changes))
    raw = review_sheet.write(dossier, review.examine(dossier), "expert", "xlsx", NOW)
    cells = [str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0] for cell in row]
    assert max(map(len, cells)) == review_sheet.MAX_SHOWN + 1


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"kind": "observation"}, "REV013"),
        ({"finding": "Un texte."}, "REV013"),
        ({"recommendation": "Faites."}, "REV013"),
        ({"kind": "grave", "finding": "Un texte."}, "REV014"),
    ],
    ids=["no text", "no kind", "only expected", "unknown kind"],
)
def test_half_a_finding_is_refused_with_its_place(dossier: Dossier, fresh: Review, cells: Any, code: str) -> None:
    error = refused(dossier, fresh, fills("x-ech-tls", **cells), "csv")
    assert error.code == code
    assert error.location is not None
    assert error.location.line is not None


@pytest.mark.parametrize(
    ("role", "cells", "code"),
    [
        ("expert", {"comment": "Vu."}, "REV013"),
        ("publisher", {"word": "corrigé"}, "REV013"),
        ("publisher", {"word": "levé", "comment": "x"}, "REV014"),
    ],
)
def test_half_a_reply_is_refused(dossier: Dossier, known: Review, role: str, cells: Any, code: str) -> None:
    assert refused(dossier, known, fills("1.1", **cells), "xlsx", role).code == code


@pytest.mark.parametrize(
    "mark", ["", "expert-x", "expert-0123456789abcdef-0123456789abcdef"], ids=["none", "bad", "two"]
)
def test_a_sheet_that_does_not_say_of_which_dossier_it_is_is_refused(
    dossier: Dossier, fresh: Review, mark: str
) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows if len(mark) < 20 else rows[:1]:
            row["stamp"] = mark

    assert refused(dossier, fresh, edit).code == "REV012"


def test_a_row_added_by_hand_needs_no_stamp(dossier: Dossier, fresh: Review) -> None:
    more = {"row": "requirement", "id": "x-ech-tls", "kind": "observation", "finding": "Encore."}
    assert [item.statement for item in filled(dossier, fresh, "json", lambda rows: rows.append(more)).noted] == [
        "Encore."
    ]


def test_a_publisher_to_whom_nothing_was_asked_has_an_empty_page(dossier: Dossier, fresh: Review) -> None:
    raw = review_sheet.write(dossier, fresh, "publisher", "xlsx", NOW)
    assert openpyxl.load_workbook(io.BytesIO(raw)).sheetnames == ["Suivi"]


def test_a_workbook_of_something_else_is_refused() -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.save(stream)
    with pytest.raises(InvalidInput) as caught:
        review_sheet.read(stream.getvalue(), "f.xlsx", "xlsx")
    assert caught.value.code == "XLS001"


def test_a_formula_where_a_finding_stands_is_refused(dossier: Dossier, fresh: Review) -> None:
    book = openpyxl.load_workbook(io.BytesIO(review_sheet.write(dossier, fresh, "expert", "xlsx", NOW)))
    book.worksheets[0]["K3"] = "=1+1"
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(InvalidInput) as caught:
        review_sheet.read(stream.getvalue(), "f.xlsx", "xlsx")
    assert caught.value.code == "XLS003"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1, max_size=60))
def test_any_text_comes_back_as_it_left(dossier: Dossier, fresh: Review, text: str) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        guarded = review_sheet.guarded(text)
        fills("x-ech-tls", kind="observation", finding=guarded)(rows)

    if text.strip():
        found = filled(dossier, fresh, "csv", edit)
        assert [item.statement for item in found.noted] == [text.strip()]
    assert set(GIVEN) <= set(review_sheet.COLUMNS)
