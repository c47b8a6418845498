import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import signing_samples as certificates
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.dossier import container, keys, seal, signing
from mes_conformity.dossier.keys import Signer, load_trust
from mes_conformity.dossier.verify import Verification, verify_bytes
from mes_conformity.foundation.errors import AuthError, InvalidInput

patient = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CHAIN_KEY, ROOT = certificates.authority()
LEAF = certificates.certify("Laboratoire Fictif", KEY, "Autorité fictive", CHAIN_KEY)


@pytest.fixture(scope="session")
def signed(sealed: bytes) -> bytes:
    return signing.sign(sealed, Signer(KEY, (LEAF, ROOT)))


@pytest.fixture(scope="session")
def plain(sealed: bytes) -> bytes:
    return signing.sign(sealed, Signer(KEY))


def judge(raw: bytes, trust: bytes | None = None) -> Verification:
    return verify_bytes(raw, "x", load_trust(trust, "trust.pem") if trust else None)


def resealed(raw: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The envelope changed, written as the program writes it."""
    files = dict(container.unpack(raw))
    envelope = json.loads(files["seal.json"])
    change(envelope)
    files["seal.json"] = (json.dumps(envelope, indent=2, ensure_ascii=False) + "\n").encode()
    return container.pack(files)


def test_pae_is_that_of_the_specification() -> None:
    """The example of DSSE protocol v1.0.0."""
    assert seal.pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_the_signature_holds_for_any_dsse_reader(plain: bytes) -> None:
    envelope = json.loads(container.unpack(plain)["seal.json"])
    body = base64.b64decode(envelope["payload"], validate=True)
    signature = envelope["signatures"][0]
    encoded = b"DSSEv1 %d %s %d %s" % (28, b"application/vnd.in-toto+json", len(body), body)
    KEY.public_key().verify(base64.b64decode(signature["sig"]), encoded)
    assert signature["keyid"] == keys.key_id(keys.spki(KEY.public_key()))


def test_a_signed_dossier_is_intact_and_says_who(signed: bytes) -> None:
    result = judge(signed)
    assert result.verdict == "intact"
    assert result.signature is not None
    assert result.signature.subject == "CN=Laboratoire Fictif"
    assert result.signature.issuer == "CN=Autorité fictive"
    assert result.signature.trusted is None


def test_signing_twice_gives_the_same_bytes(sealed: bytes, plain: bytes) -> None:
    assert signing.sign(sealed, Signer(KEY)) == plain
    assert signing.sign(plain, Signer(KEY)) == plain


def test_signing_leaves_the_manifest_alone(sealed: bytes, signed: bytes) -> None:
    assert container.unpack(sealed)["dossier.json"] == container.unpack(signed)["dossier.json"]


@given(data=st.data())
@patient
def test_any_other_byte_of_a_signed_dossier_is_seen(signed: bytes, data: st.DataObject) -> None:
    start = signed.rindex(b'"payloadType"')
    at = data.draw(st.one_of(st.integers(start, len(signed) - 1), st.integers(0, len(signed) - 1)))
    mutated = bytearray(signed)
    mutated[at] ^= data.draw(st.integers(1, 255))
    assert judge(bytes(mutated)).verdict == "altered"


@pytest.mark.parametrize(
    "change",
    [
        lambda envelope: envelope["signatures"].clear(),
        lambda envelope: envelope["signatures"].append(envelope["signatures"][0]),
        lambda envelope: envelope["signatures"][0].update(keyid="0" * 64),
        lambda envelope: envelope["signatures"][0].update(sig="AAAA"),
        lambda envelope: envelope["signatures"][0].update(sig="é"),
        lambda envelope: envelope["signatures"][0].update(public_key="AAAA"),
        lambda envelope: envelope["signatures"][0].update(more=1),
        lambda envelope: envelope["signatures"][0].update(certificates=["AAAA"]),
        lambda envelope: envelope["signatures"][0].update(certificates=["AAAA"] * 20),
        lambda envelope: envelope["signatures"][0].pop("certificates"),
        lambda envelope: envelope["signatures"][0]["certificates"].pop(),
        lambda envelope: envelope.update(payload="e30="),
        lambda envelope: envelope.update(payloadType="text/plain"),
        lambda envelope: envelope.update(signatures=7),
    ],
)
def test_an_envelope_that_was_touched_is_refused(signed: bytes, change: Callable[..., None]) -> None:
    result = judge(resealed(signed, change))
    assert result.verdict == "altered"
    assert {finding.path for finding in result.findings} == {"seal.json"}
    assert {finding.code for finding in result.findings} <= {"DOS013", "DOS030"}


def test_a_wrong_signature_is_named(plain: bytes) -> None:
    wrong = base64.b64encode(bytes(64)).decode()
    result = judge(resealed(plain, lambda envelope: envelope["signatures"][0].update(sig=wrong)))
    assert [finding.code for finding in result.findings] == ["DOS030"]


def test_a_signature_cannot_move_to_another_dossier(plain: bytes, sealed: bytes) -> None:
    files = dict(container.unpack(sealed))
    files["dossier.json"] = files["dossier.json"].replace(b"Glyco", b"Autre")
    files["seal.json"] = container.unpack(plain)["seal.json"]
    assert judge(container.pack(files)).verdict == "altered"


def test_a_trusted_key_is_accepted(plain: bytes) -> None:
    result = judge(plain, keys.public_pem(KEY))
    assert result.signature is not None
    assert result.signature.trusted is True
    assert result.findings == ()


def test_another_key_is_not_accepted(plain: bytes) -> None:
    result = judge(plain, keys.public_pem(Ed25519PrivateKey.generate()))
    assert result.verdict == "intact"
    assert [finding.code for finding in result.findings] == ["DOS032"]


def test_an_unsigned_dossier_is_not_accepted_where_a_signature_is_demanded(sealed: bytes) -> None:
    result = judge(sealed, keys.public_pem(KEY))
    assert result.verdict == "intact_unsigned"
    assert [finding.code for finding in result.findings] == ["DOS031"]


@pytest.mark.parametrize("chain", [(LEAF, ROOT), (LEAF,)])
def test_whoever_an_authority_certifies_is_accepted(sealed: bytes, chain: tuple[bytes, ...]) -> None:
    raw = signing.sign(sealed, Signer(KEY, chain))
    assert judge(raw, certificates.pem(ROOT)).findings == ()
    assert judge(raw, certificates.pem(LEAF)).findings == ()
    _key, other = certificates.authority()
    assert [finding.code for finding in judge(raw, certificates.pem(other)).findings] == ["DOS032"]


def test_certificates_must_go_with_the_key_and_the_date(sealed: bytes) -> None:
    other = Ed25519PrivateKey.generate()
    late = certificates.certify("X", KEY, "Autorité fictive", CHAIN_KEY, until=datetime(2026, 2, 1, tzinfo=UTC))
    bad_issuer = certificates.certify("Y", other, "Z", other)
    under = certificates.certify("X", KEY, "Y", other)
    for key, chain in ((other, (LEAF,)), (KEY, (late,)), (KEY, (LEAF, LEAF)), (KEY, (under, bad_issuer))):
        with pytest.raises(InvalidInput):
            signing.sign(sealed, Signer(key, chain))
    with pytest.raises(InvalidInput):
        signing.sign(sealed, Signer(KEY, (LEAF,) * 9))


def test_keys_are_read_with_their_passphrase() -> None:
    for passphrase in (None, b"secret-fictif"):
        pem = keys.new_key(passphrase)
        assert keys.encrypted(pem) is (passphrase is not None)
        assert keys.load_key(pem, passphrase, "k")
    with pytest.raises(AuthError) as caught:
        keys.load_key(keys.new_key(b"a"), b"b", "k")
    assert caught.value.code == "SIG001"


def test_what_is_no_ed25519_key_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(AuthError) as caught:
        keys.load_key(pem, None, "k")
    assert caught.value.code == "SIG002"
    with pytest.raises(AuthError):
        keys.load_key(b"hello", None, "k")


@pytest.mark.parametrize("pem", [b"", b"hello", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"])
def test_a_trust_file_without_a_key_is_refused(pem: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_trust(pem, "t")
    assert caught.value.code == "SIG004"


def test_a_chain_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        keys.load_chain(b"hello", "c")
    assert caught.value.code == "SIG003"


def test_a_dossier_of_the_first_version_is_read(tmp_path: Path) -> None:
    """Sealed before exchanges were chained and dossiers signed."""
    raw = (Path(__file__).parent / "data" / "format-1-first.mesdossier.zip").read_bytes()
    assert verify_bytes(raw, "x", deep=True).verdict == "intact_unsigned"
    assert verify_bytes(signing.sign(raw, Signer(KEY)), "x", deep=True).verdict == "intact"
