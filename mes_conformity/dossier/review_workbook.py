"""The sheet of a review as an XLSX workbook: requirements, follow-up of the findings, admissibility."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mes_conformity.assessment import sheets
from mes_conformity.assessment.words import folded
from mes_conformity.dossier.addenda import Role
from mes_conformity.dossier.review_words import ACTIONS, DECISIONS, KINDS
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both, pick

_WIDTHS = {
    "id": 28,
    "title": 36,
    "statement": 60,
    "said": 36,
    "evidence": 30,
    "tests": 28,
    "history": 44,
    "kind": 24,
    "finding": 50,
    "recommendation": 44,
    "comment": 50,
    "reason": 60,
    "source": 60,
}
_GIVEN = ("kind", "finding", "recommendation", "word", "comment")
Row = Mapping[str, str]


def _headers(role: Role) -> dict[str, dict[str, Text]]:
    """Per sheet: column → what its first line says. What is filled in comes after what is read."""
    return {
        "requirement": {
            "id": both("identifiant"),
            "section": both("rubrique"),
            "obligation": both("obligation"),
            "title": both("titre"),
            "statement": both("énoncé"),
            "answer": both("réponse de l'éditeur"),
            "said": both("justification, commentaire"),
            "evidence": both("preuves"),
            "tests": both("tests"),
            "kind": both("genre du constat"),
            "finding": both("constat"),
            "recommendation": both("ce qui est attendu"),
            "stamp": both("empreinte"),
        },
        "finding": {
            "id": both("constat n°"),
            "title": both("exigence, genre"),
            "statement": both("ce qui a été constaté"),
            "answer": both("où il en est"),
            "history": both("ce qui a été répondu"),
            "tests": both("ce qui a changé depuis"),
            "word": both("décision") if role == "expert" else both("action"),
            "comment": both("texte"),
            "stamp": both("empreinte"),
        },
        "check": {
            "id": both("point"),
            "title": both("ce qui est regardé"),
            "state": both("état"),
            "reason": both("raison"),
            "source": both("source"),
        },
    }


def _titles() -> dict[str, Text]:
    return {"requirement": both("Exigences"), "finding": both("Suivi"), "check": both("Recevabilité")}


def write_workbook(rows: Sequence[Row], role: Role, checks: Sequence[Row], now: str) -> bytes:
    """The workbook, the same bytes for the same rows and `now`. Raises InvalidInput `XLS002`."""
    import openpyxl
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for kind, columns in _headers(role).items():
        members = list(checks) if kind == "check" else [row for row in rows if row["row"] == kind]
        if not members:
            continue
        sheet = book.create_sheet(pick(_titles()[kind]))
        sheets.fill(sheet, {name: pick(text) for name, text in columns.items()}, members, given=_GIVEN, widths=_WIDTHS)
        for column, words in (("kind", KINDS), ("word", DECISIONS if role == "expert" else ACTIONS)):
            if column in columns:
                letter = get_column_letter([*columns].index(column) + 1)
                place = f"{letter}2:{letter}{len(members) + 1}"
                sheets.offer(sheet, place, [pick(word) for word in words.values()])
    if not book.worksheets:
        book.create_sheet(pick(_titles()["finding"]))
    return sheets.saved(book, now)


def read_workbook(source: bytes, name: str) -> list[tuple[Location, Row]]:
    """The rows of a workbook that came back. Raises InvalidInput `LST…`, `XLS001` (columns missing), `XLS003`."""
    found: list[tuple[Location, Row]] = []
    with sheets.opened(source, name) as worksheets:
        for sheet in worksheets:
            found += _sheet_rows(sheet, name)
    if not found:
        message = both("ce classeur n'a pas les colonnes attendues")
        expected = both("un classeur écrit par `mes-conformity review export`")
        raise InvalidInput("XLS001", message, location=Location(name), expected=expected)
    return found


def _sheet_rows(sheet: Any, name: str) -> Iterator[tuple[Location, Row]]:
    sheet.reset_dimensions()
    columns: dict[int, str] = {}
    kind = ""
    for line, cells in enumerate(sheet.iter_rows(max_col=64), 1):
        if not columns:
            kind, columns = _recognised(cells)
            if not columns:
                return
            continue
        where = Location(f"{name} [{sheet.title}]", line, 1)
        row = {column: sheets.cell_text(cells[place], where) for place, column in columns.items() if place < len(cells)}
        if any(text.strip() for text in row.values()):
            yield where, {"row": kind, **row}


def _recognised(cells: Sequence[Any]) -> tuple[str, dict[int, str]]:
    """Which sheet this is by its first line, in either language, and which column stands where."""
    words = [folded(str(cell.value or "")) for cell in cells]
    for role in ("expert", "publisher"):
        for kind, wanted in (("requirement", "finding"), ("finding", "word")):
            columns = _headers(role)[kind]
            names = {folded(word): column for column, text in columns.items() for word in (column, *text.values())}
            found = {place: names[word] for place, word in enumerate(words) if word in names}
            if {"id", wanted} <= set(found.values()):
                return kind, found
    return "", {}
