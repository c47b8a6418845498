"""The named actions that a step may `use`. Each is given the session and its inputs, and gives back JSON data.

`suites/action_names.py` declares them, so that a suite is checked without this module. An action never judges: it
says what happened, and the checks of the step decide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode, urljoin

from mes_conformity.foundation.i18n import both
from mes_conformity.harness import assertions, control, fresh_accounts, pairing, requests, samples
from mes_conformity.harness.calls import call_with_certificate, call_with_old_tls, repeat_request, set_rate_limit
from mes_conformity.harness.exchange_actions import patched, sample_appointment, sample_document, sample_submission
from mes_conformity.harness.external_validation import external_validation
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing, Session
from mes_conformity.harness.targets import origin
from mes_conformity.suites.action_names import ACTION_NAMES
from mes_conformity.suites.evidence import Request, Response

Inputs = Mapping[str, Any]
Run = Callable[[Session, Inputs], Any]
_SKEW_S: Final = 60
_PAGES: Final = 50


@dataclass(frozen=True, slots=True)
class Action:
    """A named action: the inputs it must and may have, whether it needs the control interface, and what it does."""

    required: frozenset[str]
    optional: frozenset[str]
    control: bool
    run: Run


def sample_measure(session: Session, inputs: Inputs) -> dict[str, Any]:
    """A conforming sample of `measure` for `identity`, then `patch` (RFC 6902) applied to its bundle."""
    contract = pairing.contract_named(session, "mes-measures")
    wish = samples.Wish(
        measure=str(inputs["measure"]),
        value=inputs.get("value"),
        unit=inputs.get("unit"),
        device=inputs.get("device", False),
        effective=str(inputs.get("effective", samples.EFFECTIVE)),
    )
    oid = pairing.solution_oid(session)
    try:
        sample = samples.build(contract, wish, inputs["identity"], oid, session.env.new_id)
    except samples.UnknownMeasure:
        message = both("le contrat ne connaît pas la mesure « {name} »", name=wish.measure)
        raise ActionFailed("unknown_measure", message) from None
    return {**sample, "bundle": patched(sample["bundle"], inputs.get("patch"))}


def new_user(session: Session, inputs: Inputs) -> dict[str, Any]:
    """A fictional person nobody has paired yet, a minor for `of_age_in_days`: `{login, password, otp, name}`."""
    user = control.call(session, "POST", "/users", dict(inputs))
    session.secret(str(user.get("password", "")))
    return user


def _user(session: Session, inputs: Inputs, known: Callable[[Session], Mapping[str, Any]]) -> Mapping[str, Any]:
    """The user that the suite gives, else a fresh one where the target makes some, else one that it is known by."""
    given = inputs.get("user")
    if isinstance(given, Mapping):
        return given
    return new_user(session, {}) if control.available(session) else known(session)


def authorize(session: Session, inputs: Inputs) -> dict[str, Any]:
    """Ask for an authorization code as `pairing.authorize` tells; inputs change one thing each."""
    person = pairing.person_of(session, _user(session, inputs, pairing.any_user), inputs)
    return pairing.authorize(session, pairing.demand(session, inputs), person)


def paired_identity(session: Session, inputs: Inputs) -> dict[str, Any]:
    """A person paired with the client of the target, with the consents of `read` and `write` (granted by default); for
    a case that searches, one whose account holds nothing."""
    if session.target.paired is not None and not isinstance(inputs.get("user"), Mapping):
        return _identity_of_the_browser(session, session.target.paired, inputs)
    if session.reads and not isinstance(inputs.get("user"), Mapping) and not control.available(session):
        return _identity_without_past(session, inputs)
    return _paired(session, inputs, _user(session, inputs, pairing.any_user))


def _identity_without_past(session: Session, inputs: Inputs) -> dict[str, Any]:
    while True:  # each account is taken once, then there is none left
        identity = _paired(session, inputs, pairing.unused_user(session))
        if not fresh_accounts.holds_something(session, identity):
            return identity


def _identity_of_the_browser(session: Session, tokens: Callable[[], dict[str, Any]], inputs: Inputs) -> dict[str, Any]:
    """The identity of the person who paired in their browser: one, with the choices that they made."""
    if {inputs.get("read", "granted"), inputs.get("write", "granted")} != {"granted"}:
        raise PrerequisiteMissing(
            both("ce cas demande d'autres consentements que ceux de l'appariement fait dans un navigateur")
        )
    identity = {**pairing.identity(session, tokens(), {}), "refresh_token": None}  # it belongs to the whole run
    if session.reads and fresh_accounts.holds_something(session, identity):
        raise PrerequisiteMissing(
            both("le compte apparié dans un navigateur contient déjà des données : ce cas en demande un qui soit vide")
        )
    return identity


def _paired(session: Session, inputs: Inputs, user: Mapping[str, Any]) -> dict[str, Any]:
    person = pairing.person_of(session, user, inputs)
    grant = pairing.authorize(session, pairing.demand(session, {}), person)
    return pairing.identity(session, pairing.exchange(session, grant), user)


def identity_of(session: Session, inputs: Inputs) -> dict[str, Any]:
    """The paired identity behind a token answer: the same shape as `paired_identity`."""
    tokens = inputs["tokens"]
    return pairing.identity(session, tokens if isinstance(tokens, Mapping) else {}, {})


def id_token_claims(session: Session, inputs: Inputs) -> dict[str, Any]:
    """What an id_token says, and whether its signature holds with a key that the issuer publishes.

    `valid_now` compares exp and iat with our clock, moved as that of a sandbox was (`advance_clock`), 60 s allowed.
    """
    token = inputs["id_token"]
    contract = pairing.contract_named(session, "mes-pairing")
    header, claims = pairing.jwt_part(token, 0), pairing.jwt_part(token, 1)
    names = contract.get("claims")
    shown = {"idpe": "idpe", "assign_auth": "assign_auth", "solution": "solution_oid"}
    return {
        "header": header,
        "claims": claims,
        "signature_valid": _signature_holds(session, token, header),
        "algorithm_allowed": header.get("alg") in contract.get("signing_algorithms"),
        "valid_now": _valid_now(session, claims),
        "oids": {key: claims[names[name]] for key, name in shown.items() if names[name] in claims},
    }


def announced(session: Session, inputs: Inputs) -> dict[str, Any]:
    """What the discovery document of the target says under `name`: `{value, issuer}`.

    Raises PrerequisiteMissing where it announces no such thing: what is not announced is not held against it.
    """
    url, name = pairing.endpoint(session, "discovery_path"), str(inputs["name"])
    document = pairing.json_object(session.answer(Request("GET", url, (("Accept", "application/json"),))))
    if not document.get(name):
        message = both("la découverte de la cible n'annonce pas {name}", name=name)
        raise PrerequisiteMissing(message)
    return {"value": document[name], "issuer": document.get("issuer")}


def _signature_holds(session: Session, token: Any, header: Inputs) -> bool:
    """Whether a published key verifies the token (RFC 7515, §5.2); `none` never does."""
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    response = session.answer(Request("GET", pairing.endpoint(session, "jwks_path"), (("Accept", "application/json"),)))
    algorithms = pairing.contract_named(session, "mes-pairing").get("signing_algorithms")
    if header.get("alg") not in algorithms:
        return False
    try:
        keys = KeySet.import_key_set(pairing.json_object(response))  # type: ignore[arg-type]  # checked by the library
        jws.deserialize_compact(str(token), keys, algorithms=algorithms)
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def _now(session: Session) -> float:
    """Seconds since 1970 on the clock of the target, as far as a run may know it."""
    return session.env.clock().astimezone(UTC).timestamp() + _advanced_s(session)


def client_assertion(session: Session, inputs: Inputs) -> dict[str, str]:
    """A proof of the client's key, now (`assertions.client_assertion`)."""
    return assertions.client_assertion(session, inputs, lambda: _now(session))


