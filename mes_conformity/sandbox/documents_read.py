"""Finding and retrieving documents: search (ITI-67), read, content (ITI-68); contract `mes-documents`.

Published by PDSm 3.1.1 (flux 05b and 07) and IHE MHD 4.2; what Mon espace santé does of it was not read.
"""

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import contracts
from mes_conformity.sandbox.access import authorise, caller, contract_refusal
from mes_conformity.sandbox.answers import fhir
from mes_conformity.sandbox.documents import KIND
from mes_conformity.sandbox.negotiation import accepted
from mes_conformity.sandbox.resource_search import fields_of, matches, persons, search_of, searchset
from mes_conformity.sandbox.resources import answer, body_of, own
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World
from mes_conformity.validators.attachments import is_media_type, raw_content

_FHIR_TYPES = frozenset({"application/fhir+json", "application/json", "application/fhir+xml"})


async def search(world: World, request: Request) -> Response:
    """`GET <search_path>` or `POST <search_path>/_search`: 200 and a searchset. Raises Refusal (401, 400, 409, 403)."""
    contract = contracts.documents()
    who = caller(world, request)
    fields = await fields_of(request)
    idpe = authorise(world, who, persons(contract, fields), "read", "documents")
    wanted = search_of(world, contract, KIND, fields)
    return searchset(world, contract, wanted, matches(world, wanted, idpe))


async def read(world: World, request: Request) -> Response:
    """`GET <fhir_path>/DocumentReference/<id>`: 200 and one's own document, current or not. Raises Refusal."""
    idpe = authorise(world, caller(world, request), (), "read", "documents")
    row = own(world, KIND, request.path_params["id"], idpe)
    if row is None or not world.behaviour.read_by_id:
        raise contract_refusal(contracts.documents(), "not_found")
    return answer(world, body_of(row))


async def content(world: World, request: Request) -> Response:
    """`GET <fhir_path>/Binary/<id>`: 200 and the bytes of a document, or a Binary for who asks for FHIR.

    Raises Refusal 401, 403, 404 (unknown), 406 (another type is asked for), 410 (no longer current).
    """
    contract = contracts.documents()
    idpe = authorise(world, caller(world, request), (), "read", "documents")
    row = own(world, "Binary", request.path_params["id"], idpe)
    document = own(world, KIND, str(row["device"]), idpe) if row is not None else None
    if row is None or document is None:
        raise contract_refusal(contract, "not_found")
    current = body_of(document).get("status") in contract.get("statuses_served")
    if not current and not world.behaviour.content_kept_after_removal:
        raise contract_refusal(contract, "gone")
    return _negotiated(world, request, row)


def _negotiated(world: World, request: Request, row: Row) -> Response:
    """The content in a type that the caller accepts (RFC 9110, §12.5.1; HL7 FHIR R4, Binary, §2.24.3)."""
    binary = body_of(row)
    del binary["document"]
    announced = str(binary["contentType"])
    if not is_media_type(announced):  # only a fault lets such a type in; it must not reach a header
        announced = "application/octet-stream"
    bare = announced.partition(";")[0].strip().lower()
    ranges = accepted(request)
    raw = raw_content(binary["data"]) or b""
    if world.behaviour.content_altered:
        raw = raw[:-1] + b"?"
    anything = {"*/*", f"{bare.partition('/')[0]}/*", bare}
    if any(name in anything for name in ranges) or not world.behaviour.accept_honoured:
        headers = {"Content-Type": announced, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(raw, 200, headers)
    if any(name in _FHIR_TYPES for name in ranges):
        return fhir(binary)
    raise contract_refusal(contracts.documents(), "not_acceptable")
