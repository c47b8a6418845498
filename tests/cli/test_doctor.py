"""`doctor`: what is well, and how to mend what is not."""

import io
from dataclasses import replace
from typing import Any

import pytest

from mes_conformity.cli import doctor
from mes_conformity.cli.context import Context
from mes_conformity.cli.main import main
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput


def test_a_sound_machine_has_no_remedy(run: Any) -> None:
    result = run("doctor", "--format", "json")
    assert result.code == 0
    assert [one["name"]["fr"] for one in result.json()["examinations"] if not one["ok"]] == []


def test_the_text_says_each_thing_on_its_line(run: Any) -> None:
    lines = run("doctor").out.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("✓ ") for line in lines)


class Latin(io.StringIO):
    encoding = "latin-1"  # type: ignore[assignment]


def test_another_encoding_is_told_with_its_remedy(env: Environment) -> None:
    strange = replace(env, stdout=Latin())
    assert main(["doctor"], strange) == 3
    assert isinstance(strange.stdout, Latin)
    assert "PYTHONUTF8" in strange.stdout.getvalue()


def test_a_folder_that_cannot_be_written_is_told(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_where: Any) -> None:
        raise OSError("read-only")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert doctor._folder(Context(env, directory=env.cwd)).remedy is not None


def test_a_closed_loopback_is_told(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_address: Any) -> None:
        raise OSError("not permitted")

    monkeypatch.setattr("socket.create_server", refuse)
    assert doctor._loopback(Context(env)).found == "not permitted"


def test_broken_data_is_told(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise InvalidInput("YAM001", "broken")

    monkeypatch.setattr("mes_conformity.suites.loader.load_all", broken)
    found = doctor._data(Context(env))
    assert "YAM001" in found.found
    assert found.remedy is not None
