import pytest
from file_samples import broken, sample
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators.artefact import judge

SOUND = sample("icalendar", "rendez-vous.ics")
START = "DTSTART;TZID=Europe/Paris:20261210T090000"
END = "DTEND;TZID=Europe/Paris:20261210T093000"


def changed(before: str, after: str) -> str:
    assert before in SOUND
    return SOUND.replace(before, after, 1)


def test_a_sound_file_has_no_fault() -> None:
    assert judge("icalendar", SOUND.encode()) == []


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        (START, "DTSTART:20261210T080000Z", []),
        (END, "DURATION:PT30M", []),
        (START, "DTSTART:20261210T090000", ["zone"]),
        (END, "DTEND;TZID=Europe/Paris:20261210T090000", ["end"]),
        (END, "DTEND;VALUE=DATE:20261211", ["end"]),
        (END, END + "\r\nDURATION:PT30M", ["end"]),
        (START, "DTSTART:demain", ["values"]),
        ("DTSTAMP:20261102T093000Z", "DTSTAMP:20261102T093000", ["stamp"]),
        ("DTSTAMP:20261102T093000Z", "DTSTAMP:hier", ["values"]),
        ("STATUS:CONFIRMED", "STATUS:confirmed", []),
        ("STATUS:CONFIRMED\r\n", "", []),
        ("TZID=Europe/Paris:20261210T09", "TZID=/exemple/Paris:20261210T09", []),
        ("UID:", "UID: \r\nX-REF:", ["uid"]),
        ("VERSION:2.0\r\n", "", ["calendar"]),
    ],
)
def test_a_change_breaks_its_rule_and_no_other(before: str, after: str, rules: list[str]) -> None:
    assert broken("icalendar", changed(before, after)) == rules


def test_two_events_with_one_uid_are_told_unless_one_is_an_occurrence() -> None:
    event = SOUND[SOUND.index("BEGIN:VEVENT") : SOUND.index("END:VCALENDAR")]
    assert broken("icalendar", changed("END:VCALENDAR", event + "END:VCALENDAR")) == ["uid"]
    occurrence = event.replace("UID:", "RECURRENCE-ID:20261210T080000Z\r\nUID:", 1)
    assert broken("icalendar", changed("END:VCALENDAR", occurrence + "END:VCALENDAR")) == []


def test_the_place_of_a_fault_is_its_property() -> None:
    (finding,) = judge("icalendar", changed(START, "DTSTART:20261210T090000").encode())
    assert (finding.pointer, finding.obtained) == ("/VEVENT/0/DTSTART", "2026-12-10 09:00:00")


@pytest.mark.parametrize("text", [SOUND.replace("\r\n", "\n"), changed("SUMMARY:", "SUMMARY:" + "a" * 80)])
def test_lines_that_are_badly_written_are_a_warning(text: str) -> None:
    assert broken("icalendar", text) == []
    assert broken("icalendar", text, "warning") == ["lines"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bonjour",
        "\0",
        changed("END:VEVENT\r\n", ""),
        changed("BEGIN:VEVENT\r\n", ""),
        changed("END:VCALENDAR", "END:VEVENT"),
        "BEGIN:VEVENT\r\n" * 5000 + "END:VEVENT\r\n" * 5000,
    ],
)
def test_what_is_not_a_calendar_is_unreadable(text: str) -> None:
    assert [finding.rule for finding in judge("icalendar", text.encode())] == ["artefact/readable"]


def test_two_calendars_in_one_file_are_told() -> None:
    assert broken("icalendar", SOUND + SOUND) == ["calendar", "uid"]


def test_an_endless_file_is_not_read() -> None:
    assert [finding.rule for finding in judge("icalendar", b"a" * 300_001)] == ["artefact/size"]


@given(st.lists(st.sampled_from(SOUND.splitlines()), max_size=40))
def test_any_order_of_its_lines_is_judged_without_raising(lines: list[str]) -> None:
    assert isinstance(judge("icalendar", "\r\n".join(lines).encode()), list)


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=SECONDLY;UNTIL=29990101T000000", "FREQ=YEARLY;BYMONTHDAY=32"])
def test_a_zone_that_changes_each_second_is_judged_at_once(rule: str) -> None:
    text = changed("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", f"RRULE:{rule}").replace("Europe/Paris", "Ici")
    assert isinstance(judge("icalendar", text.encode()), list)
