"""Writing one measure: the transaction of the measures API 1.5.2, §2.2 (the logic of IHE POU, PCH-01).

What a bundle must hold is judged by the validators, with the same contract; here stand the order of refusals, the
conditional creation of the device (HL7 FHIR R4, §3.1.0.8.1) and what is kept.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.access import Caller, Subject, authorise, caller, contract_issue, contract_refusal
from mes_conformity.sandbox.answers import Issue, Refusal, dumps, fhir, refuse
from mes_conformity.sandbox.fhir_dates import interval
from mes_conformity.sandbox.resources import basic
from mes_conformity.sandbox.world import World
from mes_conformity.validators.finding import Finding
from mes_conformity.validators.measures import judge_bundle

_ACCEPTED_TYPES = {"application/fhir+json", "application/json"}
_ISSUES_TOLD = 20


async def write(world: World, request: Request) -> Response:
    """`POST <fhir_path>`: 200 and a transaction-response. Raises Refusal (401, 400, 409, 403, 413, 415, 422)."""
    raw = await incoming.body(request, incoming.BODY_LIMIT)
    who = caller(world, request)
    bundle = _bundle(world, request, raw)
    idpe = authorise(world, who, _subjects(bundle), "write")
    if not bundle:  # only a fault lets something else than a bundle come this far
        return fhir({"resourceType": "Bundle", "type": "transaction-response"})
    refused = _judge(world, who, bundle)
    if refused is not None:
        if not world.behaviour.atomic:
            _Keeper(world, who, idpe).keep([e for e in _entries(bundle) if _kind(e) == "Device"])
        raise refused
    world.store.begin()
    try:
        answer = _Keeper(world, who, idpe).keep(list(_entries(bundle)))
    except BaseException:
        world.store.rollback()
        raise
    world.store.commit()
    if not world.behaviour.answer_keeps_order:
        answer.reverse()
    if "return=representation" in request.headers.get("prefer", "").replace(" ", "").lower():
        answer = [_represented(world, entry) for entry in answer]
    return fhir({"resourceType": "Bundle", "type": "transaction-response", "entry": answer})


def _represented(world: World, entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the answer with the resource as it is kept (HL7 FHIR R4, §3.1.0.1.7)."""
    kind, _, identifier = str(entry["response"].get("location", "")).partition("/")
    row = world.store.resource(kind, identifier)
    return {"resource": json.loads(row["body"]), **entry} if row is not None else entry


def _bundle(world: World, request: Request, raw: bytes) -> Mapping[str, Any]:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in _ACCEPTED_TYPES:
        raise refuse(415, "not-supported", "The body must be application/fhir+json", Accept="application/fhir+json")
    data = incoming.json_data(raw) if raw.strip() else None
    if isinstance(data, Mapping) and data.get("resourceType") == "Bundle":
        return data
    if "no_bundle" in world.behaviour.ignored_errors:
        return {}
    raise contract_refusal(world.measures, "no_bundle")


def _entries(bundle: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, Mapping) and isinstance(entry.get("resource"), Mapping):
            yield entry


def _kind(entry: Mapping[str, Any]) -> str:
    return str(entry["resource"].get("resourceType", ""))


def _subjects(bundle: Mapping[str, Any]) -> Iterator[Subject]:
    """Every patient the bundle names: one that is not the caller's must not hide behind another."""
    for entry in _entries(bundle):
        subject = entry["resource"].get("subject")
        identifier = subject.get("identifier") if isinstance(subject, Mapping) else None
        if isinstance(identifier, Mapping):
            system, value = identifier.get("system"), identifier.get("value")
            if isinstance(system, str) and isinstance(value, str):
                yield Subject(system, value)


def _judge(world: World, who: Caller, bundle: Mapping[str, Any]) -> Refusal | None:
    findings = [
        finding
        for finding in judge_bundle(
            bundle, world.measures, solution_oid=who.client.solution_oid, assign_auth=who.client.assign_auth
        )
        if finding.severity == "error"
    ]
    ignored = world.behaviour.ignored_errors
    seen = [finding for finding in findings if finding.error not in ignored]
    whole = len(seen) == len(findings)
    if not whole:  # who does not see the cause does not see what follows from it
        seen = [finding for finding in seen if finding.error]
    told = [_told(world, who, bundle, finding) for finding in _contract_first(seen)[:_ISSUES_TOLD]]
    if whole:
        told += basic(world, bundle, {issue.expression for _status, issue in told})
    return Refusal(told[0][0], list(dict.fromkeys(issue for _status, issue in told))) if told else None


