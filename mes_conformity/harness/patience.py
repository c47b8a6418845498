"""Coming back later, only where the specification allows it, and never for ever.

An answer 429 (RFC 6585, §4) tells that the request was not treated: any request may be sent again. An answer 503
(RFC 9110, §15.6.4) tells nothing of the kind: only a request without effect may. Both only with a `Retry-After` in
seconds (RFC 9110, §10.2.3). What was refused stays in the record.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mes_conformity.suites.evidence import Exchange
    from mes_conformity.suites.model import Step

_LONGEST_S: Final = 30
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


class Patience:
    """What a run may wait in all (seconds), whatever the number of cases that do."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._lock = threading.Lock()

    def asked(self, exchange: Exchange) -> float | None:
        """How long the target asks to wait before the same request; None where nothing is asked, or too much."""
        response = exchange.response
        if response is None or not _may_be_sent_again(exchange.request.method, response.status):
            return None
        written = (response.header("retry-after") or "").strip()
        if not written.isascii() or not written.isdigit() or len(written) > 4 or int(written) > _LONGEST_S:
            return None
        with self._lock:
            seconds = max(float(written), 0.05)
            if seconds > self._left:
                return None
            self._left -= seconds
        return seconds


def _may_be_sent_again(method: str, status: int) -> bool:
    return status == 429 or (status == 503 and method in _SAFE)


def may_judge(step: Step, exchange: Exchange) -> bool:
    """Whether the step itself judges this status: it says which ones it expects, and this may be one of them."""
    expected = [check.argument for check in step.checks if check.kind == "status"]
    if not expected or exchange.response is None:
        return True
    statuses = [item for argument in expected for item in (argument if isinstance(argument, list) else [argument])]
    return exchange.response.status in statuses or not all(isinstance(item, int) for item in statuses)
