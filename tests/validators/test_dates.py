from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators.dates import fault_of_moment


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22",
        "2024-02-29",
        "2026-11-22T08:30:00Z",
        "2026-11-22T08:30:00+01:00",
        "2026-11-22T08:30:00.123-05:00",
        "2016-12-31T23:59:60Z",
        "2026-11-22T08:30:00+14:00",
    ],
)
def test_a_fhir_moment_has_no_fault(written: str) -> None:
    assert fault_of_moment(written) is None


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("22/11/2026", "pas une date FHIR"),
        ("", "pas une date FHIR"),
        ("2026", "pas précise au jour"),
        ("2026-11", "pas précise au jour"),
        ("2026-02-29", "n'existe pas dans le calendrier"),
        ("2026-13-01", "n'existe pas dans le calendrier"),
        ("2026-11-22T", "incomplète"),
        ("2026-11-22T08:30Z", "incomplète"),
        ("2026-11-22T08:30:00", "décalage"),
        ("2026-11-22T24:00:00Z", "cette heure n'existe pas"),
        ("2026-11-22T08:30:00+15:00", "cette heure n'existe pas"),
        ("2026-11-22\n", "pas une date FHIR"),
    ],
)
def test_a_fault_is_told(written: str, fault: str) -> None:
    found = fault_of_moment(written)
    assert found is not None
    assert fault in found["fr"]


@given(st.datetimes(timezones=st.just(UTC)))
def test_each_moment_written_with_its_offset_is_accepted(moment: datetime) -> None:
    assert fault_of_moment(moment.isoformat()) is None


@given(st.text())
def test_any_text_is_judged(written: str) -> None:
    fault = fault_of_moment(written)
    assert fault is None or fault
