"""Live and recorded transports: one method, so that both are twins. The only module that touches the HTTP library.

What comes back is hostile: bodies are bounded, every wait has an end (a total deadline also holds for a server that
gives one byte a second), a redirect is an answer like any other and never followed, certificates are verified, and
whatever goes wrong has one of the kinds of `evidence.FAILURES`.

The client is httpx; the pool below it (httpcore) is ours to set, since only there can a total deadline cut a server
that drips its headers. No redirect, cookie or proxy of its own: requests are built here and sent as they are.
"""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from mes_conformity.suites.evidence import Exchange, Failure, Request, Response, Tls

if TYPE_CHECKING:
    import httpx

MIB = 1024 * 1024
_CONNECTIONS: Final = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may cost: body in bytes; connect, read (between two pieces) and total in seconds."""

    body: int = 10 * MIB
    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0


class Transport(Protocol):
    """One request in, what came of it out. Never raises for the network."""

    def send(self, request: Request, *, timeout: float | None = None) -> Exchange:
        """`timeout` (seconds) replaces the total limit of one request."""

    def close(self) -> None:
        """Let go of connections."""


class RecordedTransport:
    """Answers from a record, in its order: what was sent is not compared, only counted."""

    def __init__(self, exchanges: tuple[Exchange, ...]) -> None:
        self._left = list(exchanges)

    def send(self, request: Request, *, timeout: float | None = None) -> Exchange:  # noqa: ARG002 - nothing waits here
        """The next recorded exchange; a `protocol` failure where the record ends."""
        if self._left:
            return self._left.pop(0)
        return Exchange(request, None, Failure("protocol", "end of record"), "", 0)

    def close(self) -> None:
        """Nothing to let go of."""


class LiveTransport:
    """Real sockets, one pool of connections for a run; any thread may send.

    `ca_file` is the authority to trust instead of the system's. `verify=False` is for reading the description of a
    sandbox on loopback, before its authority is known; nothing secret travels then. `client_certificate` (certificate
    and key, PEM files) answers a server that asks for mutual TLS. `obsolete` speaks TLS 1.1 and nothing newer.
    """

    def __init__(
        self,
        *,
        ca_file: Path | None = None,
        limits: Limits | None = None,
        verify: bool = True,
        now: Callable[[], str] = lambda: "",
        client_certificate: tuple[Path, Path] | None = None,
        obsolete: bool = False,
    ) -> None:
        self._limits = limits or Limits()
        self._client_certificate, self._obsolete = client_certificate, obsolete
        self._ca_file, self._verify, self._now = ca_file, verify, now
        self._deadline = _Deadline()
        self._opening = threading.Lock()
        self._streams: set[Any] = set()
        self._plain: httpx.Client | None = None
        self._secure: httpx.Client | None = None

    def send(self, request: Request, *, timeout: float | None = None) -> Exchange:
        """Send one request and read its answer whole. A failure is an `Exchange` with a `failure`, never raised."""
        started, begun = self._now(), time.monotonic()
        limit = self._limits.total if timeout is None else timeout
        self._deadline.at = begun + limit
        response, failure, tls = self._attempt(request, limit)
        return Exchange(request, response, failure, started, round((time.monotonic() - begun) * 1000), tls)

    def _attempt(self, request: Request, limit: float) -> tuple[Response | None, Failure | None, Tls | None]:
        try:
            return self._exchange(request, limit)
        except _TooLarge:
            return None, Failure("too_large", f"> {self._limits.body} o"), None
        except Exception as error:  # sorted out by kind; what is not of the network is raised again
            kind = _kind(error)
            if kind is None:
                raise
            return None, Failure(kind, _detail(error)), None

    def _exchange(self, request: Request, limit: float) -> tuple[Response | None, Failure | None, Tls | None]:
        with self._opening:
            client = self._client(request.url)
        timeouts = {
            "connect": min(self._limits.connect, limit),
            "read": min(self._limits.read, limit),
            "write": min(self._limits.read, limit),
            "pool": limit,
        }
        answer = client.send(_wire(request, timeouts), stream=True)
        try:
            stream = answer.extensions.get("network_stream")
            tls = _tls(stream.get_extra_info("ssl_object") if stream else None, self._verify)
            body = self._read(answer.iter_raw())
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
            return Response(answer.status_code, headers, body), None, tls
        finally:
            answer.close()

    def _read(self, pieces: Iterator[bytes]) -> bytes:
        """The body, given up as soon as it is too long: 5 GB are never held."""
        kept, size = [], 0
        for piece in pieces:
            size += len(piece)
            if size > self._limits.body:
                raise _TooLarge
            kept.append(piece)
        return b"".join(kept)

    def _client(self, url: str) -> httpx.Client:
        if not url.startswith("https:"):
            if self._plain is None:
                self._plain = _client(self._deadline, self._streams, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
            return self._plain
        if self._secure is None:
            context = _tls_context(self._ca_file, verify=self._verify)
            if self._client_certificate is not None:
                context.load_cert_chain(*self._client_certificate)
            if self._obsolete:
                _speak_obsolete_tls(context)
            self._secure = _client(self._deadline, self._streams, context)
        return self._secure

    def close(self) -> None:
        """Close every connection, those that wait for an answer too; the next request opens new ones."""
        with self._opening:
            clients, self._plain, self._secure = (self._plain, self._secure), None, None
        for stream in tuple(self._streams):
            stream.interrupt()
        for client in clients:
            if client is not None:
                client.close()


class _TooLarge(Exception):
    pass


class _Deadline(threading.local):
    """The instant (monotonic seconds) after which nothing more is waited for; one for each thread that sends."""

    at: float = 0.0

    def left(self, timeout: float | None) -> float:
        """How long this wait may be. Raises TimeoutError when nothing is left."""
        rest = self.at - time.monotonic()
        if rest <= 0:
            raise TimeoutError("total")
        return rest if timeout is None else min(timeout, rest)


def _wire(request: Request, timeouts: dict[str, float]) -> httpx.Request:
    import httpx

    headers = list(request.headers)
    given = {name.lower() for name, _value in headers}
    if "host" not in given:
        headers.insert(0, ("Host", _authority(request.url)))
    if "accept-encoding" not in given:
        headers.append(("Accept-Encoding", "identity"))  # nothing to unpack: no bomb
    if "content-length" not in given and (request.body or request.method in ("POST", "PUT", "PATCH")):
        headers.append(("Content-Length", str(len(request.body))))
    raw = [(name.encode("latin-1", "replace"), value.encode("utf-8", "replace")) for name, value in headers]
    return httpx.Request(
        request.method, request.url, headers=raw, content=request.body or None, extensions={"timeout": timeouts}
    )


def _authority(url: str) -> str:
    return url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0].rpartition("@")[2]


def _tls_context(ca_file: Path | None, *, verify: bool) -> ssl.SSLContext:
    if not verify:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


def _speak_obsolete_tls(context: ssl.SSLContext) -> None:
    import warnings

    with warnings.catch_warnings():  # on purpose: a server must refuse it (RFC 8996, §5)
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")


def _tls(session: Any, verified: bool) -> Tls | None:
    if session is None:
        return None
    cipher = session.cipher()
    version = (session.version() or "").removeprefix("TLSv")
    return Tls(version if "." in version else f"{version}.0", cipher[0] if cipher else "?", verified)


@contextmanager
def _without_its_command_line() -> Iterator[None]:
    """httpx imports its own command line where it can, which costs more than the rest of it; it goes without."""
    name = "httpx._main"
    if "httpx" in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # documented: the import of this name then fails
    try:
        yield
    finally:
        sys.modules.pop(name, None)


def _client(deadline: _Deadline, streams: set[Any], context: ssl.SSLContext) -> httpx.Client:
    """A client over a pool of our own: httpx's offers no place for the deadline."""
    import httpcore

    with _without_its_command_line():
        import httpx

    class Body(httpx.SyncByteStream):
        def __init__(self, answer: httpcore.Response) -> None:
            self._answer = answer

        def __iter__(self) -> Iterator[bytes]:
            yield from self._answer.iter_stream()

        def close(self) -> None:
            more = _more_than_asked(self._answer)
            self._answer.close()
            if more:  # or the rest would be taken for the answer to the next request
                self._answer.extensions["network_stream"].close()

    class Pool(httpx.BaseTransport):
        def __init__(self) -> None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=context,
                max_connections=_CONNECTIONS,
                max_keepalive_connections=_CONNECTIONS,
                network_backend=_backend(deadline, streams),
            )

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            url = request.url
            wire = httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.content or None,
                extensions=request.extensions,
            )
            answer = self._pool.handle_request(wire)
            return httpx.Response(
                answer.status, headers=answer.headers, stream=Body(answer), extensions=answer.extensions
            )

        def close(self) -> None:
            self._pool.close()

    return httpx.Client(transport=Pool(), trust_env=False)


