"""The answers as a CSV table that a spreadsheet opens safely, and back, without loss.

A cell that a spreadsheet would take for a formula (it starts with `=`, `+`, `-`, `@`, a tab or a line end) is written
with an apostrophe before it; on the way back that apostrophe goes. Source: OWASP, "CSV Injection".
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mes_conformity.assessment import facts
from mes_conformity.assessment.model import Answer, Assessment
from mes_conformity.assessment.scoring import in_force
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.digests import digest
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both, pick

COLUMNS = (
    "kind",
    "id",
    "section",
    "obligation",
    "title",
    "status",
    "value",
    "level",
    "justification",
    "comment",
    "owner",
    "due_on",
    "evidence",
    "stamp",
)
# What a person fills in: the stamp of a row is over these.
_GIVEN = ("status", "value", "level", "justification", "comment", "owner", "due_on")
CELL_LIMIT = 1024 * 1024
# The full-width signs are read as the plain ones by some spreadsheets.
_FORMULA = re.compile(r"'*(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])")
Row = Mapping[str, str]


def guarded(cell: str) -> str:
    """The cell as it is written: never a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_table(assessment: Assessment, catalogue: Catalogue) -> str:
    """The table of the questions asked and the requirements in force, answered or not. Nothing set aside is in it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in (*fact_rows(assessment, catalogue), *requirement_rows(assessment, catalogue)):
        writer.writerow(guarded(row.get(column, "")) for column in COLUMNS)
    return stream.getvalue()


def fact_rows(assessment: Assessment, catalogue: Catalogue) -> list[Row]:
    """The questions asked with these facts, each with its value as one cell."""
    values = assessment.fact_values()
    rows = [
        {"kind": "fact", "id": fact.id, "title": pick(fact.prompt), "value": value_text(values.get(fact.id))}
        for fact in facts.questions(catalogue, values)
    ]
    return [{**row, "stamp": stamp(assessment, row)} for row in rows]


def stamp(assessment: Assessment, row: Row) -> str:
    """What a row said when it left, and of which assessment: `<assessment>-<digest of what a person fills in>`.

    So that a table that comes back never undoes what was answered here in the meantime.
    """
    given = [(row.get(column) or "").replace("\r\n", "\n") for column in _GIVEN]
    return f"{origin(assessment)}-{digest([row['kind'], row['id'], given])[:16]}"


def origin(assessment: Assessment) -> str:
    """What the stamps of one assessment begin with."""
    return digest(assessment.id)[:8]


def of_answer(assessment: Assessment, requirement: str) -> dict[str, str]:
    """The cells of a requirement that a person fills in, as they stand."""
    answer = assessment.answers.get(requirement)
    head = {"kind": "requirement", "id": requirement}
    return {**head, **(_answer_cells(answer) if answer else {"status": "not_assessed"})}


def value_text(value: Any) -> str:
    """The value of a fact as one cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


def requirement_rows(assessment: Assessment, catalogue: Catalogue) -> list[Row]:
    """The requirements in force, each with its answer."""
    rows: list[Row] = []
    for requirement in in_force(catalogue, assessment.fact_values()):
        head = {
            "section": requirement.section,
            "obligation": requirement.obligation,
            "title": pick(requirement.title),
        }
        row = {**of_answer(assessment, requirement.id), **head}
        rows.append({**row, "stamp": stamp(assessment, row)})
    return rows


def _answer_cells(answer: Answer) -> Row:
    return {
        "status": answer.status,
        "level": "" if answer.level is None else str(answer.level),
        "justification": answer.justification or "",
        "comment": answer.comment or "",
        "owner": answer.owner or "",
        "due_on": answer.due_on or "",
        "evidence": " ".join(item.path or item.href or "" for item in answer.evidence),
    }


def read_table(source: bytes, name: str) -> list[tuple[int, Row]]:
    """The rows of a table, each with its line. Comma, semicolon or tab, whichever the first line uses.

    Raises InvalidInput `CSV001` (not UTF-8, not a table, columns missing), `CSV002` (a row of another width).
    """
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        hint = both("enregistrez le tableau en « CSV UTF-8 »")
        raise _refused(both("le tableau n'est pas encodé en UTF-8"), name, line, hint=hint) from None
    header, rows = _parse(text, name)
    missing = [column for column in ("kind", "id") if column not in header]
    if missing:
        raise _refused(both("colonne manquante : {names}", names=", ".join(missing)), name, 1)
    if len(set(header)) != len(header):
        raise _refused(both("une colonne est écrite deux fois"), name, 1)
    return [(line, dict(zip(header, row, strict=True))) for line, row in rows]


def _parse(text: str, name: str) -> tuple[Sequence[str], list[tuple[int, list[str]]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    previous = csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [unguarded(cell).strip().lower() for cell in next(reader, [])]
        rows = [(reader.line_num, [unguarded(cell) for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise _refused(both("ce n'est pas un tableau CSV"), name, reader.line_num, obtained=str(error)) from None
    finally:
        csv.field_size_limit(previous)
    for line, row in rows:
        if len(row) != len(header):
            raise InvalidInput(
                "CSV002",
                both("cette ligne n'a pas le bon nombre de cellules"),
                location=Location(name, line, 1),
                expected=str(len(header)),
                obtained=str(len(row)),
            )
    return header, rows


def _refused(message: Any, name: str, line: int, **more: Any) -> InvalidInput:
    return InvalidInput("CSV001", message, location=Location(name, line, 1), **more)
