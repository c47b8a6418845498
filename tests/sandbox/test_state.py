"""Faults of one request, data of the start, a clock that stands still, limits, versions, the developer's page."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from exchange_partner import Exchanges
from sandbox_partner import Identity, Partner, bundle, diagnostics, weight

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.sandbox.faults import FAULTS
from mes_conformity.sandbox.seeding import read as read_seed
from mes_conformity.sandbox.surface import _asked

SEED = """
schema_version: 1
users:
  - {login: amandine, password: fictif, otp: "112233", name: "AMANDINE FICTIVE"}
pairings:
  - {login: amandine, idpe: idpe-amandine}
resources:
  - idpe: idpe-amandine
    resource:
      resourceType: Observation
      id: mesure-1
      status: final
      code: {coding: [{system: "http://loinc.org", code: "29463-7"}]}
      effectiveDateTime: "2026-01-02"
      device: {reference: Device/appareil-1}
  - idpe: idpe-amandine
    resource: {resourceType: Device, id: appareil-1, identifier: [{system: "urn:oid:1.2", value: A}]}
  - idpe: idpe-amandine
    resource: {resourceType: Appointment, status: booked, participant: [{status: accepted}]}
  - idpe: idpe-amandine
    resource:
      resourceType: DocumentReference
      status: current
      content: [{attachment: {contentType: text/plain, data: YQ==}}]
