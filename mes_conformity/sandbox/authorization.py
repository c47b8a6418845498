"""The authorization end point: the demand of a client, the person's answer, the way back (RFC 6749, §4.1; RFC 7636).

The pages, names and lifetimes of Mon espace santé are not public: they come from the contract `mes-pairing`, nearly all
of it assumption. What the standards say is kept to the letter: exact redirection address (RFC 9700, §2.1), PKCE S256
only, single-use short-lived codes.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.consent_page import consent_page, refusal_page
from mes_conformity.sandbox.identities import Client
from mes_conformity.sandbox.world import World

_CHALLENGE = re.compile(r"[A-Za-z0-9_\-.~]{43,128}")  # RFC 7636, §4.2
_PAGE_LIFETIME_S = 600.0
_TRIES = 5
ACTIONS = ("read", "write")


class _SentBack(Exception):
    """An error told to the client through the redirection address (RFC 6749, §4.1.2.1)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


async def show(world: World, request: Request) -> Response:
    """`GET <authorize_path>`: the consent page (200), a refusal page (400), or back to the client (302)."""
    try:
        fields = incoming.single(incoming.pairs(request.scope["query_string"]))
    except incoming.Malformed as error:
        return refusal_page(error.reason, 400)
    client = world.client(fields.get("client_id", ""))
    if client is None:
        return refusal_page("Le service qui vous envoie est inconnu (client_id).", 400)
    redirect_uri = fields.get("redirect_uri", "")
    if redirect_uri != client.redirect_uri and not _lets_through(world, redirect_uri):
        status = int(world.pairing.get("errors.redirect_not_registered.status"))
        return refusal_page("L'adresse de retour (redirect_uri) n'est pas celle du service.", status)
    try:
        _check(world, fields)
    except _SentBack as error:
        return _back(world, fields, {"error": error.error, "error_description": error.description})
    request_id = world.secret()
    world.store.put_request(request_id, fields, world.now() + _PAGE_LIFETIME_S)
    return _page(world, client, request_id, fields)


def _lets_through(world: World, redirect_uri: str) -> bool:
    return not world.behaviour.redirect_checked and redirect_uri.startswith(("https://", "http://"))


def _check(world: World, fields: Mapping[str, str]) -> None:
    behaviour, scopes = world.behaviour, world.pairing.get("scopes")
    if fields.get("response_type") != world.pairing.get("response_type") and behaviour.response_type_checked:
        known = "response_type" in fields
        raise _SentBack("unsupported_response_type" if known else "invalid_request", "The only response_type is code")
    asked = fields.get("scope", "").split(" ")
    if scopes["openid"] not in asked:
        raise _SentBack("invalid_scope", "The scope must hold openid")
    if not set(asked) <= set(scopes.values()) and behaviour.unknown_scope_refused:
        raise _SentBack("invalid_scope", "The scope holds a word that this server does not know")
    if world.service_status not in world.pairing.get("service_statuses_open") and behaviour.service_status_checked:
        raise _SentBack("access_denied", "The service is suspended")
    if "code_challenge" not in fields and not behaviour.pkce_required:
        return
    if not _CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        raise _SentBack("invalid_request", "A code_challenge of 43 to 128 characters is mandatory")
    method = fields.get("code_challenge_method", "plain")  # RFC 7636, §4.3: the default is plain, refused here
    allowed = {world.pairing.get("pkce_method")} | (set() if behaviour.pkce_plain_refused else {"plain"})
    if method not in allowed:
        raise _SentBack("invalid_request", "The code_challenge_method must be S256")


def _page(world: World, client: Client, request_id: str, fields: Mapping[str, str], error: str = "") -> Response:
    asked = fields["scope"].split(" ")
    actions = [action for action in ACTIONS if world.pairing.get(f"scopes.measures_{action}") in asked]
    path = str(world.pairing.get("authorize_path"))
    return consent_page(request_id, client.name, client.purpose, actions, path, error)


