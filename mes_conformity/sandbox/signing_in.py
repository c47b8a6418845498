"""A person says who they are in two steps, login and password then one-time code, for a pairing or for their space.

What a visit has answered so far is kept with it, so that a form may also answer several steps at once: that is the
scripted way, for whoever has no browser.
"""

import secrets
from collections.abc import Mapping
from typing import Any, Literal

from mes_conformity.sandbox.pages import Errors
from mes_conformity.sandbox.world import World

VISIT_S = 600.0
_TRIES = 5
_WRONG = "l'identifiant ou le mot de passe est faux."

Step = Literal["sign_in", "code"]


class NotYet(Exception):
    """The person is not signed in: the step to show them, with what was wrong in their last answer."""

    def __init__(self, step: Step, errors: Errors | None = None) -> None:
        super().__init__(step)
        self.step = step
        self.errors = errors or {}


class TooManyTries(Exception):
    """Five wrong answers: the visit is over (RFC 6749, §10.10)."""


def signed_in(world: World, request_id: str, pending: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Who is there, once both steps are right. `pending` is what the store keeps of the visit; its body changes.

    Raises NotYet, TooManyTries.
    """
    body = pending["body"]
    if "login" in form:  # also somebody who went back to the first page
        body.pop("signed_in", None)
        body["login"] = _login(world, request_id, pending, form)
        world.store.change_request(request_id, body)
    user = world.store.user(body.get("login", ""))
    if user is None:
        raise NotYet("sign_in", _missing(form))
    if not body.get("signed_in"):
        _check_code(world, request_id, pending, user, form)
        body["signed_in"] = int(world.now())
        world.store.change_request(request_id, body)
    return user


def _login(world: World, request_id: str, pending: Mapping[str, Any], form: Mapping[str, str]) -> str:
    user = world.store.user(form["login"])
    if user is not None and (_same(user["password"], form.get("password", "")) or not world.behaviour.sign_in_checked):
        return form["login"]
    missing = _missing(form)
    if not missing:  # neither of the two is said to be right: a login is not to be guessed
        _count(world, request_id, pending)
    raise NotYet("sign_in", missing or {"login": _WRONG, "password": _WRONG})


def _missing(form: Mapping[str, str]) -> Errors:
    sentences = {"login": "saisissez votre identifiant.", "password": "saisissez votre mot de passe."}
    return {name: sentence for name, sentence in sentences.items() if not form.get(name)}


def _check_code(
    world: World, request_id: str, pending: Mapping[str, Any], user: Mapping[str, Any], form: Mapping[str, str]
) -> None:
    if "otp" not in form:
        raise NotYet("code")
    if not form["otp"].strip() and world.behaviour.sign_in_checked:
        raise NotYet("code", {"otp": "saisissez le code à six chiffres."})
    if not _same(user["otp"], form["otp"].strip()) and world.behaviour.code_checked:
        _count(world, request_id, pending)
        raise NotYet("code", {"otp": "ce code n'est pas le bon."})


def _count(world: World, request_id: str, pending: Mapping[str, Any]) -> None:
    world.store.try_request(request_id)
    if pending["tries"] + 1 >= _TRIES:
        world.store.drop_request(request_id)
        raise TooManyTries


def _same(kept: str, given: str) -> bool:
    return secrets.compare_digest(kept.encode(), given.encode("utf-8", "surrogatepass"))