def _valid_now(session: Session, claims: Inputs) -> bool:
    now = _now(session)
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or not isinstance(issued, int | float):
        return False
    return expires > now - _SKEW_S and issued <= now + _SKEW_S


def _advanced_s(session: Session) -> float:
    """How far the clock of a sandbox was moved, by this run or an earlier one; real clocks are not."""
    if not control.available(session):
        return 0.0
    advanced = control.call(session, "PUT", "/clock", {"advance_s": 0}).get("advanced_s")
    return float(advanced) if isinstance(advanced, int | float) else 0.0


def set_consent(session: Session, inputs: Inputs) -> dict[str, Any]:
    """The person changes their consents (`read`, `write`: granted or refused) in their own space."""
    wanted = {key: inputs[key] for key in ("read", "write") if key in inputs}
    return control.call(session, "PUT", "/consents", {"pairing_id": inputs["identity"]["pairing_id"], **wanted})


def set_service_status(session: Session, inputs: Inputs) -> dict[str, Any]:
    """The status of the service in the catalogue of the target (`EN_LIGNE`, `SUSPENDUE`…); reopened after the case."""
    open_statuses = pairing.contract_named(session, "mes-pairing").get("service_statuses_open")
    if inputs["status"] not in open_statuses:
        session.afterwards(lambda: control.call(session, "PUT", "/service-status", {"status": open_statuses[0]}))
    return control.call(session, "PUT", "/service-status", {"status": inputs["status"]})


