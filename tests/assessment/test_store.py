"""Nothing answered is lost: crashes at every moment, edits by hand, two at once, a disk that refuses."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment import journal, store
from mes_conformity.assessment.answers import Given, give
from mes_conformity.assessment.documents import to_data
from mes_conformity.assessment.model import Assessment, Provenance
from mes_conformity.assessment.workspace import (
    ASSESSMENT,
    JOURNAL,
    Service,
    Workspace,
    open_workspace,
    settings_data,
    write_settings,
)
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.digests import digest
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Conflict, InvalidInput

Answering = Callable[..., Assessment]


@pytest.fixture
def commit(workspace: Workspace, catalogue: Catalogue, env: Environment, answering: Answering) -> Callable[..., None]:
    """Give answers in one session, one commit each."""

    def give(**values: str) -> None:
        with store.editing(workspace, catalogue, env, "test") as session:
            for name, value in values.items():
                session.commit(answering(session.assessment, **{name: value}), "answer", name)

    return give


def events(workspace: Workspace) -> list[str]:
    lines = journal.read(workspace.path(JOURNAL)).lines
    return [entry.event for line in lines if (entry := journal.parse_entry(line))]


def statuses(workspace: Workspace) -> dict[str, str]:
    return {name: answer.status for name, answer in store.load(workspace).assessment.answers.items()}


def test_a_commit_is_on_disk_and_in_the_journal(workspace: Workspace, commit: Callable[..., None]) -> None:
    commit(hds="conform", erreurs="partial")
    assert statuses(workspace) == {"hds": "conform", "erreurs": "partial"}
    assert events(workspace) == ["created", "answer", "answer"]
    found = store.load(workspace)
    assert found.journal.faults() == []
    assert not found.outside


def test_a_commit_that_changes_nothing_writes_nothing(
    workspace: Workspace, catalogue: Catalogue, env: Environment
) -> None:
    with store.editing(workspace, catalogue, env, "test") as session:
        session.commit(session.assessment, "answer")
        assert session.commits == 0
    assert events(workspace) == ["created"]


def test_the_file_says_the_same_as_the_model(workspace: Workspace, commit: Callable[..., None]) -> None:
    commit(exchange="write", measures="oui", supports="web", mesures="conform", hds="conform")
    found = store.load(workspace)
    assert to_data(found.assessment) == found.document.data


def test_a_crash_between_the_line_and_the_file_loses_nothing(
    workspace: Workspace, catalogue: Catalogue, env: Environment, commit: Callable[..., None]
) -> None:
    commit(hds="conform")
    before = workspace.path(ASSESSMENT).read_bytes()
    commit(erreurs="partial")
    workspace.path(ASSESSMENT).write_bytes(before)  # as if killed just after the line was written
    assert statuses(workspace) == {"hds": "conform", "erreurs": "partial"}
    with store.editing(workspace, catalogue, env, "test") as session:
        assert set(session.assessment.answers) == {"hds", "erreurs"}
    assert b"erreurs" in workspace.path(ASSESSMENT).read_bytes()
    commit(hds="partial")
    assert store.load(workspace).journal.faults() == []


@pytest.mark.parametrize("kept", [0, 1, 40, -2])
def test_a_torn_last_line_is_put_aside_and_the_chain_goes_on(
    workspace: Workspace, commit: Callable[..., None], kept: int
) -> None:
    commit(hds="conform")
    before = workspace.path(ASSESSMENT).read_bytes()
    first = workspace.path(JOURNAL).read_bytes()
    commit(erreurs="partial")
    second = workspace.path(JOURNAL).read_bytes()[len(first) :]
    workspace.path(ASSESSMENT).write_bytes(before)
    workspace.path(JOURNAL).write_bytes(first + second[:kept])
    assert statuses(workspace) == {"hds": "conform"}
    commit(erreurs="non_conform")
    found = store.load(workspace)
    assert found.journal.faults() == []
    assert not found.journal.torn
    assert ("recovered" in events(workspace)) == (kept != 0)
    assert statuses(workspace) == {"hds": "conform", "erreurs": "non_conform"}


def test_an_edit_by_hand_is_taken_and_told(workspace: Workspace, commit: Callable[..., None]) -> None:
    commit(hds="conform")
    path = workspace.path(ASSESSMENT)
    path.write_text(path.read_text().replace("status: conform", "status: partial"))
    assert store.load(workspace).outside
    commit(erreurs="conform")
    assert statuses(workspace) == {"hds": "partial", "erreurs": "conform"}
    assert "changed_outside" in events(workspace)
    assert not store.load(workspace).outside


def test_a_new_layout_is_no_edit(workspace: Workspace, commit: Callable[..., None]) -> None:
    commit(hds="conform")
    path = workspace.path(ASSESSMENT)
    path.write_text("# relu\n" + path.read_text())
    assert not store.load(workspace).outside


def test_a_file_saved_with_a_byte_order_mark_is_no_conflict(workspace: Workspace, commit: Callable[..., None]) -> None:
    path = workspace.path(ASSESSMENT)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    commit(hds="conform")
    assert statuses(workspace) == {"hds": "conform"}


def test_two_at_once_are_a_conflict_that_names_the_holder(
    workspace: Workspace, catalogue: Catalogue, env: Environment
) -> None:
    with (
        store.editing(workspace, catalogue, env, "assess start"),
        pytest.raises(Conflict) as caught,
        store.editing(workspace, catalogue, env, "assess set"),
    ):
        pass
    assert caught.value.code == "STO001"
    assert "assess start" in str(caught.value.obtained)


def test_a_change_underneath_is_a_conflict_and_nothing_is_overwritten(
    workspace: Workspace, catalogue: Catalogue, env: Environment, answering: Answering
) -> None:
    path = workspace.path(ASSESSMENT)
    with store.editing(workspace, catalogue, env, "test") as session:
        edited = path.read_text().replace("Produit", "Autre")
        path.write_text(edited)
        with pytest.raises(Conflict) as caught:
            session.commit(answering(session.assessment, hds="conform"), "answer")
    assert caught.value.code == "WSP007"
    assert path.read_text() == edited
    assert events(workspace) == ["created"]


def test_a_file_removed_underneath_is_a_conflict(
    workspace: Workspace, catalogue: Catalogue, env: Environment, answering: Answering
) -> None:
    with store.editing(workspace, catalogue, env, "test") as session:
        workspace.path(ASSESSMENT).unlink()
        with pytest.raises(Conflict):
            session.commit(answering(session.assessment, hds="conform"), "answer")


def test_a_disk_that_refuses_leaves_all_as_it_was(
    workspace: Workspace,
    catalogue: Catalogue,
    env: Environment,
    answering: Answering,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = workspace.path(ASSESSMENT).read_bytes(), workspace.path(JOURNAL).read_bytes()

    def full(path: Path, data: Any, **_more: Any) -> None:
        raise InvalidInput("STO003", "plein")

    with store.editing(workspace, catalogue, env, "test") as session:
        with monkeypatch.context() as patch:
            patch.setattr(store.storage, "write", full)
            with pytest.raises(InvalidInput):
                session.commit(answering(session.assessment, hds="conform"), "answer")
        assert (workspace.path(ASSESSMENT).read_bytes(), workspace.path(JOURNAL).read_bytes()) == before
        session.commit(answering(session.assessment, hds="conform"), "answer")
    assert statuses(workspace) == {"hds": "conform"}
    assert store.load(workspace).journal.faults() == []


def test_a_missing_assessment_says_so(workspace: Workspace) -> None:
    workspace.path(ASSESSMENT).unlink()
    with pytest.raises(InvalidInput) as caught:
        store.load(workspace)
    assert caught.value.code == "WSP006"


@pytest.mark.parametrize("changes", [["x"], [{"path": ["answers", "hds"], "value": {"status": "wrong"}}]])
def test_a_last_line_that_makes_no_sense_is_not_replayed(workspace: Workspace, changes: list[Any]) -> None:
    found = store.load(workspace)
    state = digest(to_data(found.assessment))
    line = {"at": "x", "event": "answer", "about": None, "changes": changes, "before": state, "after": "f" * 64}
    journal.append(workspace.path(JOURNAL), found.journal, line)
    assert not store.load(workspace).pending


def test_saving_an_answer_costs_no_more_than_its_file(
    tmp_path: Path, catalogue: Catalogue, assessment: Assessment, env: Environment
) -> None:
    """Calls of functions, which no other process disturbs: as many more as the file is bigger, not more."""
    costs = {}
    for count in (50, 400):
        requirements = tuple(replace(catalogue.requirement("erreurs"), id=f"r-{number}") for number in range(count))
        wide = replace(catalogue, requirements=requirements)
        folder = tmp_path / str(count)
        write_settings(folder, settings_data(Service("É", "P", "1"), "petit", "1.0.0"))
        space = open_workspace(folder)
        store.create(space, assessment, env)
        given = Given("conform", "un commentaire de longueur ordinaire, comme on en écrit")
        with store.editing(space, wide, env, "test") as session:
            everything = session.assessment
            for item in requirements:
                everything = give(everything, item, given, Provenance("person", env.now()))
            session.commit(everything, "import")
            again = give(session.assessment, requirements[0], Given("partial"), Provenance("person", env.now()))
            costs[count] = (calls(partial(session.commit, again, "answer")), space.path(ASSESSMENT).stat().st_size)
    (few, small), (many, big) = costs[50], costs[400]
    assert many / few <= 1.1 * big / small


def calls(action: Callable[[], object]) -> int:
    """How many Python functions an action calls."""
    import cProfile

    profile = cProfile.Profile()
    profile.runcall(action)
    return sum(entry.callcount for entry in profile.getstats())
