"""Several runs: the flaky are named, what says the same twice is not kept twice."""

from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.harness.engine import RunResult
from mes_conformity.harness.repetition import repeat


def result(folder: Path, state: str = "complete", **outcomes: str) -> RunResult:
    folder.mkdir()
    cases: list[Any] = [
        {"id": name, "outcome": outcome, "subject": "service", "advisory": False} for name, outcome in outcomes.items()
    ]
    return RunResult({"cases": cases}, state, folder)


def test_the_same_each_time_is_kept_once(tmp_path: Path) -> None:
    told: list[tuple[int, bool]] = []
    found = repeat(3, lambda n: result(tmp_path / str(n), a="passed"), lambda *said: told.append(said))
    assert (found.count, found.flaky, found.others, found.exit_code) == (3, [], (), ExitCode.OK)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]
    assert told == [(2, True), (3, True)]


def test_a_flaky_case_is_named_with_its_outcomes_and_its_evidence(tmp_path: Path) -> None:
    def play(number: int) -> RunResult:
        return result(tmp_path / str(number), a="passed", b="failed" if number == 2 else "passed")

    found = repeat(3, play, lambda *_said: None)
    assert found.flaky == [{"id": "b", "outcomes": {"passed": 2, "failed": 1}}]
    assert found.others == (tmp_path / "2",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]
    assert found.exit_code == ExitCode.INCONCLUSIVE


def test_a_case_that_always_fails_is_not_flaky(tmp_path: Path) -> None:
    found = repeat(2, lambda n: result(tmp_path / str(n), a="failed"), lambda *_said: None)
    assert (found.flaky, found.exit_code) == ([], ExitCode.FINDINGS)


@pytest.mark.parametrize("at", [1, 2])
def test_an_interruption_ends_it(tmp_path: Path, at: int) -> None:
    def play(number: int) -> RunResult:
        return result(tmp_path / str(number), "interrupted" if number == at else "complete", a="passed")

    found = repeat(5, play, lambda *_said: None)
    assert (found.count, found.interrupted, found.exit_code) == (1, True, ExitCode.INTERRUPTED)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]