def _more_than_asked(answer: Any) -> bool:
    """Whether bytes came after the end of the answer. The pool of httpcore looks at the socket, not at what was read
    already; where it hides that, the connection is not used again."""
    try:
        return bool(answer.stream._stream._connection._h11_state.trailing_data[0])
    except AttributeError:
        return True


def _backend(deadline: _Deadline, streams: set[Any]) -> Any:
    """A network backend whose every wait ends at the deadline: a server that drips its headers is cut too.

    `streams` holds what is open, so that somebody else can interrupt a wait.
    """
    import httpcore

    class Stream(httpcore.NetworkStream):
        def __init__(self, inner: httpcore.NetworkStream) -> None:
            self._inner = inner
            streams.add(self)

        def interrupt(self) -> None:
            with suppress(OSError):  # closed meanwhile
                self._inner.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return self._inner.read(max_bytes, deadline.left(timeout))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            self._inner.write(buffer, deadline.left(timeout))

        def close(self) -> None:
            streams.discard(self)
            self._inner.close()

        def start_tls(
            self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
        ) -> httpcore.NetworkStream:
            streams.discard(self)
            return Stream(self._inner.start_tls(ssl_context, server_hostname, deadline.left(timeout)))

        def get_extra_info(self, info: str) -> Any:
            return self._inner.get_extra_info(info)

    class Backend(httpcore.SyncBackend):
        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Any = None,
        ) -> httpcore.NetworkStream:
            return Stream(super().connect_tcp(host, port, deadline.left(timeout), local_address, socket_options))

    return Backend()


