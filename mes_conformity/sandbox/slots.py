"""Free time: searching slots and schedules, taking and giving back a slot; contract `mes-agenda`.

Published by GAP 3.0.0 (flux 4a and 5a; statements GAP-GestionnaireAgenda, GAP-Consommateur). That Mon espace santé has
slots is an assumption: they are those of a fictional agenda. Managing schedules (flux 2 and 3) is not served: it is the
affair of who holds an agenda, not of a service that exchanges appointments with a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import contracts
from mes_conformity.sandbox.access import authorise, caller, contract_refusal
from mes_conformity.sandbox.answers import refuse
from mes_conformity.sandbox.resource_search import fields_of, search_of, searchset, values_at
from mes_conformity.sandbox.resources import answer, body_of, change
from mes_conformity.sandbox.shared_agenda import NOBODY
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World

KIND, SCHEDULE = "Slot", "Schedule"
_FREE, _BUSY = "free", "busy"


async def search(world: World, request: Request) -> Response:
    """`GET <slots_path>` or `POST <slots_path>/_search`: 200 and a searchset. Raises Refusal (401, 400, 403)."""
    contract = contracts.agenda()
    authorise(world, caller(world, request), (), "read", "agenda")
    wanted = search_of(world, contract, KIND, await fields_of(request), "slots_", of_person=False)
    schedules = {item["id"]: item for item in _all(world, SCHEDULE)}
    found = [slot for slot in _all(world, KIND) if wanted.finds(_joined(slot, schedules))]

    def included(page: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
        used = {_id_of(slot.get("schedule")) for slot in page}
        near = [schedule for key, schedule in schedules.items() if key in used]
        if "Slot:schedule" in wanted.includes:
            yield from near
            yield from _actors(world, near) if "Schedule:actor" in wanted.includes else ()

    return searchset(world, contract, wanted, found, included)


async def search_schedules(world: World, request: Request) -> Response:
    """`GET <schedules_path>`, `POST <schedules_path>/_search`: 200 and a searchset. Raises Refusal (401, 400, 403)."""
    contract = contracts.agenda()
    authorise(world, caller(world, request), (), "read", "agenda")
    wanted = search_of(world, contract, SCHEDULE, await fields_of(request), "schedules_", of_person=False)
    asked = "Schedule:actor" in wanted.includes
    found = [schedule for schedule in _all(world, SCHEDULE) if wanted.finds(schedule)]
    return searchset(world, contract, wanted, found, lambda page: _actors(world, page) if asked else ())


async def read(world: World, request: Request) -> Response:
    """`GET <fhir_path>/Slot|Schedule|Practitioner/<id>`: 200 and what is in the fictional agenda. Raises Refusal."""
    authorise(world, caller(world, request), (), "read", "agenda")
    kind = request.url.path.rpartition("/")[0].rpartition("/")[2]
    row = world.store.resource(kind, request.path_params["id"])
    if row is None or not world.behaviour.read_by_id:
        raise refuse(404, "not-found", f"There is no such {kind}")
    return answer(world, body_of(row))


def _all(world: World, kind: str) -> list[dict[str, Any]]:
    return [body_of(row) for row in world.store.of_person(kind, NOBODY)]


def _id_of(reference: Any) -> str:
    written = reference.get("reference") if isinstance(reference, Mapping) else None
    return written.rpartition("/")[2] if isinstance(written, str) else ""


def _joined(slot: Mapping[str, Any], schedules: Mapping[str, Any]) -> dict[str, Any]:
    """A slot as a search sees it: its schedule with the resource itself, which chained parameters look into."""
    schedule = slot["schedule"]
    return {**slot, "schedule": {**schedule, "resource": schedules.get(_id_of(schedule), {})}}


def _actors(world: World, schedules: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    named = dict.fromkeys(_id_of(actor) for schedule in schedules for actor in values_at(schedule, ["actor"]))
    rows = (world.store.resource("Practitioner", key) for key in named)
    return [body_of(row) for row in rows if row is not None]


def reserve(world: World, appointment: Mapping[str, Any], former: Mapping[str, Any] | None = None) -> None:
    """Let an appointment take its slots, and give back those it leaves. Inside a transaction.

    Raises Refusal 409 where one is no longer free. A slot of another agenda than the sandbox's is left alone.
    """
    wanted, held = _slots(world, appointment), _slots(world, former or {})
    for key, row in wanted.items():
        if key not in held and body_of(row)["status"] != _FREE and world.behaviour.taken_slots_refused:
            raise contract_refusal(contracts.agenda(), "slot_taken")
    for key, row in {**held, **wanted}.items():
        status = _BUSY if key in wanted and world.behaviour.slots_taken else _FREE
        if body_of(row)["status"] != status and (key in wanted) != (key in held):
            change(world, row, {**body_of(row), "status": status}, None)


def _slots(world: World, appointment: Mapping[str, Any]) -> dict[str, Row]:
    """The slots of the sandbox that an appointment takes, by id."""
    if appointment.get("status") not in contracts.agenda().get("slot_taking_statuses"):
        return {}
    keys = [_id_of(slot) for slot in values_at(appointment, ["slot"])]
    found = {key: world.store.resource(KIND, key) for key in keys}
    return {key: row for key, row in found.items() if row is not None}
