"""Records held against the steps of their case: what a forger may have swapped, moved or left out."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mes_conformity.dossier.fidelity import Fault, adjacent, alike, rejudge
from mes_conformity.foundation.environment import Environment
from mes_conformity.harness import engine
from mes_conformity.harness.casework import Artefact, CaseWork
from mes_conformity.harness.targets import Target
from mes_conformity.suites.evidence import ActionRecord, ArtefactUse, Exchange, Failure, Record, Request, Response
from mes_conformity.suites.loader import from_documents

SUITE = """\
schema_version: 1
suite: fidele
kind: connection
title: {fr: Suite fidèle, en: Faithful suite}
cases:
  - id: FID-01
    title: {fr: Un échange, en: An exchange}
    subject: target
    basis: assumption
    requirements: [x-ech-erreurs]
    source: "essai"
    broken_by: [slow]
    remedy: {fr: Rien., en: Nothing.}
    steps:
      - request:
          {method: POST, path: /things, query: {q: "1"}, headers: {X-Kind: "${service.product}"}, body: {a: 1},
           authenticate: false}
        capture: {id: {json: /id}}
        expect: {status: 200}
      - request: {method: POST, path: "/things/${id}", form: {token: secret-du-cas, b: "2"}, authenticate: false}
        expect: {status: 200}
  - id: FID-02
    title: {fr: Chaque lot, en: Each bundle}
    subject: service
    basis: assumption
    requirements: [x-ech-erreurs]
    source: "essai"
    broken_by: [artefact-without-value]
    remedy: {fr: Rien., en: Nothing.}
    for_each: measure-bundle
    steps:
      - use: artefact
        with: {kind: measure-bundle}
        expect: {equals: [{json: /content/type, to: transaction}]}
