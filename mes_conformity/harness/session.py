"""What an action of a suite is given: the target, a way to send, a way to name secrets, and the ground of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from mes_conformity.foundation.i18n import Text
from mes_conformity.suites.evidence import Exchange, Request, Response

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.listening import Heard
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.validators.contract import Contract


class ActionFailed(Exception):
    """An action could not do its work: the case is in `error`, with this reason. Never an accusation."""

    outcome = "error"

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class PrerequisiteMissing(ActionFailed):
    """What the action stands on is not there (no control interface, no user): the case is skipped, and says so."""

    outcome = "skipped"

    def __init__(self, message: Text) -> None:
        super().__init__("prerequisite_missing", message)


class Session(Protocol):
    """One case being run, as an action sees it.

    `contracts` maps the variables of the case (`contract`, `pairing`…) to contracts. `client` holds the raw client of
    the target (`client_id`, `client_secret`, `redirect_uri`, `solution_oid`), overrides of the service applied.
    `shared` lives as long as the run: a place for a discovery document or a key set, never for an identity.
    """

    env: Environment
    shared: dict[str, Any]

    @property
    def target(self) -> Target:
        """Where requests go. Raises PrerequisiteMissing where the run has no target."""

    @property
    def client(self) -> Mapping[str, Any]:
        """The client of the service at the target, credentials included."""

    @property
    def reads(self) -> bool:
        """Whether the case searches an account, or needs several: it then wants some that no other case has used."""

    @property
    def measures(self) -> frozenset[str]:
        """The measures (`weight`…) that the case writes, hence those whose traces could mislead it."""

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts of the case, by variable."""

    def send(self, request: Request, *, timeout: float | None = None, transport: Transport | None = None) -> Exchange:
        """Send, keep the redacted exchange as evidence of the step, and give back the raw one. Never raises for
        the network: `exchange.failure` says what happened. A redirect is never followed. `transport` replaces that of
        the run, for a call with another client certificate."""

    def answer(self, request: Request, *, timeout: float | None = None) -> Response:
        """Like `send`, for an action that cannot go on without an answer: raises `ActionFailed` on a failure."""

    @property
    def traffic(self) -> tuple[Heard, ...]:
        """What the service's own client sent, where somebody listened."""

    def witness(self, exchange: Exchange) -> None:
        """Keep an exchange that somebody else had as evidence of the step."""

    def secret(self, value: str) -> str:
        """Tell that this value must never be kept: it is replaced wherever it shows, from now on. Returns it."""

    def afterwards(self, undo: Callable[[], object]) -> None:
        """Do this when the case is over, however it ends: the target is left as it was found."""
