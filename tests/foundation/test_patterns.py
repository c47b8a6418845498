"""Regular expressions from data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation import patterns


def test_found_somewhere_or_whole() -> None:
    assert patterns.found(r"b+", "abbc")
    assert not patterns.whole(r"b+", "abbc")
    assert patterns.whole(r"a(b|c)+", "abcb")


def test_a_hostile_pattern_ends_at_once() -> None:
    assert not patterns.whole(r"(a+)+", "a" * 50_000 + "b")


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "a" * 3_000, "(((a{100}){100}){100}){100}"])
def test_what_cannot_be_read_is_told(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        patterns.compiled(pattern)


def test_half_a_character_is_searched_as_a_question_mark() -> None:
    assert patterns.whole(r"a\?", "a\ud800")
    assert not patterns.found("b", "\udfff")


@given(st.text(max_size=60), st.text())
def test_any_pattern_is_read_or_told(pattern: str, text: str) -> None:
    try:
        patterns.found(pattern, text)
    except ValueError as error:
        assert str(error)
