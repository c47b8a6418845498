"""`GET <fhir_path>/Patient?identifier=`: the identity of the holder. Off unless asked for at the start of the sandbox.

No public text says that a partner of Mon espace santé reads an identity: the whole is an assumption. The draft PDSM4DMP
0.1.0 (TD0.2) searches a Patient by INS for the record of health professionals, another door. Here a service only
finds the person it is paired with, by the idPe it already knows, and gets no INS. No scope of its own is known
either: that of reading measures is asked for, and its consent.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.access import Subject, authorise, caller
from mes_conformity.sandbox.answers import fhir, refuse
from mes_conformity.sandbox.world import World

WORTH = (
    "assumption: no such exchange was found for Mon espace santé; draft PDSM4DMP 0.1.0, TD0.2; the scope and consent "
    "asked for are those of reading measures"
)


async def search(world: World, request: Request) -> Response:
    """200 and a searchset of no or one Patient. Raises Refusal 404 where the route is off, 401, 400, 409, 403."""
    if not world.patient_served:
        raise refuse(404, "not-supported", "Patient is not served (an assumption, off by default)")
    who = caller(world, request)
    fields = incoming.single(incoming.pairs(request.scope["query_string"]))
    system, pipe, value = fields.get("identifier", "").partition("|")
    if not pipe or set(fields) - {"identifier", "_format"}:
        raise refuse(400, "required", "The only parameter is identifier=<AssignAuth>|<idPe>")
    idpe = authorise(world, who, [Subject(system, value)], "read")
    user = world.store.user(str(who.pairing["login"])) or {}
    patient = _patient(user, system, idpe)
    base = f"{world.url}{world.measures.get('fhir_path')}/Patient"
    return fhir(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": 1,
            "link": [{"relation": "self", "url": str(request.url)}],
            "entry": [{"fullUrl": f"{base}/{patient['id']}", "resource": patient, "search": {"mode": "match"}}],
        }
    )


def _patient(user: dict[str, Any], system: str, idpe: str) -> dict[str, Any]:
    """Names and birth date of a fictional person; the profile is that of HL7 France, as far as they allow."""
    given, _, family = str(user.get("name", "")).partition(" ")
    born = {"birthDate": user["birth_date"]} if user.get("birth_date") else {}
    return {
        "resourceType": "Patient",
        "id": idpe,
        "meta": {"profile": ["https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient"]},
        "identifier": [{"system": f"urn:oid:{system.removeprefix('urn:oid:')}", "value": idpe}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        **born,
    }


def capability() -> dict[str, Any]:
    """What the CapabilityStatement says of it."""
    return {
        "type": "Patient",
        "interaction": [{"code": "search-type", "documentation": WORTH}],
        "searchParam": [{"name": "identifier", "type": "token"}],
    }
