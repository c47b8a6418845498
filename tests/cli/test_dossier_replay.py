"""`dossier replay` of several dossiers or on a target, `dossier diff`, as typed."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mes_conformity.foundation.environment import Environment

Run = Callable[..., Any]


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "dossier")
    import dossier_samples

    return dossier_samples


@pytest.fixture
def received(tmp_path: Path, samples: ModuleType, env: Environment) -> Path:
    """A folder with a sound dossier and a forged one."""
    raw = samples.dossier(tmp_path, samples.real_run(tmp_path, env), samples.SUITES)
    folder = tmp_path / "received"
    folder.mkdir()
    (folder / "a.mesdossier.zip").write_bytes(raw)
    (folder / "b.mesdossier.zip").write_bytes(samples.reseal(raw, {"artefacts/glycemie.json": b'{"type": "batch"}'}))
    return folder


def test_a_folder_gives_one_table(received: Path, run: Run) -> None:
    result = run("dossier", "replay", received)
    assert result.code == 1
    assert "1 dossier confirmé sur 2" in result.out
    assert "PET-01" in result.out
    assert "✓" in result.err


def test_the_table_says_whose_suites_judged(received: Path, run: Run) -> None:
    table = run("dossier", "replay", received).out.partition("écarts")[2].splitlines()
    assert table[0].split() == ["signé", "suites"]
    assert table[1].split() == ["✓", "a", "3", "0", "0", "0", "non", "autres"]
    assert "outil" in run("dossier", "replay", received, "--suites", "installed").out


def test_a_confirmed_dossier_says_what_is_not_proved(received: Path, run: Run, samples: ModuleType) -> None:
    path = received / "a.mesdossier.zip"
    said = " ".join(run("dossier", "replay", path).out.split())
    assert "△ 1 fichier de suites n'est pas celui de cet outil (unit/petite.yaml) : il peut demander moins." in said
    assert "△ ce dossier n'est pas signé : rien ne dit qui l'a fait." in said
    assert "rapports" not in said
    installed = run("dossier", "replay", path, "--suites", "installed").out
    assert "demander moins" not in installed

    def older(run_: Any) -> None:
        run_["tool"]["version"] = "0.0.1"

    lying = {"report/index.html": b"<p>Conforme.</p>"}
    lying["run.json"] = samples.changed(path.read_bytes(), "run.json", older)
    path.write_bytes(samples.reseal(path.read_bytes(), lying))
    result = run("dossier", "replay", path)
    assert result.code == 0
    assert "△ les rapports du dossier n'ont pas été comparés à ses documents" in " ".join(result.out.split())


def test_a_folder_in_json(received: Path, run: Run) -> None:
    answers = run("dossier", "replay", received, "--workers", "1", "--format", "json").json()["dossiers"]
    assert [Path(answer["path"]).name for answer in answers] == ["a.mesdossier.zip", "b.mesdossier.zip"]
    assert [answer["signature"] for answer in answers] == [None, None]


def test_a_refused_one_counts_most(received: Path, run: Run) -> None:
    (received / "c.mesdossier.zip").write_bytes(b"hello")
    result = run("dossier", "replay", received, lang="en")
    assert result.code == 3
    assert "DOS002" in result.out


def test_an_empty_folder_says_so(tmp_path: Path, run: Run) -> None:
    (tmp_path / "none").mkdir()
    assert run("dossier", "replay", "none").code == 3


def test_live_runs_again_on_a_target(received: Path, run: Run) -> None:
    """The suites are those of the program: they do not have the cases of this dossier."""
    result = run("dossier", "replay", received / "a.mesdossier.zip", "--live", "http://127.0.0.1:9", "--format", "json")
    answer = result.json()["dossiers"][0]
    assert answer["summary"] == {"confirmed": 0, "differs": 0, "error": 3}
    assert answer["target"]["kind"] == "url"
    assert result.code == 1


def test_live_of_several(received: Path, run: Run) -> None:
    result = run("dossier", "replay", received, "--live", "http://127.0.0.1:9")
    assert result.code == 1
    assert "0 dossier confirmé sur 2" in result.out


def test_diff_names_what_became_worse(received: Path, run: Run, samples: ModuleType) -> None:
    sealed = received / "x.mesdossier.zip"
    sealed.write_bytes(samples.dossier(received / "w"))
    names = (received / "a.mesdossier.zip", sealed)
    result = run("dossier", "diff", *names)
    assert result.code == 0
    assert "Nouveaux : 10" in result.out
    assert "Disparus : 3" in result.out
    assert run("dossier", "diff", *names, "--format", "json").json()["diff"]["cases"]["worse"] == []


def test_diff_is_a_finding_where_something_is_worse(received: Path, run: Run, samples: ModuleType) -> None:
    def embellish(entry: Any) -> None:
        entry.update(outcome="failed")

    raw = (received / "a.mesdossier.zip").read_bytes()

    def in_run(document: Any) -> None:
        embellish(document["cases"][0])
        document["catalogue"] = {"id": "x", "version": "1.0.0", "sha256": "0" * 64}
        document["service"]["version"] = "9"

    changes = {
        "run.json": samples.changed(raw, "run.json", in_run),
        "cases/PET-01/case.json": samples.changed(raw, "cases/PET-01/case.json", lambda data: embellish(data["case"])),
        "assessment.yaml": None,
    }
    (received / "b.mesdossier.zip").write_bytes(samples.reseal(raw, changes))
    result = run("dossier", "diff", received / "a.mesdossier.zip", received / "b.mesdossier.zip", lang="en")
    assert result.code == 1
    assert "PET-01 passed → failed" in result.out
    assert "∅ → x 1.0.0" in result.out
    assert "x-ech-tls conform → ∅" in result.out
