"""Whatever comes in: an answer below 500, no trace, and a server that goes on."""

import copy
import json
import socket
from typing import Any

import httpx
import pytest
from exchange_partner import FHIR, Exchanges
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_partner import Identity, Partner, with_device

from mes_conformity.sandbox.embedded import Sandbox

Path = tuple[str | int, ...]


def _paths(data: Any, at: Path = ()) -> list[Path]:
    """Every place of a document."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at, *(path for key, value in items for path in _paths(value, (*at, key)))]


def _spoiled(data: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(data)
    target = changed
    for step in path[:-1]:
        target = target[step]
    if value is _spoiled:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return changed


@pytest.mark.parametrize("value", [_spoiled, None, "", "\ud800", 0, -1.5, True, [], {}, [[]], {"": None}, "x" * 5000])
def test_any_element_spoiled_in_any_way_is_answered(partner: Partner, identity: Identity, value: Any) -> None:
    sent = with_device(identity)
    for path in _paths(sent)[1:]:
        response = partner.write(identity, json.dumps(_spoiled(sent, path, value)).encode())
        assert response.status_code < 500, path
        assert response.json()["resourceType"] in ("OperationOutcome", "Bundle")


WRONG: list[Any] = [None, "", "\ud800", 0, True, [], {}, [[]], [{}], {"": None}]


@pytest.mark.parametrize("kind", ["document", "submission", "appointment", "changed appointment"])
def test_any_element_of_any_exchange_spoiled_in_any_way_is_answered(
    partner: Partner, identity: Identity, kind: str
) -> None:
    mine = Exchanges(partner, identity)
    sent = {"document": mine.document, "submission": mine.submission}.get(kind, mine.appointment)()
    for path in _paths(sent)[1:]:
        for value in (_spoiled, *WRONG):
            spoiled = _spoiled(sent, path, value)
            method = "PUT" if kind.startswith("changed") else "POST"
            address = "/fhir" if kind == "submission" else f"/fhir/{sent['resourceType']}"
            asked = {"identifier": "urn:x|1"} if method == "PUT" else None
            response = mine.call(method, address, params=asked, content=json.dumps(spoiled), headers=FHIR)
            assert response.status_code < 500, (path, value)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=6))
def test_any_query_is_answered(partner: Partner, identity: Identity, query: dict[str, str]) -> None:
    parameters = {name: value.encode("utf-8", "surrogatepass") for name, value in query.items()}
    own = {"subject.identifier": identity.subject, "code": "29463-7"}
    response = partner.http.get("/fhir/Observation", params={**own, **parameters}, headers=identity.headers)
    assert response.status_code < 500


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["/token", "/revoke", "/authorize", "/fhir", "/_sandbox/clock"]), st.binary(max_size=200))
def test_any_body_is_answered(partner: Partner, identity: Identity, path: str, body: bytes) -> None:
    for media_type in ("application/x-www-form-urlencoded", "application/fhir+json", "\x01"):
        headers = {**identity.headers, "Content-Type": media_type}
        method = "PUT" if path.startswith("/_sandbox") else "POST"
        assert partner.http.request(method, path, content=body, headers=headers).status_code < 500


RAW = {
    "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no path": b"GET\r\n\r\n",
    "unknown version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": b"GET /jwks HTTP/1.1\r\n\r\n",
    "two lengths": b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
    "length and chunks": (
        b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "left in the middle": b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc",
    "negative length": b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "bad chunk": b"POST /token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "header flood": b"GET /jwks HTTP/1.1\r\nHost: x\r\n" + b"X-A: 1\r\n" * 20_000 + b"\r\n",
    "long path": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "odd path": b"GET /fhir/Observation/%00%ff%2e%2e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "line feed in a header": b"GET /jwks HTTP/1.1\r\nHost: x\r\nX-A: a\nX-B: b\r\nConnection: close\r\n\r\n",
    "null in a header": b"GET /jwks HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",
}


@pytest.mark.parametrize("name", RAW)
def test_raw_bytes_never_stop_the_server(partner: Partner, served: Sandbox, name: str) -> None:
    port = int(served.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        answer = b""
        try:
            raw.sendall(RAW[name])
            raw.shutdown(socket.SHUT_WR)
            answer = raw.recv(65536)
        except OSError:
            pass  # cut off: as good an answer as any
    assert not answer.startswith(b"HTTP/1.1 5")
    assert b"Traceback" not in answer
    assert partner.http.get("/jwks").status_code == 200


@pytest.mark.parametrize("value", ["' or 1=1 --", '"; drop table users; --', "../../etc/passwd", "%00", "<script>"])
def test_injected_text_is_only_text(partner: Partner, identity: Identity, value: str) -> None:
    assert (
        partner.last(identity, **{"subject.identifier": f"{identity.claims['assignAuth']}|{value}"}).status_code == 403
    )
    assert partner.last(identity, code=value).status_code == 400
    page = partner.decide(partner.demand(), {"login": value, "password": value, "otp": value})
    assert page.status_code == 400
    assert "<script>" not in page.text
    assert partner.last(identity).status_code == 200


def test_a_large_value_is_kept_as_it_is(partner: Partner, identity: Identity) -> None:
    sent = with_device(identity, value=10**300)
    partner.write(identity, sent)
    entry = partner.last(identity).json()["entry"][0]
    assert entry["resource"]["valueQuantity"]["value"] == 10**300


# a disk that is full

REFUSED_BY_THE_DISK = [
    ("POST", "/fhir/Appointment", "OperationOutcome"),
    ("GET", "/espace", "error_description"),
    ("POST", "/_sandbox/users", "message"),
]


@pytest.mark.parametrize(("method", "path", "told"), REFUSED_BY_THE_DISK)
def test_a_full_disk_is_told_and_the_server_goes_on(
    partner: Partner, identity: Identity, served: Sandbox, method: str, path: str, told: str
) -> None:
    def limit(pages: int) -> Any:
        return served.ask(lambda world: world.store._execute(f"pragma max_page_count = {pages}").fetchone()[0])

    served.ask(lambda world: world.store._execute("vacuum"))
    limit(1)  # as many as there are
    mine = Exchanges(partner, identity)
    answers = [_sent(mine, method, path) for _ in range(100)]
    limit(100_000)
    refused = next(answer for answer in answers if answer.status_code == 507)
    assert told in refused.text
    assert "database or disk is full" in refused.text
    assert {answer.status_code for answer in answers} <= {200, 201, 507}
    assert partner.last(identity).status_code == 200
    assert partner.control("POST", "reset").status_code == 204
    assert partner.pair().tokens["access_token"]


def _sent(mine: Exchanges, method: str, path: str) -> httpx.Response:
    if path.startswith("/fhir"):
        return mine.post(mine.appointment())
    return mine.partner.http.request(method, path)
