"""Pairing by a person in their own browser, with a return on this machine (RFC 8252, §7.3; RFC 7636 for PKCE).

What is obtained stays in the keyring of the system, or nowhere: never in a file.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from mes_conformity.foundation.errors import AuthError, Inconclusive, UsageError
from mes_conformity.foundation.i18n import _, both
from mes_conformity.harness import keychain, pairing
from mes_conformity.harness.session import ActionFailed
from mes_conformity.harness.targets import is_loopback
from mes_conformity.suites.evaluation import transport_reason
from mes_conformity.suites.evidence import Exchange, Request, Response

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.listening import Heard
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.validators.contract import Contract

VARIABLE: Final = "MES_CONFORMITY_REFRESH_TOKEN"
_LONGEST: Final = 8192


@dataclass
class Speaker:
    """What the pairing needs of a session, outside of any case: nothing of it is recorded."""

    target: Target
    contracts: Mapping[str, Contract]
    env: Environment
    transport: Transport
    reads: bool = False
    measures: frozenset[str] = frozenset()
    shared: dict[str, Any] = field(default_factory=dict)

    @property
    def client(self) -> Mapping[str, Any]:
        """The client of the target's description."""
        return self.target.client

    def send(self, request: Request, *, timeout: float | None = None, transport: Transport | None = None) -> Exchange:
        """One request."""
        return (transport or self.transport).send(request, timeout=timeout)

    def answer(self, request: Request, *, timeout: float | None = None) -> Response:
        """Its answer. Raises ActionFailed `transport_…`."""
        exchange = self.send(request, timeout=timeout)
        if exchange.response is None:
            reason = transport_reason(exchange)
            raise ActionFailed(reason.code, reason.text)
        return exchange.response

    @property
    def traffic(self) -> tuple[Heard, ...]:
        """Nobody is listened to here."""
        return ()

    def witness(self, exchange: Exchange) -> None:
        """Nothing is recorded here."""

    def secret(self, value: str) -> str:
        """Nothing is recorded here."""
        return value

    def afterwards(self, undo: Callable[[], object]) -> None:
        """Nothing is changed here."""


def login(speaker: Speaker, show: Callable[[str], None], wait_s: float) -> dict[str, Any]:
    """The tokens of a person who signs in at the address given to `show`.

    Raises UsageError `LOG001` (no return on this machine), Inconclusive `LOG002` (nobody came back), AuthError
    `LOG003` (refused).
    """
    with _Return(_return_address(speaker)) as back:
        asked = pairing.demand(speaker, {"redirect_uri": back.address})
        path = pairing.endpoint(speaker, "authorize_path")
        show(f"{path}?{urlencode(asked.parameters, quote_via=quote)}")
        answer = back.wait(asked.state, wait_s)
    if answer is None:
        raise Inconclusive(
            "LOG002",
            both("personne n'est revenu du navigateur en {seconds} s", seconds=round(wait_s)),
            hint=both("relancez, et terminez l'appariement dans le navigateur"),
        )
    grant = {**answer, "redirect_uri": back.address, "verifier": asked.verifier}
    try:
        return pairing.exchange(speaker, grant)
    except ActionFailed as failed:
        raise AuthError("LOG003", failed.message, hint=both("relancez, et acceptez dans le navigateur")) from None


def _return_address(speaker: Speaker) -> str:
    client = speaker.client
    for name in ("loopback_redirect_uri", "redirect_uri"):
        address = str(client.get(name) or "")
        if address.startswith("http://") and is_loopback(address):
            return address
    raise UsageError(
        "LOG001",
        both("le client n'a pas d'adresse de retour sur cette machine"),
        expected="http://127.0.0.1/…",
        hint=both("faites enregistrer une adresse de retour locale (RFC 8252, §7.3), et donnez-la dans "
                  "client.loopback_redirect_uri"),
    )  # fmt: skip


class _Return:
    """A server on this machine that waits for one browser to come back with its state."""

    def __init__(self, registered: str) -> None:
        parts = urlsplit(registered)
        self._path = parts.path or "/"
        self._answer: dict[str, Any] | None = None
        self._state = ""
        self._came = threading.Event()
        try:
            self._server = HTTPServer(("127.0.0.1", parts.port or 0), self._handler())
        except OSError as error:
            message = both("le port {port} de l'adresse de retour est pris", port=parts.port or 0)
            raise UsageError("LOG004", message, obtained=error.strerror) from None
        self.address = f"http://127.0.0.1:{self._server.server_port}{self._path}"

    def __enter__(self) -> _Return:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, state: str, seconds: float) -> dict[str, Any] | None:
        """What came back with this state: `{code}` or `{error}`; None where nobody came."""
        self._state = state
        return self._answer if self._came.wait(seconds) else None

    def came(self, query: str) -> bool:
        """Take an answer; one without our state is not ours (RFC 6749, §10.12)."""
        told = {name: values[0][:_LONGEST] for name, values in parse_qs(query).items()}
        if self._came.is_set() or not self._state or told.get("state") != self._state:
            return False
        self._answer = {"code": told.get("code"), "error": told.get("error")}
        self._came.set()
        return True

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                ours = parts.path == outer._path and outer.came(parts.query)
                text = _("Vous pouvez fermer cette page.") if ours else _("Cette page n'attend rien.")
                body = f"<!doctype html><meta charset=utf-8><title>mes-conformity</title><p>{text}</p>".encode()
                self.send_response(200 if ours else 404)
                for name, value in (
                    ("Content-Type", "text/html; charset=utf-8"),
                    ("Content-Length", str(len(body))),
                    ("Cache-Control", "no-store"),
                    ("Referrer-Policy", "no-referrer"),
                    ("Content-Security-Policy", "default-src 'none'"),
                    ("Connection", "close"),
                ):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: Any) -> None:
                """The query holds a code: nothing is logged."""

        return Handler


def _entry(target: Target) -> str:
    return f"{target.issuer}/login/{target.client.get('client_id', '')}"


def keep(target: Target, tokens: Mapping[str, Any], env: Environment) -> None:
    """Keep the pairing in the keyring. Raises AuthError `AUT003`, `AUT004`."""
    token = tokens.get("refresh_token") or tokens.get("access_token")
    kept = {"token": token, "scope": tokens.get("scope"), "since": env.now()}
    keychain.put(_entry(target), json.dumps(kept))


def kept(target: Target, env: Environment) -> dict[str, Any] | None:
    """The pairing kept for this target: `{token, scope, since}`; from the variable first, then from the keyring."""
    given = env.variables.get(VARIABLE)
    if given:
        return {"token": given, "scope": None, "since": None}
    found = keychain.get(_entry(target)) if keychain.available() else None
    try:
        data = json.loads(found or "null")
    except ValueError:
        return None
    return data if isinstance(data, dict) and isinstance(data.get("token"), str) else None


def logout(speaker: Speaker) -> bool | None:
    """Revoke the pairing that is kept (RFC 7009) and forget it. None where nothing was kept; False where the target did
    not confirm."""
    found = kept(speaker.target, speaker.env)
    if found is None:
        return None
    form = {
        "token": found["token"],
        "client_id": str(speaker.client.get("client_id", "")),
        "client_secret": str(speaker.client.get("client_secret", "")),
    }
    headers = (("Accept", "application/json"), ("Content-Type", pairing.FORM))
    address = pairing.endpoint(speaker, "revoke_path")
    exchange = speaker.send(Request("POST", address, headers, urlencode(form).encode()))
    if keychain.available():
        keychain.forget(_entry(speaker.target))
    return exchange.response is not None and exchange.response.status == 200
