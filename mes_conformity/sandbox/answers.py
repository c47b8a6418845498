"""What the sandbox answers: FHIR resources, OperationOutcomes, OAuth errors; and the refusals that lead to them.

A handler raises; `app.py` turns the refusal into an answer of its surface. No text of an exception that was not meant
for the caller ever leaves.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

FHIR_JSON = "application/fhir+json"
_OUTSIDE = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of an OperationOutcome (FHIR R4, OperationOutcome.issue); `expression` is FHIRPath."""

    code: str
    diagnostics: str
    expression: str = ""
    severity: str = "error"

    def to_json(self) -> dict[str, Any]:
        """The issue as FHIR JSON."""
        issue: dict[str, Any] = {"severity": self.severity, "code": self.code, "diagnostics": self.diagnostics}
        if self.expression:
            issue["expression"] = [self.expression]
        return issue


class Refusal(Exception):
    """A FHIR call that is refused: an HTTP status and at least one issue."""

    def __init__(self, status: int, issues: Sequence[Issue], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, issues)
        self.status = status
        self.issues = tuple(issues)
        self.headers = dict(headers or {})


def refuse(status: int, code: str, diagnostics: str, expression: str = "", **headers: str) -> Refusal:
    """A refusal with one issue; keywords are headers, `_` for `-`."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(status, [Issue(code, diagnostics, expression)], names)


class OAuthRefusal(Exception):
    """A refused call of the token, revocation or pairing routes (RFC 6749, §5.2)."""

    def __init__(self, status: int, error: str, description: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error
        self.description = description
        self.headers = dict(headers or {})


def oauth_error(error: str, description: str) -> dict[str, str]:
    """The answer of a refusal, with the characters that a description may have (RFC 6749, §5.2)."""
    return {"error": error, "error_description": _OUTSIDE.sub("?", description)}


class ControlRefusal(Exception):
    """A refused call of the control address."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


def outcome(issues: Sequence[Issue]) -> dict[str, Any]:
    """An OperationOutcome."""
    return {"resourceType": "OperationOutcome", "issue": [issue.to_json() for issue in issues]}


def dumps(data: Any) -> bytes:
    """Compact JSON in UTF-8. Raises ValueError for an infinity or a lone surrogate."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class Fhir(Response):
    """A FHIR answer in JSON, with the resource that it says."""

    media_type = f"{FHIR_JSON}; charset=utf-8"

    def __init__(self, resource: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(dumps(resource), status, headers)
        self.resource = resource


def fhir(data: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A FHIR answer; health data is never kept on the way (RFC 9111, §5.2.2.5)."""
    return Fhir(data, status, {"Cache-Control": "no-store", **(headers or {})})


def plain_json(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer of the authorization server or the control address."""
    return Response(dumps(data), status, dict(headers or {}), media_type="application/json")
