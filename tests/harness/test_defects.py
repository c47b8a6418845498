"""Every defect breaks its rule and no other, on every sound artefact that can have it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment.creation import examples
from mes_conformity.assessment.workspace import open_workspace
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.resources import root
from mes_conformity.harness import sound_artefacts
from mes_conformity.harness.casework import Artefact
from mes_conformity.harness.defects import DEFECTS, Defect, NotApplicable, client_with, load, spoil
from mes_conformity.suites.loader import load_all
from mes_conformity.validators.artefact import KINDS, RULES, judge
from mes_conformity.validators.contract import load as load_contract

LIBRARY = load_all()
CONTRACTS = tuple(LIBRARY.contracts.values())
WHOSE: dict[str, Any] = {"solution_oid": sound_artefacts.SOLUTION_OID, "judged_on": "2026-11-22"}
OF_ARTEFACTS = [defect for defect in DEFECTS.values() if defect.applies_to in KINDS]
OF_CLIENTS = [defect for defect in DEFECTS.values() if defect.applies_to == "client"]
OF_EXAMPLES = [defect for defect in OF_ARTEFACTS if defect.applies_to in ("measure-bundle", "oidc-client")]


def of_example(name: str) -> list[Artefact]:
    folder = root("examples") / name
    listed = open_workspace(folder).artefacts
    return [Artefact(f"{name}/{item.path}", item.kind, (folder / item.path).read_bytes()) for item in listed]


EXAMPLES = {name: of_example(name) for name in examples()}
OF_MEASURES = ("glucose-monitoring", "connected-scale")
SOUND = [*(artefact for found in EXAMPLES.values() for artefact in found), *sound_artefacts.artefacts()]


def spoiled(defect: Defect, artefacts: Sequence[Artefact]) -> Iterator[tuple[str, bytes]]:
    for artefact in artefacts:
        if artefact.kind == defect.applies_to:
            try:
                yield artefact.path, spoil(artefact.raw, defect)
            except NotApplicable as reason:
                assert reason.reason["fr"] != reason.reason["en"]


def bundle(*, resource: Any = None) -> bytes:
    entry = {"resource": resource or {"resourceType": "Observation", "status": "final", "note": [{"text": "a"}]}}
    return json.dumps({"resourceType": "Bundle", "entry": [entry]}).encode()


def defect(*operations: dict[str, Any], becomes: str | None = None) -> Defect:
    contract = "mes-measures@1.5.2"
    return Defect("essai", {"fr": "essai"}, "measure-bundle", None, becomes, operations, contract=contract)


ADVISED = {
    name
    for case in LIBRARY.cases
    if case.kind == "unit" and "severity" in case.steps[0].checks[0].argument
    for name in case.broken_by
}
"""The defects against what a text advises: a warning is what they bring."""


@pytest.mark.parametrize("case", OF_ARTEFACTS, ids=lambda case: case.name)
def test_a_defect_breaks_its_rule_and_no_other(case: Defect) -> None:
    structure = str(case.rule).startswith("fhir/")
    wrong = list(spoiled(case, SOUND))
    assert wrong
    for name, raw in wrong:
        found = judge(case.applies_to, raw, CONTRACTS, structure=structure, **WHOSE)
        told = {
            severity: {item.rule for item in found if item.severity == severity} for severity in ("error", "warning")
        }
        assert told["error"] <= {case.rule}, name
        assert case.rule in (told["error"] | told["warning"] if case.name in ADVISED else told["error"]), name


@pytest.mark.parametrize("artefact", SOUND, ids=lambda artefact: artefact.path)
def test_a_sound_artefact_has_no_fault(artefact: Artefact) -> None:
    found = judge(artefact.kind, artefact.raw, CONTRACTS, structure=True, **WHOSE)
    assert [finding for finding in found if finding.severity == "error"] == []


@pytest.mark.parametrize("example", OF_MEASURES)
@pytest.mark.parametrize("case", OF_EXAMPLES, ids=lambda case: case.name)
def test_a_defect_applies_to_each_example(case: Defect, example: str) -> None:
    assert list(spoiled(case, EXAMPLES[example]))


@pytest.mark.parametrize("case", OF_ARTEFACTS, ids=lambda case: case.name)
def test_a_defect_names_a_known_rule(case: Defect) -> None:
    assert case.rule in RULES


def test_each_case_of_an_artefact_is_broken_by_a_defect_of_its_rule() -> None:
    for case in LIBRARY.cases:
        if case.kind == "unit":
            held = case.steps[0].checks[0].argument["hold"]
            assert case.broken_by, case.id
            assert {DEFECTS[name].rule for name in case.broken_by} == set(held), case.id


def test_each_defect_is_named_by_a_case() -> None:
    named = {name for case in LIBRARY.cases for name in case.broken_by}
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
    path = next(item for item in EXAMPLES["glucose-monitoring"] if item.path.endswith("/glycemie-capillaire.json"))
    spoiled_again = json.loads(spoil(path.raw, DEFECTS["artefact-glucose-in-mmol"]))
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


def write(folder: Path, name: str, *names: str) -> Path:
    rows = "".join(
        f'  - {{name: {row}, description: {{fr: a, en: b}}, applies_to: client, settings: {{x: "y"}}}}\n'
        for row in names
    )
    path = folder / name
    path.write_text(f"schema_version: 1\ndefects:\n{rows}", encoding="utf-8")
    return path


def test_the_defects_of_a_folder_are_read_together(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "premier")
    write(tmp_path, "b.yaml", "deuxieme", "troisieme")
    assert list(load(tmp_path)) == ["premier", "deuxieme", "troisieme"]


def test_a_name_used_in_two_files_is_refused_where_it_comes_again(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "premier")
    write(tmp_path, "b.yaml", "premier")
    with pytest.raises(InvalidInput) as caught:
        load(tmp_path)
    assert caught.value.code == "SUI012"
    assert caught.value.location is not None
    assert caught.value.location.file.endswith("b.yaml")


XML = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<p:lettre xmlns:p="urn:essai" xmlns:xsi="urn:xsi" lang="fr"><p:mot xsi:type="p:nom">\xe9t\xe9</p:mot></p:lettre>"""


