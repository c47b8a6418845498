"""Raw sockets: what no client library would send. The right status, no 5xx, nothing left behind, the server alive."""

import base64
import contextlib
import json
import socket
import threading
import time
from typing import Any

import pytest
from sandbox_partner import Identity, Partner, bundle, claims, weight

from mes_conformity.sandbox import connections, incoming
from mes_conformity.sandbox.embedded import Sandbox, Settings


def _connect(served: Sandbox) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(served.url.rsplit(":", 1)[1])), timeout=20)


def _all(raw: socket.socket) -> bytes:
    """Everything until the server closes."""
    received = b""
    while chunk := raw.recv(65536):
        received += chunk
    return received


def _one(raw: socket.socket) -> bytes:
    """One answer of a connection that stays open: the keys, whose body ends so."""
    received = b""
    while not received.endswith(b"]}"):
        received += raw.recv(65536)
    return received


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def _answer(served: Sandbox, request: bytes) -> bytes:
    with _connect(served) as raw:
        raw.sendall(request)
        return _all(raw)


# slow clients


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.3)
    monkeypatch.setattr(connections, "_GRACE_S", 0.3)
    monkeypatch.setattr(incoming, "BODY_S", 0.3)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("start", [b"", b"G", b"GET /jwks HTTP/1.1\r\n", b"GET /jwks HTTP/1.1\r\nHost: x\r\nX-A"])
def test_a_head_that_does_not_end_is_answered_408_and_left(served: Sandbox, start: bytes) -> None:
    answer = _answer(served, start)
    assert _status(answer) == 408
    assert b"Connection: close" in answer


@pytest.mark.usefixtures("hurried")
def test_a_byte_now_and_then_wins_nothing(served: Sandbox) -> None:
    stop = threading.Event()
    with _connect(served) as raw:

        def drip() -> None:
            raw.sendall(b"GET /jwks HTTP/1.1\r\nHost: x\r\n")
            for number in range(1000):
                if stop.wait(0.02):
                    return
                try:
                    raw.sendall(b"X-%d: 1\r\n" % number)
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        begun = time.monotonic()
        try:
            answer = raw.recv(65536)
        finally:
            stop.set()
            dripping.join()
    assert _status(answer) == 408
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("path", ["/fhir", "/token", "/_sandbox/clock"])
def test_a_body_that_does_not_come_is_answered_408(served: Sandbox, path: str) -> None:
    method = "PUT" if path.startswith("/_sandbox") else "POST"
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 50\r\n\r\nabc"
    )
    answer = _answer(served, head.encode())
    assert _status(answer) == 408
    assert b"connection: close" in answer.lower()


@pytest.mark.usefixtures("hurried")
def test_a_body_that_nobody_reads_does_not_hold_the_connection(served: Sandbox) -> None:
    answer = _answer(served, b"GET /jwks HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc")
    assert _status(answer) == 200


@pytest.mark.usefixtures("hurried")
def test_many_slow_clients_do_not_stop_the_others(partner: Partner, served: Sandbox) -> None:
    slow = [_connect(served) for _ in range(150)]
    try:
        for raw in slow:
            raw.sendall(b"POST /fhir HTTP/1.1\r\nHost: x\r\n")
        assert partner.http.get("/jwks").status_code == 200
        assert _status(slow[-1].recv(1000)) == 408
    finally:
        for raw in slow:
            raw.close()


@pytest.mark.usefixtures("hurried")
def test_a_connection_that_rests_between_two_requests_is_kept(served: Sandbox) -> None:
    request = b"GET /jwks HTTP/1.1\r\nHost: x\r\n\r\n"
    with _connect(served) as raw:
        raw.sendall(request)
        first = _one(raw)
        resting = threading.Event()
        resting.wait(0.8)  # longer than a head may take
        raw.sendall(request)
        assert (_status(first), _status(_one(raw))) == (200, 200)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("settings", [Settings(), Settings(mtls=True)], ids=["tls", "mtls"])
