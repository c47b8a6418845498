"""Strict YAML: what comes in is hostile, what is wrong has a line and a column.

Refused: tags, anchors and aliases (so no alias bomb), duplicate keys, keys that are not text, several documents,
depth over 64, more than 16 MiB, anything but UTF-8. Scalars follow the YAML 1.2 core schema, so that `no`, `12:30`
and `2026-11-22` stay the texts their author sees. Stricter in one point: a decimal that a number could not give back
(`1.10`, `2.00`) stays a text too, since it is nearly always a version.

Source: YAML 1.2.2, §10.3 (core schema).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.pointers import to_pointer

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64

# PyYAML does not export it under `yaml`; without the C library the pure Python loader reads the same events.
_PARSER: type[Any] = getattr(getattr(yaml, "cyaml", None), "CParser", None) or yaml.Loader
_INTEGER = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_LOSSY = re.compile(r"\.[0-9]+0\Z")  # 1.10 would come back as 1.1
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SPECIAL_FLOATS = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_START = yaml.Mark("", 0, 0, 0, None, 0)
_NUMBER_STARTS = frozenset("0123456789+-.")


@dataclass(frozen=True)
class Document:
    """A document and its data, which knows on which line each value stands."""

    data: Any
    name: str
    source: str

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes that were read."""
        return sha256(self.source.encode())

    @cached_property
    def _root(self) -> yaml.Node:
        node = yaml.compose(self.source, Loader=_compose_loader())
        return node or yaml.ScalarNode("null", "", _START, _START)

    def locate(self, pointer: Sequence[str | int], *, key: bool = False) -> Location:
        """Where the value at `pointer` stands (its key when `key`), or its nearest known parent."""
        node, mark = self._root, self._root.start_mark
        for step in pointer:
            found = _child(node, step)
            if found is None:
                break
            name_node, node = found
            mark = name_node.start_mark if key else node.start_mark
        return Location(self.name, mark.line + 1, mark.column + 1, to_pointer(pointer))


def _compose_loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((name, value) for name, value in node.value if name.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def read(path: Path, *, name: str | None = None) -> Document:
    """The document in the file `path`. Raises InvalidInput (`YAM…`, or `STO002` for a file that cannot be read)."""
    from mes_conformity.foundation.storage import read_bytes

    return parse(read_bytes(path, MAX_BYTES), name or str(path))


def parse(source: str | bytes, name: str) -> Document:
    """The document in `source`; `name` is what errors call it. Raises InvalidInput (`YAM…`)."""
    text = _decode(source, name)
    builder = _Builder(name)
    try:
        data = builder.build(text)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, name) from None
    except yaml.YAMLError as error:
        raise InvalidInput("YAM001", both("le fichier n'est pas du YAML valide"), location=Location(name)) from error
    return Document(data, name, text)


def _decode(source: str | bytes, name: str) -> str:
    if len(source) > MAX_BYTES:
        raise InvalidInput(
            "YAM007", both("le fichier est trop gros"), location=Location(name), expected=f"≤ {MAX_BYTES} octets"
        )
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            "YAM006",
            both("le fichier n'est pas encodé en UTF-8"),
            location=Location(name, line),
            hint=both("enregistrez-le en UTF-8"),
        ) from None


def _syntax_error(error: yaml.MarkedYAMLError, name: str) -> InvalidInput:
    mark = error.problem_mark or error.context_mark
    where = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name)
    return InvalidInput(
        "YAM001",
        both("le fichier n'est pas du YAML valide"),
        location=where,
        obtained=error.problem,
        hint=both("vérifiez l'indentation et les guillemets autour de cette ligne"),
    )


class _Builder:
    """Builds the data from the parser's events: one pass, nothing of YAML's own object graph is kept."""

    def __init__(self, name: str) -> None:
        self.name = name

    def build(self, text: str) -> Any:
        parser = _PARSER(text)
        try:
            self.next = parser.get_event
            self.next()  # stream start
            if isinstance(self.next(), yaml.StreamEndEvent):
                return None
            data = self._value(self.next(), 0)
            self.next()  # document end
            last = self.next()
            if not isinstance(last, yaml.StreamEndEvent):
                raise self._refuse("YAM005", both("le fichier contient plusieurs documents YAML"), last)
            return data
        finally:
            parser.dispose()

    def _refuse(self, code: str, message: Text, event: Any, **more: Any) -> InvalidInput:
        mark = event.start_mark
        return InvalidInput(code, message, location=Location(self.name, mark.line + 1, mark.column + 1), **more)

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            if event.tag is not None or event.anchor is not None:
                self._check(event)
            return _scalar(event.value) if event.implicit[0] else event.value
        if kind is yaml.AliasEvent:
            raise self._refuse(
                "YAM003", both("les alias YAML (« * ») ne sont pas acceptés"), event, hint=both("recopiez la valeur")
            )
        self._check(event)
        if depth >= MAX_DEPTH:
            raise self._refuse("YAM004", both("le document est trop profond"), event, expected=f"≤ {MAX_DEPTH}")
        return self._mapping(depth + 1) if kind is yaml.MappingStartEvent else self._sequence(depth + 1)

    def _check(self, event: Any) -> None:
        if event.anchor is not None:
            raise self._refuse(
                "YAM003", both("les ancres YAML (« & ») ne sont pas acceptées"), event, hint=both("recopiez la valeur")
            )
        if event.tag is not None:
            raise self._refuse(
                "YAM002", both("les étiquettes YAML (« ! ») ne sont pas acceptées"), event, obtained=event.tag
            )

    def _sequence(self, depth: int) -> list[Any]:
        items: list[Any] = []
        event = self.next()
        while type(event) is not yaml.SequenceEndEvent:
            items.append(self._value(event, depth))
            event = self.next()
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        event = self.next()
        while type(event) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                raise self._refuse("YAM008", both("une clé est un texte simple"), event)
            self._check(event)
            key = event.value
            if key in pairs:
                raise self._refuse("YAM009", both("la clé « {key} » est écrite deux fois", key=key), event)
            pairs[key] = self._value(self.next(), depth)
            event = self.next()
        return pairs


def _scalar(text: str) -> Any:
    """A plain scalar by the YAML 1.2 core schema; infinities and NaN stay texts, since JSON has none."""
    if not text or text[0] not in _NUMBER_STARTS:
        return _BOOLEANS.get(text, None if text in _NULLS else text)
    if _INTEGER.match(text):
        return _integer(text)
    if _FLOAT.match(text):
        value = float(text)
        return text if _LOSSY.search(text) or abs(value) == float("inf") else value
    return text


def _integer(text: str) -> int | str:
    if len(text) > 400:  # a number no document needs, and Python refuses to parse beyond 4300 digits
        return text
    if text.startswith("0o"):
        return int(text[2:], 8)
    return int(text[2:], 16) if text.startswith("0x") else int(text)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes block style in insertion order, quoting whatever a YAML 1.1 reader would not read as the same text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature is PyYAML's
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    if "\n" in text and not re.search(r"[^\S\n]\n|\A\s|\t", text):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    ambiguous = not isinstance(_scalar(text), str) or _SPECIAL_FLOATS.match(text) is not None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if ambiguous else None)


_Dumper.add_representer(str, _represent_text)


def dump(data: Any) -> str:
    """`data` (JSON types) as YAML: keys in their order, block style, one line per short value, UTF-8 as is."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)
    return str(text)
