"""Resources as the table of structures allows them, made by hypothesis."""

from typing import Any

from hypothesis import strategies as st

from mes_conformity.validators.fhir_tables import Element, elements

DEEPEST = 3
_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=8
)
_WORD = _TEXT.map(lambda text: f"a{text}")
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "decimal": st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9, allow_nan=False),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "unsignedInt": st.integers(0, 2**31 - 1),
    "positiveInt": st.integers(1, 2**31 - 1),
    "base64Binary": st.binary(min_size=1, max_size=9).map(lambda raw: __import__("base64").b64encode(raw).decode()),
    "code": st.sampled_from(["a", "b-c", "d e"]),
    "id": st.from_regex(r"[A-Za-z0-9.-]{1,20}", fullmatch=True),
    "oid": st.just("urn:oid:1.2.3"),
    "uuid": st.uuids().map(lambda found: f"urn:uuid:{found}"),
    "time": st.just("08:30:00"),
    "date": st.dates().map(str).filter(lambda text: len(text) == 10),
    "instant": st.just("2026-11-22T08:30:00.5+01:00"),
    "dateTime": st.sampled_from(["2026", "2026-11", "2026-11-22", "2026-11-22T08:30:00Z"]),
    "xhtml": st.just('<div xmlns="http://www.w3.org/1999/xhtml"><p>a &lt; b</p></div>'),
    **dict.fromkeys(("uri", "url", "canonical"), st.sampled_from(["urn:x", "https://exemple.invalid/é?a=1&b=2"])),
}


def resources(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """A resource of a type."""
    return _objects(kind, 0).map(lambda found: {"resourceType": kind, **found})


@st.composite
def _objects(draw: st.DrawFn, kind: str, depth: int) -> dict[str, Any]:
    known = list(elements(kind).values())
    wanted = [element for element in known if element.mandatory]
    if depth < DEEPEST:
        wanted += draw(st.lists(st.sampled_from(known), max_size=4, unique_by=lambda element: element.name))
    found: dict[str, Any] = {}
    for element in wanted or known[:1]:
        found.update(draw(_members(element, depth + 1)))
    return found


@st.composite
def _members(draw: st.DrawFn, element: Element, depth: int) -> dict[str, Any]:
    """An element, and for a primitive sometimes what stands beside it."""
    if element.kind == "Resource":
        one: st.SearchStrategy[Any] = (
            resources("Binary") if depth <= DEEPEST else st.just({"resourceType": "Binary", "contentType": "a"})
        )
    elif element.primitive:
        one = _VALUES.get(element.kind, _WORD)
    else:
        one = _objects(element.kind, depth)
    length = draw(st.integers(1, 2)) if element.repeated else 1
    values = [draw(one) for _ in range(length)]
    found = {element.name: values if element.repeated else values[0]}
    attribute = element.name in ("id", "url") or element.kind == "xhtml"
    if element.primitive and not attribute and depth < DEEPEST and draw(st.booleans()):
        beside = {"id": "x"} if draw(st.booleans()) else {"extension": [{"url": "urn:x", "valueCode": "a"}]}
        found[f"_{element.name}"] = [beside, *[None] * (length - 1)] if element.repeated else beside
    return found
