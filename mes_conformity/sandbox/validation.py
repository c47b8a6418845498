"""A FHIR validator beside the sandbox, so that what is said to a validator can be tried without one.

It knows the basic rules only (`base_types`), a real validator knows profiles. A tool, no part of Mon espace santé.
"""

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.foundation import json_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.answers import Issue, fhir, outcome
from mes_conformity.sandbox.base_types import faults
from mes_conformity.sandbox.world import World

PATH = "/validator/{kind}/$validate"
_LARGEST = 8_000_000
_NOTHING = Issue("informational", "No issue was found", severity="information")
_ALARM = Issue("exception", "The validator is out of order and refuses everything")


async def validate(world: World, request: Request) -> Response:
    """`POST /validator/<type>/$validate`: 200 and an OperationOutcome (HL7 FHIR R4, Resource-validate)."""
    raw = await incoming.body(request, _LARGEST)
    try:
        resource = json_documents.parse(raw, "body")
    except InvalidInput:
        return fhir(outcome([Issue("structure", "The body is not JSON")]), 400)
    kind = request.path_params["kind"]
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        return fhir(outcome([Issue("structure", "The resource is not of the type of the address")]), 400)
    issues = [] if world.behaviour.validator_blind else faults(resource, kind)
    return fhir(outcome([_ALARM] if world.behaviour.validator_alarmed else issues or [_NOTHING]))
