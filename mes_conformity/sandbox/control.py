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
from mes_conformity.sandbox.consents import spread
from mes_conformity.sandbox.world import CONSENTS, World

MOST_S = 10 * 365 * 86400
MOST_REQUESTS = 1_000_000
MOST_DAYS = 6000  # a minor is born
A_CASE = r"[A-Za-z0-9._-]{1,64}"
_MOST_CASES = 1000
_LONGEST = 40
# RFC 3339, §5.6, in this century, whole seconds; the 29th of February is left out, which no test needs
AN_INSTANT = (
    r"^20[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])$"
)
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
    """`PUT /_sandbox/consents` `{pairing_id, read?, write?, documents_read?…}`: granted or refused from the next call
    on. `read` and `write` are those of every perimeter, unless a perimeter (`documents_…`, `agenda_…`) has its own."""
    data = await _object(request, {"pairing_id", *CONSENTS})
    pairing = world.store.pairing(_text(data, "pairing_id"))
    if pairing is None:
        raise ControlRefusal(404, "there is no such pairing")
    told = {name: _text(data, name) for name in CONSENTS if name in data}
    if not set(told.values()) <= set(_CHOICES):
        raise ControlRefusal(400, "a consent is granted or refused")
    changed = {**pairing, **spread(told)}
    world.store.put_pairing(changed)
    return plain_json({"pairing_id": pairing["id"], **{name: changed.get(name, "refused") for name in CONSENTS}})


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
    """`PUT /_sandbox/clock` `{advance_s}`: move the clock forward, ten years at most in all, or as far back as it was
    moved (negative); `{at}`: stop it at an instant (RFC 3339), which can still be moved; `{at: null}`: let it run."""
    data = await _object(request, {"advance_s", "at"})
    if "at" in data:
        if len(data) != 1:
            raise ControlRefusal(400, "advance_s and at are two orders")
        world.fixed, world.advanced_s = instant(data["at"]), 0.0
        return _time(world)
    seconds = data.get("advance_s")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ControlRefusal(400, "advance_s is a number of seconds")
    if not -MOST_S <= seconds <= MOST_S:
        raise ControlRefusal(400, "advance_s is ten years at most")
    if not 0 <= world.advanced_s + seconds <= MOST_S:
        raise ControlRefusal(409, "the clock goes ten years forward at most in all, and not before its start")
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
    return datetime.fromisoformat(written).astimezone(UTC)


async def faults(world: World, request: Request) -> Response:
    """`PUT /_sandbox/faults` `{faults: [name], case?}`: misbehave so, and only so, from the next request on; with a
    `case`, only to the requests that name it in `X-Sandbox-Case`."""
    data = await _object(request, {"faults", "case"})
    names = data.get("faults")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ControlRefusal(400, "faults is a list of names")
    case = _case(world, data)
    try:
        world.set_faults(names) if case is None else world.set_case_faults(case, names)
    except UsageError as error:
        raise ControlRefusal(400, f"{error.code}: there is no such fault") from None
    return plain_json({"faults": names, **({"case": case} if case else {})})


def _case(world: World, data: Mapping[str, Any]) -> str | None:
    """The test case that an order is about. Raises ControlRefusal 400, 409 (too many cases have faults)."""
    if "case" not in data:
        return None
    case = _text(data, "case")
    if not re.fullmatch(A_CASE, case):
        raise ControlRefusal(400, "case is the name of a test case")
    if case not in world.of_cases and len(world.of_cases) >= _MOST_CASES:
        raise ControlRefusal(409, "too many cases have faults: end some, or reset")
    return case


async def reset(world: World, request: Request) -> Response:  # noqa: ARG001
    """`POST /_sandbox/reset`: 204; the world as at the start."""
    world.reset()
    return Response(status_code=204)


async def rate_limit(world: World, request: Request) -> Response:
    """`PUT /_sandbox/rate-limit` `{requests}`: so many per window and caller, 0 for no limit; counted from now on."""
    requests = _whole(await _object(request, {"requests"}), "requests", MOST_REQUESTS)
    previous, world.rate_limit = world.rate_limit, requests
    world.callers.clear()
    return plain_json({"requests": requests, "previous": previous})


async def new_user(world: World, request: Request) -> Response:
    """`POST /_sandbox/users` `{of_age_in_days?}`: 201 and `{login, password, otp, name}` of a citizen nobody has met;
    a minor who comes of age so many days later, on the clock of the sandbox."""
    data = await _object(request, {"of_age_in_days"}, empty={})
    days = _whole({"of_age_in_days": 0, **data}, "of_age_in_days", MOST_DAYS)
    return plain_json(world.new_user(days).to_json(), 201)


async def journal(world: World, request: Request) -> Response:  # noqa: ARG001
    """`GET /_sandbox/journal`: `{entries: […]}`, redacted, oldest first."""
    return plain_json({"entries": world.journal.to_json()})


async def _object(request: Request, allowed: set[str], empty: Any = None) -> Mapping[str, Any]:
    """The JSON object of the body; `empty` where there is no body. Raises ControlRefusal 400."""
    raw = await incoming.body(request, incoming.FORM_LIMIT)
    data = incoming.json_data(raw) if raw or empty is None else empty
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


def _whole(data: Mapping[str, Any], name: str, most: int) -> int:
    """A whole number, `1.0` as well as `1` (JSON Schema 2020-12, §4.2.3). Raises ControlRefusal 400."""
    value = data.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most and value == int(value):
        return int(value)
    raise ControlRefusal(400, f"{name} is a whole number from 0 to {most}")
