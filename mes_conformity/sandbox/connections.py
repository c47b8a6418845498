"""Connections with deadlines: a client that sends its request drop by drop is answered 408 and left.

RFC 9110, §15.5.9; the attack is known as slowloris. The deadlines are for a whole request head and a whole body, so
that a byte now and then wins nothing. A client that is still sending when it is refused gets its answer: what it sends
on is let in and thrown away for a while (RFC 9112, §9.6), since a reset would take the answer from it.
"""

import asyncio
import sys
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from mes_conformity.sandbox import incoming

HEAD_S = 10.0
_GRACE_S = 5.0  # the handler that reads the body answers first
LINGER_S = 2.0
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Loop(asyncio.SelectorEventLoop):
    """A loop whose servers do not wait for ever for the handshake of TLS: as long as for the head of a request."""

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:
        """A server of asyncio, with HEAD_S to shake hands."""
        if options.get("ssl") is not None:
            options["ssl_handshake_timeout"] = HEAD_S
        return await super().create_server(*arguments, **options)


class _Gathering:
    """A transport that sends what is written in one step of the loop at once: the head of an answer with its body.
    Closed, it says so at once, and goes when the other side has gone too, or LINGER_S later."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []
        self._closed = False

    def write(self, data: bytes) -> None:
        """Send it by the end of this step."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)

    def _send(self) -> None:
        held, self._held = b"".join(self._held), []
        if held and not self.is_closing():
            self._transport.write(held)

    def close(self) -> None:
        """Send what is held, then close."""
        self._send()
        if self.is_closing() or not self._transport.can_write_eof():
            self.close_now()
            return
        self._closed = True
        self._transport.write_eof()
        self._transport.resume_reading()
        self._loop.call_later(LINGER_S, self._transport.close)

    def close_now(self) -> None:
        """Send what is held, then close, whatever the other side still sends."""
        self._send()
        self._closed = True
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it was closed, by us or by the other side."""
        return self._closed or self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class DeadlineProtocol(H11Protocol):
    """One connection: the head of each request within HEAD_S of its first byte, its body within incoming.BODY_S."""

    _timer: asyncio.TimerHandle | None = None
    _waits_for: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for the first request."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, _Gathering(transport, self.loop))
        self._watch(h11.IDLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._watch(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and wait for what is still to come: the rest of a head, a body, or nothing."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        state = self.conn.their_state
        pending = state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0]))
        wanted = state if pending else None
        if wanted is not self._waits_for:
            self._watch(wanted)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP: 400; 431 for a head without end (RFC 6585, §5)."""
        if getattr(sys.exc_info()[1], "error_status_hint", 400) == 431:
            self.transport.write(_TOO_LONG)
            self.transport.close()
        else:
            super().send_400_response(msg)

    def shutdown(self) -> None:
        """The server ends: a connection that rests is closed, and waits for nobody."""
        if self.cycle is None or self.cycle.response_complete:
            cast(_Gathering, self.transport).close_now()
        else:
            super().shutdown()

    def _watch(self, state: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waits_for = state
        if state is not None:
            wait = HEAD_S if state is h11.IDLE else incoming.BODY_S + _GRACE_S
            self._timer = self.loop.call_later(wait, self._too_slow)

    def _too_slow(self) -> None:
        if self.flow.read_paused:  # it is we who are not reading
            self._watch(self._waits_for)
            return
        if self._waits_for is h11.IDLE and not self.transport.is_closing():
            self.transport.write(_TOO_SLOW)
            self.transport.close()
        else:
            self.transport.abort()
