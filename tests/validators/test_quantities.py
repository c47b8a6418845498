from collections.abc import Callable
from typing import Any

import pytest

from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding

Judge = Callable[[Any], list[Finding]]


@pytest.mark.parametrize("value", ["71", True, None, [71]])
def test_a_value_is_a_number(weight: Any, value: Any, errors: Judge) -> None:
    weight["entry"][0]["resource"]["valueQuantity"]["value"] = value
    assert [finding.error for finding in errors(weight)] == ["value_missing"]


def test_a_reason_of_absence_does_not_replace_a_value(weight: Any, errors: Judge) -> None:
    observation = weight["entry"][0]["resource"]
    del observation["valueQuantity"]
    observation["dataAbsentReason"] = {"text": "panne"}
    assert [finding.error for finding in errors(weight)] == ["value_missing"]


def test_a_blood_pressure_without_components_has_no_value(pressure: Any, errors: Judge) -> None:
    del pressure["entry"][0]["resource"]["component"]
    assert {finding.error for finding in errors(pressure)} == {"value_missing"}


def test_the_value_of_a_component_is_asked_for_at_its_place(pressure: Any, errors: Judge) -> None:
    del pressure["entry"][0]["resource"]["component"][1]["valueQuantity"]["value"]
    (finding,) = errors(pressure)
    assert finding.pointer == "/entry/0/resource/component/1/valueQuantity/value"


def test_a_component_given_twice_is_refused(pressure: Any, errors: Judge) -> None:
    components = pressure["entry"][0]["resource"]["component"]
    components.append(components[0])
    assert [finding.pointer for finding in errors(pressure)] == ["/entry/0/resource/component/2"]


def test_a_component_of_another_code_system_is_not_the_pressure(pressure: Any, errors: Judge) -> None:
    coding = pressure["entry"][0]["resource"]["component"][1]["code"]["coding"][0]
    coding["system"] = "urn:autre"
    assert [(finding.error, finding.expected) for finding in errors(pressure)] == [("value_missing", coding["code"])]


def test_the_mean_pressure_is_optional_but_judged(pressure: Any, errors: Judge) -> None:
    coding = {"system": "http://loinc.org", "code": "8478-0"}
    quantity = {"value": 12, "unit": "kPa", "system": "http://unitsofmeasure.org", "code": "kPa"}
    pressure["entry"][0]["resource"]["component"].append({"code": {"coding": [coding]}, "valueQuantity": quantity})
    assert [finding.pointer for finding in errors(pressure)] == ["/entry/0/resource/component/2/valueQuantity/code"]


def test_another_component_is_left_alone(pressure: Any, errors: Judge) -> None:
    pressure["entry"][0]["resource"]["component"].append({"code": {"text": "pouls"}})
    assert errors(pressure) == []


@pytest.mark.parametrize(
    ("measure", "label", "rule"),
    [("pain", "Level", None), ("pain", "points", "measures/pain-unit"), ("steps", "pas", "measures/steps-unit")],
)
def test_pain_and_steps_have_a_fixed_label(
    weight: Any, contract: Contract, measure: str, label: str, rule: str | None, errors: Judge
) -> None:
    row = contract.measures[measure]
    observation = weight["entry"][0]["resource"]
    observation["meta"]["profile"] = [row["profile"]]
    observation["code"] = {"coding": [{"system": row["system"], "code": row["code"]}]}
    observation["valueQuantity"].update(unit=label, code=row["unit_code"])
    assert [finding.rule for finding in errors(weight)] == ([rule] if rule else [])


def test_the_label_of_a_weight_is_free(weight: Any, errors: Judge) -> None:
    weight["entry"][0]["resource"]["valueQuantity"]["unit"] = "kilogramme"
    assert errors(weight) == []
