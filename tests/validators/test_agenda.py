"""An appointment is judged by its table and by the invariants app-1 to app-4."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators.agenda import RULES, judge_appointment, judge_schedule
from mes_conformity.validators.artefact import judge
from mes_conformity.validators.contract import load

CONTRACT = load("mes-agenda@0.1.0")
EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples" / "gap"
published = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")


def booked() -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "identifier": [{"system": "urn:oid:1.2.3", "value": "1"}],
        "status": "booked",
        "start": "2026-12-01T09:00:00+01:00",
        "end": "2026-12-01T09:30:00+01:00",
        "participant": [{"actor": {"type": "Patient", "display": "Titulaire"}, "status": "accepted"}],
    }


def errors(data: Any) -> list[tuple[str, str]]:
    found = judge_appointment(data, CONTRACT)
    return [(finding.rule.partition("/")[2], finding.pointer) for finding in found if finding.severity == "error"]


def test_a_sound_appointment_has_no_finding() -> None:
    assert judge_appointment(booked(), CONTRACT) == []


@pytest.mark.parametrize(
    ("change", "rule", "pointer"),
    [
        (lambda data: data.pop("status"), "elements", "/status"),
        (lambda data: data.update(status="confirme"), "fixed", "/status"),
        (lambda data: data.pop("participant"), "elements", "/participant"),
        (lambda data: data["participant"][0].pop("status"), "elements", "/participant/0/status"),
        (lambda data: data["participant"][0].update(status="peut-etre"), "fixed", "/participant/0/status"),
        (lambda data: data["participant"].append({"status": "accepted"}), "app-1", "/participant/1/actor"),
        (lambda data: data.pop("end"), "app-2", "/end"),
        (lambda data: data.pop("start"), "app-2", "/start"),
        (lambda data: (data.pop("start"), data.pop("end")), "app-3", "/start"),
        (lambda data: data.update(cancelationReason={"text": "pluie"}), "app-4", "/cancelationReason"),
        (lambda data: data.update(start="2026-12-01T09:00:00"), "times", "/start"),
        (lambda data: data.update(start="2026-12-01"), "times", "/start"),
        (lambda data: data.update(end="2026-12-01T08:00:00+01:00"), "times", "/end"),
        (lambda data: data.update(participant={"status": "accepted"}), "structure", "/participant"),
    ],
)
def test_one_fault_is_told_at_its_place(change: Callable[[dict[str, Any]], Any], rule: str, pointer: str) -> None:
    data = booked()
    change(data)
    assert (rule, pointer) in errors(data)


@pytest.mark.parametrize("status", ["proposed", "cancelled", "waitlist"])
def test_some_statuses_need_no_times(status: str) -> None:
    data = {**booked(), "status": status}
    del data["start"], data["end"]
    assert errors(data) == []


@pytest.mark.parametrize("status", ["cancelled", "noshow"])
def test_a_cancelled_appointment_may_have_a_reason(status: str) -> None:
    assert errors({**booked(), "status": status, "cancelationReason": {"text": "pluie"}}) == []


def test_a_leap_second_is_a_time() -> None:
    assert errors({**booked(), "end": "2026-12-31T23:59:60Z"}) == []


def test_without_identifier_or_holder_it_warns() -> None:
    data = booked()
    del data["identifier"], data["participant"][0]["actor"]["type"]
    found = judge_appointment(data, CONTRACT)
    assert {(finding.rule, finding.severity) for finding in found} == {
        ("agenda/identifier", "warning"),
        ("agenda/patient", "warning"),
    }


@pytest.mark.parametrize("data", [None, [], {"resourceType": "Patient"}])
def test_another_resource_is_told(data: Any) -> None:
    assert [finding.rule for finding in judge_appointment(data, CONTRACT)] == ["agenda/resource"]
    assert [finding.rule for finding in judge_schedule(data, CONTRACT)] == ["agenda/resource"]


def test_a_slot_is_judged_by_its_table() -> None:
    found = judge_schedule({"resourceType": "Slot", "status": "libre"}, CONTRACT)
    assert [finding.pointer for finding in found] == ["/schedule", "/status", "/start", "/end"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["actor", "status", "type"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*booked(), "cancelationReason", "actor"]), ANYTHING))
def test_nothing_raises_for_the_content(parts: dict[str, Any]) -> None:
    for kind in ("Appointment", "Schedule", "Slot"):
        data = {**parts, "resourceType": kind}
        for finding in (*judge_appointment(data, CONTRACT), *judge_schedule(data, CONTRACT)):
            assert finding.rule in RULES


@published
def test_the_examples_of_gap_are_sound() -> None:
    appointment = (EXAMPLES / "Appointment-example-req-appointment.json").read_bytes()
    schedule = (EXAMPLES / "Schedule-example.json").read_bytes()
    for kind, raw in (("appointment", appointment), ("schedule", schedule)):
        assert [finding for finding in judge(kind, raw, [CONTRACT]) if finding.severity == "error"] == []


@published
@pytest.mark.parametrize("path", ["status", "participant", "participant/0/status", "participant/1/actor"])
def test_each_mandatory_element_removed_from_the_example_is_named(path: str) -> None:
    data = json.loads((EXAMPLES / "Appointment-example-req-appointment.json").read_text(encoding="utf-8"))
    *steps, last = path.split("/")
    holder = data
    for step in steps:
        holder = holder[int(step)] if step.isdigit() else holder[step]
    del holder[last]
    assert f"/{path}" in [pointer for _rule, pointer in errors(data)]


@published
def test_a_schedule_without_actor_is_refused() -> None:
    data = json.loads((EXAMPLES / "Schedule-example.json").read_text(encoding="utf-8"))
    del data["actor"]
    assert [finding.pointer for finding in judge_schedule(data, CONTRACT)] == ["/actor"]
