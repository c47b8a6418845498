"""The gate: each reason to refuse a release, alone, and what a policy changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import dossier_samples as dossiers
import pytest
import review_samples as reviews

from mes_conformity.assessment.readiness import Blocker, Readiness
from mes_conformity.assessment.workspace import Service
from mes_conformity.dossier import build, review, signing
from mes_conformity.dossier.keys import Signer
from mes_conformity.dossier.verify import Verification, verify_bytes
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.referencing import gate
from mes_conformity.referencing.gate import Policy, Release

TODAY = date(2026, 11, 25)
SERVICE = Service(*(dossiers.SERVICE[key] for key in ("publisher", "product", "version")))
READY = Readiness("ready", ())
TEXT = {"fr": "…", "en": "…"}
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A dossier whose every case passed."""
    root = tmp_path_factory.mktemp("gate")
    passed = [case for case in dossiers.entries() if case["outcome"] == "passed"]
    return build.assemble(build.collect(root, dossiers.write_workspace(root, passed), None, {}), {}, {})


@pytest.fixture
def release(sealed: bytes) -> Release:
    """A release that passes."""
    found = verify_bytes(sealed, "d.mesdossier.zip")
    assert found.dossier is not None
    return Release(SERVICE, READY, (), found.dossier.documents.run, found, None)


def codes(release: Release, policy: Policy | None = None, today: date = TODAY) -> list[str]:
    return [reason.code for reason in gate.judge(policy or Policy(), release, today)]


def played(release: Release, **changes: Any) -> Release:
    """The same release, its latest run otherwise: `run=` its facts, anything else is of its first case."""
    assert release.run is not None
    facts = {**release.run["run"], **changes.pop("run", {})}
    cases = [{**release.run["cases"][0], **changes}, *release.run["cases"][1:]]
    return replace(release, run={**release.run, "run": facts, "cases": cases})


def other(release: Release, **service: Any) -> Release:
    return replace(release, service=replace(release.service, **service))


def dossier_of(raw: bytes) -> Verification:
    return verify_bytes(raw, "d.mesdossier.zip", deep=True)


def test_a_release_with_everything_passes(release: Release) -> None:
    assert codes(release) == []


def test_every_reason_is_told_in_both_languages_with_what_to_type(release: Release) -> None:
    nothing = Release(SERVICE, Readiness("incomplete", (Blocker(TEXT, "…", "x", None, True),)), (), None, None, None)
    reasons = gate.judge(Policy(), nothing, TODAY)
    assert [reason.code for reason in reasons] == ["GAT001", "GAT010", "GAT020"]
    for told in (reason.to_json() for reason in reasons):
        assert told["message"]["fr"] != told["message"]["en"]
        assert "mes-conformity " in told["hint"]["fr"]


def test_what_blocks_refuses_unless_only_answers_are_asked(release: Release) -> None:
    blocked = replace(release, readiness=Readiness("not_ready", (Blocker(TEXT, "…", "x"),)))
    assert codes(blocked) == ["GAT002"]
    assert codes(blocked, Policy(assessment="complete")) == []


def test_a_missing_answer_refuses_unless_nobody_looks(release: Release) -> None:
    missing = replace(release, readiness=Readiness("incomplete", (Blocker(TEXT, "…", "x", None, True),)))
    assert codes(missing, Policy(assessment="complete")) == ["GAT001"]
    assert codes(missing, Policy(assessment="any")) == []


def test_a_waiver_refuses_where_the_policy_says_so(release: Release) -> None:
    waived = replace(release, waived=("x-ech-tls",))
    assert codes(waived) == []
    assert codes(waived, Policy(waivers="refused")) == ["GAT003"]


@pytest.mark.parametrize("change", [{"version": "2.5.0"}, {"product": "Autre"}])
def test_what_speaks_of_another_version_or_product_does_not_count(release: Release, change: dict[str, str]) -> None:
    assert codes(other(release, **change)) == ["GAT011", "GAT023"]


def test_a_failed_test_of_the_service_refuses(release: Release) -> None:
    failed = played(release, outcome="failed", subject="service", advisory=False)
    assert codes(failed) == ["GAT012"]
    assert codes(failed, Policy(tests="not_failed")) == ["GAT012"]
    assert codes(failed, Policy(tests="any")) == []


def test_an_advisory_failure_of_the_service_never_counts(release: Release) -> None:
    assert codes(played(release, outcome="failed", subject="service", advisory=True)) == []


@pytest.mark.parametrize("change", [{"outcome": "error"}, {"outcome": "failed", "subject": "target"}])
def test_what_could_not_be_judged_refuses_unless_accepted(release: Release, change: dict[str, str]) -> None:
    assert codes(played(release, **change)) == ["GAT013"]
    assert codes(played(release, **change), Policy(tests="not_failed")) == []


def test_an_interrupted_run_refuses(release: Release) -> None:
    assert codes(played(release, run={"state": "interrupted"})) == ["GAT014"]


def test_a_run_that_judged_nothing_refuses(release: Release) -> None:
    assert release.run is not None
    cases = [{**case, "outcome": "skipped"} for case in release.run["cases"]]
    assert codes(replace(release, run={**release.run, "cases": cases})) == ["GAT014"]


