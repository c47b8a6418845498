"""What a catalogue is, once read and found valid. Texts are `{"fr": …, "en": …}`, French always there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mes_conformity.foundation.conditions import Condition
from mes_conformity.foundation.digests import digest
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import Text, both

Grade = Literal["official", "published", "derived"]
Obligation = Literal["mandatory", "recommended", "optional"]
Lifecycle = Literal["upcoming", "active", "obsolete"]
FactType = Literal["boolean", "choice", "multichoice", "text", "date"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a fact accepts."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True)
class Fact:
    """A question of the orientation questionnaire; `asked_when` is None for one that is always asked."""

    id: str
    type: FactType
    prompt: Text
    help: Text | None
    choices: tuple[Choice, ...]
    asked_when: Condition | None


@dataclass(frozen=True, slots=True)
class Threshold:
    """The share (0 to 1) of the `over` requirements of a section that must be met."""

    minimum: float
    over: Literal["mandatory", "all"]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading; `parent` is the id of the section it stands in."""

    id: str
    title: Text
    parent: str | None
    description: Text | None
    threshold: Threshold | None


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that the catalogue stands on. Dates are ISO 8601 days."""

    id: str
    title: str
    href: str | None
    published_on: str | None
    accessed_on: str | None
    kind: str | None
    read_as: str | None
    note: Text | None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as a source gives it: exact, about, or more than."""

    value: int
    precision: Literal["exact", "about", "more_than"]


@dataclass(frozen=True, slots=True)
class PublishedCount:
    """How many requirements a public source says the official referential holds under a heading."""

    heading: Text
    section: str | None
    version: Text
    total: Quantity | None
    mandatory: Quantity | None
    optional: Quantity | None
    source: str
    note: Text | None


@dataclass(frozen=True, slots=True)
class EvidenceNeed:
    """A piece to bring; `required_for` holds the answer statuses that cannot stand without it."""

    id: str
    kind: str
    title: Text
    required_for: tuple[str, ...]
    max_age_days: int | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A place (article, section) in a source."""

    source: str
    locator: str | None


@dataclass(frozen=True, slots=True)
class Correspondence:
    """How the requirement relates to one of another framework."""

    framework: str
    ref: str
    relationship: Literal["equal", "subset", "superset", "intersects"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the wording stands on; `sources` are ids of sources."""

    grade: Grade
    sources: tuple[str, ...]
    note: Text | None


@dataclass(frozen=True, slots=True)
class Remediation:
    """What to do when the requirement is not met."""

    text: Text
    effort: Literal["low", "medium", "high"] | None
    href: str | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement. `label` is what is printed; `id` is stable and never reused.

    `na_allowed` and `na_justification` say whether « non applicable » may be answered, and whether its reason is
    compulsory (`required`, the default) or not (`optional`).
    """

    id: str
    label: str
    section: str
    title: Text
    statement: Text
    guidance: Text | None
    rationale: Text | None
    obligation: Obligation
    lifecycle: Lifecycle
    applicability: Condition | None
    na_allowed: bool
    na_justification: Literal["required", "optional"]
    target_level: int | None
    weight: int
    severity: Literal["critical", "major", "minor"] | None
    evidence: tuple[EvidenceNeed, ...]
    methods: tuple[str, ...]
    automation: Literal["automated", "partial", "manual"]
    remediation: Remediation | None
    references: tuple[Reference, ...]
    mappings: tuple[Correspondence, ...]
    tags: tuple[str, ...]
    provenance: Provenance

    @property
    def normative_sha256(self) -> str:
        """Digest of what an answer speaks of: the French title and statement, and the level to reach.

        French only: it is the source language, so that a better translation makes no answer out of date.
        """
        wording: dict[str, Any] = {"title": self.title["fr"], "statement": self.statement["fr"]}
        if self.target_level is not None:
            wording["target_level"] = self.target_level
        return digest(wording)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A catalogue in one version, pinned by `sha256`, the digest of its canonical content.

    `documents` holds the files it was read from (name → bytes), for the snapshot that a dossier embeds.
    """

    id: str
    version: str
    sha256: str
    title: Text
    status: Literal["draft", "active", "superseded", "withdrawn"]
    publisher: str
    notice: Text | None
    published_counts: tuple[PublishedCount, ...]
    sources: tuple[Source, ...]
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    requirements: tuple[Requirement, ...]
    documents: Mapping[str, bytes] = field(repr=False)
    _requirements: Mapping[str, Requirement] = field(init=False, repr=False, compare=False)
    _facts: Mapping[str, Fact] = field(init=False, repr=False, compare=False)
    _sources: Mapping[str, Source] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_requirements", {item.id: item for item in self.requirements})
        object.__setattr__(self, "_facts", {item.id: item for item in self.facts})
        object.__setattr__(self, "_sources", {item.id: item for item in self.sources})

    def __contains__(self, requirement_id: object) -> bool:
        return requirement_id in self._requirements

    def requirement(self, identifier: str) -> Requirement:
        """The requirement with this id. Raises InvalidInput `CAT010` when the catalogue has none."""
        found = self._requirements.get(identifier)
        if found is None:
            raise self._unknown(both("exigence inconnue : « {name} »", name=identifier), identifier, self._requirements)
        return found

    def fact(self, identifier: str) -> Fact:
        """The fact with this id. Raises InvalidInput `CAT010` when the catalogue has none."""
        found = self._facts.get(identifier)
        if found is None:
            raise self._unknown(both("question inconnue : « {name} »", name=identifier), identifier, self._facts)
        return found

    def source(self, identifier: str) -> Source | None:
        """The source with this id, if any."""
        return self._sources.get(identifier)

    def subsections(self, section_id: str) -> frozenset[str]:
        """The ids of a section and of every section under it."""
        inside = {section_id}
        while grown := {item.id for item in self.sections if item.parent in inside} - inside:
            inside |= grown
        return frozenset(inside)

    def _unknown(self, message: Text, name: str, known: Mapping[str, object]) -> InvalidInput:
        import difflib

        close = difflib.get_close_matches(name, known, 1)
        hint = (
            both("vouliez-vous « {close} » ?", close=close[0])
            if close
            else both("lancez `mes-conformity catalogue show` pour voir la liste")
        )
        return InvalidInput("CAT010", message, hint=hint)
