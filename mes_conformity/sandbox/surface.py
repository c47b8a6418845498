"""Between the socket and the handlers: refusals become answers, connection faults happen, the journal is kept."""

import asyncio
import contextlib
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from mes_conformity.foundation.errors import UsageError
from mes_conformity.sandbox import incoming, negotiation
from mes_conformity.sandbox.answers import (
    ControlRefusal,
    Issue,
    OAuthRefusal,
    Refusal,
    fhir,
    oauth_error,
    outcome,
    plain_json,
)
from mes_conformity.sandbox.behaviour import SOUND, Behaviour
from mes_conformity.sandbox.database import NotKept
from mes_conformity.sandbox.faults import behaviour
from mes_conformity.sandbox.journal import entry
from mes_conformity.sandbox.limits import Limiter
from mes_conformity.sandbox.world import ASKED, World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Handler = Callable[[World, Request], Awaitable[Response]]

CONTROL = "/_sandbox"
DESCRIPTION = "/openapi.json"
FAULT_HEADER = b"x-sandbox-fault"
CASE_HEADER = b"x-sandbox-case"
_ENDLESS = 5 * 1024**3
_CHUNK = b" " * 65536
_MAINTENANCE = '<!DOCTYPE html><html lang="fr"><title>Maintenance</title><h1>Service en maintenance</h1></html>'
_HTTP_CODES = {404: "not-found", 405: "not-supported"}


