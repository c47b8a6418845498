"""Free time: slots and schedules are searched; an appointment takes its slot and gives it back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from exchange_partner import Exchanges, issues
from sandbox_partner import Identity, Partner

from mes_conformity.sandbox import contracts
from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.validators.agenda import judge_schedule


@pytest.fixture
def mine(partner: Partner, identity: Identity) -> Exchanges:
    return Exchanges(partner, identity)


def status_of(mine: Exchanges, slot: dict[str, Any]) -> str:
    return str(mine.call("GET", f"/fhir/Slot/{slot['id']}").json()["status"])


def test_the_fictional_agenda_follows_its_profiles(mine: Exchanges) -> None:
    resources = [*mine.found("Slot", _count="100"), *mine.found("Schedule")]
    assert len(resources) > 20
    for resource in resources:
        assert [finding.message for finding in judge_schedule(resource, contracts.agenda())] == []


def test_slots_are_those_of_the_days_to_come() -> None:
    moment = datetime(2030, 1, 1, 12, tzinfo=UTC)
    with Sandbox.start(tls=False, settings=Settings(clock=moment)) as sandbox:
        rows = sandbox.ask(lambda world: world.store.of_person("Slot", ""))
    assert all('"start": "2030-01-0' in row["body"] for row in rows)
    assert "2030-01-01T" not in "".join(row["body"].split('"start"')[1] for row in rows)


@pytest.mark.parametrize(
    ("asked", "some"),
    [
        ({"status": "free"}, True),
        ({"status": "busy"}, True),
        ({"status": "busy-unavailable"}, False),
        ({"start": "gt2000-01-01"}, True),
        ({"start": "lt2000-01-01"}, False),
        ({"schedule.actor:Practitioner.identifier": "praticien-fictif-1"}, True),
        ({"schedule.actor:Practitioner.identifier": "autre"}, False),
        ({"schedule.actor:PractitionerRole.specialty": "SM54"}, True),
        ({"schedule.actor:PractitionerRole.specialty": "SM26"}, False),
        ({"schedule": "Schedule/autre"}, False),
    ],
)
def test_each_parameter_filters(mine: Exchanges, asked: dict[str, str], some: bool) -> None:
    assert bool(mine.found("Slot", **asked)) is some


def test_a_page_brings_its_schedule_and_its_actor_on_demand(mine: Exchanges) -> None:
    asked = [("_include", "Slot:schedule"), ("_include", "Schedule:actor"), ("_count", "2")]
    entries = mine.find("Slot", *asked).json()["entry"]
    kinds = [(entry["resource"]["resourceType"], entry["search"]["mode"]) for entry in entries]
    assert kinds == [("Slot", "match")] * 2 + [("Schedule", "include"), ("Practitioner", "include")]
    for entry in entries:
        path = entry["fullUrl"].partition("/fhir")[2]
        assert mine.call("GET", f"/fhir{path}").json() == entry["resource"]
    assert len(mine.find("Slot", ("_count", "2")).json()["entry"]) == 2
    only = mine.find("Slot", ("_include", "Slot:schedule"), ("_count", "1")).json()["entry"]
    assert [entry["resource"]["resourceType"] for entry in only] == ["Slot", "Schedule"]


def test_schedules_bring_their_actors_on_demand(mine: Exchanges) -> None:
    assert len(mine.find("Schedule").json()["entry"]) == 1
    entries = mine.find("Schedule", ("_include", "Schedule:actor")).json()["entry"]
    assert [entry["resource"]["resourceType"] for entry in entries] == ["Schedule", "Practitioner"]
    assert mine.found("Schedule", active="false") == []


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("Slot", "_include", "Slot:autre"),
        ("Slot", "patient.identifier", "1.2|x"),
        ("Slot", "couleur", "bleu"),
        ("Schedule", "_include", "Slot:schedule"),
    ],
)
def test_another_parameter_is_refused(mine: Exchanges, kind: str, name: str, value: str) -> None:
    assert mine.find(kind, (name, value)).status_code == 400


@pytest.mark.parametrize("kind", ["Slot", "Schedule", "Practitioner"])
def test_what_is_not_there_is_not_found(mine: Exchanges, kind: str) -> None:
    assert mine.call("GET", f"/fhir/{kind}/inconnu").status_code == 404


def test_free_time_takes_the_consent_of_the_agenda(partner: Partner, mine: Exchanges) -> None:
    partner.consent(mine.identity, read="refused")
    assert [mine.find(kind).status_code for kind in ("Slot", "Schedule")] == [403, 403]


def test_an_appointment_takes_its_slot_and_gives_it_back(mine: Exchanges) -> None:
    slot = mine.slots()[0]
    assert mine.post(mine.booked(slot, identifier="1")).status_code == 201
    assert status_of(mine, slot) == "busy"
    assert mine.put(mine.booked(slot, identifier="1", status="cancelled")).status_code == 200
    assert status_of(mine, slot) == "free"
    assert mine.post(mine.booked(slot, identifier="2")).status_code == 201


def test_a_taken_slot_is_refused_to_the_next(partner: Partner, mine: Exchanges) -> None:
    slot = mine.slots()[0]
    mine.post(mine.booked(slot, identifier="1"))
    theirs = Exchanges(partner, partner.pair())
    answer = theirs.post(theirs.booked(slot, identifier="2"))
    assert (answer.status_code, issues(answer)[0][0]) == (409, "conflict")
    assert theirs.found("Appointment") == []


def test_an_appointment_moves_to_another_slot(mine: Exchanges) -> None:
    first, second = mine.slots()[:2]
    mine.post(mine.booked(first, identifier="1"))
    assert mine.put(mine.booked(second, identifier="1")).status_code == 200
    assert (status_of(mine, first), status_of(mine, second)) == ("free", "busy")
    assert mine.put(mine.booked(second, identifier="1")).status_code == 200  # its own


def test_a_move_to_a_taken_slot_changes_nothing(partner: Partner, mine: Exchanges) -> None:
    first, second = mine.slots()[:2]
    mine.post(mine.booked(first, identifier="1"))
    theirs = Exchanges(partner, partner.pair())
    theirs.post(theirs.booked(second, identifier="2"))
    assert mine.put(mine.booked(second, identifier="1")).status_code == 409
    assert (status_of(mine, first), status_of(mine, second)) == ("busy", "busy")


@pytest.mark.parametrize("status", ["proposed", "waitlist"])
def test_a_demand_takes_no_slot(mine: Exchanges, status: str) -> None:
    slot = mine.slots()[0]
    assert mine.post(mine.booked(slot, status=status)).status_code == 201
    assert status_of(mine, slot) == "free"


def test_a_slot_of_another_agenda_is_left_alone(mine: Exchanges) -> None:
    sent = {**mine.appointment(), "slot": [{"reference": "https://ailleurs.invalid/fhir/Slot/1"}]}
    assert mine.post(sent).status_code == 201


def test_a_reset_frees_every_slot(served: Sandbox, partner: Partner) -> None:
    mine = Exchanges(partner, partner.pair())
    mine.post(mine.booked(mine.slots()[0]))
    free = len(mine.slots(_count="100"))
    served.reset()
    mine = Exchanges(partner, partner.pair())
    assert len(mine.slots(_count="100")) == free + 1


def test_an_appointment_is_found_by_each_of_its_identifiers(mine: Exchanges) -> None:
    sent = mine.appointment(identifier="1")
    more = {"system": "urn:oid:1.2.3", "value": "autre"}
    sent["identifier"].append(more)
    kept = mine.post(sent).json()
    moved = mine.put(sent, condition="urn:oid:1.2.3|autre").json()
    assert moved["id"] == kept["id"]
    assert mine.post({**mine.appointment(), "identifier": [more]}).status_code == 409
    alone = {**sent, "identifier": sent["identifier"][:1]}
    mine.put(alone, condition="urn:oid:1.2.3|autre")
    assert mine.post({**mine.appointment(), "identifier": [more]}).status_code == 201


def test_a_search_reads_descriptions_and_practitioners(mine: Exchanges) -> None:
    actor = {"actor": {"identifier": {"system": "urn:oid:1.2.3", "value": "praticien"}}, "status": "accepted"}
    sent = mine.appointment()
    mine.post({**sent, "description": "Visite fictive", "participant": [*sent["participant"], actor]})
    assert len(mine.found("Appointment", description="visite")) == 1
    assert mine.found("Appointment", description="fictive") == []
    assert len(mine.found("Appointment", **{"practitioner.identifier": "urn:oid:1.2.3|praticien"})) == 1
    assert mine.found("Appointment", **{"supporting-info": "DocumentReference/1"}) == []


def test_the_days_to_come_begin_tomorrow(mine: Exchanges) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert min(slot["start"] for slot in mine.found("Slot")).startswith(str(tomorrow))
