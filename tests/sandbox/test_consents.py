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


def test_people_in_a_situation_are_described(partner: Partner) -> None:
    situations = [person["situation"] for person in partner.descriptor["people"]]
    assert situations == ["minor", "came_of_age", "no_space", "opposed", "all_refused"]


def test_each_citizen_has_an_ins_of_their_own_of_the_oid_of_tests_with_a_right_key(partner: Partner) -> None:
    citizens = [*partner.descriptor["users"], *partner.descriptor["people"]]
    numbers = [citizen["ins"]["value"] for citizen in citizens]
    assert {citizen["ins"]["system"] for citizen in citizens} == {"urn:oid:1.2.250.1.213.1.4.10"}
    assert len(set(numbers)) == len(citizens) == 8
    assert all(97 - int(number[:13]) % 97 == int(number[13:]) for number in numbers)
    born = [citizen["birth_date"].replace("-", "")[2:6] for citizen in citizens]
    assert [number[1:5] for number in numbers] == born


def test_only_the_ins_that_the_ans_publishes_could_be_given(partner: Partner) -> None:
    citizens = [*partner.descriptor["users"], *partner.descriptor["people"]]
    others = {citizen["ins"]["value"][10:13] for citizen in citizens if citizen["login"] != "dominique"}
    assert others == {"000"}  # no birth has this order number
    assert citizens[0]["ins"]["value"] == "279035121518989"
