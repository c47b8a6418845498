"""Carrying answers out and in: JSON (the assessment itself), CSV, XLSX. An import is a plan first, applied on demand.

A row of a table carries the stamp of what it said when it left. One that nobody touched changes nothing, whatever was
answered here since; one that was changed on both sides is a conflict, shown, and applied only when forced.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from mes_conformity.assessment import facts, tables
from mes_conformity.assessment.answers import Given, give, justified
from mes_conformity.assessment.comparison import answer_fields
from mes_conformity.assessment.documents import SCHEMA, answer_from, fact_from, from_data, refuse_newer, to_data
from mes_conformity.assessment.model import Answer, Assessment, Provenance
from mes_conformity.assessment.words import known_status, parse_status
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation import json_documents, schemas
from mes_conformity.foundation.errors import Conflict, ConformityError, InvalidInput, Location
from mes_conformity.foundation.i18n import both

Format = Literal["json", "csv", "xlsx"]
LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """What an import would do to one fact or requirement; `before` and `after` are values or statuses.

    `fields` says what changes in an answer; `conflict` that it changed here too since the table left.
    """

    kind: Literal["fact", "requirement"]
    id: str
    before: Any
    after: Any
    fields: tuple[Mapping[str, Any], ...] = ()
    conflict: bool = False

    def to_json(self) -> dict[str, Any]:
        """`{kind, id, before, after, fields [{field, before, after}], conflict}`."""
        return {
            "kind": self.kind,
            "id": self.id,
            "before": self.before,
            "after": self.after,
            "fields": [dict(item) for item in self.fields],
            "conflict": self.conflict,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do, and the assessment it would leave."""

    changes: tuple[Change, ...]
    unchanged: int
    result: Assessment

    @property
    def conflicts(self) -> tuple[str, ...]:
        """What changed on both sides."""
        return tuple(change.id for change in self.changes if change.conflict)


def exported(assessment: Assessment) -> dict[str, Any]:
    """The data of an assessment as it may leave the workspace: what is set aside never does."""
    return to_data(replace(assessment, set_aside={}, set_aside_facts={}))


def format_of(name: str) -> Format:
    """The format that the end of a file's name tells. Raises InvalidInput `EXC001`."""
    suffix = name.lower().rpartition(".")[2]
    known: dict[str, Format] = {"json": "json", "csv": "csv", "xlsx": "xlsx"}
    if suffix in known:
        return known[suffix]
    raise InvalidInput(
        "EXC001", both("format inconnu : {name}", name=name), location=Location(name), expected=".json | .csv | .xlsx"
    )


def export(assessment: Assessment, catalogue: Catalogue, kind: Format, now: str) -> bytes:
    """The content of the exported file; `now` is when a workbook says it was written."""
    if kind == "xlsx":
        from mes_conformity.assessment.workbook import write_workbook

        return write_workbook(assessment, catalogue, now)
    if kind == "csv":
        return tables.write_table(assessment, catalogue).encode()
    return json_documents.dump(exported(assessment)).encode()


def plan(assessment: Assessment, catalogue: Catalogue, source: bytes, name: str, kind: Format, now: str) -> Plan:
    """What importing `source` would do. Nothing is written.

    What the file does not speak of stays. Raises InvalidInput (`JSN…`, `SCH001`, `CSV…`, `LST…`, `XLS…`, `ASM001`,
    `ASM004`, `ASM012`, with the place in the file), Conflict `EXC002` (answers to another catalogue).
    """
    conflicts: set[tuple[str, str]] = set()
    if kind == "json":
        result = _from_json(assessment, catalogue, source, name)
    else:
        rows = _rows(source, name, kind)
        result = _from_rows(assessment, catalogue, rows, Provenance("import", now, source=name), conflicts)
    changes, unchanged = _compare(assessment, result, conflicts)
    return Plan(changes, unchanged, facts.reconcile(result, catalogue))


