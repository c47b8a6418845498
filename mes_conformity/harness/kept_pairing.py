"""The pairing that a person made in their browser (`sandbox login`), lent to the cases of a run.

It gives one account at a target whose sign-in no program can pass. A refresh may end the token that asked for it (RFC
9700, §4.14.2): the new one goes at once where the other was kept, and only one thread refreshes at a time.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from mes_conformity.foundation.i18n import both
from mes_conformity.harness import login, pairing
from mes_conformity.harness.session import ActionFailed
from mes_conformity.suites.evidence import Request

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.session import Session
    from mes_conformity.harness.targets import Target
    from mes_conformity.suites.model import Case
    from mes_conformity.validators.contract import Contract

_SHORTEST_S: Final = 30.0
_UNDOING: Final = ("revoke_path", "revocation_endpoint", "pairing_path", "pairing_url", "identity.refresh_token")
_SIGNING_IN: Final = ("authorize", "new_user", "special_person")


class KeptPairing:
    """Fresh tokens of the person who paired. `keep` is given each new refresh token."""

    def __init__(self, session: Session, token: str, keep: Callable[[Mapping[str, Any]], None]) -> None:
        self._session, self._token, self._keep = session, token, keep
        self._lock = threading.Lock()
        self._tokens: dict[str, Any] = {}
        self._until = 0.0

    def tokens(self) -> dict[str, Any]:
        """The tokens as the target gave them, renewed before they end. Raises ActionFailed `pairing_refused`,
        `transport_…`."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._renew()
            return dict(self._tokens)

    def _renew(self) -> None:
        client = self._session.client
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._token,
            "client_id": str(client.get("client_id", "")),
            "client_secret": str(client.get("client_secret", "")),
        }
        headers = (("Accept", "application/json"), ("Content-Type", pairing.FORM))
        address = pairing.endpoint(self._session, "token_path")
        response = self._session.answer(Request("POST", address, headers, urlencode(form).encode()))
        told = pairing.json_object(response)
        if response.status != 200 or not isinstance(told.get("access_token"), str):
            reason = str(told.get("error") or f"HTTP {response.status}")[:120]
            raise ActionFailed("pairing_refused", both("la cible refuse l'appariement gardé : {reason}", reason=reason))
        if isinstance(told.get("refresh_token"), str) and told["refresh_token"] != self._token:
            self._token = told["refresh_token"]
            self._keep(told)
        lasts = told.get("expires_in")
        left = float(lasts) / 2 if isinstance(lasts, int | float) else _SHORTEST_S
        self._tokens, self._until = told, time.monotonic() + left


@contextmanager
def lent(target: Target, contracts: Mapping[str, Contract], env: Environment) -> Iterator[Target]:
    """The target with the pairing that was kept for it, where nothing else gives it an account.

    Raises AuthError `AUT004` where the keyring refuses.
    """
    without = target.control_url or target.users or not target.client.get("client_id")  # who logs in is a client
    found = None if without else login.kept(target, env)
    if found is None:
        yield target
        return
    from mes_conformity.harness.transports import LiveTransport

    transport = LiveTransport(ca_file=target.ca_file, client_certificate=target.client_certificate, now=env.now)
    in_keyring = found["since"] is not None

    def keep(tokens: Mapping[str, Any]) -> None:
        if in_keyring:  # a variable cannot be written: it is good for one run where the target changes its tokens
            login.keep(target, tokens, env)

    kept = KeptPairing(login.Speaker(target, contracts, env, transport), found["token"], keep)
    try:
        yield replace(target, paired=kept.tokens)
    finally:
        transport.close()


def undoes_pairing(case: Case) -> bool:
    """Whether a case would end the pairing of a person: it revokes, or uses the refresh token up."""
    text = json.dumps([step.request for step in case.steps if step.request is not None], default=str)
    return any(word in text for word in _UNDOING)


def signs_in(case: Case) -> bool:
    """Whether a case has somebody sign in: where a person did it in their browser, it was shown otherwise."""
    return any(step.action in _SIGNING_IN for step in case.steps)
