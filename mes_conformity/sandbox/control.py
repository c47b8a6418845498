"""The control address `/_sandbox/…`: what a test may change in the world. It is no part of Mon espace santé."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.foundation.errors import UsageError
from mes_conformity.sandbox import incoming
from mes_conformity.sandbox.answers import ControlRefusal, plain_json
from mes_conformity.sandbox.authorization import ACTIONS
from mes_conformity.sandbox.world import World

MOST_S = 10 * 365 * 86400
_LONGEST = 40
# RFC 3339, §5.6, in this century, whole seconds; the 29th of February is left out, which no test needs
AN_INSTANT = (
    r"^20[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$"
)
_PERIMETERS = ("documents", "agenda")
_CHOICES = ("granted", "refused")


async def target(world: World, request: Request) -> Response:  # noqa: ARG001 - the shape of a handler
    """`GET /_sandbox/target`: the descriptor."""
    return plain_json(world.descriptor())


async def authority(world: World, request: Request) -> Response:  # noqa: ARG001
    """`GET /_sandbox/ca.pem`: the authority to trust. 404 without TLS."""
    if world.ca_pem is None:
        raise ControlRefusal(404, "this sandbox serves without TLS")
    return Response(world.ca_pem, media_type="application/x-pem-file")


async def consents(world: World, request: Request) -> Response:
    """`PUT /_sandbox/consents` `{pairing_id, read?, write?}`: granted or refused from the next call on."""
    data = await _object(request, {"pairing_id", *ACTIONS})
    pairing = world.store.pairing(_text(data, "pairing_id"))
    if pairing is None:
        raise ControlRefusal(404, "there is no such pairing")
    changes = {action: _text(data, action) for action in ACTIONS if action in data}
    if not set(changes.values()) <= set(_CHOICES):
        raise ControlRefusal(400, "read and write are granted or refused")
    others = {f"{perimeter}_{action}": value for action, value in changes.items() for perimeter in _PERIMETERS}
    world.store.put_pairing({**pairing, **changes, **others})
    return plain_json({"pairing_id": pairing["id"], **{action: {**pairing, **changes}[action] for action in ACTIONS}})


async def service_status(world: World, request: Request) -> Response:
    """`PUT /_sandbox/service-status` `{status}`: one of the statuses of the pairing contract."""
    status = _text(await _object(request, {"status"}), "status")
    known = world.pairing.get("service_statuses")
    if status not in known:
        raise ControlRefusal(400, f"status is one of {', '.join(known)}")
    world.service_status = status
    return plain_json({"status": status})


async def service_version(world: World, request: Request) -> Response:
    """`PUT /_sandbox/service-version` `{version}`: the service publishes this version, now; another one than a person
    approved asks them again."""
    version = _text(await _object(request, {"version"}), "version")
    if not 0 < len(version) <= _LONGEST:
        raise ControlRefusal(400, f"version has 1 to {_LONGEST} characters")
    previous = world.service_version
    if version != previous:
        world.service_version, world.version_since = version, world.now()
    return plain_json({"version": version, "previous": previous})


async def clock(world: World, request: Request) -> Response:
    """`PUT /_sandbox/clock` `{advance_s}`: move the clock forward, ten years at most in all; `{at}`: stop it at an
    instant (RFC 3339) from which it can still be moved forward; `{at: null}`: let it run again."""
    data = await _object(request, {"advance_s", "at"})
    if "at" in data:
        if len(data) != 1:
            raise ControlRefusal(400, "advance_s and at are two orders")
        world.fixed, world.advanced_s = instant(data["at"]), 0.0
        return _time(world)
    seconds = data.get("advance_s")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ControlRefusal(400, "advance_s is a number of seconds")
    if not 0 <= seconds <= MOST_S:
        raise ControlRefusal(400, "advance_s goes forward, ten years at most")
    if world.advanced_s + seconds > MOST_S:
        raise ControlRefusal(409, "the clock goes ten years forward at most in all")
    world.advanced_s += float(seconds)
    return _time(world)


def _time(world: World) -> Response:
    return plain_json({"now": world.instant(), "advanced_s": world.advanced_s, "fixed": world.fixed is not None})


def instant(written: Any) -> datetime | None:
    """An instant of this century as RFC 3339 writes it, None for None. Raises ControlRefusal 400."""
    if written is None:
        return None
    if not isinstance(written, str) or not re.fullmatch(AN_INSTANT, written):
        raise ControlRefusal(400, "at is an instant of this century as RFC 3339 writes it, or null")
    moment = datetime.fromisoformat(written)
    return moment.astimezone(UTC)


async def faults(world: World, request: Request) -> Response:
    """`PUT /_sandbox/faults` `{faults: [name]}`: misbehave so, and only so, from the next request on."""
    names = (await _object(request, {"faults"})).get("faults")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ControlRefusal(400, "faults is a list of names")
    try:
        world.set_faults(names)
    except UsageError as error:
        raise ControlRefusal(400, f"{error.code}: there is no such fault") from None
    return plain_json({"faults": list(world.faults)})


async def reset(world: World, request: Request) -> Response:  # noqa: ARG001
    """`POST /_sandbox/reset`: 204; the world as at the start."""
    world.reset()
    return Response(status_code=204)


async def new_user(world: World, request: Request) -> Response:  # noqa: ARG001
    """`POST /_sandbox/users`: 201 and `{login, password, otp, name}` of a citizen nobody has met."""
    return plain_json(world.new_user().to_json(), 201)


async def journal(world: World, request: Request) -> Response:  # noqa: ARG001
    """`GET /_sandbox/journal`: `{entries: […]}`, redacted, oldest first."""
    return plain_json({"entries": world.journal.to_json()})


async def _object(request: Request, allowed: set[str]) -> Mapping[str, Any]:
    data = incoming.json_data(await incoming.body(request, incoming.FORM_LIMIT))
    if not isinstance(data, Mapping):
        raise ControlRefusal(400, "the body is a JSON object")
    unknown = sorted(set(data) - allowed)
    if unknown:
        raise ControlRefusal(400, f"unknown key {unknown[0][:40]}")
    return data


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise ControlRefusal(400, f"{name} is a text")
    return value
