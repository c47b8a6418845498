"""The named defects of a service: an artefact spoiled in one place, or a client set up wrongly.

They are to service cases what sandbox faults are to target cases: a case that passes with the defect it names cannot
fail. Defects are data (`test_suites/defects/`), patches of a sound artefact; a defect that speaks of one kind of
measure first turns the artefact into a sound measure of that kind (`becomes`), so that it applies to any service.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from mes_conformity.foundation import json_documents, schemas, shapes, yaml_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.resources import root as data_root
from mes_conformity.harness import samples
from mes_conformity.harness.defect_patches import (
    NotApplicable,
    is_text,
    is_xml,
    resolve,
    spoil_json,
    spoil_text,
    spoil_xml,
    steps_of,
)
from mes_conformity.validators import contract as contracts

__all__ = ["DEFECTS", "Defect", "NotApplicable", "client_with", "load", "spoil", "twin"]

_OF_MEASURE: Final = ("code", "extension", "valueQuantity", "component")


@dataclass(frozen=True, slots=True)
class Defect:
    """One way for a service to be wrong.

    `applies_to` is an artefact kind, or `client` for the settings of the client. `rule` is the validator rule that no
    longer holds, None for a client. `operations` are patches, in order, all of JSON, of XML (`namespaces` are the
    prefixes of their paths) or of text; `becomes` is a measure id of the contract.
    """

    name: str
    description: Text
    applies_to: str
    rule: str | None = None
    becomes: str | None = None
    operations: tuple[Mapping[str, Any], ...] = ()
    settings: Mapping[str, str] | None = None
    omit_scopes: tuple[str, ...] = ()
    contract: str = ""
    namespaces: Mapping[str, str] = field(default_factory=dict)


def load(path: Path | None = None) -> Mapping[str, Defect]:
    """The defects of a file, or of every file of a folder (that of the program when None), by name.

    Raises InvalidInput: `YAM…`, `SCH001`, `SUI012` for a name used twice, in one file or in two.
    """
    place = path or data_root("test_suites") / "defects"
    found: dict[str, Defect] = {}
    for file in sorted(place.glob("*.yaml")) if place.is_dir() else (place,):
        document = yaml_documents.read(file)
        if not shapes.holds(document.data, "defects-1"):
            schemas.require(document, "defects-1")
        for index, row in enumerate(document.data["defects"]):
            if row["name"] in found:
                message = both("le défaut « {name} » est décrit deux fois", name=row["name"])
                raise InvalidInput("SUI012", message, location=document.locate(("defects", index, "name")))
            found[row["name"]] = _defect(row, document.data)
    return found


def _defect(row: Mapping[str, Any], document: Mapping[str, Any]) -> Defect:
    named = document.get("contracts", {})
    return Defect(
        name=row["name"],
        description=row["description"],
        applies_to=row["applies_to"],
        rule=row.get("rule"),
        becomes=row.get("becomes"),
        operations=tuple(row.get("operations", ())),
        settings=row.get("settings"),
        omit_scopes=tuple(row.get("omit_scopes", ())),
        contract=named.get("pairing" if row["applies_to"] == "client" else "measures", ""),
        namespaces=document.get("namespaces", {}),
    )


@cache
def _contract(name: str) -> contracts.Contract:
    return contracts.load(name)


def spoil(raw: bytes, defect: Defect) -> bytes:
    """The artefact `raw` with the defect.

    Raises NotApplicable when it cannot have it, InvalidInput `JSN…` or `XML…` when it cannot be read.
    """
    spoiled = _change(twin(raw, defect), defect, defect.operations)
    if spoiled == _change(raw, defect, ()):
        raise NotApplicable(defect.name, both("l'artefact n'a rien de ce que ce défaut change"))
    return spoiled


def _change(raw: bytes, defect: Defect, operations: tuple[Mapping[str, Any], ...]) -> bytes:
    if any(operation["op"] == "replace_file" for operation in defect.operations):
        return (data_root("test_suites") / "defects" / operations[0]["file"]).read_bytes() if operations else raw
    if any(is_text(operation) for operation in defect.operations):
        return spoil_text(raw, operations, defect.name)
    if any(is_xml(operation) for operation in defect.operations):
        return spoil_xml(raw, operations, defect.namespaces, defect.name)
    return spoil_json(raw, operations, defect.name)


def twin(raw: bytes, defect: Defect) -> bytes:
    """The sound artefact that the defect starts from: `raw`, or the measure that it `becomes`."""
    if not defect.becomes:
        return raw
    data = json_documents.parse(raw, defect.name)
    _become(data, defect)
    return json_documents.dump(data).encode()


def client_with(client: Mapping[str, Any], defect: Defect) -> dict[str, Any]:
    """The settings of `client` with the defect: `client_secret`, `redirect_uri` or `scope` changed, the rest kept."""
    spoiled = {**client, **(defect.settings or {})}
    if defect.omit_scopes:
        scopes = _contract(defect.contract).get("scopes")
        spoiled["scope"] = " ".join(value for key, value in scopes.items() if key not in defect.omit_scopes)
    return spoiled


def _become(data: Any, defect: Defect) -> None:
    """Turn the Observation into a sound measure `defect.becomes`; what does not depend on the measure stays."""
    observation = resolve(data, steps_of(data, "$observation", defect.name), defect.name)
    contract = _contract(defect.contract)
    row = contract.measures[defect.becomes or ""]
    if any(coding.get("code") == row["code"] for coding in observation.get("code", {}).get("coding", ())):
        return
    wish = samples.Wish(measure=row["id"])
    model = samples.build(contract, wish, {"assign_auth": "", "idpe": ""}, "", str)["observation"]
    for key in _OF_MEASURE:
        observation.pop(key, None)
        if key in model:
            observation[key] = model[key]
    observation["meta"] = {**observation.get("meta", {}), "profile": [row["profile"]]}


DEFECTS: Final[Mapping[str, Defect]] = load()
"""Every defect of the program by name. Suites give these names in `broken_by`."""