def set_service_version(session: Session, inputs: Inputs) -> dict[str, Any]:
    """The service publishes a version, which a person has to approve; the one of before is back after the case."""
    told = control.call(session, "PUT", "/service-version", {"version": str(inputs["version"])})
    before = told.get("previous")
    if isinstance(before, str):
        session.afterwards(lambda: control.call(session, "PUT", "/service-version", {"version": before}))
    return told


def special_person(session: Session, inputs: Inputs) -> dict[str, Any]:
    """The fictional person of the target in this `situation` (`minor`, `no_space`, `opposed`…).

    Raises PrerequisiteMissing where the target has none.
    """
    for person in session.target.people:
        if person.get("situation") == inputs["situation"]:
            session.secret(str(person.get("password", "")))
            return dict(person)
    message = both("la cible ne donne aucune personne fictive dans la situation « {name} »", name=inputs["situation"])
    raise PrerequisiteMissing(message)


def advance_clock(session: Session, inputs: Inputs) -> dict[str, Any]:
    """Move the clock of the target forward, so that a lifetime can pass without waiting; back after the case."""
    seconds = int(inputs["seconds"])
    told = control.call(session, "PUT", "/clock", {"advance_s": seconds})
    session.afterwards(lambda: control.call(session, "PUT", "/clock", {"advance_s": -seconds}))
    return told


def write_series(session: Session, inputs: Inputs) -> dict[str, Any]:
    """Write `count` samples of `measure`, one a day from `start` at 08:00 UTC.

    Gives `{code, count, effectives}`. Raises ActionFailed `series_refused` at the first one that is not accepted.
    """
    start, count = date.fromisoformat(str(inputs["start"])), int(inputs["count"])
    effectives = [f"{(start + timedelta(days=day)).isoformat()}T08:00:00+00:00" for day in range(count)]
    code = None
    for effective in effectives:
        sample = sample_measure(session, {**inputs, "effective": effective})
        code = sample["code"]
        _write(session, inputs["identity"], sample["bundle"])
    return {"code": code, "count": count, "effectives": effectives}


