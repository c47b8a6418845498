"""The named defects of a service: an artefact spoiled in one place, or a client set up wrongly.

They are to service cases what sandbox faults are to target cases: a case that passes with the defect it names cannot
fail. Defects are data (`test_suites/defects.yaml`), patches of a sound artefact; a defect that speaks of one kind of
measure first turns the artefact into a sound measure of that kind (`becomes`), so that it applies to any service.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from mes_conformity.foundation import json_documents, schemas, shapes, yaml_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.pointers import from_pointer
from mes_conformity.foundation.resources import root as data_root
from mes_conformity.harness import samples
from mes_conformity.validators import contract as contracts

_RESOURCES: Final = {"observation": "Observation", "device": "Device"}
_OF_MEASURE: Final = ("code", "extension", "valueQuantity", "component")


class NotApplicable(ValueError):
    """This artefact cannot have this defect: `reason` says why (it has no device, no such element…)."""

    def __init__(self, name: str, reason: Text) -> None:
        super().__init__(f"{name}: {reason['fr']}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Defect:
    """One way for a service to be wrong.

    `applies_to` is an artefact kind, or `client` for the settings of the client. `rule` is the validator rule that no
    longer holds, None for a client. `operations` are patches, in order; `becomes` a measure id of the contract.
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


def load(path: Path | None = None) -> Mapping[str, Defect]:
    """The defects of a file (that of the program when None), by name.

    Raises InvalidInput: `YAM…`, `SCH001`, `SUI012` for a name used twice.
    """
    document = yaml_documents.read(path or data_root("test_suites") / "defects.yaml")
    if not shapes.holds(document.data, "defects-1"):
        schemas.require(document, "defects-1")
    named = document.data["contracts"]
    found: dict[str, Defect] = {}
    for index, row in enumerate(document.data["defects"]):
        if row["name"] in found:
            message = both("le défaut « {name} » est décrit deux fois", name=row["name"])
            raise InvalidInput("SUI012", message, location=document.locate(("defects", index, "name")))
        found[row["name"]] = _defect(row, named)
    return found


def _defect(row: Mapping[str, Any], named: Mapping[str, str]) -> Defect:
    return Defect(
        name=row["name"],
        description=row["description"],
        applies_to=row["applies_to"],
        rule=row.get("rule"),
        becomes=row.get("becomes"),
        operations=tuple(row.get("operations", ())),
        settings=row.get("settings"),
        omit_scopes=tuple(row.get("omit_scopes", ())),
        contract=named["pairing"] if row["applies_to"] == "client" else named["measures"],
    )


@cache
def _contract(name: str) -> contracts.Contract:
    return contracts.load(name)


def spoil(raw: bytes, defect: Defect) -> bytes:
    """The artefact `raw` with the defect.

    Raises NotApplicable when it cannot have it, InvalidInput `JSN…` when it cannot be read.
    """
    sound = json_documents.parse(raw, defect.name)
    data = copy.deepcopy(sound)
    if defect.becomes:
        _become(data, defect)
    for operation in defect.operations:
        _apply(data, operation, defect)
    if data == sound:
        raise NotApplicable(defect.name, both("l'artefact n'a rien de ce que ce défaut change"))
    return json_documents.dump(data).encode()


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
    observation = _resolve(data, _steps(data, "$observation", defect), defect)
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


def _apply(data: Any, operation: Mapping[str, Any], defect: Defect) -> None:
    steps = _steps(data, operation["path"], defect)
    match operation["op"]:
        case "set":
            _parent(data, steps, defect, create=True)[_key(steps[-1])] = copy.deepcopy(operation["value"])
        case "append":
            _list(data, steps, defect).append(copy.deepcopy(operation["value"]))
        case "copy":
            source = _resolve(data, _steps(data, operation["from"], defect), defect)
            _list(data, steps, defect).append(copy.deepcopy(source))
        case action:
            _remove(data, steps, defect, strict=action == "remove")


def _steps(data: Any, path: str, defect: Defect) -> tuple[str, ...]:
    """The steps of a path, its `$name` resolved to the place of the resource in the bundle."""
    if not path.startswith("$"):
        return from_pointer(path)
    name, _slash, rest = path[1:].partition("/")
    tail = from_pointer("/" + rest) if rest else ()
    if name in ("entry", "observation"):
        index = _index_of(data, "Observation", defect)
    else:
        index = _index_of(data, "Device", defect)
    resource = ("resource",) if name in _RESOURCES else ()
    return ("entry", str(index), *resource, *tail)


def _index_of(data: Any, kind: str, defect: Defect) -> int:
    entries = data.get("entry") if isinstance(data, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == kind:
            return index
    raise NotApplicable(defect.name, both("l'artefact n'a pas de ressource {kind}", kind=kind))


def _key(step: str) -> Any:
    return int(step) if step.isascii() and step.isdigit() else step


def _child(node: Any, step: str) -> Any:
    if isinstance(node, dict):
        return node.get(step)
    key = _key(step)
    return node[key] if isinstance(node, list) and isinstance(key, int) and key < len(node) else None


def _resolve(data: Any, steps: tuple[str, ...], defect: Defect) -> Any:
    for step in steps:
        data = _child(data, step)
        if data is None:
            raise NotApplicable(defect.name, both("l'artefact n'a pas d'élément {path}", path="/" + "/".join(steps)))
    return data


def _parent(data: Any, steps: tuple[str, ...], defect: Defect, *, create: bool) -> Any:
    for index, step in enumerate(steps[:-1]):
        found = _child(data, step)
        if found is None and create and isinstance(data, dict):
            found = data[step] = {}
        if not isinstance(found, dict | list):
            path = "/" + "/".join(steps[: index + 1])
            raise NotApplicable(defect.name, both("l'artefact n'a pas d'élément {path}", path=path))
        data = found
    return data


def _list(data: Any, steps: tuple[str, ...], defect: Defect) -> list[Any]:
    """The list at `steps`, created where its parent has none."""
    parent = _parent(data, steps, defect, create=True)
    if isinstance(parent, dict):
        parent.setdefault(steps[-1], [])
    found = _child(parent, steps[-1])
    if not isinstance(found, list):
        raise NotApplicable(defect.name, both("l'artefact n'a pas d'élément {path}", path="/" + "/".join(steps)))
    return found


def _remove(data: Any, steps: tuple[str, ...], defect: Defect, *, strict: bool) -> None:
    """Remove what stands at `steps`; nothing there is an error of application only when `strict`."""
    try:
        parent = _parent(data, steps, defect, create=False)
    except NotApplicable:
        if strict:
            raise
        return
    if _child(parent, steps[-1]) is None:
        if strict:
            path = "/" + "/".join(steps)
            raise NotApplicable(defect.name, both("l'artefact n'a pas d'élément {path}", path=path))
        return
    del parent[_key(steps[-1]) if isinstance(parent, list) else steps[-1]]


DEFECTS: Final[Mapping[str, Defect]] = load()
"""Every defect of the program by name. Suites give these names in `broken_by`."""
