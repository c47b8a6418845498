"""Pairing in a browser with a return on this machine: what comes back is ours, or it is nothing."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import AuthError, Inconclusive, UsageError
from mes_conformity.harness import pairing
from mes_conformity.harness.engine import live
from mes_conformity.harness.login import Speaker, login
from mes_conformity.harness.targets import from_descriptor
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.loader import load_all

CONTRACTS = load_all().contracts
ENV = Environment.system()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(tls=False) as running:
        yield running


@contextmanager
def speaking(sandbox: Sandbox, **client: Any) -> Iterator[Speaker]:
    target = from_descriptor(sandbox.descriptor, "essai", "file", "essai")
    target = replace(target, client={**target.client, **client})
    transport = live(target, ENV)
    try:
        yield Speaker(target, CONTRACTS, ENV, transport)
    finally:
        transport.close()


def visit(address: str) -> int:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return connection.getresponse().status
    finally:
        connection.close()


def browsing(speaker: Speaker, act: Callable[[str], None]) -> Callable[[str], None]:
    """A browser in a thread, that does `act` with the address."""

    def show(address: str) -> None:
        threading.Thread(target=act, args=(address,), daemon=True).start()

    return show


def accept(speaker: Speaker, decision: str = "accept") -> Callable[[str], None]:
    def act(address: str) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        demand = pairing.Demand(asked, asked["redirect_uri"], "", asked["state"], asked["nonce"])
        person = pairing.person_of(speaker, speaker.target.users[0], {"decision": decision})
        visit(str(pairing.authorize(speaker, demand, person)["location"]))

    return browsing(speaker, act)


def test_a_person_who_accepts_gives_tokens(sandbox: Sandbox) -> None:
    with speaking(sandbox) as speaker:
        tokens = login(speaker, accept(speaker), 10)
    assert {"access_token", "refresh_token", "id_token"} <= set(tokens)


def test_a_person_who_refuses_is_told(sandbox: Sandbox) -> None:
    with speaking(sandbox) as speaker, pytest.raises(AuthError) as caught:
        login(speaker, accept(speaker, "refuse"), 10)
    assert caught.value.code == "LOG003"


def test_nobody_comes_back(sandbox: Sandbox) -> None:
    with speaking(sandbox) as speaker, pytest.raises(Inconclusive) as caught:
        login(speaker, lambda _address: None, 0.05)
    assert caught.value.code == "LOG002"


def test_an_answer_with_another_state_is_nobody(sandbox: Sandbox) -> None:
    seen: list[int] = []

    def forge(address: str) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        for path, query in (
            ("", {"state": "autre", "code": "x"}),
            ("/ailleurs", {"state": asked["state"], "code": "x"}),
        ):
            seen.append(visit(f"{asked['redirect_uri']}{path}?{urlencode(query)}"))

    with speaking(sandbox) as speaker, pytest.raises(Inconclusive):
        login(speaker, forge, 0.05)
    assert seen == [404, 404]


def test_the_return_is_on_this_machine_or_nowhere(sandbox: Sandbox) -> None:
    client = {"loopback_redirect_uri": "", "redirect_uri": "https://service.invalid/retour"}
    with speaking(sandbox, **client) as speaker, pytest.raises(UsageError) as caught:
        login(speaker, lambda _address: None, 0.05)
    assert caught.value.code == "LOG001"


def test_a_port_that_is_taken_is_told(sandbox: Sandbox) -> None:
    taken = sandbox.url.rpartition(":")[2]
    with (
        speaking(sandbox, loopback_redirect_uri=f"http://127.0.0.1:{taken}/retour") as speaker,
        pytest.raises(UsageError) as caught,
    ):
        login(speaker, lambda _address: None, 0.05)
    assert caught.value.code == "LOG004"
