"""A certificate and its authorities as a PEM file, the certificate of the service first.

The day of the judgement is given: no clock is read. Whether a certificate is revoked cannot be known offline; only
that it says where to ask is judged. Nothing here raises for the content of a file that was read.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.validators.certificate_rules import RULES
from mes_conformity.validators.finding import Finding, Notes
from mes_conformity.validators.reading import shown
from mes_conformity.validators.texts import decoded

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["LARGEST", "RULES", "Chain", "judge_chain", "read"]

LARGEST: Final = 100_000
_MOST: Final = 10
_SOON: Final = timedelta(days=30)
_WEAK_HASHES: Final = ("md5", "sha1")
_UNKNOWN: Final = "?"
_RSA_BITS, _RSA_ADVISED_BITS, _CURVE_BITS = 2048, 3072, 224


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificates of a file in its order; `keys` tells how many private keys it also holds."""

    certificates: "Sequence[x509.Certificate]"
    keys: int


def read(raw: bytes, name: str) -> Chain:
    """The chain in `raw`. Raises InvalidInput `PEM001` where it holds no certificate that can be read."""
    text = decoded(raw, name)
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(text.encode())
        for certificate in found:
            _ = (certificate.subject, certificate.issuer, list(certificate.extensions), certificate.public_key())
    except Exception as error:  # noqa: BLE001 - what a hostile certificate raises is not documented: any is unreadable
        message = both("aucun certificat ne s'y lit (PEM)")
        raise InvalidInput("PEM001", message, location=Location(name), obtained=str(error)[:80]) from None
    if len(found) > _MOST:
        message, expected = both("la chaîne est trop longue"), f"≤ {_MOST}"
        raise InvalidInput("PEM002", message, location=Location(name), expected=expected, obtained=str(len(found)))
    return Chain(tuple(found), text.count("PRIVATE KEY-----") // 2)


def judge_chain(chain: Chain, judged_on: str | None) -> list[Finding]:
    """Every fault of a chain, on the day `judged_on` (`2026-11-22`)."""
    notes = Notes(RULES)
    if chain.keys:
        message = both("le fichier contient aussi une clé privée")
        notes.add("certificate/private-key", (), message, expected="0", obtained=str(chain.keys))
    _judge_signatures(chain.certificates, notes)
    for index, certificate in enumerate(chain.certificates):
        part = notes.within("certificates", index)
        _judge_authority(certificate, index, part)
        _judge_validity(certificate, judged_on, part)
        _judge_key(certificate, part)
    _judge_service(chain.certificates[0], notes.within("certificates", 0))
    return notes.findings


def _judge_signatures(chain: "Sequence[x509.Certificate]", notes: Notes) -> None:
    for index, (one, issuer) in enumerate(pairwise(chain)):
        if _has_weak_hash(one):  # told by its own rule, and by libraries that no longer verify it
            continue
        try:
            one.verify_directly_issued_by(issuer)
        except Exception as error:  # noqa: BLE001 - names, algorithm or signature: each says the same here
            message = both("ce certificat n'est pas signé par le suivant")
            found = shown(issuer.subject.rfc4514_string()) if one.issuer != issuer.subject else type(error).__name__
            expected = shown(one.issuer.rfc4514_string())
            notes.add("certificate/chain", ("certificates", index), message, expected=expected, obtained=found)
    last = chain[-1]
    if len(chain) == 1 and last.issuer != last.subject:
        message, expected = both("l'autorité qui a signé le certificat n'est pas jointe"), last.issuer.rfc4514_string()
        notes.add("certificate/chain", ("certificates", 1), message, expected=shown(expected))


def _judge_authority(certificate: "x509.Certificate", index: int, notes: Notes) -> None:
    from cryptography import x509

    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    can_sign = bool(constraints and constraints.ca)
    if index == 0 and can_sign:
        message = both("le certificat du service est celui d'une autorité")
        notes.add("certificate/authority", ("basicConstraints",), message, expected="CA:FALSE", obtained="CA:TRUE")
    if index > 0 and not (can_sign and (usage is None or usage.key_cert_sign)):
        message = both("ce certificat ne permet pas de signer celui qui le précède")
        notes.add("certificate/authority", ("basicConstraints",), message, expected="CA:TRUE, keyCertSign")
    if index > 0 and constraints and constraints.path_length is not None and constraints.path_length < index - 1:
        message, found = both("la chaîne est plus longue que cette autorité ne le permet"), str(constraints.path_length)
        notes.add("certificate/authority", ("pathlen",), message, expected=f"≥ {index - 1}", obtained=found)


def _judge_validity(certificate: "x509.Certificate", judged_on: str | None, notes: Notes) -> None:
    day = _day(judged_on)
    if day is None:
        message = both("le jour du jugement n'est pas connu : la validité n'est pas jugée")
        notes.add("certificate/validity", ("notAfter",), message, severity="information",
                  unjudged=("certificate/validity",))  # fmt: skip
        return
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if begins > day + timedelta(days=1):
        message = both("le certificat n'est pas encore valide")
        notes.add("certificate/validity", ("notBefore",), message, expected=f"≤ {judged_on}", obtained=str(begins))
    if ends < day:
        message = both("le certificat est périmé")
        notes.add("certificate/validity", ("notAfter",), message, expected=f"≥ {judged_on}", obtained=str(ends))
    elif ends < day + _SOON:
        message = both("le certificat expire dans moins de trente jours")
        notes.add("certificate/validity", ("notAfter",), message, severity="warning", obtained=str(ends))


def _day(written: str | None) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(written or ""), time(), UTC)
    except ValueError:
        return None


