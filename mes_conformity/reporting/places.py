"""Where a check looked: the file, the line and the JSON pointer that an editor or a code-scanning view can open."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from mes_conformity.dossier.documents import CaseRecord, Documents
from mes_conformity.foundation.pointers import from_pointer

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},]|[^\s\[\]{},:"]+', re.DOTALL)

MOST_READ: Final = 20_000_000
"""Bytes that may be looked through for the lines of one report; a hostile one would ask for more."""


@dataclass(frozen=True, slots=True)
class Place:
    """`path` stands in the workspace (an artefact) or in the dossier; `line` is 1 where nothing better is known."""

    path: str
    line: int = 1
    pointer: str | None = None


class Places:
    """The places of one set of documents; a text is decoded and a path found once."""

    def __init__(self, documents: Documents) -> None:
        self._raw = documents.artefacts()
        self._lines: dict[tuple[str, str], int] = {}
        self._left = MOST_READ

    def of(self, case: CaseRecord, check: Mapping[str, Any] | None = None) -> Place:
        """What `check` was about: the artefact it names, the only one of the case, else the record of the case."""
        judged = artefacts(case)
        head, mark, pointer = str((check or {}).get("where") or "").partition("#")
        path = next((path for path in judged if mark and (head == path or head.endswith(f" {path}"))), None)
        if path is None and len(judged) == 1:
            path, pointer = next(iter(judged)), ""
        if path is None:
            return Place(f"{case.entry['folder']}/{'exchanges.har' if case.exchanges else 'case.json'}")
        line = self._line(judged[path], pointer) if pointer.startswith("/") else 1
        return Place(relative(path), line, pointer or None)

    def _line(self, digest: str, pointer: str) -> int:
        known = self._lines.get((digest, pointer))
        if known is None:
            raw = self._raw.get(digest, b"")
            self._left -= len(raw) + len(pointer)
            text = raw.decode("utf-8", "replace") if self._left >= 0 else ""
            known = self._lines[digest, pointer] = line_of(text, pointer)
        return known


def artefacts(case: CaseRecord) -> dict[str, str]:
    """What the case judged (path → SHA-256), in order."""
    found = (record.get("artefact") for record in case.records)
    return {artefact["path"]: artefact["sha256"] for artefact in found if artefact}


def relative(path: str) -> str:
    """A path that says nothing of the machine: one given from elsewhere keeps its name only."""
    pure = PurePosixPath(path.replace("\\", "/"))
    outside = pure.is_absolute() or ".." in pure.parts or ":" in path.split("/")[0]
    return f"artefacts/{pure.name}" if outside else path


def uri(path: str) -> str:
    """`path` as a relative URI reference, whatever it is made of."""
    return quote(path.encode("utf-8", "surrogatepass"))


def line_of(text: str, pointer: str) -> int:
    """The line (from 1) of the value at `pointer` in a JSON text, or of the nearest thing around it that is there."""
    if text.lstrip()[:1] not in ("{", "["):
        return 1  # no JSON: XML and calendars have pointers of their own
    wanted = from_pointer(pointer)
    stack: list[_Frame] = []
    best, start = -1, 0
    for token in _TOKEN.finditer(text):
        sign = token[0][0]
        if stack and sign in "]}":
            stack.pop()
        elif stack and sign == ",":
            stack[-1].advance()
        elif stack and sign == '"' and stack[-1].key is None:
            stack[-1].key = _unquoted(token[0])
        else:
            depth = len(stack)
            leads = not stack or (stack[-1].leads and depth <= len(wanted) and str(stack[-1].key) == wanted[depth - 1])
            if leads and depth > best:
                best, start = depth, token.start()
            if sign in "[{":
                stack.append(_Frame(None if sign == "{" else 0, leads))
    return text.count("\n", 0, start) + 1


@dataclass(slots=True)
class _Frame:
    """An object or an array being read: the key (None before it is read) or index; whether it leads to the pointer."""

    key: str | int | None
    leads: bool

    def advance(self) -> None:
        """Go past a comma."""
        self.key = self.key + 1 if isinstance(self.key, int) else None


def _unquoted(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token
