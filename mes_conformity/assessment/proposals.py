"""Tests propose, a person disposes.

| stored answer         | passed                                     | failed                             |
|-----------------------|--------------------------------------------|------------------------------------|
| not assessed          | proposal « conform » (automated only)      | proposal « non conform », finding  |
| proposal of a test    | the new proposal takes its place           | the same                           |
| conform (person)      | —                                          | contradicted: blocks readiness     |
| non conform, partial  | suggestion                                 | —                                  |
| not applicable        | —                                          | suggestion to review the facts     |

A run in error, or one that did not run every case of a requirement, changes nothing but is linked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from mes_conformity.assessment.model import Answer, Assessment, Finding, Outcome, Provenance, TestRun
from mes_conformity.assessment.pinning import catalogue_of
from mes_conformity.assessment.store import editing
from mes_conformity.assessment.workspace import Workspace
from mes_conformity.catalogue.model import Catalogue, Requirement
from mes_conformity.foundation.digests import digest, sha256_file
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.i18n import Text, both

Result = Literal["proposed", "contradicted", "suggestion", "review_facts", "noted"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a run did to one requirement."""

    requirement: str
    outcome: Outcome
    result: Result
    text: Text

    def to_json(self) -> dict[str, Any]:
        """`{requirement, outcome, result, text}`."""
        return {
            "requirement": self.requirement,
            "outcome": self.outcome,
            "result": self.result,
            "text": self.text,
        }


def apply_run(
    workspace: Workspace,
    run_document: Mapping[str, Any],
    env: Environment,
    *,
    verified_by: Mapping[str, Collection[str]] | None = None,
) -> list[Effect]:
    """Link a run to the assessment of a workspace and store what it proposes.

    `run_document` is the data of `run.json`. `verified_by` (requirement → ids of all its cases) makes a run of some
    of the cases prove nothing; without it the cases of the run are taken as all there are. Raises what `editing`
    raises: Conflict `STO001` while somebody else is answering.
    """
    catalogue = catalogue_of(workspace)
    with editing(workspace, catalogue, env, f"test run {run_document['run']['id']}") as session:
        changed, effects = applied(session.assessment, catalogue, run_document, env, workspace, verified_by)
        session.commit(changed, "test_run", run_document["run"]["id"])
    return effects


def applied(
    assessment: Assessment,
    catalogue: Catalogue,
    run_document: Mapping[str, Any],
    env: Environment,
    workspace: Workspace,
    verified_by: Mapping[str, Collection[str]] | None = None,
) -> tuple[Assessment, list[Effect]]:
    """The assessment with the run linked and its proposals made, and what happened per requirement."""
    found = outcomes(run_document["cases"], verified_by)
    result = _linked(assessment, run_document, workspace, found)
    effects: list[Effect] = []
    for name, outcome in found.items():
        if name in catalogue and outcome in ("passed", "failed"):
            result, effect = _propose(result, catalogue.requirement(name), outcome, run_document["run"]["id"], env)
            if effect:
                effects.append(effect)
    return result, effects


def outcomes(
    cases: Sequence[Mapping[str, Any]], verified_by: Mapping[str, Collection[str]] | None = None
) -> dict[str, Outcome]:
    """The outcome of each requirement over its cases: failed, error, passed or skipped.

    Only cases that judge the service count, and only on a basis that can refuse one (not advisory). It is passed when
    every one of them passed, those that do not apply to the service aside; one that was not selected, or whose ground
    was missing, leaves it open.
    """
    by_requirement: dict[str, list[Mapping[str, Any]]] = {}
    for case in cases:
        for name in case["requirements"]:
            by_requirement.setdefault(name, []).append(case)
    return {name: _outcome(items, (verified_by or {}).get(name, ())) for name, items in by_requirement.items()}


def _outcome(cases: Sequence[Mapping[str, Any]], expected: Collection[str]) -> Outcome:
    counting = [case for case in cases if case["subject"] == "service" and not case.get("advisory")]
    words = [case["outcome"] for case in counting if not _does_not_apply(case)]
    if "failed" in words:
        return "failed"
    if "error" in words:
        return "error"
    everything_ran = set(expected) <= {case["id"] for case in cases}
    return "passed" if words and set(words) == {"passed"} and everything_ran else "skipped"


def _does_not_apply(case: Mapping[str, Any]) -> bool:
    return case["outcome"] == "skipped" and (case.get("reason") or {}).get("code") == "not_applicable"


