"""Once somebody is signed in: what they accept and refuse, one exchange at a time, and what that makes of a pairing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from mes_conformity.sandbox import consent_page as pages
from mes_conformity.sandbox import consents
from mes_conformity.sandbox.consent_page import Asked, Visit
from mes_conformity.sandbox.identities import Client
from mes_conformity.sandbox.pages import Errors
from mes_conformity.sandbox.purposes import Exchange, Purpose, purposes
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World

_NEW_VERSION = "Ce service a publié une nouvelle version ({version}) : vos choix sont à confirmer ou à changer."
_OF_AGE = "Vous êtes devenu majeur : les choix faits en votre nom sont à confirmer ou à changer."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in on a visit: `body` is what is kept of the visit, `known` the pairing they already have."""

    client: Client
    user: Mapping[str, Any]
    visit: Visit
    body: dict[str, Any]
    known: Row | None


def next_page(world: World, at: Visitor, form: Mapping[str, str]) -> Response | None:
    """The choices, then the summary; None once the person confirmed."""
    asked = question(world, at.user, at.known, _purposes(world, at), at.body.get("choices"))
    exchanges = all_of(asked.purposes)
    if form.get("step") == "choices":
        return pages.choices_page(at.visit, asked)
    if form.get("step") == "summary" or any(exchange.field in form for exchange in exchanges):
        errors = missing(world, asked, form)
        if errors:
            return pages.choices_page(at.visit, answered(asked, form), errors)
        at.body["choices"] = chosen(world, exchanges, form)
        world.store.change_request(at.visit.request_id, at.body)
        asked = question(world, at.user, at.known, asked.purposes, at.body["choices"])
    if "choices" not in at.body:
        return pages.choices_page(at.visit, asked)
    return None if "decision" in form else pages.summary_page(at.visit, asked)


def _purposes(world: World, at: Visitor) -> Sequence[Purpose]:
    return purposes(world, at.client, set(at.body["fields"]["scope"].split(" ")))


def all_of(listed: Sequence[Purpose]) -> list[Exchange]:
    """The exchanges of every purpose, in the order of the page."""
    return [exchange for purpose in listed for exchange in purpose.exchanges]


def question(
    world: World,
    user: Mapping[str, Any],
    known: Row | None,
    listed: Sequence[Purpose],
    choices: Mapping[str, str] | None = None,
) -> Asked:
    """What to put to this person: with the choices of this visit, else those of their pairing."""
    before = known if known is not None and consents.status(world, known) != "REVOKED" else {}
    made = {exchange.kept: str(before[exchange.kept]) for exchange in all_of(listed) if exchange.kept in before}
    again = known is not None and consents.status(world, known) == "REAPPROVAL_REQUIRED"
    return Asked(
        person=user["name"],
        purposes=tuple(listed),
        choices=made if choices is None else choices,
        why=_why(world, known) if known is not None and again else "",
        minor=consents.is_minor(user.get("birth_date", ""), world.now()),
    )


def _why(world: World, known: Row) -> str:
    if known.get("version", world.service_version) != world.service_version:
        return _NEW_VERSION.format(version=world.service_version)
    return _OF_AGE


def missing(world: World, asked: Asked, form: Mapping[str, str]) -> Errors:
    """What the person has not answered: every exchange is accepted or refused, and a minor is represented."""
    errors = {}
    if asked.minor and form.get("representative") != "yes" and world.behaviour.minor_represented:
        errors["representative"] = "seul un représentant légal peut choisir pour une personne mineure."
    for exchange in all_of(asked.purposes):
        if form.get(exchange.field) not in ("accept", "refuse"):
            name = f"{exchange.label[0].lower()}{exchange.label[1:]}"
            errors[pages.first_control(exchange)] = f"acceptez ou refusez : {name}."
    return errors


def answered(asked: Asked, form: Mapping[str, str]) -> Asked:
    """The same question, with what was answered already: nobody answers twice because of one mistake."""
    said = {"accept": "granted", "refuse": "refused"}
    given = {
        exchange.kept: said[form[exchange.field]]
        for exchange in all_of(asked.purposes)
        if form.get(exchange.field) in said
    }
    return replace(asked, choices={**asked.choices, **given}, represented=form.get("representative") == "yes")


def chosen(world: World, exchanges: Sequence[Exchange], form: Mapping[str, str]) -> dict[str, str]:
    """`granted` or `refused` for each exchange."""
    honoured = world.behaviour.consent_honoured
    return {
        exchange.kept: "granted" if form.get(exchange.field) == "accept" or not honoured else "refused"
        for exchange in exchanges
    }


def grant(world: World, at: Visitor) -> str:
    """Keep the pairing as the person confirmed it, and give an authorization code for it."""
    known = at.known
    alive = known is not None and consents.status(world, known) in ("ACTIVE", "REAPPROVAL_REQUIRED")
    if known is not None and not alive:
        world.store.revoke_pairing(known["id"])  # a pairing that begins again starts without the tokens of before
    pairing = approved(world, at.user, known or _new(world, at), at.body["choices"])
    world.store.put_pairing({**pairing, "status": "ACTIVE" if alive else "PENDING"})
    code = world.secret()
    kept = {
        name: at.body["fields"][name]
        for name in ("client_id", "redirect_uri", "scope", "nonce", "code_challenge", "code_challenge_method")
        if name in at.body["fields"]
    }
    kept["auth_time"] = at.body["signed_in"]
    lifetime = float(world.pairing.get("code_lifetime_s"))
    world.store.put_code(code, pairing["id"], world.env.new_id(), kept, world.now() + lifetime)
    return code


def approved(world: World, user: Mapping[str, Any], pairing: Row, choices: Mapping[str, str]) -> dict[str, Any]:
    """The pairing with these choices, made now: for this version, by this person or for them."""
    return {
        **pairing,
        **choices,
        "asked": sorted({*pairing.get("asked", ()), *choices}),
        "version": world.service_version,
        "minor": consents.is_minor(user.get("birth_date", ""), world.now()),
    }


def _new(world: World, at: Visitor) -> dict[str, Any]:
    return {
        "id": world.env.new_id(),
        "login": at.user["login"],
        "client_id": at.client.client_id,
        "idpe": f"idpe-fictif-{world.env.new_id() if world.behaviour.idpe_per_person else 'partage'}",
        "read": "refused",
        "write": "refused",
        "asked": [],
    }
