"""The exit codes: a public contract, in one table."""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process answers. `help exit-codes` is generated from this enumeration."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INVALID_INPUT = 3
    AUTH = 4
    INCONCLUSIVE = 5
    INCOMPLETE = 6
    CONFLICT = 7
    INTERNAL = 70
    INTERRUPTED = 130


# When several apply the first of this order wins: what stopped the work outranks what the work found.
_PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.INTERNAL,
    ExitCode.USAGE,
    ExitCode.INVALID_INPUT,
    ExitCode.AUTH,
    ExitCode.CONFLICT,
    ExitCode.INCONCLUSIVE,
    ExitCode.FINDINGS,
    ExitCode.INCOMPLETE,
    ExitCode.OK,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code to answer when several apply; OK when there is none."""
    return min(codes, key=_PRECEDENCE.index, default=ExitCode.OK)
