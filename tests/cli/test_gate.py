"""`gate` from the command line: text, JSON, exit codes."""

from pathlib import Path
from typing import Any

import pytest

POLICY = "schema_version: 1\nassessment: any\ndossier: any\ntests: any\n"


@pytest.fixture
def workspace(run: Any) -> str:
    assert run("init", "w", "--example", "connected-scale").code == 0
    return "w"


def test_a_release_is_refused_with_its_reasons(workspace: str, run: Any) -> None:
    result = run("-C", workspace, "gate")
    assert result.code == 1
    assert "[GAT010]" in result.out
    assert "mes-conformity -C w test run" in result.out
    assert result.out.rstrip().splitlines()[-1].startswith("✗ livraison refusée : ")


def test_a_release_passes_by_its_policy(workspace: str, run: Any, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(POLICY, encoding="utf-8")
    result = run("-C", workspace, "gate", "--policy", "../gate.yaml", lang="en")
    assert (result.code, result.out) == (0, "✓ the release passes\n")


def test_json_has_the_verdict_and_the_same_code(workspace: str, run: Any) -> None:
    result = run("-C", workspace, "gate", "--format", "json")
    answer = result.json()
    assert result.code == 1
    assert answer["verdict"] == "refuse"
    assert {*answer["reasons"][0]} == {"code", "message", "hint"}


def test_the_newest_dossier_is_looked_at(workspace: str, run: Any) -> None:
    assert run("-C", workspace, "test", "run", "--kind", "unit", "-q").code == 0
    assert run("-C", workspace, "dossier", "build").code == 0
    told = [reason["code"] for reason in run("-C", workspace, "gate", "--format", "json").json()["reasons"]]
    assert "GAT025" in told  # the connection cases were not played
    assert "GAT020" not in told
    assert run("-C", workspace, "gate", "--trust", "none.pem").code == 3


def test_a_policy_that_is_not_valid_is_an_invalid_input(workspace: str, run: Any, tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("schema_version: 1\ntests: maybe\n", encoding="utf-8")
    result = run("-C", workspace, "gate", "--policy", "../gate.yaml")
    assert result.code == 3
    assert "[SCH001]" in result.err


def test_no_workspace_is_told(run: Any) -> None:
    assert run("gate").code == 3


def test_a_run_that_makes_no_sense_is_told(workspace: str, run: Any, tmp_path: Path) -> None:
    record = tmp_path / workspace / "reports" / "runs" / "r1" / "run.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"schema_version": 1, "cases": []}', encoding="utf-8")
    result = run("-C", workspace, "gate")
    assert result.code == 3
    assert "[RUN001]" in result.err
