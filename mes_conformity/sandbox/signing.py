"""The signing key of a sandbox and the id_tokens made with it (ES256: RFC 7518, §3.4)."""

import base64
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
_REMEMBERED = 512


def new_key(key_id: str) -> ECKey:
    """A fresh key pair for signatures."""
    return ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM, "kid": key_id}, private=True)


class Signer:
    """Signs id_tokens and recognises its own."""

    def __init__(self, key_id: str) -> None:
        self._key_id = key_id
        self._key = new_key(key_id)
        self._stranger = ECKey.generate_key("P-256", {"kid": key_id}, private=True)
        # A signature is checked once per token, not once per call: a client sends the same one for minutes.
        self._known: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    def jwks(self) -> dict[str, Any]:
        """The public key set (RFC 7517, §5)."""
        return {"keys": [self._key.as_dict(private=False)]}

    def sign(self, claims: Mapping[str, Any], signature: str = "sound") -> str:
        """A compact JWS of the claims; `other_key` and `none` are the deviations of the faults."""
        if signature == "none":
            return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."
        key = self._key if signature == "sound" else self._stranger
        return jwt.encode({"alg": ALGORITHM, "kid": self._key_id}, dict(claims), key, algorithms=[ALGORITHM])

    def claims(self, token: str) -> Mapping[str, Any] | None:
        """The claims of a token that this key signed, or None; times and audience are for the caller to check."""
        if token in self._known:
            self._known.move_to_end(token)
            return self._known[token]
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        self._known[token] = claims
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return claims


def unverified_claims(token: str) -> Mapping[str, Any] | None:
    """The claims a token states, whoever signed it: only for the fault that ignores signatures."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def _part(data: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(dict(data)).encode()).rstrip(b"=").decode()
