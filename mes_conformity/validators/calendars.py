"""Appointments as an iCalendar file: what RFC 5545 asks of it, and what makes it one appointment of an agenda.

The base structure comes from the library `icalendar`. What would make it work without end (depth, components that
never close) is refused before it reads anything. Nothing here raises for the content of a file that was read.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.calendar_rules import RULES
from mes_conformity.validators.finding import Finding, Notes
from mes_conformity.validators.reading import shown
from mes_conformity.validators.texts import decoded

if TYPE_CHECKING:
    from icalendar import Component

__all__ = ["LARGEST", "RULES", "Calendars", "judge_calendars", "read"]

LARGEST: Final = 300_000
_MAX_DEPTH: Final = 8
_LINE_OCTETS: Final = 75
_EDGE: Final = re.compile(r"^(BEGIN|END):(.*)$", re.IGNORECASE)
_STATUSES: Final = ("TENTATIVE", "CONFIRMED", "CANCELLED")
_ONCE: Final = ("DTSTART", "DTEND", "DURATION", "STATUS", "SUMMARY", "LOCATION", "DESCRIPTION", "SEQUENCE", "CREATED",
                "LAST-MODIFIED", "PRIORITY", "ORGANIZER", "RECURRENCE-ID", "UID", "DTSTAMP")  # fmt: skip


class Calendars(list["Component"]):
    """The calendars of a file; `long_line` is the first line that is too long or badly ended, None for none."""

    long_line: int | None = None


def read(raw: bytes, name: str) -> Calendars:
    """The calendars in `raw`. Raises InvalidInput `ICS001` where it is no iCalendar, `TXT…` where it is no text."""
    text = decoded(raw, name)
    _refuse_bad_nesting(text, name)
    from icalendar import Calendar

    try:
        found = Calendar.from_ical(text, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(name, None, str(error)) from None
    calendars = Calendars(found)
    calendars.long_line = _badly_written(raw)
    return calendars


def _refuse_bad_nesting(text: str, name: str) -> None:
    opened: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        edge = _EDGE.match(line)
        if edge is None:
            continue
        if edge[1].upper() == "BEGIN":
            opened.append(edge[2].strip().upper())
            if len(opened) > _MAX_DEPTH:
                raise _unreadable(name, number, f"> {_MAX_DEPTH} BEGIN")
        elif not opened or opened.pop() != edge[2].strip().upper():
            raise _unreadable(name, number, line)
    if opened:
        raise _unreadable(name, None, f"BEGIN:{opened[-1]}, …")


def _unreadable(name: str, line: int | None, obtained: str) -> InvalidInput:
    message = both("ce n'est pas un fichier iCalendar bien formé")
    return InvalidInput("ICS001", message, location=Location(name, line), obtained=obtained[:80])


def _badly_written(raw: bytes) -> int | None:
    for number, line in enumerate(raw.removesuffix(b"\n").split(b"\n"), 1):
        if (not line.endswith(b"\r") and (line or number > 1)) or len(line.removesuffix(b"\r")) > _LINE_OCTETS:
            return number
    return None


def judge_calendars(calendars: Calendars) -> list[Finding]:
    """Every fault of an iCalendar file, in the order of its reading."""
    notes = Notes(RULES)
    if calendars.long_line is not None:
        message = both("cette ligne est trop longue, ou ne finit pas par CR LF")
        notes.add("icalendar/lines", ("line", calendars.long_line), message, severity="warning",
                  line=calendars.long_line)  # fmt: skip
    _judge_calendar(calendars, notes)
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if not events:
        message = both("le calendrier ne porte aucun rendez-vous")
        notes.add("icalendar/event", ("VCALENDAR",), message, expected="VEVENT")
    zones = {str(zone.get("TZID", "")) for calendar in calendars for zone in calendar.walk("VTIMEZONE")}
    for index, event in enumerate(events):
        _judge_event(event, zones, notes.within("VEVENT", index))
    _judge_uids(events, notes)
    return notes.findings


def _judge_calendar(calendars: Sequence["Component"], notes: Notes) -> None:
    if [item.name for item in calendars] != ["VCALENDAR"]:
        message, found = both("un seul VCALENDAR est attendu"), ", ".join(str(item.name) for item in calendars)
        notes.add("icalendar/calendar", ("VCALENDAR",), message, expected="1", obtained=shown(found))
    for calendar in calendars[:1]:
        if str(calendar.get("VERSION", "")) != "2.0":
            message, obtained = both("la version du format n'est pas la 2.0"), shown(_text(calendar, "VERSION"))
            notes.add("icalendar/calendar", ("VCALENDAR", "VERSION"), message, expected="2.0", obtained=obtained)
        if not _text(calendar, "PRODID"):
            notes.add("icalendar/calendar", ("VCALENDAR", "PRODID"), both("le produit (PRODID) n'est pas nommé"))


def _judge_event(event: "Component", zones: set[str], notes: Notes) -> None:
    broken = {str(name).upper() for name, _why in event.errors if name}
    for name, why in event.errors:
        message = both("cette valeur ne se lit pas selon son type")
        notes.add("icalendar/values", (str(name or "?"),), message, obtained=shown(str(why)))
    for name in _ONCE:
        times = len(list(_values(event, name)))
        if times > 1:
            message, obtained = both("cette propriété ne peut être écrite qu'une fois"), str(times)
            notes.add("icalendar/occurrences", (name,), message, expected="1", obtained=obtained)
    if not _text(event, "UID"):
        notes.add("icalendar/uid", ("UID",), both("le rendez-vous n'a pas d'UID"))
    _judge_stamp(event, broken, notes)
    if event.get("DTSTART") is None:
        notes.add("icalendar/start", ("DTSTART",), both("le rendez-vous n'a pas de début"))
    for name in ("DTSTART", "DTEND"):
        _judge_zone(event, name, zones, notes)
    _judge_end(event, notes)
    status = _text(event, "STATUS")
    if status is not None and status.upper() not in _STATUSES:
        message, expected = both("ce statut n'existe pas pour un rendez-vous"), " / ".join(_STATUSES)
        notes.add("icalendar/status", ("STATUS",), message, expected=expected, obtained=shown(status))


def _judge_stamp(event: "Component", broken: set[str], notes: Notes) -> None:
    stamp = _moment(event, "DTSTAMP")
    if stamp is None and "DTSTAMP" not in broken:
        notes.add("icalendar/stamp", ("DTSTAMP",), both("le rendez-vous n'a pas de DTSTAMP"))
    elif stamp is not None and not (isinstance(stamp, datetime) and _is_universal(event, "DTSTAMP", stamp)):
        message = both("DTSTAMP n'est pas en temps universel")
        notes.add("icalendar/stamp", ("DTSTAMP",), message, expected="AAAAMMJJThhmmssZ", obtained=shown(str(stamp)))


def _judge_zone(event: "Component", name: str, zones: set[str], notes: Notes) -> None:
    """An hour without a zone floats: read overseas, it is another hour (RFC 5545, §3.3.5, form 1)."""
    moment = _moment(event, name)
    if not isinstance(moment, datetime):
        return
    zone = _zone(event, name)
    if zone is None and moment.tzinfo is None:
        message = both("cette heure n'a pas de fuseau")
        notes.add("icalendar/zone", (name,), message, expected="…Z / TZID=…", obtained=shown(str(moment)))
    elif zone is not None and zone not in zones and not zone.startswith("/"):
        message = both("ce fuseau n'est décrit par aucun VTIMEZONE du fichier")
        notes.add("icalendar/timezone", (name,), message, expected=f"VTIMEZONE TZID:{zone}"[:80], obtained=shown(zone))


def _judge_end(event: "Component", notes: Notes) -> None:
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    if event.get("DTEND") is not None and event.get("DURATION") is not None:
        notes.add("icalendar/end", ("DURATION",), both("DTEND et DURATION sont donnés tous les deux"))
    if start is None or end is None:
        return
    fault = _fault_of_end(start, end)
    if fault is not None:
        notes.add("icalendar/end", ("DTEND",), fault, expected=f"> {start}"[:80], obtained=shown(str(end)))


def _fault_of_end(start: date, end: date) -> Text | None:
    if isinstance(start, datetime) != isinstance(end, datetime):
        return both("le début et la fin ne sont pas du même type")
    if isinstance(start, datetime) and isinstance(end, datetime) and (start.tzinfo is None) != (end.tzinfo is None):
        start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
    return None if end > start else both("la fin ne suit pas le début")


def _judge_uids(events: Sequence["Component"], notes: Notes) -> None:
    """Two events share a UID only where one is an occurrence of the other (§3.8.4.4)."""
    seen: set[tuple[str, str]] = set()
    for index, event in enumerate(events):
        key = (_text(event, "UID") or "", str(_moment(event, "RECURRENCE-ID")))
        if key[0] and key in seen:
            message = both("un autre rendez-vous du fichier porte le même UID")
            notes.add("icalendar/uid", ("VEVENT", index, "UID"), message, obtained=shown(key[0]))
        seen.add(key)


def _text(component: "Component", name: str) -> str | None:
    written = next(_values(component, name), None)
    return str(written).strip() or None if written is not None else None


def _values(component: "Component", name: str) -> Iterator[Any]:
    found = component.get(name)
    yield from found if isinstance(found, list) else [] if found is None else [found]


def _moment(event: "Component", name: str) -> date | None:
    """The date, or date and time, of a property; None where there is none that can be read."""
    with suppress(ValueError, AttributeError):  # the library raises on a value it could not read: `values` tells it
        found = getattr(next(_values(event, name), None), "dt", None)
        return found if isinstance(found, date) else None
    return None


def _zone(event: "Component", name: str) -> str | None:
    written = getattr(next(_values(event, name), None), "params", {}).get("TZID")
    return str(written) if written else None


def _is_universal(event: "Component", name: str, moment: datetime) -> bool:
    offset = moment.utcoffset()
    return offset is not None and not offset and _zone(event, name) in (None, "UTC")
