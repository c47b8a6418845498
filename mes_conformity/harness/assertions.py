"""The proof by which a client with a key authenticates: private_key_jwt (RFC 7523, §2.2 and §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mes_conformity.foundation.i18n import both
from mes_conformity.harness.session import PrerequisiteMissing, Session

_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHM: Final = "ES256"
_LIFETIME_S: Final = 60


def client_assertion(session: Session, inputs: Mapping[str, Any], clock: Callable[[], float]) -> dict[str, str]:
    """A fresh assertion of the client, `clock` giving the seconds since 1970: `{type, assertion}`.

    `audience` replaces the issuer of the target, `key: other` signs with a key that the target does not know.

    Raises PrerequisiteMissing where the client has no key (`private_jwk`) at this target.
    """
    from joserfc import jwt
    from joserfc.jwk import ECKey

    own = session.client.get("private_jwk")
    if not isinstance(own, Mapping) or not isinstance(own.get("d"), str):
        raise PrerequisiteMissing(both("le client n'a pas de clé privée (private_jwk) pour cette cible"))
    session.secret(own["d"])
    key = ECKey.generate_key("P-256") if inputs.get("key") == "other" else ECKey.import_key(dict(own))
    client_id, now = str(session.client.get("client_id", "")), int(clock())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": str(inputs.get("audience", session.target.issuer)),
        "iat": now,
        "exp": now + _LIFETIME_S,
        "jti": session.env.new_id(),
    }
    header = {"alg": _ALGORITHM, **({"kid": own["kid"]} if "kid" in own else {})}
    return {"type": _TYPE, "assertion": session.secret(jwt.encode(header, claims, key, algorithms=[_ALGORITHM]))}
