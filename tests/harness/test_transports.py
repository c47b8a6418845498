"""The live transport against servers on real sockets: whatever they do has a kind, an end and a bound."""

import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from wire import answering, read_request, reply, serving

from mes_conformity.harness import transports
from mes_conformity.harness.transports import Limits, LiveTransport, RecordedTransport
from mes_conformity.sandbox.authority import Authority, write_pair
from mes_conformity.suites.evidence import Exchange, Request

QUICK = Limits(body=1000, connect=1.0, read=0.3, total=0.6)


@pytest.fixture
def live() -> Iterator[LiveTransport]:
    transport = LiveTransport(limits=QUICK, now=lambda: "2026-11-22T12:00:00Z")
    yield transport
    transport.close()


def kind(exchange: Exchange) -> str | None:
    assert (exchange.response is None) != (exchange.failure is None)
    return exchange.failure.kind if exchange.failure else None


def test_an_answer_is_read_whole(live: LiveTransport) -> None:
    with serving(answering(reply("201 Created", b'{"a": 1}', "Location: x/1"))) as place:
        exchange = live.send(Request("GET", f"http://{place}/a?b=c"))
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.body) == (201, b'{"a": 1}')
    assert exchange.response.header("LOCATION") == "x/1"
    assert exchange.response.header("absent") is None
    assert exchange.started_at == "2026-11-22T12:00:00Z"
    assert exchange.tls is None


def test_what_is_sent_is_what_was_asked(live: LiveTransport) -> None:
    seen: list[bytes] = []
    with serving(answering(reply(), seen)) as place:
        live.send(Request("POST", f"http://{place}/a?b=c%7Cd", (("X-A", "é"),), b"body"))
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=c%7Cd HTTP/1.1\r\n")
    assert f"Host: {place}".encode() in head
    assert b"Content-Length: 4" in head
    assert b"Accept-Encoding: identity" in head
    assert body in (b"", b"body")


def test_headers_that_were_given_are_not_added(live: LiveTransport) -> None:
    seen: list[bytes] = []
    given = (("host", "other"), ("accept-encoding", "gzip"), ("content-length", "0"))
    with serving(answering(reply(), seen)) as place:
        live.send(Request("GET", f"http://{place}/", given))
    assert seen[0].lower().count(b"host:") == 1
    assert b"identity" not in seen[0]


def test_a_redirect_is_an_answer(live: LiveTransport) -> None:
    seen: list[bytes] = []
    with serving(answering(reply("302 Found", b"", "Location: http://ailleurs.invalid/"), seen)) as place:
        exchange = live.send(Request("GET", f"http://{place}/", (("Authorization", "Bearer t"),)))
    assert exchange.response is not None
    assert exchange.response.status == 302
    assert len(seen) == 1


def test_nobody_there_is_refused(live: LiveTransport) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    assert kind(live.send(Request("GET", f"http://127.0.0.1:{port}/"))) == "refused"


def test_an_unknown_name_is_dns(live: LiveTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_keys: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert kind(live.send(Request("GET", "http://personne.invalid/"))) == "dns"


def test_silence_is_a_timeout(live: LiveTransport) -> None:
    with serving(lambda connection: drip(connection, iter([b"", b"", b"", b"", b"", b"", b"", b""]))) as place:
        assert kind(live.send(Request("GET", f"http://{place}/"), timeout=0.2)) == "timeout"


def drip(connection: socket.socket, pieces: Iterator[bytes]) -> None:
    read_request(connection)
    for piece in pieces:
        connection.sendall(piece)
        time.sleep(0.05)


def test_one_byte_at_a_time_ends_at_the_total(live: LiveTransport) -> None:
    body = (b"x" for _ in range(1000))
    head = reply(body=b"")[:-4].replace(b"Content-Length: 0", b"Content-Length: 1000") + b"\r\n\r\n"

    def conversation(connection: socket.socket) -> None:
        drip(connection, iter([head, *body]))

    begun = time.monotonic()
    with serving(conversation) as place:
        exchange = live.send(Request("GET", f"http://{place}/"))
        elapsed = time.monotonic() - begun
        live.close()
    assert kind(exchange) == "timeout"
    assert elapsed < 3


def test_headers_that_drip_end_too(live: LiveTransport) -> None:
    def conversation(connection: socket.socket) -> None:
        drip(connection, iter([b"HTTP/1.1 200 OK\r\n", *(b"a" for _ in range(1000))]))

    with serving(conversation) as place:
        exchange = live.send(Request("GET", f"http://{place}/"))
        live.close()
    assert kind(exchange) == "timeout"


def test_a_body_without_end_is_given_up(live: LiveTransport) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n" + b"x" * 4000
    with serving(answering(raw)) as place:
        exchange = live.send(Request("GET", f"http://{place}/"))
    assert kind(exchange) == "too_large"


@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b"HTTP/1.1 200 OK\r\nContent-Len"]
)
def test_an_answer_cut_short_is_closed_early(live: LiveTransport, raw: bytes) -> None:
    with serving(answering(raw)) as place:
        assert kind(live.send(Request("GET", f"http://{place}/"))) == "closed_early"


