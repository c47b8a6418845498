"""OSCAL assessment results, held against the schema that NIST publishes (by jsonschema-rs: it knows `\\p{L}`)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mes_conformity.reporting.model import Report
from mes_conformity.reporting.oscal import render

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "oscal-assessment-results-1.2.1.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.Draft7Validator(SCHEMA, validate_formats=True)


def drawn(report: Report, lang: str = "fr") -> Any:
    return json.loads(render(report, lang))


def result(report: Report) -> Any:
    return drawn(report)["assessment-results"]["results"][0]


def props(item: Any) -> dict[str, str]:
    return {prop["name"]: prop["value"] for prop in item["props"]}


@pytest.mark.parametrize("name", ["report", "bare", "hostile"])
def test_it_holds_the_public_schema(name: str, request: pytest.FixtureRequest) -> None:
    faults = [
        f"{error.instance_path}: {error.message}"[:300]
        for error in VALIDATOR.iter_errors(drawn(request.getfixturevalue(name)))
    ]
    assert faults == []


def test_a_run_without_a_case_is_valid() -> None:
    import dossier_samples as samples

    from mes_conformity.dossier.documents import Documents
    from mes_conformity.reporting.model import draw

    run = samples.run_document([])
    run["run"]["target"], run["suites"], run["contracts"] = None, [], []
    data = drawn(draw(Documents(run, (), None, None, {})))
    assert list(VALIDATOR.iter_errors(data)) == []
    assert "observations" not in data["assessment-results"]["results"][0]


def test_the_schema_can_refuse(report: Report) -> None:
    data = drawn(report)
    data["assessment-results"]["results"][0]["findings"][0]["target"]["target-id"] = "not a token"
    assert list(VALIDATOR.iter_errors(data))


def test_there_is_an_observation_per_case(report: Report) -> None:
    outcomes = {props(item)["id"]: props(item)["outcome"] for item in result(report)["observations"]}
    assert set(outcomes) == {case["id"] for case in report.run["cases"]}
    assert (outcomes["MES-R-09"], outcomes["APP-04"], outcomes["APP-05"]) == ("anomaly", "advisory", "error")


def test_only_what_was_settled_is_a_finding(report: Report) -> None:
    found = {props(item)["requirement"]: item["target"]["status"]["state"] for item in result(report)["findings"]}
    settled = {item.id: item.shown for item in (*report.requirements, *report.set_apart)}
    assert found["x-ech-mesures-codes"] == "not-satisfied"
    assert found["x-ech-mesures-ecriture"] == "satisfied"
    assert {settled[name] for name in found} == {"shown", "refuted"}
    assert "x-ech-pagination" not in found


def test_what_is_named_is_there(report: Report) -> None:
    document, found = drawn(report)["assessment-results"], result(report)
    known = {item["uuid"] for item in found["local-definitions"]["components"]}
    assert {subject["subject-uuid"] for item in found["observations"] for subject in item["subjects"]} <= known
    observed = {item["uuid"] for item in found["observations"]}
    related = {link["observation-uuid"] for item in found["findings"] for link in item["related-observations"]}
    assert related <= observed
    assert document["import-ap"]["href"] == "#" + document["back-matter"]["resources"][0]["uuid"]


def test_identifiers_do_not_depend_on_the_language(report: Report) -> None:
    def every(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [v for k, v in value.items() if k == "uuid"] + [u for v in value.values() for u in every(v)]
        return [found for item in value for found in every(item)] if isinstance(value, list) else []

    identifiers = every(drawn(report))
    assert len(set(identifiers)) == len(identifiers)
    assert identifiers == every(drawn(report, "en"))


def test_its_markdown_is_inert(hostile: Report) -> None:
    text = result(hostile)["observations"][0]["description"]
    assert "\\[clic\\](javascript" in text
    assert "<script" not in text.replace("\\<script", "")


def test_the_catalogue_is_told_where_one_was_pinned(report: Report) -> None:
    run = {**report.documents.run, "catalogue": {"id": "mes-referencement", "version": "2.0.0", "sha256": "0" * 64}}
    pinned = replace(report, documents=replace(report.documents, run=run))
    assert list(VALIDATOR.iter_errors(drawn(pinned))) == []
    assert props(result(pinned))["catalogue"] == "mes-referencement 2.0.0"
