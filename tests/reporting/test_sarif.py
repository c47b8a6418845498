"""SARIF, held against the schema of OASIS and what code-scanning views read."""

import json
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest
from jsonschema import Draft202012Validator

from mes_conformity.dossier.documents import CaseRecord, Documents
from mes_conformity.reporting.model import Report, draw
from mes_conformity.reporting.sarif import render

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text("utf-8-sig"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def run_of(report: Report, lang: str = "fr") -> Any:
    return json.loads(render(report, lang))["runs"][0]


def result(report: Report, rule: str) -> Any:
    return next(item for item in run_of(report)["results"] if item["ruleId"] == rule)


@pytest.mark.parametrize("name", ["report", "bare", "hostile"])
def test_it_holds_the_public_schema(name: str, request: pytest.FixtureRequest) -> None:
    data = json.loads(render(request.getfixturevalue(name), "fr"))
    assert [f"{error.json_path}: {error.message}"[:300] for error in VALIDATOR.iter_errors(data)] == []


def test_the_schema_can_refuse(report: Report) -> None:
    data = json.loads(render(report, "fr"))
    data["runs"][0]["results"][0]["level"] = "perhaps"
    assert list(VALIDATOR.iter_errors(data))


def test_only_false_checks_are_results_and_their_level_says_whom_they_accuse(report: Report) -> None:
    levels = {item["ruleId"]: item["level"] for item in run_of(report)["results"]}
    assert levels == {"MES-U-02": "error", "MES-R-09": "warning", "APP-04": "note"}


def test_what_could_not_be_judged_is_a_notification(report: Report, bare: Report) -> None:
    invocation = run_of(report)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert told["associatedRule"]["id"] == "APP-05"
    assert "la cible n'a pas répondu" in told["message"]["text"]
    assert run_of(bare)["invocations"][0]["executionSuccessful"] is True


def test_every_result_names_its_rule(report: Report) -> None:
    run = run_of(report)
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[item["ruleIndex"]]["id"] == item["ruleId"] for item in run["results"])
    assert [rule["id"] for rule in rules] == ["MES-U-02", "MES-R-09", "APP-05", "APP-04"]


def test_help_is_an_address_only_where_the_catalogue_gives_one(report: Report) -> None:
    rules = {rule["id"]: rule for rule in run_of(report)["tool"]["driver"]["rules"]}
    for rule in rules.values():
        addresses = {report.addresses.get(name) for name in report.entry(rule["id"])["requirements"]} - {None}
        assert {rule.get("helpUri")} - {None} <= addresses
        assert bool(addresses) == ("helpUri" in rule)
    assert any("helpUri" in rule for rule in rules.values())


def test_a_place_without_an_artefact_is_the_record_of_the_case(report: Report) -> None:
    place = result(report, "MES-R-09")["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "cases/MES-R-09/exchanges.har"}, "region": {"startLine": 1}}


ARTEFACT = b'{\n "entry": [\n  {"a": 1},\n  {\n   "b": 1,\n   "resource": {"status": "x"}\n  }\n ]\n}'


def judged(where: str) -> Report:
    """A case that judged one file, and found it wrong at `where`, twice."""
    checks = [{**samples.check("rules", "failed"), "where": where}] * 2
    entry = samples.entry("A-1", "x", "failed", kind="unit", checks=checks)
    record = {"artefact": {"path": "artefacts/é.json", "sha256": samples.sha(ARTEFACT), "kind": "measure-bundle"}}
    files = {"artefacts/é.json": ARTEFACT}
    return draw(Documents(samples.run_document([entry]), (CaseRecord(entry, (record,), ()),), None, None, files))


def test_a_place_in_an_artefact_is_its_line_and_pointer() -> None:
    place = result(judged("artefacts/é.json#/entry/1/resource/status"), "A-1")["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "artefacts/%C3%A9.json"},
        "region": {"startLine": 6},
    }
    assert place["logicalLocations"] == [{"fullyQualifiedName": "/entry/1/resource/status", "kind": "value"}]


def test_fingerprints_are_unique_and_do_not_depend_on_the_language_or_the_run(report: Report) -> None:
    twice = [item["partialFingerprints"]["primaryLocationLineHash"] for item in run_of(judged("x#"))["results"]]
    assert len(set(twice)) == 2

    def prints(lang: str) -> list[Any]:
        return [item["partialFingerprints"] for item in run_of(report, lang)["results"]]

    assert prints("fr") == prints("en")


def test_a_text_is_neither_a_link_nor_a_hole(hostile: Report) -> None:
    texts = [item["message"]["text"] for item in run_of(hostile)["results"]]
    assert texts
    assert not [text for text in texts if "](" in text or "{0}" in text or "\u202e" in text]
