"""Digests: one byte form of data."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation.digests import canonical, digest, sha256, sha256_file

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, the example "abc"


def test_sha256_is_the_published_one(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256(b"abc") == sha256_file(tmp_path / "abc") == ABC


def test_the_order_of_keys_does_not_count() -> None:
    assert canonical({"b": 1, "a": "é"}) == canonical({"a": "é", "b": 1}) == '{"a":"é","b":1}'.encode()


def test_a_whole_float_is_its_integer() -> None:
    assert digest({"v": 70.0}) == digest({"v": 70})
    assert digest([1.5]) != digest([1])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical([value])


def test_a_key_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical({1: "a"})


json_data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=12,
)


@given(json_data)
def test_a_round_trip_through_json_keeps_the_digest(data: object) -> None:
    assert digest(json.loads(json.dumps(data))) == digest(data)


@given(json_data, json_data)
def test_different_data_have_different_forms(one: object, other: object) -> None:
    same = json.loads(canonical(one)) == json.loads(canonical(other))
    assert (canonical(one) == canonical(other)) <= same
