"""The selfcheck itself must be able to fail: suites that cannot fail, or that accuse wrongly, are found."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.foundation.resources import root
from mes_conformity.harness.casework import Artefact
from mes_conformity.harness.defects import Defect
from mes_conformity.harness.engine import Service
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.selfcheck import Report, selfcheck
from mes_conformity.suites.loader import Library, from_documents, read_documents, shipped_root

CONTRACTS = {name: raw for name, raw in read_documents(shipped_root()).items() if name.startswith("contracts/")}
CASE = """
  - id: {id}
    title: {{fr: Cas, en: Case}}
    subject: {subject}
    basis: published
    requirements: [x-a]
    source: essai
    broken_by: [{broken_by}]
    remedy: {{fr: r, en: r}}
    {more}
    steps:
      - {step}
"""
READ = "{request: {method: GET, path: metadata, authenticate: false}, expect: {status: 200}}"
BLIND = "{request: {method: GET, path: metadata, authenticate: false}, expect: {status: [200, 404, 500]}}"
WRONG = "{request: {method: GET, path: metadata, authenticate: false}, expect: {status: 418}}"
JUDGE = "{use: artefact, expect: {rules: {hold: [measures/one-observation]}}}"
EACH = "for_each: measure-bundle"


def case(case_id: str, step: str, broken_by: str, *, subject: str = "target", more: str = "") -> str:
    return CASE.format(id=case_id, step=step, broken_by=broken_by, subject=subject, more=more)


def library(*cases: str, kind: str = "connection") -> Library:
    head = f"""\
schema_version: 1
suite: essai
kind: {kind}
contract: mes-measures@1.5.2
title: {{fr: Essai, en: Trial}}
cases:"""
    return from_documents({f"{kind}/essai.yaml": (head + "".join(cases)).encode(), **CONTRACTS})


def sound() -> Service:
    path = root("examples") / "connected-scale" / "artefacts" / "poids.json"
    return Service(artefacts=(Artefact("artefacts/poids.json", "measure-bundle", path.read_bytes()),))


def checked(
    made: Library, services: Sequence[Service] = (), defects: Mapping[str, Defect] | None = MappingProxyType({})
) -> Report:
    """The selfcheck of suites of one's own, that need break no fault of the program unless `defects` is None."""
    return selfcheck(made, services, Environment.system(), defects=defects)


def test_a_case_that_fails_with_its_fault_is_sound() -> None:
    report = checked(library(case("T-01", READ, "metadata-missing")))
    summary = report.to_json()["summary"]
    assert (summary["cases"], summary["pairs"], summary["survived"], summary["sound_failed"]) == (1, 1, 0, 0)
    assert report.exit_code == ExitCode.OK


def test_a_case_that_cannot_fail_is_a_survivor() -> None:
    report = checked(library(case("T-01", BLIND, "metadata-missing, no-such-fault")))
    assert [(item.case, item.fault, item.outcome) for item in report.survivors] == [
        ("T-01", "metadata-missing", "passed"),
        ("T-01", "no-such-fault", "not_applied"),
    ]
    assert report.exit_code == ExitCode.FINDINGS


def test_a_case_that_fails_on_what_is_sound_is_told() -> None:
    report = checked(library(case("T-01", WRONG, "metadata-missing")))
    assert [(item.case, item.outcome) for item in report.sound_failures] == [("T-01", "failed")]
    assert report.exit_code == ExitCode.FINDINGS


def test_a_case_that_nothing_lets_run_is_told() -> None:
    made = library(case("T-01", JUDGE, "no-such-fault", subject="service", more=EACH), kind="unit")
    assert [(item.case, item.outcome) for item in checked(made).sound_failures] == [("T-01", "skipped")]


def test_a_defect_is_put_into_the_artefacts() -> None:
    name = next(iter(_defects("measures/one-observation")))
    made = library(case("T-01", JUDGE, name, subject="service", more=EACH), kind="unit")
    report = checked(made, [sound()])
    assert (report.pairs, report.survivors, report.sound_failures) == (1, [], [])


def _defects(rule: str) -> list[str]:
    from mes_conformity.harness.defects import DEFECTS

    return [defect.name for defect in DEFECTS.values() if defect.rule == rule]


def test_a_case_that_accuses_the_service_of_a_fault_of_the_target_is_told() -> None:
    made = library(case("T-01", READ, "metadata-missing", subject="service"))
    report = checked(made)
    assert ("T-01", "metadata-missing") in {(item.case, item.fault) for item in report.accused}
    assert report.exit_code == ExitCode.FINDINGS


def test_faults_that_break_nothing_are_named() -> None:
    report = checked(library(case("T-01", READ, "metadata-missing")), defects=None)
    assert "metadata-missing" not in report.unused_faults
    assert "slow" in report.unused_faults
    assert report.survivors == report.sound_failures == []
    assert report.exit_code == ExitCode.FINDINGS


def test_a_selfcheck_of_no_case_proves_nothing() -> None:
    report = selfcheck(
        library(case("T-01", READ, "slow")), (), Environment.system(), selection=Selection(ids=("T-09",))
    )
    assert report.cases == 0
    assert report.exit_code == ExitCode.INCONCLUSIVE
