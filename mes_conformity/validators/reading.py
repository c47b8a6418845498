"""Reading data of unknown shape: every function answers for any JSON value, none raises."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_NOTHING: Mapping[str, Any] = {}
_LONGEST = 80
_INFINITIES = (float("inf"), float("-inf"))
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else _NOTHING


def items(value: Any) -> list[Any]:
    """`value` when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """`value` when it is a text with something in it (FHIR R4, §2.6.0.1: no empty text), else None."""
    return value if isinstance(value, str) and value.strip() else None


def codings(concept: Any) -> Iterator[tuple[int, str | None, str | None]]:
    """Index, system and code of each coding of a CodeableConcept."""
    for index, coding in enumerate(items(mapping(concept).get("coding"))):
        part = mapping(coding)
        yield index, text(part.get("system")), text(part.get("code"))


def is_number(value: Any) -> bool:
    """Whether `value` is a JSON number; true and false are not, nor 1e400, which is read as an infinity."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value not in _INFINITIES


def oid_of(value: Any) -> str | None:
    """The OID in `urn:oid:1.2.3` or `1.2.3`, None for anything else (RFC 3061, §3)."""
    written = text(value)
    bare = written.removeprefix("urn:oid:") if written else ""
    return bare if _OID.fullmatch(bare) else None


def is_under(oid: str, root: str) -> bool:
    """Whether `oid` is `root` or one of its sub-OIDs; whole arcs are compared, 1.2.34 is not under 1.2.3."""
    return oid == root or oid.startswith(root + ".")


def is_uuid(value: Any) -> bool:
    """Whether `value` is a bare UUID (RFC 9562, §4)."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def shown(value: Any) -> str | None:
    """A short text of `value` for a report; None for nothing. Objects and lists are only named."""
    if value is None:
        return None
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    try:
        written = value if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError):  # a number of thousands of digits, an object that JSON does not know
        return "…"
    return written if len(written) <= _LONGEST else written[: _LONGEST - 1] + "…"
