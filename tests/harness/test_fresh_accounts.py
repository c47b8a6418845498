"""An account that an earlier run wrote to accuses nobody, at a target that makes no test person on demand."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from harness_partner import FakeSession, Script, json_answer

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness import engine
from mes_conformity.harness.accounts import written_measures
from mes_conformity.harness.engine import Service
from mes_conformity.harness.fresh_accounts import holds_something
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.targets import Target, from_descriptor
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.evidence import Request, Response
from mes_conformity.suites.loader import load_all
from mes_conformity.validators.contract import load

LIBRARY = load_all()
IDENTITY = {"subject": "urn:oid:1.2|idpe-1", "access_token": "a", "id_token": "i"}
# One of each API: a last measure, documents of a person, appointments of a person.
SEARCHING = Selection(ids=("MES-W-01", "MES-DOC-16", "MES-AGD-12"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(tls=False) as running:
        yield running


def without_control(sandbox: Sandbox, accounts: int) -> Target:
    people = sandbox.ask(lambda world: [world.new_user().to_json() for _ in range(accounts)])
    described = {**sandbox.descriptor, "control_url": None, "users": people}
    return from_descriptor(described, "essai", "file", "essai")


def outcomes(target: Target) -> dict[str, str]:
    result = engine.run(LIBRARY, SEARCHING, Service(), Environment.system(), target=target)
    return {entry["id"]: entry["outcome"] for entry in result.entries if entry["id"] in SEARCHING.ids}


def test_later_runs_on_the_same_accounts_accuse_nobody(sandbox: Sandbox) -> None:
    target = without_control(sandbox, 4)  # one that is shared, one for each case
    assert set(outcomes(target).values()) == {"passed"}
    later = [set(outcomes(target).values()) for _run in range(3)]
    assert set().union(*later) == {"passed", "skipped"}
    assert later[-1] == {"skipped"}


@pytest.mark.slow
def test_every_case_may_be_played_twice_on_the_same_accounts(sandbox: Sandbox) -> None:
    target = without_control(sandbox, 60)
    for _run in range(2):
        chosen = Selection(kinds=("connection",))
        result = engine.run(LIBRARY, chosen, Service(), Environment.system(), target=target, jobs=4)
        wrong = [(entry["id"], entry["reason"]) for entry in result.entries if entry["outcome"] in ("failed", "error")]
        assert wrong == []


def test_an_account_that_is_empty_is_found_among_those_that_are_not(sandbox: Sandbox) -> None:
    used = without_control(sandbox, 5)
    outcomes(used)
    new = without_control(sandbox, 3)
    assert set(outcomes(replace(used, users=(*used.users, *new.users))).values()) == {"passed"}


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ('{"resourceType":"Bundle","total":1}', 200, True),
        ('{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation"}}]}', 200, True),
        ('{"resourceType":"Bundle","total":0,"entry":[{"resource":{"resourceType":"OperationOutcome"}}]}', 200, False),
        ('{"resourceType":"Bundle","total":0}', 200, False),
        ('{"resourceType":"Bundle","total":1}', 403, False),  # not searched: the case will judge it
        ("<p>", 200, False),
        ('{"total":"many","entry":7}', 200, False),
    ],
)
def test_what_tells_that_an_account_holds_something(env: Environment, body: str, status: int, expected: bool) -> None:
    session = FakeSession(env, Script(lambda _request: json_answer(body, status)))
    assert holds_something(session, IDENTITY) is expected


def test_a_target_that_does_not_answer_tells_nothing(env: Environment) -> None:
    assert not holds_something(FakeSession(env, Script(lambda _request: None)), IDENTITY)


def test_only_what_the_case_writes_is_sought_where_a_code_is_wanted(env: Environment) -> None:
    asked: list[str] = []

    def answers(request: Request) -> Response:
        asked.append(request.url.partition("?")[2])
        return json_answer("{}")

    names = ("mes-measures@1.5.2", "mes-documents@0.1.0", "mes-agenda@0.1.0", "mes-pairing@2.1.0")
    contracts = {name: load(name) for name in names}
    session = FakeSession(env, Script(answers), contracts=contracts, measures=frozenset({"weight", "steps", "nothing"}))
    holds_something(session, IDENTITY)
    assert [("code=29463-7" in query, "_sort=-date" in query) for query in asked].count((True, True)) == 1
    assert [status for query in asked for status in ("current", "superseded") if f"status={status}" in query] == [
        "current",
        "superseded",
    ]
    assert len(asked) == 5  # two measures, two statuses, the agenda


@pytest.mark.parametrize(("name", "expected"), [("MES-W-01", {"weight"}), ("MES-DOC-16", set())])
def test_the_measures_of_a_case_are_those_of_its_steps(name: str, expected: Any) -> None:
    assert written_measures(LIBRARY.case(name)) == expected
