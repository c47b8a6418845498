import itertools
from typing import Any

import pytest

from mes_conformity.harness import samples
from mes_conformity.harness.samples import Wish
from mes_conformity.validators.contract import Contract, load
from mes_conformity.validators.measures import judge_bundle

CONTRACT = load("mes-measures@1.5.2")
OID = "1.2.840.10004.1.1.1.0.0.1.0.0.1"
AUTHORITY = f"{OID}.2560"
IDENTITY = {"assign_auth": f"urn:oid:{AUTHORITY}", "idpe": "idpe-fictif-7"}


def build(measure: str, contract: Contract = CONTRACT, **wish: Any) -> dict[str, Any]:
    counter = itertools.count(1)
    new_id = lambda: f"00000000-0000-4000-8000-{next(counter):012d}"  # noqa: E731
    return samples.build(contract, Wish(measure, **wish), IDENTITY, OID, new_id)


@pytest.mark.parametrize("device", [False, True])
@pytest.mark.parametrize("measure", [name for name, row in CONTRACT.measures.items() if row["writable"]])
def test_each_writable_measure_has_a_sample_that_the_rules_accept(measure: str, device: bool) -> None:
    found = judge_bundle(build(measure, device=device)["bundle"], CONTRACT, solution_oid=OID, assign_auth=AUTHORITY)
    assert [finding for finding in found if finding.severity == "error"] == []


def test_the_sample_of_a_bmi_is_refused_for_being_a_bmi() -> None:
    found = judge_bundle(build("bmi")["bundle"], CONTRACT, solution_oid=OID, assign_auth=AUTHORITY)
    assert {finding.error for finding in found if finding.severity == "error"} == {"bmi_refused"}


def test_the_same_identifiers_give_the_same_sample() -> None:
    assert build("weight", device=True) == build("weight", device=True)


def test_the_subject_is_the_paired_identity() -> None:
    identifier = build("weight")["observation"]["subject"]["identifier"]
    assert identifier == {"system": f"urn:oid:{AUTHORITY}", "value": "idpe-fictif-7"}


def test_a_value_a_unit_and_a_date_may_be_chosen() -> None:
    sample = build("weight", value=80.5, unit="g", effective="2026-01-02")
    assert (sample["value"], sample["unit"], sample["effective"]) == (80.5, "g", "2026-01-02")


def test_a_blood_pressure_has_two_readings_and_no_value() -> None:
    sample = build("blood-pressure")
    assert sample["readings"] == [128, 79]
    assert "valueQuantity" not in sample["observation"]


def test_a_device_of_an_earlier_sample_is_used_again() -> None:
    first = build("weight", device=True)
    second = build("weight", device=first["device"])
    assert second["bundle"]["entry"][1]["resource"] == first["device"]
    assert second["observation"]["device"]["reference"] == f"Device/{first['device']['id']}"


def test_the_first_entry_is_the_observation_and_the_second_the_device() -> None:
    kinds = [entry["resource"]["resourceType"] for entry in build("weight", device=True)["bundle"]["entry"]]
    assert kinds == ["Observation", "Device"]


def test_an_unknown_measure_is_said() -> None:
    with pytest.raises(samples.UnknownMeasure):
        build("mood")


def test_a_measure_without_a_constant_of_its_own_still_has_a_sample() -> None:
    row = {**CONTRACT.measures["weight"], "id": "mood"}
    contract = Contract("c", "1", {"fr": "c"}, {**CONTRACT.values, "measures": {"value": [row]}}, "", "c")
    assert build("mood", contract)["value"] == 1


@pytest.mark.parametrize(
    "bundle",
    [
        None,
        [],
        {},
        {"entry": None},
        {"entry": [None, {"resource": None}]},
        {"entry": [{"resource": {"resourceType": "Observation", "code": 3, "component": 4, "valueQuantity": []}}]},
        {"entry": [{"resource": {"resourceType": "Observation", "code": {"coding": [5]}, "component": [6]}}]},
    ],
)
def test_a_bundle_that_holds_nothing_readable_gives_no_fact(bundle: Any) -> None:
    told = samples.facts(bundle)
    assert {told[name] for name in ("code", "value", "readings", "unit", "units", "effective")} == {None}