@pytest.mark.parametrize("start", [b"", b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\n\r\n", b"\x16" * 500])
def test_a_handshake_that_leads_nowhere_is_left(start: bytes, settings: Settings) -> None:
    with Sandbox.start(settings=settings) as sandbox, _connect(sandbox) as raw:
        raw.sendall(start)
        begun = time.monotonic()
        with contextlib.suppress(ConnectionResetError):
            _all(raw)
        assert time.monotonic() - begun < 5


# two readers of one request

HIDDEN = b"GET /_sandbox/target HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED = {
    "CL.TE": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n%s" % (5 + len(HIDDEN), HIDDEN),
    "TE.CL": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
    "TE.TE": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "TE xchunked": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "TE spaced": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "TE folded": b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + HIDDEN,
    "CL.CL": b"Content-Length: 5\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "CL list": b"Content-Length: 0, 5\r\n\r\n" + HIDDEN,
    "CL signed": b"Content-Length: +5\r\n\r\n" + HIDDEN,
    "CL spaced": b"Content-Length: 1 0\r\n\r\n" + HIDDEN,
    "chunk of a sign": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + HIDDEN,
    "chunk beyond numbers": b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\n" + HIDDEN,
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_second_request_cannot_hide_in_the_first(served: Sandbox, name: str) -> None:
    answer = _answer(served, b"POST /token HTTP/1.1\r\nHost: x\r\n" + SMUGGLED[name])
    assert _status(answer) == 400
    assert b"control_url" not in answer
    assert answer.count(b"HTTP/1.1 ") == 1


def test_what_was_refused_as_smuggled_is_in_the_journal(partner: Partner, served: Sandbox) -> None:
    _answer(served, b"POST /token?smuggled HTTP/1.1\r\nHost: x\r\n" + SMUGGLED["CL.TE"])
    entries = partner.control("GET", "journal").json()["entries"]  # those of who left before may come late
    smuggled = [entry for entry in entries if entry["query"].startswith("smuggled")]
    assert [(entry["path"], entry["status"]) for entry in smuggled] == [("/token", 400)]


@pytest.mark.parametrize("line", [b"PRI * HTTP/2.0", b"GET /jwks HTTP/9.9"])
def test_another_version_of_http_is_refused(served: Sandbox, line: bytes) -> None:
    assert _status(_answer(served, line + b"\r\nHost: x\r\n\r\n")) == 400


# what is too much


def test_a_flood_of_headers_is_refused_and_who_sends_it_gets_the_answer(partner: Partner, served: Sandbox) -> None:
    with _connect(served) as raw:
        raw.sendall(b"GET /jwks HTTP/1.1\r\nHost: x\r\n")
        for number in range(20_000):
            raw.sendall(b"X-%d: %s\r\n" % (number, b"a" * 50))
        answer = _all(raw)
    assert _status(answer) == 431
    assert answer.count(b"HTTP/1.1 ") == 1
    assert partner.http.get("/jwks").status_code == 200


@pytest.mark.parametrize(("line", "status"), [(b"POST /inconnu", 404), (b"GET /jwks", 200), (b"PUT /fhir", 405)])
def test_who_sends_a_body_that_nobody_reads_gets_the_answer(served: Sandbox, line: bytes, status: int) -> None:
    head = line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 50000000\r\n\r\n"
    with _connect(served) as raw:
        raw.sendall(head)
        for _ in range(50):
            raw.sendall(b" " * 1_000_000)
        assert _status(_all(raw)) == status


def test_who_never_stops_sending_is_left(served: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LINGER_S", 0.2)
    with _connect(served) as raw:
        raw.sendall(b"GET / HTTP/9.9\r\n\r\n")
        assert _status(_all(raw)) == 400
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            _send_for(raw, 10)


def _send_for(raw: socket.socket, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        raw.sendall(b"a" * 1000)


@pytest.mark.parametrize("path", ["/fhir", "/fhir/DocumentReference", "/token", "/_sandbox/clock"])
def test_a_body_of_100_megabytes_is_refused_and_not_kept(partner: Partner, identity: Identity, path: str) -> None:
    method = "PUT" if path.startswith("/_sandbox") else "POST"
    kind = "application/x-www-form-urlencoded" if path == "/token" else "application/fhir+json"
    chunk = b" " * 1_000_000
    content = (chunk for _ in range(100))
    response = partner.http.request(
        method, path, content=content, headers={**identity.headers, "Content-Type": kind}, timeout=60
    )
    assert response.status_code == 413


def test_who_asks_before_sending_too_much_is_told_not_to(served: Sandbox) -> None:
    head = b"POST /fhir HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 200000000\r\n\r\n"
    answer = _answer(served, head)
    assert _status(answer) == 413
    assert b"100 Continue" not in answer


@pytest.mark.parametrize("opening", [b'{"a":', b"[", b'{"resourceType":"Bundle","entry":['])
def test_deep_nesting_is_refused(partner: Partner, identity: Identity, opening: bytes) -> None:
    for path in ("/fhir", "/fhir/DocumentReference", "/fhir/Appointment"):
        headers = {**identity.headers, "Content-Type": "application/fhir+json"}
        response = partner.http.post(path, content=opening * 20_000, headers=headers)
        assert response.status_code == 400


MALFORMED = [
    b"",
    b"{",
    b"\xff\xfe{}",
    b'{"a":"\xc3\x28"}',
    b"\xef\xbb\xbf[",
    b"<Bundle xmlns='http://hl7.org/fhir'/>",
    b"null",
]
XML_BOMB = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c SYSTEM "file:///etc/passwd">]><Bundle>&a;&c;</Bundle>'
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nauthorization_code\r\n--x'


@pytest.mark.parametrize("body", MALFORMED)
@pytest.mark.parametrize("path", ["/fhir", "/fhir/DocumentReference", "/fhir/Appointment"])
def test_what_is_no_json_is_an_outcome(partner: Partner, identity: Identity, path: str, body: bytes) -> None:
    headers = {**identity.headers, "Content-Type": "application/fhir+json"}
    response = partner.http.post(path, content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert response.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(("kind", "body"), [
    ("application/fhir+xml", XML_BOMB), ("text/xml", XML_BOMB), ("multipart/form-data; boundary=x", MULTIPART),
])  # fmt: skip
@pytest.mark.parametrize("path", ["/fhir", "/fhir/DocumentReference", "/fhir/Appointment"])
def test_other_formats_and_entities_are_not_read(
    partner: Partner, identity: Identity, path: str, kind: str, body: bytes
) -> None:
    response = partner.http.post(path, content=body, headers={**identity.headers, "Content-Type": kind})
    read = "xml" in kind and path != "/fhir"  # measures are in JSON only
    assert response.status_code == (400 if read else 415)
    assert "root:" not in response.text


@pytest.mark.parametrize("path", ["/token", "/revoke", "/authorize", "/espace"])
def test_a_multipart_form_is_refused(partner: Partner, path: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert partner.http.post(path, content=MULTIPART, headers=headers).status_code == 400


PATHS = [
    "/fhir/../../etc/passwd", "/fhir/%2e%2e/%2e%2e/etc/passwd", "/fhir/Observation/..%2f..%2fetc%2fpasswd",
    "/fhir/Observation/%00", "/fhir/Observation/' or 1=1 --", "/fhir/Observation/a\\b", "/fhir/Binary/%c0%ae",
    "/pairings/' union select * from users --", "//_sandbox//target", "/_sandbox/../token", "/%5fsandbox%2ftarget%00",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_reaches_nothing_else(served: Sandbox, partner: Partner, identity: Identity, path: str) -> None:
    head = [f"GET {path.replace(' ', '%20')} HTTP/1.1", "Host: x", "Connection: close"]
    head += [f"{name}: {value}" for name, value in identity.headers.items()]
    answer = _answer(served, ("\r\n".join(head) + "\r\n\r\n").encode())
    assert _status(answer) in (400, 401, 404, 405)
    assert b"root:" not in answer


def test_sql_in_any_parameter_changes_nothing(partner: Partner, identity: Identity) -> None:
    partner.write(identity, bundle(weight(identity)))
    for text in ("'; drop table resources; --", "' or '1'='1", "1); delete from tokens; --"):
        for name in ("code", "date", "_count", "_offset", "_sort", "_include", "subject.identifier"):
            assert partner.all(identity, **{name: text}).status_code < 500
        partner.token(grant_type="refresh_token", refresh_token=text)
        partner.http.get(f"/pairings/{text}")
    assert partner.all(identity).json()["total"] == 1


# tokens


def _part(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "HS256", "ES512", "", None, 7, ["ES256"]])
def test_an_id_token_of_another_algorithm_is_refused(partner: Partner, identity: Identity, algorithm: Any) -> None:
    payload = _part(identity.claims)
    for signature in ("", identity.tokens["id_token"].rpartition(".")[2]):
        forged = f"{_part({'alg': algorithm, 'typ': 'JWT'})}.{payload}.{signature}"
        headers = {**identity.headers, "X-Id-Token": forged}
        assert partner.http.get("/fhir/Observation", headers=headers).status_code == 400


def test_an_id_token_signed_with_the_public_key_as_a_secret_is_refused(partner: Partner, identity: Identity) -> None:
    import hashlib
    import hmac

    key = partner.http.get("/jwks").json()["keys"][0]
    signed = f"{_part({'alg': 'HS256', 'kid': key['kid']})}.{_part(identity.claims)}"
    mac = hmac.new(json.dumps(key).encode(), signed.encode(), hashlib.sha256).digest()
    forged = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    headers = {**identity.headers, "X-Id-Token": forged}
    assert partner.http.get("/fhir/Observation", headers=headers).status_code == 400


def test_an_id_token_that_brings_its_own_key_is_refused(partner: Partner, identity: Identity) -> None:
    from joserfc import jwt
    from joserfc.jwk import ECKey

    own = ECKey.generate_key("P-256", {"kid": partner.http.get("/jwks").json()["keys"][0]["kid"]}, private=True)
    header = {"alg": "ES256", "kid": own.kid, "jwk": own.as_dict(private=False), "jku": "https://ailleurs.invalid/jwks"}
    forged = jwt.encode(header, claims(identity.tokens["id_token"]), own, algorithms=["ES256"])
    headers = {**identity.headers, "X-Id-Token": forged}
    assert partner.http.get("/fhir/Observation", headers=headers).status_code == 400


def test_the_tokens_of_two_people_cannot_be_mixed(partner: Partner, identity: Identity) -> None:
    other = partner.pair()
    headers = {**identity.headers, "X-Id-Token": other.tokens["id_token"]}
    query = {"subject.identifier": other.subject, "code": "29463-7", "_sort": "-date", "_count": "1"}
    assert partner.http.get("/fhir/Observation", params=query, headers=headers).status_code == 403


def test_a_code_that_comes_back_ends_what_came_from_it(partner: Partner) -> None:
    user = partner.new_user()
    code = partner.code(user)
    identity = partner.identity(user, partner.exchange(code).json())
    assert partner.last(identity).status_code == 200
    assert partner.exchange(code).status_code == 400
    assert partner.last(identity).status_code == 401