def test_the_target_can_be_asked(release: Release) -> None:
    assert codes(release, Policy(target="embedded")) == []
    assert codes(release, Policy(target="recette")) == ["GAT015"]
    assert codes(played(release, run={"target": None}), Policy(target="recette")) == ["GAT015"]


def test_the_age_of_the_run_can_be_limited(release: Release) -> None:
    assert codes(release, Policy(max_age_days=3)) == []
    assert codes(release, Policy(max_age_days=2)) == ["GAT016"]


def test_an_altered_dossier_refuses(release: Release, sealed: bytes) -> None:
    assert codes(replace(release, dossier=dossier_of(sealed[:-1]))) == ["GAT021"]


def test_a_dossier_that_makes_no_sense_refuses(release: Release, sealed: bytes) -> None:
    assert release.run is not None
    name = f"{release.run['cases'][0]['folder']}/case.json"
    nonsense = dossiers.reseal(sealed, {name: b'{"schema_version": "<script>"}'})
    assert codes(replace(release, dossier=dossier_of(nonsense))) == ["GAT021"]


def test_a_signature_can_be_asked(release: Release, sealed: bytes) -> None:
    assert codes(release, Policy(dossier="signed")) == ["GAT022"]
    signed = signing.sign(sealed, Signer(reviews.PUBLISHER_KEY))
    assert codes(replace(release, dossier=dossier_of(signed)), Policy(dossier="signed")) == []


def test_a_dossier_of_an_earlier_run_refuses(release: Release) -> None:
    assert codes(played(release, run={"id": "20261124T080000Z-0001"})) == ["GAT024"]


def test_a_partial_dossier_refuses(release: Release, tmp_path: Path) -> None:
    env = Environment.system()
    folder = dossiers.real_run(tmp_path, env)
    raw = dossiers.dossier(tmp_path, folder, dossiers.SUITES)
    dropped = dossiers.changed(raw, "run.json", lambda run: run["cases"].pop())
    found = dossier_of(dossiers.reseal(raw, {"run.json": dropped, "cases/PET-03/case.json": None}))
    assert found.dossier is not None
    run = found.dossier.documents.run
    service = Service(*(run["service"][key] for key in ("publisher", "product", "version")))
    assert "GAT025" in codes(replace(release, service=service, run=run, dossier=found))


def test_a_dossier_nobody_looks_at_does_not_refuse(release: Release) -> None:
    assert codes(replace(release, dossier=None)) == ["GAT020"]
    assert codes(replace(release, dossier=None), Policy(dossier="any")) == []


def test_a_finding_that_waits_refuses_by_its_weight(release: Release) -> None:
    assert release.dossier is not None
    dossier = release.dossier.dossier
    assert dossier is not None
    question = reviews.asks(dossier, noted=(reviews.QUESTION,))
    asked = replace(release, review=review.examine(dossier, [reviews.source(question)]))
    assert codes(asked) == ["GAT031"]
    assert codes(asked, Policy(review="no_major")) == []
    major = reviews.asks(dossier, noted=(reviews.MAJOR,))
    refused = replace(release, review=review.examine(dossier, [reviews.source(major)]))
    assert codes(refused, Policy(review="no_major")) == ["GAT031"]
    assert codes(refused, Policy(review="any")) == []


def test_a_review_that_is_not_sound_refuses(release: Release) -> None:
    assert release.dossier is not None
    dossier = release.dossier.dossier
    assert dossier is not None
    broken = reviews.source(reviews.asks(dossier))._replace(raw=b"{}", named=True)
    assert codes(replace(release, review=review.examine(dossier, [broken]))) == ["GAT030"]


def test_many_names_are_counted(release: Release) -> None:
    waived = replace(release, waived=tuple(f"x-{n}" for n in range(9)))
    (reason,) = gate.judge(Policy(waivers="refused"), waived, TODAY)
    assert reason.message["en"].endswith("x-4… (+4)")


def test_a_policy_keeps_the_values_it_does_not_say(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("schema_version: 1\ndossier: signed\nmax_age_days: 30\n", encoding="utf-8")
    assert gate.read(tmp_path / "gate.yaml", "gate.yaml") == Policy(dossier="signed", max_age_days=30)


@pytest.mark.parametrize("line", ["dosier: any", "tests: maybe", "max_age_days: -1"])
def test_a_policy_that_is_not_valid_is_told_with_its_place(line: str, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(f"schema_version: 1\n{line}\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        gate.read(tmp_path / "gate.yaml", "gate.yaml")
    assert caught.value.code == "SCH001"
    assert caught.value.location is not None
    assert caught.value.location.file == "gate.yaml"


def test_the_schema_names_the_fields_of_a_policy() -> None:
    import json
    from dataclasses import fields

    from mes_conformity.foundation.resources import root

    schema = json.loads((root("requirements_catalogue") / "schemas" / f"{gate.SCHEMA}.schema.json").read_text())
    assert {*schema["properties"]} == {"schema_version", *(field.name for field in fields(Policy))}
