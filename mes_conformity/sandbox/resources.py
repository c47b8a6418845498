"""What documents and appointments share: reading a resource that comes in, refusing it, keeping its versions.

The measures API keeps its own way (a transaction, no version): its text is known. What stands here follows HL7 FHIR
R4, §3.1.0 (RESTful API).
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import fhir_xml, incoming
from mes_conformity.sandbox.access import Subject, contract_issue, contract_refusal
from mes_conformity.sandbox.answers import Issue, Refusal, dumps, fhir, refuse
from mes_conformity.sandbox.base_types import faults
from mes_conformity.sandbox.negotiation import body_format
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding

_ISSUES_TOLD = 20


async def resource_of(world: World, request: Request, kind: str, limit: int) -> dict[str, Any]:
    """The resource in the body. Raises Refusal 415 (media type), 422 (another type), 400 (XML); TooLarge, Malformed."""
    data = data_of(world, request, await incoming.body(request, limit))
    if not isinstance(data, dict) or data.get("resourceType") != kind:
        found = data.get("resourceType") if isinstance(data, dict) else None
        named = str(found)[:40] if isinstance(found, str) else "?"
        raise refuse(422, "not-supported", f"Resource of type {named} is not acceptable here: {kind} is expected")
    return data


def data_of(world: World, request: Request, raw: bytes) -> Any:
    """What a FHIR body says, as JSON data. Raises Refusal 415 (neither JSON nor XML), 400 (XML); Malformed."""
    written = body_format(request)
    if written == "xml" and world.behaviour.xml_read:
        return fhir_xml.read(raw, incoming.MAX_DEPTH)
    if written == "json":
        return incoming.json_data(raw)
    text = "The body must be application/fhir+json or application/fhir+xml"
    raise refuse(415, "not-supported", text, Accept="application/fhir+json, application/fhir+xml")


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


def refusal_of(
    world: World, contract: Contract, resource: Mapping[str, Any], findings: Sequence[Finding]
) -> Refusal | None:
    """The refusal of what validators found, each issue naming its element; None when nothing is an error.

    The first error that the contract knows gives the status; what is not even FHIR comes after (400, HL7 FHIR R4,
    §3.1.0.8). A fault of the sandbox may not see some of them; who does not see the cause does not see what follows.
    """
    kind = str(resource.get("resourceType"))[:40]
    errors = [finding for finding in findings if finding.severity == "error"]
    seen = [finding for finding in errors if finding.error not in world.behaviour.ignored_errors]
    whole = len(seen) == len(errors)
    if not whole:
        seen = [finding for finding in seen if finding.error]
    known_first = sorted(seen, key=lambda finding: finding.error is None)
    told = [_told(contract, kind, finding) for finding in known_first[:_ISSUES_TOLD]]
    if whole:
        told += basic(world, resource, {issue.expression for _status, issue in told})
    return Refusal(told[0][0], list(dict.fromkeys(issue for _status, issue in told))) if told else None


def basic(world: World, resource: Mapping[str, Any], known: Collection[str] = ()) -> list[tuple[int, Issue]]:
    """What is not FHIR in a resource, beside the elements already told: status and issue."""
    if not world.behaviour.basic_rules_checked:
        return []
    found = faults(resource, str(resource.get("resourceType")))
    return [(400, issue) for issue in found if issue.expression not in known]


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


def answer(world: World, resource: Mapping[str, Any], status: int = 200, base: str = "") -> Response:
    """A resource as the answer of a read or of a write: `Location` for a new one, `ETag` (HL7 FHIR R4, §3.1.0.8)."""
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


def existing(contract: Contract, request: Request, found: Callable[[str], Sequence[Row]]) -> dict[str, Any] | None:
    """What a conditional creation finds (`If-None-Exist`, HL7 FHIR R4, §3.1.0.8.1). Raises Refusal 400, 412."""
    condition = request.headers.get("if-none-exist")
    if condition is None:
        return None
    name, _, value = unquote(condition.strip().lstrip("?")).partition("=")
    if name != "identifier" or "|" not in value:
        raise refuse(400, "invalid", "If-None-Exist must be written identifier=<system>|<value>")
    rows = found(value)
    if len(rows) > 1:  # only a fault lets two resources share an identifier
        raise contract_refusal(contract, "several_matches")
    return body_of(rows[0]) if rows else None


def check_version(world: World, contract: Contract, request: Request, row: Row) -> None:
    """`If-Match` names the version that is there (HL7 FHIR R4, §3.1.0.5.1). Raises Refusal 412."""
    condition = request.headers.get("if-match", "").strip()
    if condition and condition != etag(body_of(row)) and world.behaviour.version_condition_checked:
        raise contract_refusal(contract, "version_conflict")
