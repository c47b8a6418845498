"""Lists in CSV: encodings, delimiters, limits, hostile text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.catalogue import listing
from mes_conformity.catalogue.listing import cleaned, read_listing
from mes_conformity.foundation.errors import InvalidInput

TEXT = "N° exigence;Énoncé\r\nINS 45;« Le système DOIT… »\r\n"


def rows(source, name="list.csv"):
    (sheet,) = read_listing(source, name).sheets
    return [(row.line, row.cells) for row in sheet.rows]


def refused(source, name="list.csv"):
    with pytest.raises(InvalidInput) as caught:
        read_listing(source, name)
    return caught.value


@pytest.mark.parametrize(
    ("source", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("cp1252"), "cp1252"),
        (TEXT.encode("utf-16"), "utf-16"),
    ],
)
def test_accents_survive_every_encoding(source, encoding):
    found = read_listing(source, "list.csv")
    assert found.encoding == encoding
    assert [row.cells for row in found.sheets[0].rows] == [
        ("N° exigence", "Énoncé"),
        ("INS 45", "« Le système DOIT… »"),
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    table = delimiter.join(("a", "b", "c")) + "\n" + delimiter.join(("1", '"x; y, z"', "3"))
    found = read_listing(table.encode(), "list.csv")
    assert found.delimiter == delimiter
    assert found.sheets[0].rows[1].cells == ("1", "x; y, z", "3")


def test_the_delimiter_that_excel_writes_is_used():
    assert rows(b"sep=,\r\na,b;c\r\n") == [(2, ("a", "b;c"))]


def test_a_single_column_is_a_list_too():
    assert rows("Énoncé\nUn\nDeux".encode()) == [(1, ("Énoncé",)), (2, ("Un",)), (3, ("Deux",))]


def test_a_line_is_the_one_where_the_row_starts():
    assert rows(b'a;b\n"1\n2";c\n\nd;e\n') == [(1, ("a", "b")), (2, ("1\n2", "c")), (5, ("d", "e"))]


def test_empty_rows_and_trailing_cells_are_left_out():
    assert rows(b"a;b;;\n;;;\n\nc;;d;\n") == [(1, ("a", "b")), (4, ("c", "", "d"))]


@pytest.mark.parametrize(
    ("cell", "text", "changed"),
    [
        ("  a\r\nb ", "a\nb", False),
        ("\x1b[31mrouge\x1b[0m", "rouge", True),
        ("\x1b]0;titre\x07a", "a", True),
        ("a\u202eb\u2066c\u200f", "abc", True),
        ("a\x00\x08b", "ab", True),
        ("a_x000D_b", "a\nb", False),
        ("<b onclick=x>gras</b>", "<b onclick=x>gras</b>", False),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", False),
        ("100\u00a0%", "100\u00a0%", False),
    ],
)
def test_what_controls_or_hides_is_taken_out_and_told(cell, text, changed):
    assert cleaned(cell) == (text, changed)


def test_a_cleaned_row_says_so():
    (sheet,) = read_listing("a;b\n\u202ec;d".encode(), "list.csv").sheets
    assert [row.cleaned for row in sheet.rows] == [False, True]


def test_bytes_of_no_encoding_are_told():
    found = read_listing(b"a;b\nc\x81;\xe9", "list.csv")
    assert found.sheets[0].rows[1].cells == ("c\ufffd", "é")
    assert found.remarks[0]["fr"] == "1 caractères n'ont pas pu être lus"


@pytest.mark.parametrize(
    "source",
    [b"\x00\x01\x02", b"\xff\xfea", b"\xd0\xcf\x11\xe0\xa1\xb1", b"PK\x03\x04"],
    ids=["nul", "utf16", "ole", "zip"],
)
def test_what_is_no_list_is_refused(source):
    assert refused(source).code == "LST001"


def test_quotes_that_never_close_are_refused_where_they_open():
    error = refused(b'a;b\nc;d\ne;"f\ng;h\n')
    assert (error.code, error.location.line) == ("LST001", 3)


@pytest.mark.parametrize(
    "source",
    [b"a;b\n" * 20_001, b";".join([b"a"] * 201), b"x" * (listing.MAX_BYTES + 1)],
    ids=["rows", "columns", "bytes"],
)
def test_every_limit_refuses_the_whole_file(source):
    assert refused(source).code == "LST002"


def test_the_limit_of_cells_counts_all_rows(monkeypatch):
    monkeypatch.setattr(listing, "MAX_CELLS", 5)
    assert refused(b"a;b\nc;d\ne;f\n").code == "LST002"


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(source):
    try:
        found = read_listing(source, "list.csv")
    except InvalidInput as error:
        assert error.code.startswith("LST")
    else:
        assert all(row.cells for sheet in found.sheets for row in sheet.rows)


@given(st.text())
def test_a_cleaned_text_is_clean(text):
    once, _changed = cleaned(text)
    assert cleaned(once) == (once, False)
    assert "\x1b" not in once
