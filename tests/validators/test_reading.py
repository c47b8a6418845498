from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators.reading import codings, is_number, is_under, is_uuid, oid_of, shown, text


@pytest.mark.parametrize(
    ("written", "oid"),
    [
        ("urn:oid:1.2.3", "1.2.3"),
        ("1.2.3", "1.2.3"),
        ("urn:oid:1.02.3", None),
        ("urn:oid:", None),
        ("3.1", None),
        ("1.2.3\n", None),
        (12, None),
        (None, None),
    ],
)
def test_an_oid_is_read_with_or_without_its_prefix(written: Any, oid: str | None) -> None:
    assert oid_of(written) == oid


def test_sub_oids_are_compared_by_whole_arcs() -> None:
    assert is_under("1.2.3", "1.2.3")
    assert is_under("1.2.3.4", "1.2.3")
    assert not is_under("1.2.34", "1.2.3")


def test_true_is_not_a_number() -> None:
    assert is_number(0)
    assert not is_number(True)
    assert not is_number("1")


def test_a_blank_text_is_none() -> None:
    assert text("  ") is None
    assert text(["x"]) is None
    assert text("x") == "x"


def test_only_a_bare_uuid_is_one() -> None:
    assert is_uuid("3bc44de3-069d-442d-829b-f3ef68cae371")
    assert not is_uuid("urn:uuid:3bc44de3-069d-442d-829b-f3ef68cae371")


def test_codings_of_anything_are_read() -> None:
    assert list(codings({"coding": [{"system": "s", "code": "c"}, "x"]})) == [(0, "s", "c"), (1, None, None)]
    assert list(codings([])) == []


def test_objects_and_lists_are_only_named() -> None:
    assert (shown({"a": 1}), shown([1]), shown(None)) == ("{…}", "[…]", None)


def test_a_number_too_long_to_be_written_is_only_told() -> None:
    assert shown(10**5000) == "…"


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans()))
def test_what_is_shown_is_short(value: Any) -> None:
    assert len(str(shown(value))) <= 80
