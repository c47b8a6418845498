"""Strict JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.json_documents import dump, parse


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('{"a": 1,}', "JSN001"),
        ('{"a": 1, "a": 2}', "JSN002"),
        ('{"x": {"a": 1, "a": 2}}', "JSN002"),
        ("[NaN]", "JSN001"),
        ("[-Infinity]", "JSN001"),
        ("[" * 65 + "]" * 65, "JSN003"),
        ('{"a":' * 100_000, "JSN003"),
        (b"\xff\xfe", "JSN001"),
        ("", "JSN001"),
        ("9" * 5000, "JSN001"),
        ('["\\ud800"]', "JSN001"),
        ('["\\ud83d x \\ude00"]', "JSN001"),
        ('{"\\uDC00": 1}', "JSN001"),
    ],
)
def test_what_is_not_strict_json_is_refused(source: str | bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(source, "doc.json")
    assert caught.value.code == code


def test_a_whole_character_may_be_escaped_and_so_may_a_backslash() -> None:
    assert parse(r'["\ud83d\ude00 \\ud800 \u00e9"]', "doc.json") == ["😀 \\ud800 é"]


def test_half_a_character_has_its_line() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse('[\n"\\ud83d\\ude00",\n"\\ud800"]', "doc.json")
    assert caught.value.location is not None
    assert (caught.value.location.line, caught.value.obtained) == (3, "\\ud800")


def test_brackets_inside_texts_are_not_depth() -> None:
    text = '"' + "[{" * 200 + '\\"' + '"'
    assert parse(f"[{text}]", "doc.json") == [json.loads(text)]


def test_the_deepest_allowed_document_is_read() -> None:
    assert parse("[" * 64 + "]" * 64, "doc.json")


def test_a_syntax_error_has_its_place() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse('{\n  "a": oops\n}', "doc.json")
    assert caught.value.location is not None
    assert (caught.value.location.line, caught.value.location.column) == (2, 8)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)
def test_what_is_dumped_is_read_back(data: object) -> None:
    assert parse(dump(data), "doc.json") == data


@given(st.binary())
def test_any_bytes_are_data_or_a_told_error(source: bytes) -> None:
    try:
        parse(source, "doc.json")
    except InvalidInput as error:
        assert error.code.startswith("JSN")
