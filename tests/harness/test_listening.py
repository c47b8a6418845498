"""Listening to a client: a small one of ours, sound and wrong in one way at a time, over real sockets."""

import http.client
import json
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import pytest

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.defects import DEFECTS
from mes_conformity.harness.engine import Engine, Service, make_ground
from mes_conformity.harness.listening import Door, Heard, Trials, bundles, listening
from mes_conformity.harness.sample_client import BEHAVIOURS, heard
from mes_conformity.harness.selection import Selection, plan
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.evidence import Exchange, Failure, Request, Response
from mes_conformity.suites.loader import load_all
from mes_conformity.validators.artefact import judge

LIBRARY = load_all()
ENV = Environment.system()
CASES = [case for case in LIBRARY.cases if case.kind == "listen"]


@cache
def traffic(behaviour: str = "") -> tuple[Heard, ...]:
    return heard(LIBRARY.contracts, ENV, behaviour)


def outcomes(told: tuple[Heard, ...]) -> dict[str, str]:
    client = {"redirect_uri": "https://service-exemple.invalid/retour"}
    ground = make_ground(LIBRARY, Service(traffic=told, client=client), ENV)
    engine = Engine(LIBRARY, ground)
    engine.run(plan(LIBRARY, Selection(kinds=("listen",)), {}))
    return {entry["id"]: entry["outcome"] for entry in engine.entries}


def test_a_sound_client_passes_every_case() -> None:
    assert outcomes(traffic()) == {case.id: "passed" for case in CASES}


def test_a_sound_client_writes_sound_bundles() -> None:
    found = bundles(traffic())
    assert len(found) >= 4
    contracts = tuple(LIBRARY.contracts.values())
    assert [item for raw in found for item in judge("measure-bundle", raw, contracts) if item.severity == "error"] == []


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_each_case_fails_for_what_it_names(case: object) -> None:
    for name in case.broken_by:  # type: ignore[attr-defined]
        behaviour = (DEFECTS[name].settings or {})["behaviour"]
        assert outcomes(traffic(str(behaviour)))[case.id] == "failed"  # type: ignore[attr-defined]


def test_every_behaviour_is_a_defect_and_breaks_a_case() -> None:
    defects = {str((item.settings or {}).get("behaviour")) for item in DEFECTS.values() if item.applies_to == "listen"}
    assert defects == set(BEHAVIOURS)
    named = {name for case in CASES for name in case.broken_by}
    assert named == {name for name, item in DEFECTS.items() if item.applies_to == "listen"}


def test_a_client_that_said_nothing_is_not_judged() -> None:
    assert set(outcomes(()).values()) == {"skipped"}


# --- the door --------------------------------------------------------------------------------------------------------


@pytest.fixture
def door() -> Iterator[Door]:
    def forward(request: Request) -> Exchange:
        if request.url.endswith("/down"):
            return Exchange(request, None, Failure("refused", "x"), "", 0)
        told = json.dumps({"method": request.method, "body": request.body.decode()}).encode()
        return Exchange(
            request, Response(200, (("Content-Type", "text/x"), ("Connection", "close")), told), None, "", 0
        )

    with Door(forward, "/fhir", Trials(busy_at=1, down_at=3), lambda _pairing: None, 0) as opened:
        yield opened


def ask(door: Door, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(door.url).netloc, timeout=5)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_every_method_goes_through(door: Door, method: str) -> None:
    status, body = ask(door, method, "/x?a=b", b"hello")
    assert (status, json.loads(body)) == (200, {"method": method, "body": "hello"})
    assert door.heard[0].exchange.request.url == f"{door.url}/x?a=b"
    assert door.told.is_set()


def test_a_head_has_no_body(door: Door) -> None:
    assert ask(door, "HEAD", "/x") == (200, b"")


def test_a_sandbox_that_is_down_is_a_502(door: Door) -> None:
    assert ask(door, "GET", "/down")[0] == 502


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content_Length": "x"}, 411), ({"Content_Length": "-1"}, 411), ({"Content_Length": str(10**9)}, 413),
     ({"Transfer_Encoding": "chunked"}, 413)],
)  # fmt: skip
def test_a_body_that_cannot_be_taken_is_refused(door: Door, headers: dict[str, str], status: int) -> None:
    assert ask(door, "POST", "/x", None, **headers)[0] == status
    assert door.heard == []


def test_each_trial_is_made_once(door: Door) -> None:
    paths = ("/fhir/metadata", "/fhir", "/fhir/Observation", "/fhir", "/fhir")
    assert [ask(door, "GET", path)[0] for path in paths] == [200, 429, 200, 503, 200]
    assert [item.trial for item in door.heard] == ["", "busy", "", "down", ""]
    assert {
        item.exchange.response.header("Retry-After") for item in door.heard if item.trial and item.exchange.response
    } == {"1"}


def test_the_sandbox_has_its_own_address_again_afterwards() -> None:
    contract = LIBRARY.contracts["mes-measures@1.5.2"]
    with Sandbox.start(tls=False) as sandbox:
        inside = sandbox.url
        with listening(sandbox, contract, ENV) as (opened, target):
            assert target.issuer == target.url == opened.url != inside
        assert sandbox.url == inside
