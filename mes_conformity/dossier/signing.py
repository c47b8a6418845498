"""Signatures of a DSSE envelope: made, and read back strictly.

One signature, by whoever answers for the dossier. It carries the public key and the certificates it is checked with;
both are named inside what is signed. No byte of the envelope is free: it is drawn again from what was read in it and
compared.

Source: DSSE protocol and envelope v1.0.0 (secure-systems-lab); RFC 8032 for Ed25519.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mes_conformity.dossier import container, keys, manifest, seal
from mes_conformity.dossier.keys import Signer
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that holds: key id, and where there is a certificate whose it is. `trusted` None: nobody asked."""

    keyid: str
    subject: str | None = None
    issuer: str | None = None
    certificates: tuple[bytes, ...] = ()
    trusted: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """`{keyid, subject, issuer, trusted}`."""
        return {"keyid": self.keyid, "subject": self.subject, "issuer": self.issuer, "trusted": self.trusted}


class Broken(Exception):
    """An envelope whose signature does not hold; the text says why, in English, for `obtained`."""


def sign(raw: bytes, signer: Signer) -> bytes:
    """The intact dossier `raw` signed by `signer`; a former signature is replaced. The manifest does not change.

    Raises InvalidInput `SIG005` where the certificates do not speak for the key on the date of the dossier.
    """
    files = dict(container.unpack(raw))
    described = manifest.parse(files[manifest.NAME])
    certificates, at = signer.certificates, instant(described.data)
    fault = keys.chain_fault(certificates, signer.public_key, at) if certificates else None
    if fault is not None:
        message = both("les certificats ne vont pas avec la clé, ou ne valaient pas à la date du dossier")
        raise InvalidInput("SIG005", message, obtained=fault)
    body = seal.payload(files[manifest.NAME], described.data, named(signer.public_key, signer.certificates))
    files[manifest.SEAL] = envelope(body, signer)
    return container.pack(files, described.moment)


def envelope(body: bytes, signer: Signer, payload_type: str = seal.PAYLOAD_TYPE) -> bytes:
    """The bytes of the envelope of `body` signed by `signer`. Ed25519 is deterministic: same inputs, same bytes."""
    sig = signer.key.sign(seal.pae(body, payload_type))
    return seal.envelope(body, [_shape(sig, signer.public_key, signer.certificates)], payload_type)


def named(key: bytes, certificates: tuple[bytes, ...]) -> dict[str, Any]:
    """How a signed statement names its signer: `{keyid, certificates: [sha256…]}`."""
    return {"keyid": keys.key_id(key), "certificates": [sha256(der) for der in certificates]}


def _shape(sig: bytes, key: bytes, certificates: tuple[bytes, ...]) -> dict[str, Any]:
    shape: dict[str, Any] = {"keyid": keys.key_id(key), "sig": _b64(sig), "public_key": _b64(key)}
    if certificates:
        shape["certificates"] = [_b64(der) for der in certificates]
    return shape


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True, slots=True)
class Parts:
    """What one signature of an envelope carries, decoded and not yet believed."""

    sig: bytes
    key: bytes
    certificates: tuple[bytes, ...]


def parts(envelope_data: Any) -> Parts | None:
    """The one signature of a parsed envelope, None when it has none. Raises Broken for any other shape."""
    match envelope_data:
        case {"signatures": []}:
            return None
        case {"signatures": [{"sig": str(sig), "public_key": str(key), **more}]}:
            listed = more.get("certificates") or []
            if isinstance(listed, list) and len(listed) <= keys.MAX_CHAIN:
                return Parts(_bytes(sig), _bytes(key), tuple(_bytes(item) for item in listed))
    raise Broken("not one signature with its public key")


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Broken("not base64") from None


def redraw(body: bytes, found: Parts, payload_type: str = seal.PAYLOAD_TYPE) -> bytes:
    """The envelope that `found` and `body` make: the one that must have been read."""
    return seal.envelope(body, [_shape(found.sig, found.key, found.certificates)], payload_type)


def check(body: bytes, found: Parts, at: datetime, payload_type: str = seal.PAYLOAD_TYPE) -> Signature:
    """Whose signature this is, over `body`, made for a thing of the instant `at`. Raises Broken."""
    from cryptography.exceptions import InvalidSignature

    try:
        keys.public_key(found.key).verify(found.sig, seal.pae(body, payload_type))
    except ValueError:
        raise Broken("the public key is not Ed25519") from None
    except InvalidSignature:
        raise Broken("the signature is not that of this content by this key") from None
    if found.certificates:
        fault = keys.chain_fault(found.certificates, found.key, at)
        if fault is not None:
            raise Broken(fault)
    keyid = keys.key_id(found.key)
    if not found.certificates:
        return Signature(keyid)
    first, last = keys.certificate(found.certificates[0]), keys.certificate(found.certificates[-1])
    names = first.subject.rfc4514_string(), last.issuer.rfc4514_string()
    return Signature(keyid, *names, found.certificates)


def instant(data: Mapping[str, Any]) -> datetime:
    """The date that a manifest gives itself, against which certificates are held. Raises InvalidInput `DOS008`."""
    try:
        return datetime.fromisoformat(str(data["created_at"]).replace("Z", "+00:00")).astimezone()
    except (KeyError, ValueError, OverflowError):
        message = both("le manifeste ne dit pas de quand il est")
        raise InvalidInput("DOS008", message, location=Location(manifest.NAME)) from None