def _contract_first(findings: Sequence[Finding]) -> list[Finding]:
    """What the error table knows comes first: its status is the answer's."""
    return sorted(findings, key=lambda finding: finding.error is None)


def _told(world: World, who: Caller, bundle: Mapping[str, Any], finding: Finding) -> tuple[int, Issue]:
    place = expression(finding.pointer)
    if finding.error is None:  # a rule without a printed text: our own words
        text = finding.message.get("en", finding.message["fr"])
        return 422, Issue("invalid", f"{text} ({finding.rule})", place)
    parts = {"oid": who.client.solution_oid} if finding.error == "source_foreign" else {}
    if finding.error == "resource_not_acceptable":
        parts = _type_and_method(bundle, finding.pointer)
    status, issue = contract_issue(world.measures, finding.error, **parts)
    return status, Issue(issue.code, issue.diagnostics, place)


def _type_and_method(bundle: Mapping[str, Any], pointer: str) -> dict[str, str]:
    steps = pointer.split("/")
    entries = bundle.get("entry")
    index = int(steps[2]) if len(steps) > 2 and steps[1] == "entry" and steps[2].isdigit() else -1
    if not isinstance(entries, list) or not 0 <= index < len(entries) or not isinstance(entries[index], Mapping):
        return {}
    resource, request = entries[index].get("resource"), entries[index].get("request")
    return {
        "type": resource.get("resourceType", "?") if isinstance(resource, Mapping) else "?",
        "method": request.get("method", "?") if isinstance(request, Mapping) else "?",
    }


def expression(pointer: str) -> str:
    """A JSON pointer into a bundle as FHIRPath: `/entry/0/resource/meta` → `Bundle.entry[0].resource.meta`."""
    steps = pointer.split("/")[1:]
    return "Bundle" + "".join(f"[{step}]" if step.isdigit() else f".{step[:60]}" for step in steps)


