"""The environment as an object that is passed in: streams, clock, identifiers, folder, variables.

Tests build their own; nothing else reads `sys`, the clock or a random source.
"""

import os
import random
import secrets
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO


def _system_clock() -> datetime:
    return datetime.now(UTC)


def _system_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Environment:
    """What the program may ask of the outside."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    cwd: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = _system_clock
    new_id: Callable[[], str] = _system_id
    random_bytes: Callable[[int], bytes] = secrets.token_bytes

    @classmethod
    def system(cls) -> "Environment":
        """The real one. `SOURCE_DATE_EPOCH` (seconds) fixes the clock: same inputs, same bytes."""
        clock: Callable[[], datetime] = _system_clock
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        if epoch.isdigit():
            fixed = datetime.fromtimestamp(int(epoch), UTC)
            clock = lambda: fixed  # noqa: E731 - a name would say no more
        return cls(sys.stdin, sys.stdout, sys.stderr, Path.cwd(), dict(os.environ), clock)

    def seeded(self, seed: str) -> "Environment":
        """The same, with identifiers and bytes drawn from `seed`: what is drawn in one order is drawn again. They can
        be guessed: never for a secret that leaves this machine."""
        source, lock = random.Random(seed), threading.Lock()  # noqa: S311 - to be repeated is the point

        def draw(size: int) -> bytes:
            with lock:
                return source.randbytes(size)

        return replace(self, new_id=lambda: str(uuid.UUID(bytes=draw(16), version=4)), random_bytes=draw)

    def now(self) -> str:
        """The instant in UTC to the second: `2026-11-22T20:10:19Z`."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def today(self) -> str:
        """The date in UTC: `2026-11-22`."""
        return self.now()[:10]
