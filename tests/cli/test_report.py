import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.reporting.formats import FORMATS

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
    result = run("report", "render", dossier, "--format", "docx")
    assert result.code == 2
    assert " | ".join(FORMATS) in " ".join(result.err.split())


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "pdf"])
def test_every_format_goes_to_a_file(dossier: Path, run: Run, tmp_path: Path, name: str) -> None:
    assert run("report", "render", dossier, "--format", name, "-o", "r").code == 0
    assert (tmp_path / "r").stat().st_size > 500


def test_a_workbook_is_not_poured_into_a_terminal(dossier: Path, run: Run) -> None:
    result = run("report", "render", dossier, "--format", "xlsx")
    assert result.code == 2
    assert "--output" in result.err
    assert result.out == ""


def test_the_flavour_of_junit_is_chosen(dossier: Path, run: Run) -> None:
    extended = run("report", "render", dossier, "--format", "junit", "--junit-flavour", "extended")
    assert extended.code == 0
    assert '<property name="requirement"' in extended.out
    strict = run("report", "render", dossier, "--format", "junit", "--junit-flavour", "strict")
    assert strict.out == run("report", "render", dossier, "--format", "junit").out
    assert '<property name="requirement"' not in strict.out


@pytest.mark.parametrize(
    "options", [("--format", "junit", "--junit-flavour", "loose"), ("--junit-flavour", "extended")]
)
def test_a_flavour_that_means_nothing_is_a_usage_error(dossier: Path, run: Run, options: tuple[str, ...]) -> None:
    assert run("report", "render", dossier, *options).code == 2


def test_an_altered_dossier_has_no_report(dossier: Path, run: Run) -> None:
    dossier.write_bytes(dossier.read_bytes()[:-5])
    assert run("report", "render", dossier).code == 3


def test_a_pdf_without_its_extra_says_what_to_install(dossier: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    result = run("report", "render", dossier, "--format", "pdf", "-o", "r.pdf")
    assert result.code == 2
    assert "PDF001" in result.err
    assert "mes-conformity[pdf]" in result.err
    assert run("test", "run", "--report", "pdf:r.pdf").code == 2  # before anything is run


def test_a_run_tells_code_scanning_the_line_of_an_artefact(run: Run, tmp_path: Path) -> None:
    from mes_conformity.foundation.resources import root

    artefact = json.loads((root("examples") / "glucose-monitoring" / "artefacts" / "hba1c.json").read_text("utf-8"))
    observation = artefact["entry"][0]["resource"]
    observation["status"] = "never"
    (tmp_path / "hba1c.json").write_text(json.dumps(artefact, indent=2))
    arguments = ("-k", "MES-U-13", "--artefact", "measure-bundle:hba1c.json", "--report", "sarif:r.sarif")
    assert run("test", "run", *arguments).code == 1
    places = [
        result["locations"][0]
        for result in json.loads((tmp_path / "r.sarif").read_text("utf-8"))["runs"][0]["results"]
        if result["locations"][0]["physicalLocation"]["region"]["startLine"] > 1
    ]
    assert places
    lines = (tmp_path / "hba1c.json").read_text().splitlines()
    told = {place["logicalLocations"][0]["fullyQualifiedName"]: place["physicalLocation"] for place in places}
    place = told["/entry/0/resource/status"]
    assert place["artifactLocation"]["uri"] == "hba1c.json"
    assert '"status": "never"' in lines[place["region"]["startLine"] - 1]
