"""A session for actions: a scripted target, or the embedded sandbox over a real socket."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.listening import Heard
from mes_conformity.harness.session import ActionFailed
from mes_conformity.harness.targets import Target
from mes_conformity.harness.transports import Transport
from mes_conformity.suites.evidence import Exchange, Failure, Request, Response
from mes_conformity.validators.contract import Contract, load

URL = "https://cible.invalid"
CLIENT = {
    "client_id": "essai",
    "client_secret": "secret-fictif",
    "redirect_uri": "https://service.invalid/retour",
    "solution_oid": "1.2.3",
}
USER = {"login": "camille", "password": "mot-de-passe-fictif", "otp": "123456", "name": "CAMILLE FICTIVE"}


def target(**changes: Any) -> Target:
    """A target that is nowhere."""
    return replace(
        Target("essai", "file", URL, f"{URL}/fhir", URL, None, CLIENT, (USER,), f"{URL}/_sandbox"), **changes
    )


@dataclass
class Script:
    """A transport that answers by a function and remembers what was sent."""

    answers: Callable[[Request], Response | None]
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request, *, timeout: float | None = None) -> Exchange:
        self.sent.append(request)
        response = self.answers(request)
        failure = None if response else Failure("refused", "nobody")
        return Exchange(request, response, failure, "2026-11-22T12:00:00Z", 1)

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class FakeSession:
    """The session an action is given, without an engine."""

    env: Environment
    transport: Transport
    target: Target = field(default_factory=target)
    client: Mapping[str, Any] = field(default_factory=lambda: CLIENT)
    contracts: Mapping[str, Contract] = field(
        default_factory=lambda: {"contract": load("mes-measures@1.5.2"), "pairing": load("mes-pairing@2.1.0")}
    )
    shared: dict[str, Any] = field(default_factory=dict)
    reads: bool = True
    measures: frozenset[str] = frozenset({"weight"})
    traffic: tuple[Heard, ...] = ()
    witnessed: list[Exchange] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    undone: list[Callable[[], object]] = field(default_factory=list)

    def send(self, request: Request, *, timeout: float | None = None, transport: Transport | None = None) -> Exchange:
        return (transport or self.transport).send(request, timeout=timeout)

    def answer(self, request: Request, *, timeout: float | None = None) -> Response:
        exchange = self.send(request, timeout=timeout)
        if exchange.response is None:
            raise ActionFailed("transport_refused", {"fr": "personne"})
        return exchange.response

    def secret(self, value: str) -> str:
        self.secrets.append(value)
        return value

    def witness(self, exchange: Exchange) -> None:
        self.witnessed.append(exchange)

    def afterwards(self, undo: Callable[[], object]) -> None:
        self.undone.append(undo)


def json_answer(data: str, status: int = 200, **headers: str) -> Response:
    """A JSON answer."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Response(status, (("Content-Type", "application/json"), *named), data.encode())
