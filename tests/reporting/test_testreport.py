"""The FHIR TestReport, read by fhir.resources (R4B, whose TestReport is that of R4)."""

import json
from typing import Any

import pytest

from mes_conformity.reporting.model import Report
from mes_conformity.reporting.testreport import render

resources = pytest.importorskip("fhir.resources.R4B.testreport", reason="fhir.resources is not installed")


def read(report: Report, lang: str = "fr") -> Any:
    return resources.TestReport.model_validate_json(render(report, lang))


def actions(report: Report, name: str) -> list[Any]:
    return [action.assert_fhir for action in next(test for test in read(report).test if test.name == name).action]


@pytest.mark.parametrize("name", ["report", "bare", "hostile"])
def test_an_independent_reader_accepts_it(name: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(name)
    again = json.loads(read(report).model_dump_json())
    assert again == json.loads(render(report, "fr"))


def test_the_reader_can_refuse(report: Report) -> None:
    data = json.loads(render(report, "fr"))
    del data["testScript"]
    with pytest.raises(ValueError, match="testScript"):
        resources.TestReport.model_validate(data)


def test_the_whole_says_what_the_verdict_says(report: Report, bare: Report) -> None:
    assert (read(report).result, read(bare).result) == ("fail", "pass")
    assert read(bare).score == 100
    assert read(report).status == "completed"
    assert [item.type for item in read(report).participant] == ["test-engine", "client", "server"]
    assert read(report).participant[1].uri == "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1"


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("MES-W-01", "pass"),
        ("MES-U-02", "fail"),
        ("MES-R-09", "fail"),
        ("APP-04", "warning"),
        ("APP-05", "error"),
        ("MES-U-03", "skip"),
    ],
)
def test_each_check_is_an_assertion(report: Report, name: str, result: str) -> None:
    assert [action.result for action in actions(report, name)] == [result]


def test_what_was_not_judged_says_why(report: Report) -> None:
    assert "la cible n'a pas répondu" in str(actions(report, "APP-05")[0].message)
    assert str(actions(report, "MES-U-03")[0].message) == "aucun appareil connecté"


def test_its_markdown_is_inert(hostile: Report) -> None:
    text = str(actions(hostile, "A-0")[0].message)
    assert "\\[clic\\](javascript" in text
    assert "<script" not in text.replace("\\<script", "")


def test_a_run_without_a_case_is_valid(bare: Report) -> None:
    import dossier_samples as samples

    from mes_conformity.dossier.documents import Documents
    from mes_conformity.reporting.model import draw

    run = samples.run_document([])
    run["run"]["target"] = None
    run["service"]["solution_oid"] = None
    empty = read(draw(Documents(run, (), None, None, {})))
    assert (empty.result, empty.test, empty.score) == ("pending", None, None)
    assert str(empty.participant[1].uri).startswith("urn:uuid:")
