"""Variables of a suite: `$name.path` as a whole scalar, `${name.path}` inside a text. Nothing is evaluated as code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mes_conformity.suites.model import Pointer

_PATH: Final = r"[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_-]+)*"
WHOLE: Final = re.compile(rf"\$({_PATH})\Z")
EMBEDDED: Final = re.compile(rf"\$\{{({_PATH})\}}")
_MALFORMED: Final = re.compile(r"\$\{[^}]*\}?")
# Texts in a language of their own, where a leading `$` is theirs (`$this` of FHIRPath, `$` of a regular expression).
OWN_LANGUAGE: Final = frozenset({"fhirpath", "json", "pattern", "matches"})


class Unresolved(Exception):
    """A variable that has no value here; `path` is what was written, without the dollar."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a suite reads a variable."""

    path: str
    pointer: Pointer

    @property
    def root(self) -> str:
        """The name before the first dot."""
        return self.path.partition(".")[0]


def lookup(path: str, scope: Mapping[str, Any]) -> Any:
    """The value of `name.path.to.key`: keys of objects, indexes of lists, leaves of contracts. Raises `Unresolved`."""
    name, _, rest = path.partition(".")
    if name not in scope:
        raise Unresolved(path)
    value = scope[name]
    if rest and hasattr(value, "get") and not isinstance(value, Mapping):
        try:
            return value.get(rest)
        except (LookupError, ValueError):
            raise Unresolved(path) from None
    for key in rest.split(".") if rest else ():
        value = _step(value, key, path)
    return value


def _step(value: Any, key: str, path: str) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if isinstance(value, list) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    raise Unresolved(path)


def fill(template: Any, scope: Mapping[str, Any]) -> Any:
    """`template` with every variable replaced, keys included. Raises `Unresolved`."""
    if isinstance(template, str):
        return _fill_text(template, scope)
    if isinstance(template, Mapping):
        return {as_text(fill(key, scope)): _fill_value(key, value, scope) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [fill(item, scope) for item in template]
    return template


def _fill_value(key: str, value: Any, scope: Mapping[str, Any]) -> Any:
    if key in OWN_LANGUAGE and isinstance(value, str):
        return fill_expression(value, scope)
    return fill(value, scope)


def _fill_text(text: str, scope: Mapping[str, Any]) -> Any:
    if "$" not in text:
        return text
    whole = WHOLE.match(text)
    if whole:
        return lookup(whole[1], scope)
    return EMBEDDED.sub(lambda found: as_text(lookup(found[1], scope)), text)


def fill_expression(text: str, scope: Mapping[str, Any]) -> str:
    """A FHIRPath expression or a pattern: only `${…}` is replaced, quotes escaped so that a value stays a value."""
    if "${" not in text:
        return text

    def escaped(found: re.Match[str]) -> str:
        return as_text(lookup(found[1], scope)).replace("\\", "\\\\").replace("'", "\\'")

    return EMBEDDED.sub(escaped, text)


def as_text(value: Any) -> str:
    """A value inside a text: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def uses(template: Any, pointer: Pointer = (), *, key: str = "") -> Iterator[Use]:
    """Every place of `template` that reads a variable. A malformed `${…}` is told as a use of an empty name."""
    if isinstance(template, str):
        yield from _uses_of_text(template, pointer, own_language=key in OWN_LANGUAGE)
    elif isinstance(template, Mapping):
        for name, value in template.items():
            yield from _uses_of_text(name, (*pointer, name), own_language=False)
            yield from uses(value, (*pointer, name), key=name)
    elif isinstance(template, list | tuple):
        for index, item in enumerate(template):
            yield from uses(item, (*pointer, index), key=key)


def _uses_of_text(text: str, pointer: Pointer, *, own_language: bool) -> Iterator[Use]:
    if "$" not in text:
        return
    whole = None if own_language else WHOLE.match(text)
    if whole:
        yield Use(whole[1], pointer)
        return
    for found in _MALFORMED.finditer(text):
        exact = EMBEDDED.fullmatch(found[0])
        yield Use(exact[1] if exact else "", pointer)
