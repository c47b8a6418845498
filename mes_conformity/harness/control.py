"""The control interface of a sandbox: what a test may arrange there.

A target without one skips the cases that need it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mes_conformity.foundation.i18n import both
from mes_conformity.harness.pairing import json_object
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing, Session
from mes_conformity.suites.evidence import Request


def available(session: Session) -> bool:
    """Whether the target says where its control interface is."""
    return bool(session.target.control_url)


def call(session: Session, method: str, path: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One call of the control interface; its JSON answer.

    Raises PrerequisiteMissing without an interface, ActionFailed `control_refused` where it refuses.
    """
    if not available(session):
        raise PrerequisiteMissing(both("la cible n'a pas d'interface de commande : ce cas ne peut pas y être joué"))
    headers = (("Accept", "application/json"), ("Content-Type", "application/json"))
    body = b"" if data is None else json.dumps(data).encode()
    response = session.answer(Request(method, f"{session.target.control_url}{path}", headers, body))
    if not 200 <= response.status < 300:
        message = both(
            "l'interface de commande de la cible a refusé {path} (HTTP {status})", path=path, status=response.status
        )
        raise ActionFailed("control_refused", message)
    return json_object(response)
