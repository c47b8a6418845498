"""The named actions a step may `use`, with their inputs: what the loader must know without importing the harness.

`harness/actions.py` implements exactly these names; a test holds both lists together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Declared:
    """Inputs of an action. `control` tells that it needs the control interface of a sandbox, `alone` that it changes
    the target for everybody (clock, status…): no other case may be played meanwhile; `secret` which members of its
    result must never be kept (besides the names that are secret everywhere)."""

    required: frozenset[str]
    optional: frozenset[str]
    control: bool = False
    secret: frozenset[str] = frozenset()
    alone: bool = False


def _inputs(
    required: str = "", optional: str = "", *, control: bool = False, hidden: str = "", alone: bool = False
) -> Declared:
    needed, allowed, secret = (frozenset(text.split()) for text in (required, optional, hidden))
    return Declared(needed, allowed, control, secret, alone)


ACTION_NAMES: Final = {
    "artefact": _inputs(optional="kind identity patch"),
    "sample_measure": _inputs("measure identity", "value unit device effective patch"),
    "sample_document": _inputs("identity", "title type category period_start confidentiality content replaces patch"),
    "sample_submission": _inputs("identity", "content patch"),
    "sample_appointment": _inputs("identity", "status start end identifier reason patch"),
    "write_series": _inputs("measure identity count start", "value device"),
    "paired_identity": _inputs(optional="read write user"),
    "identity_of": _inputs("tokens"),
    "authorize": _inputs(
        optional="user password otp read write decision representative scope state nonce response_type code_challenge "
        "code_challenge_method redirect_uri omit",
        hidden="code verifier",
    ),
    "set_consent": _inputs("identity", "read write", control=True),
    "advance_clock": _inputs("seconds", control=True, alone=True),
    "set_service_status": _inputs("status", control=True, alone=True),
    "set_service_version": _inputs("version", control=True, alone=True),
    "special_person": _inputs("situation", hidden="password otp", alone=True),
    "id_token_claims": _inputs("id_token"),
    "announced": _inputs("name"),
    "client_assertion": _inputs(optional="audience key", hidden="assertion"),
    "new_user": _inputs(optional="of_age_in_days", control=True, hidden="password otp"),
    "call_with_certificate": _inputs("state request"),
    "call_with_old_tls": _inputs("request"),
    "repeat_request": _inputs("count request"),
    "set_rate_limit": _inputs("requests", control=True, alone=True),
    "external_validation": _inputs("resource"),
    "observed": _inputs("of"),
    "follow_pages": _inputs("identity", "path query limit"),
}

NEEDS: Final = {"paired_identity": "identity", "control": None, "tls": None, "solution_oid": None}
"""What a case may need, besides an artefact kind, and the variable that the need binds."""
