from collections.abc import Callable
from typing import Any

import pytest

from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding
from mes_conformity.validators.measures import judge_observation

Judge = Callable[[Any], list[Finding]]
_ENS = "http://esante.gouv.fr/ci-sis/fhir/StructureDefinition/ENS_FrObservationBodyWeight"
_ANS = "https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mesures-fr-observation-body-weight"
_OLD_LOINC = "https://mos.esante.gouv.fr/NOS/TRE_A04-Loinc/FHIR/TRE-A04-Loinc"


@pytest.fixture
def observation(weight: Any) -> Any:
    return weight["entry"][0]["resource"]


@pytest.mark.parametrize("profile", [_ENS, _ANS])
def test_an_older_canonical_is_only_a_warning(
    weight: Any, observation: Any, profile: str, errors: Judge, warnings: Judge
) -> None:
    observation["meta"]["profile"] = [profile]
    assert errors(weight) == []
    (finding,) = warnings(weight)
    assert finding.rule == "measures/profile-current"
    assert finding.pointer == "/entry/0/resource/meta/profile/0"
    assert finding.expected is not None
    assert finding.expected.endswith("/mes-observation-bodyweight")


def test_two_generations_together_are_sound(weight: Any, observation: Any, errors: Judge, warnings: Judge) -> None:
    observation["meta"]["profile"].append(_ANS)
    assert errors(weight) + warnings(weight) == []


def test_a_profile_that_is_no_list_is_missing(weight: Any, observation: Any, errors: Judge) -> None:
    observation["meta"]["profile"] = observation["meta"]["profile"][0]
    assert [finding.error for finding in errors(weight)] == ["profile_missing_observation"]


def test_a_code_of_the_guide_that_the_api_lacks_is_refused(weight: Any, observation: Any, errors: Judge) -> None:
    observation["code"]["coding"][0]["code"] = "2708-6"
    (finding,) = errors(weight)
    assert (finding.rule, finding.obtained) == ("measures/code", "2708-6")


def test_the_french_system_of_loinc_is_only_a_warning(
    weight: Any, observation: Any, errors: Judge, warnings: Judge
) -> None:
    observation["code"]["coding"][0]["system"] = _OLD_LOINC
    assert errors(weight) == []
    assert [finding.pointer for finding in warnings(weight)] == ["/entry/0/resource/code/coding/0/system"]


def test_two_measures_in_one_code_are_refused(weight: Any, observation: Any, errors: Judge) -> None:
    observation["code"]["coding"].append({"system": "http://loinc.org", "code": "8302-2"})
    assert [finding.pointer for finding in errors(weight)] == ["/entry/0/resource/code/coding/1"]


def test_a_translation_beside_the_code_is_accepted(weight: Any, observation: Any, errors: Judge) -> None:
    observation["code"]["coding"].insert(0, {"system": "http://snomed.info/sct", "code": "27113001"})
    assert errors(weight) == []


def test_a_bmi_is_refused_as_the_api_says(weight: Any, observation: Any, errors: Judge) -> None:
    observation["meta"]["profile"] = [
        "https://fhir.monespacesante.fr/ref/mesure/StructureDefinition/mes-observation-bmi"
    ]
    observation["code"]["coding"][0]["code"] = "39156-5"
    observation["valueQuantity"].update(unit="kg/m2", code="kg/m2")
    assert [finding.error for finding in errors(weight)] == ["bmi_refused"]


@pytest.mark.parametrize("oid", ["1.2.840.10004.1.1.1.0.0.1.0.0.1", "1.2.840.10004.1.1.1.0.0.1.0.0.1.7"])
def test_a_source_under_the_solution_is_accepted(weight: Any, observation: Any, oid: str, errors: Judge) -> None:
    observation["meta"]["source"] = oid
    assert errors(weight) == []


@pytest.mark.parametrize("source", ["urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.10", "mon-service", 3])
def test_a_source_elsewhere_is_refused(weight: Any, observation: Any, source: Any, errors: Judge) -> None:
    observation["meta"]["source"] = source
    assert [finding.error for finding in errors(weight)] == ["source_foreign"]


def test_a_source_is_optional(weight: Any, observation: Any, errors: Judge) -> None:
    del observation["meta"]["source"]
    assert errors(weight) == []


def test_the_source_is_not_judged_where_the_solution_is_unknown(contract: Contract, observation: Any) -> None:
    observation["meta"]["source"] = "urn:oid:1.2.3"
    (finding,) = judge_observation(observation, contract)
    assert (finding.severity, finding.unjudged) == ("information", ("measures/source",))


def test_a_subject_of_another_authority_than_the_pairing_is_refused(
    weight: Any, observation: Any, errors: Judge
) -> None:
    observation["subject"]["identifier"]["system"] = "urn:oid:1.2.3"
    assert [finding.rule for finding in errors(weight)] == ["measures/subject-authority"]


@pytest.mark.parametrize("arc", ["8", "9", "10", "11"])
def test_a_subject_by_ins_is_refused(weight: Any, observation: Any, arc: str, errors: Judge) -> None:
    observation["subject"]["identifier"]["system"] = f"urn:oid:1.2.250.1.213.1.4.{arc}"
    assert [finding.rule for finding in errors(weight)] == ["measures/subject-not-ins"]


def test_a_period_is_not_a_moment(weight: Any, observation: Any, errors: Judge) -> None:
    del observation["effectiveDateTime"]
    observation["effectivePeriod"] = {"start": "2026-11-22"}
    (finding,) = errors(weight)
    assert (finding.rule, finding.obtained) == ("measures/effective", "effectivePeriod")


def test_a_fragment_without_code_is_read_by_its_profile(contract: Contract, pressure: Any) -> None:
    observation = pressure["entry"][0]["resource"]
    del observation["code"], observation["component"][1]
    found = judge_observation(observation, contract, solution_oid="1.2.840.10004.1")
    assert {finding.rule for finding in found} == {
        "measures/code",
        "measures/blood-pressure",
    }
