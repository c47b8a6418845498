"""The chain holds, a torn end is seen, and a line is enough to write the assessment again."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.assessment import journal
from mes_conformity.foundation.errors import Conflict, InvalidInput


def entry(event: str) -> dict[str, Any]:
    return {"at": "2026-11-01T08:00:00Z", "event": event, "about": None, "changes": [], "before": "a", "after": "b"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of three lines."""
    file = tmp_path / "journal.jsonl"
    known = journal.Journal()
    for event in ("created", "fact", "answer"):
        known = journal.append(file, known, entry(event))
    return file


def test_an_absent_file_is_an_empty_journal(tmp_path: Path) -> None:
    found = journal.read(tmp_path / "none")
    assert found == journal.Journal()
    assert found.head == journal.START
    assert found.last() is None


def test_each_line_names_the_one_before(path: Path) -> None:
    found = journal.read(path)
    assert found.faults() == []
    assert [json.loads(line)["seq"] for line in found.lines] == [1, 2, 3]
    last = found.last()
    assert last is not None
    assert last.event == "answer"


@pytest.mark.parametrize("number", [1, 2])
def test_a_changed_line_breaks_the_chain_at_the_next(path: Path, number: int) -> None:
    lines = path.read_bytes().splitlines()
    lines[number - 1] = lines[number - 1].replace(b'"a"', b'"c"')
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert journal.read(path).faults() == [journal.Fault(number + 1, "chain")]


def test_a_removed_line_is_seen(path: Path) -> None:
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], lines[2]]) + b"\n")
    assert [fault.kind for fault in journal.read(path).faults()] == ["chain"]


def test_a_wrong_number_is_seen(tmp_path: Path) -> None:
    line = json.dumps({"seq": 7, **entry("created"), "previous": journal.START})
    (tmp_path / "j").write_text(line + "\n")
    assert journal.read(tmp_path / "j").faults() == [journal.Fault(1, "order")]


@pytest.mark.parametrize("line", ["<<<<<<< HEAD", "[]", "{}", '{"seq": "1"}', "[" * 5000])
def test_a_line_that_is_no_entry_is_seen(path: Path, line: str) -> None:
    with path.open("a") as stream:
        stream.write(line + "\n")
    assert journal.read(path).faults() == [journal.Fault(4, "unreadable")]


@given(cut=st.integers(1, 200))
def test_a_torn_end_is_kept_apart(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    file = tmp_path_factory.mktemp("j") / "j"
    known = journal.append(file, journal.append(file, journal.Journal(), entry("created")), entry("answer"))
    whole = file.read_bytes()
    size = len(known.lines[-1])
    file.write_bytes(whole[: -min(cut, size)])
    found = journal.read(file)
    assert found.lines == known.lines[:1]
    assert whole.startswith(b"\n".join(found.lines) + b"\n" + found.torn)


def test_a_journal_that_grew_elsewhere_is_a_conflict(path: Path) -> None:
    known = journal.read(path)
    journal.append(path, known, entry("answer"))
    with pytest.raises(Conflict) as caught:
        journal.append(path, known, entry("answer"))
    assert caught.value.code == "WSP007"


def test_a_line_that_cannot_be_written_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def half(file: Path, line: str) -> None:
        with file.open("a") as stream:
            stream.write(line[:10])
        raise InvalidInput("STO003", "plein")

    monkeypatch.setattr(journal.storage, "append", half)
    with pytest.raises(InvalidInput):
        journal.append(path, journal.read(path), entry("answer"))
    assert path.read_bytes() == before


keys = st.sampled_from(["a", "b", "c"])
sections = st.fixed_dictionaries(
    {"assessment": st.integers(), "facts": st.dictionaries(keys, st.integers())},
    optional={"answers": st.dictionaries(keys, st.text(max_size=3)), "waivers": st.lists(st.integers(), min_size=1)},
)


@given(sections, sections)
def test_the_changes_of_a_line_make_the_new_data_from_the_old(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert journal.replayed(before, journal.differences(before, after)) == after


@pytest.mark.parametrize("change", ["x", {}, {"path": []}, {"path": ["a", "b", "c"]}, {"path": [1]}])
def test_a_change_of_another_shape_is_refused(change: Any) -> None:
    with pytest.raises(ValueError, match="not a change"):
        journal.replayed({}, [change])
