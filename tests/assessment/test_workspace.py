"""What `mes-conformity.yaml` says, and what it must not lead to."""

from pathlib import Path

import pytest

from mes_conformity.assessment import workspace as workspaces
from mes_conformity.assessment.workspace import Artefact, Service, open_workspace, settings_data, write_settings
from mes_conformity.foundation.errors import Conflict, InvalidInput


def write(folder: Path, path: str) -> None:
    artefacts = (Artefact(path, "measure-bundle"),)
    write_settings(folder, settings_data(Service("É", "P", "1", "Web", "1.2.3"), "petit", "1.0.0", artefacts))


def test_a_workspace_reads_back_as_written(tmp_path: Path) -> None:
    write(tmp_path, "artefacts/poids.json")
    found = workspaces.open(tmp_path)
    assert found.service == Service("É", "P", "1", "Web", "1.2.3")
    assert found.artefacts == (Artefact("artefacts/poids.json", "measure-bundle"),)
    assert (found.catalogue_id, found.catalogue_version) == ("petit", "1.0.0")
    assert found.subject()["solution_oid"] == "1.2.3"


def test_a_folder_without_settings_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        open_workspace(tmp_path)
    assert caught.value.code == "WSP001"


@pytest.mark.parametrize("path", ["../x.json", "/etc/passwd", "a/../../x", "a//b", "a\\b", "C:/x", ".", "a/./b"])
def test_an_artefact_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    write(tmp_path, path)
    with pytest.raises(InvalidInput) as caught:
        open_workspace(tmp_path)
    assert caught.value.code == "SCH001"


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "espace"
    write(folder, "lien.json")
    (tmp_path / "secret.json").write_text("{}")
    (folder / "lien.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(InvalidInput) as caught:
        open_workspace(folder)
    assert caught.value.code == "WSP002"
    assert caught.value.location is not None
    assert caught.value.location.line


@pytest.mark.parametrize("name", ["mes-conformity.yaml", "assessment.yaml", "journal.jsonl"])
def test_half_a_workspace_is_never_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    with pytest.raises(Conflict) as caught:
        workspaces.refuse_existing(tmp_path)
    assert caught.value.code == "WSP005"
