"""What a named fault is, and the three shapes in which faults are declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mes_conformity.foundation.i18n import Text


@dataclass(frozen=True, slots=True)
class Fault:
    """A named deviation: `overrides` are fields of Behaviour with their wrong values."""

    name: str
    description: Text
    overrides: Mapping[str, Any]


def fault(name: str, description: Text, **overrides: Any) -> Fault:
    """A fault that sets these fields."""
    return Fault(name, description, overrides)


def accepts(name: str, description: Text, *errors: str) -> Fault:
    """A fault that lets through what these errors of the contracts refuse."""
    return Fault(name, description, {"ignored_errors": frozenset(errors)})


def ignores(name: str, description: Text, *parameters: str) -> Fault:
    """A fault that does not look at these search parameters (`Type.name`)."""
    return Fault(name, description, {"filters_ignored": frozenset(parameters)})
