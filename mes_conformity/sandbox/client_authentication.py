"""Which client calls: by its secret (RFC 6749, §2.3.1) or by an assertion it signs (private_key_jwt: RFC 7523, §2.2 and
§3; OpenID Connect Core 1.0, §9). One method a call, and every doubt is `invalid_client`."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.errors import JoseError
from starlette.requests import Request

from mes_conformity.sandbox.answers import OAuthRefusal
from mes_conformity.sandbox.identities import Client
from mes_conformity.sandbox.signing import ALGORITHM, unverified_claims
from mes_conformity.sandbox.world import World

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523, §2.2
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, §5.1
_LONGEST_S = 600.0
_SKEW_S = 60.0


def refusal(world: World, error: str, description: str) -> OAuthRefusal:
    """A refusal with the status of the contract (RFC 6749, §5.2)."""
    known = world.pairing.get("errors").get(error, {})
    status = 400 if known.get("status", 400) in (302, 303) else int(known.get("status", 400))
    headers = {"WWW-Authenticate": 'Basic realm="sandbox"'} if status == 401 else {}
    return OAuthRefusal(status, error, description, {**NO_STORE, **headers})


def authenticate(world: World, request: Request, form: Mapping[str, str]) -> Client:
    """The client, by client_secret_basic, client_secret_post or private_key_jwt. Raises OAuthRefusal."""
    basic = _basic(request)
    asserted = "client_assertion" in form or "client_assertion_type" in form
    if [basic is not None, "client_secret" in form, asserted].count(True) > 1:
        raise refusal(world, "invalid_request", "A client uses one method of authentication only")
    client = _by_assertion(world, form) if asserted else _by_secret(world, basic, form)
    if request.scope.get("certificate_name", client.client_id) != client.client_id:  # RFC 8705, §2
        raise refusal(world, "invalid_client", "The certificate is that of another client")
    if form.get("client_id", client.client_id) != client.client_id:
        raise refusal(world, "invalid_request", "client_id is not the client that authenticates")
    return client


def _by_secret(world: World, basic: tuple[str, str] | None, form: Mapping[str, str]) -> Client:
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    client = world.client(client_id)
    right = client is not None and secrets.compare_digest(
        client.client_secret.encode(), secret.encode("utf-8", "surrogatepass")
    )
    if client is None or not (right or not world.behaviour.client_authenticated):
        raise refusal(world, "invalid_client", "The client is unknown or its secret is wrong")
    return client


def _basic(request: Request) -> tuple[str, str] | None:
    """The credentials of an Authorization header; of one that cannot be read, credentials that open nothing."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)
    except (ValueError, binascii.Error):
        return "", ""


def _by_assertion(world: World, form: Mapping[str, str]) -> Client:
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
        raise refusal(world, "invalid_request", "client_assertion_type is not the one of RFC 7523, section 2.2")
    stated = unverified_claims(form["client_assertion"]) or {}
    client = world.client(str(stated.get("sub", "")))
    if client is None:
        raise refusal(world, "invalid_client", "The assertion names no known client")
    claims = _signed(world, client, form["client_assertion"])
    fault = _wrong(world, client, stated if claims is None else claims)
    if claims is None and world.behaviour.assertion_signature_checked:
        fault = "The assertion is not signed by the key of the client"
    if fault:
        raise refusal(world, "invalid_client", fault)
    return client


def _signed(world: World, client: Client, assertion: str) -> Mapping[str, Any] | None:
    """The claims, where the key of the client signed them with the one algorithm allowed; `none` never passes."""
    try:
        return jwt.decode(assertion, world.client_key(client.client_id), algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError):
        return None


def _wrong(world: World, client: Client, claims: Mapping[str, Any]) -> str:
    """What is wrong in the claims (RFC 7523, §3, in its order), "" when nothing is."""
    now, behaviour = world.now(), world.behaviour
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        return "iss and sub are the client_id"
    audiences = claims.get("aud") if isinstance(claims.get("aud"), list) else [claims.get("aud")]
    own = {world.url, world.url + str(world.pairing.get("token_path"))}
    if behaviour.assertion_audience_checked and (len(audiences or ()) != 1 or (audiences or [None])[0] not in own):
        return "aud is the issuer or the token end point, alone"
    for name in ("exp", "iat", "nbf"):
        if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
            return f"{name} is a number of seconds"
    if not now - _SKEW_S < claims.get("exp", 0) <= now + _LONGEST_S:
        return "exp is passed or too far"
    if claims.get("iat", now) > now + _SKEW_S or claims.get("nbf", now) > now + _SKEW_S:
        return "iat or nbf is to come"
    return _seen(world, client, claims)


def _seen(world: World, client: Client, claims: Mapping[str, Any]) -> str:
    """An assertion serves once: its jti is kept until it expires (OpenID Connect Core 1.0, §9)."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 200:
        return "jti is mandatory"
    now, used = world.now(), world.used_assertions
    for old in [key for key, until in used.items() if until < now]:
        del used[old]
    if (client.client_id, jti) in used and world.behaviour.assertion_single_use:
        return "The assertion was already used"
    used[client.client_id, jti] = float(claims["exp"]) + _SKEW_S
    return ""
