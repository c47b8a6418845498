"""The agenda that every sandbox starts with: a fictional practitioner, a schedule, slots of the days to come.

GAP 3.0.0 lets the manager of agendas make the slots (flux 02, « Ressource Slot »). They belong to nobody: who may read
appointments may search them.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

NOBODY = ""  # the idPe of what belongs to no person
_PROFILE = "https://interop.esante.gouv.fr/ig/fhir/gap/StructureDefinition/gap-fr-{}"
_SYSTEM = "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2700"  # beside the fictional OIDs of the measures API
_SPECIALTY = {
    "system": "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale",
    "code": "SM54",
    "display": "Médecine générale (SM)",
}  # as in the published example of GAP
_DAYS, _HOURS, _MINUTES = 5, (9, 10, 14), 30


def rows(moment: datetime, new_id: Callable[[], str]) -> Iterator[dict[str, Any]]:
    """The resources as the store keeps them; the slots are those of the days after `moment`, the first of each day
    taken."""
    first = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    practitioner, schedule = new_id(), new_id()
    named = {"system": _SYSTEM, "value": "praticien-fictif-1"}
    actor = {"reference": f"Practitioner/{practitioner}", "identifier": named, "display": "Dr FICTIF"}
    horizon = {"start": _written(first), "end": _written(first + timedelta(days=_DAYS))}
    yield _row(
        moment,
        {
            "resourceType": "Practitioner", "id": practitioner, "identifier": [named],
            "name": [{"family": "FICTIF", "given": ["Camille"], "prefix": ["Dr"]}],
        },
    )  # fmt: skip
    yield _row(
        moment,
        {
            "resourceType": "Schedule", "id": schedule, "meta": {"profile": [_PROFILE.format("schedule")]},
            "identifier": [{"system": _SYSTEM, "value": "agenda-fictif-1"}], "active": True,
            "specialty": [{"coding": [_SPECIALTY]}], "actor": [actor], "planningHorizon": horizon,
        },
    )  # fmt: skip
    for index, start in enumerate(_starts(first)):
        yield _row(
            moment,
            {
                "resourceType": "Slot", "id": new_id(), "meta": {"profile": [_PROFILE.format("slot")]},
                "identifier": [{"system": _SYSTEM, "value": f"creneau-fictif-{index + 1}"}],
                "specialty": [{"coding": [_SPECIALTY]}], "schedule": {"reference": f"Schedule/{schedule}"},
                "status": "busy" if start.hour == _HOURS[0] and start.minute == 0 else "free",
                "start": _written(start), "end": _written(start + timedelta(minutes=_MINUTES)),
            },
        )  # fmt: skip


def _starts(first: datetime) -> Iterator[datetime]:
    for day in range(_DAYS):
        for hour in _HOURS:
            for minute in (0, _MINUTES):
                yield first + timedelta(days=day, hours=hour, minutes=minute)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(moment: datetime, resource: dict[str, Any]) -> dict[str, Any]:
    meta = {**resource.get("meta", {}), "versionId": "1", "lastUpdated": _written(moment.astimezone(UTC))}
    return {
        "id": resource["id"],
        "type": resource["resourceType"],
        "idpe": NOBODY,
        "code": None,
        "effective": None,
        "identifier": None,
        "device": None,
        "body": json.dumps({**resource, "meta": meta}, ensure_ascii=False),
    }
