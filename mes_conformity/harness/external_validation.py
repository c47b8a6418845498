"""Asking a FHIR validator that the publisher names: its answer is evidence and advice, never a verdict of ours.

Nothing is sent unless the target names a validator (`validator_url`). No token goes there. Source: HL7 FHIR R4,
operation `$validate` of a resource (§3.1.0, Resource-validate).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mes_conformity.foundation import json_documents
from mes_conformity.foundation.i18n import both
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing, Session
from mes_conformity.suites.evidence import Request
from mes_conformity.suites.expressions import MISSING, parse_json

_MEDIA_TYPE: Final = "application/fhir+json"
_ERRORS: Final = ("fatal", "error")
_MOST: Final = 50


def external_validation(session: Session, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """POST `resource` to `<validator_url>/<type>/$validate`, its exchange kept as evidence.

    Gives `{status, errors, warnings, issues}`: numbers by severity (fatal counts as error), and the first issues
    `{severity, code, diagnostics, expression}`. Raises PrerequisiteMissing where no validator is named, ActionFailed
    `validator_unreadable` for an answer that is no OperationOutcome.
    """
    address, resource = session.target.validator_url, inputs["resource"]
    if address is None:
        raise PrerequisiteMissing(
            both("aucun validateur FHIR n'est nommé par la cible (validator_url) : rien n'est envoyé")
        )
    kind = resource.get("resourceType") if isinstance(resource, Mapping) else None
    if not isinstance(kind, str) or not kind.isalpha():
        raise ActionFailed("no_resource", both("ce n'est pas une ressource FHIR : rien n'est envoyé au validateur"))
    headers = (("Content-Type", _MEDIA_TYPE), ("Accept", _MEDIA_TYPE))
    url = f"{address.rstrip('/')}/{kind}/$validate"
    answer = session.answer(Request("POST", url, headers, json_documents.dump(resource).encode()))
    said = parse_json(answer.body)
    issues = said.get("issue") if said is not MISSING and isinstance(said, dict) else None
    if not isinstance(issues, list) or said.get("resourceType") != "OperationOutcome":
        message = both("le validateur n'a pas répondu par un OperationOutcome (HTTP {status})", status=answer.status)
        raise ActionFailed("validator_unreadable", message)
    told = [_told(issue) for issue in issues if isinstance(issue, dict)]
    return {
        "status": answer.status,
        "errors": sum(issue["severity"] in _ERRORS for issue in told),
        "warnings": sum(issue["severity"] == "warning" for issue in told),
        "issues": told[:_MOST],
    }


def _told(issue: Mapping[str, Any]) -> dict[str, Any]:
    details = issue.get("details")
    words = issue.get("diagnostics") or (details.get("text") if isinstance(details, Mapping) else None)
    where = issue.get("expression") or issue.get("location") or []
    return {
        "severity": str(issue.get("severity")),
        "code": str(issue.get("code")),
        "diagnostics": str(words or "")[:300],
        "expression": str(where[0])[:200] if isinstance(where, list) and where else "",
    }
