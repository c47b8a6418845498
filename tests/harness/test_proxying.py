"""A client that speaks to a real target through the door: it is heard, and the target answers it as it would."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from harness_partner import target as nowhere
from wire import answering, reply, serving

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.engine import Engine, Service, make_ground
from mes_conformity.harness.listening import Heard, bundles
from mes_conformity.harness.proxying import Way, proxying
from mes_conformity.harness.sample_client import SampleClient
from mes_conformity.harness.selection import Selection, plan
from mes_conformity.harness.targets import Target, from_descriptor
from mes_conformity.harness.transports import LiveTransport
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.evidence import Request, Response
from mes_conformity.suites.loader import load_all

LIBRARY = load_all()
ENV = Environment.system()
MEASURES = next(item for item in LIBRARY.contracts.values() if item.id == "mes-measures")
DOOR = "http://127.0.0.1:4"
AWAY = replace(
    nowhere(), url="https://api.invalid", fhir_url="https://api.invalid/v1/fhir", issuer="https://sso.invalid/realm"
)


@pytest.fixture(scope="module")
def remote() -> Iterator[Target]:
    """A target over TLS that has no control interface."""
    with Sandbox.start() as sandbox:
        yield from_descriptor({**sandbox.descriptor, "control_url": None}, "recette", "workspace", "recette")


def heard(remote: Target, behaviour: str = "") -> tuple[Heard, ...]:
    with proxying(remote, MEASURES, ENV) as (door, seen), closing(LiveTransport()) as transport:
        SampleClient(seen, LIBRARY.contracts, ENV, transport, behaviour).run()
        return tuple(door.heard)


def judged(told: tuple[Heard, ...]) -> dict[str, tuple[str, str]]:
    client = {"redirect_uri": "https://service-exemple.invalid/retour"}
    engine = Engine(LIBRARY, make_ground(LIBRARY, Service(traffic=told, client=client), ENV))
    engine.run(plan(LIBRARY, Selection(kinds=("listen",)), {}))
    return {entry["id"]: (entry["outcome"], (entry["reason"] or {}).get("fr", "")) for entry in engine.entries}


def test_a_sound_client_is_heard_and_served(remote: Target) -> None:
    told = heard(remote)
    assert len(bundles(told)) >= 4
    assert [item.trial for item in told].count("busy") == 1
    assert any(item.exchange.response and item.exchange.response.status == 200 for item in told)
    found = judged(told)
    left = {name: why for name, (outcome, why) in found.items() if outcome != "passed"}
    assert all("retrait du consentement" in why for why in left.values())  # nobody withdraws it at a real target
    assert len(left) < len(found) / 2


def test_a_wrong_client_fails_there_too(remote: Target) -> None:
    assert [name for name, (outcome, _why) in judged(heard(remote, "without-nonce")).items() if outcome == "failed"]


def test_nothing_of_the_target_is_written_elsewhere(remote: Target) -> None:
    told = heard(remote)
    sent = [item.exchange.request.url for item in told]
    assert all(url.startswith("http://127.0.0.1") for url in sent)
    answers = b"".join(item.exchange.response.body for item in told if item.exchange.response)
    assert remote.url.encode() not in answers


def test_a_target_that_does_not_answer_is_told_to_the_client() -> None:
    with serving(answering(b"")) as place:
        silent = replace(nowhere(), url=f"http://{place}", fhir_url=f"http://{place}/fhir", issuer=f"http://{place}")
        with proxying(silent, MEASURES, ENV) as (door, _seen), closing(LiveTransport()) as transport:
            answer = transport.send(Request("GET", f"{door.url}/fhir/Observation")).response
    assert answer is not None
    assert answer.status == 502


def test_a_body_that_is_no_text_goes_through_as_it_is() -> None:
    image = bytes(range(256))
    with serving(answering(reply("200 OK", image, "Content-Type: image/png"))) as place:
        plain = replace(nowhere(), url=f"http://{place}", fhir_url=f"http://{place}/fhir", issuer=f"http://{place}")
        with proxying(plain, MEASURES, ENV) as (door, _seen), closing(LiveTransport()) as transport:
            answer = transport.send(Request("GET", f"{door.url}/image")).response
    assert answer is not None
    assert answer.body == image


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/fhir", "https://api.invalid/v1/fhir"),
        ("/fhir?a=b", "https://api.invalid/v1/fhir?a=b"),
        ("/fhir/Observation", "https://api.invalid/v1/fhir/Observation"),
        ("/fhirs", "https://sso.invalid/realm/fhirs"),
        ("/token", "https://sso.invalid/realm/token"),
    ],
)
def test_each_address_has_its_own_behind_the_door(path: str, there: str) -> None:
    assert Way(DOOR, "/fhir", AWAY).there(Request("GET", DOOR + path)).url == there


def test_a_form_seems_to_come_from_the_pages_of_the_issuer() -> None:
    headers = (("Origin", DOOR), ("Accept-Encoding", "gzip"), ("X-A", DOOR))
    sent = Way(DOOR, "/fhir", AWAY).there(Request("POST", f"{DOOR}/login", headers))
    assert sent.headers == (("Origin", "https://sso.invalid"), ("X-A", DOOR))


def test_what_comes_back_leads_to_the_door_again() -> None:
    headers = (
        ("Location", "https://sso.invalid/realm/next"),
        ("Set-Cookie", "a=b; Path=/; Secure; HttpOnly"),
        ("Content-Type", "application/fhir+json"),
    )
    body = b'{"url":"https://api.invalid/v1/fhir/Observation?page=2","other":"https://ailleurs.invalid/"}'
    back = Way(DOOR, "/fhir", AWAY).back(Response(200, headers, body))
    assert back.header("location") == f"{DOOR}/next"
    assert back.header("set-cookie") == "a=b; Path=/; HttpOnly"
    assert json.loads(back.body) == {"url": f"{DOOR}/fhir/Observation?page=2", "other": "https://ailleurs.invalid/"}


def test_the_name_of_the_issuer_stays_that_of_the_tokens() -> None:
    told = {"issuer": AWAY.issuer, "token_endpoint": f"{AWAY.issuer}/token"}
    back = Way(DOOR, "/fhir", AWAY).back(
        Response(200, (("Content-Type", "application/json"),), json.dumps(told).encode())
    )
    assert json.loads(back.body) == {"issuer": AWAY.issuer, "token_endpoint": f"{DOOR}/token"}


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b"", b"[1]"])
def test_what_cannot_be_read_goes_through(body: bytes) -> None:
    assert Way(DOOR, "/fhir", AWAY).back(Response(200, (("Content-Type", "application/json"),), body)).body == body
