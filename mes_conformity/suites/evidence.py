"""What a case was judged on: requests, answers, failures and the results of actions.

A record is what is kept of one step, already redacted. `evaluate` sees records and nothing else, so that a live run
and a replay agree by construction. Steps are numbered from 1; step 0 is the preparation (what the case needs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mes_conformity.foundation.i18n import Text

PREPARATION: Final = 0
CONTEXT: Final = "context"

FAILURES: Final = ("refused", "dns", "timeout", "tls", "reset", "closed_early", "too_large", "protocol")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `headers` keeps order and case; `body` is what goes on the wire."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer, its body read whole (within the transport's limit)."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer: `kind` is one of `FAILURES`, `detail` what the system said."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Tls:
    """Facts of the TLS session: protocol version as "1.3", cipher name, whether the certificate was verified."""

    version: str
    cipher: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it: a response, or a typed failure, never both. `started_at` is an UTC instant."""

    request: Request
    response: Response | None
    failure: Failure | None
    started_at: str
    duration_ms: int
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class ActionFailure:
    """Why an action gave no result. `outcome` is `error` (could not judge) or `skipped` (a prerequisite is missing)."""

    outcome: str
    code: str
    message: Text


@dataclass(frozen=True, slots=True)
class ActionRecord:
    """What a named action was given and what it answered (JSON data), or why it could not."""

    name: str
    inputs: Mapping[str, Any]
    result: Any
    failure: ActionFailure | None = None


@dataclass(frozen=True, slots=True)
class ArtefactUse:
    """Which artefact a step judged or sent; its bytes are found by `sha256`."""

    path: str
    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of one step. `supporting` marks the own exchanges of an action: evidence, never judged."""

    iteration: int
    step: int
    action: ActionRecord | None = None
    exchange: Exchange | None = None
    artefact: ArtefactUse | None = None
    supporting: bool = False
