"""Every error a person can meet, in one tree.

    ConformityError
    ├── UsageError      2   wrong arguments, a prompt that cannot be asked
    ├── InvalidInput    3   a catalogue, assessment, suite, workspace or dossier that is not valid
    ├── AuthError       4   credentials missing or refused
    ├── Inconclusive    5   a target that cannot be judged
    ├── Incomplete      6   completeness was required
    ├── Conflict        7   locked or changed underneath
    └── Interrupted   130   ^C, end of input in the middle of a question

An error has a stable code, a message in every language, a place, what was expected and obtained, and a remedy that the
reader can type. Anything else that is raised is a bug: `cli.main` writes a log and answers 70.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.foundation.i18n import Text, pick


@dataclass(frozen=True, slots=True)
class Location:
    """Where something stands: a file, a line and column counted from 1, a JSON pointer."""

    file: str
    line: int | None = None
    column: int | None = None
    pointer: str | None = None

    def to_json(self) -> dict[str, Any]:
        """`{file, line, column, pointer}`, unknown parts null."""
        return {"file": self.file, "line": self.line, "column": self.column, "pointer": self.pointer}


class ConformityError(Exception):
    """An error that is told to the user, with its code and its remedy.

    `message`, `hint`, `expected`, `obtained` and the pairs of `about` are texts in every language or plain strings.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.INVALID_INPUT

    def __init__(
        self,
        code: str,
        message: Text | str,
        *,
        location: Location | None = None,
        about: tuple[tuple[Text | str, Text | str], ...] = (),
        expected: Text | str | None = None,
        obtained: Text | str | None = None,
        hint: Text | str | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.location = location
        self.about = about
        self.expected = expected
        self.obtained = obtained
        self.hint = hint

    def __str__(self) -> str:
        return f"[{self.code}] {pick(self.message)}"

    def to_json(self) -> dict[str, Any]:
        """`{code, message, hint, location, expected, obtained}`; texts keep every language they have."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "location": self.location.to_json() if self.location else None,
            "expected": self.expected,
            "obtained": self.obtained,
        }


class UsageError(ConformityError):
    """Wrong arguments, or a question that cannot be asked here."""

    exit_code = ExitCode.USAGE


class InvalidInput(ConformityError):
    """A document that is not valid, or that was tampered with."""

    exit_code = ExitCode.INVALID_INPUT


class AuthError(ConformityError):
    """Credentials missing or refused."""

    exit_code = ExitCode.AUTH


class Inconclusive(ConformityError):
    """A target that cannot be reached or does not behave, so that nothing can be judged."""

    exit_code = ExitCode.INCONCLUSIVE


class Incomplete(ConformityError):
    """Completeness was required and is not there."""

    exit_code = ExitCode.INCOMPLETE


class Conflict(ConformityError):
    """Locked by another process, changed underneath, already there."""

    exit_code = ExitCode.CONFLICT


class Interrupted(ConformityError):
    """The user left in the middle: what is safe and how to resume stand in the message and the hint."""

    exit_code = ExitCode.INTERRUPTED
