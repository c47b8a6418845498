"""Who may do what on the FHIR routes, in the order of the error table of the measures API 1.5.2, §2.2.8 and §2.3.3:
access_token (401), id_token (400), OID (409), idPe (403), consent (403). The content comes after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request

from mes_conformity.sandbox.answers import Issue, Refusal
from mes_conformity.sandbox.consents import granted, status
from mes_conformity.sandbox.identities import Client
from mes_conformity.sandbox.signing import unverified_claims
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World
from mes_conformity.validators.contract import Contract

Action = Literal["read", "write"]
_CODES = {400: "invalid", 401: "login", 403: "forbidden", 409: "conflict", 422: "invalid"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A patient as a call names them: AssignAuth (an OID, with or without `urn:oid:`) and idPe."""

    system: str
    value: str

    @property
    def oid(self) -> str:
        """The bare OID of the system."""
        return self.system.removeprefix("urn:oid:")


@dataclass(frozen=True, slots=True)
class Caller:
    """A client acting for one paired person."""

    client: Client
    pairing: Row
    scope: frozenset[str]
    claims: Mapping[str, Any]


def contract_issue(contract: Contract, path: str, **parts: Any) -> tuple[int, Issue]:
    """The status and issue of `errors.<path>`, its template filled from `parts`."""
    error = contract.get(f"errors.{path}")
    text = str(error.get("template", error["text"])) if parts or not _open(error) else str(error["text"])
    for name, value in parts.items():
        text = text.replace(f"{{{name}}}", str(value)[:80])
    return int(error["status"]), Issue(error.get("code", _CODES.get(error["status"], "processing")), text)


def _open(error: Mapping[str, Any]) -> bool:
    return "{" in error.get("template", "")


def contract_refusal(contract: Contract, path: str, status: int = 0, *, sent: bool = True, **parts: Any) -> Refusal:
    """The refusal of `errors.<path>`; a `status` that is not 0 replaces the contract's. `sent` tells whether the
    caller gave credentials: who gave none is told how, not what is wrong (RFC 6750, §3.1)."""
    told, issue = contract_issue(contract, path, **parts)
    challenge = 'Bearer realm="sandbox"' + (', error="invalid_token"' if sent else "")
    headers = {"WWW-Authenticate": challenge} if (status or told) == 401 else {}
    return Refusal(status or told, [issue], headers)


def caller(world: World, request: Request) -> Caller:
    """Who calls. Raises Refusal 401 (access_token, RFC 6750, §3.1), then 400 (id_token)."""
    token = _access_token(world, request)
    stated = _id_token_claims(world, request)
    pairing = world.store.pairing(str(token["pairing"])) if token else None
    if pairing is None and stated is not None and not world.behaviour.access_token_checked:
        pairing = world.store.pairing(str(stated.get("sub", "")))
    if pairing is None or status(world, pairing) == "EXPIRED":
        raise contract_refusal(world.measures, "access_token_invalid", world.behaviour.access_token_status)
    client = world.client(str(pairing["client_id"]))
    assert client is not None, "a pairing names a registered client"
    if request.scope.get("certificate_name", client.client_id) != client.client_id:  # RFC 8705, §3
        raise contract_refusal(world.measures, "access_token_invalid")
    claims = _accepted_claims(world, request, client, pairing)
    asked = str(token["scope"]) if token else " ".join(world.pairing.get("scopes").values())
    return Caller(client, pairing, frozenset(asked.split()), claims)


def _access_token(world: World, request: Request) -> Row | None:
    behaviour = world.behaviour
    headers = request.headers.getlist("authorization")
    scheme, _, secret = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    token = world.store.token(secret.strip()) if scheme.lower() == "bearer" else None
    usable = (
        token is not None
        and token["kind"] == "access"
        and token["state"] == "live"
        and (token["expires"] > world.now() or not behaviour.access_token_expires)
    )
    if not usable and behaviour.access_token_checked:
        status = behaviour.access_token_status
        raise contract_refusal(world.measures, "access_token_invalid", status, sent=bool(headers))
    return token if usable else None


def _id_token(world: World, request: Request) -> str:
    values = request.headers.getlist(world.measures.get("id_token_header"))
    return values[0] if len(values) == 1 else ""


def _id_token_claims(world: World, request: Request) -> Mapping[str, Any] | None:
    token = _id_token(world, request)
    claims = world.signer.claims(token)
    return unverified_claims(token) if claims is None and not world.behaviour.id_token_checked else claims


def _accepted_claims(world: World, request: Request, client: Client, pairing: Row) -> Mapping[str, Any]:
    names = world.pairing.get("claims")
    claims = _id_token_claims(world, request)
    if claims is not None and _valid(world, claims, client):
        return claims
    if world.behaviour.id_token_checked:
        raise contract_refusal(world.measures, "id_token_invalid", world.behaviour.id_token_status)
    return {
        names["idpe"]: pairing["idpe"],
        names["assign_auth"]: client.assign_auth,
        names["solution_oid"]: client.solution_oid,
    }


def _valid(world: World, claims: Mapping[str, Any], client: Client) -> bool:
    """OpenID Connect Core 1.0, §3.1.3.7: issuer, audience, expiry; and the claims a call is compared with."""
    names = world.pairing.get("claims")
    expires = claims.get("exp")
    return (
        claims.get("iss") == world.url
        and claims.get("aud") in (client.client_id, [client.client_id])
        and isinstance(expires, int | float)
        and expires > world.now()
        and all(isinstance(claims.get(names[name]), str) for name in ("idpe", "assign_auth"))
    )


def authorise(
    world: World, who: Caller, subjects: Iterable[Subject], action: Action, perimeter: str = "measures"
) -> str:
    """The idPe whose data is touched, in a perimeter that has its own consents (`measures`, `documents`, `agenda`).

    Raises Refusal 403 (service), 409 (OID), 403 (idPe), 403 (consent)."""
    behaviour = world.behaviour
    if behaviour.service_status_checked and world.service_status not in world.pairing.get("service_statuses_open"):
        raise contract_refusal(world.pairing, "service_suspended")
    names = world.pairing.get("claims")
    subjects = tuple(subjects)
    for subject in subjects:
        if subject.oid != who.claims[names["assign_auth"]].removeprefix("urn:oid:") and behaviour.oid_checked:
            raise contract_refusal(world.measures, "oid_conflict")
    for subject in subjects:
        if behaviour.subject_checked and {subject.value} != {who.claims[names["idpe"]], who.pairing["idpe"]}:
            raise contract_refusal(world.measures, "subject_mismatch", behaviour.subject_status)
    if not _consented(world, who, f"{perimeter}_{action}"):
        raise contract_refusal(world.measures, f"consent_refused_{action}", behaviour.consent_status)
    return subjects[0].value if subjects else str(who.pairing["idpe"])


def _consented(world: World, who: Caller, key: str) -> bool:
    """A consent counts where the client asked for it (scope) and the person holds to it now (pairing)."""
    behaviour = world.behaviour
    checked = behaviour.read_consent_checked if key.endswith("_read") else behaviour.write_consent_checked
    scope = world.pairing.get(f"scopes.{key}")
    asked = scope in who.scope or not behaviour.scope_honoured
    return not checked or (asked and granted(world, who.pairing, key.removeprefix("measures_")))
