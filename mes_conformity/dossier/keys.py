"""Ed25519 keys and X.509 chains: made, read, named, trusted.

Sources: RFC 8032 (Ed25519), RFC 8410 (its PKCS#8 and SPKI forms), RFC 5280 §4.2.1.9 and §6.1 (who may issue, and the
chain). A key is named by the SHA-256 of its SPKI form.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import AuthError, InvalidInput, Location
from mes_conformity.foundation.i18n import both

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.x509 import Certificate

MAX_CHAIN: Final = 8
_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a private key, and the certificates that say whose it is (DER, the key's own first)."""

    key: Ed25519PrivateKey
    certificates: tuple[bytes, ...] = ()

    @property
    def public_key(self) -> bytes:
        """The SPKI form (DER) of the public key."""
        return spki(self.key.public_key())


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys (by id) and the authorities (DER) whose word is accepted."""

    keys: frozenset[str]
    authorities: tuple[bytes, ...]


def new_key(passphrase: bytes | None = None) -> bytes:
    """A new private key, PEM PKCS#8, encrypted where there is a passphrase."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    how: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        how = serialization.BestAvailableEncryption(passphrase)
    form = serialization.PrivateFormat.PKCS8
    return Ed25519PrivateKey.generate().private_bytes(serialization.Encoding.PEM, form, how)


def encrypted(pem: bytes) -> bool:
    """Whether a passphrase is needed to read this key."""
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in pem


def load_key(pem: bytes, passphrase: bytes | None, where: str) -> Ed25519PrivateKey:
    """The private key in `pem` (PKCS#8). `where` names its place in errors, never its content.

    Raises AuthError `SIG001` (no key, or a wrong passphrase) or `SIG002` (not Ed25519).
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, passphrase if encrypted(pem) else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        message = both("la clé de signature est illisible, ou sa phrase secrète n'est pas la bonne")
        hint = both("donnez une clé Ed25519 (PEM PKCS#8), ou faites-en une : `mes-conformity dossier sign --new-key …`")
        raise AuthError("SIG001", message, location=Location(where), hint=hint) from None
    if not isinstance(key, Ed25519PrivateKey):
        message = both("la clé de signature n'est pas une clé Ed25519")
        raise AuthError("SIG002", message, location=Location(where), expected="Ed25519", obtained=type(key).__name__)
    return key


def spki(key: Ed25519PublicKey) -> bytes:
    """The SubjectPublicKeyInfo form (DER) of a public key."""
    from cryptography.hazmat.primitives import serialization

    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_id(der: bytes) -> str:
    """The name of a public key: SHA-256 of its SPKI form, 64 hexadecimal digits."""
    return sha256(der)


def public_key(der: bytes) -> Ed25519PublicKey:
    """The Ed25519 key whose SPKI form is `der`, byte for byte. Raises ValueError for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(der)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, Ed25519PublicKey) or spki(key) != der:
        raise ValueError("not Ed25519")
    return key


def load_chain(pem: bytes, where: str) -> tuple[bytes, ...]:
    """The certificates (DER) of a PEM file, in its order. Raises InvalidInput `SIG003`."""
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return tuple(item.public_bytes(Encoding.DER) for item in load_pem_x509_certificates(pem))
    except ValueError:
        message = both("la chaîne de certificats est illisible")
        raise InvalidInput("SIG003", message, location=Location(where), expected="PEM") from None


def certificate(der: bytes) -> Certificate:
    """The certificate in `der`. Raises ValueError."""
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(der)


def chain_fault(chain: Sequence[bytes], key: bytes, at: datetime) -> str | None:
    """Why these certificates do not speak for the key (SPKI, DER) at the instant `at`; None when they do.

    Each certificate is issued by the next, issuers are authorities, all are valid at that instant. Whether the last
    one is to be believed is a matter of trust, not of form.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if len(chain) > MAX_CHAIN:
        return "chain too long"
    try:
        found = [certificate(der) for der in chain]
        if _key_of(found[0]) != key:
            return "the first certificate is that of another key"
        for one, issuer in itertools.pairwise(found):
            one.verify_directly_issued_by(issuer)
            if not _is_authority(issuer):
                return f"{issuer.subject.rfc4514_string()} is no authority"
        for one in found:
            if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
                return f"{one.subject.rfc4514_string()} is not valid on {at.astimezone(UTC):%Y-%m-%d}"
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        return f"unreadable or wrongly issued ({type(error).__name__})"
    return None


def _key_of(one: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _is_authority(one: Certificate) -> bool:
    from cryptography.x509 import BasicConstraints, ExtensionNotFound

    try:
        return one.extensions.get_extension_for_class(BasicConstraints).value.ca
    except ExtensionNotFound:
        return False


def load_trust(pem: bytes, where: str) -> Trust:
    """The public keys and certificates of a PEM file: a key, or whoever an authority among them certifies.

    Raises InvalidInput `SIG004` where there is none, or one that cannot be read.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    keys, authorities = set(), []
    try:
        for found in _BLOCK.finditer(pem):
            if found[1] == b"CERTIFICATE":
                der = load_chain(found[0], where)[0]
                one = certificate(der)
                if _is_authority(one):
                    authorities.append(der)
                else:
                    keys.add(key_id(_key_of(one)))
            elif found[1] == b"PUBLIC KEY":
                key = load_pem_public_key(found[0])
                keys.add(key_id(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)))
    except ValueError:
        keys, authorities = set(), []
    if not keys and not authorities:
        message = both("ce fichier n'a ni clé publique ni certificat lisible")
        raise InvalidInput("SIG004", message, location=Location(where), expected="PEM")
    return Trust(frozenset(keys), tuple(authorities))


def trusted(trust: Trust, key: str, chain: Sequence[bytes]) -> bool:
    """Whether a signature by the key named `key`, with this sound chain, is accepted."""
    if key in trust.keys or any(der in trust.authorities for der in chain[1:]):
        return True
    return bool(chain) and any(_issued(chain[-1], authority) for authority in trust.authorities)


def _issued(der: bytes, authority: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate(der).verify_directly_issued_by(certificate(authority))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public half of a key, PEM: what is given to those who verify."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