def _compare(
    old: Assessment, new: Assessment, conflicts: Collection[tuple[str, str]]
) -> tuple[tuple[Change, ...], int]:
    changes: list[Change] = []
    unchanged = 0
    for name, fact in new.facts.items():
        before = old.facts.get(name)
        if before == fact:
            unchanged += 1
        else:
            was = before.value if before else None
            changes.append(Change("fact", name, was, fact.value, conflict=("fact", name) in conflicts))
    for name, answer in new.answers.items():
        earlier = old.answers.get(name)
        if earlier == answer:
            unchanged += 1
        else:
            status, fields = earlier.status if earlier else None, answer_fields(earlier, answer)
            conflict = ("requirement", name) in conflicts
            changes.append(Change("requirement", name, status, answer.status, tuple(fields), conflict))
    return tuple(changes), unchanged


def _from_json(assessment: Assessment, catalogue: Catalogue, source: bytes, name: str) -> Assessment:
    data = json_documents.parse(source, name)
    refuse_newer(data, Location(name, pointer="/schema_version"))
    faults = schemas.errors(data, SCHEMA)
    if faults:
        pointer, message = faults[0]
        raise InvalidInput("SCH001", message, location=_place(name, *pointer))
    _refuse_other_catalogue(data, catalogue, name)
    incoming = from_data(data)
    _refuse_unknown(incoming, catalogue, name)
    return replace(
        assessment,
        facts={**assessment.facts, **{key: fact_from(value) for key, value in data["facts"].items()}},
        answers={**assessment.answers, **{key: answer_from(value) for key, value in data["answers"].items()}},
        test_runs=_joined(assessment.test_runs, incoming.test_runs),
        findings=_joined(assessment.findings, incoming.findings),
        waivers=_joined(assessment.waivers, incoming.waivers),
        actions=_joined(assessment.actions, incoming.actions),
    )


def _joined(old: Sequence[Any], new: Sequence[Any]) -> tuple[Any, ...]:
    """The items of both; of two with the same id the incoming one."""
    incoming = {item.id for item in new}
    return (*(item for item in old if item.id not in incoming), *new)


def _place(name: str, *steps: str | int) -> Location:
    return Location(name, pointer="/" + "/".join(str(step) for step in steps))


def _refuse_other_catalogue(data: Mapping[str, Any], catalogue: Catalogue, name: str) -> None:
    pin = data["catalogue"]
    if (pin["id"], pin["version"]) != (catalogue.id, catalogue.version):
        raise Conflict(
            "EXC002",
            both("ce fichier répond à un autre catalogue"),
            location=_place(name, "catalogue"),
            expected=f"{catalogue.id} {catalogue.version}",
            obtained=f"{pin['id']} {pin['version']}",
        )


def _refuse_unknown(incoming: Assessment, catalogue: Catalogue, name: str) -> None:
    known = {fact.id: fact for fact in catalogue.facts}
    for key, fact in incoming.facts.items():
        if key not in known:
            message = both("réponse à une question inconnue : « {name} »", name=key)
            raise InvalidInput("ASM012", message, location=_place(name, "facts", key))
        if not facts.accepts(known[key], fact.value):
            message = both("valeur refusée pour la question « {name} »", name=key)
            where = _place(name, "facts", key, "value")
            raise InvalidInput("ASM012", message, location=where, expected=facts.expected(known[key]))
    for key, answer in incoming.answers.items():
        if key not in catalogue:
            message = both("réponse à une exigence inconnue : « {name} »", name=key)
            raise InvalidInput("ASM001", message, location=_place(name, "answers", key))
        _refuse_not_applicable(catalogue, key, answer, _place(name, "answers", key))


def _refuse_not_applicable(catalogue: Catalogue, key: str, answer: Answer, where: Location) -> None:
    requirement = catalogue.requirement(key)
    if answer.status != "not_applicable":
        return
    if not requirement.na_allowed:
        message = both("« non applicable » n'est pas accepté pour {name}", name=key)
        raise InvalidInput("ASM004", message, location=where)
    if not justified(answer):
        raise InvalidInput(
            "ASM004", both("« non applicable » sans justification pour {name}", name=key), location=where
        )


def _rows(source: bytes, name: str, kind: Format) -> list[tuple[Location, tables.Row]]:
    if kind == "xlsx":
        from mes_conformity.assessment.workbook import read_workbook

        return read_workbook(source, name)
    return [(Location(name, line, 1), row) for line, row in tables.read_table(source, name)]


