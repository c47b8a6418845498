from collections.abc import Callable
from typing import Any

import pytest

from mes_conformity.validators.finding import Finding

Judge = Callable[[Any], list[Finding]]


@pytest.fixture
def device(weight: Any) -> Any:
    return weight["entry"][1]["resource"]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "identifier=urn:oid:1.2.3",
        "identifier=1.2.3|A-B",
        "identifier=urn:oid:1|A",
        "identifier=urn:oid:1.2.3|A--B",
        "identifier=urn:oid:1.2.3|A\n",
        "urn:oid:1.2.3|A",
        7,
    ],
)
def test_an_if_none_exist_of_another_form_is_refused(weight: Any, written: Any, errors: Judge) -> None:
    weight["entry"][1]["request"]["ifNoneExist"] = written
    (finding,) = errors(weight)
    assert (finding.pointer, finding.error) == ("/entry/1/request/ifNoneExist", "if_none_exist_invalid")


def test_an_if_none_exist_of_another_device_is_refused(weight: Any, errors: Judge) -> None:
    weight["entry"][1]["request"]["ifNoneExist"] = "identifier=urn:oid:1.2.3|FE-ED"
    assert [finding.rule for finding in errors(weight)] == ["measures/if-none-exist-identifier"]


def test_an_identifier_outside_the_solution_is_refused(weight: Any, device: Any, errors: Judge) -> None:
    device["identifier"][0]["system"] = "urn:oid:1.2.3"
    weight["entry"][1]["request"]["ifNoneExist"] = f"identifier=urn:oid:1.2.3|{device['identifier'][0]['value']}"
    assert [finding.rule for finding in errors(weight)] == ["measures/device-oid"]


def test_another_profile_than_phd_device_is_refused(weight: Any, device: Any, errors: Judge) -> None:
    device["meta"]["profile"] = ["http://hl7.org/fhir/StructureDefinition/Device"]
    (finding,) = errors(weight)
    assert (finding.rule, finding.error) == ("measures/device-profile", None)


def test_a_second_identifier_of_another_type_is_left_alone(weight: Any, device: Any, errors: Judge) -> None:
    device["identifier"].append({"value": "étiquette 12"})
    assert errors(weight) == []


def test_a_device_may_do_several_things(weight: Any, device: Any, errors: Judge) -> None:
    system = "urn:iso:std:iso:11073:10101"
    device["specialization"].append({"systemType": {"coding": [{"system": system, "code": "528404"}]}})
    assert errors(weight) == []


@pytest.mark.parametrize("code", ["4111", "MDC", "9" * 5000, "٥٢٨٣٩٩", None])
def test_a_specialization_outside_the_partition_is_refused(
    weight: Any, device: Any, code: str | None, errors: Judge
) -> None:
    device["specialization"][0]["systemType"]["coding"][0]["code"] = code
    assert [finding.rule for finding in errors(weight)] == ["measures/device-specialization"]


def test_a_missing_specialization_is_a_warning(weight: Any, device: Any, errors: Judge, warnings: Judge) -> None:
    del device["specialization"]
    assert errors(weight) == []
    assert [finding.rule for finding in warnings(weight)] == ["measures/device-specialization"]
