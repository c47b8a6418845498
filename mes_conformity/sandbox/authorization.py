"""The authorization end point: the demand of a client, the person's answer, the way back (RFC 6749, §4.1; RFC 7636).

The pages, names and lifetimes of Mon espace santé are not public: they come from the contract `mes-pairing`, nearly all
of it assumption. What the standards say is kept to the letter: exact redirection address (RFC 9700, §2.1), PKCE S256
only, single-use short-lived codes.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import choosing, incoming, signing_in
from mes_conformity.sandbox import consent_page as pages
from mes_conformity.sandbox.choosing import Visitor
from mes_conformity.sandbox.consent_page import Visit, refusal_page
from mes_conformity.sandbox.identities import Client
from mes_conformity.sandbox.world import World

_CHALLENGE = re.compile(r"[A-Za-z0-9_\-.~]{43,128}")  # RFC 7636, §4.2
_OVER = "Cette demande est périmée ou a déjà reçu sa réponse."
_CLOSED = {
    "no_space": "Cette personne n'a pas d'espace ouvert : il n'y a rien à relier. Ouvrez-le d'abord, puis recommencez.",
    "opposed": "Cette personne s'est opposée à la création de son espace : aucun service ne peut y être relié.",
}


class _SentBack(Exception):
    """An error told to the client through the redirection address (RFC 6749, §4.1.2.1)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


async def show(world: World, request: Request) -> Response:
    """`GET <authorize_path>`: the sign-in page (200), a refusal page (400), or back to the client (302)."""
    try:
        fields = incoming.single(incoming.pairs(request.scope["query_string"]))
    except incoming.Malformed as error:
        return refusal_page(error.reason, 400)
    client = world.client(fields.get("client_id", ""))
    if client is None:
        return refusal_page("Le service qui vous envoie est inconnu (client_id).", 400)
    redirect_uri = fields.get("redirect_uri", "")
    if not client.returns_to(redirect_uri) and not _lets_through(world, redirect_uri):
        status = int(world.pairing.get("errors.redirect_not_registered.status"))
        return refusal_page("L'adresse de retour (redirect_uri) n'est pas celle du service.", status)
    try:
        _check(world, fields)
    except _SentBack as error:
        return _back(world, fields, {"error": error.error, "error_description": error.description})
    request_id = world.secret()
    world.store.put_request(request_id, {"kind": "pairing", "fields": fields}, world.now() + signing_in.VISIT_S)
    return pages.sign_in_page(_visit(world, client, request_id))


def _visit(world: World, client: Client, request_id: str) -> Visit:
    return Visit(str(world.pairing.get("authorize_path")), request_id, client.name)


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
    for name in ("request", "request_uri"):
        if name in fields:  # OpenID Connect Core 1.0, §6.1 and §6.2
            raise _SentBack(f"{name}_not_supported", f"{name} is not supported")
    if "none" in fields.get("prompt", "").split(" "):  # OpenID Connect Core 1.0, §3.1.2.1: nobody stays signed in here
        raise _SentBack("login_required", "The person must sign in")
    if fields.get("response_mode", "query") != "query":
        raise _SentBack("invalid_request", "The only response_mode is query")
    if "code_challenge" not in fields and not behaviour.pkce_required:
        return
    if not _CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        raise _SentBack("invalid_request", "A code_challenge of 43 to 128 characters is mandatory")
    method = fields.get("code_challenge_method", "plain")  # RFC 7636, §4.3: the default is plain, refused here
    allowed = {world.pairing.get("pkce_method")} | (set() if behaviour.pkce_plain_refused else {"plain"})
    if method not in allowed:
        raise _SentBack("invalid_request", "The code_challenge_method must be S256")


async def answer(world: World, request: Request) -> Response:
    """`POST <authorize_path>`: what the person answered. The next page (200), the same with errors (400), a page that
    ends the visit (403), or back to the client (302)."""
    try:
        form = await incoming.form(request)
    except incoming.Malformed as error:
        return refusal_page(error.reason, 400)
    request_id = form.get("request", "")
    pending = world.store.request(request_id)
    if pending is None or pending["expires"] < world.now() or pending["body"].get("kind") != "pairing":
        return refusal_page(_OVER, 400)
    fields: Mapping[str, str] = pending["body"]["fields"]
    client = world.client(fields["client_id"])
    assert client is not None, "only registered clients get a page"
    if form.get("decision", "accept") not in ("accept", "refuse"):
        return refusal_page("La réponse n'est ni d'accepter ni de refuser.", 400)
    if form.get("decision") == "refuse" and world.behaviour.refusal_honoured:
        world.store.drop_request(request_id)  # to refuse, nobody has to say who they are
        return _back(world, fields, {"error": "access_denied", "error_description": "The person refused"})
    visit = _visit(world, client, request_id)
    try:
        user = signing_in.signed_in(world, request_id, pending, form)
    except signing_in.TooManyTries:
        return _back(world, fields, {"error": "access_denied", "error_description": "Too many attempts"})
    except signing_in.NotYet as step:
        shown = pages.sign_in_page if step.step == "sign_in" else pages.code_page
        return shown(visit, step.errors)
    if user.get("situation") in _CLOSED and world.behaviour.closed_space_refused:
        world.store.drop_request(request_id)
        denied = {"error": "access_denied", "error_description": "The person has no open space"}
        return pages.closed_page(_CLOSED[user["situation"]], _address(world, fields, denied))
    known = world.store.pairing_of(user["login"], client.client_id)
    visitor = Visitor(client, user, visit, pending["body"], known)
    page = choosing.next_page(world, visitor, form)
    if page is not None:
        return page
    world.store.drop_request(request_id)
    return _back(world, fields, {"code": choosing.grant(world, visitor)})


def _back(world: World, fields: Mapping[str, str], parameters: Mapping[str, str]) -> Response:
    """Send the browser back to the client."""
    status = int(world.pairing.get("errors.access_denied.status"))
    headers = {"Location": _address(world, fields, parameters), "Cache-Control": "no-store"}
    return Response(status_code=status, headers=headers)


def _address(world: World, fields: Mapping[str, str], parameters: Mapping[str, str]) -> str:
    """The way back, with the answer, the state and the issuer (RFC 9207, §2)."""
    answer = dict(parameters)
    if "state" in fields and world.behaviour.state_returned:
        answer["state"] = fields["state"]
    if world.behaviour.issuer_told:
        answer["iss"] = world.url
    joint = "&" if "?" in fields["redirect_uri"] else "?"
    address = quote(fields["redirect_uri"], safe="%/:=&?~#+!$,;'@()*[]") + joint
    return address + urlencode(answer, errors="replace")
