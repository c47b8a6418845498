"""Another version on disk: shown without a byte changed, written with its journal line, finished after a crash."""

from pathlib import Path

import pytest

from mes_conformity.assessment import journal, store
from mes_conformity.assessment.answers import Given, give
from mes_conformity.assessment.creation import create
from mes_conformity.assessment.model import Provenance
from mes_conformity.assessment.pinning import catalogue_at, catalogue_of
from mes_conformity.assessment.versions import carry, preview
from mes_conformity.assessment.workspace import JOURNAL, SETTINGS, Service, Workspace, open_workspace
from mes_conformity.catalogue.loader import load
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput

NOW = "2026-11-22T12:00:00Z"
FIRST = """
schema_version: 1
catalogue: {id: maison, version: 1.0.0, title: {fr: Maison}, status: active, publisher: test,
  sources: [{id: source, title: Une source}]}
sections: [{id: un, title: {fr: Un}}]
facts: []
requirements:
  - {id: ancien, section: un, title: {fr: Titre}, statement: {fr: Énoncé.}, obligation: mandatory, lifecycle: active,
     verification: {methods: [interview], automation: manual}, provenance: {grade: derived, sources: [source]}}
"""
MIGRATION = """
schema_version: 1
catalogue: maison
from: 1.0.0
to: 2.0.0
changes: [{from: ancien, to: [nouveau], change: moved, keep: answer_and_evidence}]
"""


@pytest.fixture
def workspace(tmp_path: Path, env: Environment) -> Workspace:
    """A workspace on a catalogue of the publisher's own, in two versions, one answer given."""
    source = tmp_path / "liste"
    source.mkdir()
    (source / "catalogue.yaml").write_text(FIRST)
    space = create(tmp_path / "v", Service("É", "P", "1"), env, load(source))
    parent = space.path("catalogues/maison")
    (parent / "2.0.0").mkdir()
    second = FIRST.replace("1.0.0", "2.0.0").replace("id: ancien", "id: nouveau")
    (parent / "2.0.0" / "catalogue.yaml").write_text(second)
    (parent / "migrations").mkdir()
    (parent / "migrations" / "1-2.yaml").write_text(MIGRATION)
    catalogue = catalogue_of(space)
    with store.editing(space, catalogue, env, "test") as session:
        person = Provenance("person", NOW)
        session.commit(
            give(session.assessment, catalogue.requirement("ancien"), Given("conform"), person), "answer", "ancien"
        )
    return space


def files(workspace: Workspace) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(workspace.root.rglob("*")) if path.is_file()}


def test_a_catalogue_of_ones_own_stands_in_the_workspace(workspace: Workspace) -> None:
    assert catalogue_of(workspace).id == "maison"
    assert catalogue_at(workspace, "2.0.0").version == "2.0.0"
    with pytest.raises(InvalidInput) as caught:
        catalogue_at(workspace, "9.0.0")
    assert caught.value.code == "CAT011"


def test_a_folder_that_holds_another_catalogue_is_refused(workspace: Workspace) -> None:
    workspace.path("catalogues/maison/2.0.0").rename(workspace.path("catalogues/maison/3.0.0"))
    with pytest.raises(InvalidInput) as caught:
        catalogue_at(workspace, "3.0.0")
    assert caught.value.code == "CAT011"


def test_showing_changes_no_byte_there_and_back(workspace: Workspace, env: Environment) -> None:
    before = files(workspace)
    assert preview(workspace, "2.0.0", NOW)[2].counts()["moved"] == 1
    assert preview(workspace, "1.0.0", NOW)[2].counts()["kept"] == 1
    assert files(workspace) == before
    carry(workspace, "2.0.0", env)
    after = files(workspace)
    assert preview(open_workspace(workspace.root), "1.0.0", NOW)[2].counts()["moved"] == 1
    assert files(workspace) == after


def test_writing_moves_the_answer_the_pin_and_the_settings(workspace: Workspace, env: Environment) -> None:
    settings = workspace.path(SETTINGS)
    settings.write_text("# à nous\n" + settings.read_text())
    carry(open_workspace(workspace.root), "2.0.0", env)
    again = open_workspace(workspace.root)
    assert again.catalogue_version == "2.0.0"
    assert settings.read_text().startswith("# à nous\n")
    found = store.load(again)
    assert list(found.assessment.answers) == ["nouveau"]
    assert found.assessment.catalogue.version == "2.0.0"
    last = found.journal.last()
    assert last is not None
    assert (last.event, last.about) == ("migration", "1.0.0 → 2.0.0")
    assert found.journal.faults() == []
    assert catalogue_at(again, "1.0.0").requirement("ancien")


def test_a_crash_before_the_settings_is_finished_by_the_same_call(workspace: Workspace, env: Environment) -> None:
    settings = workspace.path(SETTINGS)
    before = settings.read_bytes()
    carry(workspace, "2.0.0", env)
    settings.write_bytes(before)
    lines = len(journal.read(workspace.path(JOURNAL)).lines)
    carry(open_workspace(workspace.root), "2.0.0", env)
    assert open_workspace(workspace.root).catalogue_version == "2.0.0"
    assert len(journal.read(workspace.path(JOURNAL)).lines) == lines


def test_there_and_back_gives_the_answer_back(workspace: Workspace, env: Environment) -> None:
    answers = store.load(workspace).assessment.answers
    carry(workspace, "2.0.0", env)
    carry(open_workspace(workspace.root), "1.0.0", env)
    assert store.load(open_workspace(workspace.root)).assessment.answers == answers


@pytest.mark.parametrize(
    "text",
    [
        "  version: 1.0.0",
        "  version: '1.0.0'",
        '  version: "1.0.0"  # la nôtre',
        "  version: 1.0.0\n  sha256: " + "a" * 64,
    ],
)
def test_the_version_is_written_however_it_stands(workspace: Workspace, text: str) -> None:
    from mes_conformity.assessment.workspace import set_catalogue_version

    settings = workspace.path(SETTINGS)
    settings.write_text(settings.read_text().replace("  version: 1.0.0", text))
    set_catalogue_version(open_workspace(workspace.root), "2.0.0")
    again = open_workspace(workspace.root)
    assert again.catalogue_version == "2.0.0"
    assert again.service == workspace.service
    assert "sha256" not in again.document.data["catalogue"]
    if "#" in text:
        assert "# la nôtre" in settings.read_text()


def test_the_same_version_is_left_alone(workspace: Workspace, env: Environment) -> None:
    before = files(workspace)
    carry(workspace, "1.0.0", env)
    after = files(workspace)
    lock = {name for name in after if name.endswith(".lock")}
    assert {name: data for name, data in after.items() if name not in lock} == {
        name: data for name, data in before.items() if name not in lock
    }


def test_no_way_is_told(workspace: Workspace) -> None:
    workspace.path("catalogues/maison/migrations/1-2.yaml").unlink()
    with pytest.raises(InvalidInput) as caught:
        preview(workspace, "2.0.0", NOW)
    assert caught.value.code == "CAT012"
