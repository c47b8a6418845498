"""FHIR dates as seconds since 1970 (HL7 FHIR R4, §2.24.0.1 date and dateTime; §3.1.1.4.7 search on dates).

A date without a time has no zone: it is read in UTC, so that a search means the same everywhere.
"""

import re
from datetime import UTC, datetime, timedelta

_PATTERN = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)


def interval(text: str) -> tuple[float, float] | None:
    """First and last instant that `text` covers (`2022-09-04` is a whole day), or None where it is no date."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        start = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        first = start.timestamp() - _offset(zone) + float(f"0.{fraction or 0}")
        last = _end(start, month, day, hour, second).timestamp() - _offset(zone)
    except (ValueError, OverflowError):
        return None
    return first, first if fraction else last - 0.001


def _end(start: datetime, *given: str | None) -> datetime:
    month, day, hour, second = given
    if month is None:
        return start.replace(year=start.year + 1)
    if day is None:
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    if hour is None:
        return start + timedelta(days=1)
    return start + (timedelta(minutes=1) if second is None else timedelta(seconds=1))


def _offset(zone: str | None) -> float:
    if zone is None or zone == "Z":
        return 0.0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError(zone)
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
