"""The structure of the FHIR R4 resources that are exchanged: elements in order, types, lists, what is mandatory.

The table beside this module is drawn from the metadata of a maintained library (`.ci/fhir_structures.py`). Four things
stand on it: the types of JSON values, the conversion to XML and back, and in the sandbox the check of what comes in and
the schemas of the OpenAPI description.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("fhir_structures.json")


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type. A type that begins in lower case is primitive (HL7 FHIR R4, §2.24.0.1)."""

    name: str
    kind: str
    repeated: bool
    mandatory: bool

    @property
    def primitive(self) -> bool:
        """Whether its values are texts, numbers or booleans."""
        return self.kind[0].islower()


@cache
def _table() -> Mapping[str, str]:
    return dict(json.loads(_TABLE.read_text(encoding="utf-8")))


@cache
def elements(kind: str) -> Mapping[str, Element]:
    """The elements of a type by name, in the order of XML. Raises KeyError for a type that is not in the table."""
    return {element.name: element for element in map(_element, _table()[kind].split())}


def _element(written: str) -> Element:
    name, _, rest = written.partition(":")
    kind = rest.rstrip("*!")
    return Element(name, kind, "*" in rest, "!" in rest)


def is_known(kind: str) -> bool:
    """Whether the table has this type, resource or not."""
    return kind in _table()


def is_resource(kind: object) -> bool:
    """Whether `kind` is a resource of the table."""
    return isinstance(kind, str) and kind in _table() and "implicitRules" in elements(kind)
