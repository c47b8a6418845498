"""Changing the metadata of a document: JSON Patch, FHIRPath Patch; contract `mes-documents`.

PDSm 3.1.1, flux 03: only status, securityLabel and isArchived, 405 otherwise. The FHIRPath Patch (HL7 FHIR R4, §3.1.7)
is the one that a replacement carries inside its lot (IHE MHD 4.2, IHE.MHD.Patch.Parameters): `replace` on a path.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mes_conformity.sandbox import contracts
from mes_conformity.sandbox.access import contract_refusal
from mes_conformity.sandbox.answers import Refusal
from mes_conformity.sandbox.resource_search import values_at
from mes_conformity.sandbox.resources import basic
from mes_conformity.sandbox.world import World

_OPERATIONS = 20


def patched(world: World, document: dict[str, Any], patch: Any) -> dict[str, Any]:
    """The document after a patch that may be made. Raises Refusal 405 (another element), 422 (it cannot be applied, or
    leaves something that is not FHIR)."""
    contract = contracts.documents()
    operations = _of_parameters(world, patch) if isinstance(patch, Mapping) else patch
    changed = _applied(operations, document)
    if world.behaviour.patch_limited and _touches_more(document, changed):
        raise contract_refusal(contract, "patch_refused")
    if changed.get("status") not in contract.get("patch_statuses"):
        raise _invalid()
    wrong = basic(world, changed)
    if wrong:
        raise Refusal(422, [issue for _status, issue in wrong])
    return changed


def _invalid() -> Refusal:
    return contract_refusal(contracts.documents(), "patch_invalid")


def _of_parameters(world: World, patch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The JSON Patch that a FHIRPath Patch means. Raises Refusal 400 (it is not FHIR), 422."""
    if patch.get("resourceType") != "Parameters":
        raise _invalid()
    wrong = basic(world, patch)
    if wrong:
        raise Refusal(400, [issue for _status, issue in wrong])
    return [_of_operation(parameter) for parameter in values_at(patch, ["parameter"])]


def _of_operation(parameter: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for part in values_at(parameter, ["part"]):
        values = [value for name, value in part.items() if name.startswith("value")] if isinstance(part, dict) else []
        parts[str(part.get("name")) if isinstance(part, dict) else ""] = values[0] if values else None
    kind, _, path = str(parts.get("path")).partition(".")
    sound = isinstance(parameter, dict) and parameter.get("name") == "operation" and path.isalpha()
    if not sound or parts.get("type") != "replace" or kind != "DocumentReference" or parts.get("value") is None:
        raise _invalid()
    return {"op": "replace", "path": f"/{path}", "value": parts["value"]}


def _applied(operations: Any, document: dict[str, Any]) -> dict[str, Any]:
    """The document after an RFC 6902 patch. Raises Refusal 422."""
    import jsonpatch
    import jsonpointer

    known = isinstance(operations, list) and all(isinstance(item, dict) for item in operations)
    if not known or not 0 < len(operations) <= _OPERATIONS:
        raise _invalid()
    if any(item.get("op") not in ("add", "remove", "replace", "test") for item in operations):
        raise _invalid()  # copy and move could build a document of any size, and no metadata needs them
    try:
        changed = jsonpatch.apply_patch(document, operations)
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, ValueError, KeyError):
        raise _invalid() from None
    if not isinstance(changed, dict):
        raise _invalid()
    return changed


def _touches_more(former: Mapping[str, Any], patched: Mapping[str, Any]) -> bool:
    """Whether more than status, securityLabel and the extension isArchived differs (PDSm 3.1.1, flux 03)."""
    contract = contracts.documents()
    free = {*contract.get("patch_elements"), "extension"}
    if {name: value for name, value in former.items() if name not in free} != {
        name: value for name, value in patched.items() if name not in free
    }:
        return True
    archived = contract.get("archived_extension")
    return _extensions_but(former, archived) != _extensions_but(patched, archived)


def _extensions_but(document: Mapping[str, Any], url: str) -> Sequence[Any]:
    return [item for item in values_at(document.get("extension"), ()) if not _is_extension(item, url)]


def _is_extension(item: Any, url: str) -> bool:
    return isinstance(item, Mapping) and item.get("url") == url and isinstance(item.get("valueBoolean"), bool)
