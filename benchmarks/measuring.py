"""One measure: the best of several rounds, which is what the machine can do when nothing else runs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A time in seconds, its reference in seconds, and the ratio not to exceed; or both in thousands of `unit`."""

    what: str
    seconds: float
    reference: float
    target: float
    unit: str = "ms"


def best(action: Callable[[], object], rounds: int = 7) -> float:
    """Seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def in_turn(action: Callable[[], object], reference: Callable[[], object], rounds: int = 5) -> tuple[float, float]:
    """Seconds of the fastest round of each, played in turn: what else the machine does slows both alike."""
    times = [(best(action, 1), best(reference, 1)) for _ in range(rounds)]
    return min(time for time, _reference in times), min(time for _time, time in times)


def process(*argv: str, rounds: int = 7, ok: Sequence[int] = (0,)) -> float:
    """Seconds of a whole process, its modules compiled as they are for a user from the second start on."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def once() -> None:
        done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env=environment)
        if done.returncode not in ok:
            raise SystemExit(f"{argv}: {done.returncode}\n{done.stderr.decode()}")

    return best(once, rounds)


def python(*argv: str, rounds: int = 7) -> float:
    """Seconds of a whole interpreter."""
    return process(sys.executable, *argv, rounds=rounds)
