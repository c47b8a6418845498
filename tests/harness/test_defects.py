"""Every defect breaks its rule and no other, on every artefact of the examples that can have it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.resources import root
from mes_conformity.harness.defects import DEFECTS, Defect, NotApplicable, client_with, load, spoil
from mes_conformity.suites.loader import load_all
from mes_conformity.validators.artefact import RULES, judge
from mes_conformity.validators.contract import load as load_contract

SOLUTION = "1.2.840.10004.1.1.1.0.0.1.0.0.1"
ARTEFACTS = sorted(root("examples").glob("*/artefacts/*.json"))
OF_ARTEFACTS = [defect for defect in DEFECTS.values() if defect.applies_to != "client"]
OF_CLIENTS = [defect for defect in DEFECTS.values() if defect.applies_to == "client"]


def kind_of(path: Path) -> str:
    return "oidc-client" if path.stem == "client-oidc" else "measure-bundle"


def spoiled(defect: Defect, example: str = "*") -> Iterator[tuple[str, bytes]]:
    for path in ARTEFACTS:
        if kind_of(path) == defect.applies_to and example in ("*", path.parts[-3]):
            try:
                yield path.stem, spoil(path.read_bytes(), defect)
            except NotApplicable as reason:
                assert reason.reason["fr"] != reason.reason["en"]


def bundle(*, resource: Any = None) -> bytes:
    entry = {"resource": resource or {"resourceType": "Observation", "status": "final", "note": [{"text": "a"}]}}
    return json.dumps({"resourceType": "Bundle", "entry": [entry]}).encode()


def defect(*operations: dict[str, Any], becomes: str | None = None) -> Defect:
    contract = "mes-measures@1.5.2"
    return Defect("essai", {"fr": "essai"}, "measure-bundle", None, becomes, operations, contract=contract)


@pytest.mark.parametrize("case", OF_ARTEFACTS, ids=lambda case: case.name)
def test_a_defect_breaks_its_rule_and_no_other(case: Defect) -> None:
    contract = load_contract("mes-measures@1.5.2")
    for name, raw in spoiled(case):
        found = judge(case.applies_to, raw, (contract,), solution_oid=SOLUTION)
        assert {finding.rule for finding in found if finding.severity == "error"} == {case.rule}, name


@pytest.mark.parametrize("example", ["glucose-monitoring", "connected-scale"])
@pytest.mark.parametrize("case", OF_ARTEFACTS, ids=lambda case: case.name)
def test_a_defect_applies_to_each_example(case: Defect, example: str) -> None:
    assert list(spoiled(case, example))


@pytest.mark.parametrize("case", OF_ARTEFACTS, ids=lambda case: case.name)
def test_a_defect_names_a_known_rule(case: Defect) -> None:
    assert case.rule in RULES


def test_each_case_of_an_artefact_is_broken_by_a_defect_of_its_rule() -> None:
    for case in load_all().cases:
        if case.kind == "unit":
            held = case.steps[0].checks[0].argument["hold"]
            assert case.broken_by, case.id
            assert {DEFECTS[name].rule for name in case.broken_by} == set(held), case.id


def test_each_defect_is_named_by_a_case() -> None:
    named = {name for case in load_all().cases for name in case.broken_by}
    assert set(DEFECTS) <= named


@pytest.mark.parametrize("case", OF_CLIENTS, ids=lambda case: case.name)
def test_a_defect_of_a_client_changes_one_setting(case: Defect) -> None:
    sound = {"client_id": "c", "client_secret": "s", "redirect_uri": "https://exemple.invalid/", "scope": "tout"}
    wrong = client_with(sound, case)
    assert len([key for key in sound if wrong[key] != sound[key]]) == 1


def test_a_client_without_the_write_scope_keeps_the_others() -> None:
    wrong = client_with({}, DEFECTS["client-missing-write-scope"])
    scopes = load_contract("mes-pairing@2.1.0").get("scopes")
    assert wrong["scope"].split() == [word for key, word in scopes.items() if key != "measures_write"]


def test_an_artefact_without_device_says_that_it_cannot_have_the_defect() -> None:
    with pytest.raises(NotApplicable) as caught:
        spoil(bundle(), DEFECTS["device-without-profile"])
    assert "Device" in caught.value.reason["fr"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "$observation/valueQuantity"},
        {"op": "remove", "path": "$observation/code/text"},
        {"op": "remove", "path": "$observation/note/7"},
        {"op": "set", "path": "$observation/status/x", "value": 1},
        {"op": "set", "path": "$observation/note/7/text", "value": 1},
        {"op": "append", "path": "$observation/status", "value": 1},
        {"op": "copy", "from": "$observation/code", "path": "/entry"},
        {"op": "drop", "path": "$observation/code/text"},
        {"op": "drop", "path": "$observation/valueQuantity"},
        {"op": "set", "path": "$observation/status", "value": "final"},
    ],
    ids=lambda operation: f"{operation['op']} {operation['path']}",
)
def test_a_change_without_object_is_not_applicable(operation: dict[str, Any]) -> None:
    with pytest.raises(NotApplicable):
        spoil(bundle(), defect(operation))


@pytest.mark.parametrize("raw", [b"[]", b"3", b'{"entry": 3}', b'{"entry": [3, {"resource": 4}]}'])
def test_any_json_is_spoiled_or_refused(raw: bytes) -> None:
    with pytest.raises(NotApplicable):
        spoil(raw, DEFECTS["artefact-without-status"])


def test_what_is_not_json_cannot_be_spoiled() -> None:
    with pytest.raises(InvalidInput):
        spoil(b"{", DEFECTS["artefact-without-status"])


def test_what_is_missing_on_the_way_is_created() -> None:
    raw = spoil(bundle(), defect({"op": "set", "path": "$observation/code/text", "value": "x"}))
    assert json.loads(raw)["entry"][0]["resource"]["code"] == {"text": "x"}


def test_a_list_is_created_to_be_appended_to() -> None:
    raw = spoil(bundle(), defect({"op": "append", "path": "$observation/extension", "value": 1}))
    assert json.loads(raw)["entry"][0]["resource"]["extension"] == [1]


def test_an_artefact_becomes_the_measure_that_the_defect_speaks_of() -> None:
    raw = spoil(bundle(), defect(becomes="pain"))
    observation = json.loads(raw)["entry"][0]["resource"]
    assert observation["code"]["coding"][0]["code"] == "72514-3"
    assert observation["status"] == "final"


def test_an_artefact_that_is_the_measure_already_stays_as_it_is() -> None:
    path = next(path for path in ARTEFACTS if path.stem == "glycemie-capillaire")
    spoiled_again = json.loads(spoil(path.read_bytes(), DEFECTS["artefact-glucose-in-mmol"]))
    assert spoiled_again["entry"][0]["resource"]["valueQuantity"]["value"] == 104


def test_a_name_used_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    row = '  - {name: deux, description: {fr: a, en: b}, applies_to: client, settings: {x: "y"}}\n'
    head = "schema_version: 1\ncontracts: {measures: mes-measures@1.5.2, pairing: mes-pairing@2.1.0}\ndefects:\n"
    path = tmp_path / "defects.yaml"
    path.write_text(head + row + row, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(path)
    assert caught.value.code == "SUI012"
    assert caught.value.location is not None
    assert caught.value.location.line == 5


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "defects.yaml"
    path.write_text("schema_version: 1\ndefects: []\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        load(path)
    assert caught.value.code == "SCH001"
