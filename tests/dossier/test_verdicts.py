import dossier_samples as samples
import pytest

from mes_conformity.dossier.verdicts import judge, title


def test_a_service_case_on_a_read_basis_refuses() -> None:
    judgement = judge([samples.entry("A-1", "x", "failed"), samples.entry("A-2", "y")])
    assert judgement.outcome == "failed"
    assert judgement.refusing == ("A-1",)


def test_an_assumption_refuses_nothing() -> None:
    judgement = judge(
        [samples.entry("A-1", "x", "failed", basis="assumption", advisory=True), samples.entry("A-2", "y")]
    )
    assert judgement.outcome == "passed"
    assert judgement.advisory == ("A-1",)


def test_a_failed_target_leaves_the_question_open() -> None:
    judgement = judge([samples.entry("A-1", "x", "failed", subject="target"), samples.entry("A-2", "y")])
    assert judgement.outcome == "inconclusive"
    assert judgement.anomalies == ("A-1",)


def test_an_error_leaves_the_question_open() -> None:
    judgement = judge([samples.entry("A-1", "x", "error"), samples.entry("A-2", "y")])
    assert judgement.outcome == "inconclusive"
    assert judgement.undecided == ("A-1",)


def test_nothing_run_shows_nothing() -> None:
    assert judge([]).outcome == "inconclusive"
    assert judge([samples.entry("A-1", "x", "skipped")]).outcome == "inconclusive"


def test_a_failed_service_outranks_a_failed_target() -> None:
    both = [samples.entry("A-1", "x", "failed"), samples.entry("A-2", "y", "failed", subject="target")]
    assert judge(both).outcome == "failed"


def test_bases_are_the_documents_of_what_was_judged() -> None:
    cases = [
        samples.entry("A-1", "x"),
        samples.entry("A-2", "y", basis="published", source="RFC 7009, §2"),
        samples.entry("A-3", "z", basis="assumption", advisory=True, source="Autre"),
        samples.entry("A-4", "t", "skipped", source="Ailleurs"),
    ]
    assert judge(cases).bases == (("API Mesures 1.5.2", "republished"), ("RFC 7009", "published"))


@pytest.mark.parametrize(
    ("source", "head"),
    [
        ("API Mesures 1.5.2 (21/07/2023), §2.2.2", "API Mesures 1.5.2"),
        ("API Mesures 1.5.2 §2.2", "API Mesures 1.5.2"),
        ("RFC 6749, §4.1.3", "RFC 6749"),
        ("RFC 6749 — 4.1", "RFC 6749"),
        ("§2", "§2"),
        ("", ""),
    ],
)
def test_the_head_of_a_source_is_its_document(source: str, head: str) -> None:
    assert title(source) == head
