"""`test run --jobs --repeat --stop-after` as they are typed: order, flaky cases, interruption, progress."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from wire import answering, read_request, reply, serving

Run = Callable[..., Any]
HEAD = 'schema_version: 1\nsuite: essai\nkind: connection\ntitle: {fr: "Essai", en: "Trial"}\ncases:\n'
CASE = """\
  - id: T-{number:02}
    title: {{fr: "Cas {number}", en: "Case {number}"}}
    subject: target
    basis: published
    requirements: [x-ech-erreurs]
    source: "essai"
    broken_by: [slow]
    remedy: {{fr: "r", en: "r"}}
    steps:
      - request: {{method: GET, path: /thing/{number}, authenticate: false}}
        expect: {{status: 200}}
"""


@pytest.fixture
def suites(tmp_path: Path) -> Callable[[int], Path]:
    """A suite of so many cases, one request each."""

    def write(number: int) -> Path:
        folder = tmp_path / "suites" / "connection"
        folder.mkdir(parents=True)
        (folder / "essai.yaml").write_text(HEAD + "".join(CASE.format(number=one) for one in range(number)))
        return tmp_path / "suites"

    return write


def test_the_lines_come_in_the_same_order_whatever_the_number_of_jobs(run: Run, suites: Callable[[int], Path]) -> None:
    made = suites(9)
    with serving(answering(reply())) as place:
        told = [
            run("test", "run", "--suites", made, "--target", f"http://{place}", "--jobs", jobs).out
            for jobs in ("1", "6")
        ]
    lines = [[line[:20] for line in out.splitlines() if " T-" in line] for out in told]
    assert len(lines[0]) == 9
    assert lines[0] == lines[1]


def flickering() -> Callable[[socket.socket], None]:
    """A target that answers the first case wrongly every third time."""
    asked = count(1)

    def conversation(connection: socket.socket) -> None:
        request = read_request(connection)
        wrong = b"GET /thing/0 " in request and next(asked) % 3 == 0
        connection.sendall(reply("500 Internal Server Error" if wrong else "200 OK"))

    return conversation


def test_a_flaky_case_is_named(run: Run, suites: Callable[[int], Path], tmp_path: Path) -> None:
    made = suites(2)
    with serving(flickering()) as place:
        target = f"http://{place}"
        result = run("test", "run", "--suites", made, "--target", target, "--repeat", "4", "--format", "json")
        text = run("test", "run", "--suites", made, "--target", target, "--repeat", "3")
    document = result.json()
    assert result.code == 5
    assert document["repeat"]["count"] == 4
    assert document["repeat"]["flaky"] == [{"id": "T-00", "outcomes": {"passed": 3, "failed": 1}}]
    (other,) = document["repeat"]["folders"]
    assert json.loads((tmp_path / other / "run.json").read_text())["summary"]["failed"] == 1
    assert "1 cas instable en 3 campagnes" in text.out
    assert "répétition 2 sur 3" in text.err


def test_what_never_changes_is_not_flaky(run: Run, suites: Callable[[int], Path], tmp_path: Path) -> None:
    with serving(answering(reply())) as place:
        result = run("test", "run", "--suites", suites(2), "--target", f"http://{place}", "--repeat", "3")
    assert (result.code, "0 cas instable en 3 campagnes" in result.out) == (0, True)
    assert len(list((tmp_path / "reports" / "runs").iterdir())) == 1


def test_a_run_stops_after_so_many_failures(run: Run, suites: Callable[[int], Path]) -> None:
    with serving(answering(reply("500 Internal Server Error"))) as place:
        result = run(
            "test", "run", "--suites", suites(5), "--target", f"http://{place}", "--stop-after", "2", "--format", "json"
        )
    assert result.json()["summary"] == {"passed": 0, "failed": 2, "error": 0, "skipped": 3}


@pytest.mark.parametrize("arguments", [("--jobs", "0"), ("--jobs", "65"), ("--repeat", "0"), ("--stop-after", "x")])
def test_a_number_out_of_bounds_is_told(run: Run, arguments: tuple[str, str]) -> None:
    assert run("test", "run", *arguments).code == 2


def test_a_terminal_has_its_lines_and_its_bar(run: Run, suites: Callable[[int], Path]) -> None:
    with serving(answering(reply())) as place:
        result = run("test", "run", "--suites", suites(2), "--target", f"http://{place}", terminal=True)
    assert result.code == 0
    assert [line for line in result.out.splitlines() if "T-01" in line]


def test_an_interruption_of_many_jobs_ends_soon_and_keeps_what_was_done(
    suites: Callable[[int], Path], tmp_path: Path
) -> None:
    """A real process and a real SIGINT, while every thread waits for an answer that does not come."""

    def conversation(connection: socket.socket) -> None:
        request = read_request(connection)
        if b"/thing/" in request and b"/thing/0 " not in request:
            connection.settimeout(20)
            connection.recv(1)  # nothing is answered: only the end of the client ends it
            return
        connection.sendall(reply())

    with serving(conversation) as place:
        command = [sys.executable, "-m", "mes_conformity", "test", "run", "--suites", str(suites(12)), "--jobs", "4",
                   "--target", f"http://{place}", "--format", "json"]  # fmt: skip
        with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONWARNINGS": "error"},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
            done = tmp_path / "reports" / "runs"
            while process.poll() is None and not list(done.glob("*/cases/T-00/case.json")):
                time.sleep(0.02)
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert time.monotonic() - begun < 6
    assert [case["id"] for case in json.loads(out)["cases"]] == ["T-00"]
    assert "Traceback" not in err
