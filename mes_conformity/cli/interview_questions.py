"""Which questions an interview asks, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from mes_conformity.assessment import facts
from mes_conformity.assessment.answers import outdated_pieces, reworded
from mes_conformity.assessment.model import Answer
from mes_conformity.assessment.scoring import in_force
from mes_conformity.assessment.store import Session
from mes_conformity.catalogue.model import Requirement

Only = Literal["unanswered", "stale", "failed", "new"]


@dataclass(frozen=True, slots=True)
class Question:
    """A fact or a requirement to ask."""

    kind: Literal["fact", "requirement"]
    id: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which questions are asked: all, or those of a section, of a pattern over ids, in a state.

    `after` is the requirement answered last: the ones that follow come first, then those left behind.
    """

    section: str | None = None
    pattern: str | None = None
    only: Only | None = None
    after: str | None = None

    @property
    def asks_facts(self) -> bool:
        """Whether the orientation questions belong to it: a section or a state is about requirements."""
        return self.section is None and self.only in (None, "unanswered")


def pending(session: Session, selection: Selection) -> list[Question]:
    """The questions of the selection as the assessment stands: orientation first, then requirements in order."""
    assessment, catalogue = session.assessment, session.catalogue
    values = assessment.fact_values()
    found = []
    if selection.asks_facts:
        found = [
            Question("fact", fact.id)
            for fact in facts.questions(catalogue, values)
            if _matches(fact.id, selection) and (selection.only is None or fact.id not in values)
        ]
    sections = catalogue.subsections(selection.section) if selection.section else None
    outcomes, version = assessment.last_outcomes(), session.workspace.service.version
    for requirement in in_force(catalogue, values):
        answer = assessment.answers.get(requirement.id)
        if sections is not None and requirement.section not in sections:
            continue
        if _matches(requirement.id, selection) and _in_state(requirement, answer, outcomes, selection.only, version):
            found.append(Question("requirement", requirement.id))
    return found


def from_place(session: Session, selection: Selection, found: list[Question]) -> list[Question]:
    """The questions from the place where the last sitting stopped; orientation questions always come first."""
    if selection.after is None or selection.after not in session.catalogue:
        return found
    rank = {item.id: place for place, item in enumerate(session.catalogue.requirements)}
    last = rank[selection.after]
    return sorted(found, key=lambda item: item.kind == "requirement" and rank[item.id] <= last)


def _matches(identifier: str, selection: Selection) -> bool:
    return selection.pattern is None or fnmatchcase(identifier, selection.pattern)


def _in_state(
    requirement: Requirement, answer: Answer | None, outcomes: Mapping[str, str], only: Only | None, version: str
) -> bool:
    match only:
        case None:
            return True
        case "unanswered":
            return answer is None or not answer.given
        case "stale":
            stale = answer is not None and (reworded(requirement, answer) or outdated_pieces(answer, version))
            return bool(stale)
        case "failed":
            return outcomes.get(requirement.id) == "failed"
        case "new":
            return answer is None
