"""The error tree: every kind has its exit code, and says both languages."""

import pytest

from mes_conformity.foundation import errors
from mes_conformity.foundation.diagnostics import Diagnostic, summary
from mes_conformity.foundation.errors import ConformityError, Location
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.foundation.i18n import both


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.UsageError, ExitCode.USAGE),
        (errors.InvalidInput, ExitCode.INVALID_INPUT),
        (errors.AuthError, ExitCode.AUTH),
        (errors.Inconclusive, ExitCode.INCONCLUSIVE),
        (errors.Incomplete, ExitCode.INCOMPLETE),
        (errors.Conflict, ExitCode.CONFLICT),
        (errors.Interrupted, ExitCode.INTERRUPTED),
    ],
)
def test_each_kind_has_its_exit_code(kind: type[ConformityError], code: ExitCode) -> None:
    assert kind("X001", "message").exit_code is code


def test_an_error_is_told_with_its_code() -> None:
    assert str(ConformityError("X001", both("le disque est plein"))) == "[X001] le disque est plein"


def test_json_keeps_every_language_and_the_place() -> None:
    error = ConformityError("X001", both("le disque est plein"), location=Location("a.yaml", 3, 4, "/a"))
    document = error.to_json()
    assert document["message"]["en"] == "the disk is full"
    assert document["location"] == {"file": "a.yaml", "line": 3, "column": 4, "pointer": "/a"}
    assert ConformityError("X", "m").to_json()["location"] is None


def test_diagnostics_are_counted_by_level() -> None:
    here = Location("a.yaml", 1)
    found = [Diagnostic("A", "error", both("le disque est plein"), here), Diagnostic("B", "info", {"fr": "x"}, here)]
    assert summary(found) == {"error": 1, "warning": 0, "info": 1}
    assert found[0].to_json()["line"] == 1
