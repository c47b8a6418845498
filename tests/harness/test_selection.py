"""Which cases are played, in which order, and why the others are not."""

from typing import Any

import pytest

from mes_conformity.foundation.errors import UsageError
from mes_conformity.harness.selection import Planned, Selection, applicability, expression, plan, select
from mes_conformity.suites.loader import Library, from_documents

CONTRACT = b"""\
schema_version: 1
contract: petit
version: "1.0"
title: {fr: P, en: S}
values: {a: {value: 1, basis: draft, source: test}}
"""
CASE = """
  - id: {id}
    title: {{fr: Cas, en: Case}}
    subject: {subject}
    basis: published
    requirements: [{requirement}]
    source: essai
    broken_by: [x]
    remedy: {{fr: r, en: r}}
    after: [{after}]
    {more}
    steps:
      - request: {{method: GET, path: /}}
        expect: {{status: 200}}
"""


def case(case_id: str, after: str = "", subject: str = "target", requirement: str = "x-a", more: str = "") -> str:
    return CASE.format(id=case_id, after=after, subject=subject, requirement=requirement, more=more)


def library(*cases: str, suite: str = "essai") -> Library:
    head = f"schema_version: 1\nsuite: {suite}\nkind: connection\ncontract: petit@1.0\ntitle: {{fr: S, en: S}}\ncases:"
    files = {"connection/a.yaml": (head + "".join(cases)).encode(), "contracts/petit-1.0.yaml": CONTRACT}
    return from_documents(files)


READ = "applicability: {fact: reading, is: true}"
LIBRARY = library(
    case("S-01", after="T-02", subject="service", requirement="x-b"),
    case("T-01"),
    case("T-02", after="T-01", more=READ),
    case("T-03", more=READ),
)


def planned(facts: dict[str, Any] | None = None, **keys: Any) -> tuple[Planned, ...]:
    return plan(LIBRARY, Selection(**keys), facts or {})


def ids(found: tuple[Planned, ...]) -> list[str]:
    return [item.case.id for item in found]


def test_each_case_comes_after_its_ground() -> None:
    assert ids(planned()) == ["T-01", "T-02", "S-01", "T-03"]


def test_the_ground_of_what_was_asked_is_added_and_marked() -> None:
    found = planned(ids=("S-01",))
    assert [(item.case.id, item.ground) for item in found] == [("T-01", True), ("T-02", True), ("S-01", False)]


def test_the_ground_can_be_left_out() -> None:
    assert ids(planned(ids=("S-01",), ground=False)) == ["S-01"]


def test_what_does_not_apply_is_set_aside_with_its_reason() -> None:
    found = {item.case.id: item for item in planned({"reading": False})}
    assert found["T-03"].set_aside is not None
    assert "reading = False" in found["T-03"].set_aside["fr"]


def test_the_ground_of_what_applies_is_played_even_where_it_does_not_apply() -> None:
    found = {item.case.id: item for item in planned({"reading": False})}
    assert found["T-02"].set_aside is None


def test_what_is_not_known_applies() -> None:
    assert all(item.set_aside is None for item in planned())


def test_cases_are_chosen_by_suite_kind_and_requirement() -> None:
    assert [item.id for item in select(LIBRARY, Selection(requirements=("x-b",)))] == ["S-01"]
    assert [item.id for item in select(LIBRARY, Selection(kinds=("unit",)))] == []
    assert len(list(select(LIBRARY, Selection(suites=("essai",))))) == 4


def test_an_unknown_suite_is_told_with_those_known() -> None:
    with pytest.raises(UsageError) as caught:
        list(select(LIBRARY, Selection(suites=("autre",))))
    assert (caught.value.code, caught.value.expected) == ("TST002", "essai")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("w-1", True),
        ("not w-1", False),
        ("w and 12", True),
        ("w and (13 or 14)", False),
        ("13 or not 14 and MES", True),
        ("not (a or b)", True),
    ],
)
def test_expressions_over_ids(text: str, expected: bool) -> None:
    assert expression(text)("MES-W-12") is expected


@pytest.mark.parametrize("text", ["and", "(", "a b", "not", "a or", "(a", ")", "(" * 5000])
def test_an_expression_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        expression(text)
    assert caught.value.code == "TST001"


@pytest.mark.parametrize(
    ("facts", "applies", "words"),
    [
        ({"reading": True}, True, "reading = True"),
        ({"reading": False}, False, "sans objet"),
        ({}, True, "faute de réponse"),
    ],
)
def test_applicability_says_why(facts: dict[str, Any], applies: bool, words: str) -> None:
    found, reason = applicability(LIBRARY.case("T-03"), facts)
    assert found is applies
    assert reason is not None
    assert words in reason["fr"]


def test_a_case_for_everyone_says_so() -> None:
    assert applicability(LIBRARY.case("T-01"), {})[1] == {
        "fr": "s'applique à tous les services",
        "en": applicability(LIBRARY.case("T-01"), {})[1]["en"],  # type: ignore[index]
    }