def _write(session: Session, identity: Inputs, bundle: Any) -> None:
    contract = pairing.contract_named(session, "mes-measures")
    url = requests.address(str(contract.get("fhir_path")), session.target, contract)
    headers = (*_credentials(session, identity), ("Content-Type", contract.get("media_type")))
    response = session.answer(Request("POST", url, headers, json.dumps(bundle).encode()))
    if response.status != 200:
        message = both("une mesure d'essai a été refusée (HTTP {status})", status=response.status)
        raise ActionFailed("series_refused", message)


def _credentials(session: Session, identity: Inputs) -> tuple[tuple[str, str], ...]:
    contract = pairing.contract_named(session, "mes-measures")
    return (
        ("Authorization", f"Bearer {identity['access_token']}"),
        (str(contract.get("id_token_header")), str(identity["id_token"])),
        ("Accept", str(contract.get("media_type"))),
    )


def follow_pages(session: Session, inputs: Inputs) -> dict[str, Any]:
    """Read a search and follow its « next » links to the end, within `limit` pages, never to another host.

    Gives `{statuses, sizes, totals, observations, duplicates, complete}`: `sizes` counts Observations page by page,
    `totals` lists each total once, `duplicates` counts Observations seen again, `complete` tells that the last page
    was an answer without a « next » link.
    """
    contract = pairing.contract_named(session, "mes-measures")
    path, query = str(inputs.get("path", contract.get("search_path"))), query_text(inputs.get("query", {}))
    url: str | None = requests.address(path, session.target, contract) + (f"?{query}" if query else "")
    headers = _credentials(session, inputs["identity"])
    pages: list[Mapping[str, Any]] = []
    statuses: list[int] = []
    while url is not None and len(pages) < int(inputs.get("limit", _PAGES)):
        response = session.answer(Request("GET", url, headers))
        pages.append(pairing.json_object(response))
        statuses.append(response.status)
        url = _next_page(session, url, response, pages[-1])
    found = [str(item.get("id")) for page in pages for item in _observations(page)]
    return {
        "statuses": statuses,
        "sizes": [len(_observations(page)) for page in pages],
        "totals": sorted({page["total"] for page in pages if isinstance(page.get("total"), int)}),
        "observations": list(dict.fromkeys(found)),
        "duplicates": len(found) - len(set(found)),
        "complete": url is None and statuses[-1] == 200,
    }


def _observations(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [item for item in samples.resources(page) if item.get("resourceType") == "Observation"]


def _next_page(session: Session, url: str, response: Response, page: Mapping[str, Any]) -> str | None:
    links = page.get("link") if response.status == 200 else None
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("relation") == "next":
            following = urljoin(url, str(link.get("url", "")))
            if origin(following) not in session.target.origins:
                message = both("le lien « next » mène à une autre machine : il n'est pas suivi")
                raise ActionFailed("link_leaves_target", message)
            return following
    return None


def query_text(query: Inputs) -> str:
    """A query string; a list repeats its parameter."""
    return urlencode({name: value for name, value in query.items() if value is not None}, doseq=True, quote_via=quote)


def observed(session: Session, inputs: Inputs) -> dict[str, Any]:
    """What the traffic of the service's own client shows (`observation`); only a run that listens loads it."""
    from mes_conformity.harness import observation

    return observation.observed(session, inputs)


_RUNS: Final[Mapping[str, Run]] = {
    run.__name__: run
    for run in (
        sample_measure, sample_document, sample_submission, sample_appointment, new_user,
        authorize, paired_identity, identity_of, id_token_claims, client_assertion, announced,
        set_consent, set_service_status, set_service_version, set_rate_limit, special_person, advance_clock,
        write_series, follow_pages, call_with_certificate, call_with_old_tls, repeat_request, observed,
        external_validation,
    )
}  # fmt: skip

ACTIONS: Final[Mapping[str, Action]] = {
    name: Action(ACTION_NAMES[name].required, ACTION_NAMES[name].optional, ACTION_NAMES[name].control, run)
    for name, run in _RUNS.items()
}
