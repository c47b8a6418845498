"""FHIR XML to FHIR JSON and back, by the table of structures (HL7 FHIR R4, §2.6.1 XML, §2.6.2 JSON).

What the table does not know is refused on the way in. Values are not judged here: a number that is none stays a text,
which the basic rules then name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from mes_conformity.foundation import json_documents, xml_documents
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.fhir_tables import Element, elements, is_resource
from mes_conformity.validators.xhtml import DIV, is_narrative

FHIR_XML = "application/fhir+xml"
_START = 4096  # where the first element of a document stands
NAMESPACE = "http://hl7.org/fhir"
_SCHEMA_PLACE = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_ATTRIBUTES = {"Extension": ("id", "url")}  # written as attributes; elsewhere `id` alone, and not in resources
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,400})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
_INTEGERS = frozenset({"integer", "unsignedInt", "positiveInt"})
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Unwritable(Exception):
    """A resource of this type has no XML here."""


class NotFhir(Exception):
    """An XML document that is no FHIR resource: `place` names the element, `unknown` tells a type that is not read."""

    def __init__(self, place: str, why: Text, *, unknown: bool = False) -> None:
        super().__init__(f"{place} {why['en']}")
        self.place = place
        self.why = why
        self.unknown = unknown


def read(raw: bytes, max_depth: int = xml_documents.MAX_DEPTH) -> dict[str, Any]:
    """The resource in an XML document, as its JSON. Raises InvalidInput `XML…`, NotFhir naming the element."""
    root = xml_documents.parse(raw, "document", max_depth=max_depth)
    return _resource(root, _local(root, "document"))


def is_fhir_xml(raw: bytes) -> bool:
    """Whether `raw` looks like a FHIR resource in XML: quick, before anything is read."""
    start = raw[:_START]
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and NAMESPACE.encode() in start


def read_resource(raw: bytes, name: str) -> Any:
    """The data of an artefact that is JSON, or a FHIR resource in XML as its JSON.

    Raises InvalidInput: `JSN…`, `XML…`, `XML004` for XML that is no FHIR.
    """
    if not raw[:_START].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return json_documents.parse(raw, name)
    try:
        return read(raw)
    except NotFhir as error:
        message = both("{place} {why}", place=error.place, why=error.why)
        raise InvalidInput("XML004", message, location=Location(name, pointer=error.place)) from None


def _local(node: Any, place: str) -> str:
    """The name of an element of the FHIR namespace."""
    space, _, name = str(node.tag).rpartition("}")
    if space != f"{{{NAMESPACE}":
        raise NotFhir(place, both("contient un élément hors de l'espace de noms http://hl7.org/fhir"))
    return name[:60]


def _resource(node: Any, place: str) -> dict[str, Any]:
    kind = _local(node, place)
    if not is_resource(kind):
        raise NotFhir(place, both("est d'un type qui n'est pas lu en XML"), unknown=True)
    return {"resourceType": kind, **_object(node, kind, place)}


def _object(node: Any, kind: str, place: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    known = elements(kind)
    _read_attributes(node, kind, place, found)
    order, last = list(known), -1
    if _said(node.text):
        raise NotFhir(place, both("contient du texte : une valeur s'écrit dans l'attribut value"))
    for child in node:
        name = _local(child, place) if child.tag != DIV else "div"
        if name not in known or (name in _attributes(kind)):
            raise NotFhir(f"{place}.{name}", both("n'est pas un élément de {kind}", kind=kind))
        if order.index(name) < last:
            raise NotFhir(f"{place}.{name}", both("n'est pas à sa place"))
        if order.index(name) == last and not known[name].repeated:
            raise NotFhir(f"{place}.{name}", both("est écrit deux fois"))
        last = order.index(name)
        if _said(child.tail):
            raise NotFhir(place, both("contient du texte : une valeur s'écrit dans l'attribut value"))
        _add(found, known[name], child, f"{place}.{name}")
    return {name: value for name, value in found.items() if not _only_extended(value)}


def _only_extended(value: Any) -> bool:
    """A list of which every value has extensions and says nothing itself (§2.6.2.3)."""
    return isinstance(value, list) and all(item is None for item in value)


def _said(text: str | None) -> bool:
    return bool(text and text.strip())


def _attributes(kind: str) -> tuple[str, ...]:
    return () if is_resource(kind) else _ATTRIBUTES.get(kind, ("id",))


def _read_attributes(node: Any, kind: str, place: str, found: dict[str, Any]) -> None:
    for name, value in node.attrib.items():
        if name in _attributes(kind):
            found[name] = value
        elif name != _SCHEMA_PLACE:
            raise NotFhir(f"{place}.{str(name)[:60]}", both("n'est pas un attribut de cet élément"))


def _add(found: dict[str, Any], element: Element, node: Any, place: str) -> None:
    """Put what an XML element says in its JSON place: the value, and its id and extensions under `_name`."""
    value: Any
    beside: dict[str, Any] = {}
    if element.kind == "Resource":
        value = _only_resource(node, place)
    elif element.kind == "xhtml":
        value = xml_documents.text_of(node)
    elif element.primitive:
        value, beside = _primitive(node, element.kind, place)
    else:
        value = _object(node, element.kind, place)
    if not element.repeated:
        found.update({element.name: value} if value is not None else {})
        found.update({f"_{element.name}": beside} if beside else {})
        return
    values = found.setdefault(element.name, [])
    values.append(value)
    others = found.get(f"_{element.name}", [])
    if beside or others:
        found[f"_{element.name}"] = [*others, *[None] * (len(values) - 1 - len(others)), beside or None]


def _only_resource(node: Any, place: str) -> dict[str, Any]:
    inside = list(node)
    if len(inside) != 1 or node.attrib:
        raise NotFhir(place, both("doit contenir une ressource"))
    return _resource(inside[0], place)


def _primitive(node: Any, kind: str, place: str) -> tuple[Any, dict[str, Any]]:
    written = node.attrib.get("value")
    beside = _beside(node, place)
    if written is None and not beside:
        raise NotFhir(place, both("n'a ni valeur ni extension"))
    return (None if written is None else _value(written, kind)), beside


def _beside(node: Any, place: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in node.attrib.items():
        if name == "id":
            found["id"] = value
        elif name != "value":
            raise NotFhir(f"{place}.{str(name)[:60]}", both("n'est pas un attribut de cet élément"))
    for child in node:
        if _local(child, place) != "extension":
            raise NotFhir(place, both("contient autre chose que des extensions"))
        found.setdefault("extension", []).append(_object(child, "Extension", f"{place}.extension"))
    return found


def _value(written: str, kind: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(written, written)
    if kind in _INTEGERS or kind == "decimal":
        if _INTEGER.fullmatch(written):
            return int(written)
        number = float(written) if kind == "decimal" and _DECIMAL.fullmatch(written) else written
        return number if number not in (float("inf"), float("-inf")) else written
    return written


def write(resource: Mapping[str, Any]) -> bytes:
    """A resource as an XML document; elements that the table does not know are left out. Raises Unwritable for a type
    that it does not know."""
    text = "".join(_written_resource(resource, f' xmlns="{NAMESPACE}"'))
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def _written_resource(resource: Mapping[str, Any], space: str = "") -> Iterator[str]:
    kind = str(resource.get("resourceType"))[:60]
    if not is_resource(kind):
        raise Unwritable(kind)
    yield from _written_object(kind, kind, resource, space)


def _written_object(name: str, kind: str, value: Mapping[str, Any], space: str = "") -> Iterator[str]:
    said = [f" {key}={_quoted(value[key])}" for key in _attributes(kind) if key in value]
    yield f"<{name}{space}{''.join(said)}>"
    for element in elements(kind).values():
        if element.name in _attributes(kind):
            continue
        values, others = value.get(element.name), value.get(f"_{element.name}")
        if element.repeated:
            length = max(len(values or ()), len(others or ()))
            for index in range(length):
                yield from _written(element, _at(values, index), _at(others, index))
        elif values is not None or others is not None:
            yield from _written(element, values, others)
    yield f"</{name}>"


def _at(values: Any, index: int) -> Any:
    return values[index] if values and index < len(values) else None


def _written(element: Element, value: Any, beside: Mapping[str, Any] | None) -> Iterator[str]:
    name = element.name
    if element.kind == "Resource":
        yield f"<{name}>"
        yield from _written_resource(value)
        yield f"</{name}>"
    elif element.kind == "xhtml":
        yield value if is_narrative(value) else '<div xmlns="http://www.w3.org/1999/xhtml"/>'
    elif element.primitive:
        yield from _written_primitive(name, value, beside or {})
    else:
        yield from _written_object(name, element.kind, value)


def _written_primitive(name: str, value: Any, beside: Mapping[str, Any]) -> Iterator[str]:
    key = f" id={_quoted(beside['id'])}" if "id" in beside else ""
    said = f" value={_quoted(_plain(value))}" if value is not None else ""
    yield f"<{name}{key}{said}>"
    for extension in beside.get("extension", ()):
        yield from _written_object("extension", "Extension", extension)
    yield f"</{name}>"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: Any) -> str:
    return quoteattr(_UNWRITABLE.sub("\ufffd", str(text)), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
