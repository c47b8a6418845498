"""The plan: what is to be done, by whom, until when. Pure: an assessment goes in, another comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from mes_conformity.assessment.answers import day
from mes_conformity.assessment.model import Action, Assessment
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import Text, both

State = Literal["to_do", "in_progress", "done", "cancelled"]
STATES: tuple[State, ...] = get_args(State)
TITLE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person gives for one action; None leaves what is there, a blank owner or date takes it away."""

    title: str | None = None
    owner: str | None = None
    due_on: str | None = None
    state: str | None = None


def add(assessment: Assessment, requirement: str, wanted: Wanted, new_id: str) -> Assessment:
    """The assessment with one more action for a requirement.

    Raises UsageError `ACT001` (no title), `ANS002` (no date), `ACT002` (unknown state).
    """
    blank = Action(new_id, requirement, "", "to_do")
    return replace(assessment, actions=(*assessment.actions, _with(blank, wanted)))


def change(assessment: Assessment, action: Action, wanted: Wanted) -> Assessment:
    """The assessment with this action changed. Raises like `add`."""
    changed = _with(action, wanted)
    return replace(assessment, actions=tuple(changed if item is action else item for item in assessment.actions))


def _with(action: Action, wanted: Wanted) -> Action:
    title = action.title if wanted.title is None else wanted.title.strip()
    if not 0 < len(title) <= TITLE_LIMIT:
        message = both("une action a un titre, de {limit} caractères au plus", limit=TITLE_LIMIT)
        raise UsageError("ACT001", message, hint=both('ajoutez --title "…"'))
    if wanted.state is not None and wanted.state not in STATES:
        raise UsageError("ACT002", both("état inconnu"), expected=" | ".join(STATES), obtained=wanted.state)
    return replace(
        action,
        title=title,
        state=wanted.state or action.state,
        owner=action.owner if wanted.owner is None else wanted.owner.strip() or None,
        due_on=None if wanted.due_on is not None and not wanted.due_on.strip() else day(wanted.due_on, action.due_on),
    )


def named(assessment: Assessment, name: str) -> Action | None:
    """The action with this identifier, or the only one whose identifier begins so. Raises UsageError `ACT003`."""
    exact = [item for item in assessment.actions if item.id == name]
    found = exact or [item for item in assessment.actions if len(name) >= 4 and item.id.startswith(name)]
    if len(found) > 1:
        names = ", ".join(item.id for item in found)
        raise UsageError("ACT003", both("plusieurs actions commencent ainsi"), expected=names, obtained=name)
    return found[0] if found else None


def open_actions(assessment: Assessment) -> Mapping[str, list[Action]]:
    """The actions that still count, per requirement."""
    found: dict[str, list[Action]] = {}
    for action in assessment.actions:
        if action.state != "cancelled":
            found.setdefault(action.requirement, []).append(action)
    return found


def is_late(action: Action, today: str) -> bool:
    """Whether an action that is not closed was due before `today` (an ISO day)."""
    return action.due_on is not None and action.due_on < today and action.state in ("to_do", "in_progress")


def state_name(state: str) -> Text:
    """What is printed for the state of an action."""
    names = {
        "to_do": both("à faire"),
        "in_progress": both("en cours"),
        "done": both("faite"),
        "cancelled": both("abandonnée"),
    }
    return names[state]
