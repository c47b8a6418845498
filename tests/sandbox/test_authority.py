"""The authority and its certificates, as another implementation reads them."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from mes_conformity.sandbox.authority import CLIENT_STATES, Authority, write_pair


def test_a_certificate_is_for_this_machine_and_a_server() -> None:
    certificate = Authority().server().certificate
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)


def test_a_certificate_is_signed_by_its_authority() -> None:
    authority = Authority()
    issuer = x509.load_pem_x509_certificate(authority.pem)
    authority.server().certificate.verify_directly_issued_by(issuer)


def test_an_untrusted_certificate_is_signed_by_another() -> None:
    authority = Authority()
    issuer = x509.load_pem_x509_certificate(authority.pem)
    with pytest.raises(ValueError, match=r"."):
        authority.server("untrusted").certificate.verify_directly_issued_by(issuer)


def test_an_expired_certificate_was_valid_once() -> None:
    certificate = Authority().server("expired").certificate
    assert certificate.not_valid_before_utc < certificate.not_valid_after_utc
    assert certificate.not_valid_after_utc < Authority().server().certificate.not_valid_before_utc


def test_openssl_reads_the_pair(tmp_path: Path) -> None:
    write_pair(Authority().server(), tmp_path / "c.pem", tmp_path / "k.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")  # raises where the key is not the certificate's
    assert context.minimum_version <= ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize("state", CLIENT_STATES)
def test_client_states_differ_in_one_thing_each(state: str) -> None:
    authority = Authority()
    certificate = authority.client(state, "moi").certificate  # type: ignore[arg-type]
    use = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert (ExtendedKeyUsageOID.CLIENT_AUTH in use) == (state != "wrong")
    assert ("CN=moi" in certificate.subject.rfc4514_string()) == (state != "stranger")
    assert certificate.issuer == x509.load_pem_x509_certificate(authority.pem).subject
    assert (certificate.not_valid_after_utc < datetime.now(UTC)) == (state == "expired")


def test_a_revocation_list_names_what_it_is_given_and_is_signed() -> None:
    authority = Authority()
    issued = authority.client("revoked", "moi")
    listed = x509.load_pem_x509_crl(authority.revocations(issued))
    assert [entry.serial_number for entry in listed] == [issued.certificate.serial_number]
    assert listed.is_signature_valid(x509.load_pem_x509_certificate(authority.pem).public_key())  # type: ignore[arg-type]
