"""`waiver`: granted, listed with its state, removed; it unblocks without being a pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
REASON = "accord écrit de l'ANS en attente"


@pytest.fixture
def example(finished: Callable[[str, str], Path]) -> Path:
    """A workspace made from an example."""
    return finished("e", "glucose-monitoring")


def blocked(run: Run) -> set[str]:
    document = run("-C", "e", "assess", "check", "--format", "json").json()
    return {item["requirement"] for item in document["blocking"]}


def test_a_waiver_unblocks_and_is_no_pass(run: Run, example: Path) -> None:
    run("-C", "e", "assess", "set", "x-eli-nom", "non conforme")
    assert "x-eli-nom" in blocked(run)
    before = run("-C", "e", "status", "--format", "json").json()["scores"]
    added = run("-C", "e", "waiver", "add", "x-eli-nom", "--justification", REASON, "--until", "2027-01-15",
                "--granted-by", "ANS", "--format", "json").json()["waiver"]  # fmt: skip
    assert added["granted_by"] == "ANS"
    assert "x-eli-nom" not in blocked(run)
    status = run("-C", "e", "status", "--format", "json").json()
    assert status["scores"] == before
    assert "waiver" in [item["kind"] for item in status["expiring"]]
    removed = run("-C", "e", "waiver", "remove", added["id"])
    assert removed.code == 0
    assert "x-eli-nom" in blocked(run)


def test_the_list_says_where_each_stands(run: Run, example: Path) -> None:
    argv = ("--justification", REASON, "--until", "2027-01-15")
    run("-C", "e", "assess", "set", "x-eli-nom", "non conforme")
    assert run("-C", "e", "waiver", "add", "x-eli-nom", *argv).code == 0
    assert run("-C", "e", "waiver", "add", "x-urb-hds", *argv).code == 0
    states = {item["requirement"]: item["state"] for item in
              run("-C", "e", "waiver", "list", "--format", "json").json()["waivers"]}  # fmt: skip
    assert (states["x-eli-nom"], states["x-urb-hds"]) == ("running", "unused")
    assert "sans objet" in run("-C", "e", "waiver", "list").out
    codes = [item["code"] for item in run("-C", "e", "assess", "check", "--format", "json").json()["diagnostics"]]
    assert "ASM010" in codes


@pytest.mark.parametrize(
    ("argv", "exit_code", "code"),
    [
        (("add", "x-eli-nom"), 2, "USE002"),
        (("add", "x-eli-nom", "--justification", REASON), 2, "USE002"),
        (("add", "x-eli-nom", "--justification", "court", "--until", "2027-01-15"), 2, "WAI001"),
        (("add", "x-eli-nom", "--justification", REASON, "--until", "2020-01-15"), 2, "WAI002"),
        (("add", "x-inconnue", "--justification", REASON, "--until", "2027-01-15"), 3, "CAT010"),
        (("remove", "rien"), 2, "WAI003"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, example: Path, argv: tuple[str, ...], exit_code: int, code: str) -> None:
    result = run("-C", "e", "waiver", *argv, "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (exit_code, code)


def test_none_says_so(run: Run) -> None:
    run("init", "v", "--publisher", "É", "--product", "P", "--product-version", "1")
    assert "Aucune dérogation" in run("-C", "v", "waiver", "list").err