async def answer(world: World, request: Request) -> Response:
    """`POST <authorize_path>`: what the person decided. Back to the client (302), or the page again (400)."""
    try:
        form = await incoming.form(request)
    except incoming.Malformed as error:
        return refusal_page(error.reason, 400)
    request_id = form.get("request", "")
    pending = world.store.request(request_id)
    if pending is None or pending["expires"] < world.now():
        return refusal_page("Cette demande est périmée ou a déjà reçu sa réponse.", 400)
    fields: Mapping[str, str] = pending["body"]
    client = world.client(fields["client_id"])
    assert client is not None, "only registered clients get a page"
    if form.get("decision") not in ("accept", "refuse"):
        return _page(world, client, request_id, fields, "choisissez d'accepter ou de refuser.")
    user = world.store.user(form.get("login", ""))
    refused = form["decision"] == "refuse" and world.behaviour.refusal_honoured
    if refused:  # to refuse, nobody has to say who they are
        world.store.drop_request(request_id)
        return _back(world, fields, {"error": "access_denied", "error_description": "The person refused"})
    if user is None or not (_signed_in(user, form) or not world.behaviour.sign_in_checked):
        world.store.try_request(request_id)
        if pending["tries"] + 1 >= _TRIES:
            world.store.drop_request(request_id)
            return _back(world, fields, {"error": "access_denied", "error_description": "Too many attempts"})
        return _page(world, client, request_id, fields, "l'identifiant, le mot de passe ou le code est faux.")
    world.store.drop_request(request_id)
    return _back(world, fields, {"code": _grant(world, client, user, fields, form)})


def _signed_in(user: Mapping[str, Any], form: Mapping[str, str]) -> bool:
    right = [
        secrets.compare_digest(str(user[name]).encode(), form.get(name, "").encode("utf-8", "surrogatepass"))
        for name in ("password", "otp")
    ]
    return all(right)


def _grant(
    world: World, client: Client, user: Mapping[str, Any], fields: Mapping[str, str], form: Mapping[str, str]
) -> str:
    known = world.store.pairing_of(user["login"], client.client_id)
    asked = fields["scope"].split(" ")
    before = known or dict.fromkeys(ACTIONS, "refused")
    choices = {action: _choice(world, action, asked, form) or before[action] for action in ACTIONS}
    pairing = {
        "id": known["id"] if known else world.env.new_id(),
        "login": user["login"],
        "client_id": client.client_id,
        "idpe": known["idpe"] if known else _idpe(world),
        "status": "ACTIVE",
        **choices,
    }
    world.store.put_pairing(pairing)
    code = world.secret()
    kept = {
        name: fields[name]
        for name in ("client_id", "redirect_uri", "scope", "nonce", "code_challenge", "code_challenge_method")
        if name in fields
    }
    lifetime = float(world.pairing.get("code_lifetime_s"))
    world.store.put_code(code, pairing["id"], world.env.new_id(), kept, world.now() + lifetime)
    return code


def _idpe(world: World) -> str:
    return f"idpe-fictif-{world.env.new_id() if world.behaviour.idpe_per_person else 'partage'}"


def _choice(world: World, action: str, asked: list[str], form: Mapping[str, str]) -> str:
    """What was asked is granted where it was accepted, silence being a refusal; "" for what was not asked."""
    if world.pairing.get(f"scopes.measures_{action}") not in asked:
        return ""
    accepted = form.get(f"consent_{action}") == "accept" or not world.behaviour.consent_honoured
    return "granted" if accepted else "refused"


def _back(world: World, fields: Mapping[str, str], parameters: Mapping[str, str]) -> Response:
    """Send the browser back with the answer, the state and the issuer (RFC 9207, §2)."""
    answer = dict(parameters)
    if "state" in fields and world.behaviour.state_returned:
        answer["state"] = fields["state"]
    answer["iss"] = world.url
    joint = "&" if "?" in fields["redirect_uri"] else "?"
    status = int(world.pairing.get("errors.access_denied.status"))
    address = quote(fields["redirect_uri"], safe="%/:=&?~#+!$,;'@()*[]") + joint
    headers = {"Location": address + urlencode(answer, errors="replace"), "Cache-Control": "no-store"}
    return Response(status_code=status, headers=headers)
