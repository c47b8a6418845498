"""The journal: one JSON line per change, chained by digest, only ever added to.

A line is written *before* the assessment it describes (write-ahead), and carries the change itself: whatever moment the
program dies at, the next start either finds the assessment written or writes it from the last line. `previous` is the
SHA-256 of the line before, so that a line changed, removed or moved is seen.

    {"seq": 3, "at": …, "event": "answer", "about": "x-urb-hds", "changes": [{"path": ["answers", "x-urb-hds"],
     "value": {…}}], "before": sha256, "after": sha256, "previous": sha256}

`before` and `after` are digests of the assessment's canonical data, so that a new layout of the file changes nothing.
"""

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mes_conformity.foundation import storage
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location
from mes_conformity.foundation.i18n import both

START = "0" * 64
LIMIT = 256 * 1024 * 1024
_BY_KEY = ("facts", "answers", "set_aside", "set_aside_facts")
Change = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what changed, and the digests of the assessment before and after."""

    seq: int
    at: str
    event: str
    about: str | None
    changes: Sequence[Change]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, counted from 1."""

    line: int
    kind: Literal["unreadable", "chain", "order"]


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal as read: its whole lines, and the torn end that a crash may have left."""

    lines: tuple[bytes, ...] = ()
    torn: bytes = b""

    @property
    def head(self) -> str:
        """The digest that the next line will name as `previous`."""
        return sha256(self.lines[-1]) if self.lines else START

    def last(self) -> Entry | None:
        """The last entry, None where there is none that can be read."""
        return parse_entry(self.lines[-1]) if self.lines else None

    def faults(self) -> list[Fault]:
        """Every line that cannot be read, that breaks the chain or that is out of order."""
        found: list[Fault] = []
        previous = START
        for number, line in enumerate(self.lines, 1):
            entry, named = parse_entry(line), _previous(line)
            if entry is None:
                found.append(Fault(number, "unreadable"))
            elif named != previous:
                found.append(Fault(number, "chain"))
            elif entry.seq != number:
                found.append(Fault(number, "order"))
            previous = sha256(line)
        return found


def parse_entry(line: bytes) -> Entry | None:
    """The entry of one line; None when it is not one."""
    data = _object(line)
    if data is None or not isinstance(data.get("seq"), int) or not isinstance(data.get("event"), str):
        return None
    changes = data.get("changes")
    return Entry(
        data["seq"],
        str(data.get("at")),
        data["event"],
        data.get("about"),
        changes if isinstance(changes, list) else [],
        data.get("before"),
        data.get("after"),
    )


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _previous(line: bytes) -> Any:
    return (_object(line) or {}).get("previous")


def read(path: Path) -> Journal:
    """The journal in the file `path`; an absent file is an empty journal. Raises InvalidInput `STO002`, `STO004`."""
    if not path.exists():
        return Journal()
    whole, mark, torn = storage.read_bytes(path, LIMIT).rpartition(b"\n")
    return Journal(tuple(whole.split(b"\n")) if mark else (), torn)


def append(path: Path, known: Journal, entry: Mapping[str, Any]) -> Journal:
    """Add one entry to the journal `known`, on disk when this returns.

    Raises Conflict `WSP007` where the file is no longer `known`; InvalidInput `STO003` where the disk refuses, and the
    half-written line is then taken back so that the file ends as it did.
    """
    size = path.stat().st_size if path.exists() else 0
    if size != sum(len(line) + 1 for line in known.lines):
        raise Conflict(
            "WSP007",
            both("le journal a changé pendant que vous travailliez"),
            location=Location(path.name),
            hint=both("relancez la commande : elle repartira de ce qui est sur le disque"),
        )
    content = {"seq": len(known.lines) + 1, **entry, "previous": known.head}
    line = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    try:
        storage.append(path, line)
    except InvalidInput:
        take_back(path, size)
        raise
    return Journal((*known.lines, line.encode()))


def take_back(path: Path, size: int) -> None:
    """Cut the file at `size` bytes, if it can be: what stands beyond was never whole."""
    with contextlib.suppress(OSError):
        os.truncate(path, size)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What turns one assessment's data into the other's: `{path, value}`, or `{path, removed: true}`.

    Facts and answers are compared key by key, everything else whole.
    """
    changes: list[dict[str, Any]] = []
    for section in dict.fromkeys((*before, *after)):
        old, new = before.get(section), after.get(section)
        if old == new:
            continue
        if section in _BY_KEY and isinstance(old, Mapping) and isinstance(new, Mapping):
            changes += _differences_by_key(section, old, new)
        else:
            changes.append(_change([section], new))
    return changes


def _differences_by_key(section: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    keys = [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)]
    return [_change([section, key], new.get(key)) for key in keys]


def _change(path: list[str], value: Any) -> dict[str, Any]:
    return {"path": path, "removed": True} if value is None else {"path": path, "value": value}


def replayed(data: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """The data with the changes of a line made to it. Raises ValueError for a line that is not of this program."""
    result = dict(data)
    for change in changes:
        path = change.get("path") if isinstance(change, Mapping) else None
        if not isinstance(path, list) or not 1 <= len(path) <= 2 or not all(isinstance(step, str) for step in path):
            raise ValueError("not a change")
        holder = result
        if len(path) == 2:
            holder = result[path[0]] = dict(result.get(path[0], {}))
        if change.get("removed"):
            holder.pop(path[-1], None)
        else:
            holder[path[-1]] = change["value"]
    return result
