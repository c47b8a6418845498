"""`plan`: actions and findings, added, changed, listed, exported."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment import store
from mes_conformity.assessment.pinning import catalogue_of
from mes_conformity.assessment.workspace import open_workspace
from mes_conformity.foundation.environment import Environment

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def model(models: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace made from an example, its own actions taken out. To be copied, never changed."""
    folder = tmp_path_factory.mktemp("plan") / "e"
    shutil.copytree(models("glucose-monitoring"), folder)
    workspace = open_workspace(folder)
    with store.editing(workspace, catalogue_of(workspace), Environment.system(), "test") as session:
        session.commit(replace(session.assessment, actions=()), "import")
    return folder


@pytest.fixture
def example(model: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(model, tmp_path / "e"))


def listed(run: Run, *argv: str) -> Any:
    return run("-C", "e", "plan", "list", *argv, "--format", "json").json()


def test_an_action_is_added_changed_and_listed(run: Run, example: Path) -> None:
    added = run("-C", "e", "plan", "set", "x-eli-nom", "--title", "Renommer", "--owner", "Ada", "--due", "2026-01-02",
                "--format", "json").json()  # fmt: skip
    assert added["created"]
    name = added["action"]["id"]
    changed = run("-C", "e", "plan", "set", name, "--state", "in_progress", "--format", "json").json()
    assert (changed["created"], changed["action"]["title"]) == (False, "Renommer")
    (row,) = listed(run, "--state", "in_progress")["actions"]
    assert (row["owner"], row["late"]) == ("Ada", True)
    assert listed(run, "--requirement", "x-eli-nom", "--owner", "Ada", "--late")["actions"] == [row]
    assert not listed(run, "--owner", "Grace")["actions"]
    assert "en retard" in run("-C", "e", "plan", "list", "--accessible").out
    run("-C", "e", "plan", "set", name, "--state", "done")
    assert not listed(run, "--late")["actions"]


def test_findings_stand_beside_the_actions(run: Run, example: Path) -> None:
    for text in ("Un constat", "Un autre"):
        assert run("-C", "e", "assess", "set", "x-eli-nom", "--finding", text).code == 0
    found = listed(run, "--requirement", "x-eli-nom")["findings"]
    assert [item["statement"] for item in found] == ["Un constat", "Un autre"]
    assert "Un autre" in run("-C", "e", "plan", "list").out


def test_a_finding_is_closed_by_its_name(run: Run, example: Path) -> None:
    assert run("-C", "e", "assess", "set", "x-eli-nom", "--finding", "Un constat").code == 0
    (found,) = listed(run, "--requirement", "x-eli-nom")["findings"]
    assert run("-C", "e", "assess", "set", "x-eli-nom", "--close-finding", found["id"]).code == 0
    assert not listed(run, "--requirement", "x-eli-nom")["findings"]


def test_the_plan_is_exported_and_guarded(run: Run, example: Path, tmp_path: Path) -> None:
    run("-C", "e", "plan", "set", "x-eli-nom", "--title", "=1+1")
    assert run("-C", "e", "plan", "export", "../plan.csv").code == 0
    rows = list(csv.DictReader((tmp_path / "plan.csv").read_text().splitlines()))
    assert "'=1+1" in [row["title"] for row in rows]
    assert run("-C", "e", "plan", "export", "../plan.csv").code == 2
    assert run("-C", "e", "plan", "export", "../plan.json").code == 0
    assert json.loads((tmp_path / "plan.json").read_text())["actions"] == listed(run)["actions"]
    assert run("-C", "e", "plan", "export").out.startswith("id,requirement,title")
    assert run("-C", "e", "plan", "export", "plan.ods").code == 3


def test_an_empty_plan_says_so(run: Run) -> None:
    run("init", "v", "--publisher", "É", "--product", "P", "--product-version", "1")
    assert "Aucune action" in run("-C", "v", "plan", "list").err


@pytest.mark.parametrize(
    ("argv", "exit_code", "code"),
    [
        (("set", "x-eli-nom"), 2, "ACT001"),
        (("set", "x-inconnue", "--title", "x"), 3, "CAT010"),
        (("set", "x-eli-nom", "--title", "x", "--due", "demain"), 2, "ANS002"),
        (("list", "--state", "bientôt"), 2, "USE001"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, example: Path, argv: tuple[str, ...], exit_code: int, code: str) -> None:
    result = run("-C", "e", "plan", *argv, "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (exit_code, code)
