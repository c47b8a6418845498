"""What a client's traffic shows, counted: the facts that `listen` cases judge. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.harness.listening import RETRY_AFTER_S, Heard
from mes_conformity.harness.pairing import contract_named, json_object
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing, Session

Facts = dict[str, Any]
_KEPT: Final = 20
_TOKENS: Final = ("access_token", "refresh_token", "id_token")
_IN_NO_ADDRESS: Final = frozenset({*_TOKENS, "client_secret", "code_verifier", "password"})
_WRITES: Final = ("POST", "PUT", "PATCH")
_SLACK_MS: Final = 50
_Choose = Callable[[Session], list[Heard]]
_Count = Callable[[Session, Sequence[Heard]], Facts]


def observed(session: Session, inputs: Mapping[str, Any]) -> Facts:
    """The facts about the exchanges `of` one kind: `authorization`, `token`, `api`, `addresses`, `busy`, `down`,
    `refusal`.

    Raises PrerequisiteMissing where the client sent nothing of the kind.
    """
    of = str(inputs["of"])
    if of not in _KINDS:
        raise ActionFailed("unknown_observation", both("genre d'échange inconnu : {name}", name=of))
    choose, count, absent = _KINDS[of]
    chosen = choose(session)
    if not chosen:
        raise PrerequisiteMissing(absent)
    for heard in chosen[:_KEPT]:
        session.witness(heard.exchange)
    return {"count": len(chosen), **count(session, chosen)}


def _path(heard: Heard) -> str:
    return urlsplit(heard.exchange.request.url).path


def _query(heard: Heard) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(heard.exchange.request.url).query, keep_blank_values=True))


def _form(heard: Heard) -> dict[str, str]:
    return dict(parse_qsl(heard.exchange.request.body.decode("latin-1"), keep_blank_values=True))


def _header(heard: Heard, name: str) -> str:
    return next((value for key, value in heard.exchange.request.headers if key.lower() == name.lower()), "")


def _status(heard: Heard) -> int:
    return heard.exchange.response.status if heard.exchange.response else 0


def _authorizations(session: Session) -> list[Heard]:
    path = str(contract_named(session, "mes-pairing").get("authorize_path"))
    return [item for item in session.traffic if _path(item) == path and "client_id" in _query(item)]


def _authorization(session: Session, chosen: Sequence[Heard]) -> Facts:
    asked = [_query(item) for item in chosen]
    states = [query["state"] for query in asked if query.get("state")]
    registered = {str(session.client.get("redirect_uri", ""))}
    local = str(session.client.get("loopback_redirect_uri") or "")
    method = str(contract_named(session, "mes-pairing").get("pkce_method"))
    return {
        "without_challenge": sum(not query.get("code_challenge") for query in asked),
        "other_method": sum(query.get("code_challenge_method") != method for query in asked),
        "without_state": len(asked) - len(states),
        "repeated_state": len(states) - len(set(states)),
        "without_nonce": sum(not query.get("nonce") for query in asked),
        "other_response_type": sum(query.get("response_type") != "code" for query in asked),
        "other_redirect": sum(
            query.get("redirect_uri") not in registered and not _is_local(query.get("redirect_uri", ""), local)
            for query in asked
        ),
    }


def _is_local(address: str, registered: str) -> bool:
    """The registered address on the person's machine, whatever its port (RFC 8252, §7.3)."""
    parts = urlsplit(address)
    try:
        plain = f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.port or registered else ""
    except ValueError:
        return False
    return bool(registered) and plain == registered


def _code_grants(session: Session) -> list[Heard]:
    path = str(contract_named(session, "mes-pairing").get("token_path"))
    return [item for item in session.traffic if _path(item) == path and "code" in _form(item)]


def _token(_session: Session, chosen: Sequence[Heard]) -> Facts:
    forms = [_form(item) for item in chosen]
    codes = [form["code"] for form in forms]
    return {
        "without_verifier": sum(not form.get("code_verifier") for form in forms),
        "repeated_code": len(codes) - len(set(codes)),
        "other_media_type": sum(not _header(item, "content-type").startswith(_FORM) for item in chosen),
    }


