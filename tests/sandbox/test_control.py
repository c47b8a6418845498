"""The control address: what it changes, and what it refuses."""

from typing import Any

import httpx
import pytest
from exchange_partner import Exchanges
from sandbox_partner import Identity, Partner

from mes_conformity.sandbox.embedded import Sandbox


def test_the_target_is_the_descriptor(partner: Partner, served: Sandbox) -> None:
    assert partner.control("GET", "target").json() == served.descriptor


def test_there_is_no_authority_without_tls(partner: Partner) -> None:
    assert partner.control("GET", "ca.pem").status_code == 404


def test_new_people_are_all_different(partner: Partner) -> None:
    people = [partner.new_user()["login"] for _ in range(20)]
    assert len(set(people)) == 20


def test_the_clock_goes_forward(partner: Partner) -> None:
    first = partner.control("PUT", "clock", {"advance_s": 10}).json()
    second = partner.control("PUT", "clock", {"advance_s": 0.5}).json()
    assert (first["advanced_s"], second["advanced_s"]) == (10, 10.5)


def test_the_clock_comes_back_as_far_as_it_went(partner: Partner) -> None:
    partner.advance(10)
    assert partner.control("PUT", "clock", {"advance_s": -10}).json()["advanced_s"] == 0
    assert partner.control("PUT", "clock", {"advance_s": -1}).status_code == 409


def test_a_new_person_may_come_of_age_soon(partner: Partner) -> None:
    young = partner.control("POST", "users", {"of_age_in_days": 2}).json()
    assert partner.decide(partner.demand(), young).status_code == 400  # nobody represents them
    partner.advance(2 * 86400)
    assert partner.decide(partner.demand(), young).status_code == 302


@pytest.mark.parametrize("day", ["2026-01-30", "2026-02-27", "2028-02-27", "2028-02-28", "2026-12-31"])
def test_whoever_comes_of_age_tomorrow_is_a_minor_today_whatever_the_day(partner: Partner, day: str) -> None:
    partner.control("PUT", "clock", {"at": f"{day}T23:59:59Z"})
    young = partner.control("POST", "users", {"of_age_in_days": 1}).json()
    assert partner.decide(partner.demand(), young).status_code == 400
    partner.advance(2 * 86400)
    assert partner.decide(partner.demand(), young).status_code == 302


@pytest.mark.parametrize("days", [-1, True, "1", 1.5, 10**9])
def test_a_number_of_days_that_is_none_is_refused(partner: Partner, days: object) -> None:
    assert partner.control("POST", "users", {"of_age_in_days": days}).status_code == 400


def test_a_reset_forgets_everything(partner: Partner, identity: Identity) -> None:
    partner.control("PUT", "service-status", {"status": "SUSPENDUE"})
    partner.faults("jwks-empty")
    assert partner.control("POST", "reset").status_code == 204
    assert partner.last(identity).status_code == 401
    assert partner.http.get("/jwks").json()["keys"]
    assert partner.pair().tokens["scope"]


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("clock", {"advance_s": -1}, 409),
        ("clock", {"advance_s": -1e12}, 400),
        ("clock", {"advance_s": True}, 400),
        ("clock", {"advance_s": "1"}, 400),
        ("clock", {"advance_s": 1e12}, 400),
        ("clock", {}, 400),
        ("clock", [], 400),
        ("clock", {"advance_s": 1, "autre": 1}, 400),
        ("faults", {"faults": "slow"}, 400),
        ("faults", {"faults": ["inconnu"]}, 400),
        ("faults", {"faults": [1]}, 400),
        ("rate-limit", {"requests": -1}, 400),
        ("rate-limit", {"requests": True}, 400),
        ("rate-limit", {"requests": 1.5}, 400),
        ("rate-limit", {}, 400),
        ("service-status", {"status": "OUVERT"}, 400),
        ("service-status", {"status": 1}, 400),
        ("consents", {"pairing_id": "inconnu", "read": "granted"}, 404),
    ],
)
def test_a_wrong_order_is_refused(partner: Partner, name: str, data: Any, status: int) -> None:
    response = partner.control("PUT", name, data)
    assert response.status_code == status
    assert response.json()["error"]["message"]


def test_a_consent_is_granted_or_refused(partner: Partner, identity: Identity) -> None:
    data = {"pairing_id": identity.tokens["pairingId"], "read": "peut-être"}
    assert partner.control("PUT", "consents", data).status_code == 400


def _reads(partner: Partner, identity: Identity) -> dict[str, int]:
    """The status of reading, perimeter by perimeter."""
    mine = Exchanges(partner, identity)
    found = {"documents": mine.find().status_code, "agenda": mine.find("Appointment").status_code}
    return {"measures": partner.last(identity).status_code, **found}


@pytest.mark.parametrize(("told", "refused"), [
    ({"read": "refused"}, {"measures", "documents", "agenda"}),
    ({"documents_read": "refused"}, {"documents"}),
    ({"agenda_read": "refused"}, {"agenda"}),
    ({"read": "refused", "agenda_read": "granted"}, {"measures", "documents"}),
    ({"write": "refused", "documents_write": "refused"}, set()),
])  # fmt: skip
def test_a_consent_is_changed_by_action_or_by_perimeter_from_the_next_call_on(
    partner: Partner, identity: Identity, told: dict[str, str], refused: set[str]
) -> None:
    partner.consent(identity, **told)
    assert {name for name, status in _reads(partner, identity).items() if status == 403} == refused


def test_writing_documents_may_be_refused_alone(partner: Partner, identity: Identity) -> None:
    mine = Exchanges(partner, identity)
    partner.consent(identity, documents_write="refused")
    assert mine.post(mine.document()).status_code == 403
    assert mine.post(mine.appointment()).status_code == 201
    partner.consent(identity, documents_write="granted")
    assert mine.post(mine.document()).status_code == 201


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 50_000])
def test_an_unreadable_order_is_refused(partner: Partner, body: bytes) -> None:
    response = partner.http.put("/_sandbox/clock", content=body)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_an_order_too_long_is_refused(partner: Partner) -> None:
    assert partner.http.put("/_sandbox/clock", content=b" " * 100_000).status_code == 413


def test_an_unknown_control_is_not_found(partner: Partner) -> None:
    response = partner.control("GET", "inconnu")
    assert response.status_code == 404
    assert response.json()["error"]["message"]


def test_control_works_under_every_connection_fault(partner: Partner) -> None:
    for name in ("slow", "closes-early", "endless-answer", "server-error"):
        partner.faults(name)
        assert partner.control("GET", "target").status_code == 200


def test_the_journal_tells_what_came_in_but_no_value(partner: Partner, identity: Identity) -> None:
    partner.last(identity)
    entry = partner.control("GET", "journal").json()["entries"][-1]
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/fhir/Observation", 200)
    assert entry["query"] == "subject.identifier=***&code=29463-7&_sort=-date&_count=1"
    assert entry["headers"]["authorization"] == "***"
    assert entry["headers"]["x-id-token"] == "***"


def test_a_reader_that_leaves_does_not_stop_the_server(partner: Partner) -> None:
    partner.faults("endless-answer")
    with httpx.Client(base_url=partner.descriptor["url"]) as http, http.stream("GET", "/jwks") as response:
        assert next(response.iter_bytes())
    partner.faults()
    assert partner.http.get("/jwks").status_code == 200
