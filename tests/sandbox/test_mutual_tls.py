"""Mutual TLS: each state of a certificate, at the handshake or after it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sandbox_partner import Partner, bundle, weight

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.targets import from_descriptor
from mes_conformity.harness.transports import LiveTransport
from mes_conformity.sandbox.authority import CLIENT_STATES
from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.suites.evidence import Request


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox.start(settings=Settings(mtls=True)) as sandbox:
        yield sandbox


@contextmanager
def calling(sandbox: Sandbox, state: str = "") -> Iterator[httpx.Client]:
    """A client that presents the certificate in this state, or none."""
    context = ssl.create_default_context(cafile=sandbox.descriptor["ca_file"])
    if state:
        files = sandbox.descriptor["client_certificates"][state]
        context.load_cert_chain(files["certificate"], files["key"])
    with httpx.Client(base_url=sandbox.url, verify=context, timeout=10, trust_env=False) as http:
        yield http


@contextmanager
def faulty(sandbox: Sandbox, *names: str) -> Iterator[None]:
    sandbox.set_faults(names)
    yield
    sandbox.set_faults([])


def test_a_valid_certificate_pairs_writes_and_reads(served: Sandbox) -> None:
    with calling(served, "valid") as http:
        partner = Partner(served.descriptor, http)
        identity = partner.pair()
        assert partner.write(identity, bundle(weight(identity))).status_code == 200
        assert partner.last(identity).status_code == 200


@pytest.mark.parametrize(
    ("state", "alert"),
    [
        ("expired", "CERTIFICATE_EXPIRED"),
        ("revoked", "CERTIFICATE_REVOKED"),
        ("unknown", "UNKNOWN_CA"),
        ("wrong", "UNSUPPORTED_CERTIFICATE"),
    ],
)
def test_a_certificate_that_is_not_good_ends_the_handshake_with_its_alert(
    served: Sandbox, state: str, alert: str
) -> None:
    with calling(served, state) as http, pytest.raises(httpx.TransportError) as caught:
        http.get("/jwks")
    assert alert in str(caught.value).upper().replace(" ", "_")


@pytest.mark.parametrize(("state", "told"), [("", "mandatory"), ("stranger", "no known client")])
@pytest.mark.parametrize("path", ["/token", "/revoke", "/pairings/x"])
def test_without_the_certificate_of_a_client_partners_are_refused(
    served: Sandbox, state: str, told: str, path: str
) -> None:
    with calling(served, state) as http:
        answer = http.post(path)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert told in answer.json()["error_description"]


def test_fhir_says_it_as_an_outcome(served: Sandbox) -> None:
    with calling(served) as http:
        answer = http.get("/fhir/Observation")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (403, "security")


@pytest.mark.parametrize("path", ["/espace", "/jwks", "/.well-known/openid-configuration", "/_sandbox/target"])
def test_a_browser_and_a_test_need_none(served: Sandbox, path: str) -> None:
    with calling(served) as http:
        assert http.get(path).status_code == 200


def test_the_certificate_of_one_client_is_not_for_another(served: Sandbox) -> None:
    with calling(served, "valid") as http:
        other = served.descriptor["other_client"]
        auth = (other["client_id"], other["client_secret"])
        answer = http.post("/token", data={"grant_type": "authorization_code", "code": "x"}, auth=auth)
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("state", ["", *CLIENT_STATES])
def test_the_first_fault_asks_nobody_for_anything(served: Sandbox, state: str) -> None:
    with faulty(served, "client-certificate-ignored"), calling(served, state) as http:
        assert http.get("/fhir/Observation").status_code == 401


@pytest.mark.parametrize("let_in", ["expired", "revoked", "unknown", "stranger"])
@pytest.mark.parametrize("state", ["", *CLIENT_STATES])
def test_each_other_fault_lets_one_state_in_and_no_more(served: Sandbox, let_in: str, state: str) -> None:
    with faulty(served, f"{let_in}-certificate-accepted"), calling(served, state) as http:
        try:
            came_in = http.get("/fhir/Observation").status_code == 401  # the token is asked for next
        except httpx.TransportError:
            came_in = False
    assert came_in == (state in ("valid", let_in))


def test_faults_add_up(served: Sandbox) -> None:
    with faulty(served, "expired-certificate-accepted", "revoked-certificate-accepted"):
        for state in ("expired", "revoked"):
            with calling(served, state) as http:
                assert http.get("/fhir/Observation").status_code == 401


def test_without_the_option_nobody_is_asked() -> None:
    with Sandbox.start() as sandbox, calling(sandbox) as http:
        assert http.get("/fhir/Observation").status_code == 401
        assert sandbox.descriptor["client_certificate"] is None


def test_the_harness_presents_the_certificate_of_the_target(served: Sandbox, env: Environment) -> None:
    target = from_descriptor(served.descriptor, "x", "file", "x")
    transport = LiveTransport(ca_file=target.ca_file, client_certificate=target.client_certificate, now=env.now)
    exchange = transport.send(Request("POST", f"{target.issuer}/token", (), b""))
    transport.close()
    assert exchange.response is not None
    assert b"certificate" not in exchange.response.body