""".encode()
LIBRARY = from_documents({"connection/fidele.yaml": SUITE})
URL = "https://cible.test"
TARGET = Target("cible", "url", URL, f"{URL}/fhir", URL)
ARTEFACTS = tuple(
    Artefact(f"artefacts/{n}.json", "measure-bundle", json.dumps({"type": "transaction", "n": n}).encode())
    for n in (1, 2)
)
RUN: dict[str, Any] = {
    "run": {"target": {"name": "cible", "url": URL, "kind": "url"}},
    "service": {"publisher": None, "product": "Glyco", "version": None, "solution_oid": None},
    "artefacts": [{"path": item.path, "kind": item.kind, "sha256": item.sha256} for item in ARTEFACTS],
}


@dataclass
class Answering:
    """A target that answers the same to everything."""

    def send(self, request: Request, *, timeout: float | None = None) -> Exchange:
        body = b'{"id": "7"}'
        answer = Response(200, (("Content-Type", "application/json"),), body)
        return Exchange(request, answer, None, "2026-11-22T12:00:00Z", 1)

    def close(self) -> None:
        """Nothing to close."""


def played(name: str, env: Environment) -> list[Record]:
    service = engine.Service(product="Glyco", artefacts=ARTEFACTS)
    ground = engine.make_ground(LIBRARY, service, env, TARGET, Answering())
    return list(CaseWork(ground, LIBRARY.case(name)).play().records)


def faults(name: str, records: list[Record], run: dict[str, Any] = RUN) -> list[Fault]:
    held = {item.sha256: item.raw for item in ARTEFACTS}
    return rejudge(LIBRARY.case(name), records, LIBRARY.contracts, held, run)[1]


def request_changed(records: list[Record], number: int, **changes: Any) -> list[Record]:
    found = []
    for record in records:
        if record.step == number and record.exchange is not None:
            request = replace(record.exchange.request, **changes)
            record = replace(record, exchange=replace(record.exchange, request=request))
        found.append(record)
    return found


@pytest.mark.parametrize("name", ["FID-01", "FID-02"])
def test_what_was_really_played_is_faithful(name: str, env: Environment) -> None:
    assert faults(name, played(name, env)) == []


@pytest.mark.parametrize(
    ("number", "changes", "what"),
    [
        (1, {"method": "GET"}, "method"),
        (1, {"url": f"{URL}/others?q=1"}, "path"),
        (1, {"url": "https://autre.test/things?q=1"}, "path"),
        (1, {"url": f"{URL}/[redacted:000000000000]?q=1"}, "path"),
        (1, {"url": f"{URL}/things?q=2"}, "query"),
        (1, {"url": f"{URL}/things"}, "query"),
        (1, {"body": b'{"a": 2}'}, "body"),
        (1, {"body": b"nothing"}, "body"),
        (1, {"headers": (("X-Kind", "autre"),)}, "header x-kind"),
        (1, {"headers": (("X-Kind", "Glyco"), ("Authorization", "Bearer x"))}, "header authorization"),
        (2, {"url": f"{URL}/things/8"}, "path"),
        (2, {"body": b"token=x&b=3"}, "body"),
    ],
)
def test_another_request_is_named(number: int, changes: dict[str, Any], what: str, env: Environment) -> None:
    found = faults("FID-01", request_changed(played("FID-01", env), number, **changes))
    assert [fault.where for fault in found] == [f"FID-01/{number} {what}"]


def step(records: list[Record], number: int) -> list[Record]:
    return [record for record in records if record.step == number]


FORGERIES: dict[str, tuple[Callable[[list[Record]], list[Record]], str]] = {
    "a step left out": (lambda all_: [item for item in all_ if item.step != 1], "records"),
    "a step twice": (lambda all_: [*all_, *step(all_, 2)], "records"),
    "a step more": (lambda all_: [*all_, replace(step(all_, 2)[0], step=3)], "steps"),
    "another iteration": (lambda all_: [*all_, *(replace(item, iteration=1) for item in all_)], "iterations"),
    "a gap": (lambda all_: [replace(item, iteration=4) for item in all_], "iterations"),
    "no context": (lambda all_: [item for item in all_ if item.step != 0], "needs"),
    "an action for a request": (
        lambda all_: [
            replace(item, exchange=None, action=ActionRecord("artefact", {}, {})) if item.step == 1 else item
            for item in all_
        ],
        "action",
    ),
    "nothing for a request": (
        lambda all_: [replace(item, exchange=None) if item.step == 2 else item for item in all_],
        "exchange",
    ),
    "a result for a request": (
        lambda all_: [
            replace(item, exchange=None, action=ActionRecord("request", {}, {})) if item.step == 1 else item
            for item in all_
        ],
        "failure",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_records_that_are_not_the_steps_are_named(name: str, env: Environment) -> None:
    forge, what = FORGERIES[name]
    assert what in {fault.where.split()[1] for fault in faults("FID-01", forge(played("FID-01", env)))}


def test_an_artefact_left_out_is_noticed(env: Environment) -> None:
    records = [record for record in played("FID-02", env) if record.iteration == 0]
    assert [fault.where for fault in faults("FID-02", records)] == ["FID-02 artefacts"]


def test_an_artefact_that_the_run_does_not_list_is_noticed(env: Environment) -> None:
    run = {**RUN, "artefacts": RUN["artefacts"][:1]}
    assert [fault.where for fault in faults("FID-02", played("FID-02", env), run)] == ["FID-02 artefacts"]


def test_an_artefact_whose_bytes_are_missing_is_held_to_be_judged(env: Environment) -> None:
    more = {"path": "artefacts/3.json", "kind": "measure-bundle", "sha256": "0" * 64}
    run = {**RUN, "artefacts": [*RUN["artefacts"], more]}
    assert [fault.where for fault in faults("FID-02", played("FID-02", env), run)] == ["FID-02 artefacts"]


def test_one_artefact_judged_twice_is_noticed(env: Environment) -> None:
    first = [record for record in played("FID-02", env) if record.iteration == 0]
    twice = [*first, *(replace(record, iteration=1) for record in first)]
    assert [fault.where for fault in faults("FID-02", twice)] == ["FID-02 artefacts"]


def test_another_input_is_named(env: Environment) -> None:
    records = [
        replace(record, action=replace(record.action, inputs={"kind": "other"}))
        if record.step == 1 and record.action
        else record
        for record in played("FID-02", env)
    ]
    assert {fault.where for fault in faults("FID-02", records)} == {"FID-02/1 inputs"}


def test_an_action_that_is_not_there_is_named(env: Environment) -> None:
    records = [
        Record(record.iteration, 1, artefact=ArtefactUse("x", "y", "z")) if record.step == 1 else record
        for record in played("FID-02", env)
    ]
    assert {fault.where for fault in faults("FID-02", records)} == {"FID-02/1 action"}


def test_a_context_of_another_service_is_named(env: Environment) -> None:
    run = {**RUN, "service": {**RUN["service"], "product": "Autre"}, "run": {"target": {"url": "https://autre.test"}}}
    found = faults("FID-01", played("FID-01", env), run)
    assert [fault.where for fault in found] == ["FID-01 service.product", "FID-01 target.url"]


def test_a_target_that_was_down_is_no_forgery() -> None:
    request = Request("GET", f"{URL}/")
    record = Record(0, 1, exchange=Exchange(request, None, Failure("refused", ""), "", 0))
    assert faults("FID-01", [record]) == []
    assert faults("FID-02", [record]) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("Bearer [redacted:0123456789ab]", "Bearer xyz", True),
        ("Bearer xyz", "Bearer [redacted:0123456789ab]", True),
        ("Basic [redacted:0123456789ab]", "Bearer xyz", False),
        ({"a": [1, "[redacted:0123456789ab]"]}, {"a": [1.0, "x"]}, True),
        ({"a": 1}, {"b": 1}, False),
        ([1], [1, 2], False),
        (True, 1, False),
        ("[redacted:0123456789ab]" * 9, "x", True),
    ],
)
def test_a_mark_stands_for_any_text(one: Any, other: Any, expected: bool) -> None:
    assert alike(one, other) is expected


@pytest.mark.parametrize(
    ("day", "close"), [("2026-11-22", True), ("2026-11-23", True), ("2025-01-01", False), (3, False)]
)
def test_the_day_of_the_judgement_is_that_of_the_run(day: Any, close: bool) -> None:
    """A certificate that has expired would be valid on another day."""
    assert adjacent(day, "2026-11-22") is close
