"""XLSX: no formula, no loss, the same bytes; a hostile or spoiled workbook is refused with its place."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from mes_conformity.assessment import exchange
from mes_conformity.assessment.answers import Given, give
from mes_conformity.assessment.facts import reconcile
from mes_conformity.assessment.model import Assessment, Provenance
from mes_conformity.assessment.workbook import read_workbook, write_workbook
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation import i18n
from mes_conformity.foundation.errors import InvalidInput

AT = "2026-11-03T08:00:00Z"
PERSON = Provenance("person", "2026-11-01T08:00:00Z")


@pytest.fixture
def answered(assessment: Assessment, catalogue: Catalogue, answering: Callable[..., Assessment]) -> Assessment:
    """Everything answered, with texts that are hard on a spreadsheet."""
    filled = answering(assessment, exchange="write", measures="oui", supports="web,ios", hds="conform")
    comment = '=HYPERLINK("http://x";"y") _x0041_ \x07\r\n #REF!'
    filled = give(
        filled, catalogue.requirement("mesures"), Given("partial", comment, None, 2, "-Ada", "2027-01-01"), PERSON
    )
    return reconcile(answering(filled, erreurs="not_applicable"), catalogue)


def opened(source: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(source))


def changed(source: bytes, edit: Callable[[Any], None]) -> bytes:
    """The workbook after a colleague's hands."""
    book = opened(source)
    edit(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_no_cell_is_a_formula(answered: Assessment, catalogue: Catalogue) -> None:
    book = opened(write_workbook(answered, catalogue, AT))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert not [cell.coordinate for cell in cells if str(cell.value or "").startswith(("=", "+", "-", "@"))]


def test_it_has_a_frozen_header_a_filter_and_lists(answered: Assessment, catalogue: Catalogue) -> None:
    requirements, facts = opened(write_workbook(answered, catalogue, AT)).worksheets
    assert requirements.title == "Exigences"
    assert requirements.freeze_panes == facts.freeze_panes == "B2"
    assert requirements.auto_filter.ref == "A1:M4"
    (offered,) = requirements.data_validations.dataValidation
    assert str(offered.sqref) == "F2:F4"
    assert "conforme" in offered.formula1
    assert {str(item.sqref) for item in facts.data_validations.dataValidation} == {"C2", "C3"}


def test_the_same_assessment_gives_the_same_bytes(answered: Assessment, catalogue: Catalogue) -> None:
    assert write_workbook(answered, catalogue, AT) == write_workbook(answered, catalogue, AT)
    assert AT.encode() in zipfile.ZipFile(io.BytesIO(write_workbook(answered, catalogue, AT))).read("docProps/core.xml")


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_it_is_read_in_either_language(answered: Assessment, catalogue: Catalogue, lang: str) -> None:
    with i18n.using(lang):
        source = write_workbook(answered, catalogue, AT)
    plan = exchange.plan(answered, catalogue, source, "x.xlsx", "xlsx", AT)
    assert plan.changes == ()


def test_what_a_colleague_types_is_understood(answered: Assessment, catalogue: Catalogue) -> None:
    def edit(book: Any) -> None:
        sheet, facts = book.worksheets
        sheet["F2"], sheet["G2"], sheet["K2"] = (
            "Non conforme",
            3.0,
            datetime(2027, 3, 4, tzinfo=UTC).replace(tzinfo=None),
        )
        facts["C2"] = "Aucun"

    source = changed(write_workbook(answered, catalogue, AT), edit)
    plan = exchange.plan(answered, catalogue, source, "x.xlsx", "xlsx", AT)
    hds = plan.result.answers["hds"]
    assert (hds.status, hds.level, hds.due_on) == ("non_conform", 3, "2027-03-04")
    assert plan.result.fact_values()["exchange"] == "none"
    assert {change.id for change in plan.changes} == {"hds", "exchange"}


def test_a_formula_is_refused_with_its_line(answered: Assessment, catalogue: Catalogue) -> None:
    source = changed(write_workbook(answered, catalogue, AT), lambda book: book.worksheets[0].cell(3, 9, "=1+1"))
    with pytest.raises(InvalidInput) as caught:
        exchange.plan(answered, catalogue, source, "x.xlsx", "xlsx", AT)
    assert caught.value.code == "XLS003"
    assert caught.value.location is not None
    assert (caught.value.location.file, caught.value.location.line) == ("x.xlsx [Exigences]", 3)


def test_a_refused_cell_has_its_sheet_and_line(answered: Assessment, catalogue: Catalogue) -> None:
    source = changed(write_workbook(answered, catalogue, AT), lambda book: book.worksheets[0].cell(3, 6, "bien"))
    with pytest.raises(InvalidInput) as caught:
        exchange.plan(answered, catalogue, source, "x.xlsx", "xlsx", AT)
    assert caught.value.code == "ANS001"
    assert caught.value.location is not None
    assert caught.value.location.line == 3


def test_another_workbook_is_refused() -> None:
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    with pytest.raises(InvalidInput) as caught:
        read_workbook(stream.getvalue(), "x.xlsx")
    assert caught.value.code == "XLS001"


@pytest.mark.parametrize("source", [b"", b"PK", b"kind,id\n"])
def test_what_is_no_workbook_is_refused(source: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_workbook(source, "x.xlsx")
    assert caught.value.code.startswith("LST")


def test_a_text_no_cell_can_hold_is_refused(answered: Assessment, catalogue: Catalogue) -> None:
    long = replace(answered.answers["hds"], comment="é" * 32_768)
    with pytest.raises(InvalidInput) as caught:
        write_workbook(replace(answered, answers={"hds": long}), catalogue, AT)
    assert caught.value.code == "XLS002"


def test_no_answer_no_row_no_matter(assessment: Assessment, catalogue: Catalogue) -> None:
    bare = replace(catalogue, requirements=())
    requirements, _facts = opened(write_workbook(assessment, bare, AT)).worksheets
    assert requirements.max_row == 1
