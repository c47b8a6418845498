"""Exchanges as a reader meets them: request and response side by side, long bodies cut but accounted for."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.json_documents import half_of_a_character
from mes_conformity.reporting import curl

FULL, SHORT = 6_000, 1_500
COMPACT_FROM = 600
# Characters of all bodies together: a page of 3,000 exchanges must stay light. What failed is shown longer.
_EXPLAINED_BUDGET, _PASSED_BUDGET = 600_000, 250_000
_EXPLAINED_LEAST, _PASSED_LEAST = 400, 48


@dataclass(frozen=True, slots=True)
class Level:
    """How much is shown: the characters of a body; `compact` where the request is its curl line and no more."""

    characters: int
    compact: bool = False


WHOLE = Level(FULL)


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
    """One exchange; `failure` says why there is no response, `supporting` that it only prepared the ground.

    `target` is the method and the path alone. `curl` is None where no command can safely say the request; it reads the
    body from the file `body_file` where that is not None.
    """

    number: int
    supporting: bool
    compact: bool
    line: str
    target: str
    answer: str
    duration_ms: float | None
    request: Side
    response: Side | None
    failure: str | None
    curl: str | None
    body_file: str | None


def level(explained: bool, exchanges: int) -> Level:
    """How much to show of an exchange, in a report with that many of its sort: `explained` is what did not pass."""
    if explained:
        return Level(max(_EXPLAINED_LEAST, min(FULL, _EXPLAINED_BUDGET // max(1, 2 * exchanges))))
    characters = max(_PASSED_LEAST, min(SHORT, _PASSED_BUDGET // max(1, 2 * exchanges)))
    return Level(characters, compact=exchanges > COMPACT_FROM)


def views(case: CaseRecord, shown: Level = WHOLE) -> list[ExchangeView]:
    """The exchanges of a case, as much as `shown` says; what only prepared the ground is compact."""
    supporting = {record.get("exchange") for record in case.records if record.get("supporting")}
    name = case.entry["id"]
    return [_view(name, index + 1, entry, shown, index in supporting) for index, entry in enumerate(case.exchanges)]


def _view(case: str, number: int, entry: Mapping[str, Any], shown: Level, supporting: bool) -> ExchangeView:
    request, response, failure = entry["request"], entry["response"], entry.get("_failure")
    line = f"{request['method']} {request['url']}"
    # HAR has no way to say that there was no answer: status 0 is what browsers write.
    status = str(response["status"]) if response["status"] else ""
    compact = shown.compact or supporting
    body_file = f"{case}-{number}.body"
    inline = curl.MAX_BODY if shown.characters >= SHORT and not compact else 0
    command = curl.command(request, body_file, " " if compact else " \\\n  ", inline)
    characters = min(shown.characters, SHORT) if supporting else shown.characters
    return ExchangeView(
        number,
        supporting,
        compact,
        line,
        f"{request['method']} {_path(request['url'])}",
        status,
        entry.get("time"),
        Side(line, _headers(request), _body(request.get("postData") or {}, "_encoding", characters)),
        Side(status, _headers(response), _body(response["content"], "encoding", characters)) if status else None,
        f"{failure['kind']} — {failure['detail']}" if failure else None,
        command,
        body_file if command and f"'@{body_file}'" in command else None,
    )


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return url


def _headers(message: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((header["name"], header["value"]) for header in message["headers"])


def raw_body(content: Mapping[str, Any], encoding: str) -> bytes:
    """The bytes of a HAR `content` or `postData`, whose encoding stands under the key `encoding`."""
    text = content.get("text") or ""
    return _decoded(text) if content.get(encoding) == "base64" else text.encode("utf-8", "surrogatepass")


def _body(content: Mapping[str, Any], encoding: str, characters: int) -> Body:
    text = content.get("text") or ""
    binary = content.get(encoding) == "base64"
    raw = raw_body(content, encoding)
    if binary or not raw:
        return Body("", len(raw), sha256(raw), cut=False, binary=binary)
    laid_out = _laid_out(text) if len(text) <= FULL and characters >= SHORT else text
    return Body(laid_out[:characters], len(raw), sha256(raw), cut=len(laid_out) > characters, binary=False)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode("utf-8", "surrogatepass")


def _laid_out(text: str) -> str:
    """JSON on one line is laid out for the eye; anything else stays as it came."""
    if text[:1] not in "[{" or "\n" in text or half_of_a_character(text) is not None:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
