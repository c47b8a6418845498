"""A publisher's client written for these tests alone: it shares no code with the program, only the protocols."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

MEASURE_BASE = "https://fhir.monespacesante.fr/ref/mesure/StructureDefinition/"
DEVICE_OID = "1.2.840.10004.1.1.1.0.0.1.0.0.1.2680"
MEASURES_SCOPES = "openid mesures.lecture mesures.ecriture"
SCOPES = f"{MEASURES_SCOPES} documents.lecture documents.ecriture agenda.lecture agenda.ecriture"
OTHERS = tuple(f"consent_{perimeter}_{action}" for perimeter in ("documents", "agenda") for action in ("read", "write"))
VERIFIER = "verifier-" + "a" * 48
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Identity:
    """A paired person as a partner knows them."""

    user: Mapping[str, str]
    tokens: dict[str, Any]
    claims: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return f"{self.claims['assignAuth']}|{self.claims['idPe']}"


class Partner:
    """Calls one sandbox with httpx."""

    def __init__(self, descriptor: Mapping[str, Any], http: httpx.Client) -> None:
        self.descriptor = descriptor
        self.client = descriptor["client"]
        self.http = http

    # control

    def control(self, method: str, name: str, data: Any = None) -> httpx.Response:
        return self.http.request(method, f"/_sandbox/{name}", json=data)

    def faults(self, *names: str) -> None:
        assert self.control("PUT", "faults", {"faults": list(names)}).status_code == 200

    def advance(self, seconds: float) -> None:
        assert self.control("PUT", "clock", {"advance_s": seconds}).status_code == 200

    def new_user(self) -> dict[str, str]:
        return dict(self.control("POST", "users").json())

    def consent(self, identity: Identity, **choices: str) -> None:
        data = {"pairing_id": identity.tokens["pairingId"], **choices}
        assert self.control("PUT", "consents", data).status_code == 200

    # authorization

    def demand(self, **changes: str | None) -> httpx.Response:
        query = {
            "response_type": "code",
            "client_id": self.client["client_id"],
            "redirect_uri": self.client["redirect_uri"],
            "scope": SCOPES,
            "state": "etat-1",
            "nonce": "nonce-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return self.http.get("/authorize", params={name: value for name, value in query.items() if value is not None})

    def decide(self, page: httpx.Response, user: Mapping[str, str], **changes: str) -> httpx.Response:
        form = {
            "request": _visit(page),
            "login": user["login"],
            "password": user["password"],
            "otp": user["otp"],
            "consent_read": "accept",
            "consent_write": "accept",
            **dict.fromkeys(OTHERS, "accept"),
            "decision": "accept",
            **changes,
        }
        return self.http.post("/authorize", data=form)

    def step(self, page: httpx.Response, path: str = "/authorize", **form: str) -> httpx.Response:
        """Answer one page as a browser without script does."""
        return self.http.post(path, data={"request": _visit(page), **form})

    def choices(self, page: httpx.Response, user: Mapping[str, str], path: str = "/authorize") -> httpx.Response:
        """Sign in, step by step; the page that comes after."""
        page = self.step(page, path, login=user["login"], password=user["password"])
        return self.step(page, path, otp=user["otp"])

    def space(self, user: Mapping[str, str]) -> httpx.Response:
        """The person signs in to their own space."""
        return self.choices(self.http.get("/espace"), user, "/espace")

    def code(self, user: Mapping[str, str] | None = None, demand: Mapping[str, Any] | None = None, **form: str) -> str:
        return returned(self.decide(self.demand(**(demand or {})), user or self.new_user(), **form))["code"]

    def token(self, auth: tuple[str, str] | str | None = "", **form: str) -> httpx.Response:
        own = (self.client["client_id"], self.client["client_secret"])
        credentials = own if auth == "" else auth
        return self.http.post("/token", data=form, auth=credentials)  # type: ignore[arg-type]

    def exchange(self, code: str, **changes: str) -> httpx.Response:
        form = {"redirect_uri": self.client["redirect_uri"], "code_verifier": VERIFIER, **changes}
        return self.token(grant_type="authorization_code", code=code, **form)

    def refresh(self, refresh_token: str, **form: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **form)

    def pair(
        self, user: Mapping[str, str] | None = None, demand: Mapping[str, Any] | None = None, **form: str
    ) -> Identity:
        user = user or self.new_user()
        tokens = self.exchange(self.code(user, demand, **form)).json()
        return self.identity(user, tokens)

    def identity(self, user: Mapping[str, str], tokens: dict[str, Any]) -> Identity:
        headers = {"Authorization": f"Bearer {tokens['access_token']}", "X-Id-Token": tokens["id_token"]}
        return Identity(user, tokens, claims(tokens["id_token"]), headers)

    # measures

    def write(self, identity: Identity, bundle: Any, **headers: str) -> httpx.Response:
        sent = {"Content-Type": "application/fhir+json", **identity.headers, **headers}
        content = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
        return self.http.post("/fhir", content=content, headers={k: v for k, v in sent.items() if v})

    def search(self, identity: Identity, *more: tuple[str, str], **changes: str | None) -> httpx.Response:
        query = {"subject.identifier": identity.subject, "code": "29463-7", **changes}
        pairs = [(name, value) for name, value in query.items() if value is not None]
        return self.http.get("/fhir/Observation", params=[*pairs, *more], headers=identity.headers)

    def last(self, identity: Identity, **changes: str | None) -> httpx.Response:
        return self.search(identity, **{"_sort": "-date", "_count": "1", **changes})

    def all(self, identity: Identity, **changes: str | None) -> httpx.Response:
        bounds = (("date", "ge2020-01-01"), ("date", "le2030-01-01"))
        return self.search(identity, *bounds, **changes)


def _visit(page: httpx.Response) -> str:
    found = re.search(r'name="request" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def returned(response: httpx.Response) -> dict[str, str]:
    """The parameters with which the browser goes back."""
    assert response.status_code in (302, 303), response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def claims(token: str) -> dict[str, Any]:
    """What an id_token states, unverified."""
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def diagnostics(response: httpx.Response) -> str:
    """All that an OperationOutcome says."""
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return " / ".join(issue["diagnostics"] for issue in outcome["issue"])


def weight(identity: Identity, value: float = 71.5, at: str = "2026-09-22T08:30:00+02:00") -> dict[str, Any]:
    """The entry of a sound Observation of weight."""
    return {
        "fullUrl": "urn:uuid:3bc44de3-069d-442d-829b-f3ef68cae372",
        "resource": {
            "resourceType": "Observation",
            "meta": {"profile": [f"{MEASURE_BASE}mes-observation-bodyweight"]},
            "status": "final",
            "category": [
                {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                            "code": "vital-signs",
                        }
                    ]
                }
            ],
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "subject": {
                "identifier": {
                    "system": f"urn:oid:{identity.claims['assignAuth']}",
                    "value": identity.claims["idPe"],
                }
            },
            "effectiveDateTime": at,
            "valueQuantity": {"value": value, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
        },
        "request": {"method": "POST", "url": "Observation"},
    }


def device(identifier: str = "FE-ED-AB", uuid: str = "3bc44de3-069d-442d-829b-f3ef68cae371") -> dict[str, Any]:
    """The entry of a sound Device."""
    kind = {"system": "http://hl7.org/fhir/uv/phd/CodeSystem/ContinuaDeviceIdentifiers", "code": "SYSID"}
    return {
        "resource": {
            "resourceType": "Device",
            "id": uuid,
            "meta": {"profile": ["http://hl7.org/fhir/uv/phd/StructureDefinition/PhdDevice"]},
            "identifier": [{"type": {"coding": [kind]}, "system": f"urn:oid:{DEVICE_OID}", "value": identifier}],
            "manufacturer": "Fabricant fictif",
            "modelNumber": "M-1",
            "type": {"coding": [{"system": "urn:iso:std:iso:11073:10101", "code": "65573"}]},
            "specialization": [
                {"systemType": {"coding": [{"system": "urn:iso:std:iso:11073:10101", "code": "528399"}]}}
            ],
        },
        "request": {
            "method": "POST",
            "url": "Device",
            "ifNoneExist": f"identifier=urn:oid:{DEVICE_OID}|{identifier}",
        },
    }


def bundle(*entries: dict[str, Any]) -> dict[str, Any]:
    """A transaction."""
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def with_device(identity: Identity, **more: Any) -> dict[str, Any]:
    """A sound transaction of a Device and the Observation it took."""
    measure = weight(identity, **more)
    measure["resource"]["device"] = {"reference": "Device/3bc44de3-069d-442d-829b-f3ef68cae371"}
    return bundle(device(), measure)