def test_a_reset_is_a_reset(live: LiveTransport) -> None:
    def conversation(connection: socket.socket) -> None:
        read_request(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serving(conversation) as place:
        assert kind(live.send(Request("GET", f"http://{place}/"))) == "reset"


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/9.9 xx\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: a\r\n\r\n"]
)
def test_what_is_not_http_is_protocol(live: LiveTransport, raw: bytes) -> None:
    with serving(answering(raw)) as place:
        assert kind(live.send(Request("GET", f"http://{place}/"))) == "protocol"


def test_an_address_that_is_none_is_protocol(live: LiveTransport) -> None:
    assert kind(live.send(Request("GET", "ftp://127.0.0.1/"))) == "protocol"


def test_connections_are_kept_between_requests(live: LiveTransport) -> None:
    seen: list[bytes] = []

    def conversation(connection: socket.socket) -> None:
        for _ in range(2):
            seen.append(read_request(connection))
            connection.sendall(reply(close=False))

    with serving(conversation) as place:
        for _ in range(2):
            assert kind(live.send(Request("GET", f"http://{place}/"))) is None
        live.close()
    assert len(seen) == 2


def test_a_bug_of_ours_is_not_a_failure_of_the_target(live: LiveTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(transports, "_wire", broken)
    with pytest.raises(ZeroDivisionError):
        live.send(Request("GET", "http://127.0.0.1:1/"))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def tls_server(authority: Authority, folder: Path, kind_: str) -> ssl.SSLContext:
    certificate, key = folder / "server.pem", folder / "server.key"
    write_pair(authority.server(kind_), certificate, key)  # type: ignore[arg-type]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def trusting(authority: Authority, folder: Path) -> LiveTransport:
    (folder / "ca.pem").write_bytes(authority.pem)
    return LiveTransport(ca_file=folder / "ca.pem", limits=QUICK)


def over_tls(authority: Authority, folder: Path, kind_: str, transport: LiveTransport) -> Exchange:
    context = tls_server(authority, folder, kind_)
    with serving(answering(reply()), wrap=lambda c: context.wrap_socket(c, server_side=True)) as place:
        exchange = transport.send(Request("GET", f"https://{place}/"))
        transport.close()
    return exchange


def test_a_certificate_of_the_authority_is_trusted(authority: Authority, tmp_path: Path) -> None:
    exchange = over_tls(authority, tmp_path, "sound", trusting(authority, tmp_path))
    assert kind(exchange) is None
    assert exchange.tls is not None
    assert (exchange.tls.version, exchange.tls.verified) == ("1.3", True)


@pytest.mark.parametrize(
    ("certificate", "detail"),
    [("expired", "expired"), ("other_name", "IP address mismatch"), ("untrusted", "unable to get local issuer")],
)
def test_a_bad_certificate_is_tls_with_its_reason(
    authority: Authority, tmp_path: Path, certificate: str, detail: str
) -> None:
    exchange = over_tls(authority, tmp_path, certificate, trusting(authority, tmp_path))
    assert kind(exchange) == "tls"
    assert exchange.failure is not None
    assert detail in exchange.failure.detail or certificate == "untrusted"


def test_without_our_authority_the_system_decides(authority: Authority, tmp_path: Path) -> None:
    assert kind(over_tls(authority, tmp_path, "sound", LiveTransport(limits=QUICK))) == "tls"


def test_reading_a_description_verifies_nothing_and_says_so(authority: Authority, tmp_path: Path) -> None:
    exchange = over_tls(authority, tmp_path, "untrusted", LiveTransport(limits=QUICK, verify=False))
    assert exchange.tls is not None
    assert exchange.tls.verified is False


def test_plain_http_where_tls_was_wanted_is_tls(authority: Authority, tmp_path: Path) -> None:
    transport = trusting(authority, tmp_path)
    with serving(lambda connection: (connection.recv(10), connection.sendall(reply()))[1]) as place:
        exchange = transport.send(Request("GET", f"https://{place}/"))
        transport.close()
    assert kind(exchange) == "tls"


def test_a_record_answers_in_its_order_then_ends() -> None:
    first = Exchange(Request("GET", "http://a/"), None, None, "", 0)
    recorded = RecordedTransport((first,))
    assert recorded.send(Request("GET", "http://b/")) is first
    ended = recorded.send(Request("GET", "http://b/"))
    assert ended.failure is not None
    assert ended.failure.detail == "end of record"
    recorded.close()


def test_the_command_line_of_httpx_is_not_imported() -> None:
    code = (
        "import sys; from mes_conformity.harness.transports import LiveTransport\n"
        "from mes_conformity.suites.evidence import Request\n"
        "LiveTransport(now=lambda: '2026-11-22T12:00:00Z').send(Request('GET', 'http://127.0.0.1:9/', (), b''))\n"
        "assert 'httpx' in sys.modules; assert 'httpx._main' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_answer_nobody_asked_for_is_never_taken_for_the_next_one(live: LiveTransport) -> None:
    def two_at_once(connection: socket.socket) -> None:
        number = 0
        while read_request(connection):
            number += 1
            first = reply("200 OK", f'{{"n": {number}}}'.encode(), close=False)
            connection.sendall(first + reply("403 Forbidden", b'{"stale": true}', close=False))

    with serving(two_at_once) as place:
        answers = [live.send(Request("GET", f"http://{place}/{number}")) for number in range(3)]
    assert [kind(answer) or (answer.response and answer.response.status) for answer in answers] == [200, 200, 200]


def test_a_server_that_closes_at_each_byte_ends_each_request(live: LiveTransport) -> None:
    whole = reply()
    cuts = iter(range(len(whole)))

    def cut(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(whole[: next(cuts)])

    with serving(cut) as place:
        kinds = {kind(live.send(Request("GET", f"http://{place}/"))) for _byte in whole}
    assert kinds <= {"closed_early", "protocol", "reset"}


def test_a_wait_is_cut_when_the_transport_is_closed(live: LiveTransport) -> None:
    asked, silent = threading.Event(), threading.Event()

    def silence(connection: socket.socket) -> None:
        read_request(connection)
        asked.set()
        silent.wait(5)

    patient = LiveTransport(limits=Limits(read=30, total=30))
    found: list[Exchange] = []
    with serving(silence) as place:
        thread = threading.Thread(target=lambda: found.append(patient.send(Request("GET", f"http://{place}/"))))
        thread.start()
        assert asked.wait(5)
        begun = time.monotonic()
        patient.close()
        thread.join(5)
        silent.set()
    assert time.monotonic() - begun < 3
    assert kind(found[0]) in ("closed_early", "reset", "protocol")


def test_a_closed_transport_opens_again(live: LiveTransport) -> None:
    with serving(answering(reply())) as place:
        for _twice in range(2):
            assert kind(live.send(Request("GET", f"http://{place}/"))) is None
            live.close()


def test_threads_have_their_own_deadlines() -> None:
    live = LiveTransport(limits=Limits(read=5.0, total=5.0))

    def by_path(connection: socket.socket) -> None:
        if b"GET /slow" in read_request(connection):
            time.sleep(0.25)
        connection.sendall(reply())

    found: dict[str, str | None] = {}

    def ask(place: str, path: str, timeout: float) -> None:
        found[path + str(timeout)] = kind(live.send(Request("GET", f"http://{place}{path}"), timeout=timeout))

    with serving(by_path) as place, closing(live):
        wishes = [("/slow", 0.1), ("/slow", 5.0), ("/quick", 5.0)]
        threads = [threading.Thread(target=ask, args=(place, *wish)) for wish in wishes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {"/slow0.1": "timeout", "/slow5.0": None, "/quick5.0": None}


def test_a_certificate_that_changes_during_the_run_is_judged_anew(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "after").mkdir()
    contexts = iter([tls_server(authority, tmp_path, "sound"), tls_server(authority, tmp_path / "after", "expired")])
    transport = trusting(authority, tmp_path)
    with serving(answering(reply()), wrap=lambda c: next(contexts).wrap_socket(c, server_side=True)) as place:
        kinds = [kind(transport.send(Request("GET", f"https://{place}/{turn}"))) for turn in range(2)]
        transport.close()
    assert kinds == [None, "tls"]
