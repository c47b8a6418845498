"""A sandbox in this process: uvicorn in a thread, on a real socket of 127.0.0.1, with or without TLS.

Several may run side by side. Leaving the `with` block ends connections, thread, files and socket.
"""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import uvicorn

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Conflict, Inconclusive
from mes_conformity.foundation.i18n import both
from mes_conformity.sandbox.app import create_app
from mes_conformity.sandbox.connections import Loop
from mes_conformity.sandbox.database import NotKept, unusable
from mes_conformity.sandbox.faults import behaviour
from mes_conformity.sandbox.mutual_tls import recording
from mes_conformity.sandbox.seeding import read as read_seed
from mes_conformity.sandbox.signing import Signer
from mes_conformity.sandbox.store import Store
from mes_conformity.sandbox.transport_security import TransportSecurity
from mes_conformity.sandbox.world import World
from mes_conformity.validators.contract import load

MEASURES = "mes-measures@1.5.2"
PAIRING = "mes-pairing@2.1.0"
_HOST = "127.0.0.1"
_START_S = 15.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a sandbox may start with: a file of data (added to an empty database, and again by a reset), an instant
    where its clock stands still, a limit of requests per caller and window (0: none), certificates asked of partners
    (with TLS)."""

    seed_data: Path | None = None
    clock: datetime | None = None
    rate_limit: int = 0
    mtls: bool = False
    patient: bool = False  # serve `GET …/Patient`, an assumption


class Sandbox:
    """A running sandbox. Build it with `start`, leave it with `stop` or a `with` block."""

    def __init__(self, world: World, server: "_Server", cleanup: ExitStack) -> None:
        self._world = world
        self._server = server
        self._cleanup = cleanup

    @classmethod
    def start(
        cls,
        port: int = 0,
        tls: bool = True,
        faults: Iterable[str] = (),
        database: Path | None = None,
        latency_ms: int = 0,
        env: Environment | None = None,
        settings: "Settings | None" = None,
    ) -> "Sandbox":
        """Serve on 127.0.0.1:`port` (0: a free one) until `stop`; `database` is a file, None is memory.

        Raises UsageError `SBX001` (unknown fault), Conflict `SBX002` (port in use), InvalidInput `SBX003` (database)
        and `SBX005` (data of the start), Inconclusive `SBX004` (the server did not start).
        """
        env = env or Environment.system()
        names = tuple(faults)
        behaviour(names)  # an unknown fault is told before anything is opened
        settings = settings or Settings()
        seed = read_seed(settings.seed_data) if settings.seed_data else None
        with ExitStack() as cleanup:
            listening = _listen(port)
            cleanup.callback(listening.close)
            store = Store(database)
            cleanup.callback(store.close)
            made = TransportSecurity.made(mutual=settings.mtls)
            security = cleanup.enter_context(made) if tls else None
            address = f"{'https' if tls else 'http'}://{_HOST}:{listening.getsockname()[1]}"
            world = _world(env, store, address, latency_ms, security)
            world.sow = seed.sow if seed else None
            world.fixed = world.started_at = settings.clock
            world.rate_limit = world.started_limit = settings.rate_limit
            world.patient_served = settings.patient
            try:
                if not store.users():
                    world.populate()
            except NotKept as error:
                raise unusable(database, error) from None
            world.started = names
            world.set_faults(names)
            server = _Server(world, security)
            cleanup.callback(server.stop)
            server.run(listening)
            return cls(world, server, cleanup.pop_all())

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address, without a slash at its end; also the issuer."""
        return self._world.url

    @property
    def descriptor(self) -> dict[str, Any]:
        """Addresses, credentials, citizens: what `sandbox serve --format json` prints under `sandbox`."""
        return self._server.within(self._world.descriptor)

    def set_faults(self, names: Iterable[str]) -> None:
        """Misbehave as named, and only so, from the next request on. Raises UsageError `SBX001`."""
        wanted = tuple(names)
        self._server.within(lambda: self._world.set_faults(wanted))

    def ask(self, question: Callable[[World], Result]) -> Result:
        """What `question` finds in the world, between two requests."""
        return self._server.within(lambda: question(self._world))

    def reset(self) -> None:
        """Everything as at the start."""
        self._server.within(self._world.reset)

    def stop(self) -> None:
        """End the server and remove what it made. May be called twice."""
        self._cleanup.close()


def _listen(port: int) -> socket.socket:
    # Named TCP, or asyncio does not set TCP_NODELAY and each answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_HOST, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        taken = error.errno == errno.EADDRINUSE
        raise Conflict(
            "SBX002",
            both("le port {port} est déjà utilisé", port=port)
            if taken
            else both("le port {port} ne peut pas être ouvert", port=port),
            obtained=error.strerror,
            hint=both("donnez un autre port, ou `--port 0` pour en prendre un libre"),
        ) from None
    return listening


def _world(env: Environment, store: Store, url: str, latency_ms: int, security: "TransportSecurity | None") -> World:
    return World(
        env=env,
        measures=load(MEASURES),
        pairing=load(PAIRING),
        store=store,
        signer=Signer(env.new_id()),
        url=url,
        ca_pem=security.authority.pem if security else None,
        ca_file=str(security.ca_file) if security else None,
        latency_ms=latency_ms,
        mutual_tls=bool(security and security.client_certificates),
        client_certificates=security.client_certificates if security else {},
        shake_hands=security.behave if security else None,
    )


class _Server:
    """uvicorn in a thread. It takes no signal: the thread is not the main one."""

    def __init__(self, world: World, security: TransportSecurity | None) -> None:
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        config = uvicorn.Config(
            create_app(world),
            loop="asyncio",
            http=recording(world.peers),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
            limit_concurrency=None,
        )
        config.load()
        config.ssl = security.context if security else None
        self._server = _Uvicorn(config, self._started)

    def run(self, listening: socket.socket) -> None:
        """Serve on a listening socket. Raises Inconclusive `SBX004`."""
        self._thread = threading.Thread(
            target=self._serve, args=(listening,), name="mes-conformity-sandbox", daemon=True
        )
        self._thread.start()
        if not self._started.wait(_START_S) or self._loop is None:
            raise Inconclusive("SBX004", both("le bac à sable n'a pas démarré"))

    def _serve(self, listening: socket.socket) -> None:
        with asyncio.Runner(loop_factory=Loop) as runner:
            self._loop = runner.get_loop()
            runner.run(self._server.serve(sockets=[listening]))

    def within(self, work: Callable[[], Result]) -> Result:
        """Do `work` in the server's thread, between two requests, and give its result or its exception."""
        assert self._loop is not None

        async def call() -> Result:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(_START_S)

    def stop(self) -> None:
        """End the server and its thread."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None


class _Uvicorn(uvicorn.Server):
    """uvicorn that tells when it is ready, and leaves no connection behind."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        # A connection with bytes that its client never read would wait for them for ever.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for _ in range(5):  # TLS and plain transports say goodbye in steps
            await asyncio.sleep(0)
