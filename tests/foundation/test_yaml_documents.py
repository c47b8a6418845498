"""Strict YAML: what is refused, where it is refused, and the scalars of YAML 1.2."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation import yaml_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.yaml_documents import dump, parse, read


def refused(source: str | bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse(source, "doc.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2026-11-22", "2026-11-22"),
        ("1.10", "1.10"),
        ("2.00", "2.00"),
        ("1.5.2", "1.5.2"),
        ("1.5", 1.5),
        ("70.0", 70.0),
        ("-3", -3),
        ("1e3", 1000.0),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        (".inf", ".inf"),
        ("1e999", "1e999"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("9" * 500, "9" * 500),
        ("<<", "<<"),
    ],
)
def test_scalars_follow_yaml_1_2(source: str, value: Any) -> None:
    data = parse(f"key: {source}", "doc.yaml").data["key"]
    assert data == value
    assert type(data) is type(value)


@pytest.mark.parametrize(
    ("source", "code", "line", "column"),
    [
        ("a: 1\na: 2", "YAM009", 2, 1),
        ("a: &x 1", "YAM003", 1, 4),
        ("a: 1\nb: *x", "YAM003", 2, 4),
        ("a: &x [1]", "YAM003", 1, 4),
        ("&x a: 1", "YAM003", 1, 1),
        ("a: !!python/object/apply:os.system [ls]", "YAM002", 1, 4),
        ("a: !foo b", "YAM002", 1, 4),
        ("a: 1\n---\nb: 2", "YAM005", 2, 1),
        ("? [a, b]\n: 1", "YAM008", 1, 3),
        ("a:\n  - b\n c: 1", "YAM001", 3, 2),
        ("a: [1, 2", "YAM001", 2, 1),
        ("a: 'x", "YAM001", 1, 6),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(source: str, code: str, line: int, column: int) -> None:
    error = refused(source)
    assert error.code == code
    assert error.location is not None
    assert (error.location.line, error.location.column) == (line, column)


def test_depth_is_bounded() -> None:
    assert refused("[" * 65 + "]" * 65).code == "YAM004"
    assert parse("[" * 64 + "]" * 64, "doc.yaml").data


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_documents, "MAX_BYTES", 10)
    assert refused("a: 1234567890").code == "YAM007"


def test_another_encoding_is_refused_with_its_line() -> None:
    error = refused("a: 1\nb: é".encode("cp1252"))
    assert error.code == "YAM006"
    assert error.location is not None
    assert error.location.line == 2


def test_a_control_character_is_refused() -> None:
    assert refused("a: \x07").code == "YAM001"


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse(b"\xef\xbb\xbfa: 1", "doc.yaml").data == {"a": 1}


def test_an_empty_file_is_nothing() -> None:
    document = parse("", "doc.yaml")
    assert document.data is None
    assert document.locate(("a",)).line == 1


def test_a_value_knows_its_place() -> None:
    document = parse("a:\n  - b: 1\n  - c:\n      d: 2\n", "doc.yaml")
    assert (document.locate(("a", 1, "c", "d")).line, document.locate(("a", 1, "c", "d")).column) == (4, 10)
    assert document.locate(("a", 1, "c"), key=True).line == 3
    assert document.locate(("a", 1, "c")).pointer == "/a/1/c"


def test_an_unknown_place_is_the_nearest_parent() -> None:
    document = parse("a:\n  - b: 1\n", "doc.yaml")
    assert document.locate(("a", 7, "x")).line == 2
    assert document.locate(("z",)).line == 1
    assert document.locate(("a", 0, "b", "deep")).line == 2


def test_the_digest_is_of_the_bytes() -> None:
    assert parse("a: 1", "x").sha256 == parse(b"a: 1", "y").sha256
    assert parse("a: 1", "x").sha256 != parse("a:  1", "x").sha256


def test_a_file_is_read_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: é", encoding="utf-8")
    document = read(tmp_path / "a.yaml", name="a.yaml")
    assert document.data == {"a": "é"}
    assert document.name == "a.yaml"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path / "none.yaml")
    assert caught.value.code == "STO002"


json_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_data)
def test_what_is_dumped_is_read_back(data: Any) -> None:
    assert parse(dump(data), "doc.yaml").data == data


@given(st.text())
def test_any_text_is_data_or_a_told_error(source: str) -> None:
    try:
        parse(source, "doc.yaml")
    except InvalidInput as error:
        assert error.code.startswith("YAM")
        assert error.location is not None


@given(st.binary())
def test_any_bytes_are_data_or_a_told_error(source: bytes) -> None:
    try:
        parse(source, "doc.yaml")
    except InvalidInput as error:
        assert error.code.startswith("YAM")


def test_a_dump_keeps_the_order_and_quotes_what_others_would_misread() -> None:
    text = dump({"b": "no", "a": ["12:30", "é"], "c": "two\nlines\n", "d": "1.10", "e": None, "f": "1.5"})
    assert text == "b: 'no'\na:\n- '12:30'\n- é\nc: |\n  two\n  lines\nd: '1.10'\ne: null\nf: '1.5'\n"
