"""An addendum is read only if no byte of it is free."""

import base64
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import review_samples as samples
import signing_samples as certificates
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.dossier import keys, seal
from mes_conformity.dossier.addenda import MAX_BYTES, Addendum, read, seal_up
from mes_conformity.dossier.keys import Signer
from mes_conformity.foundation import schemas
from mes_conformity.foundation.digests import canonical, digest
from mes_conformity.foundation.errors import InvalidInput

patient = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def signed(sealed: bytes) -> Addendum:
    return samples.asks(samples.opened(sealed))


@pytest.fixture(scope="module")
def unsigned(sealed: bytes) -> Addendum:
    return samples.asks(samples.opened(sealed), key=None)


def refusal(raw: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        read(raw, "x.mesaddendum.json")
    return caught.value.code


def rewritten(addendum: Addendum, change: Callable[[dict[str, Any]], None], *, own_digest: bool = True) -> bytes:
    """The statement changed, its digest made again, without any signature: what anybody can forge."""
    statement = json.loads(base64.b64decode(json.loads(addendum.raw)["payload"]))
    change(statement)
    if own_digest:
        del statement["predicate"]["id"]
        statement["predicate"]["id"] = digest(statement)
    return seal.envelope(canonical(statement))


def test_what_is_read_is_what_was_sealed(signed: Addendum) -> None:
    assert read(signed.raw, signed.path) == signed
    assert [item.id for item in signed.findings] == ["1.1", "1.2", "1.3"]
    assert signed.findings[0].seen.status == "non_conform"
    assert signed.findings[0].seen.cases == {"APP-04": "failed"}
    assert signed.findings[2].requirement is None


def test_the_same_words_give_the_same_bytes(sealed: bytes, signed: Addendum) -> None:
    assert samples.asks(samples.opened(sealed)).raw == signed.raw


def test_it_names_the_dossier_by_its_manifest_and_its_file(sealed: bytes, signed: Addendum) -> None:
    from mes_conformity.foundation.digests import sha256

    dossier = samples.opened(sealed)
    assert signed.subject.sha256 == sha256(sealed)
    assert signed.subject.manifest == sha256(dossier.files["dossier.json"])
    assert signed.subject.name == "glyco-suivi-2.4.1.mesdossier.zip"


def test_the_schema_is_published_and_holds_it(signed: Addendum) -> None:
    statement = json.loads(base64.b64decode(json.loads(signed.raw)["payload"]))
    assert schemas.errors(statement, "addendum-1") == []
    statement["predicate"]["findings"][0]["kind"] = "insulte"
    assert schemas.errors(statement, "addendum-1")


def test_the_signature_holds_for_any_dsse_reader(signed: Addendum) -> None:
    envelope = json.loads(signed.raw)
    body = base64.b64decode(envelope["payload"])
    encoded = b"DSSEv1 %d %s %d %s" % (28, b"application/vnd.in-toto+json", len(body), body)
    samples.EXPERT_KEY.public_key().verify(base64.b64decode(envelope["signatures"][0]["sig"]), encoded)
    assert signed.signature is not None
    assert signed.signature.keyid == keys.key_id(keys.spki(samples.EXPERT_KEY.public_key()))


def test_no_single_byte_of_a_signed_addendum_is_free(signed: Addendum) -> None:
    """Every byte, one bit of it flipped."""
    for place in range(len(signed.raw)):
        spoiled = bytearray(signed.raw)
        spoiled[place] ^= 1 << (place % 8)
        assert refusal(bytes(spoiled)).startswith("REV00")


@patient
@given(data=st.data())
def test_no_single_byte_of_an_unsigned_addendum_is_free(unsigned: Addendum, data: Any) -> None:
    place = data.draw(st.integers(0, len(unsigned.raw) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda byte: byte != unsigned.raw[place]))
    spoiled = unsigned.raw[:place] + bytes([value]) + unsigned.raw[place + 1 :]
    assert refusal(spoiled).startswith("REV00")


def test_truncated_inserted_and_added_bytes_are_refused(signed: Addendum, unsigned: Addendum) -> None:
    chance = random.Random(6)
    for addendum in (signed, unsigned):
        for _round in range(150):
            place = chance.randrange(len(addendum.raw))
            extra = bytes([chance.randrange(256)])
            assert refusal(addendum.raw[:place]).startswith("REV00")
            assert refusal(addendum.raw[:place] + extra + addendum.raw[place:]).startswith("REV00")
        assert refusal(addendum.raw + b"\n").startswith("REV00")


@patient
@given(raw=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: json.dumps({"payload": text}).encode()))
def test_anything_else_is_refused_without_a_traceback(raw: bytes) -> None:
    assert refusal(raw) == "REV001"


