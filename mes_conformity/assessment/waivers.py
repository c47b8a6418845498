"""Waivers: dated and justified exceptions. A waiver is shown, never counted as a pass; it always has an end."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from mes_conformity.assessment.answers import JUSTIFICATION_MINIMUM, day
from mes_conformity.assessment.model import Assessment, Waiver
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import Text, both

State = Literal["running", "expired", "unused"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person gives for a waiver; `until` is its last day, ISO."""

    justification: str
    until: str
    granted_by: str | None = None


def grant(assessment: Assessment, requirement: str, wanted: Wanted, *, new_id: str, today: str) -> Assessment:
    """The assessment with one more waiver.

    Raises UsageError `WAI001` (a reason shorter than ten characters), `WAI002` (an end in the past), `ANS002`.
    """
    reason = wanted.justification.strip()
    if len(reason) < JUSTIFICATION_MINIMUM:
        message = both("une dérogation demande une justification d'au moins {count} caractères", count=10)
        raise UsageError("WAI001", message, hint=both('ajoutez --justification "…"'))
    end = day(wanted.until, None)
    if end is None or end < today:
        message = both("une dérogation finit aujourd'hui ou plus tard")
        raise UsageError("WAI002", message, expected=f"≥ {today}", obtained=wanted.until or "—")
    by = (wanted.granted_by or "").strip() or None
    return replace(assessment, waivers=(*assessment.waivers, Waiver(new_id, requirement, reason, end, by)))


def remove(assessment: Assessment, name: str) -> tuple[Assessment, Waiver]:
    """The assessment without a waiver, named by its identifier or how it begins. Raises UsageError `WAI003`."""
    exact = [item for item in assessment.waivers if item.id == name]
    found = exact or [item for item in assessment.waivers if len(name) >= 4 and item.id.startswith(name)]
    if len(found) != 1:
        raise UsageError(
            "WAI003",
            both("aucune dérogation, ou plusieurs, ne porte cet identifiant"),
            expected=", ".join(item.id for item in found or assessment.waivers) or "—",
            obtained=name,
        )
    return replace(assessment, waivers=tuple(item for item in assessment.waivers if item is not found[0])), found[0]


def running(assessment: Assessment, today: date) -> frozenset[str]:
    """The requirements that a waiver still covers today."""
    return frozenset(item.requirement for item in assessment.waivers if date.fromisoformat(item.expires_on) >= today)


def unused(assessment: Assessment, waiver: Waiver, in_force: Collection[str]) -> bool:
    """Whether its requirement needs no exception: met, not applicable, or not asked (`in_force`: ids that are)."""
    answer = assessment.answers.get(waiver.requirement)
    settled = answer is not None and answer.given and answer.status in ("conform", "not_applicable")
    return settled or waiver.requirement not in in_force


def state(assessment: Assessment, waiver: Waiver, in_force: Collection[str], today: date) -> State:
    """Where a waiver stands; an end that is past says more than being of no use."""
    if date.fromisoformat(waiver.expires_on) < today:
        return "expired"
    return "unused" if unused(assessment, waiver, in_force) else "running"


def state_name(word: State) -> Text:
    """What is printed for the state of a waiver."""
    names = {"running": both("en cours"), "expired": both("expirée"), "unused": both("sans objet")}
    return names[word]
