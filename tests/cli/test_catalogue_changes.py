"""`catalogue diff` and `catalogue export`."""

import shutil

import pytest

from mes_conformity.catalogue.loader import folder_of, load_shipped
from mes_conformity.foundation.yaml_documents import dump, parse

ID = "mes-referencement"
LATEST = load_shipped().version


@pytest.fixture
def later(tmp_path):
    """The shipped catalogue in a folder of its own, and a next major version that changes it in four ways."""
    old = tmp_path / "cats" / LATEST
    shutil.copytree(folder_of(ID, LATEST), old)
    new = tmp_path / "cats" / "99.0.0"
    shutil.copytree(old, new)
    manifest = new / "catalogue.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(f'"{LATEST}"', '"99.0.0"', 1), encoding="utf-8")
    path = new / "ethique.yaml"
    data = parse(path.read_text(encoding="utf-8"), "e").data
    first, second, third = data["requirements"][:3]
    first["obligation"] = "optional" if first["obligation"] != "optional" else "recommended"
    second["statement"] = {"fr": "Autre énoncé", "en": "Another"}
    third["id"] = "x-new"
    third["title"] = {"fr": "Nouvelle", "en": "New"}
    path.write_text(dump(data), encoding="utf-8")
    return (str(old), str(new)), (first["id"], second["id"])


def gone(old):
    return parse((old / "ethique.yaml").read_text(encoding="utf-8"), "e").data["requirements"][2]["id"]


def test_differences_are_told_apart_without_a_migration_file(run, later, tmp_path):
    (old, new), (modified, reworded) = later
    document = run("catalogue", "diff", old, new, "--format", "json").json()
    assert document["migration"] is None
    assert [item["from"] for item in document["modified"]] == [modified]
    assert [item["from"] for item in document["reworded"]] == [reworded]
    assert [item["to"] for item in document["added"]] == [["x-new"]]
    assert [item["from"] for item in document["withdrawn"]] == [gone(tmp_path / "cats" / LATEST)]
    assert document["inferred"] == 4
    assert document["summary"]["unchanged"] == len(load_shipped().requirements) - 3


def test_the_text_says_that_it_was_inferred(run, later):
    (old, new), (_modified, reworded) = later
    answer = run("catalogue", "diff", old, new)
    assert answer.code == 0
    assert "Sans fichier de migration" in answer.out
    assert f"Reformulées (1)\n  {reworded} — " in answer.out
    assert "+ statement : Autre énoncé" in answer.out
    assert "Ajoutées (1)\n  x-new — Nouvelle" in answer.out


def test_a_migration_beside_the_versions_is_followed(run, later, tmp_path):
    (old, new), (modified, reworded) = later
    changes = [
        {"from": gone(tmp_path / "cats" / LATEST), "to": ["x-new"], "change": "moved", "keep": "answer_and_evidence"},
        {"from": reworded, "to": [reworded], "change": "reworded", "keep": "evidence", "reason": {"fr": "Plus clair."}},
    ]
    folder = tmp_path / "cats" / "migrations"
    folder.mkdir()
    data = {"schema_version": 1, "catalogue": ID, "from": LATEST, "to": "99.0.0", "changes": changes}
    (folder / "a.yaml").write_text(dump({**data, "renamed_facts": {"minors": "children"}}), encoding="utf-8")
    document = run("catalogue", "diff", old, new, "--format", "json").json()
    assert document["migration"] == [{"from": LATEST, "to": "99.0.0"}]
    assert [(item["to"], item["inferred"]) for item in document["moved"]] == [(["x-new"], False)]
    assert document["reworded"][0]["keep"] == "evidence"
    assert (document["added"], document["withdrawn"]) == ([], [])
    answer = run("catalogue", "diff", old, new)
    assert "Plus clair." in answer.out
    assert "→ x-new" in answer.out
    assert "question renommée : minors → children" in answer.out
    assert f"{modified} — " in answer.out
    assert "(déduit)" in answer.out


def test_shipped_versions_are_named_by_id_and_version(run):
    document = run("catalogue", "diff", f"{ID}@{LATEST}", ID, "--format", "json").json()
    assert document["summary"]["unchanged"] == len(load_shipped().requirements)
    assert document["sections"] == {"added": [], "modified": [], "withdrawn": []}


def test_two_catalogues_of_nothing_in_common_are_compared_too(run, tmp_path):
    (tmp_path / "l.csv").write_text("Code;Section;Énoncé\nA 1;S;Il DOIT.\n", encoding="utf-8")
    options = ("--id", "mine", "--grade", "derived", "--source", "s", "--apply")
    run("catalogue", "import", "l.csv", *options)
    answer = run("catalogue", "diff", ID, "mine/1.0.0", lang="en")
    assert "Added (1)" in answer.out
    assert "Sections: + s" in answer.out
    assert "Questions: - " in answer.out


def test_a_catalogue_of_the_workspace_is_named_like_a_shipped_one(run, tmp_path):
    folder = tmp_path / "catalogues" / ID / "99.0.0"
    shutil.copytree(folder_of(ID, LATEST), folder)
    path = folder / "catalogue.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"{LATEST}"', '"99.0.0"', 1), encoding="utf-8")
    document = run("catalogue", "diff", ID, f"{ID}@99.0.0", "--format", "json").json()
    assert document["new"]["version"] == "99.0.0"


def test_one_file_may_hold_a_whole_catalogue(run, tmp_path):
    whole = {}
    for name, content in load_shipped().documents.items():
        for key, value in parse(content, name).data.items():
            whole[key] = whole[key] + value if isinstance(value, list) and key in whole else value
    (tmp_path / "whole.yaml").write_text(dump(whole), encoding="utf-8")
    document = run("catalogue", "diff", "whole.yaml", ID, "--format", "json").json()
    assert document["old"]["sha256"] == document["new"]["sha256"]


@pytest.mark.parametrize("name", ["nobody@1.0.0", f"{ID}@0.0.9", "../..", "..@.."])
def test_what_is_no_catalogue_is_refused(run, name):
    assert run("catalogue", "diff", name, ID).code == 3


def test_export_writes_the_library_on_stdout_or_in_a_file(run, tmp_path):
    answer = run("catalogue", "export")
    assert answer.code == 0
    data = parse(answer.out, "library.yaml").data
    assert data["ref_id"].startswith(ID)
    again = run("catalogue", "export", f"{ID}@{LATEST}", "--format", "ciso-assistant", "--output", "library.yaml")
    assert (again.code, again.out) == (0, "")
    assert (tmp_path / "library.yaml").read_text(encoding="utf-8") == answer.out


def test_an_unknown_format_is_refused(run):
    answer = run("catalogue", "export", "--format", "zz")
    assert answer.code == 2
    assert "ciso-assistant" in answer.err
