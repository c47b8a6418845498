"""Whether a pairing still holds: its status, and what the person consents to at this very moment.

The statuses and what leads to them are an assumption (the specification « API Appariement » 2.1, §4.5 could not be
read): PENDING until the first tokens, ACTIVE, REAPPROVAL_REQUIRED when the service publishes a new version or the
person comes of age (both re-approvals, with a limit date, exist in the public application), EXPIRED past that limit,
REVOKED. Nothing runs in the background: a status is worked out when it is asked for.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import CONSENTS, World

_MAJORITY = 18  # Code civil, article 414


def status(world: World, pairing: Row) -> str:
    """PENDING, ACTIVE, REAPPROVAL_REQUIRED, REVOKED or EXPIRED, on the clock of the sandbox."""
    kept = str(pairing["status"])
    if kept != "ACTIVE":
        return kept
    since = reapproval_since(world, pairing)
    if since is None:
        return kept
    limit = float(world.pairing.get("reapproval_limit_s"))
    return "EXPIRED" if world.now() > since + limit else "REAPPROVAL_REQUIRED"


def reapproval_since(world: World, pairing: Row) -> float | None:
    """When the pairing began to need a new approval (seconds since 1970), None while it needs none."""
    moments = []
    version = pairing.get("version", world.service_version)
    if version != world.service_version and world.behaviour.new_version_asks_again:
        moments.append(world.version_since)
    if pairing.get("minor") and world.behaviour.majority_asks_again:
        user = world.store.user(pairing["login"]) or {}
        majority = _of_age_at(str(user.get("birth_date", "")))
        if majority is not None and majority <= world.now():
            moments.append(majority)
    return min(moments, default=None)


def is_minor(birth_date: str, now: float) -> bool:
    """Whether a person born on `birth_date` (ISO, "" when unknown) is under 18 at `now` (seconds since 1970)."""
    majority = _of_age_at(birth_date)
    return majority is not None and now < majority


def _of_age_at(birth_date: str) -> float | None:
    if not birth_date:
        return None
    year, month, day = (int(part) for part in birth_date.split("-"))
    if (month, day) == (2, 29):
        month, day = 3, 1
    return datetime(year + _MAJORITY, month, day, tzinfo=UTC).timestamp()


def granted(world: World, pairing: Row, kept: str) -> bool:
    """Whether the person consents now to what is kept as `kept` (`read`, `write`, `documents_read`…)."""
    alive = status(world, pairing) in ("ACTIVE", "PENDING") or not world.behaviour.pairing_ends_tokens
    return pairing.get(kept) == "granted" and alive


def spread(told: Mapping[str, str]) -> dict[str, str]:
    """What a pairing keeps of consents told by action (`read`, of every perimeter), by perimeter and action
    (`documents_read`), or both: the second then counts for its perimeter."""
    by_action = {name: told[action] for name in CONSENTS if (action := name.rpartition("_")[2]) in told}
    return {**by_action, **told}


def ended(pairing: Row) -> dict[str, str]:
    """What changes in a pairing that ends: its status, and each consent."""
    return {**{name: "refused" for name in CONSENTS if name in pairing}, "status": "REVOKED"}
