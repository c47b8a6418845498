"""`referencing.yaml`: records are added, never rewritten."""

import multiprocessing
from pathlib import Path

import pytest

from mes_conformity.assessment.workspace import LOCK
from mes_conformity.foundation import storage
from mes_conformity.foundation.errors import Conflict, InvalidInput
from mes_conformity.referencing.records import NAME, Record, append, in_force, read

AT = "2026-11-22T12:00:00Z"
REQUEST = Record("request", "2026-01-05", AT, reference="DEM-1")
OPINION = Record("opinion", "2026-03-01", AT, opinion="favorable", note="Séance de mars")
HEAD = "schema_version: 1\nrecords:\n"


def test_nothing_recorded_is_no_file(tmp_path: Path) -> None:
    assert read(tmp_path) == ()


def test_records_come_back_in_their_order(tmp_path: Path) -> None:
    append(tmp_path, REQUEST, owner="test")
    assert append(tmp_path, OPINION, owner="test") == (REQUEST, OPINION)
    assert read(tmp_path) == (REQUEST, OPINION)


def test_a_record_is_added_behind_what_stands_there(tmp_path: Path) -> None:
    append(tmp_path, REQUEST, owner="test")
    before = (tmp_path / NAME).read_text()
    append(tmp_path, OPINION, owner="test")
    assert (tmp_path / NAME).read_text().startswith(before)


def test_the_last_record_of_a_step_counts() -> None:
    later = Record("request", "2026-01-06", AT)
    assert in_force((REQUEST, OPINION, later)) == {"request": later, "opinion": OPINION}


def test_a_cancelled_step_is_not_reached_until_it_is_recorded_again() -> None:
    cancelled = Record("request", "2026-01-07", AT, cancelled=True)
    assert in_force((REQUEST, cancelled)) == {}
    assert in_force((REQUEST, cancelled, REQUEST)) == {"request": REQUEST}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + "- {step: request, on: '2026-02-30', recorded_at: '2026-11-22T12:00:00Z'}\n", "REF001"),
        (HEAD + "- {step: commission, on: '2026-02-03', recorded_at: '2026-11-22T12:00:00Z'}\n", "SCH001"),
        (HEAD + "- {step: opinion, on: '2026-02-03', recorded_at: '2026-11-22T12:00:00Z'}\n", "SCH001"),
        (
            HEAD + "- {step: request, on: '2026-02-03', recorded_at: '2026-11-22T12:00:00Z', opinion: favorable}\n",
            "SCH001",
        ),
        (HEAD + "<<<<<<< moi\n", "WSP004"),
        ("records: [", "YAM001"),
    ],
)
def test_a_file_edited_into_nonsense_is_refused_with_its_line(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / NAME).write_text(text)
    with pytest.raises(InvalidInput) as refused:
        read(tmp_path)
    assert refused.value.code == code
    assert refused.value.location is not None
    assert refused.value.location.line is not None


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("schema_version: 2\nrecords: []\n")
    with pytest.raises(Conflict, match="WSP003"):
        append(tmp_path, REQUEST, owner="test")


def _hold(path: Path, held: "multiprocessing.synchronize.Event", done: "multiprocessing.synchronize.Event") -> None:
    with storage.lock(path, owner="quelqu'un"):
        held.set()
        done.wait(30)


def test_two_people_do_not_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path / LOCK, held, done))
    other.start()
    try:
        assert held.wait(30)
        with pytest.raises(Conflict, match="STO001"):
            append(tmp_path, REQUEST, owner="test")
    finally:
        done.set()
        other.join()
    assert not (tmp_path / NAME).exists()
