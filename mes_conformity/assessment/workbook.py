"""The answers as an XLSX workbook: one sheet for the requirements, with a filter, one for the orientation questions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from mes_conformity.assessment import facts, sheets
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.tables import Row, fact_rows, requirement_rows
from mes_conformity.assessment.words import NUMBERED, folded, status_name
from mes_conformity.catalogue.model import Catalogue, Fact
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both, pick

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
        headers = {column: pick(text) for column, text in columns.items()}
        sheets.fill(sheet, headers, rows[kind], given=_GIVEN, widths=_WIDTHS)
    last = max(2, len(rows["requirement"]) + 1)
    sheets.offer(book.worksheets[0], f"F2:F{last}", [pick(status_name(status)) for status in NUMBERED])
    _offer_choices(book.worksheets[1], catalogue, rows["fact"])
    return sheets.saved(book, now)


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


def _offer_choices(sheet: Any, catalogue: Catalogue, rows: Sequence[Mapping[str, Any]]) -> None:
    for line, row in enumerate(rows, 2):
        fact = catalogue.fact(row["id"])
        words = [pick(choice.label) for choice in fact.choices] if fact.type == "choice" else []
        if fact.type == "boolean":
            words = [pick(both("oui")), pick(both("non"))]
        sheets.offer(sheet, f"C{line}", words)


def read_workbook(source: bytes, name: str) -> list[tuple[Location, Row]]:
    """The rows of a workbook that came back, each with its place, in the shape of `tables.read_table`.

    Raises InvalidInput `LST001` to `LST003` (no workbook, too big, hostile), `XLS001` (columns missing), `XLS003` (a
    formula where an answer stands).
    """
    found: list[tuple[Location, Row]] = []
    with sheets.opened(source, name) as worksheets:
        for sheet in worksheets:
            found += _sheet_rows(sheet, name)
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
        row = {column: sheets.cell_text(cells[place], where) for place, column in columns.items() if place < len(cells)}
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
