"""Lists in XLSX: merged cells, saved values, hostile archives."""

import io
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.catalogue import listing, spreadsheet
from mes_conformity.catalogue.listing import read_listing
from mes_conformity.foundation.errors import InvalidInput


def saved(workbook):
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def workbook(*rows, merges=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for merge in merges:
        book.active.merge_cells(merge)
    return saved(book)


def rows(source):
    return [(row.line, row.cells) for row in read_listing(source, "list.xlsx").sheets[0].rows]


def refused(source):
    with pytest.raises(InvalidInput) as caught:
        read_listing(source, "list.xlsx")
    return caught.value.code


def changed(source, part, change):
    """The workbook with one part of its archive rewritten."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(info.filename, change(content) if info.filename == part else content)
    return stream.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_are_read_as_they_are_seen():
    cells = ("INS 45", 45.0, 1.5, True, date(2026, 1, 2), None, "é")
    assert rows(workbook(cells)) == [(1, ("INS 45", "45", "1.5", "oui", "2026-01-02", "", "é"))]


def test_a_merged_value_stands_in_each_of_its_cells():
    source = workbook(("A", None, "x"), (None, None, "y"), (None, None, None), ("B", "b", "z"), merges=("A1:B3",))
    assert rows(source) == [(1, ("A", "A", "x")), (2, ("A", "A", "y")), (4, ("B", "b", "z"))]


def test_a_range_merged_to_the_end_of_the_sheet_costs_nothing():
    source = workbook(("A", "x"))
    merge = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    source = changed(source, SHEET, lambda text: text.replace(b"</sheetData>", b"</sheetData>" + merge))
    assert rows(source)[0][1][:3] == ("A", "x", "A")


def test_a_formula_without_its_value_is_told():
    (row,) = read_listing(workbook(("a", "=1+1")), "list.xlsx").sheets[0].rows
    assert (row.cells, row.lost) == (("a",), True)


def test_a_formula_gives_the_value_it_was_saved_with():
    source = workbook(("a", "=1+1"))
    source = changed(source, SHEET, lambda text: text.replace(b"<v></v>", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>")
                     .replace(b"<v />", b"<v>2</v>"))  # fmt: skip
    (row,) = read_listing(source, "list.xlsx").sheets[0].rows
    assert (row.cells, row.lost) == (("a", "2"), False)


def test_hidden_sheets_are_named_and_not_read():
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.create_sheet("Cachée").sheet_state = "hidden"
    found = read_listing(saved(book), "list.xlsx")
    assert [sheet.name for sheet in found.sheets] == ["Sheet"]
    assert found.remarks[0]["fr"] == "feuille masquée, non lue : « Cachée »"


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    ],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml"])
def test_a_document_type_is_refused_wherever_it_stands(doctype, part):
    def spoil(text):
        head, mark, rest = text.partition(b"?>")
        return head + mark + doctype + rest if mark else doctype + text

    assert refused(changed(workbook(("a",)), part, spoil)) == "LST003"


def test_an_archive_that_unpacks_too_far_is_refused(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MAX_UNPACKED", 100_000)
    assert refused(changed(workbook(("a",)), SHEET, lambda text: text + b" " * 1_000_000)) == "LST002"


def test_an_archive_of_too_many_parts_is_refused(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MAX_PARTS", 3)
    assert refused(workbook(("a",))) == "LST002"


def test_too_many_sheets_are_refused(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MAX_SHEETS", 1)
    book = openpyxl.Workbook()
    book.create_sheet("b")
    assert refused(saved(book)) == "LST002"


def test_a_cell_too_far_right_is_refused_rather_than_forgotten():
    book = openpyxl.Workbook()
    book.active["XFD1"] = "x"
    assert refused(saved(book)) == "LST002"


@pytest.mark.parametrize("name", ["MAX_CELL", "MAX_CHARACTERS"])
def test_one_text_repeated_in_every_cell_is_refused(monkeypatch, name):
    module = spreadsheet if name == "MAX_CELL" else listing
    monkeypatch.setattr(module, name, 100)
    assert refused(workbook(("x" * 401, "x" * 401))) == "LST002"


def test_too_many_rows_are_refused():
    assert refused(workbook(*(("a",) for _ in range(20_001)))) == "LST002"


def _archive(name, content=b"<a/>"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    "source",
    [
        b"PK\x03\x04 not an archive",
        _archive("word/document.xml"),
        _archive("[Content_Types].xml"),
        _archive("[Content_Types].xml", b"<a"),
        _archive("[Content_Types].xml", b"<a>" * 10_000),
        changed(workbook(("a",)), SHEET, lambda text: text[:80]),
        changed(workbook(("a",)), "xl/workbook.xml", lambda text: text.replace(b"sheetId", b"sheetIx")),
    ],
    ids=["torn", "word", "empty", "xml", "deep", "cut", "sheet"],
)
def test_what_is_no_workbook_is_refused(source):
    assert refused(source) == "LST001"


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_refused(place, noise):
    source = bytearray(_SOUND)
    source[place % len(source) : place % len(source) + len(noise)] = noise
    try:
        read_listing(bytes(source), "list.xlsx")
    except InvalidInput as error:
        assert error.code.startswith("LST")


_SOUND = workbook(("N° exigence", "Énoncé"), ("A 1", "Le système DOIT."), merges=("A3:B4",))


@pytest.mark.parametrize(
    ("reference", "place"), [("A1", (1, 1)), ("AA10", (10, 27)), ("XFD1", (1, 16384)), ("a", None)]
)
def test_places_are_counted_from_one(reference, place):
    assert spreadsheet._place(reference) == place
