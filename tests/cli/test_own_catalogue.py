"""A workspace on a publisher's own list: from the CSV to the dossier replayed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation.resources import root

Run = Callable[..., Any]
LIST = """\
N° exigence;Bloc;Énoncé;Nature;Preuve 1
URB.1;Urbanisation;Le service DOIT héberger les données chez un hébergeur HDS;Obligatoire;Certificat HDS
ETH.1;Éthique;Le service DEVRAIT publier son écoscore;Optionnelle;
"""
MEASURE = "artefacts/poids.json"


@pytest.fixture
def own(run: Run, tmp_path: Path) -> Run:
    """A workspace on the catalogue made of LIST, everything answered, with one artefact; and its commands."""
    (tmp_path / "liste.csv").write_text(LIST)
    source = ("--grade", "published", "--source", "Liste", "--source-url", "https://exemple.fr/l")
    assert run("catalogue", "import", "liste.csv", "--apply", *source).code == 0
    service = ("--publisher", "É", "--product", "P", "--product-version", "1.0")
    assert run("init", "e", *service, "--catalogue", "liste/1.0.0").code == 0
    shutil.copy(root("examples") / "connected-scale" / MEASURE, tmp_path / "e" / MEASURE)
    for name in ("urb.1", "eth.1"):
        assert run("-C", "e", "assess", "set", name, "conforme").code == 0
    return lambda *argv, **more: run("-C", "e", *argv, **more)


def test_the_requirements_of_the_list_are_those_shown(own: Run) -> None:
    document = own("catalogue", "show", "--format", "json").json()
    assert [item["id"] for item in document["requirements"]] == ["urb.1", "eth.1"]
    assert "URB.1" in own("catalogue", "explain", "urb.1").out


@pytest.mark.parametrize(
    ("lang", "word"), [("fr", "ne sont pas dans le référentiel"), ("en", "are not in the catalogue")]
)
def test_what_the_suites_verify_beyond_the_list_is_a_note(own: Run, lang: str, word: str) -> None:
    result = own("test", "list", "--kind", "unit", lang=lang)
    assert result.code == 0
    assert word in result.err
    assert "MES-U-01" in result.out


def test_run_build_verify_and_replay_work(own: Run) -> None:
    assert own("test", "run", "--kind", "unit", "--artefact", f"measure-bundle:{MEASURE}").code == 0
    assert own("dossier", "build").code == 0
    assert own("dossier", "verify").code == 0
    replayed = own("dossier", "replay")
    assert replayed.code == 0
    assert "que les suites nomment" in replayed.err
    answer = own("dossier", "replay", "--format", "json").json()["dossiers"][0]
    assert answer["findings"] == []
    assert "x-ech-mesures-ecriture" in answer["outside_catalogue"]


def test_nobody_is_asked_to_answer_what_the_list_has_not(own: Run) -> None:
    own("test", "run", "--kind", "unit", "--artefact", f"measure-bundle:{MEASURE}")
    own("dossier", "build")
    assert "assess resume" not in own("dossier", "show").out
    report = own("report", "render", "--format", "json").json()
    outside = [item for item in report["requirements"] if item["id"].startswith("x-")]
    assert outside
    assert {item["applies"] for item in outside} == {False}
    assert own("report", "render", "--format", "html").code == 0


def test_a_misspelt_requirement_of_the_publishers_own_suites_is_an_error(own: Run, tmp_path: Path) -> None:
    suites = Path(shutil.copytree(root("test_suites"), tmp_path / "e" / "suites"))
    assert own("test", "list", "--suites", "suites").code == 0
    file = suites / "unit" / "measures.yaml"
    file.write_text(file.read_text().replace("x-ech-mesures-ecriture", "x-ech-mesures-ecritur", 1))
    result = own("test", "list", "--suites", "suites", "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (3, "SUI007")


def test_the_first_shipped_version_can_be_tested_too(run: Run) -> None:
    service = ("--publisher", "É", "--product", "P", "--product-version", "1.0")
    run("init", "e", *service, "--catalogue", "mes-referencement@1.0.0")
    assert run("-C", "e", "test", "list", "--kind", "unit").code == 0
