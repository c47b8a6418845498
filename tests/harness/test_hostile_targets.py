"""Targets that lie, hang, stream for ever, close at each byte, redirect or answer out of turn: every shipped connection
case is played, each ends with a reason, in a bounded time, and nobody but the target is accused."""

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from wire import answering, read_request, reply, serving

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.harness import engine
from mes_conformity.harness.engine import RunResult, Service
from mes_conformity.harness.grounds import Pace
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.targets import from_descriptor
from mes_conformity.harness.transports import Limits, LiveTransport
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.loader import load_all

LIBRARY = load_all()
ENV = Environment.system()
LIMITS = Limits(body=65536, connect=1.0, read=0.2, total=0.3)
JSON = "Content-Type: application/json"
LIES = {
    "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "issuer": "https://ailleurs.invalid",
    "token_endpoint": "https://ailleurs.invalid/token", "access_token": 1, "id_token": "a.b.c", "total": "beaucoup",
    "entry": [None, 1, {"resource": None}, {"resource": {"resourceType": "Observation", "valueQuantity": []}}],
}  # fmt: skip


def silent(connection: socket.socket) -> None:
    read_request(connection)
    connection.recv(1)


def silent_but_at_the_root(connection: socket.socket) -> None:
    if read_request(connection).startswith(b"GET / "):
        connection.sendall(reply())
    else:
        connection.recv(1)


def endless(start: bytes, piece: bytes, pause_s: float = 0.0) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(start)
        while True:
            connection.sendall(piece)
            time.sleep(pause_s)

    return talk


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
PACKED = gzip.compress(bytes(10_000_000))
HOSTILE = {
    "hangs": silent,
    "hangs but at the root": silent_but_at_the_root,
    "streams for ever": endless(CHUNKED, b"4000\r\n" + b"a" * 0x4000 + b"\r\n"),
    "drips": endless(LONG, b"a", 0.05),
    "headers without end": endless(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"a" * 8000 + b"\r\n"),
    "100 Continue without end": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "closes at once": answering(b""),
    "closes at each byte": answering(b"H"),
    "redirects elsewhere": answering(reply("302 Found", b"", "Location: http://127.0.0.1:9/ailleurs")),
    "redirects to itself": answering(reply("307 Temporary Redirect", b"", "Location: /")),
    "lies": answering(reply("200 OK", json.dumps(LIES).encode(), JSON)),
    "answers twice": answering(reply("200 OK", b'{"a":1}', JSON, close=False) + reply("500 Non", b"{}", JSON)),
    "bytes that are no text": answering(reply("200 OK", bytes(range(256)), JSON)),
    "bottomless": answering(reply("200 OK", b"[" * 50_000, JSON)),
    "packs zeros": answering(reply("200 OK", PACKED, JSON, "Content-Encoding: gzip")),
    "not HTTP": answering(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "busy for ever": answering(reply("429 Too Many Requests", b"{}", JSON, "Retry-After: 1")),
    "markup and escapes": answering(reply("200 OK", b"<script>alert(1)</script>\x1b[2J", "Content-Type: text/html")),
}


ENTRIES = [
    {"fullUrl": 7, "resource": {"resourceType": "Observation", "valueQuantity": {"value": "72,4"}, "subject": []}},
    {"resource": {"resourceType": "DocumentReference", "content": {"attachment": "x"}}, "search": {"mode": "outcome"}},
    {"response": {"status": 201, "location": ["Observation/1"]}},
    [], None,
]  # fmt: skip
BUNDLE = {"resourceType": "Bundle", "type": "searchset", "total": -1, "entry": ENTRIES, "id": {}, "meta": []}
HOSTILE_API = {
    **{name: HOSTILE[name] for name in ("lies", "bottomless", "bytes that are no text", "answers twice",
                                        "redirects to itself", "closes at each byte", "markup and escapes")},
    "a bundle of everything": answering(reply("200 OK", json.dumps(BUNDLE).encode(), JSON)),
    "created nowhere": answering(reply("201 Created", b"{}", "Location: javascript:alert(1)", "ETag: W/\\")),
    "refuses everything": answering(reply("403 Forbidden", json.dumps({"issue": {"a": 1}}).encode(), JSON)),
}  # fmt: skip


def played(transport: LiveTransport, described: dict[str, Any]) -> RunResult:
    target = from_descriptor(described, "hostile", "file", "essai")
    selection = Selection(kinds=("connection",))
    pace = Pace(patience_s=0.0)
    return engine.run(LIBRARY, selection, Service(), ENV, target=target, transport=transport, pace=pace)


def bearing(conversation: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """The client may go away first."""

    def talk(connection: socket.socket) -> None:
        with suppress(OSError):
            conversation(connection)

    return talk


def accuses_nobody_else(result: RunResult) -> None:
    assert result.state == "complete"
    assert result.exit_code is ExitCode.INCONCLUSIVE
    for entry in result.entries:
        assert entry["outcome"] == "passed" or (entry["reason"]["fr"] and entry["reason"]["en"])
        assert entry["outcome"] != "failed" or entry["subject"] == "target"
        assert entry["outcome"] != "error" or entry["reason"]["code"] != "action_failed", entry["reason"]


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_target_accuses_only_itself(name: str) -> None:
    with serving(bearing(HOSTILE[name])) as place, closing(LiveTransport(limits=LIMITS)) as transport:
        client = {"client_id": "essai", "client_secret": "secret-fictif", "redirect_uri": "https://a.invalid/r"}
        users = [{"login": f"u{number}", "password": "mot-fictif", "otp": "1"} for number in range(5)]
        accuses_nobody_else(played(transport, {"url": f"http://{place}", "client": client, "users": users}))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start(tls=False) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(HOSTILE_API))
def test_a_hostile_api_behind_a_sound_sign_in_accuses_only_itself(name: str, sandbox: Sandbox) -> None:
    people = sandbox.ask(lambda world: [world.new_user().to_json() for _ in range(40)])
    with serving(bearing(HOSTILE_API[name])) as place, closing(LiveTransport()) as transport:
        signing_in = {**sandbox.descriptor, "control_url": None, "users": people, "fhir_url": f"http://{place}/fhir"}
        accuses_nobody_else(played(transport, signing_in))
