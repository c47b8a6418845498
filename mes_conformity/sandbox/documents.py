"""Documents: publication (ITI-105), replacement, metadata update; contract `mes-documents`.

The specification of the documents API of Mon espace santé was not read. What stands here is PDSm 3.1.1: flux 09
(`POST /DocumentReference`, content inline, closest to « alimentation d'un document »), flux 03 (`PATCH`, JSON Patch on
status, securityLabel and isArchived only, 405 otherwise). The document kept carries `attachment.url`, `size` and
`hash` in place of its content (IHE MHD 4.2, ITI-105).
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import contracts, incoming
from mes_conformity.sandbox.access import authorise, caller, contract_refusal
from mes_conformity.sandbox.answers import dumps, refuse
from mes_conformity.sandbox.negotiation import body_format
from mes_conformity.sandbox.patching import patched
from mes_conformity.sandbox.resources import (
    answer,
    body_of,
    change,
    check_version,
    data_of,
    existing,
    held,
    keep,
    media_type,
    own,
    refusal_of,
    resource_of,
    subjects,
)
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World
from mes_conformity.validators.attachments import raw_content, sha1
from mes_conformity.validators.documents import judge_document

KIND = "DocumentReference"
_METADATA_LIMIT = 256 * 1024


def body_limit() -> int:
    """How long a body may be: the largest content in base64, and its metadata."""
    return int(contracts.documents().get("max_size")) * 4 // 3 + _METADATA_LIMIT


async def create(world: World, request: Request) -> Response:
    """`POST <fhir_path>/DocumentReference`: 201, or 200 where its condition finds one.

    Raises Refusal (401, 400, 409, 403, 412, 413, 415, 422).
    """
    contract = contracts.documents()
    who = caller(world, request)
    document = await resource_of(world, request, KIND, body_limit())
    idpe = authorise(world, who, subjects(document.get("subject")), "write", "documents")
    known = existing(contract, request, lambda name: world.store.identified(KIND, idpe, name))
    if known is not None:
        return answer(world, known, 200, str(contract.get("fhir_path")))
    profile = contract.get("write_profile")
    findings = judge_document(
        document, contract, codes=contracts.codes(), profile=profile, assign_auth=who.client.assign_auth
    )
    refused = refusal_of(world, contract, document, findings)
    if refused is not None:
        raise refused
    replaced = check(world, idpe, document)
    content = raw_content(attachment_of(document).get("data"))
    with world.store.transaction():
        kept = publish(world, idpe, document, replaced, content)
    return answer(world, kept, 201, str(contract.get("fhir_path")))


def check(world: World, idpe: str, document: Mapping[str, Any]) -> Row | None:
    """The document that a sound one replaces. Raises Refusal 409 (identifier known), 422 (nothing to replace)."""
    identifier = master_identifier(document)
    if identifier and world.behaviour.duplicates_found and world.store.identified(KIND, idpe, identifier):
        raise contract_refusal(contracts.documents(), "duplicate")
    return _replaced(world, idpe, document)


def publish(
    world: World, idpe: str, document: dict[str, Any], replaced: Row | None, content: bytes | None
) -> dict[str, Any]:
    """Keep a checked document with its content; the one that it replaces is superseded. Inside a transaction."""
    identifier = master_identifier(document)
    kept = keep(world, KIND, idpe, document, identifier)
    if content is not None:
        kept = _with_content(world, idpe, kept, attachment_of(document), content, identifier)
    if replaced is not None and world.behaviour.replaced_superseded:
        former = {**body_of(replaced), "status": contracts.documents().get("superseded_status")}
        change(world, replaced, former, replaced["identifier"])
    return kept


def attachment_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The attachment of a document, whatever its content is; empty where there is none."""
    contents = document.get("content")
    first = contents[0] if isinstance(contents, list) and contents else None
    attachment = first.get("attachment") if isinstance(first, Mapping) else None
    return dict(attachment) if isinstance(attachment, Mapping) else {}