def _linked(
    assessment: Assessment, run_document: Mapping[str, Any], workspace: Workspace, found: Mapping[str, Outcome]
) -> Assessment:
    run = run_document["run"]
    path = f"reports/runs/{run['id']}/run.json"
    file = workspace.path(path)
    link = TestRun(
        id=run["id"],
        path=path,
        sha256=sha256_file(file) if file.is_file() else digest(run_document),
        at=run.get("ended_at") or run.get("started_at"),
        product_version=(run_document.get("service") or {}).get("version"),
        outcomes=dict(sorted(found.items())),
    )
    others = tuple(item for item in assessment.test_runs if item.id != run["id"])
    return replace(assessment, test_runs=(*others, link))


def _propose(
    assessment: Assessment, requirement: Requirement, outcome: Outcome, run: str, env: Environment
) -> tuple[Assessment, Effect | None]:
    answer = assessment.answers.get(requirement.id)
    if answer is None or answer.status == "not_assessed" or not answer.confirmed:
        return _unassessed(assessment, requirement, outcome, run, env)
    if outcome == "failed":
        return assessment, _against(requirement, answer)
    if answer.status in ("non_conform", "partial"):
        text = both("les tests passent : la réponse peut être revue")
        return _closed(assessment, requirement.id), Effect(requirement.id, outcome, "suggestion", text)
    return _closed(assessment, requirement.id), None


def _against(requirement: Requirement, answer: Answer) -> Effect | None:
    if answer.status == "conform":
        text = both("déclarée conforme, contredite par le test")
        return Effect(requirement.id, "failed", "contradicted", text)
    if answer.status == "not_applicable":
        text = both("déclarée non applicable, mais un test échoue : revoyez les questions d'orientation")
        return Effect(requirement.id, "failed", "review_facts", text)
    return None


def _unassessed(
    assessment: Assessment, requirement: Requirement, outcome: Outcome, run: str, env: Environment
) -> tuple[Assessment, Effect]:
    if outcome == "failed":
        proposed = _with_proposal(assessment, requirement, "non_conform", run, env)
        text = both("proposition : non conforme, à confirmer")
        return _with_finding(proposed, requirement, run, env), Effect(requirement.id, outcome, "proposed", text)
    closed = _closed(assessment, requirement.id)
    if requirement.automation == "automated":
        text = both("proposition : conforme, à confirmer")
        effect = Effect(requirement.id, outcome, "proposed", text)
        return _with_proposal(closed, requirement, "conform", run, env), effect
    text = both("les tests passent ; ils ne couvrent pas toute l'exigence")
    return _without_proposal(closed, requirement.id), Effect(requirement.id, outcome, "noted", text)


def _with_proposal(
    assessment: Assessment,
    requirement: Requirement,
    status: Literal["conform", "non_conform"],
    run: str,
    env: Environment,
) -> Assessment:
    old = assessment.answers.get(requirement.id)
    provenance = Provenance("test", env.now(), source=run, confirmed=False)
    base = old or Answer("not_assessed", provenance)
    answer = replace(
        base, status=status, provenance=provenance, requirement_sha256=requirement.normative_sha256, justification=None
    )
    return replace(assessment, answers={**assessment.answers, requirement.id: answer})


def _without_proposal(assessment: Assessment, name: str) -> Assessment:
    """A refusal that an earlier run proposed, and that this one no longer sees, is taken back."""
    old = assessment.answers.get(name)
    if old is None or old.confirmed or old.status != "non_conform" or old.provenance.origin != "test":
        return assessment
    answer = replace(old, status="not_assessed")
    return replace(assessment, answers={**assessment.answers, name: answer})


def _with_finding(assessment: Assessment, requirement: Requirement, run: str, env: Environment) -> Assessment:
    others = tuple(item for item in assessment.findings if not _open_by_test(item, requirement.id))
    finding = Finding(
        id=env.new_id(),
        requirement=requirement.id,
        kind="major_nonconformity" if requirement.obligation == "mandatory" else "minor_nonconformity",
        statement=both("un test de cette exigence a échoué (exécution {run})", run=run),
        state="open",
        origin="test",
        recommendation=dict(requirement.remediation.text) if requirement.remediation else None,
        at=env.now(),
    )
    return replace(assessment, findings=(*others, finding))


def _open_by_test(finding: Finding, requirement: str) -> bool:
    return finding.requirement == requirement and finding.origin == "test" and finding.state == "open"


def _closed(assessment: Assessment, requirement: str) -> Assessment:
    """What a test found, a later passed test closes."""
    findings = tuple(
        replace(item, state="closed") if _open_by_test(item, requirement) else item for item in assessment.findings
    )
    return replace(assessment, findings=findings)
