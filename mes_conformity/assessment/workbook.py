"""The answers as an XLSX workbook: one sheet for the requirements, with a filter, one for the orientation questions.

No cell is ever a formula: texts are written as texts, and those that would become one under somebody's hands carry the
apostrophe of `tables.guarded`. What XML cannot hold is written `_xHHHH_`.
Source: ECMA-376 part 1, §22.9.2.19 (ST_Xstring).
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from mes_conformity.assessment import facts
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.tables import Row, fact_rows, guarded, requirement_rows, unguarded, value_text
from mes_conformity.assessment.words import NUMBERED, folded, status_name
from mes_conformity.catalogue.model import Catalogue, Fact
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both, pick

CELL_LIMIT = 32_767
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_WRITTEN = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_WIDTHS = {"id": 28, "title": 36, "statement": 60, "justification": 36, "comment": 44, "evidence": 36, "prompt": 60}
_GIVEN = ("status", "level", "justification", "comment", "owner", "due_on", "value")


def _headers() -> dict[str, dict[str, Text]]:
    """Per sheet: column → what its first line says. What a reader fills in comes after what it reads."""
    return {
        "requirement": {
            "id": both("identifiant"),
            "section": both("rubrique"),
            "obligation": both("obligation"),
            "title": both("titre"),
            "statement": both("énoncé"),
            "status": both("statut"),
            "level": both("niveau"),
            "justification": both("justification"),
            "comment": both("commentaire"),
            "owner": both("responsable"),
            "due_on": both("échéance"),
            "evidence": both("preuves"),
            "stamp": both("empreinte"),
        },
        "fact": {
            "id": both("identifiant"),
            "title": both("question"),
            "value": both("réponse"),
            "accepted": both("réponses possibles"),
            "stamp": both("empreinte"),
        },
    }


def _titles() -> dict[str, Text]:
    return {"requirement": both("Exigences"), "fact": both("Orientation")}


def write_workbook(assessment: Assessment, catalogue: Catalogue, now: str) -> bytes:
    """The workbook, the same bytes for the same assessment and `now` (an instant in UTC).

    Raises InvalidInput `XLS002` for a text that no cell can hold.
    """
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    rows = {
        "requirement": [_dressed(row, catalogue) for row in requirement_rows(assessment, catalogue)],
        "fact": [_asked(row, catalogue) for row in fact_rows(assessment, catalogue)],
    }
    for kind, columns in _headers().items():
        sheet = book.create_sheet(pick(_titles()[kind]))
        _fill(sheet, list(columns), [pick(text) for text in columns.values()], rows[kind])
    last = max(2, len(rows["requirement"]) + 1)
    _offer(book.worksheets[0], f"F2:F{last}", [pick(status_name(status)) for status in NUMBERED])
    _offer_choices(book.worksheets[1], catalogue, rows["fact"])
    stream = io.BytesIO()
    book.save(stream)
    return _steady(stream.getvalue(), now)


def _dressed(row: Row, catalogue: Catalogue) -> dict[str, Any]:
    """A row of the table in words, with the statement; level and date as spreadsheets hold them."""
    sections = {section.id: pick(section.title) for section in catalogue.sections}
    obligations = {
        "mandatory": both("obligatoire"),
        "recommended": both("recommandée"),
        "optional": both("facultative"),
    }
    level, due_on = row.get("level", ""), row.get("due_on", "")
    return {
        **row,
        "section": sections.get(row["section"], row["section"]),
        "obligation": pick(obligations[row["obligation"]]),
        "statement": pick(catalogue.requirement(row["id"]).statement),
        "status": pick(status_name(row["status"])),
        "level": int(level) if level else "",
        "due_on": date.fromisoformat(due_on) if due_on else "",
    }


def _asked(row: Row, catalogue: Catalogue) -> dict[str, Any]:
    fact = catalogue.fact(row["id"])
    accepted = " ; ".join(f"{choice.id} = {pick(choice.label)}" for choice in fact.choices)
    return {**row, "value": _shown(fact, row["value"]), "accepted": accepted or pick(facts.expected(fact))}


def _shown(fact: Fact, value: str) -> str:
    """The value of a fact as a person reads it; several choices stay ids, since a label may hold a comma."""
    if fact.type == "boolean" and value:
        return pick(both("oui") if value == "true" else both("non"))
    if fact.type == "choice":
        return next((pick(choice.label) for choice in fact.choices if choice.id == value), value)
    return value


def _fill(sheet: Any, columns: Sequence[str], headers: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for place, (column, header) in enumerate(zip(columns, headers, strict=True), 1):
        cell = sheet.cell(1, place, header)
        cell.font = Font(bold=True)
        # What is to be filled in is marked by a sign as well as by a colour.
        if column in _GIVEN:
            cell.fill = PatternFill("solid", fgColor="FFF2CC")
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(column, 18)
        sheet.column_dimensions[get_column_letter(place)].hidden = column == "stamp"
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


def _offer(sheet: Any, cells: str, words: Sequence[str]) -> None:
    """Let the cells be filled from a list, where the list fits."""
    from openpyxl.worksheet.datavalidation import DataValidation

    # The list of a validation is one text of 255 characters, its words between commas.
    listed = ",".join(words)
    if not words or len(listed) > 255 or any("," in word or '"' in word for word in words):
        return
    offered = DataValidation("list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=True)
    offered.add(cells)
    sheet.add_data_validation(offered)


def _offer_choices(sheet: Any, catalogue: Catalogue, rows: Sequence[Mapping[str, Any]]) -> None:
    for line, row in enumerate(rows, 2):
        fact = catalogue.fact(row["id"])
        words = [pick(choice.label) for choice in fact.choices] if fact.type == "choice" else []
        if fact.type == "boolean":
            words = [pick(both("oui")), pick(both("non"))]
        _offer(sheet, f"C{line}", words)


def _steady(content: bytes, now: str) -> bytes:
    """The same archive without the clock of whoever wrote it."""
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


def read_workbook(source: bytes, name: str) -> list[tuple[Location, Row]]:
    """The rows of a workbook that came back, each with its place, in the shape of `tables.read_table`.

    Raises InvalidInput `LST001` to `LST003` (no workbook, too big, hostile), `XLS001` (columns missing), `XLS003` (a
    formula where an answer stands).
    """
    from mes_conformity.catalogue.spreadsheet import read_spreadsheet

    read_spreadsheet(source, name)  # weighs the archive and refuses what is hostile; the cells are read as they are
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(source), read_only=True, data_only=False, keep_links=False)
    try:
        found: list[tuple[Location, Row]] = []
        for sheet in book.worksheets:
            found += _sheet_rows(sheet, name)
    finally:
        book.close()
    if not found:
        message = both("ce classeur n'a pas les colonnes attendues")
        expected = both("un classeur écrit par `mes-conformity assess export FICHIER.xlsx`")
        raise InvalidInput("XLS001", message, location=Location(name), expected=expected)
    return found


def _sheet_rows(sheet: Any, name: str) -> Iterator[tuple[Location, Row]]:
    sheet.reset_dimensions()
    lines = sheet.iter_rows(max_col=64)
    columns: dict[int, str] = {}
    kind = ""
    for line, cells in enumerate(lines, 1):
        if not columns:
            kind, columns = _recognised(cells)
            if not columns:
                return
            continue
        where = Location(f"{name} [{sheet.title}]", line, 1)
        row = {column: _text(cells[place], where) for place, column in columns.items() if place < len(cells)}
        if row.get("id", "").strip():
            yield where, {"kind": kind, **row}


def _recognised(cells: Sequence[Any]) -> tuple[str, dict[int, str]]:
    """Which sheet this is by its first line, in either language, and which column stands where."""
    words = [folded(str(cell.value or "")) for cell in cells]
    for kind, wanted in (("fact", "value"), ("requirement", "status")):
        columns = _headers()[kind]
        names = {folded(word): column for column, text in columns.items() for word in (column, *text.values())}
        found = {place: names[word] for place, word in enumerate(words) if word in names}
        if {"id", wanted} <= set(found.values()):
            return kind, found
    return "", {}


def _text(cell: Any, where: Location) -> str:
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
