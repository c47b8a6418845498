"""The sample under `reports/sample/` is what the program makes today."""

import runpy
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.dossier.archive import read
from mes_conformity.dossier.replay import replay

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "reports" / "sample"
SCRIPT = ROOT / ".ci" / "sample.py"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def test_the_reports_are_what_the_program_draws_today(script: dict[str, Any]) -> None:
    drawn = script["drawn"](SAMPLE / script["DOSSIER"])
    kept = {path.name: path.read_bytes() for path in SAMPLE.iterdir()}
    assert {*drawn, script["DOSSIER"], "README.md"} == set(kept)
    assert [name for name in drawn if drawn[name] != kept[name]] == [], "run `make sample`"


def test_the_dossier_is_intact_and_replays(script: dict[str, Any]) -> None:
    summary = replay(read(SAMPLE / script["DOSSIER"]))["summary"]
    assert summary["confirmed"] > 10
    assert summary["differs"] == summary["error"] == 0


def test_what_differs_is_told(script: dict[str, Any], tmp_path: Path) -> None:
    for folder, text in (("one", "a"), ("other", "b")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same").write_text("s")
        (tmp_path / folder / "changed").write_text(text)
    (tmp_path / "other" / "added").write_text("x")
    assert script["differences"](tmp_path / "one", tmp_path / "other") == ["added", "changed"]


@pytest.mark.slow
def test_played_again_the_demo_gives_the_same_bytes(script: dict[str, Any]) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", script["PORT"])) == 0:
            pytest.skip(f"port {script['PORT']}, which the sample is bound to, is taken")
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
