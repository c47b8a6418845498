"""A dossier replayed elsewhere (another zone, locale, hash seed, clock): the same bytes of verdict."""

import os
import subprocess
import sys
from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.foundation.environment import Environment

CLOCK = """
import time, sys
time.time = lambda: 4102444800.0
time.time_ns = lambda: 4102444800 * 10**9
"""
PLACES = {
    "here": {},
    "elsewhere": {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"},
    "far": {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "4242", "SOURCE_DATE_EPOCH": "86400"},
}


@pytest.mark.slow
def test_the_verdict_is_the_same_everywhere(tmp_path: Path, env: Environment) -> None:
    raw = samples.dossier(tmp_path / "w", samples.real_run(tmp_path / "w", env), samples.SUITES)
    folder = tmp_path / "received"
    folder.mkdir()
    (folder / "a.mesdossier.zip").write_bytes(raw)
    said = {}
    for name, changed in PLACES.items():
        (folder / "sitecustomize.py").write_text(CLOCK if changed else "")
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(folder), **changed}
        said[name] = subprocess.run(
            [sys.executable, "-m", "mes_conformity", "--format", "json", "dossier", "replay", "a.mesdossier.zip"],
            cwd=folder,
            env={**environment, **{key: value for key, value in os.environ.items() if key.startswith("COV")}},
            capture_output=True,
            check=True,
        ).stdout
    assert said["elsewhere"] == said["here"]
    assert said["far"] == said["here"]
    assert b'"confirmed": 3' in said["here"]