_FORM: Final = "application/x-www-form-urlencoded"


def _calls(session: Session) -> list[Heard]:
    base = str(contract_named(session, "mes-measures").get("fhir_path"))
    found = (item for item in session.traffic if _path(item) == base or _path(item).startswith(f"{base}/"))
    return [item for item in found if not _path(item).endswith("/metadata")]


def _api(session: Session, chosen: Sequence[Heard]) -> Facts:
    contract = contract_named(session, "mes-measures")
    media_type, name = str(contract.get("media_type")), str(contract.get("id_token_header"))
    writes = [item for item in chosen if item.exchange.request.method in _WRITES]
    return {
        "without_bearer": sum(not _header(item, "authorization").startswith("Bearer ") for item in chosen),
        "without_id_token": sum(not _header(item, name) for item in chosen),
        "writes": len(writes),
        "other_media_type": sum(not _header(item, "content-type").startswith(media_type) for item in writes),
    }


def _everything(session: Session) -> list[Heard]:
    return list(session.traffic)


def _addresses(session: Session, chosen: Sequence[Heard]) -> Facts:
    """Secrets in addresses: under a name that is one, or a token that the target gave (RFC 6750, §2.3 and §5.3)."""
    given = {
        value
        for item in chosen
        if item.exchange.response is not None
        for name in _TOKENS
        if isinstance(value := json_object(item.exchange.response).get(name), str)
    }
    for value in given:
        session.secret(value)
    named = sum(not _IN_NO_ADDRESS.isdisjoint(_query(item)) for item in chosen)
    shown = sum(any(value in item.exchange.request.url for value in given) for item in chosen)
    return {"secret_names": named, "tokens_shown": shown}


def _answered(status: int) -> _Choose:
    return lambda session: [item for item in _calls(session) if _status(item) == status]


def _told_to_wait(session: Session, chosen: Sequence[Heard]) -> Facts:
    """Calls with the same token before the time that was asked for."""
    early = 0
    for refused in chosen:
        ends = refused.at_ms + RETRY_AFTER_S * 1000 - _SLACK_MS
        same = (item for item in _calls(session) if _bearer(item) == _bearer(refused))
        early += sum(refused.at_ms <= item.at_ms < ends and item is not refused for item in same)
    return {"too_early": early}


def _bearer(heard: Heard) -> str:
    return _header(heard, "authorization")


def _refusals(session: Session) -> list[Heard]:
    return [item for item in _calls(session) if item.trial == "revoked" and _status(item) == 403]


def _refusal(session: Session, chosen: Sequence[Heard]) -> Facts:
    """Calls that went on once the target had said that the consent is withdrawn."""
    first: dict[tuple[str, bool], int] = {}
    for item in chosen:
        first.setdefault((_bearer(item), item.exchange.request.method in _WRITES), item.at_ms)
    after = sum(
        item.at_ms > first[key]
        for item in _calls(session)
        if (key := (_bearer(item), item.exchange.request.method in _WRITES)) in first
    )
    return {"calls_after": after}


_NO_CALL: Final = both("le client n'a fait aucun appel à l'API : rien à juger")
_KINDS: Final[Mapping[str, tuple[_Choose, _Count, Text]]] = {
    "authorization": (
        _authorizations, _authorization, both("le client n'a demandé aucune autorisation : rien à juger"),
    ),
    "token": (_code_grants, _token, both("le client n'a échangé aucun code contre des jetons : rien à juger")),
    "api": (_calls, _api, _NO_CALL),
    "addresses": (_everything, _addresses, both("le client n'a rien envoyé : rien à juger")),
    "busy": (
        _answered(429), _told_to_wait,
        both("le client n'a pas rencontré de réponse 429 : faites-lui faire plus d'appels"),
    ),
    "down": (
        _answered(503), _told_to_wait,
        both("le client n'a pas rencontré de réponse 503 : faites-lui faire plus d'appels"),
    ),
    "refusal": (
        _refusals, _refusal,
        both("le client n'a pas rencontré de refus après le retrait du consentement : faites-lui faire plus d'appels"),
    ),
}  # fmt: skip
