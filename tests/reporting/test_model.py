from dataclasses import replace
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest

from mes_conformity.assessment import journal
from mes_conformity.dossier import build, documents
from mes_conformity.foundation.yaml_documents import dump
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


def _drawn(root: Path, **changes: Any) -> Report:
    """The report of the sample workspace once its files were changed (`name=text`)."""
    folder = samples.write_workspace(root)
    for name, text in changes.items():
        (root / name.replace("__", ".")).write_text(text)
    return draw(documents.read(build.collect(root, folder, None, {}).files))


def test_a_proposal_that_nobody_confirmed_is_no_answer(tmp_path: Path) -> None:
    data = samples.assessment()
    data["answers"]["x-ech-mesures-codes"]["provenance"] = {
        "origin": "test", "at": "2026-11-20T09:00:00Z", "confirmed": False,
    }  # fmt: skip
    view = requirement(_drawn(tmp_path, assessment__yaml=dump(data)), "x-ech-mesures-codes")
    assert (view.status, view.proposed, view.contradicted) == ("not_assessed", "conform", False)


def _lines(root: Path, count: int) -> str:
    known = journal.Journal()
    for number in range(count):
        entry = {"at": "2026-11-20T09:00:00Z", "event": "answer", "about": f"x-{number}"}
        known = journal.append(root / "lines", known, entry)
    return (root / "lines").read_text()


def test_the_journal_is_read_and_held_to_its_chain(tmp_path: Path) -> None:
    text = _lines(tmp_path, 3)
    found = _drawn(tmp_path, journal__jsonl=text).journal
    assert found is not None
    assert ([line.seq for line in found.lines], found.whole) == ([1, 2, 3], True)


@pytest.mark.parametrize("harm", ["x-1", '"seq":2', "\n", "{"])
def test_a_journal_that_was_changed_is_not_whole(tmp_path: Path, harm: str) -> None:
    text = _lines(tmp_path, 3)
    found = _drawn(tmp_path, journal__jsonl=text.replace(harm, harm + " " if harm != "\n" else "", 1)).journal
    assert found is not None
    assert not found.whole


def test_without_a_journal_or_a_review_there_is_none(report: Report) -> None:
    assert report.journal is None
    assert report.review is None


def test_cases_of_the_suites_that_were_not_played_are_named(tmp_path: Path) -> None:
    from mes_conformity.suites.loader import read_documents, shipped_root

    folder = samples.write_workspace(tmp_path)
    files = dict(build.collect(tmp_path, folder, None, {}).files)
    files |= {f"suites/{name}": raw for name, raw in read_documents(shipped_root()).items()}
    report = draw(documents.read(files))
    played = {entry["id"] for entry in report.run["cases"]}
    assert report.not_run
    assert not played & set(report.not_run)


def test_demonstrations_are_counted(report: Report) -> None:
    assert sum(report.demonstrated().values()) == len(report.requirements)
    assert report.demonstrated()["refuted"] == 1


def test_a_run_cut_short_never_says_that_the_service_passes(bare: Report) -> None:
    run = {**bare.run, "run": {**bare.run["run"], "state": "interrupted"}}
    assert bare.judgement.outcome == "passed"
    assert draw(replace(bare.documents, run=run)).judgement.outcome == "inconclusive"
