"""What comes from outside acts on nobody, whatever it is made of."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.reporting.inert import LONGEST, anchor, brief, inert, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("simple", "simple"),
        ("été\n\t", "été\n\t"),
        ("a\x1bb", "a␛b"),
        ("a\x7fb", "a␡b"),
        ("a\u202eb", "a[U+202E]b"),
        ("\ud800", "[U+D800]"),
        ("\x9b", "[U+009B]"),
        ("\r", "␍"),
        ("\ufeff", "[U+FEFF]"),
        ("a\u2028b\u2029", "a[U+2028]b[U+2029]"),
        ("\uffff\ufdd0", "[U+FFFF][U+FDD0]"),
        ("\U0001fffe", "[U+1FFFE]"),
    ],
)
def test_what_would_act_is_made_visible(text: str, expected: str) -> None:
    assert inert(text) == expected


@given(st.text())
def test_nothing_that_acts_is_left(text: str) -> None:
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in inert(text) if c not in "\n\t")


@given(st.text())
def test_it_is_done_once(text: str) -> None:
    assert inert(inert(text)) == inert(text)


def test_right_to_left_letters_are_isolated_line_by_line() -> None:
    assert shown("a\nשלום b") == "a\n\u2068שלום b\u2069"
    assert shown("مرحبا") == "\u2068مرحبا\u2069"
    assert shown("été") == "été"


@given(st.text())
def test_an_isolate_is_always_closed_on_its_line(text: str) -> None:
    for line in shown(text).split("\n"):
        assert line.count("\u2068") == line.count("\u2069") <= 1


def test_a_word_of_a_million_letters_is_cut_and_counted() -> None:
    assert len(shown("A" * 1_000_000)) < 600
    assert shown("A" * 1_000_000).endswith("… [1000000]")
    assert shown(f"un {'A' * 3_000} mot").endswith("A… [3000] mot")


def test_a_text_that_is_only_long_is_left_as_it_is() -> None:
    text = "des mots " * 2_000
    assert shown(text) == text
    assert len(shown(text * 2)) < LONGEST + 20


def test_a_long_hostile_text_is_quick() -> None:
    start = time.perf_counter()
    inert("é\u202e\x1b\n" * 250_000)
    assert time.perf_counter() - start < 2


def test_brief_leaves_what_is_short() -> None:
    assert brief("abc", 3) == "abc"
    assert brief("abcd", 3) == "abc… [4]"


def test_an_anchor_is_readable_where_it_can_be() -> None:
    assert anchor("req", "x-ech-tls") == "req-x-ech-tls"


@given(st.text())
def test_an_anchor_is_always_an_id(text: str) -> None:
    assert anchor("req", text).replace("-", "").replace(".", "").replace("_", "").isalnum()
    assert anchor("req", text).isascii()


def test_two_names_that_are_none_have_two_anchors() -> None:
    assert anchor("req", "a b") != anchor("req", "a c")
