"""`referencing.yaml`: what happened to the request, one record after another. A record is never rewritten.

A later record of the same step corrects the one before, which stays in the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mes_conformity.assessment.documents import read_versioned
from mes_conformity.assessment.workspace import LOCK
from mes_conformity.foundation import storage
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.yaml_documents import MAX_BYTES, Document, dump
from mes_conformity.referencing.dates import is_day

NAME = "referencing.yaml"
SCHEMA = "referencing-1"


@dataclass(frozen=True, slots=True)
class Record:
    """One step that was reached on a day (`on`, ISO), and when that was written. `cancelled`: it was not, after all."""

    step: str
    on: str
    recorded_at: str
    opinion: str | None = None
    reference: str | None = None
    note: str | None = None
    cancelled: bool = False

    def to_data(self) -> dict[str, Any]:
        """The record as it is written; what is not known is left out."""
        pairs = {
            "step": self.step,
            "on": self.on,
            "recorded_at": self.recorded_at,
            "opinion": self.opinion,
            "reference": self.reference,
            "note": self.note,
            "cancelled": self.cancelled or None,
        }
        return {key: value for key, value in pairs.items() if value is not None}


def read(root: Path) -> tuple[Record, ...]:
    """The records of the workspace `root`, the oldest first; none where there is no file.

    Raises InvalidInput `WSP004`, `YAM…`, `SCH001`, `REF001` (a day that is none); Conflict `WSP003`.
    """
    path = root / NAME
    if not path.exists():
        return ()
    document = read_versioned(storage.read_bytes(path, MAX_BYTES), NAME, SCHEMA)
    return tuple(_record(document, index, data) for index, data in enumerate(document.data["records"]))


def _record(document: Document, index: int, data: Mapping[str, Any]) -> Record:
    if not is_day(data["on"]):
        where = document.locate(("records", index, "on"))
        raise InvalidInput(
            "REF001", both("ce jour n'existe pas"), location=where, expected="AAAA-MM-JJ", obtained=data["on"]
        )
    return Record(**data)


def append(root: Path, record: Record, *, owner: str) -> tuple[Record, ...]:
    """Add a record to the workspace `root`; all its records.

    Raises what `read` raises, Conflict `STO001` (somebody works here), InvalidInput `STO003` (the disk refuses).
    """
    with storage.lock(root / LOCK, owner=owner):
        records = (*read(root), record)
        storage.write(root / NAME, dump({"schema_version": 1, "records": [item.to_data() for item in records]}))
    return records


def in_force(records: tuple[Record, ...]) -> dict[str, Record]:
    """The last record of each step, those that were cancelled left out."""
    last = {record.step: record for record in records}
    return {step: record for step, record in last.items() if not record.cancelled}
