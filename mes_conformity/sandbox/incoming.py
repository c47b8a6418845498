"""Reading what a stranger sends: bodies, forms, queries, JSON, within limits and without surprises."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from mes_conformity.foundation import json_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.sandbox.answers import dumps

BODY_LIMIT = 1024 * 1024
FORM_LIMIT = 64 * 1024
MAX_DEPTH = 50
BODY_S = 30.0
_DRAINED = 128 * 1024 * 1024
_FIELDS = 100


class TooLarge(Exception):
    """The body is above the limit (RFC 9110, §15.5.14)."""


class TooSlow(Exception):
    """The body did not come within BODY_S seconds (RFC 9110, §15.5.9)."""


class Malformed(Exception):
    """What came in cannot be read; the text, in English, may be told to the caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes. Raises TooLarge after reading the rest away, so that the client, still
    sending, gets the answer instead of a broken connection; a flood is left unread. Raises TooSlow."""
    if _asks_first(request) and int(request.headers.get("content-length", 0)) > limit:
        raise TooLarge  # the client waits to be told to go on: it is not (RFC 9110, §10.1.1)
    kept = bytearray()
    size = 0
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= limit:
                    kept += chunk
                elif size > _DRAINED:
                    break
    except TimeoutError:
        raise TooSlow from None
    if size > limit:
        raise TooLarge
    return bytes(kept)


def _asks_first(request: Request) -> bool:
    return request.headers.get("expect", "").lower() == "100-continue"


def pairs(encoded: bytes) -> dict[str, list[str]]:
    """The fields of a query or form, `application/x-www-form-urlencoded` in UTF-8. Raises Malformed."""
    try:
        fields = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_FIELDS
        )
    except ValueError:
        raise Malformed("The parameters are not URL-encoded UTF-8, or are too many") from None
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return found


def single(fields: Mapping[str, list[str]]) -> dict[str, str]:
    """The fields when each is written once (RFC 6749, §3.1 and §3.2). Raises Malformed, naming the first repeated."""
    for name, values in fields.items():
        if len(values) > 1:
            raise Malformed(f"The parameter {name[:40]} is written more than once")
    return {name: values[0] for name, values in fields.items()}


async def form(request: Request) -> dict[str, str]:
    """A form whose fields are written once. Raises TooLarge, Malformed."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    raw = await body(request, FORM_LIMIT)
    if media_type != "application/x-www-form-urlencoded":
        raise Malformed("The body must be application/x-www-form-urlencoded")
    return single(pairs(raw))


def json_data(raw: bytes) -> Any:
    """Strict JSON that can be written again: finite numbers, whole characters. Raises Malformed."""
    try:
        data = json_documents.parse(raw, "body", max_depth=MAX_DEPTH)
        dumps(data)  # `1e999` and a lone surrogate pass the parser, not this
    except InvalidInput as error:
        raise Malformed(f"The body is not valid JSON ({error.code}: {_english(error.message)})") from None
    except ValueError:
        raise Malformed("The body holds a number or a character that JSON cannot carry") from None
    return data


def _english(text: Mapping[str, str] | str) -> str:
    return text if isinstance(text, str) else text.get("en", text["fr"])
