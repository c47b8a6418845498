"""The examples published by the ANS and with the measures API, judged as their specification says.

They are not part of this project: the tests are skipped where they are not beside it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding
from mes_conformity.validators.measures import judge_bundle, judge_device, judge_observation

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples"
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")


def read(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def errors(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.rule, finding.pointer) for finding in findings if finding.severity == "error"}


def refusals(findings: list[Finding]) -> set[str | None]:
    return {finding.error for finding in findings if finding.severity == "error"}


def test_every_published_measure_is_judged_here() -> None:
    found = {path.name for folder in ("mesures", "mes-api-mesures") for path in (EXAMPLES / folder).glob("*.json")}
    written = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in sorted(found) if name not in written] == []


def test_the_device_of_the_api_is_accepted(contract: Contract) -> None:
    assert judge_device(read("mes-api-mesures/01-Device-PhdDevice.json"), contract) == []


def test_the_bundle_of_the_api_is_accepted_with_its_older_canonicals(contract: Contract) -> None:
    found = judge_bundle(read("mes-api-mesures/02-Bundle-transaction.json"), contract)
    assert [(finding.rule, finding.severity) for finding in found] == [
        ("measures/profile-current", "warning"),
        ("measures/extension-current", "warning"),
    ]


def test_the_blood_pressure_of_the_api_is_a_fragment_with_sound_components(contract: Contract) -> None:
    """§2.2.7.1 shows only what is particular to blood pressure: what is missing is told, nothing shown is refused."""
    found = judge_observation(read("mes-api-mesures/03-Observation-ENS_FrObservationBp.json"), contract)
    assert errors(found) == {
        ("measures/code", "/code/coding"),
        ("measures/status", "/status"),
        ("measures/category", "/category"),
        ("measures/subject", "/subject/identifier/system"),
        ("measures/subject", "/subject/identifier/value"),
        ("measures/effective", "/effectiveDateTime"),
    }


def test_an_answer_of_the_api_is_no_measure_to_write(contract: Contract) -> None:
    found = judge_bundle(read("mes-api-mesures/04-Bundle-transaction-response.json"), contract)
    assert refusals(found) == {None, "resource_not_acceptable", "one_observation"}


def test_the_resources_of_a_search_of_the_api_are_sound(contract: Contract) -> None:
    entries = read("mes-api-mesures/05-Bundle-searchset.json")["entry"]
    observation, device = (entry["resource"] for entry in entries)
    assert errors(judge_observation(observation, contract)) == set()
    assert errors(judge_device(device, contract)) == set()


def test_the_bundle_of_the_guide_is_refused_for_its_conditional_creation_only(contract: Contract) -> None:
    """Valid for the profile of the guide, which does not ask for ifNoneExist; refused (422) by the API."""
    found = judge_bundle(read("mesures/Bundle-bundle-example.json"), contract)
    assert refusals(found) == {"if_none_exist_invalid"}
    assert errors(found) == {("measures/if-none-exist", "/entry/0/request/ifNoneExist")}


@pytest.mark.parametrize(
    "name", ["Observation-ExampleMesFrObservationBP001.json", "Observation-ExampleMesObservationStepsByDay001.json"]
)
def test_an_observation_of_the_guide_lacks_only_the_identifier_of_its_subject(name: str, contract: Contract) -> None:
    """The guide refers to a Patient; the API asks for AssignAuth and idPe (§2.2.8)."""
    assert refusals(judge_observation(read(f"mesures/{name}"), contract)) == {"subject_missing"}


def test_the_glucose_of_the_guide_breaks_the_business_rule(contract: Contract) -> None:
    """HbA1c with a moment, a number of days and mg/dL (§2.2.6)."""
    found = judge_observation(read("mesures/Observation-ExampleMesObservationGlucose001.json"), contract)
    assert refusals(found) == {"subject_missing", "moment_forbidden", "days_forbidden", None}
    assert ("measures/unit", "/valueQuantity/code") in errors(found)
