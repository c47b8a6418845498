"""A limit to the work that a stranger's dossier may ask of this machine."""

import ctypes
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    over, sent = threading.Event(), threading.Event()
    watched = threading.get_ident()
    watcher = threading.Thread(target=_watch, args=(watched, seconds, over, sent), daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:
            over.set()
            watcher.join()
            if sent.is_set():
                _settle()
    except _Enough:
        message = both("rejouer ce dossier demande plus de calcul qu'aucun dossier ne le fait : il est refusé")
        raise InvalidInput("DOS029", message, expected=f"≤ {seconds:.0f} s") from None


def _watch(watched: int, seconds: float, over: threading.Event, sent: threading.Event) -> None:
    clock = time.pthread_getcpuclockid(watched)
    until = time.clock_gettime(clock) + seconds
    while not over.wait(_LOOK):
        if time.clock_gettime(clock) > until:
            sent.set()
            _interrupt(watched, _Enough)  # again at each look: what is interrupted may swallow it


def _settle() -> None:
    """Take what was sent and has not arrived yet: it must not arrive elsewhere.

    One more is sent, which replaces it, and awaited. To send nothing instead would leave Python 3.11 looking for it at
    every instruction, forever where the program is traced.
    """
    with suppress(_Enough):
        _interrupt(threading.get_ident(), _Enough)
        while True:
            time.sleep(0)


def _interrupt(thread: int, kind: type[BaseException]) -> None:
    """Raise `kind` in `thread` at its next instruction."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))