def _with_content(
    world: World, idpe: str, kept: dict[str, Any], attachment: dict[str, Any], content: bytes, identifier: str | None
) -> dict[str, Any]:
    """The content goes to a Binary of its own; the document says where, how big, and its digest."""
    binary = world.env.new_id()
    body = {
        "resourceType": "Binary",
        "id": binary,
        "contentType": attachment.get("contentType"),
        "data": base64.b64encode(content).decode(),
        "document": kept["id"],
    }
    row = {"type": "Binary", "idpe": idpe, "code": None, "effective": None, "identifier": None, "device": kept["id"]}
    address = f"{world.url}{contracts.documents().get('fhir_path')}/Binary/{binary}"
    attachment.pop("data", None)
    attachment |= {"url": address, "size": len(content), "hash": sha1(content)}
    kept["content"] = [{**kept["content"][0], "attachment": attachment}]
    if world.behaviour.stored:
        world.store.put_resource({**row, "id": binary, "body": json.dumps(body)})
        world.store.change_resource(KIND, kept["id"], identifier, dumps(kept).decode())
    return kept


def _replaced(world: World, idpe: str, document: Mapping[str, Any]) -> Row | None:
    """The document that this one replaces: a current one of the same person. Raises Refusal 422."""
    related = document.get("relatesTo")
    if not isinstance(related, list) or not related or not isinstance(related[0], Mapping):
        return None
    target = related[0].get("target")
    target = target if isinstance(target, Mapping) else {}
    reference, identifier = target.get("reference"), target.get("identifier")
    wanted = f"{identifier.get('system')}|{identifier.get('value')}" if isinstance(identifier, Mapping) else None
    for row in held(world, KIND, idpe):
        named = isinstance(reference, str) and reference.rpartition("/")[2] == row["id"]
        if (named or (wanted and row["identifier"] == wanted)) and body_of(row).get("status") == "current":
            return row
    if "replaces_wrong" in world.behaviour.ignored_errors:
        return None
    raise contract_refusal(contracts.documents(), "replaces_wrong")


def master_identifier(document: Mapping[str, Any]) -> str | None:
    """`system|value` of the unique identifier of a document."""
    identifier = document.get("masterIdentifier")
    if not isinstance(identifier, Mapping) or not isinstance(identifier.get("value"), str):
        return None
    return f"{identifier.get('system')}|{identifier['value']}"


async def update(world: World, request: Request) -> Response:
    """`PATCH <fhir_path>/DocumentReference/<id>` or `?identifier=sys|val`: 200 and the document, one version later.

    JSON Patch, or FHIRPath Patch in JSON or XML; XML Patch is not served.
    Raises Refusal (401, 400, 403, 404, 405, 412, 415, 422).
    """
    contract = contracts.documents()
    who = caller(world, request)
    raw = await incoming.body(request, incoming.FORM_LIMIT)
    if media_type(request) == contract.get("patch_media_type"):
        patch = incoming.json_data(raw)
    elif body_format(request) is not None:
        patch = data_of(world, request, raw)
    else:
        text = "The body must be application/json-patch+json, or Parameters in FHIR (FHIRPath Patch)"
        raise refuse(415, "not-supported", text, Accept_Patch=contract.get("patch_media_type"))
    row = _named(world, request, authorise(world, who, (), "write", "documents"))
    check_version(world, contract, request, row)
    changed = change(world, row, patched(world, body_of(row), patch), row["identifier"])
    return answer(world, changed, 200, str(contract.get("fhir_path")))


def _named(world: World, request: Request, idpe: str) -> Row:
    contract = contracts.documents()
    if "id" in request.path_params:
        row = own(world, KIND, request.path_params["id"], idpe)
        found = [row] if row is not None else []
    else:
        wanted = incoming.single(incoming.pairs(request.scope["query_string"])).get("identifier", "")
        found = world.store.identified(KIND, idpe, wanted)
    if not found:
        raise contract_refusal(contract, "not_found")
    if len(found) > 1:
        raise contract_refusal(contract, "several_matches")
    return found[0]
