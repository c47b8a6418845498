"""Sample measures, built from the contract: what a conforming service would send, with a fictional identity.

Values are plausible and constant; identifiers come from the environment, so that a run can be repeated. Sources: API
Mesures 1.5.2, §2.1.1 and §2.2.2 (structure), §2.2.6 (glucose), §2.2.7.1 (blood pressure), §2.1.2 and §2.2.3 (device).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mes_conformity.validators.contract import Contract

EFFECTIVE: Final = "2026-03-15T08:30:00+01:00"
"""When a sample was measured, unless the suite says otherwise."""

DEVICE_OID: Final = "2680"
"""The arc under the solution's OID where sample devices are named (§2.2.2.1: a sub-OID of the solution)."""

_SPECIALIZATION: Final = "528457"  # Generic 20601 Device (§2.1.2): right for any measure
_READINGS: Final[Mapping[str, float | tuple[float, ...]]] = {
    "weight": 71.5,
    "height": 172,
    "bmi": 24.2,
    "blood-pressure": (128, 79),
    "temperature": 36.8,
    "glucose": 95,
    "interstitial-glucose": 142,
    "hba1c": 6.4,
    "glucose-management-index": 6.8,
    "pain": 3,
    "steps": 8250,
    "waist": 88,
    "head": 47,
    "heart-rate": 64,
}
_DEFAULT_READING: Final = 1


class UnknownMeasure(LookupError):
    """The contract has no measure of this id."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a suite asks of a sample. `device` is False, True (a new one) or the Device resource to use again."""

    measure: str
    value: float | Sequence[float] | None = None
    unit: str | None = None
    device: bool | Mapping[str, Any] = False
    effective: str = EFFECTIVE


def build(
    contract: Contract, wish: Wish, identity: Mapping[str, Any], solution_oid: str, new_id: Callable[[], str]
) -> dict[str, Any]:
    """A transaction bundle of one Observation (entry 0) and perhaps one Device (entry 1), with what it holds.

    Gives `{bundle, observation, device, measure, code, system, value, readings, unit, units, effective}`; `readings`
    and `units` are one value, or a list for a measure with components. Raises UnknownMeasure.
    """
    row = contract.measures.get(wish.measure)
    if row is None:
        raise UnknownMeasure(wish.measure)
    device = _device(contract, wish.device, solution_oid, new_id)
    observation = _observation(contract, row, wish, identity, device)
    entries = [_entry(observation, fullUrl=f"urn:uuid:{new_id()}")]
    if device is not None:
        entries.append(_entry(device, ifNoneExist=_condition(device)))
    bundle = {"resourceType": "Bundle", "type": contract.get("bundle_type"), "entry": entries}
    return {"bundle": bundle, "device": device, "measure": wish.measure, "system": row["system"], **facts(bundle)}


def facts(bundle: Any) -> dict[str, Any]:
    """What the first Observation of a bundle says: `{observation, code, value, readings, unit, units, effective}`.

    Every value is None where the bundle, which may come from anyone, does not hold it.
    """
    observation = next((item for item in resources(bundle) if item.get("resourceType") == "Observation"), {})
    quantities = _quantities(observation)
    readings = [quantity.get("value") for quantity in quantities]
    units = [quantity.get("code") for quantity in quantities]
    coding = _first(_mapping(observation.get("code")).get("coding"))
    return {
        "observation": observation or None,
        "code": coding.get("code"),
        "value": readings[0] if readings else None,
        "readings": _one_or_all(readings),
        "unit": units[0] if units else None,
        "units": _one_or_all(units),
        "effective": observation.get("effectiveDateTime"),
    }


