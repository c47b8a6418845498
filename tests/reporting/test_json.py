"""The JSON report, held against the schema that is published with the program."""

import copy
import json
from typing import Any

import pytest

from mes_conformity.foundation import schemas
from mes_conformity.reporting.json import render
from mes_conformity.reporting.model import Report


def drawn(report: Report) -> Any:
    return json.loads(render(report, "fr"))


@pytest.mark.parametrize("name", ["report", "bare", "hostile"])
def test_it_holds_its_published_schema(name: str, request: pytest.FixtureRequest) -> None:
    assert schemas.errors(drawn(request.getfixturevalue(name)), "report-1") == []


@pytest.mark.parametrize(
    "spoiled", [("verdict", "outcome"), ("cases", 0, "shown"), ("requirements", 0, "demonstrated")]
)
def test_the_schema_can_refuse(report: Report, spoiled: tuple[Any, ...]) -> None:
    data = copy.deepcopy(drawn(report))
    place = data
    for step in spoiled[:-1]:
        place = place[step]
    place[spoiled[-1]] = "perhaps"
    assert [pointer for pointer, _text in schemas.errors(data, "report-1")] == [spoiled]


def test_it_holds_the_whole_view(report: Report) -> None:
    data = drawn(report)
    assert data["schema_version"] == 1
    assert data["verdict"]["refusing"] == ["MES-U-02"]
    codes = next(item for item in data["requirements"] if item["id"] == "x-ech-mesures-codes")
    assert codes["contradicted"] is True
    assert codes["cases"] == ["MES-U-02"]
    assert [section["id"] for section in data["sections"]] == [section.id for section in report.sections]
    assert {case["id"]: case["shown"] for case in data["cases"]}["MES-R-09"] == "anomaly"


def test_texts_are_in_both_languages_whatever_the_language(report: Report) -> None:
    assert render(report, "fr") == render(report, "en")
    assert set(drawn(report)["cases"][0]["title"]) == {"fr", "en"}


def test_what_was_recorded_reads_back_equal(hostile: Report) -> None:
    data = drawn(hostile)
    assert data["service"] == hostile.run["service"]
    told = [{key: value for key, value in case.items() if key != "shown"} for case in data["cases"]]
    assert told == json.loads(json.dumps(hostile.run["cases"]))
