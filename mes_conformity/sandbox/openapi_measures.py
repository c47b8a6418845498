"""The schema of a measure to send: one form for each that may be written, as its profile and the API fix it.

Closed: other elements of FHIR R4 are taken as well, and are left out here.
"""

from collections.abc import Mapping
from typing import Any

from mes_conformity.sandbox.control import AN_INSTANT
from mes_conformity.sandbox.openapi_schemas import NAME, Schema, closed, listed
from mes_conformity.validators.contract import Contract

_LEFT_OUT = (
    "The elements that the API asks for; other elements of FHIR R4 are taken as well. What no schema tells is refused "
    "with 422: an Observation whose device is not the one beside it."
)
_UCUM: Schema = {"const": "http://unitsofmeasure.org"}
_OID: Schema = {"type": "string", "pattern": r"^urn:oid:[0-2](\.(0|[1-9][0-9]*))+$"}
_UUID: Schema = {"type": "string", "pattern": r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_PLAIN: Schema = {"type": "string", "pattern": "^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"}
_ID: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9.-]{1,64}$"}
_LINK = {"device": closed({"reference": {"type": "string", "pattern": r"^Device/[A-Za-z0-9.-]{1,64}$"}})}


def measure(contract: Contract) -> Schema:
    """A transaction of one Observation, alone or with the Device that took it."""
    kind = {"const": contract.get("bundle_type")}
    pair = {"anyOf": [_entry(contract, _LINK), _device(contract)]}
    entry = {"anyOf": [_one(_entry(contract, {})), listed(pair, minItems=2, maxItems=2)]}
    told = closed({"resourceType": {"const": "Bundle"}, "type": kind, "entry": entry})
    return {"$comment": _LEFT_OUT, **told}


def _entry(contract: Contract, more: Mapping[str, Schema]) -> Schema:
    """The entry of an Observation of any measure that may be written, with `more` elements."""
    resources = [_observation(contract, row, more) for row in contract.get("measures") if row["writable"]]
    return closed({"fullUrl": _UUID, "resource": {"anyOf": resources}, "request": _request("Observation")})


def _request(kind: str, **more: Schema) -> Schema:
    return closed({"method": {"const": "POST"}, "url": {"const": kind}, **more})


def _one(item: Schema) -> Schema:
    return listed(item, minItems=1, maxItems=1)


def _profiled(canonical: str) -> Schema:
    return closed({"profile": listed({"const": canonical}, minItems=1)})


def _coded(system: str, code: str) -> Schema:
    return closed({"coding": listed(closed({"system": {"const": system}, "code": {"const": code}}), minItems=1)})


def _observation(contract: Contract, row: Mapping[str, Any], more: Mapping[str, Schema]) -> Schema:
    category = contract.get("category")
    identifier = closed({"system": _OID, "value": NAME})
    common = {
        "resourceType": {"const": "Observation"},
        "meta": _profiled(row["profile"]),
        "status": {"enum": contract.get("statuses")},
        "category": listed(_coded(category["system"], category["code"]), minItems=1),
        "code": _coded(row["system"], row["code"]),
        "subject": closed({"identifier": identifier}),
        "effectiveDateTime": {"type": "string", "pattern": AN_INSTANT},
    }
    return closed({**common, **_value(row), **_extension(contract, row), **more})


def _quantity(row: Mapping[str, Any]) -> Schema:
    words = {"const": row["unit"]} if row.get("unit_fixed") else _PLAIN
    return closed({"value": {"type": "number"}, "unit": words, "system": _UCUM, "code": {"const": row["unit_code"]}})


def _value(row: Mapping[str, Any]) -> dict[str, Schema]:
    parts = [part for part in row.get("components", ()) if part["required"]]
    if not parts:
        return {"valueQuantity": _quantity(row)}
    told = [closed({"code": _coded(row["system"], part["code"]), "valueQuantity": _quantity(row)}) for part in parts]
    return {"component": {"type": "array", "prefixItems": told, "minItems": len(told), "maxItems": len(told)}}


def _extension(contract: Contract, row: Mapping[str, Any]) -> dict[str, Schema]:
    """The extension that this kind of glucose must have (API Mesures 1.5.2, §2.2.6); the others have none. Its codes
    are bound to no list."""
    wanted = [name for name, rule in contract.get("glucose").get(row["id"], {}).items() if rule == "required"]
    if not wanted:
        return {}
    concept = closed({"coding": listed(closed({"code": _PLAIN}, {"display": _PLAIN}), minItems=1)})
    url = {"const": contract.get(f"extensions.{wanted[0]}")}
    return {"extension": _one(closed({"url": url, "valueCodeableConcept": concept}))}


def _device(contract: Contract) -> Schema:
    condition = {"type": "string", "pattern": contract.get("if_none_exist_pattern")}
    kind, sort = contract.get("device_identifier_type"), contract.get("device_type")
    identifier = {"type": _coded(kind["system"], kind["code"]), "system": _OID, "value": _PLAIN}
    resource = {
        "resourceType": {"const": "Device"},
        "id": _ID,
        "meta": _profiled(contract.get("device_profile")),
        "identifier": listed(closed(identifier), minItems=1),
        "type": _coded(sort["system"], sort["code"]),
    }
    described = dict.fromkeys(("manufacturer", "modelNumber", "serialNumber"), _PLAIN)
    return closed({"resource": closed(resource, described), "request": _request("Device", ifNoneExist=condition)})