@pytest.mark.parametrize(
    "envelope",
    [
        b"[]",
        b'{"payload": 3}',
        b'{"payload": "\\u00e9"}',
        b'{"payload": "W10="}',
        b'{"payload": "e30=", "signatures": []}',
        b'{"payload": "Ilx1ZDgwMCI=", "signatures": []}',
        b'{"payload": "e30=", "signatures": [1, 2]}',
        b'{"payload": "%s", "signatures": []}' % base64.b64encode(b"[" * 100_000),
        b'{"payload": "%s", "signatures": []}' % base64.b64encode(b"9" * 10_000),
        b" " * (MAX_BYTES + 1),
    ],
    ids=range(10),
)
def test_hostile_envelopes_are_refused(envelope: bytes) -> None:
    assert refusal(envelope) in ("REV001", "REV003")


def test_a_changed_statement_is_altered_even_where_nobody_signed(unsigned: Addendum) -> None:
    raw = rewritten(unsigned, lambda data: data["predicate"].update(round=2), own_digest=False)
    assert refusal(raw) == "REV002"


def test_a_signature_cannot_be_taken_off(signed: Addendum) -> None:
    envelope = json.loads(signed.raw)
    assert refusal(seal.envelope(base64.b64decode(envelope["payload"]))) == "REV003"


def test_a_forged_statement_without_its_signer_is_only_unsigned(signed: Addendum) -> None:
    raw = rewritten(signed, lambda data: data["predicate"].pop("signer"))
    assert read(raw, "x").signature is None


def test_a_signature_cannot_be_hung_on(unsigned: Addendum) -> None:
    from mes_conformity.dossier import signing

    body = base64.b64decode(json.loads(unsigned.raw)["payload"])
    assert refusal(signing.envelope(body, Signer(samples.EXPERT_KEY))) == "REV003"


def test_the_signature_of_another_addendum_does_not_hold(signed: Addendum, sealed: bytes) -> None:
    other = samples.asks(samples.opened(sealed), at=samples.LATER)
    envelope = json.loads(signed.raw)
    envelope["signatures"] = json.loads(other.raw)["signatures"]
    assert refusal((json.dumps(envelope, indent=2) + "\n").encode()) == "REV003"


@pytest.mark.parametrize("at", ["2026-11-22T23:59:60Z", "2026-02-30T10:00:00Z", "2026-11-22"])
def test_a_date_that_does_not_exist_is_refused(unsigned: Addendum, at: str) -> None:
    assert refusal(rewritten(unsigned, lambda data: data["predicate"].update(at=at))) == "REV001"


def test_a_certificate_says_whose_key_it_is(unsigned: Addendum) -> None:
    root_key, root = certificates.authority()
    leaf = certificates.certify("Dr A. Roux", samples.EXPERT_KEY, "Autorité fictive", root_key)
    sealed = seal_up(unsigned, Signer(samples.EXPERT_KEY, (leaf, root)))
    assert sealed.signature is not None
    assert sealed.signature.subject == "CN=Dr A. Roux"


def test_a_certificate_that_had_ended_does_not_sign(unsigned: Addendum) -> None:
    root_key, root = certificates.authority()
    ended = datetime(2026, 2, 1, tzinfo=UTC)
    leaf = certificates.certify("Dr A. Roux", samples.EXPERT_KEY, "Autorité fictive", root_key, until=ended)
    with pytest.raises(InvalidInput) as caught:
        seal_up(unsigned, Signer(samples.EXPERT_KEY, (leaf, root)))
    assert caught.value.code == "SIG005"


def test_a_text_that_is_too_long_is_not_sealed(unsigned: Addendum) -> None:
    with pytest.raises(InvalidInput) as caught:
        seal_up(replace(unsigned, message="x" * 10_001), None)
    assert caught.value.code == "REV001"


def test_an_addendum_that_is_too_big_is_not_sealed(unsigned: Addendum) -> None:
    many = tuple(replace(unsigned.findings[0], id=f"1.{n}", statement="x" * 9_000) for n in range(1, 400))
    with pytest.raises(InvalidInput) as caught:
        seal_up(replace(unsigned, findings=many), None)
    assert caught.value.code == "REV001"
