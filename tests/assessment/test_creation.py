"""New workspaces, and the examples themselves."""

from datetime import date
from pathlib import Path

import pytest

from mes_conformity.assessment import facts, pinning, rules, store
from mes_conformity.assessment.creation import create, create_from_example, examples
from mes_conformity.assessment.readiness import readiness
from mes_conformity.assessment.workspace import ASSESSMENT, Service, open_workspace
from mes_conformity.catalogue.loader import load_shipped
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Conflict, UsageError
from mes_conformity.foundation.resources import root

NAMES = ("connected-scale", "glucose-monitoring")
BEGUN = ("appointment-booking", "care-pathway", "home-medication", "hospital-portal")


def test_a_new_workspace_asks_everything(tmp_path: Path, env: Environment) -> None:
    workspace = create(tmp_path / "e", Service("É", "P", "1"), env)
    found = store.load(workspace)
    assert found.assessment.catalogue == pinning.pin_of(load_shipped())
    assert not found.assessment.answers
    assert rules.check(workspace, found, load_shipped(), date(2026, 11, 22)) == []


def test_a_workspace_is_never_written_over(tmp_path: Path, env: Environment) -> None:
    create(tmp_path, Service("É", "P", "1"), env)
    with pytest.raises(Conflict):
        create(tmp_path, Service("É", "Q", "2"), env)
    with pytest.raises(Conflict):
        create_from_example(tmp_path, NAMES[0], env)
    assert open_workspace(tmp_path).service.product == "P"


def test_an_unknown_example_names_those_there_are(tmp_path: Path, env: Environment) -> None:
    with pytest.raises(UsageError) as caught:
        create_from_example(tmp_path / "e", "../x", env)
    assert NAMES[1] in str(caught.value.expected)
    assert not (tmp_path / "e").exists()


def test_the_examples_are_there() -> None:
    assert examples() == tuple(sorted((*NAMES, *BEGUN)))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_complete_and_without_error(tmp_path: Path, env: Environment, name: str) -> None:
    workspace = create_from_example(tmp_path / "e", name, env)
    found, catalogue = store.load(workspace), load_shipped()
    today = date(2026, 11, 22)
    diagnostics = rules.check(workspace, found, catalogue, today)
    assert [item.code for item in diagnostics] == []
    assert readiness(found.assessment, catalogue, diagnostics, today).state == "not_ready"
    assert found.assessment.copied_from
    assert found.journal.faults() == []


@pytest.mark.parametrize("name", BEGUN)
def test_an_example_that_is_begun_has_no_error_and_every_fact(tmp_path: Path, env: Environment, name: str) -> None:
    workspace = create_from_example(tmp_path / "e", name, env)
    found, catalogue = store.load(workspace), load_shipped()
    today = date(2026, 11, 22)
    diagnostics = rules.check(workspace, found, catalogue, today)
    assert [item.code for item in diagnostics] == []
    assert facts.unanswered(catalogue, found.assessment.fact_values()) == ()
    assert readiness(found.assessment, catalogue, diagnostics, today).state == "incomplete"


@pytest.mark.parametrize("name", [*NAMES, *BEGUN])
def test_an_example_is_tied_to_the_catalogue_and_to_its_files(tmp_path: Path, env: Environment, name: str) -> None:
    """Run `python -c "…pinning.repin(Path('examples/NAME'))"` when the catalogue or a piece changed."""
    import shutil

    shutil.copytree(root("examples") / name, tmp_path / name)
    assert pinning.repin(tmp_path / name) is False


@pytest.mark.parametrize("name", [*NAMES, *BEGUN])
def test_every_piece_of_an_example_is_used_and_marked_as_fictional(name: str) -> None:
    folder = root("examples") / name
    text = (folder / ASSESSMENT).read_text(encoding="utf-8")
    for path in sorted((folder / "evidence").iterdir()):
        assert f"evidence/{path.name}" in text
        assert "FICTIF" in path.read_text(encoding="utf-8")


def test_repinning_puts_a_stale_example_right(tmp_path: Path, env: Environment) -> None:
    import shutil

    shutil.copytree(root("examples") / NAMES[0], tmp_path / "e")
    path = tmp_path / "e" / ASSESSMENT
    fresh = path.read_text()
    sha = load_shipped().sha256
    path.write_text(fresh.replace(sha, "f" * 64))
    (tmp_path / "e" / "evidence" / "certificat-hds.txt").unlink()
    assert pinning.repin(tmp_path / "e") is True
    assert path.read_text() == fresh
