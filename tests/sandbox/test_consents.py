"""Age, and what is shown of consents, where the other tests do not go."""

from datetime import UTC, datetime

import pytest
from sandbox_partner import Partner

from mes_conformity.sandbox.consents import is_minor


def _at(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("born", "now", "minor"),
    [
        ("2008-11-22", _at(2026, 11, 21), True),
        ("2008-11-22", _at(2026, 11, 22), False),
        ("2008-02-29", _at(2026, 2, 28), True),
        ("2008-02-29", _at(2026, 3, 1), False),
        ("", _at(2026, 3, 1), False),
    ],
)
def test_majority_begins_on_the_birthday(born: str, now: float, minor: bool) -> None:
    assert is_minor(born, now) is minor


def test_a_code_before_any_sign_in_is_asked_for_the_login(partner: Partner) -> None:
    page = partner.step(partner.demand(), otp="123456")
    assert page.status_code == 400
    assert '<a href="#login">' in page.text


def test_people_in_a_situation_are_described_and_only_one_citizen_has_an_ins(partner: Partner) -> None:
    situations = [person["situation"] for person in partner.descriptor["people"]]
    assert situations == ["minor", "came_of_age", "no_space", "opposed", "all_refused"]
    assert "ins" not in str(partner.descriptor["people"])
