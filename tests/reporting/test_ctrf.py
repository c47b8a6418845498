"""CTRF, held against the schema that its owner publishes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from mes_conformity.reporting.ctrf import render
from mes_conformity.reporting.model import Report

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "ctrf-0.0.json").read_text(encoding="utf-8"))
VALIDATOR = Draft7Validator(SCHEMA, format_checker=Draft7Validator.FORMAT_CHECKER)


def drawn(report: Report, lang: str = "fr") -> Any:
    return json.loads(render(report, lang))


def drawn_test(report: Report, name: str, lang: str = "fr") -> Any:
    return next(test for test in drawn(report, lang)["results"]["tests"] if test["name"].startswith(name))


@pytest.mark.parametrize("name", ["report", "bare", "hostile"])
def test_it_holds_the_public_schema(name: str, request: pytest.FixtureRequest) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(drawn(request.getfixturevalue(name)))] == []


def test_the_schema_can_refuse(report: Report) -> None:
    data = drawn(report)
    data["results"]["tests"][0]["status"] = "perhaps"
    assert list(VALIDATOR.iter_errors(data))


def test_counts_are_those_of_the_tests(report: Report) -> None:
    results = drawn(report)["results"]
    summary = results["summary"]
    assert summary["tests"] == len(results["tests"]) == len(report.run["cases"])
    for status in ("passed", "failed", "skipped", "pending", "other"):
        assert summary[status] == sum(test["status"] == status for test in results["tests"])
    assert (summary["stop"] - summary["start"], summary["start"]) == (7_000, 1_795_348_740_000)


@pytest.mark.parametrize(
    ("name", "status", "raw"),
    [
        ("MES-W-01", "passed", "passed"),
        ("MES-U-02", "failed", "failed"),
        ("MES-R-09", "failed", "anomaly"),
        ("APP-04", "other", "advisory"),
        ("APP-05", "other", "error"),
        ("MES-U-03", "skipped", "skipped"),
    ],
)
def test_our_own_word_is_kept_beside_theirs(report: Report, name: str, status: str, raw: str) -> None:
    test = drawn_test(report, name)
    assert (test["status"], test["rawStatus"]) == (status, raw)


def test_a_failure_says_what_where_and_what_to_do(report: Report) -> None:
    test = drawn_test(report, "MES-U-02")
    assert test["message"] == "rules : attendu measures/value-present, obtenu L'observation ne porte pas de valeur"
    assert "Que faire" in test["trace"]
    assert (test["filePath"], test["line"]) == ("artefacts/glycemie.json", 1)
    assert "message" not in drawn_test(report, "MES-W-01")
    assert "expected" in drawn_test(report, "MES-U-02", "en")["message"]


def test_evidence_is_attached(report: Report) -> None:
    paths = [item["path"] for item in drawn_test(report, "MES-W-01")["attachments"]]
    assert paths == ["cases/MES-W-01/case.json", "cases/MES-W-01/exchanges.har"]


def test_identifiers_are_unique_and_steady(report: Report) -> None:
    identifiers = [test["id"] for test in drawn(report)["results"]["tests"]]
    assert len(set(identifiers)) == len(identifiers)
    assert identifiers == [test["id"] for test in drawn(report, "en")["results"]["tests"]]


def test_a_path_says_nothing_of_the_machine(hostile: Report) -> None:
    assert "/home/" not in drawn_test(hostile, "A-2")["filePath"]