"""


def _location(partner: Partner, identity: Identity) -> str:
    answer = partner.write(identity, bundle(weight(identity))).json()
    return str(answer["entry"][0]["response"]["location"])


# faults of one request


def test_a_request_asks_for_its_own_faults(partner: Partner) -> None:
    assert partner.http.get("/jwks", headers={"X-Sandbox-Fault": "jwks-empty"}).json() == {"keys": []}
    assert partner.http.get("/jwks").json()["keys"]


def test_several_faults_of_one_request_add_up(partner: Partner) -> None:
    asked = {"X-Sandbox-Fault": "discovery-issuer-wrong, metadata-missing"}
    assert partner.http.get("/fhir/metadata", headers=asked).status_code == 404
    found = partner.http.get("/.well-known/openid-configuration", headers=asked).json()
    assert found["issuer"] != partner.descriptor["issuer"]


def test_the_faults_of_one_request_replace_those_of_the_sandbox(partner: Partner) -> None:
    partner.faults("server-error")
    assert partner.http.get("/jwks", headers={"X-Sandbox-Fault": "jwks-empty"}).status_code == 200


def test_an_unknown_fault_of_one_request_is_told_as_no_part_of_the_api(partner: Partner) -> None:
    response = partner.http.get("/fhir/metadata", headers={"X-Sandbox-Fault": "inconnu"})
    assert response.status_code == 400
    assert "SBX001" in response.json()["error"]["message"]


@pytest.mark.parametrize("header", [b"x-sandbox-fault", b"x-sandbox-case"])
def test_another_machine_cannot_ask_for_faults(served: Sandbox, header: bytes) -> None:
    served.ask(lambda world: world.set_case_faults("jwks-empty", ["jwks-empty"]))
    for client, found in (("192.0.2.7", False), ("127.0.0.1", True)):
        scope = {"headers": [(header, b"jwks-empty")], "client": (client, 4000)}
        assert (served.ask(lambda world, scope=scope: _asked(world, scope)) is not None) is found
    served.reset()


# faults of one case


def keys(partner: Partner, **headers: str) -> int:
    return len(partner.http.get("/jwks", headers=headers).json()["keys"])


def test_the_faults_of_a_case_are_those_of_the_requests_that_name_it(partner: Partner) -> None:
    order = {"faults": ["jwks-empty"], "case": "MES-1"}
    assert partner.control("PUT", "faults", order).json() == order
    assert keys(partner) == 1
    assert keys(partner, **{"X-Sandbox-Case": "MES-2"}) == 1
    assert keys(partner, **{"X-Sandbox-Case": "MES-1"}) == 0
    assert keys(partner, **{"X-Sandbox-Case": "MES-1", "X-Sandbox-Fault": "metadata-missing"}) == 1
    partner.control("PUT", "faults", {"faults": [], "case": "MES-1"})
    assert keys(partner, **{"X-Sandbox-Case": "MES-1"}) == 1


def test_the_faults_of_a_case_replace_those_of_the_sandbox(partner: Partner) -> None:
    partner.faults("server-error")
    partner.control("PUT", "faults", {"faults": ["jwks-empty"], "case": "MES-1"})
    assert keys(partner, **{"X-Sandbox-Case": "MES-1"}) == 0
    assert partner.http.get("/jwks").status_code == 500


def test_a_reset_ends_the_faults_of_cases(served: Sandbox, partner: Partner) -> None:
    partner.control("PUT", "faults", {"faults": ["jwks-empty"], "case": "MES-1"})
    served.reset()
    assert keys(partner, **{"X-Sandbox-Case": "MES-1"}) == 1


@pytest.mark.parametrize("case", ["", "deux mots", "a" * 65, 5])
def test_the_name_of_a_case_is_short_and_plain(partner: Partner, case: Any) -> None:
    assert partner.control("PUT", "faults", {"faults": ["jwks-empty"], "case": case}).status_code == 400


def test_an_unknown_fault_of_a_case_is_refused_and_changes_nothing(partner: Partner) -> None:
    partner.control("PUT", "faults", {"faults": ["jwks-empty"], "case": "MES-1"})
    assert partner.control("PUT", "faults", {"faults": ["inconnu"], "case": "MES-1"}).status_code == 400
    assert keys(partner, **{"X-Sandbox-Case": "MES-1"}) == 0


def test_a_thousand_cases_have_faults_and_no_more(served: Sandbox, partner: Partner) -> None:
    def fill(world: Any) -> None:
        world.of_cases.update({f"c{number}": world.standing for number in range(1000)})

    served.ask(fill)
    assert partner.control("PUT", "faults", {"faults": ["jwks-empty"], "case": "MES-1"}).status_code == 409
    assert partner.control("PUT", "faults", {"faults": ["jwks-empty"], "case": "c1"}).status_code == 200


def test_every_fault_can_be_asked_for_in_one_request(partner: Partner, served: Sandbox) -> None:
    for name in FAULTS.keys() - {"slow", "endless-answer", "closes-early"}:
        partner.http.get("/fhir/metadata", headers={"X-Sandbox-Fault": name})
    assert partner.http.get("/fhir/metadata").status_code == 200


def test_control_answers_soundly_whatever_fault_is_in_force(partner: Partner) -> None:
    partner.faults("unreadable-body-crashes" if "unreadable-body-crashes" in FAULTS else "server-error")
    assert partner.http.put("/_sandbox/clock", content=b"{").status_code == 400


# limits


def test_there_is_no_limit_unless_asked_for(partner: Partner) -> None:
    assert {partner.http.get("/jwks").status_code for _ in range(700)} == {200}


def test_above_the_limit_the_answer_says_when_to_come_back(partner: Partner) -> None:
    partner.control("PUT", "clock", {"at": "2026-11-22T12:00:00Z"})
    assert partner.control("PUT", "rate-limit", {"requests": 5}).json() == {"requests": 5, "previous": 0}
    answers = [partner.http.get("/jwks") for _ in range(6)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[-1].status_code == 429
    partner.advance(float(answers[-1].headers["retry-after"]))
    assert partner.http.get("/jwks").status_code == 200


def test_callers_are_counted_apart(partner: Partner, identity: Identity) -> None:
    partner.control("PUT", "rate-limit", {"requests": 3})
    assert [partner.http.get("/jwks").status_code for _ in range(4)][-1] == 429
    assert partner.last(identity).status_code == 200


def test_a_reset_brings_the_limit_of_the_start_back(partner: Partner) -> None:
    partner.control("PUT", "rate-limit", {"requests": 1})
    partner.control("POST", "reset")
    assert {partner.http.get("/jwks").status_code for _ in range(3)} == {200}


def test_too_many_requests_is_an_outcome_on_fhir(partner: Partner, identity: Identity) -> None:
    partner.faults("too-many-requests")
    response = partner.last(identity)
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert response.json()["issue"][0]["code"] == "throttled"


def test_retry_after_may_be_missing(partner: Partner) -> None:
    partner.faults("retry-after-missing")
    response = partner.http.get("/jwks")
    assert response.status_code == 429
    assert "retry-after" not in response.headers


# the clock


def test_the_clock_stops_at_an_instant_and_runs_again(partner: Partner) -> None:
    stopped = partner.control("PUT", "clock", {"at": "2030-01-01T10:00:00+01:00"}).json()
    assert stopped == {"now": "2030-01-01T09:00:00.000Z", "advanced_s": 0.0, "fixed": True}
    assert partner.control("PUT", "clock", {"advance_s": 60}).json()["now"] == "2030-01-01T09:01:00.000Z"
    assert partner.control("PUT", "clock", {"at": None}).json()["fixed"] is False


@pytest.mark.parametrize(
    "at", ["", "2030-01-01", "2030-01-01T10:00:00", "1999-01-01T10:00:00Z", 3, "2030-02-30T10:00:00Z"]
)
def test_an_instant_that_is_none_is_refused(partner: Partner, at: Any) -> None:
    assert partner.control("PUT", "clock", {"at": at}).status_code == 400


def test_two_orders_about_the_clock_are_refused(partner: Partner) -> None:
    order = {"at": "2030-01-01T10:00:00Z", "advance_s": 1}
    assert partner.control("PUT", "clock", order).status_code == 400


def test_the_clock_goes_ten_years_forward_in_all(partner: Partner) -> None:
    assert partner.control("PUT", "clock", {"advance_s": 300_000_000}).status_code == 200
    assert partner.control("PUT", "clock", {"advance_s": 300_000_000}).status_code == 409


# versions


def test_a_measure_is_read_with_its_version_and_not_sent_twice(partner: Partner, identity: Identity) -> None:
    address = f"/fhir/{_location(partner, identity)}"
    first = partner.http.get(address, headers=identity.headers)
    assert first.headers["etag"] == 'W/"1"'
    again = partner.http.get(address, headers={**identity.headers, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = partner.http.get(address, headers={**identity.headers, "If-None-Match": 'W/"7"'})
    assert other.status_code == 200


def test_a_version_has_an_address(partner: Partner, identity: Identity) -> None:
    address = f"/fhir/{_location(partner, identity)}"
    now, first, second = (
        partner.http.get(address + suffix, headers=identity.headers) for suffix in ("", "/_history/1", "/_history/2")
    )
    assert first.json() == now.json()
    assert second.status_code == 404


def test_what_was_written_is_returned_on_demand(partner: Partner, identity: Identity) -> None:
    answer = partner.write(identity, bundle(weight(identity)), Prefer="return=representation").json()
    assert answer["entry"][0]["resource"]["valueQuantity"]["value"] == 71.5


def test_an_unknown_parameter_is_left_aside_unless_the_caller_is_strict(partner: Partner, identity: Identity) -> None:
    assert partner.last(identity, inconnu="1").status_code == 200
    query = {"subject.identifier": identity.subject, "code": "29463-7", "_sort": "-date", "_count": "1", "inconnu": "1"}
    headers = {**identity.headers, "Prefer": "handling=strict"}
    refused = partner.http.get("/fhir/Observation", params=query, headers=headers)
    assert refused.status_code == 400
    assert "inconnu" in diagnostics(refused)


# data of the start


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Sandbox]:
    (tmp_path / "depart.yaml").write_text(SEED, encoding="utf-8")
    stopped = datetime(2026, 6, 1, 12, tzinfo=UTC)
    with Sandbox.start(tls=False, settings=Settings(tmp_path / "depart.yaml", stopped)) as sandbox:
        yield sandbox


def _amandine(sandbox: Sandbox) -> tuple[int, dict[str, Any]]:
    user = {"login": "amandine", "password": "fictif", "otp": "112233"}
    with httpx.Client(base_url=sandbox.url, timeout=10, trust_env=False) as http:
        partner = Partner(sandbox.descriptor, http)
        found = partner.all(partner.pair(user)).json()
        return found["total"], found["entry"][0]["resource"]


def test_a_sandbox_starts_from_a_file_and_a_reset_brings_it_back(seeded: Sandbox) -> None:
    before = _amandine(seeded)
    seeded.ask(lambda world: world.store.empty())
    seeded.reset()
    assert before[0] == 1
    assert before[1]["id"] == "mesure-1"
    assert _amandine(seeded)[1]["meta"] == before[1]["meta"]


def test_the_clock_may_stand_still_from_the_start_and_again_after_a_reset(seeded: Sandbox) -> None:
    httpx.put(f"{seeded.url}/_sandbox/clock", json={"at": None})
    seeded.reset()
    assert seeded.ask(lambda world: world.instant()) == "2026-06-01T12:00:00.000Z"


@pytest.mark.parametrize(("text", "line"), [
    ("[]", 1),
    ("schema_version: 2", 1),
    ("schema_version: 1\nautre: []", 2),
    ("schema_version: 1\nusers: {}", 2),
    ("schema_version: 1\nusers: [x]", 2),
    ("schema_version: 1\nusers:\n  - {login: a}", 3),
    ("schema_version: 1\nusers:\n  - {login: a, password: b, otp: 123456, name: c}", 3),
    ("schema_version: 1\npairings:\n  - {login: a, idpe: b, read: oui}", 3),
    ("schema_version: 1\npairings:\n  - {login: a, idpe: b, client_id: inconnu}", 3),
    ("schema_version: 1\nresources:\n  - {idpe: a, resource: {resourceType: Patient}}", 3),
    ("schema_version: 1\nresources:\n  - {idpe: a, resource: texte}", 3),
    ("schema_version: 1\nusers:\n  - {login: a, password: b, otp: '1', name: c, birth_date: 15/01/1990}", 3),
    ("schema_version: 1\npairings:\n  - {login: inconnue, idpe: b}", 3),
    ("schema_version: 1\npairings:\n  - {login: sacha, idpe: b, agenda_read: oui}", 3),
    ("schema_version: 1\nresources:\n  - {idpe: a, resource: {resourceType: Observation, id: o}}", 3),
    (
        "schema_version: 1\nresources:\n  - {idpe: a, resource: {resourceType: Device, id: d}}\n"
        "  - {idpe: b, resource: {resourceType: Device, id: d}}",
        4,
    ),
])  # fmt: skip
def test_unusable_data_of_the_start_are_told_with_their_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "depart.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_seed(path)
    assert caught.value.code == "SBX005"
    assert caught.value.location is not None
    assert caught.value.location.line == line


def _start(tmp_path: Path, text: str) -> Sandbox:
    (tmp_path / "depart.yaml").write_text(text, encoding="utf-8")
    return Sandbox.start(tls=False, settings=Settings(tmp_path / "depart.yaml"))


def test_a_document_of_the_start_is_found_and_read(tmp_path: Path) -> None:
    with _start(tmp_path, SEED) as sandbox, httpx.Client(base_url=sandbox.url, timeout=10, trust_env=False) as http:
        partner = Partner(sandbox.descriptor, http)
        mine = Exchanges(partner, partner.pair({"login": "amandine", "password": "fictif", "otp": "112233"}))
        (document,) = mine.found()
        assert mine.content(document).content == b"a"


@pytest.mark.parametrize(("told", "agenda", "documents"), [
    ("", "granted", "granted"),
    (", read: refused", "refused", "refused"),
    (", read: refused, documents_read: granted", "refused", "granted"),
    (", agenda_read: refused", "refused", "granted"),
])  # fmt: skip
def test_consents_of_the_start_are_by_action_or_by_perimeter(
    tmp_path: Path, told: str, agenda: str, documents: str
) -> None:
    text = f"schema_version: 1\npairings:\n  - {{login: sacha, idpe: idpe-sacha{told}}}"
    with _start(tmp_path, text) as sandbox:
        pairing = sandbox.ask(lambda world: world.store.pairings_of("sacha")[0])
    assert (pairing["agenda_read"], pairing["documents_read"]) == (agenda, documents)


def test_the_data_of_the_start_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "depart.json"
    path.write_text(json.dumps({"schema_version": 1, "users": []}), encoding="utf-8")
    assert read_seed(path).users == []


# the developer's page


def test_the_page_shows_state_faults_and_requests_escaped(partner: Partner, identity: Identity) -> None:
    partner.faults("jwks-empty")
    partner.http.get("/<script>alert(1)</script>", headers={"User-Agent": "<img src=x>"})
    page = partner.http.get("/_sandbox/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<code>jwks-empty</code>" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert identity.tokens["access_token"] not in page.text
    assert identity.claims["idPe"] not in page.text


def test_the_page_shows_the_faults_of_each_case_as_long_as_they_last(partner: Partner) -> None:
    partner.control("PUT", "faults", {"faults": ["jwks-empty"], "case": "mon-cas"})
    page = partner.http.get("/_sandbox/").text
    assert "Pour le cas <code>mon-cas</code>" in page
    assert "<code>jwks-empty</code>" in page
    partner.control("PUT", "faults", {"faults": [], "case": "mon-cas"})
    assert "mon-cas" not in partner.http.get("/_sandbox/").text


def test_the_page_of_a_fresh_sandbox_says_that_nothing_came(partner: Partner) -> None:
    page = partner.http.get("/_sandbox").text
    assert "Rien n'est arrivé depuis le départ." in page
    assert "le bac à sable répond comme les contrats le disent." in page


def test_the_journal_holds_no_control_character(partner: Partner) -> None:
    partner.http.get("/a%0d%0a2026-01-01%20FAUX%1b%5b31m%e2%80%ae")
    entry = partner.control("GET", "journal").json()["entries"][-1]
    assert entry["path"] == "/a\ufffd\ufffd2026-01-01 FAUX\ufffd[31m\ufffd"
