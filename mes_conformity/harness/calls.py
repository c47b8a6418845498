"""Calls whose manner is the point: with a client certificate chosen for the purpose, or many in a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.i18n import both
from mes_conformity.harness import control, requests
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing, Session
from mes_conformity.suites.evaluation import transport_reason
from mes_conformity.suites.evidence import Exchange

if TYPE_CHECKING:
    from pathlib import Path

    from mes_conformity.harness.transports import LiveTransport

Inputs = Mapping[str, Any]
NO_CERTIFICATE: Final = "none"
_CLOSED: Final = ("reset", "closed_early")
_SILENT: Final = "unexpected eof while reading"  # what OpenSSL says of a handshake that was cut
_MOST: Final = 200
_TOO_MANY: Final = 429
_SPEECHLESS: Final = ("no protocols available", "unsupported protocol")  # what OpenSSL says before it sends anything


def call_with_certificate(session: Session, inputs: Inputs) -> dict[str, Any]:
    """Send `request` over a connection of its own, presenting the client certificate in this `state` (`none`: none).

    Gives `{outcome, status}`. `outcome` is typed, so that no accident of the network ever counts as a refusal:
    `HTTP 403`, `alert certificate_expired` (names of RFC 8446, §6.2) or `closed` (without a word, once connected).
    Raises PrerequisiteMissing where the target gives no such certificate, ActionFailed `transport_…` for whatever
    else came instead of an answer: a name not found, nobody listening, a wait too long, a server that we do not trust.
    """
    from mes_conformity.harness.transports import LiveTransport

    files = _certificate(session, str(inputs["state"]))
    transport = LiveTransport(ca_file=session.target.ca_file, client_certificate=files, now=session.env.now)
    return _told(_sent(session, inputs, transport))


def _certificate(session: Session, state: str) -> tuple[Path, Path] | None:
    target = session.target
    if state == NO_CERTIFICATE:
        return None
    files = target.client_certificates.get(state) or (target.client_certificate if state == "valid" else None)
    if files is None:
        message = both("la cible ne donne aucun certificat de client dans l'état « {state} »", state=state)
        raise PrerequisiteMissing(message)
    return files


def _outcome(exchange: Exchange) -> str:
    if exchange.response is not None:
        return f"HTTP {exchange.response.status}"
    failure = exchange.failure
    assert failure is not None, "an exchange has a response or a failure"
    if failure.kind in _CLOSED or (failure.kind, failure.detail) == ("tls", _SILENT):
        return "closed"
    name = failure.detail.partition("alert ")[2]
    if failure.kind != "tls" or not name:
        reason = transport_reason(exchange)
        raise ActionFailed(reason.code, reason.text)
    return f"alert {name.replace(' ', '_')}"


def call_with_old_tls(session: Session, inputs: Inputs) -> dict[str, Any]:
    """Send `request` over a connection of its own that speaks TLS 1.1 and nothing newer (RFC 8996 forbids it).

    Gives `{outcome, status}` as `call_with_certificate` does. Raises PrerequisiteMissing where this machine cannot
    speak it any more, ActionFailed `transport_…`.
    """
    from mes_conformity.harness.transports import LiveTransport

    target = session.target
    transport = LiveTransport(
        ca_file=target.ca_file, client_certificate=target.client_certificate, now=session.env.now, obsolete=True
    )
    exchange = _sent(session, inputs, transport)
    if exchange.failure is not None and exchange.failure.detail in _SPEECHLESS:
        raise PrerequisiteMissing(both("cette machine ne sait plus parler TLS 1.1 : ce refus n'y est pas provoqué"))
    return _told(exchange)


def _sent(session: Session, inputs: Inputs, transport: LiveTransport) -> Exchange:
    request = requests.build(inputs["request"], session.target, session.contracts.get("contract"))
    try:
        return session.send(request, transport=transport)
    finally:
        transport.close()


def _told(exchange: Exchange) -> dict[str, Any]:
    status = exchange.response.status if exchange.response else None
    return {"outcome": _outcome(exchange), "status": status}


def repeat_request(session: Session, inputs: Inputs) -> dict[str, Any]:
    """Send `request` up to `count` times in a row, without waiting, until it is refused for excess (RFC 6585, §4).

    Gives `{accepted, statuses, retry_after}`: how many were not answered 429, each status once, and the header
    Retry-After of the refusal (None without a refusal or a header).
    """
    request = requests.build(inputs["request"], session.target, session.contracts.get("contract"))
    statuses: list[int] = []
    retry_after = None
    for _number in range(min(int(inputs["count"]), _MOST)):
        exchange = session.send(request)
        if exchange.response is None:
            reason = transport_reason(exchange)
            raise ActionFailed(reason.code, reason.text)
        statuses.append(exchange.response.status)
        if statuses[-1] == _TOO_MANY:
            retry_after = exchange.response.header("retry-after")
            break
    accepted = sum(status != _TOO_MANY for status in statuses)
    return {"accepted": accepted, "statuses": sorted(set(statuses)), "retry_after": retry_after}


def set_rate_limit(session: Session, inputs: Inputs) -> dict[str, Any]:
    """So many `requests` per caller and window; the limit of before is back after the case."""
    told = control.call(session, "PUT", "/rate-limit", {"requests": int(inputs["requests"])})
    before = {"requests": told.get("previous", 0)}
    session.afterwards(lambda: control.call(session, "PUT", "/rate-limit", before))
    return told
