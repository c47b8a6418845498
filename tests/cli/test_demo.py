"""`demo`: the whole path, by the commands a publisher types."""

from pathlib import Path
from typing import Any

import pytest

from mes_conformity.cli import main as main_module


@pytest.mark.slow
def test_the_demo_leaves_a_verified_dossier_and_its_reports(run: Any, tmp_path: Path) -> None:
    result = run("demo", "--into", "demo", "--format", "json")
    demo = result.json()["demo"]
    assert result.code == 0
    assert demo["verdict"] == "intact_unsigned"
    assert demo["summary"]["failed"] == demo["summary"]["error"] == demo["replay"]["differs"] == 0
    assert demo["replay"]["confirmed"] == sum(demo["summary"].values())
    assert Path(demo["dossier"]).is_relative_to(tmp_path)
    for name in ("index.html", "junit.xml"):
        assert (tmp_path / "demo" / "reports" / name).stat().st_size > 1000


@pytest.mark.slow
def test_the_demo_ends_with_what_to_open_and_to_type(run: Any) -> None:
    result = run("demo", "--into", "demo", "--example", "connected-scale", lang="en")
    assert result.code == 0
    assert "demo/reports/index.html" in result.out
    assert "mes-conformity -C demo status" in result.out
    assert "$ mes-conformity dossier replay" in result.err


def test_without_a_folder_it_goes_to_a_temporary_one(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", lambda prefix: str(tmp_path / prefix))
    result = run("demo", "--example", "nope")
    assert result.code == 3
    assert str(tmp_path / "mes-conformity-demo-") in result.err


def test_a_step_that_fails_stops_the_demo_with_its_own_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mes-conformity.yaml").write_text("schema_version: 1\n")
    result = run("demo", "--into", "demo")
    assert result.code in (3, 7)
    assert "À ouvrir" not in result.out


def test_a_step_that_refuses_without_a_word_is_named(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = main_module.main

    def main(argv: list[str], env: Any) -> int:
        if argv[0] == "init":
            env.stdout.write("{}")
            return 5
        return real(argv, env)

    monkeypatch.setattr(main_module, "main", main)
    from mes_conformity.cli.context import Context
    from mes_conformity.cli.demo import _step
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.foundation.errors import ConformityError

    env = Environment.system()
    with pytest.raises(ConformityError, match="DEM001") as caught:
        _step(Context(env, quiet=True, directory=env.cwd), env.cwd, "init", "x")
    assert "init x" in str(caught.value)
