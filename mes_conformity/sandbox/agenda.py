"""Appointments: creation, conditional update, cancellation, search; contract `mes-agenda`.

The specification of the agenda API of Mon espace santé was not found. What stands here is the neighbouring guide GAP
3.0.0: flux 6a (`POST /Appointment`), 6b (`PUT /Appointment?identifier=sys|val`), 4b (`GET /Appointment`); that Mon
espace santé does so is an assumption. Codes other than 200 are those of HL7 FHIR R4, §3.1.0.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import contracts, incoming
from mes_conformity.sandbox.access import authorise, caller, contract_refusal
from mes_conformity.sandbox.answers import Refusal
from mes_conformity.sandbox.resource_search import fields_of, matches, persons, search_of, searchset
from mes_conformity.sandbox.resources import (
    answer,
    body_of,
    change,
    check_version,
    existing,
    keep,
    own,
    refusal_of,
    resource_of,
    subjects,
)
from mes_conformity.sandbox.slots import reserve
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World
from mes_conformity.validators.agenda import judge_appointment, patients

KIND = "Appointment"


async def create(world: World, request: Request) -> Response:
    """`POST <fhir_path>/Appointment`: 201, or 200 where its condition finds one.

    Raises Refusal (401, 400, 409, 403, 412, 413, 415, 422).
    """
    contract = contracts.agenda()
    idpe, appointment = await _received(world, request)
    known = existing(contract, request, lambda name: world.store.named(KIND, idpe, [name]))
    if known is not None:
        return _answer(world, known, 200)
    if appointment.get("status") not in contract.get("create_statuses") and _sees(world, "create_status"):
        raise contract_refusal(contract, "create_status")
    return _created(world, idpe, appointment)


def _sees(world: World, error: str) -> bool:
    return error not in world.behaviour.ignored_errors


def _created(world: World, idpe: str, appointment: dict[str, Any]) -> Response:
    names = identifiers(appointment)
    known = world.store.named(KIND, idpe, names)
    if known and world.behaviour.duplicates_found and world.behaviour.conditional_update_matches:
        raise contract_refusal(contracts.agenda(), "duplicate")
    with world.store.transaction():
        reserve(world, appointment)
        kept = store(world, idpe, appointment)
    return _answer(world, kept, 201)


def store(world: World, idpe: str, appointment: dict[str, Any]) -> dict[str, Any]:
    """Keep an appointment, to be found by each of its identifiers. Inside a transaction."""
    kept = keep(world, KIND, idpe, appointment, None)
    world.store.name(KIND, idpe, kept["id"], identifiers(kept))
    return kept


def _answer(world: World, appointment: dict[str, Any], status: int) -> Response:
    return answer(world, appointment, status, str(contracts.agenda().get("fhir_path")))


async def _received(world: World, request: Request) -> tuple[str, dict[str, Any]]:
    """The idPe and the sound appointment. Raises Refusal."""
    who = caller(world, request)
    appointment = await resource_of(world, request, KIND, incoming.BODY_LIMIT)
    idpe = authorise(world, who, subjects(*patients(appointment)), "write", "agenda")
    refused = refusal_of(world, contracts.agenda(), appointment, judge_appointment(appointment, contracts.agenda()))
    if refused is not None:
        raise refused
    return idpe, appointment


def identifiers(appointment: dict[str, Any]) -> set[str]:
    """`system|value` of each identifier."""
    written = appointment.get("identifier")
    return {
        f"{item.get('system', '')}|{item['value']}"
        for item in (written if isinstance(written, list) else [])
        if isinstance(item, dict) and isinstance(item.get("value"), str)
    }


async def update(world: World, request: Request) -> Response:
    """`PUT <fhir_path>/Appointment/<id>` or `?identifier=sys|val`: 200, or 201 where a condition matches nothing.

    Raises Refusal (401, 400, 403, 404, 409, 412, 415, 422). Sources: GAP 3.0.0, flux 6b; HL7 FHIR R4, §3.1.0.4.3.
    """
    contract = contracts.agenda()
    idpe, appointment = await _received(world, request)
    row = _named(world, request, idpe)
    if row is None:
        return _created(world, idpe, appointment)
    check_version(world, contract, request, row)
    former = body_of(row)
    finished = former.get("status") in contract.get("final_statuses") and appointment.get("status") != former.get(
        "status"
    )
    if finished and _sees(world, "transition"):
        raise contract_refusal(contract, "transition")
    if appointment.get("status") in contract.get("cancelled_statuses") and not world.behaviour.cancelled_kept:
        appointment = {**appointment, "status": former.get("status")}
    with world.store.transaction():
        reserve(world, appointment, former)
        kept = change(world, row, appointment, None)
        world.store.name(KIND, str(row["idpe"]), kept["id"], identifiers(kept))
    return _answer(world, kept, 200)


def _named(world: World, request: Request, idpe: str) -> Row | None:
    contract = contracts.agenda()
    if "id" in request.path_params:
        row = own(world, KIND, request.path_params["id"], idpe)
        if row is None:
            raise contract_refusal(contract, "not_found")
        return row
    fields = incoming.single(incoming.pairs(request.scope["query_string"]))
    name = contract.get("conditional_parameter")
    if set(fields) != {name} or "|" not in fields[name]:
        raise contract_refusal(contract, "parameter_missing", name=name)
    found = world.store.named(KIND, idpe, [fields[name]])
    if len(found) > 1:  # only a fault lets two appointments share an identifier
        raise contract_refusal(contract, "several_matches")
    return found[0] if found and world.behaviour.conditional_update_matches else None


async def search(world: World, request: Request) -> Response:
    """`GET <search_path>` or `POST <search_path>/_search`: 200 and a searchset. Raises Refusal (401, 400, 409, 403)."""
    contract = contracts.agenda()
    who = caller(world, request)
    fields = await fields_of(request)
    idpe = authorise(world, who, persons(contract, fields), "read", "agenda")
    wanted = search_of(world, contract, KIND, fields)
    return searchset(world, contract, wanted, matches(world, wanted, idpe))


async def read(world: World, request: Request) -> Response:
    """`GET <fhir_path>/Appointment/<id>`: 200 and one's own appointment. Raises Refusal (401, 403, 404)."""
    idpe = authorise(world, caller(world, request), (), "read", "agenda")
    row = own(world, KIND, request.path_params["id"], idpe)
    if row is None or not world.behaviour.read_by_id:
        raise not_found()
    return answer(world, body_of(row))


def not_found() -> Refusal:
    """The refusal of an appointment that is not there, or is another's."""
    return contract_refusal(contracts.agenda(), "not_found")
