import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mes_conformity.reporting.encoding import dump, identifier, line, markdown, shown, visible

TEXTS = st.text(alphabet=st.characters(exclude_categories=()))


@given(TEXTS)
def test_json_reads_back_equal_and_hides_nothing(text: str) -> None:
    raw = dump({"a": [text]})
    assert json.loads(raw) == {"a": [text]}
    written = raw.decode().replace("\n", "").replace(" ", "")
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in written)


@given(TEXTS)
def test_any_text_is_xml_once_visible(text: str) -> None:
    element = etree.Element("x")
    element.text = visible(text)
    assert etree.fromstring(etree.tostring(element)).text in (visible(text), None)


def test_every_hidden_character_is_shown() -> None:
    hidden = [
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    assert [character for character in hidden if visible(character) == character] == ["\t", "\n"]


@pytest.mark.parametrize(
    ("raw", "told"),
    [("\x00", "\\x00"), ("\ud800", "\\ud800"), ("é\t\n", "é\t\n"), ("\x7f", "\\x7f"), ("\U000e0041", "\\U000e0041")],
)
def test_what_is_hidden_is_written(raw: str, told: str) -> None:
    assert visible(raw) == told


def test_shown_goes_into_lists_and_objects() -> None:
    assert shown({"a": ["\x1b", 1, None, ("\u202e",)]}) == {"a": ["\\x1b", 1, None, ["\\u202e"]]}


def test_an_identifier_is_always_the_same() -> None:
    assert identifier("a", "b") == identifier("a", "b") == "1ede9013-a5f5-5522-b100-44c5b0f47f26"
    assert identifier("ab") != identifier("a", "b")
    assert identifier("\ud800")


def test_a_line_is_one_line_and_never_empty() -> None:
    assert line(" a\n b\t") == "a b"
    assert line(" \n") == "–"


def test_markdown_says_just_that() -> None:
    assert markdown("[a](b) <b>*x*") == "\\[a\\](b) \\<b\\>\\*x\\*"
