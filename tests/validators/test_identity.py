"""Identities: what the defects of `test_suites/defects/identity.yaml` do not already break one by one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation.resources import root
from mes_conformity.validators.contract import load
from mes_conformity.validators.finding import Finding, Notes
from mes_conformity.validators.identity import RULES, judge_identifiers, judge_number, judge_patient

CONTRACT = load("fr-core-patient@2.2.0")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@pytest.fixture
def patient() -> Any:
    path = root("test_suites") / "samples" / "patient" / "identite-de-test.json"
    return json.loads(path.read_text(encoding="utf-8"))


def errors(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.pointer) for finding in found if finding.severity == "error"]


def numbers(system: str, value: str) -> list[tuple[str, str]]:
    notes = Notes(RULES)
    judge_number(system, value, notes, ("value",))
    return [(finding.rule, finding.severity) for finding in notes.findings]


def test_the_patient_of_tests_is_sound(patient: Any) -> None:
    assert judge_patient(patient, CONTRACT) == []


def test_a_patient_without_ins_needs_no_trait() -> None:
    bare = {"resourceType": "Patient", "name": [{"family": "Claire"}], "gender": "other"}
    assert judge_patient(bare, CONTRACT) == []


def test_an_identity_of_production_is_refused_and_not_looked_at_further(patient: Any) -> None:
    patient["identifier"][0] = {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "illisible"}
    notes = Notes(RULES)
    judge_identifiers(patient, notes)
    assert errors(notes.findings) == [("identity/production", "/identifier/0/system")]
    assert errors(judge_patient(patient, CONTRACT)) == []


@pytest.mark.parametrize("system", ["urn:oid:1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.8"])
def test_an_identity_of_production_is_found_wherever_it_stands_and_without_value(system: str) -> None:
    notes = Notes(RULES)
    judge_identifiers({"entry": [{"resource": {"contained": [{"identifier": [{"system": system}]}]}}]}, notes)
    assert errors(notes.findings) == [("identity/production", "/entry/0/resource/contained/0/identifier/0/system")]


def test_the_key_that_is_told_is_not_the_whole_number(patient: Any) -> None:
    patient["identifier"][0]["value"] = "279035121518900"
    (finding,) = judge_patient(patient, CONTRACT)
    assert (finding.rule, finding.obtained) == ("identity/ins-key", "00")


def test_an_old_ins_goes_with_the_official_one(patient: Any) -> None:
    patient["identifier"].append({**patient["identifier"][0], "use": "old"})
    found = judge_patient(patient, CONTRACT)
    assert errors(found) == [("identity/ins-use", "/identifier/2/use")]  # the number of tests is official only


def test_a_type_of_ins_under_another_authority_is_refused(patient: Any) -> None:
    patient["identifier"][1]["system"] = "urn:oid:1.2.3"
    patient["identifier"][1]["type"] = {"coding": [{"code": "INS-NIR-TEST"}]}
    assert errors(judge_patient(patient, CONTRACT)) == [("identity/ins-oid", "/identifier/1/system")]


def test_a_status_of_the_later_profile_qualifies_too(patient: Any) -> None:
    patient["extension"][0]["extension"][0]["valueCoding"]["code"] = "QUAL"
    assert judge_patient(patient, CONTRACT) == []


def test_an_unknown_sex_agrees_with_any_number(patient: Any) -> None:
    patient["gender"] = "unknown"
    assert judge_patient(patient, CONTRACT) == []


def test_a_birth_place_in_corsica_or_abroad_has_a_code(patient: Any) -> None:
    place = patient["extension"][1]["valueAddress"]["extension"][0]["valueCoding"]
    for code in ("2A004", "2B033", "99100"):
        place["code"] = code
        assert judge_patient(patient, CONTRACT) == []


@pytest.mark.parametrize(
    ("system", "value", "found"),
    [
        ("https://rpps.esante.gouv.fr", "10000000001", [("identity/number-key", "warning")]),
        ("https://rpps.esante.gouv.fr", "79927398713", []),
        ("https://rpps.esante.gouv.fr", "1234", [("identity/professional", "error")]),
        ("urn:oid:1.2.250.1.71.4.2.1", "879927398713", []),
        ("urn:oid:1.2.250.1.71.4.2.1", "79927398713", [("identity/professional", "error")]),
        ("urn:oid:1.2.250.1.71.4.2.1", "0123456789", []),
        ("urn:oid:1.2.250.1.71.4.2.2", "1120459876", []),
        ("urn:oid:1.2.250.1.71.4.2.2", "112045", [("identity/structure", "error")]),
        ("urn:oid:1.2.250.1.71.4.2.2", "2732829320", []),
        ("urn:oid:1.2.250.1.71.4.2.2", "2732829321", [("identity/number-key", "warning")]),
        ("urn:oid:1.2.250.1.71.4.2.2", "373282932000074", []),
        ("urn:oid:1.2.250.1.71.4.2.2", "412345", []),
        ("https://exemple.invalid/numeros", "n'importe quoi", []),
    ],
)
def test_the_numbers_of_professionals_and_structures(system: str, value: str, found: list[tuple[str, str]]) -> None:
    assert numbers(system, value) == found


@given(JSON)
def test_any_data_is_judged_without_raising(data: Any) -> None:
    shaped = {"resourceType": "Patient", "identifier": data, "name": data, "extension": data, "birthDate": data}
    for value in (data, shaped):
        assert isinstance(judge_patient(value, CONTRACT), list)
        judge_identifiers(value, Notes(RULES))


def test_a_deep_document_is_walked_so_far_and_no_further() -> None:
    deep: Any = {"system": "urn:oid:1.2.250.1.213.1.4.8"}
    for _level in range(50):
        deep = {"a": deep}
    notes = Notes(RULES)
    judge_identifiers(deep, notes)
    assert notes.findings == []
