"""Servers on real sockets of the loopback interface, as badly behaved as a test wants."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Conversation = Callable[[socket.socket], None]


def read_request(connection: socket.socket) -> bytes:
    """What the client sent, up to the end of its headers (and of a short body in the same piece)."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    return received


def reply(status: str = "200 OK", body: bytes = b"{}", *headers: str, close: bool = True) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    if close:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def serving(
    conversation: Conversation, *, wrap: Callable[[socket.socket], socket.socket] | None = None
) -> Iterator[str]:
    """Run `conversation` with each connection; gives `127.0.0.1:port`."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    stopping = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.settimeout(5)
        with suppress(OSError), connection, wrap(connection) if wrap else connection as talking:
            conversation(talking)

    def accept() -> None:
        while not stopping.is_set():
            with suppress(TimeoutError):
                connection, _address = listening.accept()
                talker = threading.Thread(target=talk, args=(connection,))
                talkers.append(talker)
                talker.start()

    talkers: list[threading.Thread] = []
    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stopping.set()
        thread.join()
        for talker in talkers:
            talker.join()
        listening.close()


def answering(raw: bytes, seen: list[bytes] | None = None) -> Conversation:
    """Read one request, answer `raw`, hang up."""

    def conversation(connection: socket.socket) -> None:
        request = read_request(connection)
        if seen is not None:
            seen.append(request)
        connection.sendall(raw)

    return conversation
