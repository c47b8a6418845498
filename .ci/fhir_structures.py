"""The structures of FHIR R4 that the sandbox reads, drawn from the metadata of a maintained library.

    python .ci/fhir_structures.py            write mes_conformity/validators/fhir_structures.json
    python .ci/fhir_structures.py --check    fail when the file is not what the library says

Needs `fhir.resources` (R4B: for these resources its elements are those of R4, once the types that R4B added are left
out). The file holds, for each type, its elements in the order of XML: `name:type`, then `*` for a list, `!` where one
is mandatory.
"""

import json
import sys
import typing
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "mes_conformity" / "validators" / "fhir_structures.json"
RESOURCES = (
    "Appointment", "Binary", "Bundle", "CapabilityStatement", "Device", "DocumentReference", "HealthcareService",
    "List", "Location", "Observation", "OperationOutcome", "Organization", "Parameters", "Patient", "Practitioner",
    "PractitionerRole", "RelatedPerson", "Schedule", "Slot",
)  # fmt: skip
OTHER_NAMES = {"encodedBytes": "base64Binary", "uuidVersion": "uuid"}  # the library's for FHIR's
LATER = {"CodeableReference", "RatioRange"}  # types of R4B that R4 does not know


def structures() -> dict[str, str]:
    """Type → its elements, for the resources and for every type that they need."""
    found: dict[str, str] = {}
    wanted = [*RESOURCES, "Element"]
    while wanted:
        name = wanted.pop()
        if name not in found and name != "Resource":
            rows = list(elements(name))
            found[name] = " ".join(text for text, _kind in rows)
            wanted += [kind for _text, kind in rows if kind[0].isupper()]
    return dict(sorted(found.items()))


def elements(name: str) -> typing.Iterator[tuple[str, str]]:
    """Each element of a type as it is written in the file, with its type."""
    model = model_of(name)
    fields = {field.alias or key: field for key, field in model.model_fields.items()}
    for element in model.elements_sequence():
        field = fields[element]
        kind, repeated = kind_of(field.annotation)
        if kind in LATER:
            continue
        extra = field.json_schema_extra or {}
        mandatory = "!" if field.is_required() or extra.get("element_required") else ""
        yield f"{element}:{kind}{'*' if repeated else ''}{mandatory}", kind


def model_of(name: str) -> Any:
    """The model of a type; that of a part stands in the module of its resource."""
    for stem in (name, *(name[:end] for end in range(len(name) - 1, 1, -1))):
        try:
            module = import_module(f"fhir.resources.R4B.{stem.lower()}")
        except ModuleNotFoundError:
            continue
        if hasattr(module, name):
            return getattr(module, name)
    raise LookupError(name)


def kind_of(annotation: Any) -> tuple[str, bool]:
    """The FHIR type behind an annotation, and whether it is a list."""
    origin = typing.get_origin(annotation)
    if origin in (list, typing.List):  # noqa: UP006
        return kind_of(typing.get_args(annotation)[0])[0], True
    if origin is typing.Union or isinstance(annotation, UnionType):
        return kind_of(next(part for part in typing.get_args(annotation) if part is not type(None)))
    if hasattr(annotation, "__metadata__"):
        written = type(annotation.__metadata__[0]).__name__
        kind = written[0].lower() + written[1:]
        return OTHER_NAMES.get(kind, kind), False
    name = getattr(annotation, "__name__", str(annotation))
    return ("boolean" if annotation is bool else name.removesuffix("Type")), False


def main(arguments: list[str]) -> int:
    """Write the file, or compare it."""
    text = json.dumps(structures(), indent=0, ensure_ascii=False) + "\n"
    if "--check" in arguments:
        same = TARGET.read_text(encoding="utf-8") == text
        print("up to date" if same else f"{TARGET.name} is not what the library says")
        return 0 if same else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
