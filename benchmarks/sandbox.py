"""The sandbox against a bare starlette route behind the same server, loopback only, without TLS.

Cold start to the first answer; writes with a durable database; single reads; memory over 100,000 requests; 200 clients
at once. Both servers are processes of their own, asked by the same client, in the same run.
"""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from benchmarks.measuring import Row, in_turn

CLIENTS = 8
REQUESTS = 2000
MANY_CLIENTS = 200
MANY_REQUESTS = 100_000
WARM_UP = 20_000  # caches and the journal are full by then
BARE = """
import socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
async def answer(request):
    await request.body()
    return JSONResponse({"status": "ok"})
app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])
listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listening.bind(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
settings = {"loop": "asyncio", "http": "h11", "ws": "none", "lifespan": "off", "access_log": False}
config = uvicorn.Config(app, log_level="critical", **settings)
uvicorn.Server(config).run(sockets=[listening])
"""
VERIFIER = "v" * 64
Sent = tuple[int, bytes]  # a port, and the request sent to it, whole
CHALLENGE = "w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM"


@contextmanager
def _process(*argv: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server and the line it prints when it is ready."""
    with subprocess.Popen([sys.executable, *argv], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.terminate()


def _serve(*options: str) -> Any:
    return _process("-m", "mes_conformity", "sandbox", "serve", "--format", "json", "-q", *options)


def measure() -> list[Row]:
    """Every row of the sandbox."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [_cold_start()]
        durable = ("--database", str(Path(folder) / "state.sqlite"))
        with _process("-c", BARE) as (_bare, port), _serve(*durable) as (process, line):
            rows += _against_bare(int(port), Partner(json.loads(line)["sandbox"]), process.pid)
    return rows


def _cold_start() -> Row:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        with _serve() as (_process, line):
            with urllib.request.urlopen(json.loads(line)["sandbox"]["url"] + "/jwks") as answer:
                assert answer.status == 200
            times.append(time.perf_counter() - begun)
    return Row("sandbox: cold start to the first answer", min(times), 1.5, 1.0)


def _against_bare(port: int, partner: "Partner", pid: int) -> list[Row]:
    read = partner.read()
    body = json.dumps(partner.bundle()).encode()
    bare_write, bare_read = _request("POST", "/", {}, body), _request("GET", "/", {})
    rows = [
        _row("durable write", 10, (partner.port, partner.written()), (port, bare_write)),
        _row("single read", 3.33, (partner.port, read), (port, bare_read)),
    ]
    partner.pair()
    many = _row(
        f"read by {MANY_CLIENTS} clients", 3.33, (partner.port, partner.read()), (port, bare_read), MANY_CLIENTS
    )
    return [*rows, many, _memory(partner, read, pid)]


def _row(what: str, target: float, ours: Sent, bare: Sent, clients: int = CLIENTS) -> Row:
    """REQUESTS requests over `clients` connections, to the sandbox and to the bare route in turn."""
    seconds, reference = in_turn(lambda: _load(*ours, REQUESTS, clients), lambda: _load(*bare, REQUESTS, clients))
    return Row(f"sandbox: {what} / bare route", seconds, reference, target)


def _memory(partner: "Partner", read: bytes, pid: int) -> Row:
    partner.stop_clock()
    read = partner.read()
    _load(partner.port, read, WARM_UP)
    before = _resident(pid)
    _load(partner.port, read, MANY_REQUESTS)
    after = _resident(pid)
    return Row(f"sandbox: memory after {MANY_REQUESTS} more reads", after, before, 1.05, unit="MB")


def _resident(pid: int) -> float:
    """Resident memory in GB, so that it prints as MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found
    return int(found[1]) / 1_000_000


def _request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _load(port: int, request: bytes, count: int, clients: int = CLIENTS) -> None:
    """`count` requests over `clients` connections; anything but 200 ends the benchmark."""
    asyncio.run(_load_all(port, request, [count // clients] * clients))


async def _load_all(port: int, request: bytes, shares: Sequence[int]) -> None:
    await asyncio.gather(*(_client(port, request, share) for share in shares))


async def _client(port: int, request: bytes, count: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"benchmark: {head!r} {body[:300]!r}")
    writer.close()
    await writer.wait_closed()


class Partner:
    """A paired client, with the standard library."""

    def __init__(self, sandbox: dict[str, Any]) -> None:
        self.sandbox = sandbox
        self.port = int(sandbox["url"].rsplit(":", 1)[1])
        self.stop_clock()
        self.pair()
        with self._open("/fhir", self.written().partition(b"\r\n\r\n")[2], self.headers) as answer:
            self.location = json.load(answer)["entry"][0]["response"]["location"]

    def stop_clock(self) -> None:
        """The tokens last as long as the benchmark."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._control("clock", {"at": now}).close()

    def _control(self, name: str, data: Any) -> Any:
        request = urllib.request.Request(
            f"{self.sandbox['url']}/_sandbox/{name}", json.dumps(data).encode(), method="PUT"
        )
        return urllib.request.urlopen(request)

    def _open(self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
        request = urllib.request.Request(self.sandbox["url"] + path, body, headers or {})
        return urllib.request.build_opener(_NoRedirect).open(request)

    def pair(self) -> None:
        """Go through the pages as a browser would, then get the tokens."""
        client, user = self.sandbox["client"], self.sandbox["users"][1]
        query = {
            "response_type": "code", "client_id": client["client_id"], "redirect_uri": client["redirect_uri"],
            "scope": "openid mesures.lecture mesures.ecriture", "state": "s", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }  # fmt: skip
        page = self._open(f"/authorize?{urlencode(query)}").read().decode()
        found = re.search(r'name="request" value="([^"]+)"', page)
        assert found
        form = {
            "request": found[1], "login": user["login"], "password": user["password"], "otp": user["otp"],
            "consent_read": "accept", "consent_write": "accept", "decision": "accept",
        }  # fmt: skip
        location = self._open("/authorize", urlencode(form).encode()).headers["Location"]
        token = {
            "grant_type": "authorization_code", "code": parse_qs(urlsplit(location).query)["code"][0],
            "redirect_uri": client["redirect_uri"], "code_verifier": VERIFIER,
            "client_id": client["client_id"], "client_secret": client["client_secret"],
        }  # fmt: skip
        with self._open("/token", urlencode(token).encode()) as answer:
            self.tokens = json.load(answer)
        self.headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}",
            "X-Id-Token": self.tokens["id_token"],
            "Content-Type": "application/fhir+json",
        }
        with self._open(f"/pairings/{self.tokens['pairingId']}", headers=self.headers) as answer:
            self.pairing = json.load(answer)

    def bundle(self) -> dict[str, Any]:
        """A sound measure."""
        category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
        subject = {"system": f"urn:oid:{self.pairing['assignAuth']}", "value": self.pairing["idPe"]}
        profile = "https://fhir.monespacesante.fr/ref/mesure/StructureDefinition/mes-observation-bodyweight"
        observation = {
            "resourceType": "Observation", "meta": {"profile": [profile]}, "status": "final",
            "category": [{"coding": [category]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "subject": {"identifier": subject}, "effectiveDateTime": "2026-09-22T08:30:00+02:00",
            "valueQuantity": {"value": 71.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
        }  # fmt: skip
        entry = {
            "fullUrl": "urn:uuid:3bc44de3-069d-442d-829b-f3ef68cae372", "resource": observation,
            "request": {"method": "POST", "url": "Observation"},
        }  # fmt: skip
        return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}

    def written(self) -> bytes:
        """A write, whole."""
        return _request("POST", "/fhir", self.headers, json.dumps(self.bundle()).encode())

    def read(self) -> bytes:
        """A read of one measure by its address, whole."""
        return _request("GET", f"/fhir/{quote(self.location)}", self.headers)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, _request: Any, answer: Any, *_more: Any) -> Any:
        return answer
