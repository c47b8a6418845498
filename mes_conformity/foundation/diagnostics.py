"""What a check has to say of a document: code, level, place, message, remedy."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from mes_conformity.foundation.errors import Location
from mes_conformity.foundation.i18n import Text

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One remark of a rule. `about` names what it speaks of (a requirement, a case)."""

    code: str
    level: Level
    message: Text
    location: Location
    hint: Text | None = None
    expected: str | None = None
    obtained: str | None = None
    about: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The public shape: `{code, level, file, line, column, message, hint, expected, obtained, about}`."""
        return {
            "code": self.code,
            "level": self.level,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "pointer": self.location.pointer,
            "message": self.message,
            "hint": self.hint,
            "expected": self.expected,
            "obtained": self.obtained,
            "about": self.about,
        }


def summary(diagnostics: Iterable[Diagnostic]) -> dict[str, int]:
    """How many of each level: `{error, warning, info}`."""
    counts = Counter(diagnostic.level for diagnostic in diagnostics)
    return {"error": counts["error"], "warning": counts["warning"], "info": counts["info"]}
