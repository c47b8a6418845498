"""Exchanges as HAR 1.2 entries and back, without loss of what a verdict looks at.

Two members of our own: `_failure` where there is no answer, `_tls` for the session. Bodies that are not UTF-8 text are
base64 (HAR 1.2 has `encoding` for answers; requests carry the same key with an underscore).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from mes_conformity.suites.evidence import Exchange, Failure, Request, Response, Tls

TAIL: Final = b"]}}\n"


def dump(log: Mapping[str, Any]) -> bytes:
    """A HAR document, one exchange a line, so that `links` can chain them without parsing."""
    head = json.dumps({**log["log"], "entries": []}, ensure_ascii=False, separators=(",", ":"))
    lines = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in log["log"]["entries"]]
    text = '{"log":' + head[:-2] + "\n" + "\n,".join(lines) + "\n"
    return text.encode("utf-8", "surrogatepass") + TAIL


def links(raw: bytes) -> list[str]:
    """The chain of a HAR document that `dump` wrote: link n is the SHA-256 of its bytes up to the end of exchange n.

    No exchange can be changed, removed, added or moved without changing every link from there on.
    """
    state, found = hashlib.sha256(), []
    place = raw.find(b"\n") + 1
    state.update(raw[:place])
    while place and (end := raw.find(b"\n", place, len(raw) - len(TAIL)) + 1):
        state.update(raw[place:end])
        found.append(state.hexdigest())
        place = end
    return found


def to_log(exchanges: Iterable[Exchange], creator: str, version: str) -> dict[str, Any]:
    """A HAR document: `{"log": {version, creator, entries}}`."""
    entries = [to_entry(exchange) for exchange in exchanges]
    return {"log": {"version": "1.2", "creator": {"name": creator, "version": version}, "entries": entries}}


def to_entry(exchange: Exchange) -> dict[str, Any]:
    """One HAR entry. Times are milliseconds; sizes that are not measured are -1, as HAR asks."""
    entry: dict[str, Any] = {
        "startedDateTime": exchange.started_at,
        "time": exchange.duration_ms,
        "request": _request(exchange.request),
        "response": _response(exchange.response),
        "cache": {},
        "timings": {"send": 0, "wait": exchange.duration_ms, "receive": 0},
    }
    if exchange.failure is not None:
        entry["_failure"] = {"kind": exchange.failure.kind, "detail": exchange.failure.detail}
    if exchange.tls is not None:
        tls = exchange.tls
        entry["_tls"] = {"version": tls.version, "cipher": tls.cipher, "verified": tls.verified}
    return entry


def _headers(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _header(headers: Iterable[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _request(request: Request) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(request.headers),
        "queryString": [{"name": k, "value": v} for k, v in parse_qsl(_query(request.url), keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        text, encoding = _text(request.body)
        shape["postData"] = {"mimeType": _header(request.headers, "content-type"), "text": text}
        if encoding:
            shape["postData"]["_encoding"] = encoding
    return shape


def _query(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def _response(response: Response | None) -> dict[str, Any]:
    if response is None:  # HAR has no way to say "none": status 0 is what browsers write
        response = Response(0)
    text, encoding = _text(response.body)
    content: dict[str, Any] = {
        "size": len(response.body),
        "mimeType": response.header("content-type") or "",
        "text": text,
    }
    if encoding:
        content["encoding"] = encoding
    return {
        "status": response.status,
        "statusText": _phrase(response.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(response.headers),
        "content": content,
        "redirectURL": response.header("location") or "",
        "headersSize": -1,
        "bodySize": len(response.body),
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _text(body: bytes) -> tuple[str, str]:
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"


def from_entry(entry: Mapping[str, Any]) -> Exchange:
    """The exchange of a HAR entry that `to_entry` wrote. Raises ValueError or LookupError for another shape."""
    sent, got = entry["request"], entry.get("response") or {}
    failure, tls = entry.get("_failure"), entry.get("_tls")
    post = sent.get("postData") or {}
    request = Request(sent["method"], sent["url"], _pairs(sent), _bytes(post.get("text", ""), post.get("_encoding")))
    response = None
    if got.get("status"):
        content = got.get("content") or {}
        body = _bytes(content.get("text", ""), content.get("encoding"))
        response = Response(int(got["status"]), _pairs(got), body)
    return Exchange(
        request,
        response,
        Failure(str(failure["kind"]), str(failure["detail"])) if failure else None,
        str(entry.get("startedDateTime", "")),
        round(entry.get("time") or 0),
        Tls(str(tls["version"]), str(tls["cipher"]), bool(tls["verified"])) if tls else None,
    )


def _pairs(message: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((header["name"], header["value"]) for header in message.get("headers", ()))


def _bytes(text: str, encoding: str | None) -> bytes:
    if encoding != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("base64") from error
