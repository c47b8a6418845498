"""Appointments: creation, conditional update, life cycle, search; and the other exchanges that are told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exchange_partner import FHIR, Exchanges, issues
from sandbox_partner import Identity, Partner

from mes_conformity.sandbox.embedded import Sandbox, Settings

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples"
published = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")


@pytest.fixture
def mine(partner: Partner, identity: Identity) -> Exchanges:
    return Exchanges(partner, identity)


def test_an_appointment_is_created_and_read_back(mine: Exchanges) -> None:
    answer = mine.post(mine.appointment())
    assert answer.status_code == 201
    read = mine.call("GET", f"/fhir/Appointment/{answer.json()['id']}")
    assert (read.status_code, read.headers["etag"]) == (200, 'W/"1"')
    assert mine.call("GET", "/fhir/Appointment/inconnu").status_code == 404


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda data: data.pop("status"), "required", "status"),
        (lambda data: data.pop("participant"), "required", "participant"),
        (lambda data: data["participant"][1].pop("actor"), "invariant", "participant[1].actor"),
        (lambda data: data.pop("end"), "invariant", "end"),
        (lambda data: data.update(status="noshow", start=None, end=None), "invariant", "start"),
        (lambda data: data.update(cancelationReason={"text": "pluie"}), "invariant", "cancelationReason"),
        (lambda data: data.update(start="2026-12-01T09:00:00"), "value", "start"),
    ],
)
def test_a_wrong_appointment_is_refused_naming_the_element(
    mine: Exchanges, change: Callable[[dict[str, Any]], Any], code: str, place: str
) -> None:
    sent = mine.appointment()
    change(sent)
    answer = mine.post(sent)
    assert answer.status_code == 422
    assert (code, f"Appointment.{place}") in issues(answer)


@pytest.mark.parametrize("status", ["arrived", "fulfilled", "cancelled"])
def test_an_appointment_is_not_born_finished(mine: Exchanges, status: str) -> None:
    assert issues(mine.post(mine.appointment(status=status)))[0][0] == "business-rule"


def test_the_same_identifier_is_refused_twice(mine: Exchanges) -> None:
    sent = mine.appointment()
    assert [mine.post(sent).status_code for _twice in range(2)] == [201, 409]


def test_a_conditional_update_changes_the_one_that_matches(mine: Exchanges) -> None:
    first = mine.post(mine.appointment(identifier="1")).json()
    answer = mine.put(mine.appointment(identifier="1", start="2026-12-02T09:00:00Z", end="2026-12-02T09:30:00Z"))
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    assert answer.json()["id"] == first["id"]
    assert len(mine.found("Appointment")) == 1


def test_a_conditional_update_that_matches_nothing_creates(mine: Exchanges) -> None:
    assert mine.put(mine.appointment(identifier="1")).status_code == 201


def test_an_update_names_its_appointment(mine: Exchanges) -> None:
    first = mine.post(mine.appointment(identifier="1")).json()
    body = json.dumps({**first, "status": "fulfilled"})
    for path, status in ((first["id"], 200), ("inconnu", 404)):
        answer = mine.call("PUT", f"/fhir/Appointment/{path}", content=body, headers=FHIR)
        assert answer.status_code == status
    for query in ({}, {"identifier": "sans-systeme"}, {"identifier": "a|b", "status": "booked"}):
        answer = mine.call("PUT", "/fhir/Appointment", params=query, content=body, headers=FHIR)
        assert answer.status_code == 400


def test_a_cancelled_appointment_stays_so(mine: Exchanges) -> None:
    mine.post(mine.appointment(identifier="1"))
    assert mine.put(mine.appointment(identifier="1", status="cancelled", reason="pat")).status_code == 200
    assert mine.put(mine.appointment(identifier="1")).status_code == 422
    assert mine.found("Appointment", status="cancelled")[0]["cancelationReason"]


def test_an_outdated_version_is_not_overwritten(mine: Exchanges) -> None:
    mine.post(mine.appointment(identifier="1"))
    assert mine.put(mine.appointment(identifier="1"), **{"If-Match": 'W/"7"'}).status_code == 412


@pytest.mark.parametrize(
    ("pairs", "number"),
    [
        ([], 2),
        ([("date", "ge2026-12-01"), ("date", "lt2027-01-01")], 1),
        ([("date", "eb2026-01-01")], 0),
        ([("status", "proposed")], 1),
        ([("identifier", "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.7|1")], 1),
        ([("created", "2026-03-15")], 2),
    ],
)
def test_filters(mine: Exchanges, pairs: list[tuple[str, str]], number: int) -> None:
    mine.post(mine.appointment(identifier="1"))
    mine.post(mine.appointment(status="proposed", start="2027-01-05T09:00:00Z", end="2027-01-05T10:00:00Z"))
    answer = mine.find("Appointment", *pairs)
    assert (answer.status_code, answer.json()["total"]) == (200, number)


def test_nobody_sees_the_appointments_of_another(partner: Partner, mine: Exchanges) -> None:
    kept = mine.post(mine.appointment()).json()
    other = Exchanges(partner, partner.pair())
    assert other.found("Appointment") == []
    assert other.call("GET", f"/fhir/Appointment/{kept['id']}").status_code == 404
    assert other.post(mine.appointment()).status_code == 403


def test_each_consent_rules_its_action(partner: Partner, mine: Exchanges) -> None:
    partner.consent(mine.identity, write="refused")
    assert mine.post(mine.appointment()).status_code == 403
    assert mine.find("Appointment").status_code == 200
    partner.consent(mine.identity, read="refused")
    assert mine.find("Appointment").status_code == 403


@published
def test_the_example_of_gap_is_accepted(mine: Exchanges) -> None:
    sent = json.loads((EXAMPLES / "gap" / "Appointment-example-req-appointment.json").read_text(encoding="utf-8"))
    assert mine.post(sent).status_code == 201


# what is told, and what is off


def test_metadata_say_what_each_resource_is_worth(partner: Partner) -> None:
    rest = partner.http.get("/fhir/metadata").json()["rest"][0]
    told = {resource["type"]: json.dumps(resource) for resource in rest["resource"]}
    assert set(told) >= {"DocumentReference", "Binary", "Appointment"}
    assert "Patient" not in told
    assert "was not read" in told["DocumentReference"]
    assert "ITI-105: assumption" in told["DocumentReference"]
    assert "was not read" in told["Appointment"]


def test_the_patient_is_off(mine: Exchanges) -> None:
    assert mine.call("GET", "/fhir/Patient", params={"identifier": mine.subject}).status_code == 404


@pytest.fixture
def opened(served: Sandbox, partner: Partner) -> Any:
    served.ask(lambda world: setattr(world, "patient_served", True))
    yield
    served.ask(lambda world: setattr(world, "patient_served", False))


def test_the_patient_is_served_on_demand() -> None:
    with Sandbox.start(tls=False, settings=Settings(patient=True)) as sandbox:
        assert sandbox.ask(lambda world: world.patient_served)


def test_the_patient_is_the_paired_person_only(opened: None, partner: Partner, mine: Exchanges) -> None:
    found = mine.call("GET", "/fhir/Patient", params={"identifier": mine.subject}).json()
    assert found["total"] == 1
    assert found["entry"][0]["resource"]["identifier"][0]["value"] == mine.named["idpe"]
    assert "1.2.250.1.213.1.4" not in json.dumps(found)
    for asked, status in ((Exchanges(partner, partner.pair()).subject, 403), ("sans-systeme", 400)):
        assert mine.call("GET", "/fhir/Patient", params={"identifier": asked}).status_code == status
    assert mine.call("GET", "/fhir/Patient", params={"name": "x"}).status_code == 400
    kinds = [item["type"] for item in partner.http.get("/fhir/metadata").json()["rest"][0]["resource"]]
    assert "Patient" in kinds


# conditional creation


def test_a_condition_that_finds_one_creates_nothing(mine: Exchanges) -> None:
    sent = mine.appointment()
    kept = mine.post(sent).json()
    name = sent["identifier"][0]
    condition = {"If-None-Exist": f"identifier={name['system']}|{name['value']}"}
    answer = mine.call("POST", "/fhir/Appointment", content=json.dumps(sent), headers={**FHIR, **condition})
    assert (answer.status_code, answer.json()) == (200, kept)
    assert len(mine.found("Appointment")) == 1


def test_a_condition_that_finds_nothing_creates(mine: Exchanges) -> None:
    headers = {**FHIR, "If-None-Exist": "?identifier=urn:oid:1.2.3%7Cautre"}
    answer = mine.call("POST", "/fhir/Appointment", content=json.dumps(mine.appointment()), headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("condition", ["identifier=sans-systeme", "date=2026|x", "texte", ""])
def test_another_condition_is_refused(mine: Exchanges, condition: str) -> None:
    headers = {**FHIR, "If-None-Exist": condition}
    answer = mine.call("POST", "/fhir/Appointment", content=json.dumps(mine.appointment()), headers=headers)
    assert answer.status_code == 400


def test_a_condition_that_finds_several_is_refused(partner: Partner, mine: Exchanges) -> None:
    sent = mine.appointment()
    partner.faults("duplicate-accepted")
    mine.post(sent), mine.post(sent)
    name = sent["identifier"][0]
    headers = {**FHIR, "If-None-Exist": f"identifier={name['system']}|{name['value']}"}
    answer = mine.call("POST", "/fhir/Appointment", content=json.dumps(sent), headers=headers)
    assert answer.status_code == 412
