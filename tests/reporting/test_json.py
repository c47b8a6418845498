"""The JSON report, held against the schema that is published with the program."""

import copy
import json
from typing import Any

import pytest
import review_samples as reviews

from mes_conformity.dossier import build, documents
from mes_conformity.dossier.review_chain import name_of
from mes_conformity.foundation import schemas
from mes_conformity.reporting.json import render
from mes_conformity.reporting.model import Report, draw
from mes_conformity.reporting.tables import follow_up


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


@pytest.fixture
def reviewed(contents: build.Contents) -> Report:
    """A report of a dossier that an expert wrote about, and that its publisher answered."""
    dossier = reviews.opened(build.assemble(contents, {}, {}))
    first = reviews.asks(dossier)
    second = reviews.answers(dossier, (first,))
    return draw(documents.read({**contents.files, name_of(1): first.raw, name_of(2): second.raw}))


def test_the_review_is_told_with_its_replies(reviewed: Report) -> None:
    data = drawn(reviewed)
    assert schemas.errors(data, "report-1") == []
    assert reviewed.review is not None
    assert [item["id"] for item in data["review"]["findings"]] == [item.finding.id for item in reviewed.review.findings]
    assert any(item["events"] for item in data["review"]["findings"])
    rows = [row for row in follow_up(reviewed) if row[0] == "review"]
    assert [row[1] for row in rows] == [item["id"] for item in data["review"]["findings"]]


def test_a_review_that_does_not_hold_is_said(contents: build.Contents) -> None:
    data = drawn(draw(documents.read({**contents.files, name_of(1): b"{}"})))
    assert schemas.errors(data, "report-1") == []
    assert data["review"]["problems"]


def test_without_an_expert_there_is_no_review(report: Report) -> None:
    assert drawn(report)["review"] is None
