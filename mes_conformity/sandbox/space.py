"""« Mon espace », as far as pairings go: what a person shared with whom; they change it or end it, from the next call
on. The page is no part of what partners call, and an assumption: only its purpose is known from the public application.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox import choosing, consents, incoming, signing_in, space_page
from mes_conformity.sandbox import consent_page as pages
from mes_conformity.sandbox.consent_page import Asked, Visit, refusal_page
from mes_conformity.sandbox.identities import Client
from mes_conformity.sandbox.purposes import of_pairing
from mes_conformity.sandbox.space_page import Paired
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World

PATH = "/espace"


async def show(world: World, request: Request) -> Response:  # noqa: ARG001 - the shape of a handler
    """`GET /espace`: the sign-in page of a new visit."""
    request_id = world.secret()
    world.store.put_request(request_id, {"kind": "space"}, world.now() + signing_in.VISIT_S)
    return pages.sign_in_page(Visit(PATH, request_id))


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A pairing of the person who is signed in, with what a page about it asks."""

    user: Mapping[str, Any]
    client: Client
    pairing: Row
    asked: Asked


async def answer(world: World, request: Request) -> Response:
    """`POST /espace`: the next page of the visit. 400 with errors or for a visit that is over, 403 after five
    mistakes."""
    try:
        form = await incoming.form(request)
    except incoming.Malformed as error:
        return refusal_page(error.reason, 400)
    visit = Visit(PATH, form.get("request", ""))
    pending = world.store.request(visit.request_id)
    if pending is None or pending["expires"] < world.now() or pending["body"].get("kind") != "space":
        return refusal_page("Cette visite est terminée : identifiez-vous de nouveau.", 400)
    try:
        user = signing_in.signed_in(world, visit.request_id, pending, form)
    except signing_in.TooManyTries:
        return refusal_page("Trop d'essais : cette visite est terminée.", 403)
    except signing_in.NotYet as step:
        shown = pages.sign_in_page if step.step == "sign_in" else pages.code_page
        return shown(visit, step.errors)
    if form.get("step") == "leave":
        world.store.drop_request(visit.request_id)
        return space_page.left_page()
    return _act(world, visit, user, form)


def _act(world: World, visit: Visit, user: Mapping[str, Any], form: Mapping[str, str]) -> Response:
    """What the person does with one of their pairings, else the list of them."""
    found = _found(world, user, form.get("pairing", ""))
    step = form.get("step", "")
    if found is None or step not in ("change", "save", "end", "ended"):
        return _list(world, visit, user)
    if step == "end":
        return space_page.end_page(visit, found.client.name, found.pairing["id"])
    if step == "ended":
        world.store.put_pairing({**found.pairing, **consents.ended(found.pairing)})
        world.store.revoke_pairing(found.pairing["id"])
        return _list(world, visit, user, f"{found.client.name} n'a plus aucun accès à votre espace.")
    errors = choosing.missing(world, found.asked, form) if step == "save" else {}
    if step == "change" or errors:
        asked = choosing.answered(found.asked, form)
        return space_page.change_page(visit, found.client.name, found.pairing["id"], asked, errors)
    choices = choosing.chosen(world, choosing.all_of(found.asked.purposes), form)
    world.store.put_pairing(choosing.approved(world, user, found.pairing, choices))
    return _list(world, visit, user, f"Vos choix pour {found.client.name} sont enregistrés.")


def _found(world: World, user: Mapping[str, Any], pairing_id: str) -> _Chosen | None:
    """The pairing, where it is one of this person's that has not ended."""
    pairing = world.store.pairing(pairing_id)
    if pairing is None or pairing["login"] != user["login"] or _over(world, pairing):
        return None
    client = world.client(pairing["client_id"])
    assert client is not None, "a pairing names a registered client"
    asked = choosing.question(world, user, pairing, of_pairing(world, client, pairing))
    return _Chosen(user, client, pairing, asked)


def _over(world: World, pairing: Row) -> bool:
    return consents.status(world, pairing) in ("REVOKED", "EXPIRED")


def _list(world: World, visit: Visit, user: Mapping[str, Any], done: str = "") -> Response:
    listed = []
    for pairing in world.store.pairings_of(user["login"]):
        client = world.client(pairing["client_id"])
        if client is not None:
            asked = choosing.question(world, user, pairing, of_pairing(world, client, pairing))
            listed.append(Paired(pairing["id"], client.name, consents.status(world, pairing), asked))
    return space_page.list_page(visit, user["name"], listed, done)
