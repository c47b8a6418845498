"""Strict JSON: duplicate keys, NaN, infinities, deep nesting, other encodings than UTF-8, half characters are refused.

Source: RFC 8259, §4 (unique names), §6 (numbers), §8.1 (UTF-8), §8.2 (halves of surrogate pairs).
"""

import json
import re
from typing import Any

from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both

MAX_DEPTH = 64
_HALVES = re.compile(
    r"\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.S)


def parse(source: bytes | str, name: str, *, max_depth: int = MAX_DEPTH) -> Any:
    """The data in `source`. Raises InvalidInput `JSN001` (syntax), `JSN002` (duplicate key), `JSN003` (too deep)."""
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source
        _check_depth(text, max_depth)
        if (half := half_of_a_character(text)) is not None:
            where = Location(name, text.count("\n", 0, half) + 1)
            message = both("ce JSON contient la moitié d'un caractère, qui ne peut pas s'écrire en UTF-8")
            raise InvalidInput("JSN001", message, location=where, obtained=text[half : half + 6])
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = Location(name, error.lineno, error.colno)
        raise InvalidInput("JSN001", both("ce n'est pas du JSON valide"), location=where, obtained=error.msg) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InvalidInput("JSN001", both("ce JSON n'est pas encodé en UTF-8"), location=Location(name, line)) from None
    except _DuplicateKey as error:
        message = both("la clé « {key} » est écrite deux fois", key=error.key)
        raise InvalidInput("JSN002", message, location=Location(name)) from None
    except (_TooDeep, RecursionError) as error:
        where = Location(name, error.line if isinstance(error, _TooDeep) else None)
        raise InvalidInput(
            "JSN003", both("le document est trop profond"), location=where, expected=f"≤ {max_depth}"
        ) from None
    except ValueError as error:
        raise InvalidInput(
            "JSN001", both("ce n'est pas du JSON valide"), location=Location(name), obtained=str(error)[:80]
        ) from None


def half_of_a_character(text: str) -> int | None:
    """Where `text`, JSON, escapes one half of a surrogate pair alone: it could be read, and never written again."""
    found = next((item for item in _HALVES.finditer(text) if item["half"]), None) if "\\u" in text else None
    return found.start() if found else None


class _DuplicateKey(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


class _TooDeep(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                raise _DuplicateKey(key)
            seen.add(key)
    return data


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _check_depth(text: str, limit: int) -> None:
    """Refuse before parsing: the standard parser recurses, and a deep document would exhaust the stack.

    Brackets inside texts are counted too where the cheap test cannot exclude them; the exact scan runs only then.
    """
    if text.count("[") + text.count("{") <= limit:
        return
    depth = 0
    for token in _TOKENS.finditer(text):
        start = token[0][0]
        if start in "[{":
            depth += 1
            if depth > limit:
                raise _TooDeep(text.count("\n", 0, token.start()) + 1)
        elif start in "]}":
            depth -= 1


def dump(data: Any) -> str:
    """`data` as indented JSON, keys in their order, ending with a newline."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
