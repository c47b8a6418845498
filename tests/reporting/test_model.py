from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.dossier import build, documents
from mes_conformity.reporting.model import Report, RequirementView, demonstration, draw, facts, shown_as


def requirement(report: Report, name: str) -> RequirementView:
    return next(item for item in report.requirements if item.id == name)


def test_a_conform_answer_that_a_test_refutes_is_a_contradiction(report: Report) -> None:
    view = requirement(report, "x-ech-mesures-codes")
    assert (view.status, view.shown, view.contradicted) == ("conform", "refuted", True)


def test_contradictions_come_first(report: Report) -> None:
    assert report.sections[0].requirements[0].contradicted


def test_titles_come_from_the_catalogue(report: Report) -> None:
    assert requirement(report, "x-ech-mesures-codes").title["fr"] != "x-ech-mesures-codes"


def test_every_requirement_is_somewhere(report: Report) -> None:
    from mes_conformity.catalogue.loader import load_shipped

    shown = {item.id for item in (*report.requirements, *report.set_apart)}
    assert {item.id for item in load_shipped().requirements} <= shown


def test_what_does_not_apply_is_set_apart_with_its_reason(tmp_path: Path) -> None:
    from mes_conformity.catalogue.loader import load_shipped

    folder = samples.write_workspace(tmp_path)
    (tmp_path / "assessment.yaml").write_text(
        (tmp_path / "assessment.yaml").read_text().replace("value: read_write", "value: none")
    )
    report = draw(documents.read(build.collect(tmp_path, folder, load_shipped(), {}).files))
    assert report.set_apart
    assert all(item.reason for item in report.set_apart)


def test_without_a_catalogue_ids_serve_as_titles(bare: Report) -> None:
    assert [item.title["fr"] for item in bare.requirements] == ["x-ech-mesures-ecriture"]
    assert bare.declared()["not_assessed"] == 1


def test_without_answers_the_facts_are_those_of_the_run(bare: Report) -> None:
    assert facts(bare.documents)["data_exchange"] == "read_write"


def test_suites_show_failures_first(report: Report) -> None:
    assert [case.entry["id"] for case in report.suites[0].cases] == ["MES-U-02", "MES-U-01", "MES-U-03"]
    assert report.suites[0].counts()["failed"] == 1


def test_the_report_is_not_drawn_from_itself(report: Report) -> None:
    files = {**report.documents.files, "report/index.html": b"x", "dossier.json": b"x", "seal.json": b"x"}
    again = draw(documents.Documents(report.run, report.documents.cases, None, None, files))
    assert again.files == report.files


def test_numbers_add_up(report: Report) -> None:
    assert sum(report.declared().values()) == len(report.requirements)
    assert sum(report.outcomes().values()) == len(report.run["cases"])
    assert sum(sum(section.demonstrated().values()) for section in report.sections) == len(report.requirements)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ([], "untested"),
        ([{"outcome": "passed"}], "shown"),
        ([{"outcome": "passed"}, {"outcome": "failed"}], "refuted"),
        ([{"outcome": "failed", "subject": "target"}], "anomaly"),
        ([{"outcome": "passed"}, {"outcome": "error"}], "inconclusive"),
        ([{"outcome": "skipped", "reason": {"code": "prerequisite_missing", "fr": "x"}}], "inconclusive"),
        ([{"outcome": "skipped", "reason": {"code": "not_applicable", "fr": "x"}}], "untested"),
        ([{"outcome": "failed", "advisory": True, "basis": "draft"}], "advisory"),
    ],
)
def test_what_cases_show_together(changes: list[dict[str, object]], shown: str) -> None:
    assert demonstration([samples.entry("A", "x", **change) for change in changes]) == shown


def test_a_failure_is_shown_for_what_it_accuses() -> None:
    assert shown_as(samples.entry("A", "x", "failed")) == "failed"
    assert shown_as(samples.entry("A", "x", "failed", subject="target")) == "anomaly"
    assert shown_as(samples.entry("A", "x", "failed", basis="draft", advisory=True)) == "advisory"
    assert shown_as(samples.entry("A", "x", "error")) == "error"
