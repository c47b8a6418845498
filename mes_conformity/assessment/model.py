"""What an assessment holds, built only from data that its schema (assessment-1) has accepted.

Every value is immutable: an edit makes a new assessment, and the store writes it before anything else happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mes_conformity.foundation.i18n import Text

Status = Literal["not_assessed", "conform", "partial", "non_conform", "not_applicable"]
STATUSES: tuple[Status, ...] = ("not_assessed", "conform", "partial", "non_conform", "not_applicable")
Origin = Literal["person", "test", "import", "migration", "copy"]
Outcome = Literal["passed", "failed", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who or what gave a value, and when. `confirmed` is False only for a proposal nobody accepted yet."""

    origin: Origin
    at: str
    by: str | None = None
    source: str | None = None
    confirmed: bool | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: a file of the workspace (`path`, with digest and size in bytes) or an address (`href`)."""

    id: str
    title: str
    added_at: str
    satisfies: str | None = None
    path: str | None = None
    href: str | None = None
    sha256: str | None = None
    size: int | None = None
    media_type: str | None = None
    valid_until: str | None = None
    product_version: str | None = None
    confidential: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one requirement, with the digest of the wording that was answered."""

    status: Status
    provenance: Provenance
    level: int | None = None
    justification: str | None = None
    comment: str | None = None
    owner: str | None = None
    due_on: str | None = None
    evidence: tuple[Evidence, ...] = ()
    requirement_sha256: str | None = None

    @property
    def confirmed(self) -> bool:
        """Whether a person stands behind it: tests propose, a person disposes."""
        return self.provenance.confirmed is not False

    @property
    def given(self) -> bool:
        """Whether it counts as answered."""
        return self.status != "not_assessed" and self.confirmed


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """The answer to one orientation question."""

    value: Any
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark on a requirement: by a test, by the publisher, by an expert."""

    id: str
    requirement: str
    kind: str
    statement: Text | str
    state: str
    origin: str
    recommendation: Text | str | None = None
    response: str | None = None
    by: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A dated and justified exception. It is shown, never counted as a pass."""

    id: str
    requirement: str
    justification: str
    expires_on: str
    granted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What is planned to reach conformity."""

    id: str
    requirement: str
    title: str
    state: str
    owner: str | None = None
    due_on: str | None = None


@dataclass(frozen=True, slots=True)
class TestRun:
    """A run linked to the assessment, and its outcome per requirement."""

    __test__ = False

    id: str
    path: str
    sha256: str
    at: str | None = None
    product_version: str | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetAside:
    """An answer kept but no longer asked."""

    reason: Literal["not_asked", "migrated", "withdrawn"]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Pin:
    """The catalogue an assessment answers: identifier, version, SHA-256 of the canonical content."""

    id: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole of `assessment.yaml`."""

    id: str
    state: str
    created_at: str
    updated_at: str
    tool: Mapping[str, Any]
    catalogue: Pin
    subject: Mapping[str, Any]
    facts: Mapping[str, FactAnswer] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    test_runs: tuple[TestRun, ...] = ()
    findings: tuple[Finding, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    actions: tuple[Action, ...] = ()
    set_aside: Mapping[str, SetAside] = field(default_factory=dict)
    set_aside_facts: Mapping[str, FactAnswer] = field(default_factory=dict)
    title: str | None = None
    copied_from: str | None = None

    def fact_values(self) -> dict[str, Any]:
        """The facts as conditions read them: name → value."""
        return {name: fact.value for name, fact in self.facts.items()}

    def last_outcomes(self) -> dict[str, Outcome]:
        """The last verdict of the tests per requirement. A run that could not judge leaves the one before it."""
        last: dict[str, Outcome] = {}
        for run in self.test_runs:
            last |= {name: outcome for name, outcome in run.outcomes.items() if outcome in ("passed", "failed")}
        return last
