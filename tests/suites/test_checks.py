"""Each check: what passes, what fails, and what is said of both."""

import json
from typing import Any

import pytest
from suite_samples import answered, unanswered

from mes_conformity.suites import checks
from mes_conformity.suites.evidence import Exchange
from mes_conformity.suites.subject import CheckResult, Subject, where_of
from mes_conformity.validators.finding import Finding

BUNDLE = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 2,
    "entry": [
        {"resource": {"resourceType": "Observation", "meta": {"profile": ["p1"]}, "valueQuantity": {"value": 71.5}}},
        {"resource": {"resourceType": "Observation", "meta": {"profile": ["p1", "p2"]}}},
    ],
}
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [
        {"severity": "error", "code": "invalid", "diagnostics": "Bundle MUST contain one observation"},
        {"severity": "warning", "code": "value", "details": {"text": "Other"}},
    ],
}


def subject(exchange: Exchange | None = None, **keys: Any) -> Subject:
    return Subject("T-01/1 GET /fhir → 200", exchange, **keys)


def one(kind: str, argument: Any, exchange: Exchange | None = None, **keys: Any) -> CheckResult:
    results = checks.run(kind, argument, subject(exchange, **keys))
    assert len(results) == 1
    return results[0]


def outcome(kind: str, argument: Any, exchange: Exchange | None = None, **keys: Any) -> str:
    return one(kind, argument, exchange, **keys).outcome


@pytest.mark.parametrize(
    ("wanted", "expected"), [(200, "passed"), ([200, 201], "passed"), ("200", "passed"), (404, "failed")]
)
def test_status(wanted: Any, expected: str) -> None:
    assert outcome("status", wanted, answered({})) == expected


def test_a_wrong_status_comes_with_what_the_target_says() -> None:
    result = one("status", 200, answered(OUTCOME, 422))
    assert (result.expected, result.obtained) == ("200", "422")
    assert result.message is not None
    assert "one observation" in result.message["fr"]


def test_a_wrong_status_without_diagnostics_says_nothing_more() -> None:
    assert one("status", 200, answered({"resourceType": "OperationOutcome", "issue": []}, 500)).message is None


def test_status_without_an_answer_says_the_failure() -> None:
    assert one("status", 200, unanswered("timeout", "2 s")).obtained == "timeout: 2 s"


def test_media_type_leaves_parameters_aside() -> None:
    assert (
        outcome("media_type", "Application/FHIR+json", answered({}, media_type="application/fhir+json; charset=utf-8"))
        == "passed"
    )
    assert one("media_type", "application/json", answered(b"<p>", media_type="text/html")).obtained == "text/html"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("present", "passed"),
        ("absent", "failed"),
        ("Observation/1", "passed"),
        ("x", "failed"),
        ({"matches": "^Obs"}, "passed"),
    ],
)
def test_header(wanted: Any, expected: str) -> None:
    assert outcome("header", {"location": wanted}, answered({}, Location="Observation/1")) == expected


def test_a_missing_header_is_absent() -> None:
    assert outcome("header", {"X-Other": "absent"}, answered({})) == "passed"


def test_claims_are_those_of_the_action() -> None:
    result = {"claims": {"aud": ["a", "b"], "iss": "me", "n": 1}}
    held = {"iss": "me", "aud": ["a"], "n": 1, "sub": "absent"}
    assert [item.outcome for item in checks.run("claims", held, subject(result=result))] == ["passed"] * 4
    assert outcome("claims", {"aud": "b"}, result=result) == "passed"
    assert outcome("claims", {"sub": "present"}, result=result) == "failed"


def test_claims_of_something_else_are_missing() -> None:
    assert outcome("claims", {"iss": "me"}, result=None) == "failed"


def test_fhirpath_wants_one_true() -> None:
    exchange = answered(BUNDLE)
    assert outcome("fhirpath", ["Bundle.type = 'searchset'"], exchange) == "passed"
    assert one("fhirpath", ["Bundle.total"], exchange).obtained == "2"
    assert one("fhirpath", ["Bundle.nothing"], exchange).obtained == "[]"


def test_fhirpath_on_a_page_of_html_says_so() -> None:
    result = one("fhirpath", ["Bundle.total = 1"], answered(b"<p>", media_type="text/html"))
    assert (result.outcome, result.obtained) == ("failed", "HTTP 200, text/html, 3 o")


