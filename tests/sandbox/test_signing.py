"""Tokens: our own are recognised, no other."""

import pytest

from mes_conformity.sandbox.signing import Signer, unverified_claims


def test_a_signer_recognises_its_own_tokens_twice() -> None:
    signer = Signer("cle")
    token = signer.sign({"sub": "a"})
    assert signer.claims(token) == signer.claims(token) == {"sub": "a"}


@pytest.mark.parametrize("signature", ["other_key", "none"])
def test_a_signer_refuses_what_it_did_not_sign(signature: str) -> None:
    signer = Signer("cle")
    assert signer.claims(signer.sign({"sub": "a"}, signature)) is None


def test_two_signers_do_not_trust_each_other() -> None:
    assert Signer("cle").claims(Signer("cle").sign({"sub": "a"})) is None


def test_memory_is_bounded() -> None:
    signer = Signer("cle")
    tokens = [signer.sign({"n": number}) for number in range(600)]
    assert [signer.claims(token) for token in tokens] == [{"n": number} for number in range(600)]
    assert len(signer._known) == 512


def test_unverified_claims_are_those_stated() -> None:
    assert unverified_claims(Signer("cle").sign({"sub": "a"}, "none")) == {"sub": "a"}


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "a.é.c", "a.WzFd.c", "a." + "W1tb" * 50_000 + ".c"])
def test_what_states_nothing_is_none(token: str) -> None:
    assert unverified_claims(token) is None
