"""Starting and stopping, TLS, several sandboxes side by side."""

import gc
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sandbox_partner import Partner, bundle, weight

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Conflict, InvalidInput, UsageError
from mes_conformity.sandbox.embedded import Sandbox


def _trusting(sandbox: Sandbox) -> httpx.Client:
    """A client that trusts the authority of this sandbox only."""
    context = ssl.create_default_context(cafile=sandbox.descriptor["ca_file"])
    return httpx.Client(base_url=sandbox.url, verify=context, timeout=10, trust_env=False)


def test_tls_is_verified_against_its_own_authority() -> None:
    with Sandbox.start() as sandbox, _trusting(sandbox) as http:
        assert sandbox.url.startswith("https://127.0.0.1:")
        assert http.get("/_sandbox/ca.pem").content == Path(sandbox.descriptor["ca_file"]).read_bytes()
        assert http.get("/.well-known/openid-configuration").json()["issuer"] == sandbox.url


def test_pairing_and_writing_work_over_tls() -> None:
    with Sandbox.start() as sandbox, _trusting(sandbox) as http:
        partner = Partner(sandbox.descriptor, http)
        identity = partner.pair(sandbox.descriptor["users"][0])
        assert partner.write(identity, bundle(weight(identity))).status_code == 200


def test_the_system_does_not_trust_it() -> None:
    with Sandbox.start() as sandbox, httpx.Client(trust_env=False) as http, pytest.raises(httpx.ConnectError):
        http.get(sandbox.url)


def test_old_tls_versions_are_refused() -> None:
    with Sandbox.start() as sandbox:
        context = ssl.create_default_context(cafile=sandbox.descriptor["ca_file"])
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        port = int(sandbox.url.rsplit(":", 1)[1])
        with (
            socket.create_connection(("127.0.0.1", port)) as raw,
            context.wrap_socket(raw, server_hostname="127.0.0.1") as tls,
        ):
            assert tls.version() in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize("fault", ["certificate-for-another-name", "certificate-expired", "certificate-untrusted"])
def test_a_wrong_certificate_is_presented_from_the_next_connection_on(fault: str) -> None:
    with Sandbox.start() as sandbox:
        with _trusting(sandbox) as http:
            assert http.get("/jwks").status_code == 200
        sandbox.set_faults([fault])
        with _trusting(sandbox) as http, pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            http.get("/jwks")
        sandbox.set_faults([])
        with _trusting(sandbox) as http:
            assert http.get("/jwks").status_code == 200


def test_a_fault_of_the_start_is_brought_back_by_a_reset() -> None:
    with Sandbox.start(tls=False, faults=["jwks-empty"]) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        sandbox.set_faults([])
        assert http.get("/jwks").json()["keys"]
        sandbox.reset()
        assert http.get("/jwks").json()["keys"] == []


def test_two_sandboxes_share_nothing() -> None:
    with (
        Sandbox.start(tls=False) as one,
        Sandbox.start(tls=False) as two,
        httpx.Client(base_url=one.url) as first,
        httpx.Client(base_url=two.url) as second,
    ):
        assert first.post("/_sandbox/users").json()["login"] != second.post("/_sandbox/users").json()["login"]
        assert first.get("/jwks").json() != second.get("/jwks").json()


def test_stopping_leaves_no_thread_file_or_socket() -> None:
    before = threading.active_count()
    sandbox = Sandbox.start()
    authority = Path(sandbox.descriptor["ca_file"])
    with _trusting(sandbox) as http:
        http.get("/jwks")
        sandbox.stop()  # while a connection is still open
    sandbox.stop()
    gc.collect()  # an open socket would warn here, and warnings are errors
    assert threading.active_count() == before
    assert not authority.parent.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(sandbox.url.rsplit(":", 1)[1]))).close()


def test_stopping_does_not_wait_for_an_endless_answer() -> None:
    with Sandbox.start(tls=False, faults=["endless-answer"]) as sandbox:
        http = httpx.Client(base_url=sandbox.url)
        answer = http.send(http.build_request("GET", "/jwks"), stream=True)
        assert answer.status_code == 200
        sandbox.stop()
        answer.close()
        http.close()


def test_a_port_in_use_is_a_conflict() -> None:
    with Sandbox.start(tls=False) as sandbox, pytest.raises(Conflict) as caught:
        Sandbox.start(port=int(sandbox.url.rsplit(":", 1)[1]))
    assert caught.value.code == "SBX002"


def test_an_unknown_fault_starts_nothing() -> None:
    before = threading.active_count()
    with pytest.raises(UsageError):
        Sandbox.start(faults=["inconnu"])
    assert threading.active_count() == before


def test_a_file_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "etat.sqlite"
    with Sandbox.start(tls=False, database=path) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        partner = Partner(sandbox.descriptor, http)
        user = partner.new_user()
        first = partner.pair(user)
        partner.write(first, bundle(weight(first, 82.5)))
    with Sandbox.start(tls=False, database=path) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        partner = Partner(sandbox.descriptor, http)
        again = partner.pair(user)
        entries = partner.last(again).json()["entry"]
    assert again.claims["idPe"] == first.claims["idPe"]
    assert entries[0]["resource"]["valueQuantity"]["value"] == 82.5


def test_a_file_holds_no_token_in_clear(tmp_path: Path) -> None:
    path = tmp_path / "etat.sqlite"
    with Sandbox.start(tls=False, database=path) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        tokens = Partner(sandbox.descriptor, http).pair().tokens
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not any(tokens[name].encode() in kept for name in ("access_token", "refresh_token", "id_token"))


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "texte.txt"
    path.write_text("ceci n'est pas une base de données, mais un texte assez long pour le prouver" * 20)
    with pytest.raises(InvalidInput) as caught:
        Sandbox.start(database=path)
    assert caught.value.code == "SBX003"


def test_latency_delays_answers_but_not_control() -> None:
    with Sandbox.start(tls=False, latency_ms=300) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        assert http.get("/jwks").elapsed.total_seconds() >= 0.3
        assert http.get("/_sandbox/target").elapsed.total_seconds() < 0.3


def test_the_same_environment_gives_the_same_identifiers(make_env: Callable[..., Environment]) -> None:
    seen = []
    for _ in range(2):
        with Sandbox.start(tls=False, env=make_env()) as sandbox, httpx.Client(base_url=sandbox.url) as http:
            seen.append(http.post("/_sandbox/users").json())
    assert seen[0] == seen[1]


def test_the_clock_is_that_of_the_environment(make_env: Callable[..., Environment]) -> None:
    with Sandbox.start(tls=False, env=make_env()) as sandbox, httpx.Client(base_url=sandbox.url) as http:
        claims = Partner(sandbox.descriptor, http).pair().claims
    assert claims["iat"] == 1795348800  # 2026-11-22T12:00:00Z