class _Keeper:
    """Keeps the entries of one accepted bundle for one person and answers for each, in the order they came."""

    def __init__(self, world: World, who: Caller, idpe: str) -> None:
        self._world = world
        self._who = who
        self._idpe = idpe
        self._moved: dict[str, str] = {}  # reference as sent → reference as kept

    def keep(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        answers: dict[int, dict[str, Any]] = {}
        devices_first = sorted(range(len(entries)), key=lambda index: _kind(entries[index]) != "Device")
        for index in devices_first:
            kind, resource = _kind(entries[index]), dict(entries[index]["resource"])
            if kind == "Device":
                answers[index] = self._device(resource, entries[index])
            elif kind == "Observation":
                answers[index] = self._observation(resource)
            else:  # only a fault lets another resource in
                answers[index] = self._created(kind or "Resource", self._world.env.new_id())
        return [{"response": answers[index]} for index in range(len(entries))]

    def _created(self, kind: str, identifier: str) -> dict[str, Any]:
        answer = {"status": "201 Created", "etag": 'W/"1"', "lastModified": self._world.instant()}
        return answer | ({"location": f"{kind}/{identifier}"} if self._world.behaviour.location_given else {})

    def _device(self, resource: dict[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
        sent = resource.get("id")
        identifier = _device_identifier(resource, entry)
        known = self._world.store.device(self._idpe, identifier) if identifier else None
        if known is not None and self._world.behaviour.existing_device_found:
            self._moved[f"Device/{sent}"] = f"Device/{known['id']}"
            answer = {"status": "200 OK", "etag": 'W/"1"'}
            return answer | ({"location": f"Device/{known['id']}"} if self._world.behaviour.location_given else {})
        kept = self._device_id(sent)
        self._moved[f"Device/{sent}"] = f"Device/{kept}"
        self._store(resource, kept, identifier=identifier)
        return self._created("Device", kept)

    def _device_id(self, sent: Any) -> str:
        """The id that was sent, as the printed example answers, where it is a free UUID; else a new one."""
        try:
            free = str(uuid.UUID(sent)) == sent and self._world.store.resource("Device", sent) is None
        except (ValueError, AttributeError, TypeError):
            free = False
        return sent if free else self._world.env.new_id()

    def _observation(self, resource: dict[str, Any]) -> dict[str, Any]:
        kept = self._world.env.new_id()
        device = resource.get("device")
        reference = device.get("reference") if isinstance(device, Mapping) else None
        if isinstance(device, Mapping) and isinstance(reference, str):
            reference = self._moved.get(reference, reference)
            resource["device"] = {**device, "reference": reference}
        if self._world.behaviour.value_shift:
            _shift(resource, self._world.behaviour.value_shift)
        if self._world.behaviour.source_set:
            self._set_source(resource)
        self._store(
            resource,
            kept,
            code=_code(resource, self._world.measures.measures_by_code),
            effective=_effective(resource) or self._world.now(),
            device=reference.removeprefix("Device/") if isinstance(reference, str) else None,
        )
        return self._created("Observation", kept)

    def _set_source(self, resource: dict[str, Any]) -> None:
        """Where a service gives no source, the OID of the authenticated solution is put (§2.2.4)."""
        meta = resource.get("meta")
        known = meta if isinstance(meta, Mapping) else {}
        resource["meta"] = {"source": f"urn:oid:{self._who.client.solution_oid}", **known}

    def _store(self, resource: dict[str, Any], kept: str, **columns: Any) -> None:
        if not self._world.behaviour.stored:
            return
        meta = resource.get("meta")
        resource["id"] = kept
        resource["meta"] = {
            **(meta if isinstance(meta, Mapping) else {}), "versionId": "1", "lastUpdated": self._world.instant(),
        }  # fmt: skip
        row = {"code": None, "effective": None, "identifier": None, "device": None} | columns
        kind = resource["resourceType"]
        self._world.store.put_resource(
            {**row, "id": kept, "type": kind, "idpe": self._idpe, "body": dumps(resource).decode()}
        )


def keep(world: World, idpe: str, resource: dict[str, Any]) -> None:
    """Keep an Observation or Device of a person as it is, unjudged: data of the start."""
    device = resource.get("device")
    reference = device.get("reference") if isinstance(device, Mapping) else None
    identifier = str(resource.get("id") or world.env.new_id())
    row = {
        "id": identifier,
        "type": resource["resourceType"],
        "idpe": idpe,
        "code": _code(resource, world.measures.measures_by_code),
        "effective": _effective(resource),
        "identifier": _device_identifier(resource, {}) if resource["resourceType"] == "Device" else None,
        "device": reference.removeprefix("Device/") if isinstance(reference, str) else None,
    }
    meta = {"versionId": "1", "lastUpdated": world.instant(), **resource.get("meta", {})}
    world.store.put_resource({**row, "body": dumps({**resource, "id": identifier, "meta": meta}).decode()})


def _device_identifier(resource: Mapping[str, Any], entry: Mapping[str, Any]) -> str | None:
    """`system|value` that decides whether the device is known: of ifNoneExist, else of the device itself."""
    request = entry.get("request")
    condition = request.get("ifNoneExist") if isinstance(request, Mapping) else None
    if isinstance(condition, str) and condition.startswith("identifier="):
        return condition.removeprefix("identifier=")
    identifiers = resource.get("identifier")
    first = identifiers[0] if isinstance(identifiers, list) and identifiers else None
    return f"{first.get('system')}|{first.get('value')}" if isinstance(first, Mapping) else None


def _code(resource: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
    code = resource.get("code")
    codings = code.get("coding") if isinstance(code, Mapping) else None
    for coding in codings if isinstance(codings, list) else []:
        if isinstance(coding, Mapping) and isinstance(coding.get("code"), str) and coding["code"] in known:
            return str(coding["code"])
    return None


def _effective(resource: Mapping[str, Any]) -> float | None:
    period = resource.get("effectivePeriod")
    text = resource.get("effectiveDateTime", period.get("start") if isinstance(period, Mapping) else None)
    found = interval(text) if isinstance(text, str) else None
    return found[0] if found else None


def _shift(resource: dict[str, Any], by: float) -> None:
    for holder in (resource, *resource.get("component", ())):
        quantity = holder.get("valueQuantity")
        if isinstance(quantity, dict) and isinstance(quantity.get("value"), int | float):
            holder["valueQuantity"] = {**quantity, "value": quantity["value"] + by}
