"""The token and revocation end points (RFC 6749, §4.1.3 and §6; RFC 7636, §4.6; RFC 7009; RFC 9700, §4.14).

All tokens that came from one consent are a family. A code or a rotated refresh token that comes back ends the family:
somebody has a copy.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.answers import plain_json
from mes_conformity.sandbox.client_authentication import NO_STORE, authenticate, refusal
from mes_conformity.sandbox.consents import granted, status
from mes_conformity.sandbox.identities import Client
from mes_conformity.sandbox.purposes import exchanges
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")  # RFC 7636, §4.1


async def token(world: World, request: Request) -> Response:
    """`POST <token_path>`: 200 and the tokens. Raises OAuthRefusal (RFC 6749, §5.2)."""
    form = await _form(world, request)
    client = authenticate(world, request, form)
    grants = {"authorization_code": _by_code, "refresh_token": _by_refresh}
    kind = form.get("grant_type")
    if kind is None:
        raise refusal(world, "invalid_request", "grant_type is mandatory")
    if kind not in grants:
        error = world.behaviour.unknown_grant_error or "unsupported_grant_type"
        raise refusal(world, error, "grant_type is authorization_code or refresh_token")
    return plain_json(grants[kind](world, client, form), headers=NO_STORE if world.behaviour.answer_not_cached else {})


async def _form(world: World, request: Request) -> dict[str, str]:
    try:
        form = await incoming.form(request)
        return {name: value for name, value in form.items() if value}  # RFC 6749, §3.2: no value is as good as left out
    except incoming.Malformed as error:
        raise refusal(world, "invalid_request", error.reason) from None


def _by_code(world: World, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    behaviour = world.behaviour
    if "code" not in form:
        raise refusal(world, "invalid_request", "code is mandatory")
    code = world.store.code(form["code"])
    if code is None or code["body"]["client_id"] != client.client_id:
        raise refusal(world, "invalid_grant", "The code is unknown")
    if code["used"] and behaviour.code_single_use:
        if behaviour.replay_ends_tokens:
            world.store.revoke_family(code["family"])  # RFC 6749, §4.1.2
        raise refusal(world, "invalid_grant", "The code was already used")
    if code["expires"] < world.now() and behaviour.code_expires:
        raise refusal(world, "invalid_grant", "The code has expired")
    if form.get("redirect_uri") != code["body"]["redirect_uri"] and behaviour.code_bound_to_redirect:
        raise refusal(world, "invalid_grant", "redirect_uri is not that of the demand")
    if behaviour.pkce_checked and not _verified(code["body"], form.get("code_verifier", "")):
        raise refusal(world, "invalid_grant", "code_verifier does not match the code_challenge")
    world.store.use_code(form["code"])
    scope = code["body"]["scope"]
    pairing = _active(world, code["pairing"])
    if pairing["status"] == "PENDING":
        pairing = {**pairing, "status": "ACTIVE"}
        world.store.put_pairing(pairing)
    grant = _Grant(client, pairing, code["family"], scope)
    signed_in = {"auth_time": code["body"]["auth_time"], "nonce": code["body"].get("nonce")}
    return _issue(world, grant, signed_in)


def _verified(demand: Mapping[str, Any], verifier: str) -> bool:
    challenge = demand.get("code_challenge")
    if challenge is None:  # only where a fault made PKCE optional
        return True
    if not _VERIFIER.fullmatch(verifier):
        return False
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return secrets.compare_digest(hashed if demand.get("code_challenge_method") == "S256" else verifier, challenge)


def _active(world: World, pairing_id: str) -> Row:
    pairing = world.store.pairing(pairing_id)
    over = pairing is None or status(world, pairing) in ("REVOKED", "EXPIRED")
    if pairing is None or (over and world.behaviour.pairing_ends_tokens):
        raise refusal(world, "invalid_grant", "The pairing has ended")
    return pairing


def _by_refresh(world: World, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    behaviour, store = world.behaviour, world.store
    sent = form.get("refresh_token")
    if sent is None:
        raise refusal(world, "invalid_request", "refresh_token is mandatory")
    known = store.token(sent)
    if known is None or known["kind"] != "refresh" or not behaviour.refresh_honoured:
        raise refusal(world, "invalid_grant", "The refresh token is unknown")
    pairing = _active(world, known["pairing"])
    if pairing["client_id"] != client.client_id or known["expires"] < world.now():
        raise refusal(world, "invalid_grant", "The refresh token is not this client's, or has expired")
    if known["state"] == "used" and behaviour.refresh_reuse_detected:
        store.revoke_family(known["family"])  # RFC 9700, §4.14.2
        raise refusal(world, "invalid_grant", "The refresh token was already used")
    if known["state"] == "revoked":
        raise refusal(world, "invalid_grant", "The refresh token was revoked")
    scope = form.get("scope", known["scope"])
    if not set(scope.split(" ")) <= set(known["scope"].split(" ")):
        raise refusal(world, "invalid_scope", "The scope is wider than the one granted")
    if behaviour.refresh_rotated:
        store.mark_token(sent, "used")
    if not behaviour.refresh_keeps_identity:
        pairing = {**pairing, "idpe": f"{pairing['idpe']}-autre"}
    grant = _Grant(client, pairing, known["family"], scope)
    return _issue(world, grant, refresh=None if behaviour.refresh_rotated else sent)


@dataclass(frozen=True, slots=True)
class _Grant:
    """What tokens are issued for."""

    client: Client
    pairing: Row
    family: str
    scope: str


def _issue(
    world: World, grant: _Grant, signed_in: Mapping[str, Any] | None = None, *, refresh: str | None = None
) -> dict[str, Any]:
    """New tokens of a family. `signed_in` has the claims of a sign-in, which a refresh is none (OpenID Connect Core
    1.0, §12.2): auth_time and, where the demand had one, nonce."""
    lifetime = int(world.pairing.get("access_token_lifetime_s"))
    pairing_id, family, scope = grant.pairing["id"], grant.family, grant.scope
    access = world.secret()
    world.store.put_token(access, "access", pairing_id, family, scope, world.now() + lifetime)
    if refresh is None:
        refresh = world.secret()
        ends = world.now() + float(world.pairing.get("refresh_token_lifetime_s"))
        world.store.put_token(refresh, "refresh", pairing_id, family, scope, ends)
    answer: dict[str, Any] = {
        "access_token": access,
        "token_type": world.pairing.get("token_type"),
        "refresh_token": refresh,
        "id_token": _id_token(world, grant, signed_in or {}),
        "scope": _granted(world, scope, grant.pairing),
        world.pairing.get("claims.pairing_id"): pairing_id,
    }
    if world.behaviour.expires_in_given:
        answer["expires_in"] = lifetime
    return answer


def _granted(world: World, scope: str, pairing: Row) -> str:
    """The words of the demand that the person accepted (RFC 6749, §3.3)."""
    scopes = world.pairing.get("scopes")
    if not world.behaviour.scope_honoured:
        return " ".join(scopes.values())
    refused = {item.scope for item in exchanges(world) if not granted(world, pairing, item.kept)}
    return " ".join(word for word in scope.split(" ") if word not in refused)


def _id_token(world: World, grant: _Grant, signed_in: Mapping[str, Any]) -> str:
    """OpenID Connect Core 1.0, §2, with the claims of the pairing contract."""
    behaviour, names = world.behaviour, world.pairing.get("claims")
    client, pairing = grant.client, grant.pairing
    issued = int(world.now()) - behaviour.claims_age_s
    own = {
        "idpe": pairing["idpe"],
        "assign_auth": client.assign_auth,
        "solution_oid": client.solution_oid,
        "pairing_id": pairing["id"],
    }
    claims: dict[str, Any] = {
        "iss": behaviour.issuer_claim or world.url,
        "aud": behaviour.audience_claim or client.client_id,
        "sub": pairing["id"],
        "iat": issued,
        "exp": issued + int(world.pairing.get("id_token_lifetime_s")),
        "jti": world.env.new_id(),
    }
    claims |= {names[key]: value for key, value in own.items() if key not in behaviour.claims_left_out}
    told = {"auth_time": True, "nonce": behaviour.nonce_returned}
    claims |= {name: value for name, value in signed_in.items() if value is not None and told[name]}
    return world.signer.sign(claims, behaviour.signed_with)


async def revoke(world: World, request: Request) -> Response:
    """`POST <revoke_path>`: 200, also for a token nobody knows (RFC 7009, §2.2). A refresh token takes its family
    along; an access token goes alone (§2.1). Raises OAuthRefusal."""
    form = await _form(world, request)
    client = authenticate(world, request, form)
    if "token" not in form:
        raise refusal(world, "invalid_request", "token is mandatory")
    known = world.store.token(form["token"])
    if known is not None:
        pairing = world.store.pairing(known["pairing"])
        if pairing is None or pairing["client_id"] != client.client_id:
            raise refusal(world, "unauthorized_client", "The token was not issued to this client")
        if world.behaviour.revocation_effective:
            if known["kind"] == "refresh":
                world.store.revoke_family(known["family"])
            else:
                world.store.mark_token(form["token"], "revoked")
    return Response(status_code=200, headers=NO_STORE)
