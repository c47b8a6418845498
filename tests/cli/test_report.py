import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def dossier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "dossier")
    import dossier_samples

    path = tmp_path / "d.mesdossier.zip"
    path.write_bytes(dossier_samples.dossier(tmp_path / "w"))
    return path


@pytest.mark.parametrize(("name", "start"), [("html", "<!DOCTYPE html>"), ("junit", "<?xml"), ("csv", "case,suite")])
def test_a_report_goes_to_standard_output(dossier: Path, run: Run, name: str, start: str) -> None:
    result = run("report", "render", dossier, "--format", name)
    assert result.code == 0
    assert result.out.lstrip().startswith(start)


def test_json_is_one_document(dossier: Path, run: Run) -> None:
    assert json.loads(run("report", "render", dossier, "--format", "json").out)["schema_version"] == 1


def test_a_report_goes_to_a_file(dossier: Path, run: Run, tmp_path: Path) -> None:
    result = run("report", "render", dossier, "--output", "r.html", "--lang", "en")
    assert result.code == 0
    assert result.out == ""
    assert 'lang="en"' in (tmp_path / "r.html").read_text()


def test_the_language_is_that_of_the_command(dossier: Path, run: Run) -> None:
    assert 'lang="fr"' in run("report", "render", dossier).out


def test_an_unknown_format_is_a_usage_error(dossier: Path, run: Run) -> None:
    result = run("report", "render", dossier, "--format", "pdf")
    assert result.code == 2
    assert "html | junit | json | csv" in result.err


def test_an_altered_dossier_has_no_report(dossier: Path, run: Run) -> None:
    dossier.write_bytes(dossier.read_bytes()[:-5])
    assert run("report", "render", dossier).code == 3
