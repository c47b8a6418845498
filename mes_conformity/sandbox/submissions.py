"""Submitting documents as PDSm publishes it: the transaction ITI-65, a second mode beside the simplified publication.

`POST <fhir_path>` also takes measures: a body that holds no submission set goes there unread. Source: ans.fhir.fr.pdsm
3.1.1, flux 01 (200, transaction-response, same number and order of entries, all or nothing).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import contracts, incoming, measures_write
from mes_conformity.sandbox.access import authorise, caller, contract_refusal
from mes_conformity.sandbox.answers import fhir, refuse
from mes_conformity.sandbox.documents import KIND, attachment_of, body_limit, check, master_identifier, publish
from mes_conformity.sandbox.resources import keep, refusal_of, subjects
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World
from mes_conformity.validators.attachments import raw_content
from mes_conformity.validators.documents import judge_submission

_TAKEN = frozenset({"List", KIND, "Binary", "Patient"})  # no PATCH of a replaced document, no FHIR document here
_MARK = b'"DocumentReference"'


async def write(world: World, request: Request) -> Response:
    """`POST <fhir_path>`: 200 and a transaction-response, for a measure or a submission. Raises Refusal."""
    raw = await incoming.body(request, body_limit())
    if _MARK not in raw:
        return await measures_write.write(world, _again(request, raw))
    data = incoming.json_data(raw)
    if not isinstance(data, dict) or not any(_kind(entry) in ("List", KIND) for entry in _entries(data)):
        return await measures_write.write(world, _again(request, raw))
    return _submit(world, request, data)


def _again(request: Request, raw: bytes) -> Request:
    """The same request, its body to be read once more."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    return Request(request.scope, receive)


def _entries(bundle: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = bundle.get("entry")
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _kind(entry: Mapping[str, Any]) -> str:
    resource = entry.get("resource")
    return str(resource.get("resourceType")) if isinstance(resource, Mapping) else ""


def _submit(world: World, request: Request, bundle: Mapping[str, Any]) -> Response:
    contract = contracts.documents()
    who = caller(world, request)
    entries = _entries(bundle)
    named = [entry["resource"].get("subject") for entry in entries if _kind(entry) in ("List", KIND)]
    idpe = authorise(world, who, subjects(*named), "write", "documents")
    refused = refusal_of(world, contract, "Bundle", judge_submission(bundle, contract, codes=contracts.codes()))
    if refused is not None:
        raise refused
    if not {_kind(entry) for entry in entries} <= _TAKEN:
        raise refuse(
            422, "not-supported", f"The entries of a submission are resources among {', '.join(sorted(_TAKEN))}"
        )
    documents = [entry["resource"] for entry in entries if _kind(entry) == KIND]
    names = [master_identifier(document) for document in documents]
    if len(set(names)) < len(names) and world.behaviour.duplicates_found:
        raise contract_refusal(contract, "duplicate")
    replaced = [check(world, idpe, document) for document in documents]
    with world.store.transaction():
        answers = _kept(world, idpe, entries, replaced)
    return fhir({"resourceType": "Bundle", "type": "transaction-response", "entry": answers})


def _kept(
    world: World, idpe: str, entries: Sequence[Mapping[str, Any]], replaced: Sequence[Row | None]
) -> list[dict[str, Any]]:
    """Keep a sound lot and answer for each entry, in the order they came. A content is kept with its document."""
    contents = {str(entry.get("fullUrl")): entry["resource"] for entry in entries if _kind(entry) == "Binary"}
    former = iter(replaced)
    places: dict[Any, str] = {}
    for entry in entries:
        kind, resource = _kind(entry), dict(entry["resource"])
        if kind == KIND:
            url = str(attachment_of(resource).get("url"))
            binary = contents.get(url, {})
            kept = publish(world, idpe, resource, next(former), raw_content(binary.get("data")))
            places[url] = "Binary/" + str(attachment_of(kept).get("url")).rpartition("/")[2]
            places[id(entry)] = f"{KIND}/{kept['id']}"
        elif kind != "Binary":
            places[id(entry)] = f"{kind}/{keep(world, kind, idpe, resource, None)['id']}"
    return [
        {"response": _response(world, places.get(id(entry), places.get(str(entry.get("fullUrl")))))}
        for entry in entries
    ]


def _response(world: World, place: str | None) -> dict[str, Any]:
    told = {"location": place} if place and world.behaviour.location_given else {}
    return {"status": "201 Created", **told, "etag": 'W/"1"', "lastModified": world.instant()}
