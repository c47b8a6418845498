"""Certificates made here for the purpose; those of the defects are judged in tests/harness/test_defects.py."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from file_samples import DAY, broken, sample

from mes_conformity.validators.artefact import judge

SOUND = sample("certificate", "chaine-client.pem")
CA_KEY = ec.generate_private_key(ec.SECP256R1())
KEY = ec.generate_private_key(ec.SECP256R1())
CA_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Autorité (fictive)")])
BEGIN, END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def usage(*, certify: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=certify, crl_sign=certify, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def authority(pathlen: int | None = None, subject: x509.Name = CA_NAME) -> bytes:
    builder = _builder(subject, CA_KEY.public_key(), BEGIN, END)
    builder = builder.add_extension(x509.BasicConstraints(True, pathlen), True).add_extension(usage(certify=True), True)
    return builder.sign(CA_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _builder(subject: x509.Name, key: object, begin: dt.datetime, end: dt.datetime) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(CA_NAME).serial_number(7)
    return builder.public_key(key).not_valid_before(begin).not_valid_after(end)  # type: ignore[arg-type]


def service(
    key: object = None, begin: dt.datetime = BEGIN, end: dt.datetime = END, *, server: bool = False, ocsp: bool = True
) -> bytes:
    subject = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "EXEMPLE"),
        x509.NameAttribute(NameOID.COMMON_NAME, "service.exemple.invalid"),
    ])  # fmt: skip
    builder = _builder(subject, key or KEY.public_key(), begin, end)
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = builder.add_extension(usage(), True).add_extension(x509.ExtendedKeyUsage([purpose]), False)
    if server:
        names = x509.SubjectAlternativeName([x509.DNSName("service.exemple.invalid")])
        builder = builder.add_extension(names, False)
    if ocsp:
        where = x509.UniformResourceIdentifier("http://ocsp.exemple.invalid/")
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, where)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), False)
    return builder.sign(CA_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_a_signature_by_an_unknown_algorithm_is_said_not_to_be_judged() -> None:
    der = x509.load_pem_x509_certificate(service()).public_bytes(serialization.Encoding.DER)
    foreign = der.replace(bytes.fromhex("2a8648ce3d040302"), bytes.fromhex("2a8648ce3d04037f"))
    pem = x509.load_der_x509_certificate(foreign).public_bytes(serialization.Encoding.PEM)
    found = [item for item in judge("certificate", pem + authority(), judged_on=DAY) if item.unjudged]
    assert [(item.unjudged, item.obtained) for item in found] == [(("certificate/signature",), "1.2.840.10045.4.3.127")]


def test_a_sound_chain_has_no_fault() -> None:
    assert judge("certificate", SOUND.encode(), judged_on=DAY) == []


@pytest.mark.parametrize("server", [False, True])
def test_a_client_and_a_server_certificate_are_sound(server: bool) -> None:
    assert broken("certificate", service(server=server) + authority()) == []


@pytest.mark.parametrize(
    ("day", "severity", "rules"),
    [
        ("2026-01-01", "error", []),
        ("2025-12-31", "error", []),
        ("2025-12-30", "error", ["validity"]),
        ("2029-12-15", "warning", ["validity"]),
        ("2029-11-01", "warning", []),
        ("2030-01-02", "error", ["validity"]),
        (None, "information", ["validity"]),
        ("hier", "information", ["validity"]),
    ],
)
def test_the_day_of_the_judgement_is_given(day: str | None, severity: str, rules: list[str]) -> None:
    assert broken("certificate", service() + authority(), severity, day) == rules


@pytest.mark.parametrize(
    ("key", "severity", "rules"),
    [
        (rsa.generate_private_key(65537, 2048).public_key(), "warning", ["key-size"]),
        (rsa.generate_private_key(65537, 3072).public_key(), "warning", []),
        (ed25519.Ed25519PrivateKey.generate().public_key(), "error", []),
        (dsa.generate_private_key(2048).public_key(), "error", ["key-size"]),
    ],
    ids=["rsa-2048", "rsa-3072", "ed25519", "dsa"],
)
def test_a_key_is_judged_by_its_kind_and_size(key: object, severity: str, rules: list[str]) -> None:
    assert broken("certificate", service(key) + authority(), severity) == rules


def test_the_order_of_the_chain_counts() -> None:
    parts = [part + "-----END CERTIFICATE-----\n" for part in SOUND.split("-----END CERTIFICATE-----\n")[:-1]]
    assert "chain" in broken("certificate", "".join(reversed(parts)))
    assert broken("certificate", parts[0] + parts[2]) == ["chain"]


def test_an_authority_signs_no_deeper_than_it_may() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Au-dessus (fictive)")])
    assert "authority" in broken("certificate", service() + authority(0) + authority(0, name))
    assert "authority" not in broken("certificate", service() + authority(0))


def test_a_certificate_without_ocsp_nor_crl_is_told() -> None:
    assert broken("certificate", service(ocsp=False) + authority()) == ["revocation"]


@pytest.mark.parametrize(
    "raw", [b"", b"\xff", b"bonjour", SOUND.encode()[:400], service() * 11, SOUND.replace("MII", "AAA").encode()]
)
def test_what_holds_no_readable_chain_is_unreadable(raw: bytes) -> None:
    assert [finding.rule for finding in judge("certificate", raw, judged_on=DAY)] == ["artefact/readable"]
