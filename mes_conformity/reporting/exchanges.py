"""Exchanges as a reader meets them: request and response side by side, long bodies cut but accounted for."""

import base64
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.digests import sha256

# A page of 3,000 exchanges must stay light: what passed is shown shorter, and shorter still when there is much of it.
FULL, SHORT, LEAST, BUDGET = 6_000, 1_500, 160, 1_000_000
_KEPT = ("\n", "\t")


@dataclass(frozen=True, slots=True)
class Body:
    """What is shown of a body: text (cut at the limit), whole size in bytes, digest; `binary` when it is no text."""

    text: str
    size: int
    digest: str
    cut: bool
    binary: bool


@dataclass(frozen=True, slots=True)
class Side:
    """A request or a response: its first line, headers and body."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: Body


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """One exchange; `failure` says why there is no response, `supporting` that it only prepared the ground."""

    number: int
    supporting: bool
    line: str
    answer: str
    duration_ms: float | None
    request: Side
    response: Side | None
    failure: str | None


def limit(outcome: str, exchanges: int) -> int:
    """How many characters of a body to show, for a case with this outcome in a report of that many exchanges."""
    if outcome in ("failed", "error"):
        return FULL
    return max(LEAST, min(SHORT, BUDGET // max(1, 2 * exchanges)))


def views(case: CaseRecord, shown: int) -> list[ExchangeView]:
    """The exchanges of a case, bodies cut at `shown` characters."""
    supporting = {record.get("exchange") for record in case.records if record.get("supporting")}
    return [_view(index + 1, entry, shown, index in supporting) for index, entry in enumerate(case.exchanges)]


def _view(number: int, entry: Mapping[str, Any], shown: int, supporting: bool) -> ExchangeView:
    request, response, failure = entry["request"], entry["response"], entry.get("_failure")
    line = f"{request['method']} {request['url']}"
    # HAR has no way to say that there was no answer: status 0 is what browsers write.
    status = str(response["status"]) if response["status"] else ""
    return ExchangeView(
        number,
        supporting,
        line,
        status,
        entry.get("time"),
        Side(line, _headers(request), _body(request.get("postData") or {}, "_encoding", shown)),
        Side(status, _headers(response), _body(response["content"], "encoding", shown)) if status else None,
        f"{failure['kind']} — {failure['detail']}" if failure else None,
    )


def _headers(message: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((header["name"], header["value"]) for header in message["headers"])


def _body(content: Mapping[str, Any], encoding: str, shown: int) -> Body:
    text = content.get("text") or ""
    binary = content.get(encoding) == "base64"
    raw = _decoded(text) if binary else text.encode("utf-8", "surrogatepass")
    if binary or not raw:
        return Body("", len(raw), sha256(raw), cut=False, binary=binary)
    laid_out = _laid_out(text) if len(text) <= FULL else text
    return Body(laid_out[:shown], len(raw), sha256(raw), cut=len(laid_out) > shown, binary=False)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode("utf-8", "surrogatepass")


def _laid_out(text: str) -> str:
    """JSON on one line is laid out for the eye; anything else stays as it came."""
    if text[:1] not in "[{" or "\n" in text:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def inert(text: str) -> str:
    """`text` with control characters, reordering marks and lone surrogates made visible: nothing acts on the reader."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_sign(character) for character in text)


def _sign(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in ("Cc", "Cf", "Cs"):
        return character
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else f"[U+{code:04X}]"
