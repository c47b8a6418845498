"""The interview on a real terminal: ^C and a kill lose nothing."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

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


class Typist(io.StringIO):
    """A terminal on which somebody types some lines, then ^C."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        line = super().readline(size)
        if not line:
            raise KeyboardInterrupt
        return line


@pytest.mark.parametrize(
    ("typed", "facts", "answers"),
    [
        ("", 0, 0),
        ("1\n", 1, 0),
        ("1\n?\n", 1, 0),
    ],
)
def test_control_c_in_an_orientation_question(
    workspace: Workspace, make_env: Callable[..., Environment], typed: str, facts: int, answers: int
) -> None:
    assert interrupted(workspace, make_env, "start", typed=typed) == (facts, answers)


@pytest.mark.parametrize(
    ("typed", "answers"),
    [
        ("", 0),
        ("1\n", 1),
        ("4\n", 0),  # the reason of a « non applicable »
        ("c\n", 0),
        ("e\n", 0),
        ("r\n", 0),
        ("d\n", 0),
        ("n\n", 0),
        ("a\n", 0),
        ("a\nFaire\n", 0),
        ("r\nAda\n1\np\n", 1),
    ],
)
def test_control_c_in_each_prompt_of_a_requirement(
    workspace: Workspace, make_env: Callable[..., Environment], typed: str, answers: int
) -> None:
    argv = ("start", "--section", "urbanisation")
    assert interrupted(workspace, make_env, *argv, typed=typed) == (0, answers)


def interrupted(workspace: Workspace, make_env: Callable[..., Environment], *argv: str, typed: str) -> tuple[int, int]:
    """What is on disk once ^C came after these lines: facts, answers given. Exit 130, and the chain holds."""
    from mes_conformity.cli.main import main

    env = replace(make_env(terminal=True), stdin=Typist(typed))
    assert main(["-C", str(workspace.root), "assess", *argv], env) == 130
    told = env.stderr.getvalue()  # type: ignore[attr-defined]
    assert "INT003" in told
    assert "assess resume" in told
    loaded = store.load(workspace)
    assert loaded.journal.faults() == []
    given = [answer for answer in loaded.assessment.answers.values() if answer.given]
    assert f"{len(given)} réponse(s) et {len(loaded.assessment.facts)} question(s)" in told
    return len(loaded.assessment.facts), len(given)


Run = Callable[..., Any]
SECTION = ("assess", "start", "--section", "urbanisation")


def sitting(run: Run, workspace: Workspace, *argv: str, stdin: str, lang: str = "fr") -> Any:
    result = run("-C", workspace.root, *argv, terminal=True, stdin=stdin, lang=lang)
    assert result.code in (0, 130), result.err
    return result


def test_every_letter_has_its_effect(run: Run, workspace: Workspace) -> None:
    typed = "r\nAda\nd\n2027-01-02\nn\n3\nc\nfait\na\nCorriger\n2027-02-03\n2\nq\n"
    sitting(run, workspace, *SECTION, stdin=typed)
    assessment = store.load(workspace).assessment
    (answer,) = assessment.answers.values()
    assert (answer.status, answer.owner, answer.due_on, answer.level, answer.comment) == (
        "partial", "Ada", "2027-01-02", 3, "fait",
    )  # fmt: skip
    (action,) = assessment.actions
    assert (action.title, action.due_on, action.state) == ("Corriger", "2027-02-03", "to_do")


def test_words_do_as_well_as_letters(run: Run, workspace: Workspace) -> None:
    sitting(run, workspace, *SECTION, stdin="owner\nAda\néchéance\n2027-01-02\nlevel\n3\nquitter\n", lang="en")
    (answer,) = store.load(workspace).assessment.answers.values()
    assert (answer.owner, answer.due_on, answer.level, answer.status) == ("Ada", "2027-01-02", 3, "not_assessed")


def test_what_cannot_be_is_refused_and_asked_again(run: Run, workspace: Workspace) -> None:
    typed = "d\ndemain\nn\n9\nn\n²\nn\n1234\na\nFaire\ndemain\na\n\nr\n\nd\n\nq\n"
    result = sitting(run, workspace, *SECTION, stdin=typed)
    assert result.err.count("ANS002") == 3
    assert result.err.count("nombre de 0 à 5") == 2
    assessment = store.load(workspace).assessment
    assert not assessment.answers
    assert not assessment.actions