def test_an_expression_that_cannot_be_evaluated_accuses_nobody() -> None:
    assert outcome("fhirpath", ["Bundle.("], answered(BUNDLE)) == "error"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"json": "/total", "to": 2.0}, "passed"),
        ({"json": "/none", "to": 2}, "failed"),
        ({"fhirpath": "Bundle.entry.resource.value.value", "to": 71.5}, "passed"),
        ({"fhirpath": "Bundle.entry.resource.value.value", "to": [71.5]}, "passed"),
        ({"fhirpath": "Bundle.entry.resource.meta.profile", "to": ["p1", "p1", "p2"]}, "passed"),
        ({"header": "content-type", "to": "application/fhir+json"}, "passed"),
        ({"value": "a", "to": "b"}, "failed"),
    ],
)
def test_equals(item: dict[str, Any], expected: str) -> None:
    assert outcome("equals", [item], answered(BUNDLE)) == expected


def test_several_values_are_shown_together() -> None:
    assert one(
        "equals", [{"fhirpath": "Bundle.entry.resource.resourceType", "to": "x"}], answered(BUNDLE)
    ).obtained.startswith("[")


def test_differs_wants_something_else_to_be_there() -> None:
    exchange = answered({"token": "[redacted:aaaaaaaaaaaa]"})
    assert outcome("differs", [{"json": "/token", "from": "[redacted:bbbbbbbbbbbb]"}], exchange) == "passed"
    assert outcome("differs", [{"json": "/token", "from": "[redacted:aaaaaaaaaaaa]"}], exchange) == "failed"
    assert outcome("differs", [{"json": "/none", "from": "x"}], exchange) == "failed"


def test_contains_whatever_the_case() -> None:
    assert outcome("contains", "MUST contain", answered(OUTCOME)) == "passed"
    assert outcome("contains", ["nowhere"], unanswered("reset")) == "failed"


def test_matches() -> None:
    assert outcome("matches", [{"json": "/type", "pattern": "^search"}], answered(BUNDLE)) == "passed"
    assert outcome("matches", [{"json": "/nothing", "pattern": "."}], answered(BUNDLE)) == "failed"


def test_absent_and_present_are_opposites() -> None:
    for place in ({"json": "/nothing"}, {"fhirpath": "Bundle.link"}, {"header": "X-None"}, {"text": "secret"}):
        assert outcome("absent", [place], answered(BUNDLE)) == "passed"
        assert outcome("present", [place], answered(BUNDLE)) == "failed"
    assert outcome("present", [{"text": "SEARCHSET"}], answered(BUNDLE)) == "passed"


def test_no_answer_is_not_an_absence() -> None:
    assert one("absent", [{"json": "/x"}], unanswered("reset", "cut")).obtained == "reset: cut"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ({"fhirpath": "Bundle.entry", "is": 2}, ["passed"]),
        ({"json": "/entry", "at_least": 2, "at_most": 1}, ["passed", "failed"]),
        ([{"json": "/total", "is": 1}, {"json": "/none", "is": 0}], ["passed", "passed"]),
    ],
)
def test_count(argument: Any, expected: list[str]) -> None:
    assert [item.outcome for item in checks.run("count", argument, subject(answered(BUNDLE)))] == expected


def test_an_unreadable_answer_is_not_a_count_of_zero() -> None:
    assert outcome("count", {"fhirpath": "Bundle.entry", "is": 0}, answered(b"<p>", media_type="text/html")) == "failed"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"severity": "error", "code": "invalid", "diagnostics": "must CONTAIN"}, "passed"),
        ({"code": "value", "diagnostics": "other"}, "passed"),
        ({"severity": "error", "code": "value"}, "failed"),
    ],
)
def test_outcome_issue(wanted: dict[str, str], expected: str) -> None:
    assert outcome("outcome_issue", wanted, answered(OUTCOME, 422)) == expected


@pytest.mark.parametrize("body", [{}, {"resourceType": "OperationOutcome", "issue": "none"}, []])
def test_what_is_no_operation_outcome_has_no_issue(body: Any) -> None:
    assert outcome("outcome_issue", {"code": "x"}, answered(body, 400)) == "failed"


def test_profile_of_every_resource_meant() -> None:
    exchange = answered(BUNDLE)
    assert outcome("profile", {"fhirpath": "Bundle.entry.resource", "is": "p1"}, exchange) == "passed"
    assert outcome("profile", {"fhirpath": "Bundle.entry.resource", "is": "p2"}, exchange) == "failed"
    assert outcome("profile", {"fhirpath": "Bundle.nothing", "is": "p1"}, exchange) == "failed"
    assert outcome("profile", "p1", answered({"resourceType": "Device", "meta": {"profile": ["p1"]}})) == "passed"
    assert outcome("profile", {"fhirpath": "Bundle.total", "is": "p1"}, exchange) == "failed"


