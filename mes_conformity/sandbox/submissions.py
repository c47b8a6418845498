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
from mes_conformity.sandbox.patching import patched
from mes_conformity.sandbox.resources import body_of, change, data_of, etag, keep, own, refusal_of, subjects
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World
from mes_conformity.validators.attachments import raw_content
from mes_conformity.validators.documents import judge_submission

_TAKEN = frozenset({"List", KIND, "Binary", "Patient", "Parameters"})  # no FHIR document here
_MARK = b"DocumentReference"


async def write(world: World, request: Request) -> Response:
    """`POST <fhir_path>`: 200 and a transaction-response, for a measure or a submission. Raises Refusal."""
    raw = await incoming.body(request, body_limit())
    if _MARK in raw:
        data = data_of(world, request, raw)
        if isinstance(data, dict) and any(_kind(entry) in ("List", KIND) for entry in _entries(data)):
            return _submit(world, request, data)
    return await measures_write.write(world, _again(request, raw))


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
    refused = refusal_of(world, contract, bundle, judge_submission(bundle, contract, codes=contracts.codes()))
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
    lot = _Lot(world, idpe, entries)
    replaced = [check(world, idpe, document) for document in documents]
    with world.store.transaction():
        answers = lot.kept(replaced)
    return fhir({"resourceType": "Bundle", "type": "transaction-response", "entry": answers})


class _Lot:
    """A sound submission while it is kept: patients, then documents with their content, then lists, then what a patch
    says of the documents replaced (HL7 FHIR R4, §3.1.0.11.2, the order of a transaction)."""

    def __init__(self, world: World, idpe: str, entries: Sequence[Mapping[str, Any]]) -> None:
        self._world, self._idpe, self._entries = world, idpe, entries
        self._places: dict[str, str] = {}  # fullUrl → where the resource is kept

    def kept(self, replaced: Sequence[Row | None]) -> list[dict[str, Any]]:
        """Keep everything and answer for each entry, in the order they came."""
        former = iter(replaced)
        places: dict[int, str] = {}
        for kind in ("Patient", KIND, "List"):
            for index, entry in enumerate(self._entries):
                if _kind(entry) == kind:
                    kept = self._document(entry, next(former)) if kind == KIND else self._other(kind, entry)
                    places[index] = self._places[str(entry.get("fullUrl"))] = f"{kind}/{kept['id']}"
        return [self._answer(index, entry, places) for index, entry in enumerate(self._entries)]

    def _document(self, entry: Mapping[str, Any], former: Row | None) -> dict[str, Any]:
        resource = dict(self._resolved(entry["resource"]))
        url = str(attachment_of(resource).get("url"))
        binaries = (item for item in self._entries if _kind(item) == "Binary")
        contents = [item["resource"] for item in binaries if item.get("fullUrl") == url]
        content = raw_content(contents[0].get("data")) if contents else None
        kept = publish(self._world, self._idpe, resource, former, content)
        self._places[url] = "Binary/" + str(attachment_of(kept).get("url")).rpartition("/")[2]
        return kept

    def _other(self, kind: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        return keep(self._world, kind, self._idpe, dict(self._resolved(entry["resource"])), None)

    def _resolved(self, value: Any) -> Any:
        """The same with every reference to an entry of the lot replaced by where it is kept (§3.1.0.11.2)."""
        if isinstance(value, Mapping):
            return {
                name: self._places.get(item, item)
                if name == "reference" and isinstance(item, str) and self._world.behaviour.references_resolved
                else self._resolved(item)
                for name, item in value.items()
            }
        return [self._resolved(item) for item in value] if isinstance(value, list) else value

    def _answer(self, index: int, entry: Mapping[str, Any], places: Mapping[int, str]) -> dict[str, Any]:
        if _kind(entry) == "Parameters":
            return {"response": self._patched(entry)}
        place = places.get(index) or self._places.get(str(entry.get("fullUrl")))
        told = {"location": place} if place and self._world.behaviour.location_given else {}
        return {"response": {"status": "201 Created", **told, "etag": 'W/"1"', "lastModified": self._world.instant()}}

    def _patched(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """What a patch says of a document of this person, in the lot that replaces it. Raises Refusal."""
        contract = contracts.documents()
        request = entry.get("request")
        kind, _, key = str(request.get("url") if isinstance(request, Mapping) else "").partition("/")
        row = own(self._world, KIND, key, self._idpe) if kind == KIND else None
        if row is None:
            raise contract_refusal(contract, "not_found")
        former = body_of(row)
        changed = patched(self._world, former, entry["resource"])
        kept = change(self._world, row, changed, row["identifier"]) if changed != former else former
        return {"status": "200 OK", "location": f"{KIND}/{key}", "etag": etag(kept)}