def test_what_is_there_is_shown(run: Run, workspace: Workspace) -> None:
    sitting(run, workspace, *SECTION, stdin="r\nAda\nd\n2027-01-02\nn\n3\nc\nfait\ne\nhttps://exemple.fr\n2\nq\n")
    shown = sitting(run, workspace, *SECTION, stdin="q\n").err
    for text in ("responsable : Ada", "échéance : 2027-01-02", "niveau : 3", "commentaire : fait", "preuves : 1"):
        assert text in shown


def test_each_rubric_says_how_far_it_is(run: Run, workspace: Workspace) -> None:
    everything = sitting(run, workspace, "assess", "start", "--ask", "x-*-*a*", stdin="s\n" * 120 + "q\n").err
    assert everything.count("== ") >= 5
    sitting(run, workspace, *SECTION, stdin="1\nq\n")
    assert ": 1 sur " in sitting(run, workspace, *SECTION, stdin="q\n").err


def test_resuming_goes_on_after_the_last_answer(run: Run, workspace: Workspace) -> None:
    from mes_conformity.assessment.pinning import catalogue_of

    names = [item.id for item in catalogue_of(workspace).requirements if item.section == "urbanisation"]
    sitting(run, workspace, *SECTION, stdin="1\ns\ns\n1\nq\n")
    assert set(store.load(workspace).assessment.answers) == {names[0], names[3]}
    argv = ("assess", "resume", "--section", "urbanisation")
    sitting(run, workspace, *argv, stdin="1\nq\n")
    assert set(store.load(workspace).assessment.answers) == {names[0], names[3], names[4]}
    left = len(names) - 3
    sitting(run, workspace, *argv, stdin="1\n" * left)
    assert {names[1], names[2]} <= set(store.load(workspace).assessment.answers)


def test_a_disk_that_fills_up_loses_no_answer(workspace: Workspace) -> None:
    """A real limit on the size of files stands for the full disk: the write fails half-way."""
    room = workspace.path("journal.jsonl").stat().st_size + 3000
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"
    program = f"{limit}; from mes_conformity.__main__ import entry_point; import sys; sys.exit(entry_point())"
    codes = []
    for name in ("x-urb-ident-usager", "x-urb-hds") * 40:
        argv = [sys.executable, "-c", program, "-C", str(workspace.root), "assess", "set", name]
        done = subprocess.run(
            [*argv, "conforme" if len(codes) % 4 < 2 else "partiel"], capture_output=True, text=True, check=False
        )
        codes.append(done.returncode)
        if done.returncode:
            assert "STO003" in done.stderr
            break
    assert codes[-1] == 3
    loaded = store.load(workspace)
    assert loaded.journal.faults() == []
    assert not loaded.journal.torn
    assert not loaded.pending
    assert not loaded.outside
    assert len(loaded.journal.lines) == len(codes)  # the creation, and each answer that was said to be safe


@pytest.mark.slow
def test_all_applicable_requirements_through_interruptions_and_kills(
    workspace: Workspace, env: Environment, models: Callable[[str], Path]
) -> None:
    """Facts of an example, then every requirement in a real terminal; every 20 answers ^C or kill -9 in turn."""
    from mes_conformity.assessment.pinning import catalogue_of
    from mes_conformity.assessment.scoring import in_force
    from mes_conformity.assessment.workspace import open_workspace

    catalogue = catalogue_of(workspace)
    facts = store.load(open_workspace(models("glucose-monitoring"))).assessment.facts
    with store.editing(workspace, catalogue, env, "test") as session:
        session.commit(replace(session.assessment, facts=facts), "fact")
    wanted = [item.id for item in in_force(catalogue, session.assessment.fact_values())]
    for sittings in range(100):
        left = len(wanted) - len(store.load(workspace).assessment.answers)
        if left == 0:
            break
        child = start(workspace, "resume")
        child.delaybeforesend = None
        answer(child, *["1"] * min(20, left - 1))
        if left <= 20:
            child.sendline("1")
        elif sittings % 2:
            child.sendintr()
            child.expect("INT003")
        else:
            child.kill(signal.SIGKILL)
        child.expect(pexpect.EOF)
        child.close()
        assert len(store.load(workspace).assessment.answers) == len(wanted) - left + min(20, left)
    loaded = store.load(workspace)
    assert set(loaded.assessment.answers) == set(wanted)
    assert loaded.journal.faults() == []
