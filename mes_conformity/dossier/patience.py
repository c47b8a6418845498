"""A limit to the work that a stranger's dossier may ask of this machine."""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both

_LOOK: Final = 0.2  # seconds between two looks at the work done


class _Enough(BaseException):
    """Not an Exception: what judges hostile data catches these, and would go on."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what runs inside, in this thread, after `seconds` of its processor time. Raises InvalidInput `DOS029`.

    A thread watches the clock of this one and interrupts it between two instructions, so that it works in any thread
    (that of a cluster's worker too). Without effect where the system has no such clock (Windows).
    """
    if not hasattr(time, "pthread_getcpuclockid"):
        yield
        return
    over = threading.Event()
    watched = threading.get_ident()
    watcher = threading.Thread(target=_watch, args=(watched, seconds, over), daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:
            over.set()
            watcher.join()
            _interrupt(watched, None)  # one that was sent and has not arrived yet must not arrive elsewhere
    except _Enough:
        message = both("rejouer ce dossier demande plus de calcul qu'aucun dossier ne le fait : il est refusé")
        raise InvalidInput("DOS029", message, expected=f"≤ {seconds:.0f} s") from None


def _watch(watched: int, seconds: float, over: threading.Event) -> None:
    clock = time.pthread_getcpuclockid(watched)
    until = time.clock_gettime(clock) + seconds
    while not over.wait(_LOOK):
        if time.clock_gettime(clock) > until:
            _interrupt(watched, _Enough)  # again at each look: what is interrupted may swallow it


def _interrupt(thread: int, kind: type[BaseException] | None) -> None:
    """Raise `kind` in `thread` at its next instruction; None takes back what has not been raised yet."""
    told = ctypes.py_object(kind) if kind is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), told)
