"""`dossier` as typed: on a workspace written by hand, and on a run that the engine really played."""

import json
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
def workspace(tmp_path: Path, samples: ModuleType) -> Path:
    """A workspace with a run whose suites are none of the program's, so that nothing of theirs is held against it."""
    folder = samples.write_workspace(tmp_path)
    run = json.loads((folder / "run.json").read_text())
    run["suites"], run["contracts"] = [], []
    samples.write_json(folder / "run.json", run)
    return tmp_path


@pytest.fixture
def built(workspace: Path, run: Run) -> Path:
    assert run("dossier", "build").code == 0
    return workspace / "reports" / "glyco-suivi-2.4.1.mesdossier.zip"


def test_build_writes_the_dossier_and_says_what(workspace: Path, run: Run, samples: ModuleType) -> None:
    result = run("dossier", "build", "--format", "json")
    dossier = result.json()["dossier"]
    path = workspace / dossier["path"]
    assert result.code == 0
    assert dossier["signed"] is False
    assert dossier["sha256"] == samples.sha(path.read_bytes())
    import zipfile

    assert dossier["files"] == len(zipfile.ZipFile(path).namelist())


def test_build_gives_the_same_bytes_in_any_language(workspace: Path, run: Run) -> None:
    first = run("dossier", "build", "-o", "a.zip", "--format", "json").json()["dossier"]["sha256"]
    assert run("dossier", "build", "-o", "b.zip", "--format", "json", lang="en").json()["dossier"]["sha256"] == first


def test_build_takes_the_run_it_is_told(workspace: Path, run: Run, samples: ModuleType) -> None:
    assert run("dossier", "build", "--run", "nowhere").code == 3
    folder = next((workspace / "reports" / "runs").iterdir())
    assert run("dossier", "build", "--run", folder.relative_to(workspace)).code == 0
    assert run("dossier", "build", "--run", folder.name).code == 0


def test_build_without_a_run_says_what_to_type(run: Run) -> None:
    result = run("dossier", "build")
    assert result.code == 3
    assert "DOS016" in result.err
    assert "mes-conformity test run" in result.err


def test_build_on_changed_suites_is_a_conflict(tmp_path: Path, run: Run, samples: ModuleType) -> None:
    samples.write_workspace(tmp_path)
    assert run("dossier", "build").code == 7


def test_verify_says_intact_and_that_nobody_signed(built: Path, run: Run) -> None:
    result = run("dossier", "verify", built)
    assert result.code == 0
    assert "intact, non signé" in result.out
    assert "Sans signature" in result.err


def test_verify_in_json(built: Path, run: Run) -> None:
    answer = run("dossier", "verify", built, "--format", "json").json()
    assert answer["verdict"] == "intact_unsigned"
    assert answer["findings"] == []


def test_verify_takes_the_last_of_the_workspace(built: Path, run: Run) -> None:
    assert run("dossier", "verify").code == 0


