"""What ends soon: evidence and certificates, waivers, actions and answers that are due. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from mes_conformity.assessment.evidence_rules import last_day
from mes_conformity.assessment.model import Assessment
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.i18n import Text, both

Kind = Literal["certificate", "evidence", "waiver", "action", "answer", "referencing"]
HORIZON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing that ends: its last day (ISO), and how many days are left (negative: past).

    `referencing` is of no requirement (""): whoever knows the path of the request adds it.
    """

    kind: Kind
    requirement: str
    title: str
    on: str
    days: int

    def to_json(self) -> dict[str, Any]:
        """`{kind, requirement, title, on, days, expired}`."""
        return {
            "kind": self.kind,
            "requirement": self.requirement,
            "title": self.title,
            "on": self.on,
            "days": self.days,
            "expired": self.days < 0,
        }


def endings(assessment: Assessment, catalogue: Catalogue, today: date) -> tuple[Ending, ...]:
    """What is past, or ends within 90 days of `today`, the soonest first."""
    found = (*_pieces(assessment, catalogue, today), *_rest(assessment, today))
    return soonest(found)


def soonest(items: Iterable[Ending]) -> tuple[Ending, ...]:
    """Those that are past or end within 90 days, the soonest first."""
    return tuple(sorted((item for item in items if item.days <= HORIZON.days), key=lambda item: (item.on, item.title)))


def _pieces(assessment: Assessment, catalogue: Catalogue, today: date) -> Iterator[Ending]:
    for name, answer in assessment.answers.items():
        if name not in catalogue:
            continue
        requirement = catalogue.requirement(name)
        kinds = {need.id: need.kind for need in requirement.evidence}
        for item in answer.evidence:
            end = last_day(requirement, item)
            if end is not None:
                kind: Kind = "certificate" if kinds.get(item.satisfies or "") == "certificate" else "evidence"
                yield _ending(kind, name, item.title, end, today)


def _rest(assessment: Assessment, today: date) -> Iterator[Ending]:
    for waiver in assessment.waivers:
        yield _ending("waiver", waiver.requirement, waiver.justification, date.fromisoformat(waiver.expires_on), today)
    for action in assessment.actions:
        if action.due_on and action.state in ("to_do", "in_progress"):
            yield _ending("action", action.requirement, action.title, date.fromisoformat(action.due_on), today)
    for name, answer in assessment.answers.items():
        if answer.due_on and answer.status not in ("conform", "not_applicable"):
            yield _ending(
                "answer", name, answer.comment or answer.owner or name, date.fromisoformat(answer.due_on), today
            )


def _ending(kind: Kind, requirement: str, title: str, end: date, today: date) -> Ending:
    return Ending(kind, requirement, title, end.isoformat(), (end - today).days)


def kind_name(kind: Kind) -> Text:
    """What is printed for what ends."""
    names = {
        "certificate": both("certificat"),
        "evidence": both("preuve"),
        "waiver": both("dérogation"),
        "action": both("action"),
        "answer": both("échéance d'une réponse"),
        "referencing": both("référencement"),
    }
    return names[kind]
