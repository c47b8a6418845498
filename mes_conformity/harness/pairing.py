"""Pairing an account as a browser and a client do: the consent page, the code, the tokens.

The page is read as HTML and its form sent back with its hidden fields, as any browser would; nothing is taken from
the inside of a target. Sources: RFC 6749, §4.1 (authorization code); RFC 7636, §4 (PKCE); OpenID Connect Core
1.0, §3.1.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from mes_conformity.foundation.i18n import both
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing, Session
from mes_conformity.harness.targets import origin
from mes_conformity.suites.evidence import Request, Response
from mes_conformity.suites.expressions import parse_json

if TYPE_CHECKING:
    from mes_conformity.validators.contract import Contract

FORM: Final = "application/x-www-form-urlencoded"
_HOPS: Final = 5
_CHOICES: Final = {"granted": "accept", "refused": "refuse"}
_BUTTONS: Final = frozenset({"submit", "button", "reset", "image"})
_FIELDS: Final = frozenset({"login", "password", "otp", "consent_read", "consent_write", "decision"})
_REPRESENTATIVE: Final = "representative"
_CONSENT: Final = "consent_"
_PAGES: Final = 6


def contract_named(session: Session, contract_id: str) -> Contract:
    """The contract of this id among those of the case. Raises ActionFailed `contract_missing`."""
    found = next((item for item in session.contracts.values() if item.id == contract_id), None)
    if found is None:
        message = both("la suite ne déclare pas le contrat {name}, dont l'action a besoin", name=contract_id)
        raise ActionFailed("contract_missing", message)
    return found


def endpoint(session: Session, key: str) -> str:
    """The address of `authorize_path`, `token_path`… of the pairing contract, on the issuer of the target."""
    path = str(contract_named(session, "mes-pairing").get(key))
    return path if "://" in path else session.target.issuer + path


@dataclass(frozen=True, slots=True)
class Demand:
    """One authorization request: what is sent, and what only the client knows of it."""

    parameters: Mapping[str, str]
    redirect_uri: str
    verifier: str
    state: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in, and what they choose on the page: `read`, `write` (granted, refused), `decision`."""

    login: str
    password: str
    otp: str
    read: str = "granted"
    write: str = "granted"
    decision: str = "accept"
    representative: str = ""  # "yes": it is for a minor that they sign in

    def filled(self, names: Collection[str]) -> dict[str, str]:
        """The fields of a page, among `names`, that a person fills; every consent to read (`consent_read`,
        `consent_documents_read`…) gets the same answer, and so for write."""
        own = {"login": self.login, "password": self.password, "otp": self.otp, "decision": self.decision}
        if self.representative:
            own[_REPRESENTATIVE] = self.representative
        answers = {"read": _CHOICES.get(self.read, self.read), "write": _CHOICES.get(self.write, self.write)}
        for name in sorted(names):  # the order of a set changes from one process to the next
            action = name.rpartition("_")[2]
            if name.startswith(_CONSENT) and action in answers:
                own[name] = answers[action]
        return {name: value for name, value in own.items() if name in names}


def demand(session: Session, wishes: Mapping[str, Any]) -> Demand:
    """A fresh authorization request (RFC 6749, §4.1.1; RFC 7636, §4.3), changed as a suite wishes."""
    contract = contract_named(session, "mes-pairing")
    verifier = session.secret((session.env.new_id() + session.env.new_id()).replace("-", ""))
    state, nonce = str(wishes.get("state", session.env.new_id())), str(wishes.get("nonce", session.env.new_id()))
    redirect_uri = str(wishes.get("redirect_uri", session.client.get("redirect_uri", "")))
    parameters = {
        "response_type": str(wishes.get("response_type", contract.get("response_type"))),
        "client_id": str(session.client.get("client_id", "")),
        "redirect_uri": redirect_uri,
        "scope": str(wishes.get("scope", default_scope(session))),
        "state": state,
        "nonce": nonce,
        "code_challenge": str(wishes.get("code_challenge", challenge(verifier))),
        "code_challenge_method": str(wishes.get("code_challenge_method", contract.get("pkce_method"))),
    }
    for name in wishes.get("omit", ()):
        parameters.pop(name, None)
    return Demand(parameters, redirect_uri, verifier, state, nonce)


def default_scope(session: Session) -> str:
    """What the service's client asks for: its own `scope` where it has one, else every scope of the contract."""
    own = session.client.get("scope")
    return str(own) if own else " ".join(contract_named(session, "mes-pairing").get("scopes").values())


