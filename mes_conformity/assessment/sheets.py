"""Worksheets that are safe to open and to read back: what every workbook of the program is made with.

No cell is ever a formula: texts are written as texts, and those that would become one under somebody's hands carry the
apostrophe of `tables.guarded`. What XML cannot hold is written `_xHHHH_`.
Source: ECMA-376 part 1, §22.9.2.19 (ST_Xstring).
"""

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from mes_conformity.assessment.tables import guarded, unguarded, value_text
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both

CELL_LIMIT = 32_767
STAMP = "stamp"  # a column for the program alone: hidden
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def fill(
    sheet: Any,
    headers: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    *,
    given: Collection[str] = (),
    widths: Mapping[str, int] | None = None,
) -> None:
    """Write rows under their headers (column → words); `given` are the columns that a reader fills in.

    Raises InvalidInput `XLS002` for a text that no cell can hold.
    """
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    columns = list(headers)
    for place, (column, header) in enumerate(headers.items(), 1):
        cell = sheet.cell(1, place, header)
        cell.font = Font(bold=True)
        # What is to be filled in is marked by a sign as well as by a colour.
        if column in given:
            cell.fill = PatternFill("solid", fgColor="FFF2CC")
        sheet.column_dimensions[get_column_letter(place)].width = (widths or {}).get(column, 18)
        sheet.column_dimensions[get_column_letter(place)].hidden = column == STAMP
    for line, row in enumerate(rows, 2):
        for place, column in enumerate(columns, 1):
            _write(sheet.cell(line, place), row.get(column, ""))
            sheet.cell(line, place).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{max(2, len(rows) + 1)}"


def _write(cell: Any, value: Any) -> None:
    if value == "":
        return
    if isinstance(value, int | date):
        cell.value = value
        return
    text = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", guarded(value))
    if len(text) > CELL_LIMIT:
        raise InvalidInput(
            "XLS002",
            both("un texte est trop long pour une cellule"),
            location=Location(f"{cell.parent.title}!{cell.coordinate}"),
            expected=f"≤ {CELL_LIMIT}",
            obtained=str(len(text)),
            hint=both("exportez en .json"),
        )
    cell.value = text
    # Whatever the text looks like to openpyxl: a formula, an error, a number.
    cell.data_type = "s"


def offer(sheet: Any, cells: str, words: Sequence[str]) -> None:
    """Let the cells be filled from a list, where the list fits."""
    from openpyxl.worksheet.datavalidation import DataValidation

    # The list of a validation is one text of 255 characters, its words between commas.
    listed = ",".join(words)
    if not words or len(listed) > 255 or any("," in word or '"' in word for word in words):
        return
    offered = DataValidation("list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=True)
    offered.add(cells)
    sheet.add_data_validation(offered)


def saved(book: Any, now: str) -> bytes:
    """The bytes of a workbook, which says that it was written at `now` (an instant in UTC)."""
    stream = io.BytesIO()
    book.save(stream)
    return steady(stream.getvalue(), now)


def steady(content: bytes, now: str) -> bytes:
    """The workbook `content` dated `now`, without the clock of whoever wrote it."""
    stream = io.BytesIO()
    instant = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = instant.sub(rb"\g<1>" + now.encode() + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, part)
    return stream.getvalue()


@contextmanager
def opened(source: bytes, name: str) -> Iterator[Sequence[Any]]:
    """The sheets of a workbook that came from elsewhere.

    Raises InvalidInput `LST001` to `LST003` (no workbook, too big, hostile).
    """
    from mes_conformity.catalogue.spreadsheet import read_spreadsheet

    read_spreadsheet(source, name)  # weighs the archive and refuses what is hostile; the cells are read as they are
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(source), read_only=True, data_only=False, keep_links=False)
    try:
        yield book.worksheets
    finally:
        book.close()


def cell_text(cell: Any, where: Location) -> str:
    """What a cell says, as it was before it was written. Raises InvalidInput `XLS003` for a formula."""
    value = cell.value
    if cell.data_type == "f":
        raise InvalidInput(
            "XLS003",
            both("une cellule contient une formule"),
            location=where,
            obtained=str(value)[:40],
            hint=both("remplacez-la par sa valeur"),
        )
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, bool | int | float | date):
        return value_text(int(value) if isinstance(value, float) and value.is_integer() else value)
    return unguarded(_WRITTEN.sub(lambda found: chr(int(found[1], 16)), str(value)))