def test_verify_names_what_was_altered(built: Path, run: Run) -> None:
    raw = bytearray(built.read_bytes())
    raw[raw.index(b"TLS 1.3, TLS_AES") + 4] ^= 1
    built.write_bytes(bytes(raw))
    result = run("dossier", "verify", built)
    assert result.code == 3
    assert "evidence/tls.txt" in result.out
    answer = run("dossier", "verify", built, "--format", "json", lang="en")
    assert answer.code == 3
    assert answer.json()["verdict"] == "altered"
    assert answer.json()["findings"][0]["code"] == "DOS009"


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x05\x06" + b"\0" * 18])
def test_verify_of_anything_else_is_altered(tmp_path: Path, run: Run, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    result = run("dossier", "verify", "x.zip")
    assert result.code == 3
    assert "Traceback" not in result.out + result.err


def test_many_findings_are_counted(built: Path, run: Run) -> None:
    from mes_conformity.dossier import container

    files = dict(container.unpack(built.read_bytes()))
    built.write_bytes(container.pack({name: data for name, data in files.items() if not name.startswith("cases/")}))
    assert "et " in run("dossier", "verify", built).out


def test_verify_without_a_dossier_says_so(run: Run) -> None:
    result = run("dossier", "verify")
    assert result.code == 3
    assert "DOS001" in result.err


def test_verify_of_a_file_that_is_not_there(run: Run) -> None:
    assert run("dossier", "verify", "none.zip").code == 3


def test_show_gives_verdict_blocks_and_next(built: Path, run: Run) -> None:
    result = run("dossier", "show", built)
    assert result.code == 0
    for text in (
        "API Mesures 1.5.2",
        "Ce qui bloque",
        "Contradiction",
        "À faire maintenant",
        "mes-conformity test run -k MES-U-02",
    ):
        assert text in result.out


def test_show_in_json_gives_the_manifest(built: Path, run: Run) -> None:
    answer = run("dossier", "show", built, "--format", "json").json()
    assert answer["dossier"]["verdict"]["outcome"] == "failed"
    assert answer["contradictions"] == ["x-ech-mesures-codes"]


def test_show_a_case_with_its_exchanges(built: Path, run: Run) -> None:
    result = run("dossier", "show", built, "--case", "MES-R-09")
    assert result.code == 0
    assert "attendu : 400\n      obtenu : 200" in result.out
    assert "POST https://127.0.0.1:8443/mesures/fhir/ → 400" in result.out
    answer = run("dossier", "show", built, "--case", "MES-R-09", "--format", "json").json()
    assert answer["case"]["id"] == "MES-R-09"
    assert len(answer["exchanges"]) == 1


def test_show_a_case_that_was_not_played_gives_the_reason(built: Path, run: Run) -> None:
    assert "aucun appareil connecté" in run("dossier", "show", built, "--case", "MES-U-03").out


def test_show_a_case_that_is_not_there(built: Path, run: Run) -> None:
    assert run("dossier", "show", built, "--case", "NONE").code == 2


def test_show_refuses_an_altered_dossier(built: Path, run: Run) -> None:
    built.write_bytes(built.read_bytes()[:-1])
    result = run("dossier", "show", built)
    assert result.code == 3
    assert "DOS002" in result.err


@pytest.fixture
def real(tmp_path: Path, samples: ModuleType, env: Environment) -> Path:
    """The dossier of a run that the engine really played."""
    path = tmp_path / "real.zip"
    path.write_bytes(samples.dossier(tmp_path / "real", samples.real_run(tmp_path / "real", env), samples.SUITES))
    return path


def test_replay_confirms_a_real_run(real: Path, run: Run, samples: ModuleType) -> None:
    result = run("dossier", "replay", real)
    assert result.code == 0
    assert "3 confirmés, 0 différents" in result.out
    answer = run("dossier", "replay", real, "--format", "json").json()["dossiers"][0]
    assert answer["summary"] == {"confirmed": 3, "differs": 0, "error": 0}


def test_replay_of_an_embellished_run_exits_1(real: Path, run: Run, samples: ModuleType) -> None:
    raw = real.read_bytes()
    case = "cases/PET-02/case.json"
    real.write_bytes(
        samples.reseal(raw, {case: samples.changed(raw, case, lambda data: data["case"].update(outcome="passed"))})
    )
    assert run("dossier", "verify", real).code == 0
    result = run("dossier", "replay", real)
    assert result.code == 1
    assert "PET-02 : passed → failed" in result.out
    assert "DOS023" in result.out


def test_replay_with_the_installed_suites(real: Path, run: Run) -> None:
    result = run("dossier", "replay", real, "--suites", "installed", lang="en")
    assert result.code == 1
    assert "these suites do not have this case" in result.out


def test_replay_with_other_suites_is_a_usage_error(run: Run) -> None:
    assert run("dossier", "replay", "x.zip", "--suites", "mine").code == 2


def test_replay_refuses_an_altered_dossier(real: Path, run: Run, samples: ModuleType) -> None:
    real.write_bytes(real.read_bytes() + b"x")
    assert run("dossier", "replay", real).code == 3


def test_a_product_without_letters_still_has_a_file(workspace: Path, run: Run, samples: ModuleType) -> None:
    folder = next((workspace / "reports" / "runs").iterdir())
    data = json.loads((folder / "run.json").read_text())
    data["service"] |= {"product": "健康", "version": "…"}
    samples.write_json(folder / "run.json", data)
    assert run("dossier", "build", "--format", "json").json()["dossier"]["path"].endswith(".mesdossier.zip")


def test_build_takes_the_suites_of_the_run(tmp_path: Path, run: Run, samples: ModuleType, env: Environment) -> None:
    samples.real_run(tmp_path, env)
    (tmp_path / "suites" / "unit").mkdir(parents=True)
    (tmp_path / "suites" / "unit" / "petite.yaml").write_bytes(samples.SUITE)
    assert run("dossier", "build", "--suites", "suites").code == 0
    assert run("dossier", "replay").code == 0


def test_a_dossier_received_is_found_in_the_folder_itself(tmp_path: Path, run: Run, samples: ModuleType) -> None:
    (tmp_path / "received").mkdir()
    (tmp_path / "received/a.mesdossier.zip").write_bytes(samples.dossier(tmp_path / "w"))
    result = run("dossier", "verify", "-C", "received")
    assert result.code == 0
    assert "received/a.mesdossier.zip" in result.out