def _from_rows(
    assessment: Assessment,
    catalogue: Catalogue,
    rows: Iterable[tuple[Location, tables.Row]],
    provenance: Provenance,
    conflicts: set[tuple[str, str]],
) -> Assessment:
    result = assessment
    seen: set[tuple[str, str]] = set()
    for where, row in rows:
        key = (row["kind"].strip().lower(), row["id"].strip())
        if key in seen:
            raise InvalidInput("CSV003", both("« {name} » est écrit deux fois", name=key[1]), location=where)
        seen.add(key)
        try:
            left = row.get("stamp", "").strip()
            ours = left.startswith(f"{tables.origin(assessment)}-")  # else written by hand, or for another assessment
            if ours and _untouched(assessment, catalogue, key, row, left):
                continue
            changed = _with_row(result, catalogue, key, row, provenance)
            if changed is not result and ours and _is_conflict(assessment, catalogue, key, left):
                conflicts.add(key)
            result = changed
        except ConformityError as error:
            raise InvalidInput(
                error.code,
                error.message,
                location=where,
                expected=error.expected,
                obtained=error.obtained,
                hint=error.hint,
            ) from None
    return result


def _is_conflict(assessment: Assessment, catalogue: Catalogue, key: tuple[str, str], left: str) -> bool:
    """Whether the answer changed here too since the table left."""
    kind, name = key
    if kind == "requirement":
        return left != tables.stamp(assessment, tables.of_answer(assessment, catalogue.requirement(name).id))
    value = tables.value_text(assessment.fact_values().get(name))
    return left != tables.stamp(assessment, {"kind": kind, "id": name, "value": value})


def _untouched(assessment: Assessment, catalogue: Catalogue, key: tuple[str, str], row: tables.Row, left: str) -> bool:
    """Whether the row says what it said when it left, in whatever words."""
    kind, name = key
    said = {**row, "kind": kind, "id": name, "status": known_status(row.get("status", "")) or row.get("status", "")}
    if kind == "fact" and row.get("value", "").strip():
        said["value"] = tables.value_text(facts.parse_value(catalogue.fact(name), row["value"]))
    return left == tables.stamp(assessment, said)


def _with_row(
    assessment: Assessment, catalogue: Catalogue, key: tuple[str, str], row: tables.Row, provenance: Provenance
) -> Assessment:
    kind, name = key
    if kind == "fact":
        return _with_fact(assessment, catalogue, name, row.get("value", ""), provenance)
    if kind == "requirement":
        return _with_answer(assessment, catalogue, name, row, provenance)
    raise InvalidInput("CSV003", both("genre de ligne inconnu"), expected="fact | requirement", obtained=kind)


def _with_fact(
    assessment: Assessment, catalogue: Catalogue, name: str, text: str, provenance: Provenance
) -> Assessment:
    fact = catalogue.fact(name)
    old = assessment.facts.get(name)
    if not text.strip() or (old and tables.value_text(old.value) == text):
        return assessment
    value = facts.parse_value(fact, text)
    return assessment if old and old.value == value else facts.set_fact(assessment, fact, value, provenance)


def _with_answer(
    assessment: Assessment, catalogue: Catalogue, name: str, row: tables.Row, provenance: Provenance
) -> Assessment:
    requirement = catalogue.requirement(name)
    old = assessment.answers.get(name)
    status = parse_status(row["status"]) if row.get("status", "").strip() else None
    level = row.get("level", "").strip()
    if level and not level.isdecimal():
        raise InvalidInput("ANS002", both("le niveau va de 0 à 5"), obtained=level)
    given = Given(
        status,
        comment=row.get("comment"),
        justification=row.get("justification"),
        level=int(level) if level else None,
        owner=row.get("owner"),
        due_on=row.get("due_on", "").strip() or None,
    )
    if old is None and _says_nothing(given):
        return assessment
    changed = give(assessment, requirement, given, provenance)
    if old is not None and _same(old, changed.answers[name]):
        return assessment
    return changed


def _says_nothing(given: Given) -> bool:
    texts = (given.comment, given.justification, given.owner, given.due_on)
    return given.status in (None, "not_assessed") and given.level is None and not any(texts)


def _same(old: Answer, new: Answer) -> bool:
    """Whether the cells say what was there already: its provenance then stays."""
    return replace(new, provenance=old.provenance, requirement_sha256=old.requirement_sha256) == old
