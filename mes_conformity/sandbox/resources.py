"""What documents and appointments share: reading a resource that comes in, refusing it, keeping its versions.

The measures API keeps its own way (a transaction, no version): its text is known. What stands here follows HL7 FHIR
R4, §3.1.0 (RESTful API).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.access import Subject, contract_issue, contract_refusal
from mes_conformity.sandbox.answers import Issue, Refusal, dumps, fhir, refuse
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding

_ACCEPTED_TYPES = frozenset({"application/fhir+json", "application/json"})
_ISSUES_TOLD = 20


async def resource_of(request: Request, kind: str, limit: int) -> dict[str, Any]:
    """The resource in the body. Raises Refusal 415 (media type), 422 (another type); TooLarge, Malformed."""
    raw = await incoming.body(request, limit)
    if media_type(request) not in _ACCEPTED_TYPES:
        raise refuse(415, "not-supported", "The body must be application/fhir+json", Accept="application/fhir+json")
    data = incoming.json_data(raw)
    if not isinstance(data, dict) or data.get("resourceType") != kind:
        found = data.get("resourceType") if isinstance(data, dict) else None
        named = str(found)[:40] if isinstance(found, str) else "?"
        raise refuse(422, "not-supported", f"Resource of type {named} is not acceptable here: {kind} is expected")
    return data


def media_type(request: Request) -> str:
    """The media type of the body, bare."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def subjects(*holders: Any) -> Iterator[Subject]:
    """The persons that logical references name (`identifier` with a system and a value)."""
    for holder in holders:
        identifier = holder.get("identifier") if isinstance(holder, Mapping) else None
        if isinstance(identifier, Mapping):
            system, value = identifier.get("system"), identifier.get("value")
            if isinstance(system, str) and isinstance(value, str):
                yield Subject(system, value)


def refusal_of(world: World, contract: Contract, kind: str, findings: Sequence[Finding]) -> Refusal | None:
    """The refusal of what validators found, each issue naming its element; None when nothing is an error.

    The first error that the contract knows gives the status. A fault of the sandbox may not see some of them; who does
    not see the cause does not see what follows from it.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    seen = [finding for finding in errors if finding.error not in world.behaviour.ignored_errors]
    if len(seen) < len(errors):
        seen = [finding for finding in seen if finding.error]
    if not seen:
        return None
    known_first = sorted(seen, key=lambda finding: finding.error is None)
    told = [_told(contract, kind, finding) for finding in known_first[:_ISSUES_TOLD]]
    return Refusal(told[0][0], list(dict.fromkeys(issue for _status, issue in told)))


def _told(contract: Contract, kind: str, finding: Finding) -> tuple[int, Issue]:
    place = expression(kind, finding.pointer)
    text = finding.message.get("en", finding.message["fr"])
    if finding.error is None or not contract.has(f"errors.{finding.error}"):
        return 422, Issue("invalid", f"{place}: {text} ({finding.rule})", place)
    status, issue = contract_issue(
        contract, finding.error, element=place, profile=finding.rule, maximum=finding.expected
    )
    named = issue.diagnostics if place in issue.diagnostics else f"{issue.diagnostics}: {place}"
    return status, Issue(issue.code, named, place)


def expression(kind: str, pointer: str) -> str:
    """A JSON pointer into a resource as FHIRPath: `/content/0/format` → `DocumentReference.content[0].format`."""
    steps = pointer.split("/")[1:]
    return kind + "".join(f"[{step}]" if step.isdigit() else f".{step[:60]}" for step in steps)


def keep(world: World, kind: str, idpe: str, resource: dict[str, Any], identifier: str | None) -> dict[str, Any]:
    """Keep a new resource: version 1, with an id of the server. Gives it as kept."""
    kept = {**resource, "id": world.env.new_id(), "meta": _meta(world, resource, 1)}
    row = {"code": None, "effective": None, "device": None, "type": kind, "idpe": idpe}
    if world.behaviour.stored:
        world.store.put_resource({**row, "id": kept["id"], "identifier": identifier, "body": dumps(kept).decode()})
    return kept


def change(world: World, row: Row, resource: dict[str, Any], identifier: str | None) -> dict[str, Any]:
    """Put the next version of a resource in its place. Gives it as kept."""
    version = version_of(row) + (1 if world.behaviour.versions_counted else 0)
    kept = {**resource, "resourceType": row["type"], "id": row["id"], "meta": _meta(world, resource, version)}
    if world.behaviour.stored:
        world.store.change_resource(str(row["type"]), str(row["id"]), identifier, dumps(kept).decode())
    return kept


def _meta(world: World, resource: Mapping[str, Any], version: int) -> dict[str, Any]:
    meta = resource.get("meta")
    known = {**meta} if isinstance(meta, Mapping) else {}
    told = {"versionId": str(version)} if world.behaviour.versions_told else {}
    known.pop("versionId", None)
    return {**known, **told, "lastUpdated": world.instant()}


def body_of(row: Row) -> dict[str, Any]:
    """The resource of a row."""
    return dict(json.loads(row["body"]))


def version_of(row: Row) -> int:
    """The version of a kept resource."""
    return int(body_of(row)["meta"].get("versionId", 1))


def answer(world: World, resource: Mapping[str, Any], status: int, base: str) -> Response:
    """A resource as the answer of a write: `Location` for a new one, `ETag` (HL7 FHIR R4, §3.1.0.8)."""
    headers = {}
    if world.behaviour.versions_told:
        headers["ETag"] = etag(resource)
    if status == 201 and world.behaviour.location_given:
        headers["Location"] = f"{world.url}{base}/{resource['resourceType']}/{resource['id']}"
    return fhir(resource, status, headers)


def etag(resource: Mapping[str, Any]) -> str:
    """The weak entity tag of a version."""
    return f'W/"{resource.get("meta", {}).get("versionId", "1")}"'


def own(world: World, kind: str, identifier: str, idpe: str) -> Row | None:
    """A person's resource by its id; that another's exists is not told."""
    row = world.store.resource(kind, identifier)
    return row if row is not None and (row["idpe"] == idpe or not world.behaviour.patient_filtered) else None


def held(world: World, kind: str, idpe: str) -> list[Row]:
    """What a person holds of a type, oldest first."""
    return world.store.of_person(kind, idpe if world.behaviour.patient_filtered else None)


def check_version(world: World, contract: Contract, request: Request, row: Row) -> None:
    """`If-Match` names the version that is there (HL7 FHIR R4, §3.1.0.5.1). Raises Refusal 412."""
    condition = request.headers.get("if-match", "").strip()
    if condition and condition != etag(body_of(row)) and world.behaviour.version_condition_checked:
        raise contract_refusal(contract, "version_conflict")
