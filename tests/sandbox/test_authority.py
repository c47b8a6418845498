"""The authority and its certificates, as another implementation reads them."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mes_conformity.sandbox.authority import Authority, write_pair


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