def _judge_key(certificate: "x509.Certificate", notes: Notes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        weak, advised = key.key_size < _RSA_BITS, key.key_size >= _RSA_ADVISED_BITS
        found, expected = f"RSA {key.key_size}", f"RSA ≥ {_RSA_BITS}"
    elif isinstance(key, ec.EllipticCurvePublicKey):
        weak, advised = key.curve.key_size < _CURVE_BITS, True
        found, expected = key.curve.name, f"≥ {_CURVE_BITS}"
    else:
        weak, advised = not isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey), True
        found, expected = type(key).__name__.removesuffix("PublicKey").strip("_"), "RSA, EC, Ed25519"
    if weak:
        message = both("cette clé est trop courte, ou d'un type abandonné")
        notes.add("certificate/key-size", ("publicKey",), message, expected=expected, obtained=found)
    elif not advised:
        message = both("cette clé ne suffira plus après 2030")
        notes.add("certificate/key-size", ("publicKey",), message, severity="warning",
                  expected=f"RSA ≥ {_RSA_ADVISED_BITS}", obtained=found)  # fmt: skip
    digest = _digest(certificate)
    if digest is _UNKNOWN:
        message = both("l'algorithme de signature n'est pas connu du vérificateur")
        obtained = certificate.signature_algorithm_oid.dotted_string
        notes.add("certificate/signature", ("signatureAlgorithm",), message, severity="information",
                  obtained=obtained, unjudged=("certificate/signature",))  # fmt: skip
    if digest in _WEAK_HASHES:
        message = both("la signature repose sur un algorithme abandonné")
        notes.add("certificate/signature", ("signatureAlgorithm",), message, expected="SHA-256", obtained=digest)


def _has_weak_hash(certificate: "x509.Certificate") -> bool:
    return _digest(certificate) in _WEAK_HASHES


def _digest(certificate: "x509.Certificate") -> str | None:
    """The name of the hash under the signature; None where the algorithm has none (Ed25519)."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        digest = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return _UNKNOWN
    return digest.name if digest is not None else None


def _judge_service(certificate: "x509.Certificate", notes: Notes) -> None:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
    from cryptography.x509.oid import NameOID

    usage = _extension(certificate, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        message = both("la clé ne sert pas à signer")
        notes.add("certificate/key-usage", ("keyUsage",), message, expected="digitalSignature")
    purposes = list(_extension(certificate, x509.ExtendedKeyUsage) or ())
    if not {Purpose.CLIENT_AUTH, Purpose.SERVER_AUTH} & set(purposes):
        message, found = both("l'usage n'est pas l'authentification TLS"), ", ".join(p.dotted_string for p in purposes)
        notes.add("certificate/extended-key-usage", ("extendedKeyUsage",), message, expected="clientAuth / serverAuth",
                  obtained=shown(found or None))  # fmt: skip
    for oid, rule, name in (
        (NameOID.COMMON_NAME, "certificate/subject", "CN"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "certificate/organisation", "OU"),
    ):
        if not any(str(item.value).strip() for item in certificate.subject.get_attributes_for_oid(oid)):
            message = both("le sujet ne porte pas de {name}", name=name)
            notes.add(rule, ("subject", name), message, expected=f"{name}=…")
    if Purpose.SERVER_AUTH in purposes and not list(_dns_names(certificate)):
        message = both("le certificat de serveur ne nomme aucune adresse")
        notes.add("certificate/names", ("subjectAltName",), message, expected="DNS:…")
    if not (_extension(certificate, x509.CRLDistributionPoints) or _has_ocsp(certificate)):
        message = both("le certificat ne dit pas où savoir s'il est révoqué")
        notes.add("certificate/revocation", ("cRLDistributionPoints",), message, expected="CRL / OCSP")


def _dns_names(certificate: "x509.Certificate") -> Iterator[str]:
    from cryptography import x509

    names = _extension(certificate, x509.SubjectAlternativeName)
    yield from names.get_values_for_type(x509.DNSName) if names else ()


def _has_ocsp(certificate: "x509.Certificate") -> bool:
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID as Access

    access = _extension(certificate, x509.AuthorityInformationAccess)
    return any(item.access_method == Access.OCSP for item in access or ())


def _extension(certificate: "x509.Certificate", kind: type[Any]) -> Any:
    from cryptography import x509

    with suppress(x509.ExtensionNotFound):
        return certificate.extensions.get_extension_for_class(kind).value
    return None
