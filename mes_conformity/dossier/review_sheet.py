"""The sheet that a reviewer fills in: a row per requirement, a row per earlier finding; CSV, JSON or XLSX.

What a dossier says is a stranger's: in the sheet it is text and nothing else (`tables.guarded`). Every row carries a
stamp, the dossier and the last addendum it was drawn from, so that a sheet that comes back is never read against
another dossier, nor against a review that has gone on in the meantime.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mes_conformity.assessment.exchange import Format
from mes_conformity.assessment.tables import guarded, read_table
from mes_conformity.assessment.words import status_name
from mes_conformity.dossier.addenda import Role, Said
from mes_conformity.dossier.documents import Documents
from mes_conformity.dossier.review import Followed, Review, subject_of
from mes_conformity.dossier.review_drafts import Noted, Told, requirements
from mes_conformity.dossier.review_words import (
    ACTIONS,
    DECISIONS,
    FINDING_STATES,
    KINDS,
    WORDS,
    accepted,
    change_text,
    named,
)
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation import json_documents
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both, pick

WHOLE: Final = "*"  # the row of the dossier as a whole
MAX_SHOWN: Final = 4_000
REQUIREMENT, FOLLOWED = "requirement", "finding"
GIVEN: Final = ("kind", "finding", "recommendation", "word", "comment")
COLUMNS: Final = (
    "row", "id", "section", "obligation", "title", "statement", "answer", "said", "evidence", "tests", "history",
    *GIVEN, "stamp",
)  # fmt: skip
_STAMP = re.compile(r"(expert|publisher)-([0-9a-f]{16})-([0-9a-f]{16})")
_OBLIGATIONS = {
    "mandatory": both("obligatoire"),
    "recommended": both("recommandée"),
    "optional": both("facultative"),
}
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Whom a sheet is for, and what it was drawn from: how the digests of manifest and last addendum begin."""

    role: Role
    manifest: str
    last: str

    def __str__(self) -> str:
        return f"{self.role}-{self.manifest}-{self.last}"


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody wrote in a sheet."""

    stamp: Stamp
    noted: tuple[Noted, ...]
    told: tuple[Told, ...]


def stamp(dossier: Dossier, review: Review, role: Role) -> Stamp:
    """What every row of a sheet drawn now carries."""
    last = review.addenda[-1].sha256 if review.addenda else "0" * 16
    return Stamp(role, subject_of(dossier).manifest[:16], last[:16])


def rows(dossier: Dossier, review: Review, role: Role) -> list[Row]:
    """The rows of a sheet: an expert's has every requirement, and both have the findings that are not closed."""
    mark = str(stamp(dossier, review, role))
    found = [_followed_row(item) for item in review.findings if item.state != "closed"]
    if role == "expert":
        found = [*_requirement_rows(dossier), *found]
    return [{**{column: _cut(text) for column, text in row.items()}, "stamp": mark} for row in found]


def _requirement_rows(dossier: Dossier) -> Iterator[Row]:
    from mes_conformity.dossier.judges import catalogue

    documents = dossier.documents
    yield {"row": REQUIREMENT, "id": WHOLE, "title": pick(both("le dossier dans son ensemble"))}
    files = documents.folder("catalogue")
    held = catalogue(files) if files else None
    known = {item.id: item for item in held.requirements} if held else {}
    sections = {item.id: pick(item.title) for item in held.sections} if held else {}
    aside = _not_applicable(documents, held)
    for name in requirements(dossier):
        if name in aside:
            continue
        row = {"row": REQUIREMENT, "id": name, **_declared(documents, name), "tests": _tests(documents, name)}
        item = known.get(name)
        if item is not None:
            row |= {
                "section": sections.get(item.section, item.section),
                "obligation": pick(_OBLIGATIONS[item.obligation]),
                "title": pick(item.title),
                "statement": pick(item.statement),
            }
        yield row


def _not_applicable(documents: Documents, catalogue: Any) -> set[str]:
    """The requirements that the facts declared set aside and that nobody answered."""
    if catalogue is None:
        return set()
    from mes_conformity.catalogue.applicability import applicability

    declared = (documents.assessment or {}).get("facts") or {}
    facts = {name: fact["value"] for name, fact in declared.items()} or dict(documents.run["facts"])
    answered = (documents.assessment or {}).get("answers") or {}
    decided = applicability(catalogue, facts)
    return {name for name, item in decided.items() if item.applies is False and name not in answered}


def _declared(documents: Documents, name: str) -> dict[str, str]:
    answer = ((documents.assessment or {}).get("answers") or {}).get(name) or {}
    said = [answer[key] for key in ("justification", "comment") if answer.get(key)]
    evidence = [item.get("path") or item["href"] for item in answer.get("evidence") or ()]
    return {
        "answer": pick(status_name(answer.get("status", "not_assessed"))),
        "said": "\n".join(said),
        "evidence": "\n".join(evidence),
    }


def _tests(documents: Documents, name: str) -> str:
    words = {"passed": both("réussi"), "failed": both("échec"), "error": both("non jugé"), "skipped": both("non joué")}
    told = [
        f"{case['id']} {pick(words[case['outcome']])}"
        for case in documents.run["cases"]
        if name in case["requirements"]
    ]
    return _cut("\n".join(told))