def _kind(error: BaseException) -> str | None:
    """The kind of a failure, from the most precise cause in the chain; None for what is not of the network."""
    import httpcore
    import httpx

    chain = list(_causes(error))
    for cause in chain:
        for types, kind in (
            (ssl.SSLError, "tls"),
            (ssl.CertificateError, "tls"),
            (socket.gaierror, "dns"),
            (ConnectionRefusedError, "refused"),
            (ConnectionResetError, "reset"),
            (BrokenPipeError, "reset"),
            (TimeoutError, "timeout"),
            (httpcore.TimeoutException, "timeout"),
        ):
            if isinstance(cause, types):
                return kind
    if isinstance(error, httpcore.RemoteProtocolError):
        early = ("without sending", "peer closed", "incomplete")
        return "closed_early" if any(words in str(error) for words in early) else "protocol"
    if isinstance(error, httpcore.ConnectError):
        return "refused"
    if isinstance(error, httpcore.NetworkError):
        return "reset"
    known = (httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpx.InvalidURL, OSError)
    return "protocol" if isinstance(error, known) or type(error).__module__.startswith("h11") else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _detail(error: BaseException) -> str:
    """What the system said, in one line; the reason of a refused certificate first."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"{cause.verify_message}"[:200]
        if isinstance(cause, ssl.SSLError) and cause.reason:
            return cause.reason.replace("_", " ").lower()[:200]
    return (str(error) or type(error).__name__).replace("\n", " ")[:200]
