"""A limit to the work that a stranger's dossier may ask of this machine."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both


class _Enough(BaseException):
    """Not an Exception: what judges hostile data catches these, and would go on."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Enough


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop what runs inside after `seconds` of processor time. Raises InvalidInput `DOS029`.

    Without effect outside of the main thread and where the system has no such clock (Windows).
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.5)
        yield
    except _Enough:
        message = both("rejouer ce dossier demande plus de calcul qu'aucun dossier ne le fait : il est refusé")
        raise InvalidInput("DOS029", message, expected=f"≤ {seconds:.0f} s") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
