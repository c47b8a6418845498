"""The named actions a step may `use`, with their inputs: what the loader must know without importing the harness.

`harness/actions.py` implements exactly these names; a test holds both lists together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Declared:
    """Inputs of an action. `control` tells that it needs the control interface of a sandbox, `secret` which members
    of its result must never be kept (besides the names that are secret everywhere)."""

    required: frozenset[str]
    optional: frozenset[str]
    control: bool = False
    secret: frozenset[str] = frozenset()


def _inputs(required: str = "", optional: str = "", *, control: bool = False, hidden: str = "") -> Declared:
    return Declared(frozenset(required.split()), frozenset(optional.split()), control, frozenset(hidden.split()))


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
        optional="user password otp read write decision scope state nonce response_type code_challenge "
        "code_challenge_method redirect_uri omit",
        hidden="code verifier",
    ),
    "set_consent": _inputs("identity", "read write", control=True),
    "advance_clock": _inputs("seconds", control=True),
    "set_service_status": _inputs("status", control=True),
    "set_service_version": _inputs("version", control=True),
    "special_person": _inputs("situation", hidden="password otp"),
    "id_token_claims": _inputs("id_token"),
    "client_assertion": _inputs(optional="audience key", hidden="assertion"),
    "new_user": _inputs(control=True, hidden="password otp"),
    "follow_pages": _inputs("identity", "path query limit"),
}

NEEDS: Final = {"paired_identity": "identity", "control": None, "tls": None}
"""What a case may need, besides an artefact kind, and the variable that the need binds."""
