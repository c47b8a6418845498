"""A certification authority for one sandbox, and the certificate of its server (EC P-256, RFC 5280).

The validity follows the machine's clock, not the clock of the environment: the client that checks it reads the
machine's, and a fixed clock would make a certificate that nobody accepts.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mes_conformity.sandbox.behaviour import Certificate

ClientState = Literal["valid", "wrong", "stranger", "expired", "revoked", "unknown"]
CLIENT_STATES: tuple[ClientState, ...] = ("valid", "wrong", "stranger", "expired", "revoked", "unknown")
CLIENT_UNIT = "bac-a-sable-fictif"
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with the key it certifies."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Authority:
    """Signs server certificates; its own certificate is what a client trusts."""

    def __init__(self, name: str = "Autorité fictive du bac à sable mes-conformity") -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        builder = _builder(subject, subject, key, datetime.now(UTC) - timedelta(hours=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        self._issued = Issued(builder.sign(key, hashes.SHA256()), key)

    @property
    def pem(self) -> bytes:
        """The certificate of the authority."""
        return self._issued.certificate.public_bytes(serialization.Encoding.PEM)

    def server(self, kind: Certificate = "sound") -> Issued:
        """A certificate for 127.0.0.1 and localhost, or one that is wrong in one way."""
        signer = Authority(name="Autorité inconnue")._issued if kind == "untrusted" else self._issued
        key = ec.generate_private_key(ec.SECP256R1())
        start = _start(expired=kind == "expired")
        name = "ailleurs.invalid" if kind == "other_name" else "localhost"
        alternatives: list[x509.GeneralName] = [x509.DNSName(name)]
        if kind != "other_name":
            alternatives.append(x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")))
        authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
        builder = _builder(_name(name), signer.certificate.subject, key, start)
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(authority_id, critical=False)
        return Issued(builder.sign(signer.key, hashes.SHA256()), key)

    def client(self, state: ClientState, name: str) -> Issued:
        """A certificate for the client `name` (its common name, under the unit CLIENT_UNIT), in one of CLIENT_STATES:
        valid, for a server instead of a client (wrong), of nobody known (stranger), expired, revoked (see
        `revocations`), or unknown, which is up to who signs: ask another authority."""
        signer = self._issued
        key = ec.generate_private_key(ec.SECP256R1())
        units = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, CLIENT_UNIT)]
        common = "service-inconnu" if state == "stranger" else name
        subject = x509.Name([*units, x509.NameAttribute(NameOID.COMMON_NAME, common)])
        builder = _builder(subject, signer.certificate.subject, key, _start(expired=state == "expired"))
        use = ExtendedKeyUsageOID.SERVER_AUTH if state == "wrong" else ExtendedKeyUsageOID.CLIENT_AUTH
        authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        builder = builder.add_extension(authority_id, critical=False)
        return Issued(builder.sign(signer.key, hashes.SHA256()), key)

    def revocations(self, *revoked: Issued) -> bytes:
        """A revocation list (RFC 5280, §5) that names these certificates, in PEM."""
        now = datetime.now(UTC) - timedelta(minutes=5)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._issued.certificate.subject)
        builder = builder.last_update(now).next_update(now + _YEAR)
        for issued in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(issued.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(now).build())
        return builder.sign(self._issued.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _start(*, expired: bool) -> datetime:
    return datetime.now(UTC) - (2 * _YEAR if expired else timedelta(hours=1))


def write_pair(issued: Issued, certificate: Path, key: Path) -> None:
    """Write both as PEM, in a folder that only the user reads."""
    certificate.write_bytes(issued.certificate.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        issued.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, start: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _YEAR)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
