import csv
import io
from typing import Any

from mes_conformity.assessment.tables import unguarded
from mes_conformity.reporting.csv import render
from mes_conformity.reporting.encoding import visible
from mes_conformity.reporting.model import Report
from mes_conformity.reporting.tables import CASES


def rows(report: Report, lang: str = "fr") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(report, lang).decode("utf-8-sig"), newline="")))


def test_one_line_per_case(report: Report) -> None:
    found = rows(report)
    assert len(found) == len(report.run["cases"])
    assert tuple(found[0]) == CASES
    failed = next(row for row in found if row["case"] == "MES-U-02")
    assert failed["expected"] == "measures/value-present"
    assert failed["obtained"] == "L'observation ne porte pas de valeur"


def test_it_begins_with_the_mark_that_spreadsheets_want(report: Report) -> None:
    assert render(report, "fr").startswith(b"\xef\xbb\xbfcase,suite,")


def test_it_speaks_the_language_asked_for(report: Report) -> None:
    assert next(row for row in rows(report, "en") if row["case"] == "MES-U-03")["reason"] == "no connected device"


def test_a_cell_never_becomes_a_formula(hostile: Report) -> None:
    cells = [value for row in rows(hostile) for value in row.values()]
    assert not [cell[:20] for cell in cells if cell.lstrip()[:1] in set("=+-@\uff1d\uff0b\uff0d\uff20")]
    assert any(cell.startswith("'=cmd") for cell in cells)


def test_texts_come_back_equal(hostile: Report) -> None:
    entries: Any = {case["id"]: case for case in hostile.run["cases"]}
    for row in rows(hostile):
        assert unguarded(row["title"]) == visible(entries[row["case"]]["title"]["fr"])
        assert unguarded(row["source"]) == visible(entries[row["case"]]["source"])


def test_no_cell_is_longer_than_a_spreadsheet_takes(hostile: Report) -> None:
    lengths = [len(value) for row in rows(hostile) for value in row.values()]
    assert 30_000 < max(lengths) <= 32_767