def solution_oid(session: Session) -> str:
    """The OID that the samples name as their source. Raises ActionFailed `configuration` where nobody gives it: a
    sample without it would be refused, and the target accused of it."""
    oid = session.client.get("solution_oid")
    if not oid:
        message = both(
            "l'OID de la solution n'est pas connu : donnez `service.solution_oid` dans mes-conformity.yaml, ou "
            "`client.solution_oid` dans la description de la cible"
        )
        raise ActionFailed("configuration", message)
    return str(oid)


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Page(HTMLParser):
    """The first form of a page that posts: where it goes, its fields as the page filled them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.names: set[str] = set()
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the form and its controls (HTML, §4.10): unchecked boxes and buttons are not sent."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None and given.get("method", "get").lower() == "post":
            self.action, self._inside = given.get("action", ""), True
        elif self._inside and tag in ("input", "button", "select", "textarea") and given.get("name"):
            self._note(tag, given, {name for name, _value in attrs})

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        if tag == "form":
            self._inside = False

    def _note(self, tag: str, given: Mapping[str, str], present: set[str]) -> None:
        kind = given.get("type", "text").lower() if tag == "input" else tag
        self.names.add(given["name"])
        ticked = kind in ("radio", "checkbox")
        if kind not in _BUTTONS and (not ticked or "checked" in present):
            self.fields[given["name"]] = given.get("value", "on" if ticked else "")


@dataclass(slots=True)
class Browser:
    """A person's browser: keeps the cookies of the target, follows its redirects, stops at the client's address."""

    session: Session
    redirect_uri: str
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, url: str, form: Mapping[str, str] | None = None) -> Response:
        """One request, and the redirects of the target after it; the last answer."""
        response = self._once(method, url, form)
        for _hop in range(_HOPS):
            location = response.header("location")
            if location is None or not 300 <= response.status < 400 or self._leaves(url, location):
                break
            url = urljoin(url, location)
            response = self._once("GET", url, None)
        return response

    def _leaves(self, url: str, location: str) -> bool:
        """A redirect out of the authorization server ends the browsing: nothing is sent to another host."""
        return origin(urljoin(url, location)) != origin(self.session.target.issuer)

    def _once(self, method: str, url: str, form: Mapping[str, str] | None) -> Response:
        headers = [("Accept", "text/html"), ("Accept-Language", "fr")]
        if self.cookies:
            headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items())))
        body = b""
        if form is not None:
            headers.append(("Content-Type", FORM))
            body = urlencode(form).encode()
        response = self.session.answer(Request(method, url, tuple(headers), body))
        for name, value in response.headers:
            if name.lower() == "set-cookie" and "=" in value:
                key, _, rest = value.partition("=")
                self.cookies[key.strip()] = rest.partition(";")[0]
        return response


def authorize(session: Session, asked: Demand, person: Person) -> dict[str, Any]:
    """Ask for a code, sign in and choose. Never raises for a refusal: the result says how it ended.

    Gives `{status, page, error, code, state, iss, state_sent, nonce, redirect_uri, redirected_to, location, verifier}`:
    `page` tells whether a form was shown, `location` where the browser was last sent, None where it was not.
    """
    browser = Browser(session, asked.redirect_uri)
    url = f"{endpoint(session, 'authorize_path')}?{urlencode(asked.parameters, quote_via=quote)}"
    response = browser.send("GET", url)
    page = _form(response)
    shown = page is not None
    for _step in range(_PAGES):  # sign in, code, choices, summary: a target shows them on one page or on several
        if page is None:
            break
        target = urljoin(url, page.action or "")
        _stay(session, target)
        response = browser.send("POST", target, {**page.fields, **person.filled(page.names)})
        page = _form(response) if response.status < 400 else None  # a page shown again with errors ends it
    return _outcome(session, asked, response, shown=shown)


def _form(response: Response) -> Page | None:
    """The page of an answer, where it has a form that a person can fill."""
    page = Page(response.body.decode("utf-8", "replace")) if _is_html(response) else None
    if page is None or page.action is None:
        return None
    return page if any(name in _FIELDS or name.startswith(_CONSENT) for name in page.names) else None


def _stay(session: Session, url: str) -> None:
    """A password never goes to another host than the authorization server."""
    if origin(url) != origin(session.target.issuer):
        message = both("la page d'identification envoie le mot de passe vers une autre machine : rien n'est envoyé")
        raise ActionFailed("form_leaves_target", message)


def _is_html(response: Response) -> bool:
    return response.status < 500 and "html" in (response.header("content-type") or "").lower()


def _outcome(session: Session, asked: Demand, response: Response, *, shown: bool) -> dict[str, Any]:
    location = response.header("location") if 300 <= response.status < 400 else None
    parts = urlsplit(location or "")
    answer = dict(parse_qsl(parts.query)) if location else {}
    code = answer.get("code")
    return {
        "status": response.status,
        "page": shown,
        "error": answer.get("error"),
        "code": session.secret(code) if code else None,
        "state": answer.get("state"),
        "iss": answer.get("iss"),
        "state_sent": asked.state,
        "nonce": asked.nonce,
        "redirect_uri": asked.redirect_uri,
        "redirected_to": urlunsplit(parts._replace(query="", fragment="")) if location else None,
        "location": location,
        "verifier": asked.verifier,
    }


def exchange(session: Session, grant: Mapping[str, Any]) -> dict[str, Any]:
    """The tokens for a code (RFC 6749, §4.1.3). Raises ActionFailed `pairing_failed` where there are none."""
    if not grant.get("code"):
        raise _failed(str(grant.get("error") or f"HTTP {grant.get('status')}"))
    form = {
        "grant_type": "authorization_code",
        "code": str(grant["code"]),
        "redirect_uri": str(grant["redirect_uri"]),
        "code_verifier": str(grant["verifier"]),
        "client_id": str(session.client.get("client_id", "")),
        "client_secret": str(session.client.get("client_secret", "")),
    }
    headers = (("Accept", "application/json"), ("Content-Type", FORM))
    response = session.answer(Request("POST", endpoint(session, "token_path"), headers, urlencode(form).encode()))
    tokens = json_object(response)
    if response.status != 200 or not isinstance(tokens.get("access_token"), str):
        raise _failed(str(tokens.get("error") or f"HTTP {response.status}"))
    return tokens


def _failed(reason: str) -> ActionFailed:
    return ActionFailed("pairing_failed", both("l'appariement n'a pas abouti : {reason}", reason=reason[:120]))


def json_object(response: Response) -> dict[str, Any]:
    """The JSON object of an answer, empty where it is none."""
    data = parse_json(response.body)
    return data if isinstance(data, dict) else {}


def identity(session: Session, tokens: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    """A paired identity: the tokens, and what the id_token says of the person (names of claims: pairing contract).

    Raises ActionFailed `pairing_failed` for an id_token that cannot be read or holds no idPe.
    """
    names = contract_named(session, "mes-pairing").get("claims")
    for name in ("access_token", "refresh_token", "id_token"):
        if isinstance(tokens.get(name), str):
            session.secret(tokens[name])
    claims = jwt_part(tokens.get("id_token"), 1)
    idpe, assign_auth = claims.get(names["idpe"]), claims.get(names["assign_auth"])
    if not isinstance(idpe, str) or not isinstance(assign_auth, str):
        raise ActionFailed("pairing_failed", both("l'id_token ne donne ni idPe ni autorité d'affectation lisibles"))
    oid = assign_auth.removeprefix("urn:oid:")
    return {
        "user": user.get("login"),
        "idpe": idpe,
        "assign_auth": f"urn:oid:{oid}",
        "assign_auth_oid": oid,
        "subject": f"urn:oid:{oid}|{idpe}",
        "pairing_id": claims.get(names["pairing_id"], claims.get("sub")),
        "access_token": tokens.get("access_token"),
        "refresh_token": tokens.get("refresh_token"),
        "id_token": tokens.get("id_token"),
        "expires_in": tokens.get("expires_in"),
        "scope": tokens.get("scope"),
    }


def jwt_part(token: Any, index: int) -> dict[str, Any]:
    """The header (0) or claims (1) of a JWT, unverified; empty where it cannot be read (RFC 7515, §3.1)."""
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:
        return {}
    try:
        data = parse_json(base64.urlsafe_b64decode(parts[index] + "=" * (-len(parts[index]) % 4)))
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def person_of(session: Session, user: Mapping[str, Any], wishes: Mapping[str, Any]) -> Person:
    """The person behind `user` (`{login, password, otp}`), with the choices that a suite wishes."""
    password, otp = str(user.get("password", "")), str(user.get("otp", ""))
    session.secret(password)
    return Person(
        login=str(user.get("login", "")),
        password=str(wishes.get("password", password)),
        otp=str(wishes.get("otp", otp)),
        read=str(wishes.get("read", "granted")),
        write=str(wishes.get("write", "granted")),
        decision=str(wishes.get("decision", "accept")),
        representative=str(wishes.get("representative", "")),
    )


def any_user(session: Session) -> Mapping[str, Any]:
    """A user of the target's description, who may have served before. Raises PrerequisiteMissing where it has none."""
    if not session.target.users:
        raise PrerequisiteMissing(both("la cible ne donne aucun compte fictif : ajoutez `users` à sa description"))
    return session.target.users[0]


def unused_user(session: Session) -> Mapping[str, Any]:
    """A user of the target's description whom no case of this run has paired: measures of another case would make
    this one accuse the target wrongly. The first one, whom every case that only writes shares, is left out where there
    are several. Raises PrerequisiteMissing when all have served."""
    any_user(session)
    users = session.target.users[1:] or session.target.users
    # One step each, so that two cases played at the same time never take the same person.
    number = next(session.shared.setdefault("users", count()))
    if number >= len(users):
        message = both(
            "les {count} comptes fictifs de la cible ont déjà servi, à cette campagne ou à une autre : ce cas en "
            "demande un qui soit vide (videz-les, ou ajoutez-en à `users`)",
            count=len(session.target.users),
        )
        raise PrerequisiteMissing(message)
    taken: Mapping[str, Any] = users[number]
    return taken
