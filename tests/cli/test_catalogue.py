"""The `catalogue` commands, called as a person or a pipeline calls them."""

import json
import re
import shutil
from pathlib import Path

import pytest

from mes_conformity.catalogue.applicability import applicability
from mes_conformity.catalogue.loader import folder_of, load_shipped, shipped
from mes_conformity.cli.catalogue_data import View
from mes_conformity.cli.catalogue_text import print_explanation
from mes_conformity.cli.context import Context, clean
from mes_conformity.foundation.i18n import using
from mes_conformity.foundation.resources import root

CATALOGUE = Path("requirements_catalogue") / "mes-referencement"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The shipped catalogue, in a folder to spoil."""
    folder = tmp_path / "mes-referencement" / "2.0.0"
    shutil.copytree(folder_of("mes-referencement", "2.0.0"), folder)
    return folder


def spoil(path: Path, old: str, new: str) -> int:
    """Replace once, and answer the line where that happened."""
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    return content[: content.index(old)].count("\n") + 1


def test_list_shows_our_counts_beside_the_published_ones(run):
    answer = run("catalogue", "list")
    assert answer.code == 0
    assert "ici : " in answer.out
    assert "publié : 17, dont 14 obligatoires" in answer.out
    assert "n'est pas l'annexe officielle" in " ".join(answer.out.split())


def test_list_as_json(run):
    listed = run("catalogue", "list", "--format", "json").json()["catalogues"]
    assert [(catalogue["id"], catalogue["version"]) for catalogue in listed] == shipped()
    for catalogue in listed:
        assert catalogue["requirements"] == sum(section["requirements"] for section in catalogue["sections"])
        assert catalogue["published_counts"][0]["total"] == {"value": 17, "precision": "exact"}


def test_show_as_json_has_the_public_shape(run):
    document = run("catalogue", "show", "--format", "json").json()
    shipped_one = load_shipped()
    assert document["schema_version"] == 1
    assert document["catalogue"]["sha256"] == shipped_one.sha256
    assert len(document["requirements"]) == len(shipped_one.requirements)
    keys = {"id", "label", "section", "obligation", "lifecycle", "title", "statement", "provenance", "tests"}
    assert keys == set(document["requirements"][0])
    assert document["requirements"][0]["provenance"]["grade"] in ("official", "published", "derived")


def test_show_says_what_applies_when_asked(run):
    document = run("catalogue", "show", "--applicable", "--format", "json").json()
    entry = next(item for item in document["requirements"] if item["id"] == "x-ech-mesures-ecriture")
    assert entry["applicable"] is None
    assert set(entry["reason"]) == {"fr", "en"}


def test_show_keeps_to_a_section(run):
    document = run("catalogue", "show", "ethique", "--format", "json").json()
    assert {item["section"] for item in document["requirements"]} == {"ethique"}


def test_show_one_requirement(run):
    document = run("catalogue", "show", "x-eth-ecoscore", "--format", "json").json()
    assert [item["id"] for item in document["requirements"]] == ["x-eth-ecoscore"]
    answer = run("catalogue", "show", "x-eth-ecoscore")
    assert "obligation : obligatoire" in answer.out


@pytest.mark.parametrize("command", ["show", "explain"])
def test_an_unknown_requirement_is_told_with_its_code(run, command):
    answer = run("catalogue", command, "x-eth-ecoscor", "--format", "json")
    assert answer.code == 3
    error = answer.json()["error"]
    assert error["code"] == "CAT010"
    assert "x-eth-ecoscore" in error["hint"]["fr"]


@pytest.mark.parametrize(
    "argv", [("list",), ("show",), ("show", "--applicable"), ("explain", "x-ech-mesures-appareil")]
)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_text_keeps_to_eighty_columns_without_colour(run, argv, lang):
    answer = run("catalogue", *argv, lang=lang)
    assert answer.code == 0
    assert "\x1b" not in answer.out
    long = [line for line in answer.out.splitlines() if len(line) > 80 and "http" not in line]
    assert long == []


def test_french_quotes_keep_their_words(run):
    lines = run("catalogue", "show", "--applicable").out.splitlines()
    assert not [line for line in lines if line.endswith("«") or line.lstrip().startswith(("»", ":", ";", "?"))]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_requirement_can_be_explained(env, lang):
    catalogue = load_shipped()
    view = View(catalogue, {}, {}, applicability(catalogue, {}))
    with using(lang):
        for requirement in catalogue.requirements:
            print_explanation(Context(env, lang), view, requirement)
    titles = [clean(item.title[lang]).split()[0] for item in catalogue.requirements]
    assert all(title in env.stdout.getvalue() for title in titles)


def test_explain_as_json_holds_everything(run):
    document = run("catalogue", "explain", "x-ech-mesures-ecriture", "--format", "json").json()
    entry = document["requirement"]
    assert entry["facts"][0]["answer"] is None
    assert entry["applies_when"]["fr"].startswith("si « ")
    assert entry["references"][0]["title"]
    assert entry["sha256"] == load_shipped().requirement("x-ech-mesures-ecriture").normative_sha256


def test_tests_are_read_in_the_suites(run):
    from mes_conformity.suites.loader import load_all

    case = next(case for case in load_all().cases if case.requirements)
    document = run("catalogue", "show", case.requirements[0], "--format", "json").json()
    assert case.id in document["requirements"][0]["tests"]


def test_broken_suites_hide_nothing_of_the_catalogue(run, monkeypatch):
    from mes_conformity.foundation.errors import InvalidInput

    def broken():
        raise InvalidInput("SUI001", "cassé")

    monkeypatch.setattr("mes_conformity.cli.catalogue_data._links", broken)
    answer = run("catalogue", "show", "--format", "json")
    assert answer.code == 0
    assert answer.json()["requirements"][0]["tests"] == []
    assert "SUI001" in answer.err


def test_in_a_workspace_the_facts_decide(run, tmp_path):
    example = root("examples") / "glucose-monitoring"
    if not (example / "mes-conformity.yaml").is_file():
        pytest.skip("the example is not written yet")
    folder = tmp_path / "w"
    shutil.copytree(example, folder)
    document = run("-C", folder, "catalogue", "show", "--format", "json").json()
    decisions = {item["id"]: item["applicable"] for item in document["requirements"]}
    assert decisions["x-ech-mesures-ecriture"] is True
    assert False in decisions.values()


def test_another_catalogue_can_be_shown(run, copied):
    spoil(copied / "catalogue.yaml", 'version: "2.0.0"', 'version: "2.1.0"')
    for name in (copied, "mes-referencement@2.0.0", "mes-referencement"):
        document = run("catalogue", "show", "--catalogue", name, "--format", "json").json()
        assert document["catalogue"]["version"] == ("2.1.0" if name == copied else "2.0.0")
    assert run("catalogue", "show", "--catalogue", "zz").code == 3


def test_check_a_sound_folder(run, copied):
    answer = run("catalogue", "check", copied, "--format", "json")
    assert (answer.code, answer.json()["summary"]["error"]) == (0, 0)
    assert run("catalogue", "check", copied).out.strip() == "Rien à redire."


def test_check_names_file_line_and_column(run, copied):
    line = spoil(copied / "ethique.yaml", "obligation: recommended", "obligation: recomended")
    answer = run("-C", copied.parent, "catalogue", "check", "2.0.0/ethique.yaml", "--format", "json")
    assert answer.code == 3
    (diagnostic,) = answer.json()["diagnostics"]
    assert (diagnostic["code"], diagnostic["file"], diagnostic["line"]) == ("SCH001", "2.0.0/ethique.yaml", line)
    assert diagnostic["column"] == 17
    assert set(diagnostic["message"]) == {"fr", "en"}


def test_check_as_text_names_the_remedy(run, copied):
    spoil(copied / "ethique.yaml", "section: ethique", "section: ethiqe")
    answer = run("catalogue", "check", copied)
    assert answer.code == 3
    assert "erreur[CAT002] : section inconnue : « ethiqe »" in answer.out
    assert "conseil : vouliez-vous « ethique » ?" in answer.out
    assert "obtenu " in answer.out
    assert answer.out.endswith("1 erreur, 0 avertissement, 0 information\n")


def test_a_warning_alone_is_no_failure(run, copied):
    spoil(copied / "catalogue.yaml", "\n      en: Interoperability\n", "\n")
    answer = run("catalogue", "check", copied, "--format", "json")
    assert (answer.code, answer.json()["summary"]) == (0, {"error": 0, "warning": 1, "info": 0})


def test_a_missing_file_is_an_invalid_input(run):
    answer = run("catalogue", "check", "none.yaml", "--format", "json")
    assert (answer.code, answer.json()["diagnostics"][0]["code"]) == (3, "STO002")


def test_what_is_shipped_holds_together(run):
    answer = run("catalogue", "check", "--format", "json")
    assert [item for item in answer.json()["diagnostics"] if item["level"] == "error"] == []
    assert answer.code == 0


def test_broken_suites_are_told_with_what_is_shipped(run, monkeypatch, tmp_path):
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit" / "a.yaml").write_text("a: [", encoding="utf-8")
    monkeypatch.setattr("mes_conformity.suites.loader.shipped_root", lambda: tmp_path)
    answer = run("catalogue", "check", "--format", "json")
    assert (answer.code, [item["code"] for item in answer.json()["diagnostics"]]) == (3, ["YAM001"])


def test_without_suites_no_automated_requirement_is_verified(run, monkeypatch, tmp_path):
    monkeypatch.setattr("mes_conformity.suites.loader.shipped_root", lambda: tmp_path)
    answer = run("catalogue", "check", "--format", "json")
    found = answer.json()["diagnostics"]
    assert answer.code == 3
    assert {item["code"] for item in found} == {"CAT002"}
    assert all(item["file"].endswith(".yaml") and item["line"] for item in found)


def test_hostile_text_does_not_reach_the_terminal(run, copied):
    spoil(copied / "ethique.yaml", "title:\n", 'title:\n      de: "x"\n')
    content = (copied / "ethique.yaml").read_text(encoding="utf-8")
    hostile = re.sub(r'de: "x"\n( +)fr: .*', r'fr: "\\e[31mrouge\\u202Egauche"', content, count=1)
    (copied / "ethique.yaml").write_text(hostile, encoding="utf-8")
    for argv in (("show", "ethique"), ("show", "x-eth-contenu"), ("explain", "x-eth-contenu")):
        out = run("catalogue", *argv, "--catalogue", copied).out
        assert "rouge" in out
        assert "\x1b" not in out
        assert "\u202e" not in out


def test_hostile_ids_do_not_reach_the_terminal(run, copied):
    spoil(copied / "ethique.yaml", "section: ethique", 'section: "\\e]0;titre\\a"')
    answer = run("catalogue", "check", copied)
    assert (answer.code, "\x1b" in answer.out, "\x07" in answer.out) == (3, False, False)


def test_help_speaks_both_languages(run):
    assert "Le référentiel" in run("catalogue", "--help").out
    assert "The catalogue" in run("catalogue", "--help", lang="en").out


def test_a_document_of_another_catalogue_keeps_its_json_apart(run, copied):
    assert json.loads(run("catalogue", "show", "--catalogue", copied, "--format", "json").out)["requirements"]
