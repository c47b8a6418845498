"""What goes to the wire in one piece, and servers that do not wait for ever."""

import asyncio
import ssl
from typing import Any, cast

from mes_conformity.sandbox.connections import HEAD_S, Loop, _Gathering


class Wire:
    """A transport that remembers what it was given."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def can_write_eof(self) -> bool:
        return False

    def get_extra_info(self, name: str) -> str:
        return name


def gathering(wire: Wire) -> _Gathering:
    return _Gathering(cast(asyncio.Transport, wire), asyncio.get_running_loop())


def test_head_and_body_leave_together() -> None:
    wire = Wire()

    async def answer() -> None:
        transport = gathering(wire)
        for piece in (b"head", b"body", b""):
            transport.write(piece)
        assert wire.written == []
        await asyncio.sleep(0)
        transport.write(b"more")
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert wire.written == [b"headbody", b"more"]


def test_what_is_held_leaves_before_the_end_and_nothing_after() -> None:
    wire = Wire()

    async def answer() -> None:
        transport = gathering(wire)
        transport.write(b"last words")
        transport.close()
        transport.write(b"too late")
        await asyncio.sleep(0)

    asyncio.run(answer())
    assert (wire.written, wire.closed) == ([b"last words"], True)


def test_anything_else_is_asked_of_the_transport() -> None:
    async def ask() -> Any:
        return gathering(Wire()).get_extra_info("peername")

    assert asyncio.run(ask()) == "peername"


def test_a_handshake_has_the_time_of_a_head() -> None:
    async def serve() -> float:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0, ssl=context)
        waits = server._ssl_handshake_timeout  # type: ignore[attr-defined]
        server.close()
        return float(waits)

    with asyncio.Runner(loop_factory=Loop) as runner:
        assert runner.run(serve()) == HEAD_S
