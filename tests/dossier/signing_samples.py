"""Keys and certificates made for a test."""

from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certify(
    subject: str, key: Any, issuer: str, issuer_key: Any, *, ca: bool = False, until: datetime = UNTIL
) -> bytes:
    """A certificate (DER) for `key`, by `issuer`."""
    builder = x509.CertificateBuilder(name(issuer), name(subject), key.public_key(), 7, FROM, until)
    builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
    return builder.sign(issuer_key, None).public_bytes(Encoding.DER)


def pem(*chain: bytes) -> bytes:
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM) for der in chain)


def authority() -> tuple[Any, bytes]:
    """A key and its self-signed certificate."""
    key = Ed25519PrivateKey.generate()
    return key, certify("Autorité fictive", key, "Autorité fictive", key, ca=True)
