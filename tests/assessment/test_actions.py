"""The plan: added, changed, found by how its name begins, late."""

import pytest

from mes_conformity.assessment import actions
from mes_conformity.assessment.actions import Wanted
from mes_conformity.assessment.model import Assessment
from mes_conformity.foundation.errors import UsageError


@pytest.fixture
def planned(assessment: Assessment) -> Assessment:
    """Two actions."""
    one = actions.add(assessment, "hds", Wanted(" Changer ", "Ada", "2027-01-01"), "abcd-1")
    return actions.add(one, "mesures", Wanted("Corriger"), "abcd-2")


def test_an_action_is_to_do_until_told(planned: Assessment) -> None:
    first = planned.actions[0]
    assert (first.title, first.state, first.owner, first.due_on) == ("Changer", "to_do", "Ada", "2027-01-01")


def test_what_is_not_given_stays(planned: Assessment) -> None:
    changed = actions.change(planned, planned.actions[0], Wanted(state="in_progress"))
    assert changed.actions[0].title == "Changer"
    assert changed.actions[0].state == "in_progress"
    assert changed.actions[1] == planned.actions[1]


def test_a_blank_takes_away(planned: Assessment) -> None:
    first = actions.change(planned, planned.actions[0], Wanted(owner="", due_on=" ")).actions[0]
    assert (first.owner, first.due_on) == (None, None)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(), "ACT001"),
        (Wanted("  "), "ACT001"),
        (Wanted("x" * 2001), "ACT001"),
        (Wanted("x", state="bientôt"), "ACT002"),
        (Wanted("x", due_on="demain"), "ANS002"),
    ],
)
def test_what_cannot_be_is_refused(assessment: Assessment, wanted: Wanted, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        actions.add(assessment, "hds", wanted, "a")
    assert caught.value.code == code


def test_an_action_is_named_by_how_it_begins(planned: Assessment) -> None:
    assert actions.named(planned, "abcd-2") is planned.actions[1]
    assert actions.named(planned, "hds") is None
    assert actions.named(planned, "abc") is None
    with pytest.raises(UsageError) as caught:
        actions.named(planned, "abcd")
    assert caught.value.code == "ACT003"


def test_cancelled_actions_do_not_count(planned: Assessment) -> None:
    assert [item.title for item in actions.open_actions(planned)["hds"]] == ["Changer"]
    cancelled = actions.change(planned, planned.actions[0], Wanted(state="cancelled"))
    assert "hds" not in actions.open_actions(cancelled)


def test_late_is_past_due_and_not_closed(planned: Assessment) -> None:
    first = planned.actions[0]
    assert actions.is_late(first, "2027-01-02")
    assert not actions.is_late(first, "2027-01-01")
    assert not actions.is_late(planned.actions[1], "2027-01-02")
    done = actions.change(planned, first, Wanted(state="done")).actions[0]
    assert not actions.is_late(done, "2027-01-02")


def test_every_state_has_a_word() -> None:
    assert all(actions.state_name(state)["en"] for state in actions.STATES)
