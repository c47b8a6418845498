"""What a validator says: findings, the rules they come from, and a pad on which those of an artefact are noted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mes_conformity.foundation.i18n import Text
from mes_conformity.foundation.pointers import to_pointer

MOST_FINDINGS = 200
"""Beyond these only what no other finding says yet is noted: the first of each rule and severity, and what could not be
judged. No one reads on, and a hostile artefact could fill the memory; but no rule may seem to hold for that reason."""

Severity = Literal["error", "warning", "information"]
Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule of a validator: its title, what to do when it does not hold, where it was read and what that is worth."""

    title: Text
    remedy: Text
    source: str
    basis: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of an artefact.

    `pointer` is the place of the element at fault, there or missing: a JSON pointer, or an XPath in a document that is
    XML, with the `line` where the element starts. `expected` and `obtained` are short texts. `unjudged` names the rules
    that could not be judged for this reason: nobody may take them as held.
    `error` is the key under `errors` of the contract by which the API refuses this fault, None where it prints none.
    """

    rule: str
    severity: Severity
    pointer: str
    message: Text
    source: str
    expected: str | None = None
    obtained: str | None = None
    error: str | None = None
    line: int | None = None
    unjudged: tuple[str, ...] = ()


class Notes:
    """The findings of one artefact while it is read; `at` is where the judged resource stands in its document."""

    def __init__(self, rules: Mapping[str, RuleInfo], at: Steps = (), pad: "Notes | None" = None) -> None:
        self.findings: list[Finding] = [] if pad is None else pad.findings
        self._told: set[tuple[str, Severity]] = set() if pad is None else pad._told
        self._rules = rules
        self._at = at

    def within(self, *steps: str | int) -> "Notes":
        """The same pad, for a part of the artefact: pointers are relative to that part."""
        return Notes(self._rules, (*self._at, *steps), self)

    def has_room(self, rule: str, severity: Severity) -> bool:
        """Whether a finding of `rule` is still noted (see `MOST_FINDINGS`)."""
        return len(self.findings) < MOST_FINDINGS or (rule, severity) not in self._told

    def add(
        self,
        rule: str,
        steps: Steps,
        message: Text,
        *,
        severity: Severity = "error",
        expected: str | None = None,
        obtained: str | None = None,
        error: str | None = None,
        line: int | None = None,
        pointer: str | None = None,
        unjudged: tuple[str, ...] = (),
    ) -> None:
        """Note that `rule` does not hold at `steps`; `pointer` is the whole place where it is no JSON pointer."""
        if not self.has_room(rule, severity):
            return
        self._told.add((rule, severity))
        place = to_pointer((*self._at, *steps)) if pointer is None else pointer
        source = self._rules[rule].source
        self.findings.append(Finding(rule, severity, place, message, source, expected, obtained, error, line, unjudged))
