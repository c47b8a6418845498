"""Listening to the publisher's own client in front of a real target: a door on this machine, the target behind it.

What the client sends goes on to the target, what it answers comes back with its addresses replaced by that of the door.
The name of the issuer is left as it is: the tokens carry it, signed. Nobody's consent is withdrawn here; the calls that
are told to come back later never reach the target.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mes_conformity.harness.listening import Door, Trials
from mes_conformity.suites.evidence import Exchange, Request, Response

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.targets import Target
    from mes_conformity.validators.contract import Contract

_TEXTS: Final = ("json", "html", "xml", "text/")
_SECURE: Final = re.compile(r";\s*secure(?=;|$)", re.IGNORECASE)
_FROM_THE_BROWSER: Final = ("origin", "referer")


class Way:
    """From an address of the door to that of the target, and back."""

    def __init__(self, door: str, fhir_path: str, target: Target) -> None:
        self._door, self._fhir, self._target = door, door + fhir_path, target
        pairs = {target.fhir_url: self._fhir, target.url: door, target.issuer: door}
        pairs |= {_origin(address): door for address in (target.issuer, target.url)}
        self._back = sorted(pairs.items(), key=lambda pair: -len(pair[0]))  # the longest first: it may hold another

    def there(self, request: Request) -> Request:
        """The request as the target gets it; never packed, so that what comes back can be read."""
        headers = tuple(
            (
                name,
                value.replace(self._door, _origin(self._target.issuer)) if name.lower() in _FROM_THE_BROWSER else value,
            )
            for name, value in request.headers
            if name.lower() != "accept-encoding"
        )
        return Request(request.method, self._address(request.url), headers, request.body)

    def _address(self, url: str) -> str:
        rest = url.removeprefix(self._fhir)
        if url.startswith(self._fhir) and (not rest or rest[0] in "/?"):
            return self._target.fhir_url + rest
        return self._target.issuer + url.removeprefix(self._door)

    def back(self, response: Response) -> Response:
        """The answer as the client gets it."""
        headers = tuple((name, self._header(name.lower(), value)) for name, value in response.headers)
        media_type = (response.header("content-type") or "").lower()
        body = self._body(response.body) if any(part in media_type for part in _TEXTS) else response.body
        return Response(response.status, headers, body)

    def _header(self, name: str, value: str) -> str:
        if name == "set-cookie":  # the door speaks HTTP on loopback: a browser would keep a secure cookie for itself
            return _SECURE.sub("", value)
        return self._replaced(value) if name in ("location", "content-location", "link") else value

    def _body(self, body: bytes) -> bytes:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        replaced = self._replaced(text)
        issuer = _issuer(text)
        if issuer is not None and replaced != text:
            replaced = json.dumps({**json.loads(replaced), "issuer": issuer}, ensure_ascii=False)
        return replaced.encode()

    def _replaced(self, text: str) -> str:
        for theirs, ours in self._back:
            text = text.replace(theirs, ours)
        return text


def _origin(url: str) -> str:
    """As a browser writes it, without a port that goes without saying (RFC 6454, §6.1)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _issuer(text: str) -> Any:
    """The name of the issuer in what it says of itself (OpenID Connect Discovery 1.0, §3)."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data.get("issuer") if isinstance(data, dict) and "token_endpoint" in data else None


@contextmanager
def proxying(target: Target, contract: Contract, env: Environment, *, port: int = 0) -> Iterator[tuple[Door, Target]]:
    """A door in front of a target, and the target as the client sees it."""
    from mes_conformity.harness.transports import LiveTransport

    transport = LiveTransport(ca_file=target.ca_file, client_certificate=target.client_certificate, now=env.now)
    fhir_path = str(contract.get("fhir_path"))

    def forward(request: Request) -> Exchange:
        exchange = transport.send(way.there(request))
        response = way.back(exchange.response) if exchange.response is not None else None
        return Exchange(request, response, exchange.failure, exchange.started_at, exchange.duration_ms)

    with Door(forward, fhir_path, Trials(revoke_after=0), lambda _pairing: None, port) as door:
        way = Way(door.url, fhir_path, target)
        seen = replace(target, url=door.url, fhir_url=door.url + fhir_path, issuer=door.url, control_url=None)
        try:
            yield door, seen
        finally:
            transport.close()
