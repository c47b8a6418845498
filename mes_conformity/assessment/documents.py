"""Between `assessment.yaml` and the model: schema first, then objects; and back, keys in one fixed order."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mes_conformity.assessment.model import (
    Action,
    Answer,
    Assessment,
    Evidence,
    FactAnswer,
    Finding,
    Pin,
    Provenance,
    SetAside,
    TestRun,
    Waiver,
)
from mes_conformity.foundation import schemas
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.yaml_documents import Document, parse

SCHEMA = "assessment-1"
SCHEMA_VERSION = 1
_HEAD = ("id", "title", "state", "created_at", "updated_at", "copied_from", "tool")
_CONFLICT_MARKS = (b"<<<<<<< ", b">>>>>>> ", b"||||||| ")


def read_versioned(source: bytes, name: str, schema: str) -> Document:
    """A YAML document checked for merge marks, version and schema, in that order: the first says most.

    Raises InvalidInput `WSP004` (merge marks), `YAM…`, `SCH001`; Conflict `WSP003` (written by a newer program).
    """
    refuse_conflict_marks(source, name)
    document = parse(source, name)
    refuse_newer(document.data, document.locate(("schema_version",)))
    schemas.require(document, schema)
    return document


def parse_assessment(source: bytes, name: str) -> Assessment:
    """The assessment in the bytes of an `assessment.yaml` or of a JSON export. Raises like `read_versioned`."""
    return from_data(read_versioned(source, name, SCHEMA).data)


def refuse_conflict_marks(source: bytes, name: str) -> None:
    """Raise InvalidInput `WSP004` at the first line that a version control system left unmerged."""
    for number, line in enumerate(source.splitlines(), 1):
        if line.startswith(_CONFLICT_MARKS):
            raise InvalidInput(
                "WSP004",
                both("le fichier contient des marques de conflit de fusion"),
                location=Location(name, number, 1),
                obtained=line[:40].decode("utf-8", "replace"),
                hint=both("choisissez une des deux versions, retirez les marques, puis relancez"),
            )


def refuse_newer(data: Any, location: Location) -> None:
    """Raise Conflict `WSP003` for a document of a format version this program does not know yet."""
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA_VERSION:
        raise Conflict(
            "WSP003",
            both("ce fichier a été écrit par une version plus récente de l'outil"),
            location=location,
            expected=f"schema_version: {SCHEMA_VERSION}",
            obtained=f"schema_version: {version}",
            hint=both("mettez mes-conformity à jour ; le fichier n'a pas été touché"),
        )


def from_data(data: Mapping[str, Any]) -> Assessment:
    """The model of schema-valid data."""
    return Assessment(
        **data["assessment"],
        catalogue=Pin(**data["catalogue"]),
        subject=data["subject"],
        facts={name: fact_from(value) for name, value in data["facts"].items()},
        answers={name: answer_from(value) for name, value in data["answers"].items()},
        test_runs=tuple(TestRun(**item) for item in data.get("test_runs", ())),
        findings=tuple(Finding(**item) for item in data.get("findings", ())),
        waivers=tuple(Waiver(**item) for item in data.get("waivers", ())),
        actions=tuple(Action(**item) for item in data.get("actions", ())),
        set_aside={name: _set_aside(value) for name, value in data.get("set_aside", {}).items()},
        set_aside_facts={name: fact_from(value) for name, value in data.get("set_aside_facts", {}).items()},
    )


def fact_from(data: Mapping[str, Any]) -> FactAnswer:
    """One fact of schema-valid data."""
    return FactAnswer(data["value"], Provenance(**data["provenance"]))


def answer_from(data: Mapping[str, Any]) -> Answer:
    """One answer of schema-valid data."""
    plain = {key: value for key, value in data.items() if key not in ("provenance", "evidence")}
    evidence = tuple(Evidence(**item) for item in data.get("evidence", ()))
    return Answer(**plain, provenance=Provenance(**data["provenance"]), evidence=evidence)


def _set_aside(data: Mapping[str, Any]) -> SetAside:
    return SetAside(data["reason"], answer_from(data["answer"]))


def to_data(assessment: Assessment) -> dict[str, Any]:
    """The data of `assessment.yaml`: what is absent or empty is left out, except facts and answers."""
    whole = plain(assessment)
    head = {key: whole[key] for key in _HEAD if key in whole}
    data = {
        "schema_version": SCHEMA_VERSION,
        "assessment": head,
        "catalogue": whole["catalogue"],
        "subject": dict(assessment.subject),
        "facts": whole.get("facts", {}),
        "answers": whole.get("answers", {}),
    }
    rest = ("test_runs", "findings", "waivers", "actions", "set_aside", "set_aside_facts")
    return data | {key: whole[key] for key in rest if key in whole}


def plain(value: Any) -> Any:
    """Model objects as JSON data, without the fields that say nothing."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    pairs = ((item.name, getattr(value, item.name)) for item in fields(value))
    return {name: plain(item) for name, item in pairs if item is not None and item != () and item != {}}
