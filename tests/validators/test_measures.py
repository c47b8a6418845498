"""The bundle, its entries, and the link between the Observation and its Device."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mes_conformity.foundation.pointers import from_pointer
from mes_conformity.foundation.resources import root
from mes_conformity.validators.contract import Contract, load
from mes_conformity.validators.finding import Finding
from mes_conformity.validators.measures import RULES, judge_bundle, judge_device, judge_observation

Judge = Callable[[Any], list[Finding]]
MEASURED = ("connected-scale", "glucose-monitoring")
APART = {"client-oidc.json", "fiche-catalogue.json"}
SOUND = sorted(
    path
    for name in MEASURED
    for path in (root("examples") / name / "artefacts").glob("*.json")
    if path.name not in APART
)
MANDATORY = (
    ("poids", "/resourceType"),
    ("poids", "/type"),
    ("poids", "/entry"),
    ("poids", "/entry/0/fullUrl"),
    ("poids", "/entry/0/request"),
    ("poids", "/entry/0/request/method"),
    ("poids", "/entry/0/request/url"),
    ("poids", "/entry/0/resource/meta"),
    ("poids", "/entry/0/resource/meta/profile"),
    ("poids", "/entry/0/resource/status"),
    ("poids", "/entry/0/resource/category"),
    ("poids", "/entry/0/resource/category/0/coding/0/system"),
    ("poids", "/entry/0/resource/category/0/coding/0/code"),
    ("poids", "/entry/0/resource/code"),
    ("poids", "/entry/0/resource/code/coding"),
    ("poids", "/entry/0/resource/code/coding/0/system"),
    ("poids", "/entry/0/resource/code/coding/0/code"),
    ("poids", "/entry/0/resource/subject"),
    ("poids", "/entry/0/resource/subject/identifier"),
    ("poids", "/entry/0/resource/subject/identifier/system"),
    ("poids", "/entry/0/resource/subject/identifier/value"),
    ("poids", "/entry/0/resource/effectiveDateTime"),
    ("poids", "/entry/0/resource/valueQuantity"),
    ("poids", "/entry/0/resource/valueQuantity/value"),
    ("poids", "/entry/0/resource/valueQuantity/unit"),
    ("poids", "/entry/0/resource/valueQuantity/system"),
    ("poids", "/entry/0/resource/valueQuantity/code"),
    ("poids", "/entry/0/resource/device"),
    ("poids", "/entry/0/resource/device/reference"),
    ("poids", "/entry/1/request/ifNoneExist"),
    ("poids", "/entry/1/request/method"),
    ("poids", "/entry/1/request/url"),
    ("poids", "/entry/1/resource/id"),
    ("poids", "/entry/1/resource/meta"),
    ("poids", "/entry/1/resource/meta/profile"),
    ("poids", "/entry/1/resource/identifier"),
    ("poids", "/entry/1/resource/identifier/0/type"),
    ("poids", "/entry/1/resource/identifier/0/system"),
    ("poids", "/entry/1/resource/identifier/0/value"),
    ("poids", "/entry/1/resource/type"),
    ("poids", "/entry/1/resource/type/coding/0/code"),
    ("poids", "/entry/1/resource/specialization/0/systemType"),
    ("tension", "/entry/0/resource/component"),
    ("tension", "/entry/0/resource/component/0"),
    ("tension", "/entry/0/resource/component/1/code"),
    ("tension", "/entry/0/resource/component/1/valueQuantity"),
    ("tension", "/entry/0/resource/component/1/valueQuantity/value"),
    ("tension", "/entry/0/resource/component/1/valueQuantity/code"),
    ("glycemie-capillaire", "/entry/0/resource/extension"),
    ("glycemie-capillaire", "/entry/0/resource/extension/1"),
    ("glycemie-capillaire", "/entry/0/resource/extension/1/url"),
    ("glycemie-capillaire", "/entry/0/resource/extension/1/valueCodeableConcept"),
    ("glycemie-interstitielle", "/entry/0/resource/extension/0/valueCodeableConcept"),
)


def without(data: Any, pointer: str) -> Any:
    spoiled = copy.deepcopy(data)
    *parents, last = from_pointer(pointer)
    node = spoiled
    for step in parents:
        node = node[int(step) if isinstance(node, list) else step]
    del node[int(last) if isinstance(node, list) else last]
    return spoiled


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_each_example_is_sound(path: Path, errors: Judge, warnings: Judge) -> None:
    bundle = json.loads(path.read_text(encoding="utf-8"))
    assert errors(bundle) == []
    assert warnings(bundle) == []


@pytest.mark.parametrize(("name", "pointer"), MANDATORY, ids=lambda value: value)
def test_a_mandatory_element_removed_is_named(name: str, pointer: str, errors: Judge) -> None:
    """The pointer of a finding is the element removed, or one above or below it."""
    path = next(path for path in SOUND if path.stem == name)
    found = [finding.pointer for finding in errors(without(json.loads(path.read_text(encoding="utf-8")), pointer))]
    assert any(_speaks_of(told, pointer) for told in found), found


def _speaks_of(told: str, removed: str) -> bool:
    """A finding names the element, something in it, or the element of the resource that should hold it."""
    above = removed.startswith(told + "/") and told.count("/") >= len(("entry", "0", "resource", "code"))
    return told == removed or told.startswith(removed + "/") or above


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_judged_without_raising(data: Any) -> None:
    contract = load("mes-measures@1.5.2")
    assert judge_bundle(data, contract)
    assert judge_observation(data, contract)
    assert judge_device(data, contract)


_SCALARS = st.sampled_from([None, True, -1, 1.5, "", "x", "Observation", "1.2.3", [], {}, [[]], [None], {"coding": 3}])
_WEIGHT = json.loads(next(path for path in SOUND if path.stem == "poids").read_text(encoding="utf-8"))
_PRESSURE = json.loads(next(path for path in SOUND if path.stem == "tension").read_text(encoding="utf-8"))
_GLUCOSE = json.loads(next(path for path in SOUND if path.stem == "glycemie-capillaire").read_text(encoding="utf-8"))


def _places(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in children for place in [(*here, key), *_places(value, (*here, key))]]


@settings(max_examples=300)
@given(st.data())
def test_an_artefact_with_any_value_anywhere_is_judged_without_raising(data: st.DataObject) -> None:
    spoiled = copy.deepcopy(data.draw(st.sampled_from([_WEIGHT, _PRESSURE, _GLUCOSE])))
    for _turn in range(data.draw(st.integers(1, 3))):
        *parents, last = data.draw(st.sampled_from(_places(spoiled) or [("entry",)]))
        node = spoiled
        for step in parents:
            node = node[step]
        node[last] = copy.deepcopy(data.draw(_SCALARS))  # the choices are shared: two turns would make a loop
    found = judge_bundle(spoiled, load("mes-measures@1.5.2"), solution_oid="1.2.3", assign_auth="1.2.4")
    assert all(finding.rule in RULES for finding in found)


def test_several_faults_are_all_told(weight: Any, errors: Judge) -> None:
    observation = weight["entry"][0]["resource"]
    del observation["status"], observation["category"], observation["subject"]
    assert {finding.rule for finding in errors(weight)} == {
        "measures/status",
        "measures/category",
        "measures/subject",
    }


def test_the_category_is_there_once(weight: Any, errors: Judge) -> None:
    categories = weight["entry"][0]["resource"]["category"]
    categories.append({"coding": [{"system": "http://example.org/other", "code": "x"}]})
    assert errors(weight) == []
    categories.append(categories[0])
    (finding,) = errors(weight)
    assert (finding.rule, finding.obtained) == ("measures/category", "2")


def test_what_is_not_a_bundle_is_refused_as_the_api_says(contract: Contract) -> None:
    (finding,) = judge_bundle({"resourceType": "Observation"}, contract)
    assert (finding.rule, finding.error) == ("measures/bundle", "no_bundle")


def test_a_device_alone_is_not_a_measure(weight: Any, errors: Judge) -> None:
    del weight["entry"][0]
    assert [finding.error for finding in errors(weight)] == ["one_observation"]


def test_another_resource_is_refused_at_its_type(weight: Any, errors: Judge) -> None:
    weight["entry"].append({"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}})
    (finding,) = errors(weight)
    assert (finding.pointer, finding.error) == ("/entry/2/resource/resourceType", "resource_not_acceptable")


def test_another_method_is_refused(weight: Any, errors: Judge) -> None:
    weight["entry"][0]["request"]["method"] = "PUT"
    (finding,) = errors(weight)
    assert (finding.obtained, finding.error) == ("PUT", "resource_not_acceptable")


def test_a_device_that_nobody_refers_to_is_refused(weight: Any, errors: Judge) -> None:
    del weight["entry"][0]["resource"]["device"]
    (finding,) = errors(weight)
    assert (finding.pointer, finding.error) == ("/entry/0/resource/device/reference", "device_reference_missing")


def test_a_reference_to_a_device_outside_the_bundle_is_refused(weight: Any, errors: Judge) -> None:
    """API Mesures 1.5.2, §2.2.1: the device that took the measure must be in the bundle."""
    del weight["entry"][1]
    assert [finding.error for finding in errors(weight)] == ["device_reference_unlinked"]


def test_a_reference_by_urn_is_not_that_of_the_api(weight: Any, errors: Judge) -> None:
    weight["entry"][0]["resource"]["device"]["reference"] = weight["entry"][1]["fullUrl"]
    assert [finding.error for finding in errors(weight)] == ["device_reference_unlinked"]


def test_a_measure_typed_by_hand_has_no_device(weight: Any, errors: Judge) -> None:
    del weight["entry"][1], weight["entry"][0]["resource"]["device"]
    assert errors(weight) == []


def test_a_bare_uuid_is_a_full_url(weight: Any, errors: Judge) -> None:
    """The example of API Mesures 1.5.2, §2.2.7 writes it without a prefix."""
    weight["entry"][0]["fullUrl"] = "3bc44de3-069d-442d-829b-f3ef68cae372"
    assert errors(weight) == []


def test_a_wrong_resource_is_told_for_a_single_resource(contract: Contract, weight: Any) -> None:
    device = weight["entry"][1]["resource"]
    assert [finding.rule for finding in judge_observation(device, contract)] == ["measures/resource"]


def test_a_device_is_judged_alone(contract: Contract, weight: Any) -> None:
    assert judge_device(weight["entry"][1]["resource"], contract, solution_oid="1.2.840.10004.1") == []


def test_each_error_of_a_finding_is_in_the_contract(contract: Contract) -> None:
    from mes_conformity.validators import device, glucose, measures, observation, quantities

    known = set(contract.get("errors"))
    written = "".join(
        Path(str(module.__file__)).read_text(encoding="utf-8")
        for module in (device, glucose, measures, observation, quantities)
    )
    named = {part.split('"')[0] for part in written.split('error="')[1:]}
    assert named <= known


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_told_in_both_languages(rule: str) -> None:
    info = RULES[rule]
    assert info.title["fr"] != info.title["en"]
    assert info.remedy["fr"] != info.remedy["en"]
    assert info.basis in ("published", "republished")
