"""`assess migrate` and `assess diff` as they are typed."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment import store
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.pinning import catalogue_of
from mes_conformity.assessment.workspace import open_workspace
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.yaml_documents import dump, read

Run = Callable[..., Any]


@pytest.fixture
def own(run: Run, tmp_path: Path) -> Path:
    """A workspace on a small catalogue of its own, two requirements answered, and version 2.0.0 beside it."""
    requirement: dict[str, Any] = {
        "section": "un",
        "title": {"fr": "Titre"},
        "statement": {"fr": "Énoncé."},
        "obligation": "mandatory",
        "lifecycle": "active",
        "verification": {"methods": ["interview"], "automation": "manual"},
        "provenance": {"grade": "derived", "sources": ["source"]},
    }
    names = {"1.0.0": ("garde", "retire"), "2.0.0": ("garde", "neuf")}
    for version, ids in names.items():
        head = {
            "id": "maison",
            "version": version,
            "title": {"fr": "Maison"},
            "status": "active",
            "publisher": "test",
            "sources": [{"id": "source", "title": "Une source"}],
        }
        document = {
            "schema_version": 1,
            "catalogue": head,
            "sections": [{"id": "un", "title": {"fr": "Un"}}],
            "facts": [],
            "requirements": [{"id": name, **requirement} for name in ids],
        }
        folder = tmp_path / "maison" / version
        folder.mkdir(parents=True)
        (folder / "catalogue.yaml").write_text(dump(document))
    assert run("init", "v", "--publisher", "É", "--product", "P", "--product-version", "1",
               "--catalogue", "maison/1.0.0").code == 0  # fmt: skip
    for name in names["1.0.0"]:
        assert run("-C", "v", "assess", "set", name, "conforme").code == 0
    shutil.copytree(tmp_path / "maison" / "2.0.0", tmp_path / "v/catalogues/maison/2.0.0")
    migration = {
        "schema_version": 1,
        "catalogue": "maison",
        "from": "1.0.0",
        "to": "2.0.0",
        "changes": [
            {"from": "retire", "to": [], "change": "withdrawn", "keep": "set_aside", "reason": {"fr": "abrogée"}},
            {"to": ["neuf"], "change": "introduced"},
        ],
    }
    (tmp_path / "v/catalogues/maison/migrations").mkdir()
    (tmp_path / "v/catalogues/maison/migrations/1-2.yaml").write_text(dump(migration))
    return tmp_path / "v"


def test_a_dry_run_counts_and_writes_nothing(run: Run, own: Path) -> None:
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    document = run("-C", "v", "assess", "migrate", "--to", "2.0.0", "--dry-run", "--format", "json").json()
    assert not document["applied"]
    assert document["counts"] == {
        "answers": 2, "kept": 1, "moved": 0, "set_aside": 1, "evidence": 0, "restored": 0, "introduced": 1,
    }  # fmt: skip
    assert document["before"]["sections"]["un"]["conformity"] == {"low": 100, "high": 100}
    assert document["after"]["sections"]["un"]["conformity"] == {"low": 50, "high": 100}
    text = run("-C", "v", "assess", "migrate", "--to", "2.0.0", "--dry-run")
    assert "abrogée" in text.out
    assert "Rien n'est écrit" in text.err
    assert {path: path.read_bytes() for path in own.rglob("*") if path.is_file()} == before


def test_migrating_then_resuming(run: Run, own: Path) -> None:
    result = run("-C", "v", "assess", "migrate", "--to", "2.0.0")
    assert result.code == 0
    assert "Réponses : 2 = 1 conservées" in " ".join(result.out.split())
    assert "assess resume --only stale" in result.err
    document = run("-C", "v", "assess", "resume", "--only", "new", "--format", "json").json()
    assert document["error"]["obtained"] == "neuf"
    assert read(own / "assessment.yaml").data["set_aside"]["retire"]["reason"] == "withdrawn"
    assert run("-C", "v", "assess", "check").code == 0
    assert run("-C", "v", "catalogue", "show", "neuf").code == 0
    back = run("-C", "v", "assess", "migrate", "--to", "1.0.0", "--format", "json").json()
    assert back["counts"]["restored"] == 1


def test_a_complete_assessment_of_1_0_0_goes_to_2_0_0_without_loss(
    run: Run, tmp_path: Path, env: Environment, filling: Callable[[Assessment, Catalogue], Assessment]
) -> None:
    assert run("init", "v", "--publisher", "É", "--product", "P", "--product-version", "1",
               "--catalogue", "mes-referencement@1.0.0").code == 0  # fmt: skip
    workspace = open_workspace(tmp_path / "v")
    catalogue = catalogue_of(workspace)
    with store.editing(workspace, catalogue, env, "test") as session:
        session.commit(filling(session.assessment, catalogue), "import")
    before = store.load(workspace).assessment
    argv = ("-C", "v", "assess", "migrate", "--to", "2.0.0", "--format", "json")
    shown, done = run(*argv, "--dry-run").json(), run(*argv).json()
    assert shown | {"applied": True} == done
    counts = done["counts"]
    assert counts["kept"] + counts["moved"] + counts["set_aside"] == counts["answers"] == len(before.answers)
    assert counts["introduced"] > 150
    after = store.load(open_workspace(tmp_path / "v")).assessment
    held = [*after.answers.values(), *(kept.answer for kept in after.set_aside.values())]
    assert all(answer in held for answer in before.answers.values())
    diagnostics = run("-C", "v", "assess", "check", "--format", "json").json()["diagnostics"]
    assert {item["code"] for item in diagnostics} <= {"ASM005", "ASM009", "ASM011"}


def test_a_version_nobody_has_is_refused(run: Run, own: Path) -> None:
    result = run("-C", "v", "assess", "migrate", "--to", "9.0.0", "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (3, "CAT011")


# --- diff


@pytest.fixture
def two(run: Run, tmp_path: Path) -> Path:
    """Two workspaces from one example, the second one changed in every way."""
    for name in ("a", "b"):
        assert run("init", name, "--example", "glucose-monitoring").code == 0
    (tmp_path / "p.txt").write_text("x")
    run("-C", "b", "assess", "set", "x-eli-nom", "partiel", "--evidence", "../p.txt", "--action", "Faire")
    run("-C", "b", "assess", "set", "measures_exchange", "none")
    run("-C", "b", "waiver", "add", "x-eli-nom", "--justification", "une bonne raison", "--until", "2027-01-01")
    return tmp_path


def test_each_part_is_told_apart(run: Run, two: Path) -> None:
    document = run("assess", "diff", "a", "b", "--format", "json").json()
    (changed,) = document["answers"]["changed"]
    assert changed["requirement"] == "x-eli-nom"
    assert document["facts"] == [{"id": "measures_exchange", "before": "read_write", "after": "none"}]
    assert document["evidence"][-1]["change"] in ("added", "removed")
    assert "x-ech-mesures-codes" in document["set_aside"]["new"]
    text = run("assess", "diff", "a", "b").out
    for word in ("Réponses changées", "Preuves", "Questions d'orientation", "Actions", "Dérogations", "Mises de côté"):
        assert word in text
    back = run("assess", "diff", "b", "a").out
    assert "Nouvelles réponses" in back
    assert "Reprises" in back


def test_files_workspaces_and_exports_compare(run: Run, two: Path) -> None:
    run("-C", "a", "assess", "export", "../a.json")
    for left, right in (("a", "a/assessment.yaml"), ("a.json", "a"), ("a", "a")):
        document = run("assess", "diff", left, right, "--format", "json").json()
        assert not any(count for name, count in document["summary"].items() if name != "set_aside")
    assert "Aucune différence" in run("assess", "diff", "a", "a").out


def test_another_catalogue_is_told(run: Run, two: Path, own: Path) -> None:
    assert "Catalogue : mes-referencement" in run("assess", "diff", "a", "v").out


def test_a_folder_without_settings_is_read_by_its_assessment(run: Run, two: Path) -> None:
    (two / "a" / "mes-conformity.yaml").unlink()
    assert run("assess", "diff", "a", "b").code == 0


def test_a_broken_file_is_told_with_its_name(run: Run, two: Path) -> None:
    (two / "c.yaml").write_text("schema_version: 1\n")
    result = run("assess", "diff", "a", "c.yaml", "--format", "json")
    assert (result.code, result.json()["error"]["location"]["file"]) == (3, "c.yaml")
    (two / "c.mesdossier.zip").write_bytes(b"PK")
    assert run("assess", "diff", "a", "c.mesdossier.zip").code == 3


@pytest.mark.slow
def test_a_dossier_compares_with_the_workspace_it_came_from(run: Run, two: Path) -> None:
    assert run("-C", "a", "test", "run", "--kind", "unit").code in (0, 1, 5)
    built = run("-C", "a", "dossier", "build", "--format", "json").json()["dossier"]["path"]
    run("-C", "a", "assess", "set", "x-eli-nom", "partiel")
    path = next(two.glob(f"**/{Path(built).name}")).relative_to(two)
    document = run("assess", "diff", path, "a", "--format", "json").json()
    assert [item["requirement"] for item in document["answers"]["changed"]] == ["x-eli-nom"]


def test_an_archive_without_assessment_is_told(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from mes_conformity.cli.assess_versions import _in_dossier
    from mes_conformity.foundation.errors import InvalidInput

    with pytest.raises(InvalidInput) as caught:
        _in_dossier(SimpleNamespace(files={}), tmp_path)
    assert caught.value.code == "DIF001"
