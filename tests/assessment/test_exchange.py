"""Out and in again: nothing lost, nothing written before it is asked."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.assessment import exchange
from mes_conformity.assessment.answers import Given, give
from mes_conformity.assessment.facts import reconcile
from mes_conformity.assessment.model import Assessment, Provenance
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.errors import Conflict, InvalidInput

Answering = Callable[..., Assessment]
AT = "2026-11-03T08:00:00Z"
OTHER = "ffffffff-0000-4000-8000-000000000000"
PERSON = Provenance("person", "2026-11-01T08:00:00Z")


@pytest.fixture
def answered(assessment: Assessment, catalogue: Catalogue, answering: Answering) -> Assessment:
    """Everything answered, with texts that are hard on a table."""
    given_ = Given("partial", '=1+1\n"x";\té, ', None, 2, "-Ada", "2027-01-01")
    filled = answering(assessment, exchange="write", measures="oui", supports="web,ios", hds="conform")
    filled = give(filled, catalogue.requirement("mesures"), given_, PERSON)
    return reconcile(answering(filled, erreurs="not_applicable"), catalogue)


@pytest.mark.parametrize("kind", ["json", "csv", "xlsx"])
def test_importing_what_was_exported_changes_nothing(answered: Assessment, catalogue: Catalogue, kind: str) -> None:
    source = exchange.export(answered, catalogue, kind, AT)  # type: ignore[arg-type]
    plan = exchange.plan(answered, catalogue, source, "x", kind, AT)  # type: ignore[arg-type]
    assert plan.changes == ()
    assert plan.result == answered
    assert plan.unchanged == 6


@pytest.mark.parametrize("kind", ["json", "csv", "xlsx"])
def test_an_empty_assessment_filled_from_an_export_exports_the_same(
    assessment: Assessment, answered: Assessment, catalogue: Catalogue, kind: str
) -> None:
    source = exchange.export(answered, catalogue, kind, AT)  # type: ignore[arg-type]
    plan = exchange.plan(replace(assessment, id=OTHER), catalogue, source, "x", kind, AT)  # type: ignore[arg-type]
    again = replace(plan.result, id=answered.id)
    assert exchange.export(again, catalogue, kind, AT) == source  # type: ignore[arg-type]
    assert {change.id for change in plan.changes} == {*answered.facts, *answered.answers}
    assert all(change.before is None for change in plan.changes)


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(comment=TEXTS | TEXTS.map("_x0041_".__add__) | TEXTS.map("=".__add__))
def test_any_comment_survives_a_table(assessment: Assessment, catalogue: Catalogue, comment: str, kind: str) -> None:
    filled = give(assessment, catalogue.requirement("hds"), Given("conform", comment), PERSON)
    source = exchange.export(filled, catalogue, kind, AT)  # type: ignore[arg-type]
    assert exchange.plan(filled, catalogue, source, "x", kind, AT).result == filled  # type: ignore[arg-type]
    other = replace(assessment, id=OTHER)
    fresh = exchange.plan(other, catalogue, source, "x", kind, AT).result  # type: ignore[arg-type]
    assert fresh.answers["hds"].comment == filled.answers["hds"].comment


def test_what_is_set_aside_never_leaves(answered: Assessment, catalogue: Catalogue, answering: Answering) -> None:
    hidden = reconcile(answering(answered, exchange="none"), catalogue)
    assert hidden.set_aside
    data = exchange.exported(hidden)
    assert "set_aside" not in data
    assert "set_aside_facts" not in data
    assert "mesures" not in exchange.export(hidden, catalogue, "csv", AT).decode()


def test_an_import_keeps_what_the_file_does_not_speak_of(answered: Assessment, catalogue: Catalogue) -> None:
    plan = exchange.plan(answered, catalogue, b"kind,id,status\nrequirement,hds,partial\n", "x.csv", "csv", AT)
    assert [change.to_json() for change in plan.changes] == [
        {
            "kind": "requirement",
            "id": "hds",
            "before": "conform",
            "after": "partial",
            "fields": [{"field": "status", "before": "conform", "after": "partial"}],
            "conflict": False,
        }
    ]
    assert plan.result.answers["mesures"] == answered.answers["mesures"]
    assert plan.result.answers["hds"].provenance == Provenance("import", AT, source="x.csv")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("requirement,ailleurs,conform,,", "CAT010"),
        ("requirement,hds,bien,,", "ANS001"),
        ("requirement,hds,non applicable,,", "ASM004"),
        ("requirement,hds,conform,,x", "ANS002"),
        ("fact,exchange,,tout,", "FCT001"),
        ("fact,ailleurs,,oui,", "CAT010"),
        ("autre,hds,,,", "CSV003"),
        ("fact,exchange,,write,\nfact,exchange,,none,", "CSV003"),
    ],
)
def test_a_bad_row_has_its_line(assessment: Assessment, catalogue: Catalogue, row: str, code: str) -> None:
    source = f"kind,id,status,value,level\n{row}\n".encode()
    with pytest.raises(InvalidInput) as caught:
        exchange.plan(assessment, catalogue, source, "x.csv", "csv", AT)
    assert caught.value.code == code
    assert caught.value.location is not None
    assert caught.value.location.line in (2, 3)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("facts", "ailleurs"), {"value": True, "provenance": {"origin": "person", "at": AT}}, "ASM012"),
        (("facts", "exchange"), {"value": "tout", "provenance": {"origin": "person", "at": AT}}, "ASM012"),
        (("answers", "ailleurs"), {"status": "conform", "provenance": {"origin": "person", "at": AT}}, "ASM001"),
        (
            ("answers", "hds"),
            {"status": "not_applicable", "justification": "x" * 20, "provenance": {"origin": "person", "at": AT}},
            "ASM004",
        ),
        (
            ("answers", "erreurs"),
            {
                "status": "not_applicable",
                "justification": " x" + " " * 20,
                "provenance": {"origin": "person", "at": AT},
            },
            "ASM004",
        ),
        (("answers", "hds"), {"status": "bien", "provenance": {"origin": "person", "at": AT}}, "SCH001"),
    ],
)
def test_a_bad_document_has_its_place(
    answered: Assessment, catalogue: Catalogue, path: tuple[str, str], value: object, code: str
) -> None:
    data = exchange.exported(answered)
    data[path[0]][path[1]] = value
    with pytest.raises(InvalidInput) as caught:
        exchange.plan(answered, catalogue, json.dumps(data).encode(), "x.json", "json", AT)
    assert caught.value.code == code
    assert caught.value.location is not None
    assert "/".join(path) in str(caught.value.location.pointer)


def test_an_answer_to_another_catalogue_is_a_conflict(answered: Assessment, catalogue: Catalogue) -> None:
    other = replace(answered, catalogue=replace(answered.catalogue, version="2.0.0"))
    source = exchange.export(other, catalogue, "json", AT)
    with pytest.raises(Conflict) as caught:
        exchange.plan(answered, catalogue, source, "x.json", "json", AT)
    assert caught.value.code == "EXC002"


def test_a_newer_document_is_a_conflict(answered: Assessment, catalogue: Catalogue) -> None:
    source = json.dumps({**exchange.exported(answered), "schema_version": 9}).encode()
    with pytest.raises(Conflict):
        exchange.plan(answered, catalogue, source, "x.json", "json", AT)


def test_the_format_is_told_by_the_name() -> None:
    assert exchange.format_of("A.JSON") == "json"
    assert exchange.format_of("a.csv") == "csv"
    assert exchange.format_of("a.xlsx") == "xlsx"
    with pytest.raises(InvalidInput):
        exchange.format_of("a.ods")


# --- a table that comes back


def table(assessment: Assessment, catalogue: Catalogue, old: str, new: str) -> bytes:
    """The table as exported, with one cell changed by a colleague."""
    text = exchange.export(assessment, catalogue, "csv", AT).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def test_a_row_nobody_touched_undoes_nothing(answered: Assessment, catalogue: Catalogue) -> None:
    source = table(answered, catalogue, "=1+1", "=2+2")
    here = give(answered, catalogue.requirement("hds"), Given("partial", "revu ici"), PERSON)
    plan = exchange.plan(here, catalogue, source, "x.csv", "csv", AT)
    assert [change.id for change in plan.changes] == ["mesures"]
    assert plan.conflicts == ()
    assert plan.result.answers["hds"].comment == "revu ici"


def test_what_changed_on_both_sides_is_a_conflict(answered: Assessment, catalogue: Catalogue) -> None:
    source = table(answered, catalogue, "=1+1", "=2+2")
    here = give(answered, catalogue.requirement("mesures"), Given("conform", "revu ici"), PERSON)
    plan = exchange.plan(here, catalogue, source, "x.csv", "csv", AT)
    assert plan.conflicts == ("mesures",)
    fields = {item["field"]: (item["before"], item["after"]) for item in plan.changes[0].fields}
    assert fields["status"] == ("conform", "partial")
    assert fields["comment"][0] == "revu ici"


def test_a_fact_changed_on_both_sides_is_a_conflict(
    answered: Assessment, catalogue: Catalogue, answering: Answering
) -> None:
    text = exchange.export(answered, catalogue, "csv", AT).decode()
    line = next(line for line in text.splitlines() if line.startswith("fact,supports"))
    source = text.replace(line, line.replace('"web,ios"', "ios")).encode()
    here = answering(answered, supports="web")
    assert exchange.plan(here, catalogue, source, "x.csv", "csv", AT).conflicts == ("supports",)
    assert exchange.plan(answered, catalogue, source, "x.csv", "csv", AT).conflicts == ()


def test_both_sides_saying_the_same_is_no_change(answered: Assessment, catalogue: Catalogue) -> None:
    source = table(answered, catalogue, ",conform,", ",partial,")
    here = give(answered, catalogue.requirement("hds"), Given("partial"), PERSON)
    assert exchange.plan(here, catalogue, source, "x.csv", "csv", AT).changes == ()