def resources(bundle: Any) -> list[dict[str, Any]]:
    """The resources of a bundle that are objects, whatever else its entries hold."""
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    found = [entry.get("resource") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [resource for resource in found if isinstance(resource, dict)]


def _observation(
    contract: Contract, row: Mapping[str, Any], wish: Wish, identity: Mapping[str, Any], device: Any
) -> dict[str, Any]:
    observation: dict[str, Any] = {
        "resourceType": "Observation",
        "meta": {"profile": [row["profile"]]},
        "status": "final",
        "category": [{"coding": [dict(contract.get("category"))]}],
        "code": {"coding": [{"system": row["system"], "code": row["code"]}]},
        "subject": {"identifier": {"system": identity["assign_auth"], "value": identity["idpe"]}},
        "effectiveDateTime": wish.effective,
        **_value(contract, row, wish),
    }
    extensions = _extensions(contract, wish.measure)
    if extensions:
        observation["extension"] = extensions
    if device is not None:
        observation["device"] = {"reference": f"Device/{device['id']}"}
    return observation


def _value(contract: Contract, row: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    wanted = _READINGS.get(wish.measure, _DEFAULT_READING) if wish.value is None else wish.value
    readings = list(wanted) if isinstance(wanted, Sequence) else [wanted]
    unit = {"unit": row["unit"], "system": contract.get("unit_system"), "code": wish.unit or row["unit_code"]}
    components = [part for part in row.get("components", ()) if part["required"]]
    if not components:
        return {"valueQuantity": {"value": readings[0], **unit}}
    return {
        "component": [
            {
                "code": {"coding": [{"system": row["system"], "code": part["code"]}]},
                "valueQuantity": {"value": reading, **unit},
            }
            for part, reading in zip(components, readings, strict=False)
        ]
    }


def _extensions(contract: Contract, measure: str) -> list[dict[str, Any]]:
    """The extensions that the glucose table requires (§2.2.6), none for other measures."""
    rules = contract.get("glucose").get(measure, {})
    lists = (("moment", "moments"), ("days", "days"))
    return [
        {
            "url": contract.get(f"extensions.{kind}"),
            "valueCodeableConcept": {"coding": [dict(contract.get(values)[0])]},
        }
        for kind, values in lists
        if rules.get(kind) == "required"
    ]


def _device(
    contract: Contract, wanted: bool | Mapping[str, Any], solution_oid: str, new_id: Callable[[], str]
) -> dict[str, Any] | None:
    if isinstance(wanted, Mapping):
        return copy.deepcopy(dict(wanted))
    if not wanted:
        return None
    kind = contract.get("device_type")
    return {
        "resourceType": "Device",
        "id": new_id(),
        "meta": {"profile": [contract.get("device_profile")]},
        "identifier": [
            {
                "type": {"coding": [dict(contract.get("device_identifier_type"))]},
                "system": f"urn:oid:{solution_oid}.{DEVICE_OID}",
                "value": new_id().upper(),
            }
        ],
        "manufacturer": "FABRICANT FICTIF",
        "modelNumber": "MODELE-FICTIF",
        "type": {"coding": [dict(kind)]},
        "specialization": [{"systemType": {"coding": [{"system": kind["system"], "code": _SPECIALIZATION}]}}],
    }


def _entry(resource: dict[str, Any], *, fullUrl: str = "", ifNoneExist: str = "") -> dict[str, Any]:  # noqa: N803 - FHIR
    request = {"method": "POST", "url": resource["resourceType"]}
    if ifNoneExist:
        request["ifNoneExist"] = ifNoneExist
    head = {"fullUrl": fullUrl} if fullUrl else {}
    return {**head, "resource": resource, "request": request}


def _condition(device: Mapping[str, Any]) -> str:
    identifier = device["identifier"][0]
    return f"identifier={identifier['system']}|{identifier['value']}"


def _quantities(observation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    components = observation.get("component")
    parts = [part for part in components if isinstance(part, dict)] if isinstance(components, list) else []
    found = (holder.get("valueQuantity") for holder in (observation, *parts))
    return [quantity for quantity in found if isinstance(quantity, dict)]


def _one_or_all(values: list[Any]) -> Any:
    return None if not values else values[0] if len(values) == 1 else values


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: Any) -> Mapping[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}
