"""Listening to the publisher's own client: a door on this machine, the embedded sandbox behind it, all of it recorded.

The client is configured with the address of the door and speaks as it always does. Three trials are made on the way,
once each: one request is told to come back later (429 with `Retry-After`), another that the service is unavailable
(503, with `Retry-After` too), and later the person withdraws their consent. Nothing is judged here.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.harness.pairing import json_object, jwt_part
from mes_conformity.suites.evidence import Exchange, Request, Response

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.sandbox.embedded import Sandbox
    from mes_conformity.validators.contract import Contract

_LARGEST: Final = 10 * 1024 * 1024
_MOST: Final = 2000
_BUNDLES: Final = 20
_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})
RETRY_AFTER_S: Final = 1


@dataclass(frozen=True, slots=True)
class Heard:
    """One exchange of the client. `at_ms` counts from the opening of the door, when the request came; `trial` names
    what was tried on it (`busy`, `down`, `revoked`), empty otherwise."""

    exchange: Exchange
    at_ms: int
    trial: str = ""


@dataclass(frozen=True, slots=True)
class Trials:
    """Which request of the API (counted from 1) is told to come back later, which that the service is unavailable, and
    after how many that were accepted the consent is withdrawn; 0: never."""

    busy_at: int = 2
    down_at: int = 4
    revoke_after: int = 4


class Door:
    """The recording server. `heard` grows while the client speaks, up to a limit."""

    def __init__(
        self, forward: Callable[[Request], Exchange], api: str, trials: Trials, revoke: Callable[[str], None], port: int
    ) -> None:
        self._forward, self._api, self._trials, self._revoke = forward, api, trials, revoke
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._asked = self._accepted = 0
        self._pairing = ""
        self._revoked = False
        self.heard: list[Heard] = []
        self.told = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Door:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> Response:
        """What the client is answered; the exchange is kept."""
        at_ms = round((time.monotonic() - self._begun) * 1000)
        trial, exchange = self._answered(request)
        self._follow(exchange)
        with self._lock:
            if len(self.heard) < _MOST:
                self.heard.append(Heard(exchange, at_ms, trial))
        self.told.set()
        return exchange.response or Response(502, (("Content-Type", "text/plain"),), b"no answer behind the door\n")

    def _answered(self, request: Request) -> tuple[str, Exchange]:
        if not self._of_api(request):
            return "", self._forward(request)
        with self._lock:
            self._asked += 1
            trial = {self._trials.busy_at: "busy", self._trials.down_at: "down"}.get(self._asked, "")
            revoked = self._revoked
        if trial:
            return trial, Exchange(request, _LATER[trial], None, "", 0)
        return "revoked" if revoked else "", self._forward(request)

    def _of_api(self, request: Request) -> bool:
        path = request.url.removeprefix(self.url).partition("?")[0]
        return (path == self._api or path.startswith(f"{self._api}/")) and not path.endswith("/metadata")

    def _follow(self, exchange: Exchange) -> None:
        """Note whose consent to withdraw, and withdraw it when its time has come."""
        response = exchange.response
        if response is None or not 200 <= response.status < 300:
            return
        claims = jwt_part(json_object(response).get("id_token"), 1) if exchange.request.method == "POST" else {}
        with self._lock:
            self._pairing = str(claims.get("pairingId") or claims.get("sub") or self._pairing)
            self._accepted += self._of_api(exchange.request)
            due = bool(self._pairing) and self._trials.revoke_after and self._accepted >= self._trials.revoke_after
            withdraw, self._revoked = bool(due) and not self._revoked, self._revoked or bool(due)
        if withdraw:
            self._revoke(self._pairing)


def _later(status: int, code: str) -> Response:
    """An answer that asks to come back later (RFC 9110, §10.2.3)."""
    told = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]}
    headers = (("Content-Type", "application/fhir+json"), ("Retry-After", str(RETRY_AFTER_S)))
    return Response(status, headers, json.dumps(told).encode())


_LATER: Final = {"busy": _later(429, "throttled"), "down": _later(503, "transient")}


def _handler(door: Door) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement
        timeout = 30

        def _serve(self) -> None:
            try:
                length = int(self.headers.get("Content-Length") or 0)
            except ValueError:
                length = -1
            if not 0 <= length <= _LARGEST or "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
                self._send(Response(411 if length < 0 else 413, (), b""))
                self.close_connection = True
                return
            body = self.rfile.read(length) if length else b""
            path = self.path if self.path.startswith("/") else "/"
            headers = tuple((name, value) for name, value in self.headers.items() if name.lower() != "host")
            self._send(door.answer(Request(self.command, door.url + path, headers, body)))

        def _send(self, response: Response) -> None:
            with suppress(OSError):  # the client went away
                self.send_response_only(response.status)
                for name, value in response.headers:
                    if name.lower() not in _HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(response.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(response.body)

        def __getattr__(self, name: str) -> Any:
            """Every method is served: the library looks for `do_GET`, `do_POST`…"""
            if name.startswith("do_"):
                return self._serve
            raise AttributeError(name)

        def log_message(self, *_words: Any) -> None:
            """What was asked is in the record, redacted; nothing goes to a log."""

    return Handler


@contextmanager
def listening(
    sandbox: Sandbox, contract: Contract, env: Environment, *, trials: Trials | None = None, port: int = 0
) -> Iterator[tuple[Door, Target]]:
    """A door in front of a sandbox without TLS, and the target that the client sees."""
    from mes_conformity.harness.targets import EMBEDDED, from_descriptor
    from mes_conformity.harness.transports import LiveTransport

    inside, transport = sandbox.url, LiveTransport(now=env.now)

    def forward(request: Request) -> Exchange:
        # The sandbox knows itself by the address of the door: only the wire goes to its own.
        wire = Request(request.method, request.url.replace(door.url, inside, 1), request.headers, request.body)
        exchange = transport.send(wire)
        return Exchange(request, exchange.response, exchange.failure, exchange.started_at, exchange.duration_ms)

    def revoke(pairing_id: str) -> None:
        _withdraw(transport, inside, pairing_id)

    with Door(forward, str(contract.get("fhir_path")), trials or Trials(), revoke, port) as door:
        sandbox.ask(lambda world: setattr(world, "url", door.url))
        try:
            yield door, from_descriptor(sandbox.descriptor, EMBEDDED, EMBEDDED, EMBEDDED)
        finally:
            sandbox.ask(lambda world: setattr(world, "url", inside))
            transport.close()


def bundles(heard: Iterable[Heard]) -> list[bytes]:
    """The different bundles that the client wrote, as it sent them, in their order; 20 at most."""
    found: dict[bytes, None] = {}
    for item in heard:
        request = item.exchange.request
        if request.method == "POST" and b'"Bundle"' in request.body and len(found) < _BUNDLES:
            found.setdefault(request.body)
    return list(found)


def _withdraw(transport: Transport, url: str, pairing_id: str) -> None:
    body = json.dumps({"pairing_id": pairing_id, "read": "refused", "write": "refused"}).encode()
    headers = (("Content-Type", "application/json"),)
    transport.send(Request("PUT", f"{url}/_sandbox/consents", headers, body))
