"""`sandbox serve|faults` as a user and as a script meet them."""

import contextlib
import json
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation.environment import Environment
from mes_conformity.sandbox.embedded import Sandbox


@contextlib.contextmanager
def _served(*options: str, cwd: Path, lang: str = "fr") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "mes_conformity", "sandbox", "serve", *options]
    variables = {**os.environ, "MES_CONFORMITY_LANG": lang, "PYTHONWARNINGS": "error", "TMPDIR": str(cwd)}
    with subprocess.Popen(
        command, cwd=cwd, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_one_line_serves_and_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with _served("--format", "json", "--tls", cwd=tmp_path) as process:
        document = _line(process)
        sandbox = document["sandbox"]
        assert document["schema_version"] == 1
        assert {"url", "fhir_url", "issuer", "ca_file", "client", "users"} <= set(sandbox)
        context = ssl.create_default_context(cafile=sandbox["ca_file"])
        with urllib.request.urlopen(f"{sandbox['url']}/.well-known/openid-configuration", context=context) as answer:
            assert json.load(answer)["issuer"] == sandbox["issuer"]
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert not Path(sandbox["ca_file"]).exists()


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    kept = tmp_path / "etat.sqlite"
    with _served("--format", "json", "--database", str(kept), cwd=tmp_path) as process:
        url = _line(process)["sandbox"]["url"]
        with urllib.request.urlopen(urllib.request.Request(f"{url}/_sandbox/users", method="POST")) as answer:
            login = json.load(answer)["login"]
        process.kill()
        process.wait(20)
    with contextlib.closing(sqlite3.connect(kept)) as database:
        assert database.execute("select count(*) from users where login = ?", (login,)).fetchone() == (1,)


def test_serve_tells_a_person_what_to_type_next(tmp_path: Path) -> None:
    with _served("--fault", "slow", "--fault", "jwks-empty", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [process.stdout.readline() for _ in range(6)]
        notes = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=20)
    assert lines[0].startswith("bac à sable prêt : http://127.0.0.1:")
    assert "slow, jwks-empty" in lines[5]
    assert "mes-conformity test run --target http://127.0.0.1:" in notes[1]
    assert "bac à sable arrêté" in err


def test_serve_speaks_english(tmp_path: Path) -> None:
    with _served("--tls", cwd=tmp_path, lang="en") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("sandbox ready: https://")


def test_serve_misbehaves_as_named(tmp_path: Path) -> None:
    with (
        _served("--format", "json", "--fault", "jwks-empty", cwd=tmp_path) as process,
        urllib.request.urlopen(_line(process)["sandbox"]["url"] + "/jwks") as answer,
    ):
        assert json.load(answer) == {"keys": []}


def test_serve_keeps_its_state_in_a_file(tmp_path: Path) -> None:
    with _served("--format", "json", "--database", "etat.sqlite", cwd=tmp_path) as process:
        _line(process)
    assert (tmp_path / "etat.sqlite").exists()


def test_a_port_in_use_is_told_with_a_remedy(run: Callable[..., Any]) -> None:
    with Sandbox.start(tls=False) as taken:
        port = taken.url.rsplit(":", 1)[1]
        result = run("sandbox", "serve", "--port", port)
    assert result.code == 7
    assert f"erreur[SBX002] : le port {port} est déjà utilisé" in result.err
    assert "--port 0" in result.err


def test_an_unknown_fault_is_told_with_a_remedy(run: Callable[..., Any]) -> None:
    result = run("sandbox", "serve", "--fault", "inconnu", "--format", "json")
    assert result.code == 2
    assert result.json()["error"]["code"] == "SBX001"
    assert result.json()["error"]["hint"]["en"]


def test_an_impossible_port_is_a_usage_error(run: Callable[..., Any]) -> None:
    assert run("sandbox", "serve", "--port", "70000").code == 2


def test_a_file_that_is_no_database_is_told(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("pas une base " * 200)
    result = run("sandbox", "serve", "--database", "x.sqlite")
    assert result.code == 3
    assert "SBX003" in result.err


def test_faults_are_described_in_two_languages_with_the_cases_they_break(run: Callable[..., Any]) -> None:
    result = run("sandbox", "faults", "--format", "json")
    document = result.json()
    assert result.code == 0
    assert len(document["faults"]) >= 60
    for row in [*document["faults"], *document["defects"]]:
        assert row["name"]
        assert row["description"]["fr"]
        assert row["description"]["en"]
    faults = {row["name"]: row["breaks"] for row in document["faults"]}
    assert faults["consent-ignored-on-write"]


def test_faults_are_read_as_a_table(run: Callable[..., Any]) -> None:
    result = run("sandbox", "faults", variables={"COLUMNS": "160"})
    assert result.code == 0
    assert "Défauts du bac à sable" in result.out
    assert "l'écriture est acceptée sans consentement" in result.out


def test_each_route_is_explained_with_its_worth_and_its_source(run: Callable[..., Any]) -> None:
    result = run("sandbox", "serve", "--explain", "--format", "json")
    assert result.code == 0
    rows = {(row["method"], row["path"]): row for row in result.json()["routes"]}
    search = rows["GET", "/fhir/Observation"]
    assert (search["basis"], search["source"]) == ("republished", "API Mesures 1.5.2, §2.3.2")
    assert rows["POST", "/token"]["basis"] == "assumption"
    assert rows["PUT", "/_sandbox/faults"]["basis"] == "tool"
    assert all(row["summary"]["fr"] and row["summary"]["en"] for row in rows.values())


def test_it_is_said_which_guide_is_followed_where_the_text_was_not_public(run: Callable[..., Any]) -> None:
    told = {
        row["contract"]: row["title"]
        for row in run("sandbox", "serve", "--explain", "--format", "json").json()["contracts"]
    }
    assert "PDSm 3.1.1" in told["mes-documents@0.1.0"]["fr"]
    assert "n'a pas été lue" in told["mes-documents@0.1.0"]["fr"]
    assert "GAP 3.0.0" in told["mes-agenda@0.1.0"]["en"]
    assert "GAP 3.0.0" in run("sandbox", "serve", "--explain", variables={"COLUMNS": "200"}).out


def test_the_patient_is_explained_as_an_assumption_and_served_on_demand(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    routes = run("sandbox", "serve", "--explain", "--format", "json").json()["routes"]
    (told,) = [route for route in routes if route["path"] == "/fhir/Patient"]
    assert told["basis"] == "assumption"
    assert "reading measures" in told["source"]
    for options, served in (((), "off"), (("--patient",), "served")):
        with (
            _served("--format", "json", *options, cwd=tmp_path) as process,
            urllib.request.urlopen(_line(process)["sandbox"]["fhir_url"] + "/metadata") as answer,
        ):
            assert f"Patient: {served}" in json.load(answer)["rest"][0]["documentation"]


def test_the_worth_of_each_route_is_read_as_a_table(run: Callable[..., Any]) -> None:
    result = run("sandbox", "serve", "--explain", variables={"COLUMNS": "200"})
    assert "n'est pas Mon espace santé" in result.out
    assert "POST /token" in result.out


def test_serve_starts_from_data_and_stops_the_clock(tmp_path: Path) -> None:
    (tmp_path / "depart.json").write_text('{"schema_version": 1}', encoding="utf-8")
    options = ("--seed-data", "depart.json", "--clock", "2030-01-01T00:00:00Z", "--rate-limit", "1")
    with (
        _served("--format", "json", *options, cwd=tmp_path) as process,
        urllib.request.urlopen(_line(process)["sandbox"]["url"] + "/_sandbox/") as answer,
    ):
        assert "2030-01-01T00:00:00.000Z (arrêtée)" in answer.read().decode()


@pytest.mark.parametrize(
    "clock",
    ["hier", "2030-01-01T00:00:00", "", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "1999-12-31T23:59:59Z"],
)
def test_an_instant_that_is_none_is_told_with_an_example(run: Callable[..., Any], clock: str) -> None:
    result = run("sandbox", "serve", "--clock", clock)
    assert result.code == 2
    assert "SBX006" in result.err
    assert "2026-11-22T12:00:00Z" in result.err


def test_unusable_data_of_the_start_are_told_with_their_place(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "depart.yaml").write_text("schema_version: 2", encoding="utf-8")
    result = run("sandbox", "serve", "--seed-data", "depart.yaml")
    assert result.code == 3
    assert "SBX005" in result.err
    assert "depart.yaml" in result.err


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--tls"], ["--mtls"]], ids=["plain", "tls", "mtls"])
def test_a_sandbox_served_apart_is_a_sound_target(
    options: list[str], tmp_path: Path, run: Callable[..., Any], env: Environment
) -> None:
    assert run("init", "w", "--example", "connected-scale").code == 0
    clock = ("--clock", env.now())  # that of the program in this process
    with _served("--format", "json", *clock, *options, cwd=tmp_path) as process:
        (tmp_path / "target.json").write_text(json.dumps(_line(process)), encoding="utf-8")
        result = run(
            "-C", "w", "test", "run", "--kind", "connection", "--target", "@../target.json", "--format", "json"
        )
    wrong = [(case["id"], case["reason"]) for case in result.json()["cases"] if case["outcome"] in ("failed", "error")]
    assert (result.code, wrong) == (0, [])
