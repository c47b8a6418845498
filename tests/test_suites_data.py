"""Facts about the suites that come with the program: what a reader, an expert and a developer may count on."""

from collections import Counter

import pytest

from mes_conformity.harness.defects import DEFECTS
from mes_conformity.sandbox.faults import FAULTS
from mes_conformity.suites import rules
from mes_conformity.suites.loader import Library, diagnose, load_all, read_documents, shipped_root
from mes_conformity.suites.model import Case

LIBRARY: Library = load_all()
CONNECTION = [case for case in LIBRARY.cases if case.kind == "connection"]
NEGATIVE_KEYS = {"refus", "refusé", "refusée", "refusées", "refused"}


def ids(case: Case) -> str:
    return case.id


def test_the_suites_have_no_fault_and_no_warning() -> None:
    assert [(fault.code, fault.location) for fault in diagnose(read_documents(shipped_root()))] == []


def test_every_expression_can_be_read() -> None:
    LIBRARY.compile_all(LIBRARY.cases)  # raises at the first that cannot
    assert sum(1 for case in LIBRARY.cases for _expression in rules.fhirpaths(case)) > 50


def test_there_are_as_many_cases_as_promised() -> None:
    found = Counter(case.suite for case in CONNECTION)
    assert found["pairing"] >= 30
    assert found["measures-write"] >= 40
    assert found["measures-read"] >= 15
    assert found["measures-access"] >= 20
    assert found["documents"] >= 30
    assert found["agenda"] >= 18


@pytest.mark.parametrize("case", LIBRARY.cases, ids=ids)
def test_a_case_is_written_in_both_languages(case: Case) -> None:
    for text in (case.title, case.remedy):
        assert set(text) >= {"fr", "en"}
        assert text["fr"] != text["en"]


@pytest.mark.parametrize("case", LIBRARY.cases, ids=ids)
def test_a_case_names_faults_of_the_sandbox_or_defects_of_the_service(case: Case) -> None:
    known = set(FAULTS) if case.subject == "target" else set(DEFECTS)
    assert case.broken_by
    assert set(case.broken_by) <= known


@pytest.mark.parametrize("case", LIBRARY.cases, ids=ids)
def test_a_source_names_a_document_and_its_section(case: Case) -> None:
    """Value sets and guides have no numbered sections: for them, and for what was only seen, a version or a date."""
    numbered = case.kind == "connection" and not case.advisory
    assert ("§" in case.source) if numbered else any(character.isdigit() for character in case.source)


@pytest.mark.parametrize("case", CONNECTION, ids=ids)
def test_a_refusal_stands_on_a_positive_control(case: Case) -> None:
    """Either another case, or an accepted call among its own steps: a refusal alone proves nothing."""
    if not NEGATIVE_KEYS & set(case.title["fr"].replace(",", " ").split()):
        return
    accepted = any(check.kind == "status" and check.argument == 200 for step in case.steps for check in step.checks)
    assert case.after or accepted


@pytest.mark.parametrize("case", [case for case in CONNECTION if case.subject == "service"], ids=ids)
def test_a_service_case_stands_on_the_ground_of_the_target(case: Case) -> None:
    assert {LIBRARY.case(name).subject for name in case.after} == {"target"}


@pytest.mark.parametrize("case", [case for case in CONNECTION if case.id.startswith("MES-W-2")], ids=ids)
def test_a_refused_write_is_followed_by_a_read_that_finds_nothing(case: Case) -> None:
    kinds = {check.kind for check in case.steps[-1].checks}
    assert case.steps[-1].request is not None
    assert case.steps[-1].request["method"] == "GET"
    assert "count" in kinds


def test_a_case_on_a_contract_s_assumption_alone_never_refuses() -> None:
    assert {case.id for case in CONNECTION if case.basis == "assumption"} >= {"MES-A-30", "MES-P-13", "MES-P-33"}
    assert all(case.advisory for case in CONNECTION if case.basis == "assumption")
