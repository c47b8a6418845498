"""What a FHIR date covers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.sandbox.fhir_dates import interval


def _at(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", _at(2026, 1, 1), _at(2027, 1, 1)),
        ("2026-12", _at(2026, 12, 1), _at(2027, 1, 1)),
        ("2024-02", _at(2024, 2, 1), _at(2024, 3, 1)),
        ("2026-09-04", _at(2026, 9, 4), _at(2026, 9, 5)),
        ("2026-09-04T10:30Z", _at(2026, 9, 4, 10, 30), _at(2026, 9, 4, 10, 31)),
        ("2026-09-04T10:30:15+02:00", _at(2026, 9, 4, 8, 30, 15), _at(2026, 9, 4, 8, 30, 16)),
        ("2026-09-04T10:30:15-01:30", _at(2026, 9, 4, 12, 0, 15), _at(2026, 9, 4, 12, 0, 16)),
        ("2026-09-04T10:30:15", _at(2026, 9, 4, 10, 30, 15), _at(2026, 9, 4, 10, 30, 16)),
    ],
)
def test_a_date_covers_its_whole_precision(text: str, first: float, last: float) -> None:
    found = interval(text)
    assert found is not None
    assert found[0] == first
    assert found[1] == pytest.approx(last - 0.001)


def test_a_fraction_is_one_instant() -> None:
    assert interval("2026-09-04T10:30:15.500Z") == (_at(2026, 9, 4, 10, 30, 15) + 0.5,) * 2


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-02-30", "2026-09-04T25:00Z", "2026-09-04T10:30+15:00", "9999", "٢٠٢٦"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert interval(text) is None


@given(st.text(max_size=40))
def test_no_text_makes_it_fail(text: str) -> None:
    found = interval(text)
    assert found is None or found[0] <= found[1]


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9998, 12, 30)))  # noqa: DTZ001 - any instant
def test_an_instant_is_inside_its_own_day(moment: datetime) -> None:
    day = interval(moment.strftime("%Y").zfill(4) + moment.strftime("-%m-%d"))
    assert day is not None
    assert day[0] <= moment.replace(tzinfo=UTC).timestamp() < day[1] + 0.002
