"""The base structure of FHIR, by a library whose differences with R4 are watched here."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators.artefact import judge
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.fhir_structure import RULES, judge_structure
from mes_conformity.validators.fhir_versions import ELSEWHERE, OF_R4_ONLY, SINCE_R4B
from mes_conformity.validators.finding import Finding, Notes


def structure(data: Any) -> list[Finding]:
    notes = Notes(RULES)
    judge_structure(data, notes)
    return notes.findings


def faults(data: Any) -> list[tuple[str, str]]:
    return [(finding.rule, finding.pointer) for finding in structure(data)]


OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "fictif"}}


def test_a_sound_measure_has_the_structure_of_fhir(weight: Any) -> None:
    assert structure(weight) == []


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"code": None}, "/code", "l'élément obligatoire code manque (FHIR R4)"),
        ({"status": None}, "/status", "l'élément obligatoire status manque (FHIR R4)"),
        ({"valeur": 3}, "/valeur", "l'élément valeur n'existe pas ici en FHIR R4"),
        ({"component": {}}, "/component", "component n'a pas la forme que FHIR lui donne en JSON"),
        ({"code": "fictif"}, "/code", "code n'a pas la forme que FHIR lui donne en JSON"),
        ({"subject": [{}]}, "/subject", "subject n'a pas la forme que FHIR lui donne en JSON"),
    ],
)
def test_a_fault_has_its_place_and_its_words(change: dict[str, Any], pointer: str, words: str) -> None:
    data = {key: value for key, value in {**OBSERVATION, **change}.items() if value is not None}
    (finding,) = structure(data)
    assert (finding.rule, finding.pointer, finding.message["fr"]) == ("fhir/structure", pointer, words)


def test_a_wrong_value_is_told_with_the_reason() -> None:
    (finding,) = structure({**OBSERVATION, "effectiveDateTime": "15/03/2026"})
    assert finding.pointer == "/effectiveDateTime"
    assert finding.obtained == "15/03/2026"
    assert finding.message["fr"].startswith("la valeur de effectiveDateTime n'est pas admise en FHIR R4")


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"resourceType": "Patient", "active": "true"}, "/active"),
        ({"resourceType": "Patient", "multipleBirthInteger": "2"}, "/multipleBirthInteger"),
        ({**OBSERVATION, "valueQuantity": {"value": "72.5"}}, "/valueQuantity/value"),
        ({**OBSERVATION, "component": [{"code": {}, "valueInteger": "3"}]}, "/component/0/valueInteger"),
    ],
)
def test_a_number_or_a_boolean_is_not_written_as_a_text(data: dict[str, Any], pointer: str) -> None:
    assert ("fhir/structure", pointer) in faults(data)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": data}]}
    assert ("fhir/structure", f"/entry/0/resource{pointer}") in faults(bundle)


def test_a_resource_of_a_bundle_is_judged_in_its_place() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {**OBSERVATION, "valeur": 1}}]}
    assert faults(bundle) == [("fhir/structure", "/entry/0/resource/valeur")]


def test_a_type_that_does_not_exist_is_told_where_it_stands() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Mesure"}}, 3]}
    assert faults(bundle) == [("fhir/structure", "/entry/0/resource/resourceType")]


def test_two_values_at_once_are_told_of_the_resource() -> None:
    (finding,) = structure({**OBSERVATION, "valueString": "x", "valueInteger": 3})
    assert finding.pointer == ""
    assert finding.message["fr"].startswith("la valeur de Observation n'est pas admise")


@pytest.mark.parametrize("data", [None, 3, [], {}, {"resourceType": 3}, {"resourceType": "Structure"}])
def test_what_is_no_resource_of_fhir_is_told_once(data: Any) -> None:
    assert faults(data) == [("fhir/structure", "/resourceType")]


@pytest.mark.parametrize(
    ("kind", "element", "version"),
    [(kind, element, version) for kind, names in ELSEWHERE.items() for element, version in names.items()],
)
def test_another_version_of_fhir_is_named_in_words(kind: str, element: str, version: str) -> None:
    found = [finding for finding in structure({"resourceType": kind, element: "x"}) if finding.rule == "fhir/version"]
    assert [(finding.pointer, finding.obtained) for finding in found] == [(f"/{element}", version)]
    assert found[0].message["en"] == f"{kind}.{element} does not exist in R4: it is an element of FHIR {version}"


def test_an_element_of_another_version_is_found_inside_a_bundle_and_a_resource() -> None:
    inner = {**OBSERVATION, "comment": "à jeun"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {**inner, "contained": [inner]}}]}
    assert faults(bundle) == [
        ("fhir/version", "/entry/0/resource/comment"),
        ("fhir/version", "/entry/0/resource/contained/0/comment"),
    ]


@pytest.mark.parametrize("kind", sorted(SINCE_R4B))
def test_a_type_that_r4b_brought_is_not_of_r4(kind: str) -> None:
    from fhir.resources.R4B import get_fhir_model_class as r4b

    assert r4b(kind)
    (finding,) = structure({"resourceType": kind})
    assert (finding.rule, finding.severity, finding.obtained) == ("fhir/version", "error", "R4B")


@pytest.mark.parametrize("kind", sorted(OF_R4_ONLY))
def test_a_type_that_r4b_left_or_made_over_is_not_checked_and_it_is_said(kind: str) -> None:
    (finding,) = structure({"resourceType": kind, "description": "x"})
    assert (finding.rule, finding.severity) == ("fhir/not-checked", "information")


def names_of(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()} | set(model.model_fields)


@pytest.mark.parametrize("kind", sorted(ELSEWHERE))
def test_the_elements_of_other_versions_are_theirs_and_not_of_r4(kind: str) -> None:
    from fhir.resources import get_fhir_model_class as r5
    from fhir.resources.R4B import get_fhir_model_class as r4b
    from fhir.resources.STU3 import get_fhir_model_class as stu3

    here, later, before = names_of(r4b(kind)), names_of(r5(kind)), names_of(stu3(kind))
    dstu2 = {"comments", "careProvider", "type", "freeBusyType"}
    for element, version in ELSEWHERE[kind].items():
        assert element not in here
        assert element in later if "R5" in version else element in before | dstu2


def test_the_structure_is_judged_where_it_is_asked_only(weight: Any, contract: Contract) -> None:
    weight["entry"][0]["resource"]["valeur"] = 3
    raw = json.dumps(weight).encode()
    oid = "1.2.840.10004.1"
    assert judge("measure-bundle", raw, (contract,), solution_oid=oid) == []
    found = judge("measure-bundle", raw, (contract,), solution_oid=oid, structure=True)
    assert [finding.rule for finding in found] == ["fhir/structure"]


def test_any_resource_is_judged_by_its_structure_and_its_identities() -> None:
    resource = {"resourceType": "Practitioner", "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": "1"}]}
    found = judge("fhir-resource", json.dumps({**resource, "nom": "x"}).encode(), structure=True)
    assert {finding.rule for finding in found} == {"identity/professional", "fhir/structure"}


def test_the_library_is_loaded_only_when_it_judges() -> None:
    code = (
        "import sys; from mes_conformity.validators.artefact import judge; judge('patient', b'{}');"
        "sys.exit(any(name.split('.')[0] in ('fhir', 'pydantic', 'lxml') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(
    st.dictionaries(
        st.sampled_from(["status", "code", "subject", "component", "meta", "contained", "effectiveDateTime"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
            max_leaves=6,
        ),
    )
)
def test_any_data_is_judged_without_raising(data: dict[str, Any]) -> None:
    assert isinstance(structure({"resourceType": "Observation", **data}), list)
