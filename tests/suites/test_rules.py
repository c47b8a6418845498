"""The rules of suites, SUI002 to SUI011: each fault where it stands."""

from collections.abc import Sequence

import pytest
from suite_samples import case_text, documents

from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.suites.loader import diagnose

GET = "- request: {method: GET, path: /x}\n  expect: {status: 200}"


def faults(*cases: str, requirements: Sequence[str] | None = None, **keys: str) -> list[Diagnostic]:
    return diagnose(documents(*cases, **keys), requirements=requirements)


def codes(*cases: str, **keys: str) -> list[str]:
    return [fault.code for fault in faults(*cases, **keys)]


def step(request: str = "", expect: str = "status: 200") -> str:
    return case_text(f"- request: {{method: GET, path: /x{request}}}\n  expect: {{{expect}}}")


def test_a_sound_suite_has_no_fault() -> None:
    assert codes(case_text(GET)) == []


def test_sui002_a_case_written_twice() -> None:
    assert codes(case_text(GET), case_text(GET)) == ["SUI002"]


@pytest.mark.parametrize("text", ["$nobody.id", "x ${nobody} y", "${}"])
def test_sui003_an_unknown_variable(text: str) -> None:
    found = faults(step(f", headers: {{A: '{text}'}}"))
    assert [fault.code for fault in found] == ["SUI003"]
    assert (found[0].location.line, found[0].about) == (16, "T-01")


def test_sui003_a_later_name_is_not_known_earlier() -> None:
    early = "- request: {method: GET, path: $answer.headers.location}\n  as: answer\n  expect: {status: 200}"
    assert codes(case_text(early)) == ["SUI003"]


def test_names_are_known_once_bound_or_captured() -> None:
    steps = """
    - use: new_user
      as: someone
    - request: {method: GET, path: "/${someone.login}"}
      as: answer
      capture: {place: {header: Location}}
      expect: {status: $answer.status}
    - request: {method: GET, path: $place}
      expect: {status: 200}
    """
    assert codes(case_text(steps)) == []


def test_a_case_for_each_artefact_knows_it() -> None:
    judged = "- use: artefact\n  expect: {equals: [{value: $artefact.kind, to: x}]}"
    assert codes(case_text(judged, more="for_each: measure-bundle", subject="service"), kind="unit") == []
    assert codes(case_text(judged, subject="service"), kind="unit") == []
    request = "- request: {method: GET, path: $artefact.path}\n  expect: {status: 200}"
    assert codes(case_text(request)) == ["SUI003"]


def test_sui004_an_unknown_action() -> None:
    assert codes(case_text("- use: invent\n  expect: {contains: x}")) == ["SUI004"]


def test_sui004_inputs_unknown_or_missing() -> None:
    assert codes(case_text("- use: advance_clock\n  with: {minutes: 1}\n  expect: {contains: x}")) == [
        "SUI004",
        "SUI004",
    ]


def test_sui004_an_unknown_need() -> None:
    assert codes(case_text(GET, more="needs: [magic]")) == ["SUI004"]
    assert codes(case_text(GET, more="needs: [measure-bundle, control]")) == []


def test_sui005_an_unknown_contract_is_told_once() -> None:
    files = documents(step(", headers: {A: $contract.fhir_path}"))
    files["connection/essai.yaml"] = files["connection/essai.yaml"].replace(b"petit@1.0", b"grand@2.0")
    assert [fault.code for fault in diagnose(files)] == ["SUI005"]


def test_sui005_further_contracts() -> None:
    assert codes(case_text(GET), more="contracts: {other: autre@1}\n") == ["SUI005"]


def test_sui005_an_unknown_key_of_a_contract() -> None:
    assert codes(step(", headers: {A: $contract.nothing.here}")) == ["SUI005"]
    assert codes(step(", headers: {A: $contract}")) == ["SUI005"]


def test_sui006_an_unknown_case() -> None:
    assert codes(case_text(GET, more="after: [T-77]")) == ["SUI006"]


def test_sui006_a_circle() -> None:
    circle = (
        case_text(GET, more="after: [T-02]"),
        case_text(GET, case_id="T-02", more="after: [T-03]"),
        case_text(GET, case_id="T-03", more="after: [T-02]"),
    )
    found = faults(*circle)
    assert [fault.code for fault in found] == ["SUI006"]
    assert "T-02 → T-03 → T-02" in found[0].message["fr"]


def test_sui007_an_unknown_requirement_where_they_are_given() -> None:
    assert [fault.code for fault in faults(case_text(GET), requirements=["x-autre"])] == ["SUI007"]
    assert faults(case_text(GET), requirements=["x-essai"]) == []


def test_sui008_a_case_that_expects_nothing() -> None:
    assert codes(case_text("- request: {method: GET, path: /x}")) == ["SUI008"]


def test_sui008_a_case_that_nothing_breaks() -> None:
    assert codes(case_text(GET, more="broken_by: []")) == ["SUI008"]


def test_sui009_a_service_case_without_ground_is_a_warning() -> None:
    found = faults(case_text(GET, subject="service"))
    assert [(fault.code, fault.level) for fault in found] == [("SUI009", "warning")]
    assert codes(case_text(GET), case_text(GET, case_id="T-02", subject="service", more="after: [T-01]")) == []


@pytest.mark.parametrize(
    "expect",
    ["matches: [{json: /a, pattern: '('}]", "header: {A: {matches: '['}}", "fhirpath: ['now() = 1']"],
)
def test_sui010_what_cannot_be_read(expect: str) -> None:
    assert codes(step(expect=expect)) == ["SUI010"]


def test_sui010_a_capture_that_reads_the_clock() -> None:
    steps = GET + "\n  capture: {a: {fhirpath: 'today()'}}"
    assert codes(case_text(steps)) == ["SUI010"]


def test_sui011_an_unknown_rule_of_the_validators() -> None:
    steps = "- use: artefact\n  expect: {rules: {hold: [measures/unknown-rule]}}"
    more = "for_each: measure-bundle"
    assert codes(case_text(steps, subject="service", more=more), kind="unit") == ["SUI011"]
