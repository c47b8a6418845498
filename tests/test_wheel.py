"""A wheel built from the tree and installed elsewhere works with its catalogue, suites, templates and examples."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_a_wheel_installed_elsewhere_walks_the_whole_path(tmp_path: Path) -> None:
    built = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", ROOT]
    subprocess.run(built, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    installed = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", tmp_path / "lib", wheel]
    subprocess.run(installed, check=True, capture_output=True)
    inside = {**os.environ, "PYTHONPATH": str(tmp_path / "lib")}
    where = "import mes_conformity, sys; sys.stdout.write(mes_conformity.__file__)"
    found = subprocess.run([sys.executable, "-c", where], cwd=tmp_path, env=inside, capture_output=True, text=True)
    assert Path(found.stdout).is_relative_to(tmp_path / "lib")
    demo = [sys.executable, "-m", "mes_conformity", "demo", "--into", "demo"]
    done = subprocess.run(demo, cwd=tmp_path, env=inside, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "demo" / "reports" / "index.html").exists()
