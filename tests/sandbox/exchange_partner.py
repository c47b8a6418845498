"""A service that exchanges documents and appointments with the sandbox."""

import itertools
import json
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
from sandbox_partner import Identity, Partner

from mes_conformity.harness.exchange_samples import AppointmentWish, DocumentWish, appointment, document, submission
from mes_conformity.sandbox import contracts
from mes_conformity.sandbox.fhir_xml import write

FHIR = {"Content-Type": "application/fhir+json"}
XML = {"Content-Type": "application/fhir+xml"}
PATCH = {"Content-Type": "application/json-patch+json"}
_IDS = itertools.count(1)


def new_id() -> str:
    return str(uuid.UUID(int=next(_IDS)))


@dataclass
class Exchanges:
    """The calls of one person."""

    partner: Partner
    identity: Identity

    @property
    def named(self) -> dict[str, str]:
        claims = self.identity.claims
        return {"assign_auth": f"urn:oid:{claims['assignAuth']}", "idpe": claims["idPe"]}

    @property
    def subject(self) -> str:
        return f"{self.named['assign_auth']}|{self.named['idpe']}"

    def document(self, **wish: str) -> dict[str, Any]:
        oid = self.partner.client["solution_oid"]
        return document(contracts.documents(), DocumentWish(**wish), self.named, oid, new_id)["document"]

    def submission(self, **wish: str) -> dict[str, Any]:
        oid = self.partner.client["solution_oid"]
        return submission(contracts.documents(), DocumentWish(**wish), self.named, oid, new_id)["bundle"]

    def appointment(self, **wish: str) -> dict[str, Any]:
        oid = self.partner.client["solution_oid"]
        return appointment(contracts.agenda(), AppointmentWish(**wish), self.named, oid, new_id)["appointment"]

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.identity.headers, **more.pop("headers", {})}
        return self.partner.http.request(method, path, headers=headers, **more)

    def post(self, resource: dict[str, Any]) -> httpx.Response:
        kind = resource["resourceType"]
        path = "/fhir" if kind == "Bundle" else f"/fhir/{kind}"
        return self.call("POST", path, content=json.dumps(resource), headers=FHIR)

    def post_xml(self, resource: dict[str, Any], **headers: str) -> httpx.Response:
        kind = resource["resourceType"]
        path = "/fhir" if kind == "Bundle" else f"/fhir/{kind}"
        return self.call("POST", path, content=write(resource), headers={**XML, **headers})

    def slots(self, **asked: str) -> list[dict[str, Any]]:
        return self.found("Slot", **{"status": "free", **asked})

    def booked(self, slot: dict[str, Any], **wish: str) -> dict[str, Any]:
        """An appointment on a slot."""
        times = {"start": slot["start"], "end": slot["end"]}
        return {**self.appointment(**wish), **times, "slot": [{"reference": f"Slot/{slot['id']}"}]}

    def put(self, resource: dict[str, Any], condition: str = "", **headers: str) -> httpx.Response:
        name = resource["identifier"][0]
        asked = {"identifier": condition or f"{name['system']}|{name['value']}"}
        body = json.dumps(resource)
        return self.call("PUT", "/fhir/Appointment", params=asked, content=body, headers={**FHIR, **headers})

    def patch(self, identifier: str, *operations: dict[str, Any], **headers: str) -> httpx.Response:
        body = json.dumps(operations)
        return self.call("PATCH", f"/fhir/DocumentReference/{identifier}", content=body, headers={**PATCH, **headers})

    def find(self, kind: str = "DocumentReference", *pairs: tuple[str, str], **asked: str) -> httpx.Response:
        person = [] if kind in ("Slot", "Schedule") else [("patient.identifier", self.subject)]
        fields = [*person, *pairs, *asked.items()]
        if kind in ("DocumentReference", "List") and "status" not in dict(fields):
            fields.append(("status", "current"))
        if kind == "List" and "code" not in dict(fields):
            fields.append(("code", "submissionset"))
        return self.call("GET", f"/fhir/{kind}", params=fields)

    def found(self, kind: str = "DocumentReference", *pairs: tuple[str, str], **asked: str) -> list[dict[str, Any]]:
        return [entry["resource"] for entry in self.find(kind, *pairs, **asked).json().get("entry", [])]

    def content(self, published: dict[str, Any], **headers: str) -> httpx.Response:
        return self.call("GET", published["content"][0]["attachment"]["url"], headers=headers)


def issues(response: httpx.Response) -> list[tuple[str, str]]:
    """Code and expression of each issue of an OperationOutcome."""
    return [(issue["code"], issue.get("expression", [""])[0]) for issue in response.json()["issue"]]
