"""What a test is: suites, cases, steps and checks, as data. Built by `loader` after the schema has been held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mes_conformity.foundation.conditions import Condition
from mes_conformity.foundation.i18n import Text

KINDS: Final = ("unit", "connection", "listen")
BLOCKING_BASES: Final = ("published", "republished")
"""Only what was read in a published text can refuse a service; other failures are advisory (formats.md, suites)."""

Pointer = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of a step. `argument` is the text of the suite, variables included; `pointer` its place there."""

    kind: str
    argument: Any
    pointer: Pointer = ()


@dataclass(frozen=True, slots=True)
class Capture:
    """A value named for later steps: `source` is `fhirpath`, `json` or `header`."""

    name: str
    source: str
    expression: str
    pointer: Pointer = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `action` with its `inputs`, or `request`; exactly one of both is set."""

    number: int
    action: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] | None = None
    bind: str | None = None
    captures: tuple[Capture, ...] = ()
    checks: tuple[Check, ...] = ()
    pointer: Pointer = ()

    @property
    def judges_transport(self) -> bool:
        """True when the step judges the transport itself (`expect: {failure: …}`): no answer is then a result."""
        return any(check.kind == "failure" for check in self.checks)


@dataclass(frozen=True, slots=True)
class Case:
    """One test case, with what it inherits from its suite already applied.

    `contracts` maps a variable (`contract`, `pairing`) to a contract name (`mes-measures@1.5.2`).
    `where` (FHIRPath, one boolean) keeps only some artefacts of `for_each`.
    `applicability` lists conditions that must all hold. `variables` are the root names that the case reads.
    """

    id: str
    suite: str
    kind: str
    title: Text
    subject: str
    basis: str
    obligation: str
    requirements: tuple[str, ...]
    source: str
    remedy: Text
    steps: tuple[Step, ...]
    after: tuple[str, ...] = ()
    broken_by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    for_each: str | None = None
    where: str | None = None
    applicability: tuple[Condition, ...] = ()
    contracts: Mapping[str, str] = field(default_factory=dict)
    variables: frozenset[str] = frozenset()
    pointer: Pointer = ()

    @property
    def advisory(self) -> bool:
        """True when a failure is shown but refuses nothing: a recommendation, or a basis not read as published."""
        return self.basis not in BLOCKING_BASES or self.obligation != "mandatory"


@dataclass(frozen=True, slots=True)
class Suite:
    """A file of cases. `name` is its path under the suites' root, `sha256` the digest of its bytes."""

    id: str
    kind: str
    title: Text
    contract: str | None
    contracts: Mapping[str, str]
    cases: tuple[Case, ...]
    name: str
    sha256: str
