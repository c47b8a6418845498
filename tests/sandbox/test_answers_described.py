"""What a service, a person and a test get is what the served description says: status, media type, headers, body.

An independent tool asks at random and never holds a code or a password; here they are held.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from exchange_partner import Exchanges
from jsonschema import Draft202012Validator
from sandbox_partner import Partner, weight, with_device

from mes_conformity.sandbox.embedded import Sandbox, Settings


class Described:
    """Holds every answer against the description."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._description = description
        self.seen: set[tuple[str, str, int]] = set()
        self.untrue: list[str] = []

    def look(self, answer: httpx.Response) -> None:
        answer.read()
        path, method = self._path(answer.request.url.path), answer.request.method.lower()
        self.seen.add((method.upper(), path, answer.status_code))
        told = self._description["paths"][path].get(method, {}).get("responses", {}).get(str(answer.status_code))
        if told is None:
            self.untrue.append(f"{method} {path}: {answer.status_code} is not told")
            return
        self.untrue += [f"{method} {path} {answer.status_code}: {fault}" for fault in self._faults(told, answer)]

    def _path(self, path: str) -> str:
        templates: list[str] = sorted(self._description["paths"], key=lambda template: "{" in template)
        return next(t for t in templates if re.fullmatch(re.sub(r"{\w+}", r"[A-Za-z0-9.\\-]+", t), path))

    def _faults(self, told: dict[str, Any], answer: httpx.Response) -> Iterator[str]:
        for name, header in told.get("headers", {}).items():
            if header.get("required") and name not in answer.headers:
                yield f"no {name}"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if bool(answer.content) != bool(told.get("content")):
            yield f"a body of {len(answer.content)} bytes, and {list(told.get('content', {}))} is told"
        elif answer.content and not {kind, "*/*"} & set(told["content"]):
            yield f"{kind} is not told"
        elif answer.content and "schema" in told["content"].get(kind, {}) and kind.endswith("json"):
            schema = {**told["content"][kind]["schema"], "components": self._description["components"]}
            yield from (error.message[:200] for error in Draft202012Validator(schema).iter_errors(answer.json()))


@pytest.fixture
def world() -> Iterator[tuple[Partner, Described]]:
    with Sandbox.start(tls=False, settings=Settings(patient=True)) as sandbox:
        described = Described(httpx.get(f"{sandbox.url}/openapi.json").json())
        with httpx.Client(base_url=sandbox.url, timeout=10, event_hooks={"response": [described.look]}) as http:
            yield Partner(sandbox.descriptor, http), described


def _a_pairing(partner: Partner) -> None:
    identity = partner.pair()
    auth = (partner.client["client_id"], partner.client["client_secret"])
    pairing = f"/pairings/{identity.tokens['pairingId']}"
    partner.http.get(pairing, auth=auth)
    renewed = partner.refresh(identity.tokens["refresh_token"]).json()
    partner.refresh(identity.tokens["refresh_token"])
    partner.http.post("/revoke", data={"token": renewed["access_token"]}, auth=auth)
    partner.http.post("/revoke", data={"token": "inconnu"})
    partner.token(("inconnu", "faux"), grant_type="refresh_token")
    partner.http.get(pairing, headers={"Authorization": "Bearer inconnu"})
    partner.http.delete(pairing, auth=auth)
    partner.http.get("/pairings/inconnu", auth=auth)
    for address in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"):
        partner.http.get(address)


def _people(partner: Partner) -> None:
    for person in partner.descriptor["people"]:
        partner.decide(partner.demand(), person)
    partner.decide(partner.demand(), partner.new_user(), decision="refuse")
    partner.decide(partner.demand(), {**partner.new_user(), "password": "faux"})
    partner.demand(client_id="inconnu")
    partner.demand(scope="inconnu")
    user = partner.pair().user
    partner.step(partner.space(user), "/espace", step="leave")
    page = partner.http.get("/espace")
    for _ in range(6):
        partner.http.post("/espace", data={"request": _visit(page), "login": "x", "password": "y"})


def _visit(page: httpx.Response) -> str:
    found = re.search(r'name="request" value="([^"]+)"', page.text)
    assert found
    return found[1]


