"""`config show | path`, and the settings that a person keeps."""

from pathlib import Path
from typing import Any

import pytest

from mes_conformity.cli import settings


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Variables that point at settings of one's own: English, JSON."""
    path = tmp_path / "home" / ".config" / "mes-conformity" / settings.NAME
    path.parent.mkdir(parents=True)
    path.write_text("schema_version: 1\nlang: en\nformat: json\n", encoding="utf-8")
    return {"HOME": str(tmp_path / "home"), "MES_CONFORMITY_LANG": ""}


def test_the_settings_of_a_person_are_read_and_named(run: Any, home: dict[str, str]) -> None:
    answer = run("config", "show", variables=home).json()
    assert answer["settings"]["lang"] == "en"
    assert answer["file"].endswith("mes-conformity/settings.yaml")


def test_an_option_wins_over_the_settings_of_a_person(run: Any, home: dict[str, str]) -> None:
    assert "lang        fr" in run("config", "show", "--format", "text", "--lang", "fr", variables=home).out


def test_a_variable_wins_over_the_settings_of_a_person(run: Any, home: dict[str, str]) -> None:
    variables = {**home, "MES_CONFORMITY_LANG": "fr"}
    assert run("config", "show", variables=variables).json()["settings"]["lang"] == "fr"


def test_errors_take_the_form_of_the_settings(run: Any, home: dict[str, str]) -> None:
    assert run("-C", "nowhere", "config", "show", variables=home).json()["error"]["code"] == "USE004"
    assert run("-C", "nowhere", "config", "show", "--format", "text", variables=home).err.startswith("error[USE004]")


def test_settings_that_are_not_valid_are_told(run: Any, home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "home/.config/mes-conformity" / settings.NAME).write_text("schema_version: 1\nlang: de\n")
    result = run("config", "path", variables=home)
    assert result.code == 3
    assert "[SCH001]" in result.err


def test_without_a_file_nothing_is_read(run: Any) -> None:
    assert run("config", "show", "--format", "json").json()["file"] is None


def test_the_path_is_told_whether_or_not_it_exists(run: Any, tmp_path: Path, home: dict[str, str]) -> None:
    assert run("config", "path", variables=home).json()["exists"]
    elsewhere = run("config", "path", variables={"XDG_CONFIG_HOME": str(tmp_path)})
    assert elsewhere.out.strip() == str(tmp_path / "mes-conformity" / settings.NAME)
    assert "schema_version: 1" in elsewhere.err
    assert run("config", "path").out == "—\n"


def test_the_file_given_is_the_one_named(run: Any, tmp_path: Path) -> None:
    (tmp_path / "given.yaml").write_text("schema_version: 1\nquiet: true\n", encoding="utf-8")
    assert run("config", "path", "--config", "given.yaml").out.strip() == str(tmp_path / "given.yaml")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/mes-conformity/settings.yaml"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/mes-conformity/settings.yaml"),
        ({"APPDATA": "/a", "HOME": "/h"}, "/a/mes-conformity/settings.yaml"),
    ],
)
def test_where_it_stands(variables: dict[str, str], expected: str) -> None:
    assert settings.own(variables) == Path(expected)
