"""Calls with a chosen certificate: what came of it is typed, and an accident is never a refusal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness_partner import FakeSession, Script, target

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness import calls
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing
from mes_conformity.harness.targets import from_descriptor
from mes_conformity.harness.transports import LiveTransport
from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.suites.evidence import Exchange, Failure, Request, Response

READ = {"method": "GET", "path": "/fhir/Observation", "authenticate": False}
DISCOVERY = {"method": "GET", "path": "/.well-known/openid-configuration", "authenticate": False}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(settings=Settings(mtls=True)) as running:
        yield running


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[FakeSession]:
    sandbox.reset()
    described = from_descriptor(sandbox.descriptor, "essai", "embedded", "essai")
    transport = LiveTransport(ca_file=Path(str(described.ca_file)))
    yield FakeSession(Environment.system(), transport, target=described, client=described.client)
    transport.close()


def call(session: FakeSession, state: str, **request: Any) -> dict[str, Any]:
    return calls.call_with_certificate(session, {"state": state, "request": {**READ, **request}})


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("valid", "HTTP 401"),  # the certificate is good, the token is missing
        ("none", "HTTP 403"),
        ("stranger", "HTTP 403"),
        ("expired", "alert certificate_expired"),
        ("revoked", "alert certificate_revoked"),
        ("unknown", "alert unknown_ca"),
        ("wrong", "alert unsupported_certificate"),
    ],
)
def test_each_certificate_has_its_typed_outcome(session: FakeSession, state: str, outcome: str) -> None:
    told = call(session, state)
    assert told == {"outcome": outcome, "status": int(outcome[5:]) if outcome.startswith("HTTP") else None}


def test_the_certificate_of_the_target_is_the_valid_one(session: FakeSession) -> None:
    files = session.target.client_certificates["valid"]
    session.target = target(
        url=session.target.url,
        ca_file=session.target.ca_file,
        client_certificate=files,
        fhir_url=session.target.fhir_url,
    )
    assert call(session, "valid")["status"] == 401


def test_a_target_without_certificates_is_not_judged(env: Environment) -> None:
    with pytest.raises(PrerequisiteMissing):
        call(FakeSession(env, Script(lambda _request: None)), "expired")


class Accident(FakeSession):
    """Whatever is sent, this is what comes of it."""

    failure = Failure("reset", "")

    def send(self, request: Request, **_how: Any) -> Exchange:
        return Exchange(request, None, self.failure, "", 1)


def accident(env: Environment, kind: str, detail: str = "") -> Accident:
    session = Accident(env, Script(lambda _request: None))
    session.failure = Failure(kind, detail)
    return session


def old_tls(session: FakeSession) -> dict[str, Any]:
    return calls.call_with_old_tls(session, {"request": DISCOVERY})


def test_old_tls_is_refused_by_its_alert(session: FakeSession) -> None:
    assert old_tls(session) == {"outcome": "alert protocol_version", "status": None}


def test_old_tls_is_answered_where_it_is_accepted(session: FakeSession, sandbox: Sandbox) -> None:
    sandbox.set_faults(["old-tls-accepted"])
    try:
        assert old_tls(session) == {"outcome": "HTTP 200", "status": 200}
    finally:
        sandbox.set_faults([])


def test_a_machine_without_old_tls_judges_nobody(env: Environment) -> None:
    with pytest.raises(PrerequisiteMissing):
        old_tls(accident(env, "tls", "no protocols available"))


@pytest.mark.parametrize(
    ("kind", "detail"), [("reset", ""), ("closed_early", ""), ("tls", "unexpected eof while reading")]
)
def test_a_connection_closed_without_a_word_is_said_so(env: Environment, kind: str, detail: str) -> None:
    assert call(accident(env, kind, detail), "none") == {"outcome": "closed", "status": None}


@pytest.mark.parametrize(
    ("kind", "detail"),
    [("refused", ""), ("dns", ""), ("timeout", ""), ("protocol", ""), ("tls", "self-signed certificate")],
)
def test_an_accident_is_no_outcome(env: Environment, kind: str, detail: str) -> None:
    with pytest.raises(ActionFailed, match=f"transport_{kind}"):
        call(accident(env, kind, detail), "none")


def repeated(session: FakeSession, count: int) -> dict[str, Any]:
    return calls.repeat_request(session, {"count": count, "request": DISCOVERY})


def test_a_burst_under_the_limit_is_answered(session: FakeSession) -> None:
    assert repeated(session, 5) == {"accepted": 5, "statuses": [200], "retry_after": None}


def test_a_burst_stops_at_the_first_refusal_for_excess(session: FakeSession) -> None:
    calls.set_rate_limit(session, {"requests": 2})
    told = repeated(session, 10)
    assert (told["accepted"], told["statuses"]) == (2, [200, 429])
    assert 0 < int(told["retry_after"]) <= 60


def test_a_burst_is_bounded(env: Environment) -> None:
    script = Script(lambda _request: Response(200))
    assert repeated(FakeSession(env, script), 10**9)["accepted"] == len(script.sent) == 200


def test_a_burst_without_an_answer_is_an_error(env: Environment) -> None:
    with pytest.raises(ActionFailed, match="transport_dns"):
        repeated(accident(env, "dns"), 2)
