"""Waivers: a reason, an end, never a pass."""

from collections.abc import Callable
from datetime import date

import pytest

from mes_conformity.assessment import waivers
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.waivers import Wanted
from mes_conformity.foundation.errors import UsageError

TODAY = "2026-11-22"
IN_FORCE = frozenset({"hds", "mesures"})
REASON = "certificat en cours de renouvellement"


@pytest.fixture
def granted(assessment: Assessment) -> Assessment:
    """A waiver of one requirement."""
    return waivers.grant(assessment, "hds", Wanted(REASON, "2026-12-31", " ANS "), new_id="w-00001", today=TODAY)


def test_a_waiver_runs_until_its_last_day(granted: Assessment) -> None:
    waiver = granted.waivers[0]
    assert waiver.granted_by == "ANS"
    assert waivers.running(granted, date(2026, 12, 31)) == {"hds"}
    assert waivers.running(granted, date(2027, 1, 1)) == frozenset()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted("trop peu", "2026-12-31"), "WAI001"),
        (Wanted(REASON, "2026-11-21"), "WAI002"),
        (Wanted(REASON, ""), "WAI002"),
        (Wanted(REASON, "demain"), "ANS002"),
    ],
)
def test_what_cannot_be_is_refused(assessment: Assessment, wanted: Wanted, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        waivers.grant(assessment, "hds", wanted, new_id="w", today=TODAY)
    assert caught.value.code == code


def test_a_waiver_is_removed_by_how_it_begins(granted: Assessment) -> None:
    left, gone = waivers.remove(granted, "w-00")
    assert (left.waivers, gone.requirement) == ((), "hds")
    with pytest.raises(UsageError) as caught:
        waivers.remove(granted, "w-0")
    assert caught.value.code == "WAI003"


def test_its_state_says_whether_it_is_needed(granted: Assessment, answering: Callable[..., Assessment]) -> None:
    waiver = granted.waivers[0]
    assert waivers.state(granted, waiver, IN_FORCE, date(2026, 11, 22)) == "running"
    assert waivers.state(granted, waiver, IN_FORCE, date(2027, 1, 1)) == "expired"
    assert waivers.state(granted, waiver, frozenset(), date(2026, 11, 22)) == "unused"
    met = answering(granted, hds="conform")
    assert waivers.state(met, waiver, IN_FORCE, date(2026, 11, 22)) == "unused"


@pytest.mark.parametrize("word", ["running", "expired", "unused"])
def test_every_state_has_a_word(word: waivers.State) -> None:
    assert waivers.state_name(word)["en"]
