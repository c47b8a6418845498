"""The interview on a real terminal: ^C and a kill lose nothing."""

import os
import signal
import sys
from pathlib import Path

import pexpect
import pytest

from mes_conformity.assessment import store
from mes_conformity.assessment.creation import create
from mes_conformity.assessment.workspace import Service, Workspace
from mes_conformity.foundation.environment import Environment

TIMEOUT = 60


@pytest.fixture
def workspace(tmp_path: Path, env: Environment) -> Workspace:
    """A workspace with nothing answered."""
    return create(tmp_path / "v", Service("É", "P", "1"), env)


def start(workspace: Workspace, *argv: str) -> "pexpect.spawn[str]":
    variables = {**os.environ, "MES_CONFORMITY_LANG": "fr", "TERM": "dumb", "COLUMNS": "100", "PYTHONUTF8": "1"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "mes_conformity", "-C", str(workspace.root), "assess", *argv],
        env=variables,
        encoding="utf-8",
        timeout=TIMEOUT,
    )
    child.expect("> ")
    return child


def answer(child: "pexpect.spawn[str]", *lines: str) -> None:
    for line in lines:
        child.sendline(line)
        child.expect("\r\n> ")


def test_control_c_says_how_many_are_safe(workspace: Workspace) -> None:
    child = start(workspace, "start", "--section", "urbanisation")
    answer(child, "1", "2")
    child.sendintr()
    child.expect("enregistrées sur le disque : 2 réponse")
    child.expect("assess resume")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert len(store.load(workspace).assessment.answers) == 2


def test_a_kill_loses_nothing_and_frees_the_lock(workspace: Workspace) -> None:
    child = start(workspace, "start")
    answer(child, "1", "non")
    child.kill(signal.SIGKILL)
    child.wait()
    assert len(store.load(workspace).assessment.facts) == 2
    again = start(workspace, "resume")
    again.sendline("q")
    again.expect(pexpect.EOF)
    again.close()
    assert again.exitstatus == 0
    assert store.load(workspace).journal.faults() == []


def test_a_second_interview_is_told_who_holds_the_first(workspace: Workspace) -> None:
    first = start(workspace, "start")
    second = pexpect.spawn(
        sys.executable,
        ["-m", "mes_conformity", "--lang", "fr", "-C", str(workspace.root), "assess", "resume"],
        encoding="utf-8",
        timeout=TIMEOUT,
    )
    second.expect("STO001")
    second.expect(f"pid {first.pid}")
    second.expect(pexpect.EOF)
    second.close()
    assert second.exitstatus == 7
    first.sendline("q")
    first.expect(pexpect.EOF)
    first.close()
    assert first.exitstatus == 0


def test_the_end_of_input_is_an_interruption(workspace: Workspace) -> None:
    child = start(workspace, "start", "--section", "urbanisation")
    answer(child, "1")
    child.sendeof()
    child.expect("INT003")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