def _followed_row(item: Followed) -> Row:
    told = [f"{pick(WORDS[event.word])} : {event.statement or '–'}" for event in item.events]
    return {
        "row": FOLLOWED,
        "id": item.finding.id,
        "title": f"{item.finding.requirement or WHOLE} — {pick(KINDS[item.finding.kind])}",
        "statement": "\n".join(filter(None, (item.finding.statement, item.finding.recommendation))),
        "answer": pick(FINDING_STATES[item.state]),
        "tests": "\n".join(map(change_text, item.changes)),
        "history": "\n".join(told),
    }


def _cut(text: str) -> str:
    """What is only to be read may be cut: a dossier must not make a sheet that nobody can open."""
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def write(dossier: Dossier, review: Review, role: Role, kind: Format, now: str, checks: Sequence[Row] = ()) -> bytes:
    """The content of the sheet. `checks` (id, title, state, reason, source) is a page of its own in a workbook."""
    found = rows(dossier, review, role)
    if kind == "xlsx":
        from mes_conformity.dossier.review_workbook import write_workbook

        return write_workbook(found, role, checks, now)
    if kind == "json":
        document = {
            "schema_version": 1,
            "rows": [dict(row) for row in found],
            "checklist": [dict(row) for row in checks],
        }
        return json_documents.dump(document).encode("utf-8", "backslashreplace")
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in found:
        writer.writerow(guarded(row.get(column, "")) for column in COLUMNS)
    return stream.getvalue().encode("utf-8", "backslashreplace")


def read(source: bytes, name: str, kind: Format) -> Filled:
    """What somebody wrote in a sheet; rows left blank say nothing.

    Raises InvalidInput with the place: `CSV…`, `XLS…`, `LST…`, `JSN…`, `SCH001`, `REV012` (no stamp, or of several
    sheets), `REV013` (half a finding), `REV014` (an unknown word).
    """
    found = list(_rows(source, name, kind))
    mark = _one_stamp(found, name)
    noted = tuple(item for where, row in found if row.get("row") != FOLLOWED for item in _noted(where, row))
    told = tuple(item for where, row in found if row.get("row") == FOLLOWED for item in _told(where, row, mark.role))
    return Filled(mark, noted, told)


def _rows(source: bytes, name: str, kind: Format) -> Iterable[tuple[Location, Row]]:
    if kind == "xlsx":
        from mes_conformity.dossier.review_workbook import read_workbook

        return read_workbook(source, name)
    if kind == "csv":
        return [(Location(name, line, 1), row) for line, row in read_table(source, name)]
    from mes_conformity.foundation import schemas

    data = json_documents.parse(source, name)
    for pointer, message in schemas.errors(data, "review-sheet-1"):
        raise InvalidInput("SCH001", message, location=Location(name, pointer="/" + "/".join(map(str, pointer))))
    return [(Location(name, pointer=f"/rows/{place}"), row) for place, row in enumerate(data["rows"])]


def _one_stamp(found: Sequence[tuple[Location, Row]], name: str) -> Stamp:
    """A row that was added by hand has none; those that have one have the same."""
    marks = {text: where for where, row in found if (text := (row.get("stamp") or "").strip())}
    parsed = _STAMP.fullmatch(next(iter(marks), ""))
    if len(marks) != 1 or parsed is None:
        raise InvalidInput(
            "REV012",
            both("cette feuille ne dit pas, ou pas seulement, de quel dossier elle parle (colonne « stamp »)"),
            location=list(marks.values())[1] if len(marks) > 1 else Location(name),
            hint=both("repartez d'une feuille écrite par `mes-conformity review export`"),
        )
    role: Role = "expert" if parsed[1] == "expert" else "publisher"
    return Stamp(role, parsed[2], parsed[3])


def _noted(where: Location, row: Row) -> Iterator[Noted]:
    kind, statement = (row.get("kind") or "").strip(), (row.get("finding") or "").strip()
    recommendation = (row.get("recommendation") or "").strip()
    if not kind and not statement and not recommendation:
        return
    if not kind or not statement:
        raise InvalidInput(
            "REV013",
            both("un constat a un genre et un texte : il en manque un"),
            location=where,
            expected=accepted(KINDS),
            obtained=f"{kind or '∅'} : {statement[:40] or '∅'}",
        )
    requirement = (row.get("id") or "").strip()
    yield Noted(
        None if requirement == WHOLE else requirement,
        _word(kind, KINDS, where),
        statement,
        recommendation or None,
        where,
    )


def _told(where: Location, row: Row, role: Role) -> Iterator[Told]:
    word, comment = (row.get("word") or "").strip(), (row.get("comment") or "").strip()
    if not word and not comment:
        return
    words = DECISIONS if role == "expert" else ACTIONS
    if not word or (role == "publisher" and not comment):
        raise InvalidInput(
            "REV013",
            both("une réponse a un mot et un texte : il en manque un"),
            location=where,
            expected=accepted(words),
            obtained=f"{word or '∅'} : {comment[:40] or '∅'}",
        )
    yield Told(Said((row.get("id") or "").strip(), _word(word, words, where), comment or None), where)


def _word(text: str, words: Mapping[str, Any], where: Location) -> str:
    key = named(text, words)
    if key is None:
        message = both("ce mot n'est pas de ceux qui sont attendus ici")
        raise InvalidInput("REV014", message, location=where, expected=accepted(words), obtained=text[:80])
    return key
