"""How many requests a caller may send: the limit of the contract, an assumption, off unless asked for.

RFC 6585, §4 (429) and RFC 9110, §10.2.3 (Retry-After, in seconds).
"""

import hashlib
import math
from collections.abc import MutableMapping
from typing import Any

from starlette.responses import Response

from mes_conformity.sandbox.answers import Issue, fhir, outcome, plain_json
from mes_conformity.sandbox.world import World

_TEXT = "Too many requests: come back after Retry-After seconds"
_MOST_CALLERS = 10_000


class Limiter:
    """Counts requests per caller in windows of the sandbox's clock. A caller is an Authorization header, else an
    address."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._window = -1

    def refusal(self, scope: MutableMapping[str, Any]) -> Response | None:
        """The answer 429, or None where the request may go on."""
        behaviour = self._world.behaviour
        if behaviour.saturated:
            return self._refused(scope, 1)
        limit = behaviour.rate_limit or self._world.rate_limit
        if not limit or not behaviour.rate_limit_applied:
            return None
        length = float(self._world.pairing.get("rate_limit.window_s"))
        now = self._world.now()
        window = int(now // length)
        seen, caller = self._world.callers, _caller(scope)
        if len(seen) > _MOST_CALLERS or (window != self._window and behaviour.rate_limit_ends):
            self._window = window
            seen.clear()
        seen[caller] = seen.get(caller, 0) + 1
        if seen[caller] <= limit:
            return None
        return self._refused(scope, max(1, math.ceil((window + 1) * length - now)))

    def _refused(self, scope: MutableMapping[str, Any], wait_s: int) -> Response:
        headers = {"Retry-After": str(wait_s)} if self._world.behaviour.retry_after_given else {}
        status = int(self._world.pairing.get("rate_limit.status"))
        base = self._world.measures.get("fhir_path")
        if scope["path"] == base or scope["path"].startswith(f"{base}/"):
            return fhir(outcome([Issue("throttled", _TEXT)]), status, headers)
        return plain_json({"error": "too_many_requests", "error_description": _TEXT}, status, headers)


def _caller(scope: MutableMapping[str, Any]) -> str:
    credentials = b"".join(value for name, value in scope["headers"] if name == b"authorization")
    address = scope["client"][0] if scope.get("client") else ""
    return hashlib.sha256(credentials).hexdigest() if credentials else address