def letter(*operations: dict[str, Any]) -> Defect:
    return Defect("essai", {"fr": "essai"}, "lettre", operations=operations, namespaces={"q": "urn:essai"})


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "set", "xpath": "/q:lettre/q:mot", "value": "hiver"}, 'xsi:type="p:nom">hiver</p:mot>'),
        ({"op": "set", "xpath": "/q:lettre/@lang", "value": "en"}, 'lang="en"'),
        ({"op": "set", "xpath": "/q:lettre/@date", "value": "1"}, 'date="1"'),
        ({"op": "copy", "xpath": "/q:lettre/q:mot"}, "été</p:mot><p:mot"),
    ],
)
def test_a_place_of_an_xml_document_is_changed_and_prefixes_are_kept(operation: dict[str, Any], expected: str) -> None:
    assert expected in spoil(XML, letter(operation)).decode()


def test_an_element_and_an_attribute_of_an_xml_document_are_removed() -> None:
    without = spoil(XML, letter({"op": "remove", "xpath": "/q:lettre/q:mot"}))
    assert b"mot" not in without
    assert b"lang" not in spoil(XML, letter({"op": "remove", "xpath": "/q:lettre/@lang"}))


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "xpath": "/q:lettre/q:phrase"},
        {"op": "remove", "xpath": "/q:lettre/@date"},
        {"op": "set", "xpath": "/q:lettre/@lang", "value": "fr"},
        {"op": "replace_text", "from": "hiver", "to": "printemps"},
    ],
)
def test_an_xml_document_or_a_text_without_the_place_cannot_have_the_defect(operation: dict[str, Any]) -> None:
    with pytest.raises(NotApplicable):
        spoil(XML, letter(operation))


def test_the_first_occurrence_of_a_text_is_replaced_whatever_the_bytes_around() -> None:
    raw = spoil(b"\xff BEGIN BEGIN", letter({"op": "replace_text", "from": "BEGIN", "to": "FIN"}))
    assert raw == b"\xff FIN BEGIN"


def test_a_text_is_repeated_where_it_must_be_long() -> None:
    raw = spoil(b"{}", defect({"op": "set", "path": "/a", "value": "ab", "times": 3}))
    assert json.loads(raw) == {"a": "ababab"}
