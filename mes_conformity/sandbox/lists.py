"""Submission sets and folders: finding them (ITI-66), reading one; contract `mes-documents`.

Published by PDSm 3.1.1 (flux 05a and 06a) and IHE MHD 4.2; a List comes with a submission (ITI-65). Whether Mon espace
santé, which takes one document per call, knows lists at all was not read.
"""

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import contracts
from mes_conformity.sandbox.access import authorise, caller, contract_refusal
from mes_conformity.sandbox.resource_search import fields_of, matches, persons, search_of, searchset
from mes_conformity.sandbox.resources import answer, body_of, own
from mes_conformity.sandbox.world import World

KIND = "List"


async def search(world: World, request: Request) -> Response:
    """`GET <lists_path>` or `POST <lists_path>/_search`: 200 and a searchset. Raises Refusal (401, 400, 409, 403)."""
    contract = contracts.documents()
    who = caller(world, request)
    fields = await fields_of(request)
    idpe = authorise(world, who, persons(contract, fields), "read", "documents")
    wanted = search_of(world, contract, KIND, fields, "lists_")
    return searchset(world, contract, wanted, matches(world, wanted, idpe))


async def read(world: World, request: Request) -> Response:
    """`GET <fhir_path>/List/<id>`: 200 and one's own list. Raises Refusal (401, 403, 404)."""
    idpe = authorise(world, caller(world, request), (), "read", "documents")
    row = own(world, KIND, request.path_params["id"], idpe)
    if row is None or not world.behaviour.read_by_id:
        raise contract_refusal(contracts.documents(), "list_not_found")
    return answer(world, body_of(row))
