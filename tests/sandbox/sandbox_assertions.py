"""Client assertions (RFC 7523) written for these tests alone."""

import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey
from sandbox_partner import VERIFIER, Partner

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def signed(partner: Partner, key: Any = None, alg: str = "ES256", **changes: Any) -> str:
    """A sound assertion, changed."""
    now, client = int(time.time()), partner.client["client_id"]
    claims = {
        "iss": client, "sub": client, "aud": partner.descriptor["issuer"], "iat": now, "exp": now + 60,
        "jti": str(time.monotonic_ns()), **changes,
    }  # fmt: skip
    key = key or ECKey.import_key(dict(partner.client["private_jwk"]))
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg}, kept, key, algorithms=[alg])


def presented(partner: Partner, assertion: str, **form: str) -> httpx.Response:
    sent = {
        "grant_type": "authorization_code", "code": partner.code(), "code_verifier": VERIFIER,
        "redirect_uri": partner.client["redirect_uri"], "client_assertion_type": TYPE, "client_assertion": assertion,
    }  # fmt: skip
    return partner.token(None, **{**sent, **form})