def _measures(partner: Partner) -> None:
    identity = partner.pair()
    written = partner.write(identity, with_device(identity)).json()
    partner.write(identity, {"resourceType": "Bundle", "type": "transaction", "entry": []})
    partner.write(identity, {"entry": [weight(identity)]}, Authorization="")
    partner.write(identity, b" " * 1_100_000)
    partner.write(identity, b"{}", **{"Content-Type": "text/plain"})
    partner.last(identity, _include="Observation:device")
    partner.all(identity)
    partner.all(identity, _count="1000")
    place = f"/fhir/{written['entry'][1]['response']['location']}".partition("/_history")[0]
    for address in (place, f"{place}/_history/1", f"{place}/_history/2", "/fhir/Observation/inconnu"):
        partner.http.get(address, headers=identity.headers)
    partner.http.get(place, headers={**identity.headers, "If-None-Match": 'W/"1"'})
    partner.http.get("/fhir/metadata")
    partner.http.get("/fhir/Patient", params={"identifier": identity.subject}, headers=identity.headers)
    partner.consent(identity, read="refused", write="refused")
    partner.last(identity)
    partner.write(identity, with_device(identity))


def _documents(partner: Partner) -> None:
    mine = Exchanges(partner, partner.pair())
    kept = mine.post(mine.document()).json()
    mine.post(kept)
    mine.post(mine.submission())
    mine.post({**mine.document(), "custodian": {}})
    mine.content(kept)
    mine.content(kept, Accept="image/png")
    for kind in ("DocumentReference", "List"):
        mine.find(kind)
        mine.find(kind, _count="1000")
        (found, *_) = mine.found(kind)
        mine.call("GET", f"/fhir/{kind}/{found['id']}")
        mine.call("GET", f"/fhir/{kind}/inconnu")
    mine.patch(kept["id"], {"op": "replace", "path": "/status", "value": "superseded"})
    mine.patch(kept["id"], {"op": "replace", "path": "/type", "value": {}})
    mine.patch("inconnu", {"op": "replace", "path": "/status", "value": "superseded"})
    mine.content(kept)
    mine.call("GET", "/fhir/Binary/inconnu")


def _agenda(partner: Partner) -> None:
    mine = Exchanges(partner, partner.pair())
    sent = mine.appointment()
    kept = mine.post(sent).json()
    mine.post(sent)
    mine.post({**sent, "status": "inconnu"})
    mine.put({**sent, "status": "cancelled"})
    mine.put(mine.appointment())
    mine.put({**sent, "status": "booked"}, **{"If-Match": 'W/"9"'})
    mine.call("GET", f"/fhir/Appointment/{kept['id']}")
    mine.find("Appointment")
    (slot, *_) = mine.slots()
    mine.post(mine.booked(slot))
    mine.post(mine.booked(slot))
    mine.call("GET", f"/fhir/Slot/{slot['id']}")
    found = mine.found("Schedule")
    mine.call("GET", f"/fhir/Schedule/{found[0]['id']}")
    mine.call("GET", f"/fhir/{found[0]['actor'][0]['reference']}")


def _control(partner: Partner) -> None:
    identity = partner.pair()
    partner.consent(identity, documents_read="refused")
    for name in ("", "/", "/target", "/journal", "/ca.pem"):
        partner.http.get(f"/_sandbox{name}")
    for name, order in {
        "service-status": {"status": "EN_LIGNE"},
        "service-version": {"version": "2"},
        "clock": {"advance_s": 1},
        "faults": {"faults": ["slow"], "case": "x"},
        "rate-limit": {"requests": 1},
    }.items():
        partner.control("PUT", name, order)
        partner.control("PUT", name, {"autre": 1})
    partner.control("POST", "users", {"of_age_in_days": 3})
    partner.http.get("/jwks")
    partner.http.get("/jwks")
    partner.control("POST", "reset")


@pytest.mark.parametrize("scenario", [_a_pairing, _people, _measures, _documents, _agenda, _control])
def test_every_answer_of_a_scenario_is_told(
    world: tuple[Partner, Described], scenario: Callable[[Partner], None]
) -> None:
    partner, described = world
    scenario(partner)
    assert described.untrue == []
    assert len(described.seen) > 10
