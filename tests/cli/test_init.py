"""`init`: an empty workspace, an example, and what is never written over."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
SERVICE = ("--publisher", "Éditeur", "--product", "Produit", "--product-version", "1.0")


def test_an_example_becomes_a_workspace(run: Run, tmp_path: Path) -> None:
    result = run("init", "essai", "--example", "glucose-monitoring", "--format", "json")
    assert result.code == 0
    assert result.json()["next"] == "mes-conformity -C essai status"
    assert (tmp_path / "essai" / "mes-conformity.yaml").is_file()
    assert (tmp_path / "essai" / "evidence" / "certificat-hds.txt").is_file()


def test_options_make_an_empty_workspace(run: Run, tmp_path: Path) -> None:
    assert run("init", "essai", *SERVICE, "--solution-oid", "1.2.3").code == 0
    assert "solution_oid: 1.2.3" in (tmp_path / "essai" / "mes-conformity.yaml").read_text()


def test_the_current_folder_is_the_default(run: Run, tmp_path: Path) -> None:
    result = run("init", *SERVICE)
    assert result.code == 0
    assert "mes-conformity status" in result.out
    assert (tmp_path / "assessment.yaml").is_file()


def test_an_existing_workspace_is_a_conflict(run: Run, tmp_path: Path) -> None:
    run("init", "essai", "--example", "connected-scale")
    before = (tmp_path / "essai" / "assessment.yaml").read_bytes()
    for more in (("--example", "glucose-monitoring"), SERVICE):
        result = run("init", "essai", *more, "--format", "json")
        assert result.code == 7
        assert result.json()["error"]["code"] == "WSP005"
    assert (tmp_path / "essai" / "assessment.yaml").read_bytes() == before


def test_without_a_terminal_what_is_missing_is_listed(run: Run, tmp_path: Path) -> None:
    result = run("init", "essai", "--product", "P")
    assert result.code == 2
    assert "--publisher, --product-version" in result.err
    assert not (tmp_path / "essai").exists()


def test_on_a_terminal_what_is_missing_is_asked(run: Run, tmp_path: Path) -> None:
    result = run("init", "essai", "--product", "Produit", terminal=True, stdin="\nÉditeur\n1.0\n")
    assert result.code == 0
    assert "publisher: Éditeur" in (tmp_path / "essai" / "mes-conformity.yaml").read_text()


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("--example", "autre"), "WSP008"),
        (("--example", "connected-scale", "--product", "P"), "USE005"),
        ((*SERVICE, "--solution-oid", "1..2"), "USE001"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(
    run: Run, tmp_path: Path, argv: tuple[str, ...], code: str
) -> None:
    result = run("init", "essai", *argv, "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (2, code)
    assert not (tmp_path / "essai").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes everywhere")
def test_a_read_only_folder_is_told(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        result = run("init", "essai", *SERVICE, "--format", "json")
    finally:
        tmp_path.chmod(stat.S_IRWXU)
    assert (result.code, result.json()["error"]["code"]) == (3, "STO003")


def test_a_file_in_the_way_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "essai").write_text("x")
    result = run("init", "essai", *SERVICE, "--format", "json")
    assert result.code == 3
    assert result.json()["error"]["code"] == "STO003"


SERVICE = ("--publisher", "É", "--product", "P", "--product-version", "1")


def test_an_older_catalogue_of_the_program_is_named(run: Run, tmp_path: Path) -> None:
    assert run("init", "v", *SERVICE, "--catalogue", "mes-referencement@1.0.0").code == 0
    assert "version: 1.0.0" in (tmp_path / "v/mes-conformity.yaml").read_text()
    assert not (tmp_path / "v/catalogues").exists()


def test_a_catalogue_of_ones_own_is_copied_in(run: Run, tmp_path: Path) -> None:
    from mes_conformity.catalogue.loader import folder_of
    from mes_conformity.foundation.yaml_documents import dump, read

    own = tmp_path / "liste"
    shutil.copytree(folder_of("mes-referencement", "1.0.0"), own)
    head = read(own / "catalogue.yaml").data
    head["catalogue"]["id"] = "maison"
    (own / "catalogue.yaml").write_text(dump(head))
    assert run("init", "v", *SERVICE, "--catalogue", "liste").code == 0
    shutil.rmtree(own)
    assert run("-C", "v", "status", "--format", "json").json()["catalogue"] == {"id": "maison", "version": "1.0.0"}
    assert run("-C", "v", "assess", "set", "x-eth-ia", "conforme").code == 0


def test_an_example_brings_its_catalogue(run: Run) -> None:
    assert run("init", "v", "--example", "connected-scale", "--catalogue", "mes-referencement").code == 2


def test_a_catalogue_nobody_has_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("init", "v", *SERVICE, "--catalogue", "ailleurs", "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (3, "CAT011")
    assert not (tmp_path / "v").exists()
