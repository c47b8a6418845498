"""Tests propose, a person disposes: the table, line by line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment import proposals, store
from mes_conformity.assessment.creation import create_from_example
from mes_conformity.assessment.model import Assessment, Provenance
from mes_conformity.assessment.workspace import Workspace
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.environment import Environment

Answering = Callable[..., Assessment]
Applying = Callable[..., tuple[Assessment, list[proposals.Effect]]]


def case(outcome: str, requirement: str = "mesures", **more: Any) -> dict[str, Any]:
    base = {"id": f"C-{outcome}", "subject": "service", "requirements": [requirement], "outcome": outcome}
    return {**base, "advisory": False, "reason": None, **more}


def document(*cases: dict[str, Any], run: str = "r1") -> dict[str, Any]:
    return {"run": {"id": run, "ended_at": "2026-11-20T10:00:00Z"}, "service": {"version": "1.0"}, "cases": list(cases)}


@pytest.fixture
def apply(workspace: Workspace, catalogue: Catalogue, env: Environment) -> Applying:
    """Apply a run of one requirement."""

    def run(
        assessment: Assessment, outcome: str, requirement: str = "mesures", name: str = "r1"
    ) -> tuple[Assessment, list[proposals.Effect]]:
        made = document(case(outcome, requirement), run=name)
        return proposals.applied(assessment, catalogue, made, env, workspace)

    return run


@pytest.mark.parametrize(
    ("cases", "outcome"),
    [
        ([case("passed")], "passed"),
        ([case("passed"), case("failed")], "failed"),
        ([case("passed"), case("error")], "error"),
        ([case("passed"), case("skipped", reason={"code": "not_applicable"})], "passed"),
        ([case("passed"), case("skipped", reason={"code": "prerequisite_missing"})], "skipped"),
        ([case("passed"), case("skipped", reason={"code": "not_selected"})], "skipped"),
        ([case("failed", subject="target")], "skipped"),
        ([case("passed", subject="target")], "skipped"),
        ([case("failed", advisory=True)], "skipped"),
        ([case("passed"), case("failed", advisory=True)], "passed"),
        ([case("skipped", reason={"code": "not_applicable"})], "skipped"),
    ],
)
def test_the_outcome_of_a_requirement(cases: list[dict[str, Any]], outcome: str) -> None:
    assert proposals.outcomes(cases) == {"mesures": outcome}


def test_a_run_of_some_cases_proves_nothing() -> None:
    assert proposals.outcomes([case("passed")], {"mesures": ["C-passed", "C-other"]}) == {"mesures": "skipped"}


def test_not_assessed_and_passed_is_a_proposal(apply: Applying, assessment: Assessment) -> None:
    result, effects = apply(assessment, "passed")
    answer = result.answers["mesures"]
    assert (answer.status, answer.confirmed, answer.provenance.source) == ("conform", False, "r1")
    assert [effect.result for effect in effects] == ["proposed"]
    assert effects[0].to_json()["outcome"] == "passed"


def test_partly_automated_and_passed_is_a_note_only(apply: Applying, assessment: Assessment) -> None:
    result, effects = apply(assessment, "passed", "erreurs")
    assert "erreurs" not in result.answers
    assert [effect.result for effect in effects] == ["noted"]


def test_not_assessed_and_failed_is_a_proposal_and_a_finding(apply: Applying, assessment: Assessment) -> None:
    result, _effects = apply(assessment, "failed")
    assert (result.answers["mesures"].status, result.answers["mesures"].confirmed) == ("non_conform", False)
    assert [(item.kind, item.state, item.origin) for item in result.findings] == [
        ("major_nonconformity", "open", "test")
    ]
    assert result.findings[0].recommendation == {"fr": "Corrigez.", "en": "Fix it."}


def test_a_recommended_requirement_fails_as_a_minor_finding(apply: Applying, assessment: Assessment) -> None:
    result, _effects = apply(assessment, "failed", "erreurs")
    assert [item.kind for item in result.findings] == ["minor_nonconformity"]


def test_a_later_pass_takes_the_refusal_back(apply: Applying, assessment: Assessment) -> None:
    failed, _effects = apply(assessment, "failed")
    passed, _effects = apply(failed, "passed", name="r2")
    assert passed.answers["mesures"].status == "conform"
    assert [item.state for item in passed.findings] == ["closed"]
    partly, _effects = apply(apply(assessment, "failed", "erreurs")[0], "passed", "erreurs", "r2")
    assert partly.answers["erreurs"].status == "not_assessed"


def test_failing_twice_leaves_one_finding(apply: Applying, assessment: Assessment) -> None:
    twice, _effects = apply(apply(assessment, "failed")[0], "failed", name="r2")
    assert len(twice.findings) == 1


@pytest.mark.parametrize(
    ("stored", "outcome", "result"),
    [
        ("conform", "failed", "contradicted"),
        ("conform", "passed", None),
        ("non_conform", "passed", "suggestion"),
        ("partial", "passed", "suggestion"),
        ("non_conform", "failed", None),
        ("not_applicable", "failed", "review_facts"),
        ("not_applicable", "passed", None),
    ],
)
def test_what_a_person_said_never_changes(
    apply: Applying, assessment: Assessment, answering: Answering, stored: str, outcome: str, result: str | None
) -> None:
    answered = answering(assessment, erreurs=stored)
    after, effects = apply(answered, outcome, "erreurs")
    assert after.answers == answered.answers
    assert [effect.result for effect in effects] == ([result] if result else [])


@pytest.mark.parametrize("outcome", ["error", "skipped"])
def test_a_run_that_could_not_judge_is_linked_only(apply: Applying, assessment: Assessment, outcome: str) -> None:
    result, effects = apply(assessment, outcome)
    assert effects == []
    assert [run.id for run in result.test_runs] == ["r1"]
    assert result == replace(assessment, test_runs=result.test_runs)


def test_the_same_run_is_linked_once(apply: Applying, assessment: Assessment) -> None:
    assert len(apply(apply(assessment, "passed")[0], "passed")[0].test_runs) == 1


def test_a_requirement_of_another_catalogue_is_linked_only(apply: Applying, assessment: Assessment) -> None:
    result, effects = apply(assessment, "failed", "ailleurs")
    assert effects == []
    assert not result.answers


def test_a_person_who_confirmed_a_proposal_is_not_overruled(
    apply: Applying, assessment: Assessment, answering: Answering
) -> None:
    proposed, _effects = apply(assessment, "passed")
    answer = proposed.answers["mesures"]
    confirmed = replace(answer, provenance=replace(answer.provenance, confirmed=True))
    after, effects = apply(replace(proposed, answers={"mesures": confirmed}), "failed", name="r2")
    assert after.answers["mesures"].status == "conform"
    assert [effect.result for effect in effects] == ["contradicted"]


def test_a_run_reaches_a_workspace_on_disk(tmp_path: Path, env: Environment) -> None:
    workspace = create_from_example(tmp_path / "e", "glucose-monitoring", env)
    file = workspace.path("reports/runs/r9/run.json")
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    effects = proposals.apply_run(workspace, document(case("failed", "x-ech-mesures-source"), run="r9"), env)
    assert [effect.result for effect in effects] == ["contradicted"]
    linked = store.load(workspace).assessment.test_runs
    assert [(run.path, len(run.sha256)) for run in linked] == [("reports/runs/r9/run.json", 64)]
    assert store.load(workspace).journal.faults() == []


def test_a_proposal_is_stored_as_the_tests_own(apply: Applying, assessment: Assessment) -> None:
    answer = apply(assessment, "passed")[0].answers["mesures"]
    assert answer.provenance == Provenance("test", "2026-11-22T12:00:00Z", source="r1", confirmed=False)
