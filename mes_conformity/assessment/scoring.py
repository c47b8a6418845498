"""Progress and conformity: two numbers, never one.

Progress says how much is answered; conformity says how much is met. « Non applicable » is left out of both. Until all
is answered conformity is an interval: everything unknown not met … everything unknown met. Percentages are rounded
down, so that 100 means all of it; « partiellement conforme » is not met, nor is « conforme » below the level to reach:
both are counted as partial.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mes_conformity.assessment.answers import below_target
from mes_conformity.assessment.model import Answer, Assessment
from mes_conformity.catalogue.applicability import applicability
from mes_conformity.catalogue.model import Catalogue, Requirement, Threshold


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of requirements that apply; `to_answer` leaves out « non applicable »."""

    conform: int = 0
    partial: int = 0
    non_conform: int = 0
    not_applicable: int = 0
    unknown: int = 0

    @property
    def to_answer(self) -> int:
        """How many requirements the two rates are over."""
        return self.conform + self.partial + self.non_conform + self.unknown

    @property
    def complete(self) -> bool:
        """Whether nothing is left to answer."""
        return self.unknown == 0

    @property
    def progress(self) -> int:
        """Share answered, in percent, rounded down; 100 when there is nothing to answer."""
        return percent(self.to_answer - self.unknown, self.to_answer)

    @property
    def conformity(self) -> tuple[int, int] | None:
        """Share met, in percent, rounded down: (lowest, highest) possible, equal once complete.

        None where nothing applies.
        """
        if not self.to_answer:
            return None
        return percent(self.conform, self.to_answer), percent(self.conform + self.unknown, self.to_answer)

    def to_json(self) -> dict[str, Any]:
        """The public shape of a score."""
        interval = self.conformity
        return {
            "applicable": self.to_answer,
            "conform": self.conform,
            "partial": self.partial,
            "non_conform": self.non_conform,
            "not_applicable": self.not_applicable,
            "unknown": self.unknown,
            "progress": self.progress,
            "conformity": {"low": interval[0], "high": interval[1]} if interval else None,
            "complete": self.complete,
        }


@dataclass(frozen=True, slots=True)
class SectionScore:
    """A rubric, its subsections included: the mandatory first, then all. `threshold` is its share to meet, if any."""

    mandatory: Score
    everything: Score
    threshold: Threshold | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the share to meet is met; None without one, or while the answers missing decide."""
        if self.threshold is None:
            return None
        counted = self.mandatory if self.threshold.over == "mandatory" else self.everything
        wanted = self.threshold.minimum * counted.to_answer
        if counted.conform >= wanted:
            return True
        return None if counted.conform + counted.unknown >= wanted else False

    def to_json(self) -> dict[str, Any]:
        """The score of all its requirements, with `mandatory` and `threshold {minimum, over, reached}` beside."""
        limit = self.threshold
        told = {"minimum": limit.minimum, "over": limit.over, "reached": self.reached} if limit else None
        return {**self.everything.to_json(), "mandatory": self.mandatory.to_json(), "threshold": told}


@dataclass(frozen=True, slots=True)
class Scores:
    """The mandatory requirements first, then all of them, then each section that has any."""

    mandatory: Score
    everything: Score
    sections: Mapping[str, SectionScore]

    def to_json(self) -> dict[str, Any]:
        """`{mandatory, all, sections}`."""
        return {
            "mandatory": self.mandatory.to_json(),
            "all": self.everything.to_json(),
            "sections": {name: score.to_json() for name, score in self.sections.items()},
        }


def percent(part: int, whole: int) -> int:
    """Percent rounded down: 99 until all of it is there. 100 for nothing out of nothing."""
    return 100 * part // whole if whole else 100


def in_force(catalogue: Catalogue, facts: Mapping[str, Any]) -> tuple[Requirement, ...]:
    """The active requirements that apply, or that may apply while a fact is not known."""
    applies = applicability(catalogue, facts)
    return tuple(
        item for item in catalogue.requirements if item.lifecycle == "active" and applies[item.id].applies is not False
    )


def score(requirements: Iterable[Requirement], answers: Mapping[str, Answer]) -> Score:
    """Count these requirements. An answer that nobody confirmed is unknown."""
    counts = dict.fromkeys(("conform", "partial", "non_conform", "not_applicable", "unknown"), 0)
    for requirement in requirements:
        answer = answers.get(requirement.id)
        counts[_counted(requirement, answer) if answer and answer.given else "unknown"] += 1
    return Score(**counts)


def _counted(requirement: Requirement, answer: Answer) -> str:
    return "partial" if answer.status == "conform" and below_target(requirement, answer) else answer.status


def scores(assessment: Assessment, catalogue: Catalogue) -> Scores:
    """The scores of an assessment, by the requirements in force for its facts."""
    required = in_force(catalogue, assessment.fact_values())
    sections: dict[str, SectionScore] = {}
    for section in catalogue.sections:
        inside = catalogue.subsections(section.id)
        items = [item for item in required if item.section in inside]
        if items:
            mandatory, everything = _two(items, assessment.answers)
            sections[section.id] = SectionScore(mandatory, everything, section.threshold)
    return Scores(*_two(required, assessment.answers), sections)


def _two(requirements: Sequence[Requirement], answers: Mapping[str, Answer]) -> tuple[Score, Score]:
    """The score of the mandatory ones, and of all."""
    return score((item for item in requirements if item.obligation == "mandatory"), answers), score(
        requirements, answers
    )
