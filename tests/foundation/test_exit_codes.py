"""The exit codes: one test each of the values that others rely on, and which one wins."""

import pytest

from mes_conformity.foundation.exit_codes import ExitCode, worst


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OK", 0),
        ("FINDINGS", 1),
        ("USAGE", 2),
        ("INVALID_INPUT", 3),
        ("AUTH", 4),
        ("INCONCLUSIVE", 5),
        ("INCOMPLETE", 6),
        ("CONFLICT", 7),
        ("INTERNAL", 70),
        ("INTERRUPTED", 130),
    ],
)
def test_a_code_never_changes_its_value(name: str, value: int) -> None:
    assert ExitCode[name] == value


def test_there_are_no_other_codes() -> None:
    assert len(ExitCode) == 10


@pytest.mark.parametrize("position", range(9))
def test_what_stopped_the_work_outranks_what_it_found(position: int) -> None:
    order = [130, 70, 2, 3, 4, 7, 5, 1, 6, 0]
    assert worst([ExitCode(order[position + 1]), ExitCode(order[position])]) == order[position]


def test_nothing_is_ok() -> None:
    assert worst([]) is ExitCode.OK
