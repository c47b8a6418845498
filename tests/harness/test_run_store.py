"""The folder of a run: what is done is on disk, whatever happens next."""

import json
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.harness import run_store
from mes_conformity.harness.run_store import RunFolder, latest, new_id, read, read_case
from mes_conformity.suites.evidence import (
    ActionFailure,
    ActionRecord,
    ArtefactUse,
    Exchange,
    Record,
    Request,
    Response,
)

HEAD: dict[str, Any] = {
    "run": {"id": "r1", "target": None, "started_at": "2026-11-22T12:00:00Z", "ended_at": "2026-11-22T12:00:00Z"},
    "tool": {"name": "mes-conformity", "version": "0"},
    "service": {"publisher": None, "product": None, "version": None},
    "facts": {},
    "catalogue": None,
    "suites": [],
    "contracts": [],
    "artefacts": [],
}


def entry(case_id: str, outcome: str = "passed") -> dict[str, Any]:
    return {
        "id": case_id, "suite": "s", "kind": "unit", "subject": "service", "title": {"fr": "t", "en": "t"},
        "requirements": ["x-a"], "basis": "published", "obligation": "mandatory", "source": "s", "outcome": outcome,
        "advisory": False, "reason": None, "duration_ms": 1, "checks": [], "remedy": {"fr": "r", "en": "r"},
        "folder": f"cases/{case_id}",
    }  # fmt: skip


EXCHANGE = Exchange(Request("GET", "https://h/"), Response(200, (), b"{}"), None, "2026-11-22T12:00:00Z", 3)
RECORDS = (
    Record(0, 0, artefact=ArtefactUse("a.json", "measure-bundle", "00")),
    Record(0, 1, action=ActionRecord("new_user", {}, None, ActionFailure("skipped", "c", {"fr": "x", "en": "y"}))),
    Record(0, 1, exchange=EXCHANGE, supporting=True),
    Record(1, 2, exchange=EXCHANGE),
    Record(1, 3, action=ActionRecord("artefact", {"a": 1}, {"b": [1]})),
)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / run_store.RUNS / "r1", HEAD)
    made.start()
    return made


def test_records_come_back(folder: RunFolder) -> None:
    folder.add(entry("T-01"), RECORDS)
    found, records = read_case(folder.folder, "T-01")
    assert found == entry("T-01")
    assert tuple(records) == RECORDS


def test_a_complete_run_is_read_as_written(folder: RunFolder) -> None:
    folder.add(entry("T-01"), ())
    written = folder.end("complete", "2026-11-22T12:01:00Z")
    assert read(folder.folder) == written
    assert written["summary"] == {"passed": 1, "failed": 0, "error": 0, "skipped": 0}
    assert written["run"]["ended_at"] == "2026-11-22T12:01:00Z"


def test_a_run_that_was_killed_is_completed_from_its_cases(folder: RunFolder) -> None:
    for number in range(3):
        folder.add(entry(f"T-0{number}", "failed"), ())
    found = read(folder.folder)
    assert found["run"]["state"] == "interrupted"
    assert [case["id"] for case in found["cases"]] == ["T-00", "T-01", "T-02"]
    assert found["summary"]["failed"] == 3


def test_the_cases_stand_in_the_order_of_the_plan_whatever_ended_first(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", HEAD, ["T-01", "T-02", "T-03"])
    folder.start()
    for name in ("T-03", "T-01", "T-02"):
        folder.add(entry(name), ())
    written = folder.end("complete", "2026-11-22T12:01:00Z")
    assert [case["id"] for case in written["cases"]] == ["T-01", "T-02", "T-03"]


def test_a_case_without_exchanges_has_no_har(folder: RunFolder) -> None:
    folder.add(entry("T-01"), ())
    assert not (folder.folder / "cases/T-01/exchanges.har").exists()
    assert read_case(folder.folder, "T-01") == (entry("T-01"), [])


def test_the_latest_run_is_the_last_by_name(tmp_path: Path) -> None:
    assert latest(tmp_path) is None
    for name in ("20260101T000000Z-b", "20260102T000000Z-a"):
        RunFolder(tmp_path / run_store.RUNS / name, HEAD).start()
    (tmp_path / run_store.RUNS / "zzz").mkdir()
    found = latest(tmp_path)
    assert found is not None
    assert found.name == "20260102T000000Z-a"


def test_the_id_sorts_by_time(env: Environment) -> None:
    assert new_id(env) == "20261122T120000Z-00000000"


def wrong(**changes: Any) -> str:
    """run.json of a run, with other values."""
    document = run_store.run_document(HEAD, [entry("T-01")], "complete")
    return json.dumps({**document, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"cases": 1}',
        wrong(run={**HEAD["run"], "ended_at": "x"}),
        wrong(run=3),
        wrong(service=None),
        wrong(cases=[{"id": 1}]),
        wrong(cases=[None]),
    ],
)
def test_what_is_no_run_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path)
    assert caught.value.code == "RUN001"
    assert caught.value.hint is not None


@pytest.mark.parametrize("text", ["[]", "{}", '{"case": 1}', '{"case": {"id": 1}}', '{"case": {"id": "T-09"}}'])
def test_a_case_that_makes_no_sense_in_a_killed_run_is_told(folder: RunFolder, text: str) -> None:
    path = folder.folder / "cases" / "T-09" / "case.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        read(folder.folder)
    assert caught.value.code == "RUN001"


@pytest.mark.parametrize("records", [[{}], [{"iteration": 0, "step": 1, "action": 3}], [{"iteration": "a", "step": 1}]])
def test_a_record_of_another_shape_is_told(folder: RunFolder, records: list[Any]) -> None:
    folder.add(entry("T-01"), ())
    (folder.folder / "cases/T-01/case.json").write_text(json.dumps({"case": entry("T-01"), "records": records}))
    with pytest.raises(InvalidInput) as caught:
        read_case(folder.folder, "T-01")
    assert caught.value.code == "RUN001"


def test_an_exchange_that_is_gone_is_told(folder: RunFolder) -> None:
    folder.add(entry("T-01"), RECORDS)
    (folder.folder / "cases/T-01/exchanges.har").unlink()
    with pytest.raises(InvalidInput) as caught:
        read_case(folder.folder, "T-01")
    assert caught.value.code == "STO002"


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file where a folder should be")
    with pytest.raises(InvalidInput) as caught:
        RunFolder(tmp_path / run_store.RUNS / "r1", HEAD).start()
    assert caught.value.code == "STO003"
