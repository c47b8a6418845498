"""Verdicts from records: pure, and the same live and replayed."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from suite_samples import answered, one_case, sent, unanswered, used

from mes_conformity.suites.evaluation import Verdict, answer, evaluate
from mes_conformity.suites.evidence import (
    CONTEXT,
    ActionFailure,
    ActionRecord,
    ArtefactUse,
    Record,
    Response,
)
from mes_conformity.suites.model import Case
from mes_conformity.suites.subject import Subject

GET = "- request: {method: GET, path: /x}\n  expect: {status: 200}"
TWO = """
- request: {method: GET, path: /x}
  as: first
  capture: {id: {json: /id}, type: {fhirpath: Bundle.type}, place: {header: Location}}
  expect: {status: 200}
- request: {method: GET, path: "/x/${id}"}
  expect: {equals: [{json: /id, to: $id}, {json: /status, to: $first.status}]}
"""


def judged(steps: str, *records: Record, artefacts: dict[str, bytes] | None = None, **keys: Any) -> Verdict:
    library, case = one_case(steps, **keys)
    return evaluate(case, records, library.contracts, artefacts or {})


def test_all_checks_true_is_passed() -> None:
    verdict = judged(GET, sent(answered({})))
    assert (verdict.outcome, verdict.reason, len(verdict.checks)) == ("passed", None, 1)


def test_a_false_check_is_failed_with_its_reason() -> None:
    verdict = judged(GET, sent(answered({}, 500)))
    assert verdict.outcome == "failed"
    assert verdict.reason is not None
    assert verdict.reason.to_json()["code"] == "check_failed"
    assert "attendu 200, obtenu 500" in verdict.reason.text["fr"]


@pytest.mark.parametrize("kind", ["refused", "dns", "timeout", "tls", "reset", "closed_early", "too_large", "protocol"])
def test_no_answer_is_an_error_of_its_kind(kind: str) -> None:
    verdict = judged(GET, sent(unanswered(kind)))
    assert verdict.outcome == "error"
    assert verdict.reason is not None
    assert verdict.reason.code == f"transport_{kind}"


def test_a_failure_that_was_expected_passes() -> None:
    assert (
        judged("- request: {method: GET, path: /x}\n  expect: {failure: tls}", sent(unanswered("tls"))).outcome
        == "passed"
    )


def test_a_tls_failure_is_judged_where_tls_is_looked_at() -> None:
    steps = "- request: {method: GET, path: /x}\n  expect: {tls: {verified: true}}"
    assert judged(steps, sent(unanswered("tls"))).outcome == "failed"
    assert judged(steps, sent(unanswered("timeout"))).outcome == "error"


def test_captures_are_computed_again_from_the_records() -> None:
    first = answered({"resourceType": "Bundle", "type": "searchset", "id": "7"}, Location="x/7")
    second = answered({"id": "7", "status": 200})
    library, case = one_case(TWO.replace('path: "/x/${id}"', 'path: "/x/${id}/${type}/${place}"'))
    assert evaluate(case, [sent(first), sent(second, 2)], library.contracts, {}).outcome == "passed"


def test_a_capture_of_nothing_fails_and_stops() -> None:
    verdict = judged(TWO, sent(answered({})), sent(answered({"id": "7"}), 2))
    assert verdict.outcome == "failed"
    assert {check.check for check in verdict.checks if check.outcome == "failed"} == {"capture"}
    assert all("/1 " in check.where for check in verdict.checks)


def test_a_capture_that_cannot_be_evaluated_captures_nothing() -> None:
    steps = "- request: {method: GET, path: /x}\n  capture: {a: {fhirpath: 'Bundle.('}}\n  expect: {status: 200}"
    assert judged(steps, sent(answered({}))).outcome == "failed"


def test_several_captured_values_are_a_list() -> None:
    steps = """
    - request: {method: GET, path: /x}
      capture: {all: {fhirpath: Bundle.entry.id}}
      expect: {equals: [{value: $all, to: [a, b]}]}
    """
    bundle = {"resourceType": "Bundle", "entry": [{"id": "a"}, {"id": "b"}]}
    assert judged(steps, sent(answered(bundle))).outcome == "passed"


def test_a_check_whose_variable_has_no_value_is_an_error() -> None:
    steps = "- request: {method: GET, path: /x}\n  as: first\n  expect: {contains: $first.body.name}"
    verdict = judged(steps, sent(answered({})))
    assert verdict.outcome == "error"
    assert verdict.reason is not None
    assert verdict.reason.code == "check_error"


def test_a_missing_record_is_an_error() -> None:
    verdict = judged(TWO, sent(answered({"resourceType": "Bundle", "type": "t", "id": "7"}, Location="x")))
    assert verdict.outcome == "error"
    assert verdict.reason is not None
    assert verdict.reason.code == "record_missing"


def test_no_record_at_all_is_not_executed() -> None:
    verdict = judged(GET)
    assert verdict.outcome == "skipped"
    assert verdict.reason is not None
    assert verdict.reason.code == "not_executed"


def test_supporting_exchanges_are_not_judged() -> None:
    noise = Record(0, 1, exchange=answered({}, 500), supporting=True)
    assert judged(GET, noise, sent(answered({}))).outcome == "passed"


def failed_action(outcome: str, step: int = 1) -> Record:
    failure = ActionFailure(outcome, "why", {"fr": "raison", "en": "reason"})
    return Record(0, step, action=ActionRecord("new_user", {}, None, failure))


@pytest.mark.parametrize("outcome", ["error", "skipped"])
def test_an_action_that_fails_decides(outcome: str) -> None:
    steps = "- use: new_user\n  expect: {present: [{json: /login}]}"
    verdict = judged(steps, failed_action(outcome))
    assert verdict.outcome == outcome
    assert verdict.reason is not None
    assert verdict.reason.code == "why"


def test_a_need_that_fails_decides() -> None:
    assert judged(GET, failed_action("error", 0), sent(answered({}))).outcome == "error"


def test_the_result_of_an_action_is_judged() -> None:
    looked = "[{json: /login, to: camille}, {value: $user.login, to: camille}]"
    steps = f"- use: new_user\n  as: user\n  expect: {{equals: {looked}}}"
    assert judged(steps, used("new_user", {"login": "camille"})).outcome == "passed"


def test_needs_and_context_are_variables() -> None:
    steps = """
    - request: {method: GET, path: /x}
      expect: {contains: ["${client.client_id}", "${identity.idpe}", $contract.errors.refused.text]}
    """
    context = used(CONTEXT, {"client": {"client_id": "me"}}, 0)
    identity = used("paired_identity", {"idpe": "idpe-1"}, 0)
    body = {"text": "me idpe-1 consent not given"}
    assert judged(steps, context, identity, sent(answered(body)), more="needs: [paired_identity]").outcome == "passed"


def test_fhirpath_looks_into_a_built_bundle() -> None:
    steps = (
        "- use: sample_measure\n  with: {measure: weight, identity: $identity}\n  expect: {fhirpath: ['Bundle.id = 1']}"
    )
    record = used("sample_measure", {"bundle": {"resourceType": "Bundle", "id": 1}})
    assert judged(steps, record, more="needs: [paired_identity]").outcome == "passed"


def artefact(raw: bytes, iteration: int = 0, path: str = "artefacts/a.json") -> tuple[list[Record], dict[str, bytes]]:
    digest = sha256(raw).hexdigest()
    use = ArtefactUse(path, "measure-bundle", digest)
    shown = {"path": path, "name": "a.json", "kind": "measure-bundle", "sha256": digest}
    step = Record(iteration, 1, action=ActionRecord("artefact", {}, shown), artefact=use)
    return [Record(iteration, 0, artefact=use), step], {digest: raw}


EACH = "for_each: measure-bundle"
LOOK = "- use: artefact\n  as: seen\n  expect: {equals: [{json: /content/id, to: 1}, {value: $seen.name, to: a.json}]}"
LOOK_SEEN = LOOK.replace("{json: /content/id, to: 1}", "{fhirpath: id, to: 1}")


def test_the_content_of_an_artefact_comes_from_its_bytes() -> None:
    records, files = artefact(b'{"id": 1}')
    for steps in (LOOK, LOOK_SEEN):
        assert judged(steps, *records, artefacts=files, more=EACH, subject="service", kind="unit").outcome == "passed"


def test_every_artefact_counts_and_a_failure_wins() -> None:
    good, files = artefact(b'{"id": 1}')
    bad, more = artefact(b'{"id": 2}', 1, "artefacts/b.json")
    verdict = judged(LOOK, *good, *bad, artefacts={**files, **more}, more=EACH, subject="service", kind="unit")
    assert verdict.outcome == "failed"
    assert [check.outcome for check in verdict.checks] == ["passed", "passed", "failed", "passed"]


RULES = "- use: artefact\n  expect: {rules: {hold: [measures/one-observation]}}"


def test_the_validators_judge_an_artefact() -> None:
    records, files = artefact(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": []}).encode())
    library, case = one_case(RULES, more=EACH, subject="service", kind="unit")
    shipped = _with_measures(case)
    verdict = evaluate(shipped, records, {**library.contracts, **_measures()}, files)
    assert verdict.outcome == "failed"
    assert verdict.checks[0].where.startswith("artefacts/a.json#")
    assert verdict.checks[0].source is not None
    assert verdict.checks[0].to_json()["source"].startswith("measures/one-observation")


def test_an_unreadable_artefact_fails_every_rule() -> None:
    records, files = artefact(b"{")
    library, case = one_case(RULES, more=EACH, subject="service", kind="unit")
    verdict = evaluate(_with_measures(case), records, {**library.contracts, **_measures()}, files)
    assert verdict.outcome == "failed"
    assert "artefact/readable" in str(verdict.checks[0].source)


def test_rules_look_at_a_body_or_at_a_value() -> None:
    bodies = "- request: {method: GET, path: /x}\n  as: a\n  expect: {rules: {kind: oidc-client, of: OF}}"
    for of in ("body", "$a.body"):
        verdict = judged(bodies.replace("OF", of), sent(answered({})))
        assert verdict.checks[0].check == "rules"
        assert verdict.outcome == "failed"


def _measures() -> dict[str, Any]:
    from mes_conformity.validators.contract import load

    return {"mes-measures@1.5.2": load("mes-measures@1.5.2")}


def _with_measures(case: Case) -> Case:
    from dataclasses import replace

    return replace(case, contracts={"contract": "mes-measures@1.5.2"})


def test_an_answer_as_a_suite_sees_it() -> None:
    assert answer(Subject("", answered(b"<p>", Location="x"))) == {
        "status": 200,
        "headers": {"content-type": "application/fhir+json", "location": "x"},
        "body": None,
        "text": "<p>",
    }
    assert answer(Subject("", unanswered("dns")))["status"] is None


@given(st.integers(100, 599), st.binary(max_size=40))
def test_the_same_records_give_the_same_verdict(status: int, body: bytes) -> None:
    library, case = one_case(GET)
    record = Record(0, 1, exchange=answered(body, status))
    first, second = (evaluate(case, [record], library.contracts, {}) for _ in range(2))
    assert first == second
    assert isinstance(record.exchange and record.exchange.response, Response)
