"""The workbook, read back by openpyxl and weighed as the archive it is."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from lxml import etree

from mes_conformity.reporting import tables
from mes_conformity.reporting.model import Report
from mes_conformity.reporting.xlsx import render


def book(report: Report, lang: str = "fr") -> Any:
    return openpyxl.load_workbook(io.BytesIO(render(report, lang)))


def rows(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_the_sheets_hold_the_view(report: Report) -> None:
    found = book(report)
    assert found.sheetnames == ["Synthèse", "Exigences", "Cas", "Contrôles", "Suivi"]
    assert "ne passe pas" in str(rows(found["Synthèse"])[0][1])
    assert ("Textes qui fondent le verdict", "API Mesures 1.5.2 — republié : texte officiel lu ailleurs") in rows(
        found["Synthèse"]
    )
    cases = rows(found["Cas"])
    assert cases[0] == tables.CASES
    assert [row[0] for row in cases[1:]] == [case.entry["id"] for suite in report.suites for case in suite.cases]
    assert len(rows(found["Contrôles"])) == 1 + sum(len(case["checks"]) for case in report.run["cases"])
    assert [row[:2] for row in rows(found["Suivi"])[1:]] == [("finding", "C-1"), ("action", "A-1"), ("waiver", "D-1")]


def test_what_does_not_apply_comes_last_with_its_reason(report: Report) -> None:
    answers = {row[0]: row for row in rows(book(report)["Exigences"])}
    assert answers["x-ech-mesures-codes"][7:10] == ("conform", "refuted", "yes")
    assert all(answers[item.id][5] == "no" and answers[item.id][6] for item in report.set_apart)


def test_numbers_are_numbers(report: Report) -> None:
    assert rows(book(report)["Cas"])[1][16] == 12


def test_it_speaks_the_language_asked_for(report: Report) -> None:
    assert book(report, "en").sheetnames == ["Summary", "Requirements", "Cases", "Checks", "Follow-up"]


@pytest.mark.parametrize("name", ["report", "bare", "hostile"])
def test_no_cell_is_a_formula_and_every_part_is_xml(name: str, request: pytest.FixtureRequest) -> None:
    raw = render(request.getfixturevalue(name), "fr")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert all(etree.fromstring(data) is not None for data in parts.values())
    assert not [part for part, data in parts.items() if b"<f>" in data or b"<f " in data]


def test_hostile_texts_are_texts(hostile: Report) -> None:
    cells = [cell for sheet in book(hostile) for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type in ("s", "n", "inlineStr") for cell in cells)
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert not [text[:20] for text in texts if text.lstrip()[:1] in set("=+-@")]
    assert any("_x003D_" in text for text in texts)
    assert max(map(len, texts)) <= 32_767


def test_the_catalogue_is_told_where_one_was_pinned(report: Report) -> None:
    run = {**report.documents.run, "catalogue": {"id": "mes-referencement", "version": "2.0.0", "sha256": "0" * 64}}
    pinned = replace(report, documents=replace(report.documents, run=run))
    assert ("Catalogue", "mes-referencement 2.0.0") in rows(book(pinned)["Synthèse"])
