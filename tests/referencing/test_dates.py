"""Years go from date to date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.referencing.dates import is_day, years_after


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-2-1", "20260201", "2026-W01-1", "", "２０２６-01-01", "0000-01-01"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    assert not is_day(text)


@given(st.dates())
def test_every_day_of_the_calendar_is_one(day: date) -> None:
    assert is_day(day.isoformat())


@pytest.mark.parametrize(
    ("day", "years", "end"),
    [
        ("2026-01-31", 1, "2027-01-31"),
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("9999-01-01", 1, "9999-01-01"),
    ],
)
def test_a_year_ends_on_the_same_day(day: str, years: int, end: str) -> None:
    assert years_after(date.fromisoformat(day), years).isoformat() == end
