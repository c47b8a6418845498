"""Whether what comes in is FHIR at all: known elements, JSON shapes, values of the primitive types.

HL7 FHIR R4, §2.6.2 (JSON), §2.24.0.1 (primitive types), §3.1.0.8: a resource that fails these basic rules is refused
with 400. The rules of profiles stay with the validators. A type that the table does not know is left unread.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from mes_conformity.sandbox.answers import Issue
from mes_conformity.validators.dates import fault_of_moment
from mes_conformity.validators.fhir_tables import Element, elements, is_resource
from mes_conformity.validators.xhtml import is_narrative

MOST_ISSUES = 20
_STEP = 60
_INTEGERS = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}
_TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]+")
_SPACES = re.compile(r"[ \t\r\n]*")  # what \s means in the patterns of FHIR, which are those of XML Schema
_DAY = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "base64Binary": re.compile(r"[0-9A-Za-z+/= \t\r\n]+"),
    "code": re.compile(r"[^ \t\r\n]+( [^ \t\r\n]+)*"),
    "id": re.compile(r"[A-Za-z0-9\-.]{1,64}"),
    "oid": re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+"),
    "uuid": re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "time": re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"),
    "instant": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.+"),
    "date": re.compile(_DAY),
    "dateTime": re.compile(rf"{_DAY}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T.+"),
    **dict.fromkeys(("uri", "url", "canonical"), re.compile(r"[^ \t\r\n]+")),
}


def faults(resource: Mapping[str, Any], kind: str) -> list[Issue]:
    """What is not FHIR in a resource of type `kind`, the first issues only; each names its element."""
    found = _object(resource, kind if is_resource(kind) else "Resource", kind[:_STEP])
    return [issue for issue, _ in zip(found, range(MOST_ISSUES), strict=False)]


def _object(value: Any, kind: str, place: str) -> Iterator[Issue]:
    if kind == "Resource":
        yield from _resource(value, place)
        return
    if not isinstance(value, Mapping):
        yield Issue("structure", f"{place} must be an object", place)
        return
    if not value:
        yield Issue("structure", f"{place} must not be empty", place)
    known = elements(kind)
    for name, item in value.items():
        element = known.get(name.removeprefix("_"))
        inner = f"{place}.{name[:_STEP]}"
        if name == "resourceType" and is_resource(kind):
            continue
        if element is None or (name[0] == "_" and not element.primitive):
            yield Issue("structure", f"{inner} is not an element of {kind}", inner)
        elif name[0] == "_":
            yield from _beside(item, element, inner)
        else:
            yield from _element(item, value.get(f"_{name}"), element, inner)
    for name in _mandatory(kind):
        if name not in value and f"_{name}" not in value:
            yield Issue("required", f"{place}.{name} is mandatory", f"{place}.{name}")


@cache
def _mandatory(kind: str) -> tuple[str, ...]:
    return tuple(element.name for element in elements(kind).values() if element.mandatory)


def _resource(value: Any, place: str) -> Iterator[Issue]:
    kind = value.get("resourceType") if isinstance(value, Mapping) else None
    if not isinstance(kind, str):
        yield Issue("structure", f"{place} must be a resource", place)
    elif is_resource(kind):
        yield from _object(value, kind, place)


def _element(value: Any, beside: Any, element: Element, place: str) -> Iterator[Issue]:
    if isinstance(value, list) != element.repeated:
        wanted = "a list" if element.repeated else "a single value"
        yield Issue("structure", f"{place} must be {wanted}", place)
        return
    if value == []:
        yield Issue("structure", f"{place} must not be empty", place)
    for index, item in enumerate(value if element.repeated else [value]):
        inner = f"{place}[{index}]" if element.repeated else place
        if not element.primitive:
            yield from _object(item, element.kind, inner)
        elif not (item is None and element.repeated and isinstance(beside, list) and index < len(beside)):
            yield from _primitive(item, element.kind, inner)


def _beside(value: Any, element: Element, place: str) -> Iterator[Issue]:
    """`_name`: the id and extensions of a primitive value (HL7 FHIR R4, §2.6.2.3)."""
    if isinstance(value, list) != element.repeated:
        yield Issue("structure", f"{place} has not the form of its element", place)
        return
    for item in value if element.repeated else [value]:
        if item is not None:
            yield from _object(item, "Element", place)


def _primitive(value: Any, kind: str, place: str) -> Iterator[Issue]:
    told = _fault(value, kind)
    if told:
        yield Issue(told[0], f"{place} {told[1]}", place)


def _fault(value: Any, kind: str) -> tuple[str, str] | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "boolean":
        return None if isinstance(value, bool) else ("structure", "must be true or false")
    if kind == "decimal":
        return None if number else ("structure", "must be a number")
    if kind in _INTEGERS:
        if not number or isinstance(value, float):
            return "structure", "must be an integer"
        low = _INTEGERS[kind]
        return None if low <= value < 2**31 else ("value", f"must be between {low} and {2**31 - 1}")
    if not isinstance(value, str):
        return "structure", "must be a text"
    return None if _READS.get(kind, _is_written)(value, kind) else ("value", f"is not a value of type {kind}")


def _is_written(value: str, kind: str) -> bool:
    """A text that says something, without control characters, in the pattern of its type."""
    pattern = _PATTERNS.get(kind)
    sound = _TEXT.fullmatch(value) is not None and _SPACES.fullmatch(value) is None
    return sound and (pattern is None or pattern.fullmatch(value) is not None)


def _is_moment(value: str, kind: str) -> bool:
    whole = {4: f"{value}-01-01", 7: f"{value}-01"}.get(len(value), value)
    return _is_written(value, kind) and fault_of_moment(whole) is None


_READS: Mapping[str, Callable[[str, str], bool]] = {
    **dict.fromkeys(("date", "dateTime", "instant"), _is_moment),
    "xhtml": lambda value, _kind: is_narrative(value),
}
