import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.suites.loader import load_all
from mes_conformity.validators.artefact import KINDS, RULES, judge, known_rules
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import MOST_FINDINGS


def rules(*arguments: Any, **more: Any) -> list[str]:
    return [finding.rule for finding in judge(*arguments, **more)]


@pytest.mark.parametrize(
    "raw", [b"", b"{", "{}".encode("utf-16"), b'{"a": 1, "a": 2}', b"\xff", b"NaN", b"[" * 100_000, b"1" * 5000]
)
def test_what_cannot_be_read_is_a_finding(raw: bytes, contract: Contract) -> None:
    assert rules("measure-bundle", raw, (contract,)) == ["artefact/readable"]


def test_what_cannot_be_read_is_told_with_its_line_and_the_advice_of_its_reader() -> None:
    (finding,) = judge(
        "cda-document", b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY e SYSTEM "file:///b">]>\n<a>&e;</a>'
    )
    assert (finding.rule, finding.line) == ("artefact/readable", 2)
    assert finding.message["fr"].endswith("retirez la déclaration <!DOCTYPE …>")


@pytest.mark.parametrize(
    ("raw", "line"),
    [(b'{"a": 1,\n"b": "\xe9"}', 2), (b"[\n" * 70, 65), (b"[1,\n\n2,]", 3), (b" \n ", 1)],
)
def test_json_that_cannot_be_read_is_told_with_its_line(raw: bytes, line: int) -> None:
    (finding,) = judge("oidc-client", raw)
    assert (finding.rule, finding.line) == ("artefact/readable", line)


@pytest.mark.parametrize("kind", ["document-bundle", "fhir-resource", "measure-bundle"])
def test_a_resource_of_a_hundred_thousand_empty_elements_is_refused_before_it_is_judged(kind: str) -> None:
    raw = b'{"resourceType": "Bundle", "entry": [' + b"{}," * 100_000 + b"{}]}"
    assert rules(kind, raw, (), structure=True) == ["artefact/size"]


def test_no_rule_seems_to_hold_because_another_was_broken_too_often() -> None:
    library = tuple(load_all().contracts.values())
    raw = {
        "resourceType": "Appointment",
        "status": "booked",
        "start": "2026-03-01T09:00:00Z",
        "cancelationReason": {},
        "participant": [{} for _number in range(MOST_FINDINGS + 1)],
    }
    assert {"agenda/app-2", "agenda/app-4"} <= set(rules("appointment", json.dumps(raw).encode(), library))


def test_an_artefact_of_unreasonable_size_is_not_read(contract: Contract) -> None:
    assert rules("measure-bundle", b" " * 1_000_001, (contract,)) == ["artefact/size"]


def test_200_megabytes_of_any_kind_are_refused_before_they_are_read() -> None:
    raw = b" " * 200_000_000
    start = time.perf_counter()
    assert {tuple(rules(kind, raw)) for kind in KINDS} == {("artefact/size",)}
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_artefact_of_any_kind_is_refused(kind: str) -> None:
    contracts = tuple(load_all().contracts.values())
    found = judge(kind, b"", contracts, structure=True, judged_on="2026-11-22")
    assert any(finding.severity == "error" for finding in found)


def test_an_unknown_kind_names_the_known_ones() -> None:
    (finding,) = judge("photo", b"{}")
    assert finding.rule == "artefact/kind"
    assert finding.expected == ", ".join(KINDS)


def test_a_measure_without_contract_is_not_judged() -> None:
    assert rules("measure-bundle", b"{}") == ["artefact/contract"]


def test_a_client_needs_no_contract_but_its_scopes_are_then_said_not_to_be_judged(client: Any) -> None:
    assert rules("oidc-client", json.dumps(client).encode()) == ["oidc-client/scopes-unread"]


@pytest.mark.parametrize(("kind", "entry"), [("measure-observation", 0), ("measure-device", 1)])
def test_each_kind_has_its_judge(kind: str, entry: int, weight: Any, contract: Contract) -> None:
    raw = json.dumps(weight["entry"][entry]["resource"]).encode()
    assert judge(kind, raw, (contract,), solution_oid="1.2.840.10004.1") == []


def test_the_ground_reaches_the_judge(weight: Any, contract: Contract) -> None:
    raw = json.dumps(weight).encode()
    found = judge("measure-bundle", raw, (contract,), solution_oid="1.2.3", assign_auth="1.2.3.4")
    assert {finding.rule for finding in found} == {
        "measures/source",
        "measures/subject-authority",
        "measures/device-oid",
    }


@pytest.mark.parametrize("kind", KINDS)
@given(raw=st.binary())
def test_any_bytes_are_judged_without_raising(kind: str, raw: bytes) -> None:
    assert isinstance(judge(kind, raw), list)


def test_known_rules_are_those_that_can_be_told() -> None:
    assert known_rules() == set(RULES)
    assert all("/" in rule for rule in known_rules())
