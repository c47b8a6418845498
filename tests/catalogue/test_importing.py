"""Lists that become catalogues: round trips, hostile text, size, what is written and what is not."""

import csv
import io
import time

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.catalogue import importing
from mes_conformity.catalogue.drafting import Identity
from mes_conformity.catalogue.listing import cleaned
from mes_conformity.catalogue.loader import from_documents, load
from mes_conformity.foundation.errors import Conflict, InvalidInput

IDENTITY = Identity("liste", "1.0.0", "Ma liste", "ANS", "published", "a.csv", "0" * 64)
COLUMNS = ("Section", "N° exigence", "Énoncé", "N° preuve 1", "Preuve 1", "N° preuve 2", "Preuve 2")


def as_csv(rows, delimiter=";", encoding="utf-8"):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode(encoding)


def as_xlsx(rows):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Exigences")
    for row in rows:
        cells = []
        for text in row:
            cell = openpyxl.cell.WriteOnlyCell(sheet, text)
            cell.data_type = "s"  # a text, whatever it starts with
            cells.append(cell)
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def imported(source, name="a.csv", identity=IDENTITY):
    return importing.propose(importing.read(source, name), identity)


ROW = ("Sécurité", "SEC 1", "Le système DOIT authentifier.", "SEC 1.1", "Capture d'écran", "", "")


@pytest.mark.parametrize("write", [as_csv, as_xlsx], ids=["csv", "xlsx"])
def test_a_list_becomes_a_sound_catalogue(write):
    proposal = imported(write([COLUMNS, ROW]))
    assert proposal.sound
    assert {item.code for item in proposal.diagnostics} == {"CAT007"}


def test_official_needs_an_article():
    identity = Identity("liste", "1.0.0", "T", "ANS", "official", "a.csv", "0" * 64)
    proposal = imported(as_csv([COLUMNS, ROW]), identity=identity)
    assert [item.code for item in proposal.diagnostics if item.level == "error"] == ["CAT009"]
    assert not proposal.sound


def test_official_with_an_article_is_sound():
    identity = Identity("liste", "1.0.0", "T", "ANS", "official", "a.csv", "0" * 64, article="article 2")
    assert imported(as_csv([COLUMNS, ROW]), identity=identity).sound


@pytest.mark.parametrize(
    ("source", "code"),
    [(b"a;b\nc;d\n", "LST004"), (b"", "LST004"), (as_csv([COLUMNS]), "LST005")],
    ids=["none", "", "no"],
)
def test_a_file_without_requirements_is_refused(source, code):
    with pytest.raises(InvalidInput) as caught:
        imported(source)
    assert caught.value.code == code


def test_what_is_written_is_what_was_proposed(tmp_path):
    proposal = imported(as_csv([COLUMNS, ROW]))
    folder = tmp_path / "liste" / "1.0.0"
    importing.save(proposal.drafted.documents, folder, "liste/1.0.0")
    importing.save(proposal.drafted.documents, folder, "liste/1.0.0")
    assert load(folder) == from_documents(proposal.drafted.documents)


def test_nothing_is_overwritten(tmp_path):
    proposal = imported(as_csv([COLUMNS, ROW]))
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(Conflict) as caught:
            importing.save(proposal.drafted.documents, place, str(place))
        assert caught.value.code == "LST006"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


_HOSTILE = st.sampled_from(
    [
        "=1+1", "+A1", "-2", "@SUM(A1)", "\t=x", "<script>alert(1)</script>", "&lt;", "\x1b[31mred", "\u202eabc\u202c",
        "a\u200bb", "null", "~", "true", "1e3", "0x10", "- a", "# b", "a: b", "{{x}}", "$x", "%s", "{0}", "'", '"', "|",
        "\\", "a\nb", "a;b", "é\u0301", "😀", "\u2028", "\u0085", "\ufeff", "..", "CON", "../../etc/passwd",
        "!!python/x", "&a", "*a", "---", "...",
    ]
)  # fmt: skip
_TEXTS = st.lists(
    st.one_of(_HOSTILE, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)),
    min_size=1,
    max_size=4,
).map(" ".join)
_CODES = st.integers(1, 999).map("A {}".format)
_LISTS = st.lists(st.tuples(_TEXTS, _CODES, _TEXTS, _TEXTS), min_size=1, max_size=6, unique_by=lambda row: row[1])


def _expected(rows):
    """What the rows say, once what controls or hides is out of them."""
    return [(code, "Il DOIT " + cleaned(f"x{text}")[0]) for _section, code, text, _piece in rows]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(_LISTS, st.sampled_from([";", ",", "\t"]))
def test_any_text_goes_through_csv_word_for_word(rows, delimiter):
    table = [COLUMNS, *((f"s{s}", code, f"Il DOIT x{text}", "", piece, "", "") for s, code, text, piece in rows)]
    _check(imported(as_csv(table, delimiter, "utf-8-sig" if delimiter == "," else "utf-8")), rows)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=30)
@given(_LISTS)
def test_any_text_goes_through_xlsx_word_for_word(rows):
    def storable(text):
        return "".join(char for char in text if char >= " " or char in "\t\n")

    rows = [tuple(storable(text) for text in row) for row in rows]
    table = [COLUMNS, *((f"s{s}", code, f"Il DOIT x{text}", "", piece, "", "") for s, code, text, piece in rows)]
    try:
        source = as_xlsx(table)
    except ValueError:  # a character that no workbook holds
        return
    _check(imported(source, "a.xlsx"), rows)


def _check(proposal, rows):
    assert proposal.sound, [item.message for item in proposal.diagnostics if item.level == "error"]
    found = from_documents(proposal.drafted.documents)
    held = {item.label: item.statement["fr"] for item in found.requirements}
    assert held == dict(_expected(rows))


@pytest.mark.slow
def test_ten_thousand_requirements_take_a_bounded_time():
    rows = [
        (f"Section {number % 20}", f"REQ {number}", f"Le système DOIT faire {number}.", f"P{number}", "Capture", "", "")
        for number in range(10_000)
    ]
    start = time.perf_counter()
    proposal = imported(as_csv([COLUMNS, *rows]))
    assert len(set(proposal.drafted.ids)) == 10_000
    assert proposal.sound
    assert time.perf_counter() - start < 60
