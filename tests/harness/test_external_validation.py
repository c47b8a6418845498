"""Asking a validator: nothing without an address, no token ever, its answer counted and kept."""

import json
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from harness_partner import FakeSession, Script, json_answer, target

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.external_validation import external_validation
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing
from mes_conformity.harness.targets import from_descriptor
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.evidence import Request, Response

PATIENT = {"resourceType": "Patient", "active": True}
ISSUES = [
    {"severity": "fatal", "code": "structure", "diagnostics": "élément inconnu", "expression": ["Patient.x"]},
    {"severity": "error", "code": "invalid", "details": {"text": "code inconnu"}, "location": ["/Patient/y"]},
    {"severity": "warning", "code": "informational"},
    {"severity": "information", "code": "informational"},
    "pas une issue",
]


def session(answers: Callable[[Request], Response | None], url: str | None = "https://validateur.invalid/r4/") -> Any:
    return FakeSession(Environment.system(), Script(answers), target(validator_url=url))


def outcome(issues: Any, status: int = 200) -> Callable[[Request], Response]:
    body = json.dumps({"resourceType": "OperationOutcome", "issue": issues})
    return lambda _request: json_answer(body, status)


def test_the_issues_are_counted_by_severity() -> None:
    said = external_validation(session(outcome(ISSUES)), {"resource": PATIENT})
    assert (said["status"], said["errors"], said["warnings"]) == (200, 2, 1)
    assert said["issues"][0] == {
        "severity": "fatal",
        "code": "structure",
        "diagnostics": "élément inconnu",
        "expression": "Patient.x",
    }
    assert (said["issues"][1]["diagnostics"], said["issues"][1]["expression"]) == ("code inconnu", "/Patient/y")


def test_the_resource_is_sent_to_its_type_and_without_a_token() -> None:
    asked = session(outcome([]))
    external_validation(asked, {"resource": PATIENT})
    (request,) = asked.transport.sent
    assert (request.method, request.url) == ("POST", "https://validateur.invalid/r4/Patient/$validate")
    assert json.loads(request.body) == PATIENT
    assert {name.lower() for name, _value in request.headers} == {"content-type", "accept"}


def test_nothing_is_sent_where_the_target_names_no_validator() -> None:
    asked = session(outcome([]), url=None)
    with pytest.raises(PrerequisiteMissing):
        external_validation(asked, {"resource": PATIENT})
    assert asked.transport.sent == []


@pytest.mark.parametrize("resource", [None, 3, [], {}, {"resourceType": 3}, {"resourceType": "../admin"}])
def test_what_is_no_resource_is_not_sent(resource: Any) -> None:
    asked = session(outcome([]))
    with pytest.raises(ActionFailed) as caught:
        external_validation(asked, {"resource": resource})
    assert caught.value.code == "no_resource"
    assert asked.transport.sent == []


@pytest.mark.parametrize("body", ["", "<html/>", "[]", '{"resourceType": "Patient", "issue": []}', '{"issue": 3}'])
def test_an_answer_that_is_no_outcome_accuses_nobody(body: str) -> None:
    with pytest.raises(ActionFailed) as caught:
        external_validation(session(lambda _request: json_answer(body, 502)), {"resource": PATIENT})
    assert (caught.value.outcome, caught.value.code) == ("error", "validator_unreadable")


def test_only_the_first_issues_are_kept_and_all_are_counted() -> None:
    said = external_validation(session(outcome([{"severity": "error", "code": "x"}] * 80)), {"resource": PATIENT})
    assert (said["errors"], len(said["issues"])) == (80, 50)


def test_the_address_of_a_validator_comes_from_the_description_of_the_target() -> None:
    named = from_descriptor({"url": "https://cible.invalid", "validator_url": "https://v.invalid"}, "a", "file", "a")
    assert named.validator_url == "https://v.invalid"
    assert from_descriptor({"url": "https://cible.invalid"}, "a", "file", "a").validator_url is None


def test_the_validator_beside_the_sandbox_finds_what_is_not_fhir() -> None:
    with Sandbox.start(env=Environment.system()) as sandbox:
        address, trusted = sandbox.descriptor["validator_url"], sandbox.descriptor["ca_file"]
        with httpx.Client(verify=ssl.create_default_context(cafile=trusted)) as client:
            sound = client.post(f"{address}/Patient/$validate", json=PATIENT)
            wrong = client.post(f"{address}/Patient/$validate", json={**PATIENT, "inconnu": 1})
            other = client.post(f"{address}/Observation/$validate", json=PATIENT)
            broken = client.post(f"{address}/Patient/$validate", content=b"{")
    assert [issue["severity"] for issue in sound.json()["issue"]] == ["information"]
    assert [issue["severity"] for issue in wrong.json()["issue"]] == ["error"]
    assert (sound.status_code, wrong.status_code, other.status_code, broken.status_code) == (200, 200, 400, 400)
