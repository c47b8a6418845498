"""The pairing of a person, lent to the cases of a run: fresh tokens, kept anew at each change, ended by no case."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from harness_partner import FakeSession, Script, json_answer
from memory_keyring import Memory

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness import engine, login, pairing
from mes_conformity.harness.actions import ACTIONS
from mes_conformity.harness.engine import Service
from mes_conformity.harness.kept_pairing import KeptPairing, lent, signs_in, undoes_pairing
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing
from mes_conformity.harness.targets import Target, from_descriptor
from mes_conformity.harness.transports import LiveTransport
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.evidence import Request, Response
from mes_conformity.suites.loader import load_all

LIBRARY = load_all()
ENV = Environment.system()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(tls=False) as running:
        yield running


@pytest.fixture
def bare(sandbox: Sandbox) -> Target:
    """A target that gives no account of any kind."""
    sandbox.reset()
    return from_descriptor({**sandbox.descriptor, "control_url": None, "users": [], "people": []}, "r", "file", "r")


def paired_by_a_person(sandbox: Sandbox, target: Target) -> dict[str, Any]:
    user = sandbox.ask(lambda world: world.new_user().to_json())
    transport = LiveTransport()
    try:
        speaker = login.Speaker(target, LIBRARY.contracts, ENV, transport)
        grant = pairing.authorize(speaker, pairing.demand(speaker, {}), pairing.person_of(speaker, user, {}))
        return pairing.exchange(speaker, grant)
    finally:
        transport.close()


def run(target: Target, *ids: str) -> dict[str, tuple[str, str]]:
    with lent(target, LIBRARY.contracts, ENV) as place:
        result = engine.run(LIBRARY, Selection(ids=ids), Service(), ENV, target=place)
    return {entry["id"]: (entry["outcome"], (entry["reason"] or {}).get("fr", "")) for entry in result.entries}


def test_a_run_uses_the_pairing_of_a_person(sandbox: Sandbox, bare: Target, memory: Memory) -> None:
    assert run(bare, "MES-W-01")["MES-W-01"][0] == "skipped"
    login.keep(bare, paired_by_a_person(sandbox, bare), ENV)
    assert run(bare, "MES-W-01", "MES-W-02") == {"MES-W-01": ("passed", ""), "MES-W-02": ("passed", "")}


def test_the_newest_token_is_kept_so_that_the_next_run_can_go_on(
    sandbox: Sandbox, bare: Target, memory: Memory
) -> None:
    login.keep(bare, paired_by_a_person(sandbox, bare), ENV)
    kept = [dict(memory.kept)]
    assert run(bare, "MES-W-01")["MES-W-01"][0] == "passed"
    kept.append(dict(memory.kept))
    outcome, reason = run(bare, "MES-W-01")["MES-W-01"]
    kept.append(dict(memory.kept))
    assert (outcome, "contient déjà des données" in reason) == ("skipped", True)  # written by the first run
    assert kept[0] != kept[1] != kept[2]


def test_no_case_ends_the_pairing_or_makes_another(sandbox: Sandbox, bare: Target, memory: Memory) -> None:
    login.keep(bare, paired_by_a_person(sandbox, bare), ENV)
    with lent(bare, LIBRARY.contracts, ENV) as place:
        result = engine.run(LIBRARY, Selection(kinds=("connection",)), Service(), ENV, target=place)
        assert place.paired is not None
        assert place.paired()["access_token"]  # still good
    found = {entry["id"]: entry for entry in result.entries}
    assert [name for name, entry in found.items() if entry["outcome"] in ("failed", "error")] == []
    ending = [case.id for case in LIBRARY.cases if case.kind == "connection" and undoes_pairing(case)]
    assert ending
    assert {found[name]["outcome"] for name in ending} == {"skipped"}
    assert sum(entry["outcome"] == "passed" for entry in found.values()) > 40


def test_what_stands_on_signing_in_is_played_all_the_same(sandbox: Sandbox, bare: Target, memory: Memory) -> None:
    login.keep(bare, paired_by_a_person(sandbox, bare), ENV)
    standing = next(
        case
        for case in LIBRARY.cases
        if case.kind == "connection" and any(signs_in(LIBRARY.case(name)) for name in case.after)
        and not signs_in(case) and not undoes_pairing(case) and "control" not in case.needs
    )  # fmt: skip
    outcome, reason = run(bare, standing.id)[standing.id]
    assert "terrain" not in reason, (standing.id, outcome)


def test_a_variable_gives_it_where_there_is_no_keyring(sandbox: Sandbox, bare: Target) -> None:
    token = paired_by_a_person(sandbox, bare)["refresh_token"]
    env = replace(ENV, variables={login.VARIABLE: token})
    with lent(bare, LIBRARY.contracts, env) as place:
        assert place.paired is not None
        assert place.paired()["id_token"]


def test_a_target_with_accounts_needs_no_pairing(sandbox: Sandbox, memory: Memory) -> None:
    target = from_descriptor(sandbox.descriptor, "r", "file", "r")
    with lent(target, LIBRARY.contracts, ENV) as place:
        assert place is target


def test_tokens_are_asked_for_once_while_they_last() -> None:
    asked: list[Request] = []

    def answers(request: Request) -> Response:
        asked.append(request)
        return json_answer('{"access_token":"a","refresh_token":"next","expires_in":300}')

    kept: list[Any] = []
    found = KeptPairing(FakeSession(ENV, Script(answers)), "first", kept.append)
    threads = [threading.Thread(target=found.tokens) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(asked), [item["refresh_token"] for item in kept]) == (1, ["next"])
    assert b"refresh_token=first" in asked[0].body


def test_tokens_are_renewed_with_the_newest_before_they_end() -> None:
    asked: list[bytes] = []

    def answers(request: Request) -> Response:
        asked.append(request.body)
        return json_answer(f'{{"access_token":"a","refresh_token":"r{len(asked)}","expires_in":0}}')

    found = KeptPairing(FakeSession(ENV, Script(answers)), "r0", lambda _tokens: None)
    found.tokens()
    found.tokens()
    assert [f"refresh_token=r{n}".encode() in body for n, body in enumerate(asked)] == [True, True]


@pytest.mark.parametrize(
    ("body", "status", "word"), [('{"error":"invalid_grant"}', 400, "invalid_grant"), ("[", 503, "503")]
)
def test_a_refusal_says_why(body: str, status: int, word: str) -> None:
    found = KeptPairing(FakeSession(ENV, Script(lambda _request: json_answer(body, status))), "r", lambda _tokens: None)
    with pytest.raises(ActionFailed) as caught:
        found.tokens()
    assert (caught.value.code, word in caught.value.message["fr"]) == ("pairing_refused", True)


def test_other_consents_than_those_of_the_person_are_not_asked_for(bare: Target) -> None:
    session = FakeSession(ENV, Script(lambda _request: None), target=replace(bare, paired=dict))
    with pytest.raises(PrerequisiteMissing):
        ACTIONS["paired_identity"].run(session, {"write": "refused"})


def test_a_target_without_a_client_is_not_looked_for_in_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError

    monkeypatch.setattr(login, "kept", refuse)
    target = from_descriptor({"url": "http://127.0.0.1:1"}, "t", "url", "t")
    with lent(target, {}, ENV) as found:
        assert found is target
