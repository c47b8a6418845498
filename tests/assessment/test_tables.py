"""CSV: never a formula, never a loss."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.assessment import tables
from mes_conformity.assessment.answers import Given, give
from mes_conformity.assessment.model import Assessment, Provenance
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.errors import InvalidInput

Answering = Callable[..., Assessment]


@given(st.text(alphabet=st.sampled_from("=+-@'\t\r\n ab＝"), max_size=6) | st.text(max_size=40))
def test_a_cell_is_never_a_formula_and_comes_back(cell: str) -> None:
    written = tables.guarded(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert not written.strip().startswith(("=", "+", "-", "@"))
    assert tables.unguarded(written) == cell


def test_a_formula_in_a_comment_stays_text(assessment: Assessment, catalogue: Catalogue) -> None:
    person = Provenance("person", "2026-11-01T08:00:00Z")
    given_ = Given("conform", comment='=HYPERLINK("http://x";"y")')
    answered = give(assessment, catalogue.requirement("hds"), given_, person)
    rows = list(csv.DictReader(io.StringIO(tables.write_table(answered, catalogue), newline="")))
    assert next(row for row in rows if row["id"] == "hds")["comment"].startswith("'=")


def test_the_table_has_what_is_asked_and_nothing_set_aside(
    assessment: Assessment, catalogue: Catalogue, answering: Answering
) -> None:
    from mes_conformity.assessment.facts import reconcile

    hidden = reconcile(answering(assessment, exchange="none", measures="oui", mesures="conform"), catalogue)
    rows = tables.read_table(tables.write_table(hidden, catalogue).encode(), "x.csv")
    assert [row["id"] for _line, row in rows] == ["exchange", "hds", "erreurs"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_of_the_first_line_is_taken(delimiter: str) -> None:
    source = f"\ufeffkind{delimiter}id\r\nfact{delimiter}exchange\r\n".encode()
    assert tables.read_table(source, "x.csv") == [(2, {"kind": "fact", "id": "exchange"})]


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        (b"kind,id\nfact,\xff\n", "CSV001", 2),
        (b"", "CSV001", 1),
        (b"kind,name\n", "CSV001", 1),
        (b"kind,id,id\n", "CSV001", 1),
        (b'kind,id\nfact,"a\n', "CSV001", 2),
        (b"kind,id\nfact\n", "CSV002", 2),
        (b"kind,id\nfact," + b"x" * (tables.CELL_LIMIT + 1) + b"\n", "CSV001", 2),
    ],
)
def test_what_is_no_table_has_a_line(source: bytes, code: str, line: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        tables.read_table(source, "x.csv")
    assert caught.value.code == code
    assert caught.value.location is not None
    assert caught.value.location.line == line


def test_values_of_facts_as_cells() -> None:
    assert [tables.value_text(value) for value in (None, True, False, ["a", "b"], "x", 3)] == [
        "", "true", "false", "a,b", "x", "3",
    ]  # fmt: skip


def test_evidence_is_shown_by_its_place(assessment: Assessment, catalogue: Catalogue, answering: Answering) -> None:
    from mes_conformity.assessment.model import Evidence

    answered = answering(assessment, hds="conform")
    item = Evidence("e", "x", "2026-11-01T08:00:00Z", href="https://example.org/x")
    held = replace(answered, answers={"hds": replace(answered.answers["hds"], evidence=(item,), level=3)})
    assert "https://example.org/x" in tables.write_table(held, catalogue)
