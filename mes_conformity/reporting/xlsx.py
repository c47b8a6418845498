"""The report as a workbook: a sheet to read first, then requirements, cases, checks and what is to be followed.

No cell is ever a formula: every text is written as a text, and one that would become a formula under somebody's hands
carries an apostrophe. The rows are streamed; the bytes do not depend on the clock.
Source: ECMA-376 part 1, §22.9.2.19 (ST_Xstring: `_xHHHH_` would be read as a character).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from mes_conformity.assessment.sheets import saved
from mes_conformity.foundation.i18n import Text, both, pick, using
from mes_conformity.reporting import guidance, tables, words
from mes_conformity.reporting.model import Report

_READ_AS_ONE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_WIDTH, _WIDE = 18, 60
_HEAD, _TEXT = "report head", "report text"
_WIDE_COLUMNS: Final = frozenset(
    {"title", "message", "reason", "what", "justification", "comment", "expected", "obtained"}
)
_TITLES: Final = {
    "summary": both("Synthèse"),
    "requirements": both("Exigences"),
    "cases": both("Cas"),
    "checks": both("Contrôles"),
    "follow_up": both("Suivi"),
}


def render(report: Report, lang: str) -> bytes:
    """The workbook, its texts in `lang`."""
    import openpyxl
    from openpyxl.styles import Alignment, Font, NamedStyle

    with using(lang):
        book = openpyxl.Workbook(write_only=True)
        # Named once: a style that is set cell by cell costs more than the cell.
        book.add_named_style(NamedStyle(_HEAD, font=Font(bold=True), alignment=Alignment(vertical="top")))
        book.add_named_style(NamedStyle(_TEXT, alignment=Alignment(wrap_text=True, vertical="top")))
        _sheet(book, "summary", ("", ""), _summary(report))
        _sheet(book, "requirements", tables.REQUIREMENTS, tables.requirements(report))
        _sheet(book, "cases", tables.CASES, tables.cases(report))
        _sheet(book, "checks", tables.CHECKS, tables.checks(report))
        _sheet(book, "follow_up", tables.FOLLOW_UP, tables.follow_up(report))
    return saved(book, report.run["run"]["ended_at"])


def _sheet(book: Any, name: str, columns: tuple[str, ...], rows: Iterable[tables.Row]) -> None:
    """A sheet whose first line stays in sight; in write-only mode sizes are said before the rows."""
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(pick(_TITLES[name]))
    labelled = not any(columns)  # the first column says what the second holds
    for place, column in enumerate(columns, 1):
        wide = column in _WIDE_COLUMNS or (labelled and place == 2)
        sheet.column_dimensions[get_column_letter(place)].width = _WIDE if wide else _WIDTH
    if not labelled:
        sheet.freeze_panes = "B2"
        sheet.append([_cell(sheet, column, _HEAD) for column in columns])
    last = 1
    for row in rows:
        sheet.append(
            [_cell(sheet, value, _TEXT if place or not labelled else _HEAD) for place, value in enumerate(row)]
        )
        last += 1
    if not labelled:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"


def _cell(sheet: Any, value: Any, style: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=_text(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # whatever it looks like to the library: a formula, an error, a number
    cell.style = style
    return cell


def _text(value: str) -> str:
    return _READ_AS_ONE.sub("_x005F_", tables.cell(value))


def _summary(report: Report) -> Iterator[tables.Row]:
    run = report.run
    said: list[tuple[Text | str, Text | str | None]] = [
        (words.LABELS["verdict"], guidance.sentence(report)),
        (words.LABELS["declared"], guidance.declarations(report)),
        (words.LABELS["publisher"], run["service"]["publisher"]),
        (words.LABELS["run"], run["run"]["id"]),
        (words.LABELS["target"], (run["run"]["target"] or {}).get("name")),
        (words.LABELS["tool"], f"{run['tool']['name']} {run['tool']['version']}"),
    ]
    if run["catalogue"]:
        said.append((words.LABELS["catalogue"], f"{run['catalogue']['id']} {run['catalogue']['version']}"))
    for label, value in said:
        yield pick(label), pick(value or "–")
    for title, basis in report.judgement.bases:
        yield pick(words.LABELS["bases"]), f"{title} — {pick(words.BASES[basis])}"
    for outcome, count in report.outcomes().items():
        yield pick(words.OUTCOMES[outcome].word), count