def endpoint(world: World, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """`handler` as Starlette calls it: whatever it refuses becomes an answer of the surface it is on."""

    async def call(request: Request) -> Response:
        wanted: negotiation.Format = "json"
        try:
            if _is_fhir(world, request.url.path):
                wanted = negotiation.answer_format(world, request)
            response = negotiation.written(await handler(world, request), wanted)
        except ClientDisconnect:  # nobody is left to read this
            response = Response(status_code=400)
        except incoming.TooSlow:
            response = _plain_refusal(world, request, 408, "timeout", "The body did not come in time")
            response.headers["Connection"] = "close"
        except incoming.TooLarge:
            response = _plain_refusal(world, request, 413, "too-long", "The body is too large")
            response.headers["Connection"] = "close"
        except incoming.Malformed as error:
            response = _unreadable(world, request, error.reason)
        except NotKept as error:
            response = _not_kept(world, request, error)
        except Refusal as error:
            response = negotiation.written(_fhir_refusal(world, error), wanted)
        except OAuthRefusal as error:
            response = plain_json(oauth_error(error.error, error.description), error.status, error.headers)
        except ControlRefusal as error:
            response = plain_json({"error": {"message": error.message}}, error.status)
        return _typed(world, request, response)

    return call


def control_path(path: str) -> bool:
    """Whether a path is ours and no part of Mon espace santé."""
    return path in (DESCRIPTION, CONTROL) or path.startswith(f"{CONTROL}/")


def _unreadable(world: World, request: Request, reason: str) -> Response:
    if world.behaviour.unreadable_body_crashes:
        return Response("Traceback (most recent call last):\n  …\nJSONDecodeError", 500, media_type="text/plain")
    return _plain_refusal(world, request, 400, "structure", reason)


def _not_kept(world: World, request: Request, error: NotKept) -> Response:
    """The disk of the sandbox fails, which no caller can help (RFC 4918, §11.5; HL7 FHIR R4, issue type `no-store`)."""
    return _plain_refusal(world, request, 507, "no-store", f"The sandbox cannot keep its state: {error}")


def unrouted(world: World) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The answer where no route takes the request (404, 405), on every surface."""

    async def call(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = _HTTP_CODES.get(error.status_code, "processing")
        response = _plain_refusal(world, request, error.status_code, code, "There is nothing here for this request")
        response.headers.update(error.headers or {})
        if error.status_code == 405:  # the router names the methods of one route only (RFC 9110, §15.5.6)
            response.headers["Allow"] = ", ".join(_allowed(request))
        return _typed(world, request, response)

    return call


def _is_fhir(world: World, path: str) -> bool:
    base = world.measures.get("fhir_path")
    return path == base or path.startswith(f"{base}/")


def _plain_refusal(world: World, request: Request, status: int, code: str, text: str) -> Response:
    if _is_fhir(world, request.url.path):
        return _fhir_refusal(world, Refusal(status, [Issue(code, text)]))
    if control_path(request.url.path):
        return plain_json({"error": {"message": text}}, status)
    return plain_json(oauth_error("invalid_request", text), status)


def _fhir_refusal(world: World, refusal: Refusal) -> Response:
    behaviour = world.behaviour
    status = behaviour.content_status if behaviour.content_status and refusal.status == 422 else refusal.status
    if behaviour.error_body == "empty":
        return Response(status_code=status, headers=refusal.headers)
    issues = [
        Issue(
            behaviour.issue_code or issue.code,
            "Error" if behaviour.error_body == "generic" else issue.diagnostics,
            "" if behaviour.error_body == "generic" else issue.expression,
        )
        for issue in refusal.issues
    ]
    return fhir(outcome(issues), status, refusal.headers)


def _typed(world: World, request: Request, response: Response) -> Response:
    if world.behaviour.media_type and _is_fhir(world, request.url.path) and "content-type" in response.headers:
        response.headers["content-type"] = world.behaviour.media_type
    return response


def _allowed(request: Request) -> list[str]:
    found = set()
    for route in request.app.routes:
        match, _scope = route.matches(request.scope)
        if match is not Match.NONE:
            found |= route.methods
    return sorted(found)


class Surface:
    """ASGI application around the routes. The control address knows neither latency nor faults nor journal: a test
    must always be able to bring the sandbox back."""

    def __init__(self, world: World, application: Application) -> None:
        self._world = world
        self._application = application
        self._limiter = Limiter(world)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # pragma: no cover - neither lifespan nor websockets are served
            return
        path, send = scope["path"], self._once_kept(scope, receive, send)
        if _smuggled(scope):
            refused = _plain_refusal(
                self._world, Request(scope), 400, "structure", "HTTP version, Content-Length or Transfer-Encoding"
            )
            refused.headers["Connection"] = "close"
            self._world.journal.add({**_entry(self._world, scope), "status": 400})
            await refused(scope, receive, send)
            return
        if control_path(path):
            ASKED.set(SOUND)  # whatever happens elsewhere, and whatever another task left
            await self._application(scope, receive, send)
            return
        statuses: list[int] = []

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        kept = _entry(self._world, scope)
        try:
            ASKED.set(_asked(self._world, scope))
            limited = self._limiter.refusal(scope)
            if limited is not None:
                await limited(scope, receive, noted)
            else:
                await self._misbehave_or_answer(scope, receive, noted)
        except UsageError as error:
            await plain_json({"error": {"message": f"{error.code}: there is no such fault"}}, 400)(
                scope, receive, noted
            )
        except Exception as error:  # a bug: the caller gets a bare 500, the developer its name
            kept["bug"] = type(error).__name__
            raise
        finally:
            kept["status"] = statuses[0] if statuses else 0
            self._world.journal.add(kept)

    def _once_kept(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> Send:
        """Nobody is answered before what was written is kept; where the disk fails, that is the answer."""
        refused = False

        async def kept(message: Message) -> None:
            nonlocal refused
            if refused:
                return
            if message["type"] == "http.response.start":
                try:
                    await self._world.store.settled()
                except NotKept as error:
                    refused = True
                    await _not_kept(self._world, Request(scope), error)(scope, receive, send)
                    return
            await send(message)

        return kept

    async def _misbehave_or_answer(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        behaviour = self._world.behaviour
        wait = behaviour.delay_ms + self._world.latency_ms
        if wait:
            await asyncio.sleep(wait / 1000)
        if behaviour.answers_endlessly:
            await _answer_endlessly(receive, send)
        elif behaviour.answers_html:
            await Response(_MAINTENANCE, 200, media_type="text/html")(scope, receive, send)
        elif behaviour.answers_server_error:
            await Response("Internal Server Error", 500, media_type="text/plain")(scope, receive, send)
        elif behaviour.redirects_to:
            await Response(status_code=307, headers={"Location": behaviour.redirects_to})(scope, receive, send)
        elif behaviour.cut:
            await self._application(scope, receive, _cutting(send))
        else:
            await self._application(scope, receive, send)


def _entry(world: World, scope: MutableMapping[str, Any]) -> dict[str, Any]:
    return entry(world.instant(), scope["method"], scope["path"], scope["query_string"], scope["headers"])


def _smuggled(scope: MutableMapping[str, Any]) -> bool:
    """Whether two readers could disagree on where the body ends (RFC 9112, §2.3, §6.1 and §11.2)."""
    if not scope["http_version"].startswith("1."):
        return True
    names = [name for name, _value in scope["headers"]]
    return b"transfer-encoding" in names and (b"content-length" in names or scope["http_version"] == "1.0")


def _asked(world: World, scope: MutableMapping[str, Any]) -> Behaviour | None:
    """How this request asks to be answered, from the same machine only: by the faults it names, else by those of its
    test case; None where it asks for nothing. Raises UsageError."""
    names, cases = _values(scope, FAULT_HEADER), _values(scope, CASE_HEADER)
    client = scope.get("client")
    if not (names or cases) or client is None or not ipaddress.ip_address(client[0]).is_loopback:
        return None
    if names:
        return behaviour([name.strip() for value in names for name in value.split(",") if name.strip()])
    return world.of_cases.get(cases[0].strip())


def _values(scope: MutableMapping[str, Any], header: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == header]


def _cutting(send: Send) -> Send:
    """Send the start of the answer and half its body, then nothing more: the server closes the connection."""
    stopped = False

    async def cut(message: Message) -> None:
        nonlocal stopped
        if stopped:
            return
        if message["type"] == "http.response.body":
            stopped = True
            half = message.get("body", b"")[: len(message.get("body", b"")) // 2]
            message = {"type": "http.response.body", "body": half, "more_body": True}
        await send(message)

    return cut


async def _answer_endlessly(receive: Receive, send: Send) -> None:
    """Announce 5 GB and send until the client has had enough."""
    headers = [(b"content-type", b"application/fhir+json"), (b"content-length", str(_ENDLESS).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.ensure_future(_until_disconnected(receive))
    try:
        for _ in range(_ENDLESS // len(_CHUNK)):
            if gone.done():
                return
            await send({"type": "http.response.body", "body": _CHUNK, "more_body": True})
            await asyncio.sleep(0)
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