def test_schema_given_inline() -> None:
    assert outcome("schema", {"type": "object", "required": ["total"]}, answered(BUNDLE)) == "passed"
    assert outcome("schema", {"type": "array"}, answered(BUNDLE)) == "failed"
    assert outcome("schema", {"type": "array"}, answered(b"<p>")) == "failed"


def test_tls_version_and_verification() -> None:
    asked = {"version_at_least": "1.2", "verified": True}
    assert [item.outcome for item in checks.run("tls", asked, subject(answered({})))] == ["passed", "passed"]
    assert [item.outcome for item in checks.run("tls", asked, subject(unanswered("tls")))] == ["failed", "failed"]


def test_failure_of_the_transport() -> None:
    assert outcome("failure", "tls", unanswered("tls")) == "passed"
    assert outcome("failure", ["refused", "reset"], unanswered("timeout")) == "failed"
    assert outcome("failure", "none", answered({})) == "passed"
    assert outcome("failure", "none", unanswered("closed_early")) == "failed"


def test_no_validators_no_rules() -> None:
    assert checks.run("rules", {}, subject()) == []


def found(rule: str, severity: str = "error", **more: Any) -> Finding:
    return Finding(rule, severity, "/code", {"fr": "m", "en": "m"}, "essai", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "findings", "outcomes"),
    [
        (["a/code"], [found("a/code")], ["failed"]),
        (["a/title"], [found("a/code")], ["passed"]),
        (["a/code"], [found("a/code", "warning")], ["passed"]),
        (["a/title"], [found("artefact/readable")], ["failed"]),
        (["a/code"], [found("a/unread", "information", unjudged=("a/code",))], ["error"]),
        (["a/title"], [found("a/unread", "information", unjudged=("a/code",))], ["passed"]),
        (None, [found("a/unread", "information", unjudged=("a/code",))], ["error"]),
        (None, [found("a/code"), found("a/unread", "information", unjudged=("a/code",))], ["failed", "error"]),
    ],
)
def test_rules_hold_fail_or_could_not_be_judged(held: Any, findings: list[Finding], outcomes: list[str]) -> None:
    argument = {} if held is None else {"hold": held}
    results = checks.run("rules", argument, subject(judge=lambda _argument, _subject: findings))
    assert [result.outcome for result in results] == outcomes


@pytest.mark.parametrize(
    ("severity", "outcome"), [("error", "failed"), ("warning", "failed"), ("information", "passed")]
)
def test_rules_may_count_warnings_too(severity: str, outcome: str) -> None:
    argument = {"hold": ["a/code"], "severity": "warning"}
    (result,) = checks.run("rules", argument, subject(judge=lambda *_given: [found("a/code", severity)]))
    assert result.outcome == outcome


@pytest.mark.parametrize(("held", "said"), [(["a/code"], True), (["b/code"], False), (None, True)])
def test_a_pass_says_what_was_left_to_a_person(held: list[str] | None, said: bool) -> None:
    argument = {} if held is None else {"hold": held}
    told = [found("a/to-read", "information")]
    (result,) = checks.run("rules", argument, subject(judge=lambda *_given: told))
    assert result.outcome == "passed"
    assert (result.message is not None) is said


def test_a_fault_of_a_text_has_its_line() -> None:
    given = subject(judge=lambda _argument, _subject: [found("a/code", line=12)], artefact_path="lettre.xml")
    (result,) = checks.run("rules", {}, given)
    assert result.where == "lettre.xml:12#/code"


def test_a_check_becomes_json() -> None:
    shape = one("status", 200, answered(OUTCOME, 422)).to_json()
    assert set(shape) == {"check", "outcome", "expected", "obtained", "where", "message"}
    assert json.dumps(shape)


def test_the_place_of_a_step_is_the_same_in_every_language() -> None:
    assert where_of("T-01", 2, answered({}, 201, url="https://cible/fhir?x=1"), None) == "T-01/2 GET /fhir → 201"
    assert where_of("T-01", 2, unanswered("dns"), None) == "T-01/2 GET /fhir → dns"
    assert where_of("T-01", 1, None, "artefact") == "T-01/1 artefact"
    assert where_of("T-01", 1, None, None) == "T-01/1"


def test_a_subject_without_anything_describes_itself() -> None:
    assert subject().described() == "∅"
    assert subject().text == ""
