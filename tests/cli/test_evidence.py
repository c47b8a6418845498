"""`evidence add | list | verify`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """A workspace made from an example."""
    assert run("init", "e", "--example", "glucose-monitoring").code == 0
    (tmp_path / "Écran.txt").write_text("écran")
    return tmp_path / "e"


def test_a_file_is_added_under_a_safe_name(run: Run, folder: Path) -> None:
    result = run("-C", "e", "evidence", "add", "x-eli-nom", "../Écran.txt", "--title", "Écran", "--format", "json")
    assert result.code == 0
    added = result.json()["evidence"]
    assert (added["path"], added["satisfies"], added["title"]) == ("evidence/ecran.txt", "nom-affiche", "Écran")
    assert (folder / "evidence" / "ecran.txt").read_text() == "écran"
    assert run("-C", "e", "assess", "check").code == 0


def test_a_piece_is_replaced(run: Run, folder: Path) -> None:
    listed = run("-C", "e", "evidence", "list", "--requirement", "x-urb-hds", "--format", "json").json()["evidence"]
    result = run(
        "-C", "e", "evidence", "add", "x-urb-hds", "../Écran.txt", "--replace", listed[0]["id"],
        "--valid-until", "2029-01-01", "--confidential", "--format", "json",
    )  # fmt: skip
    new = result.json()["evidence"]
    assert (new["path"], new["title"]) == (listed[0]["path"], listed[0]["title"])
    assert (new["valid_until"], new["confidential"]) == ("2029-01-01", True)
    assert run("-C", "e", "evidence", "verify").code == 0


def test_an_address_is_kept(run: Run, folder: Path) -> None:
    run("-C", "e", "evidence", "add", "x-eli-support", "https://example.org/app")
    assert "https://example.org/app" in run("-C", "e", "evidence", "list", "--accessible").out


def test_a_changed_file_is_seen_and_told(run: Run, folder: Path) -> None:
    (folder / "evidence" / "certificat-hds.txt").write_text("autre")
    result = run("-C", "e", "evidence", "verify", "--format", "json")
    assert result.code == 3
    assert [finding["kind"] for finding in result.json()["findings"]] == ["changed"]
    assert "ASM003" in run("-C", "e", "evidence", "verify").out
    checked = run("-C", "e", "assess", "check", "--format", "json")
    assert checked.code == 3
    found = checked.json()["diagnostics"][0]
    assert (found["code"], found["file"]) == ("ASM003", "assessment.yaml")
    assert found["line"] > 1


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("x-eli-nom", "absent.txt"), "EVD001"),
        (("x-inconnue", "../Écran.txt"), "CAT010"),
        (("x-eli-nom", "../Écran.txt", "--satisfies", "autre"), "EVD003"),
        (("x-eli-nom", "../Écran.txt", "--replace", "autre"), "EVD003"),
        (("x-eli-nom", "../Écran.txt", "--valid-until", "demain"), "ANS002"),
    ],
)
def test_what_cannot_be_added_is_told(run: Run, folder: Path, argv: tuple[str, ...], code: str) -> None:
    before = (folder / "assessment.yaml").read_bytes()
    result = run("-C", "e", "evidence", "add", *argv, "--format", "json")
    assert result.json()["error"]["code"] == code
    assert (folder / "assessment.yaml").read_bytes() == before


def test_an_empty_list_says_so(run: Run, folder: Path) -> None:
    assert "Aucune pièce" in run("-C", "e", "evidence", "list", "--requirement", "x-eli-nom").err


def test_replacing_a_shared_file_leaves_the_other_piece_alone(run: Run, folder: Path, tmp_path: Path) -> None:
    for name in ("x-eli-nom", "x-eli-champ"):
        run("-C", "e", "evidence", "add", name, "../Écran.txt")
    identifier = run("-C", "e", "evidence", "list", "--requirement", "x-eli-nom", "--format", "json").json()
    (tmp_path / "Écran.txt").write_text("autre")
    wanted = identifier["evidence"][0]["id"]
    result = run("-C", "e", "evidence", "add", "x-eli-nom", "../Écran.txt", "--replace", wanted, "--format", "json")
    assert result.json()["evidence"]["path"] == "evidence/ecran-2.txt"
    assert run("-C", "e", "evidence", "verify").code == 0
