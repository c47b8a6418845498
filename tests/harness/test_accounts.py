"""Whose account a case uses where the target makes no test person on demand."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from harness_partner import Script, json_answer
from harness_partner import target as nowhere

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.accounts import own_accounts, served
from mes_conformity.harness.engine import Engine, Service, make_ground
from mes_conformity.harness.selection import Selection, plan
from mes_conformity.suites.loader import load_all

SEARCH = {"method": "GET", "path": "/x", "query": {"a": "b"}}
READ = {"method": "GET", "path": "/x/1"}


def case(name: str, *steps: Any, after: tuple[str, ...] = (), needs: tuple[str, ...] = ("paired_identity",)) -> Any:
    shaped = [
        SimpleNamespace(action=step, request=None)
        if isinstance(step, str)
        else SimpleNamespace(action=None, request=step)
        for step in steps
    ]
    return SimpleNamespace(id=name, steps=shaped, after=after, needs=needs)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (case("a", READ), 0),
        (case("a", {"method": "POST", "path": "/x"}), 0),
        (case("a", SEARCH), 1),
        (case("a", {"method": "POST", "path": "/x/_search"}), 1),
        (case("a", "follow_pages"), 1),
        (case("a", "write_series"), 1),
        (case("a", "paired_identity", READ), 2),
        (case("a", "paired_identity", "paired_identity", needs=()), 2),
        (case("a", SEARCH, needs=()), 0),
    ],
)
def test_how_many_accounts_a_case_wants_for_itself(one: Any, expected: int) -> None:
    assert own_accounts(one) == expected


def test_those_that_others_stand_on_are_served_first() -> None:
    cases = [
        case("alone", SEARCH),
        case("ground", SEARCH),
        case("middle", SEARCH, after=("ground",)),
        case("writes", READ, after=("middle",)),
        case("two", "paired_identity"),
    ]
    assert served(cases, 0) == frozenset()
    assert served(cases, 1) == {"ground"}
    assert served(cases, 2) == {"ground", "middle"}
    assert served(cases, 3) == {"ground", "middle", "alone"}
    assert served(cases, 5) == {"ground", "middle", "alone", "two"}


def test_a_case_without_an_account_is_skipped_with_the_remedy(env: Environment) -> None:
    library = load_all()
    target = replace(nowhere(), control_url=None)
    ground = make_ground(library, Service(), env, target, Script(lambda _request: json_answer("{}")))
    engine = Engine(library, ground)
    engine.run(plan(library, Selection(ids=("MES-R-01", "MES-R-02", "MES-R-03")), {}))
    reasons = [entry["reason"]["fr"] for entry in engine.entries if entry["outcome"] == "skipped"]
    assert any("`users`" in reason for reason in reasons)
