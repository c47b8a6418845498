"""JSON pointers: the examples of RFC 6901, §5, and a round trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation.pointers import from_pointer, resolve, to_pointer

DOCUMENT = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, " ": 7}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", DOCUMENT), ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/m~0n", 8), ("/ ", 7)],
)
def test_the_examples_of_the_rfc(pointer: str, value: object) -> None:
    assert resolve(DOCUMENT, pointer) == value


@pytest.mark.parametrize("pointer", ["/none", "/foo/2", "/foo/01", "/foo/x", "/foo/0/deep"])
def test_what_is_not_there_is_told(pointer: str) -> None:
    with pytest.raises(LookupError):
        resolve(DOCUMENT, pointer)


def test_a_pointer_starts_with_a_slash() -> None:
    with pytest.raises(ValueError, match="pointer"):
        from_pointer("foo")


@given(st.lists(st.text()))
def test_a_round_trip(steps: list[str]) -> None:
    assert list(from_pointer(to_pointer(steps))) == steps
