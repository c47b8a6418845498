"""The artefacts of a service: which of them a case judges, and how a step sends one."""

from __future__ import annotations

import copy
from typing import Any

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.suites.expressions import MISSING, BadExpression, fhirpath, parse_json
from mes_conformity.suites.model import Case
from mes_conformity.validators.fhir_xml import NotFhir, is_fhir_xml, read

LARGEST = 8_000_000


def content(raw: bytes) -> Any:
    """The data of an artefact: JSON, or a FHIR resource in XML as its JSON; `MISSING` for anything else.

    One that is larger than any validator reads is not read here either: the validators say its size.
    """
    if len(raw) > LARGEST:
        return MISSING
    data = parse_json(raw)
    if data is MISSING and is_fhir_xml(raw):
        try:
            return read(raw)
        except (NotFhir, InvalidInput):
            return MISSING
    return data


def concerns(case: Case, kind: str, raw: bytes) -> bool:
    """Whether a case with `for_each` judges this artefact: one of its kind for which `where` holds.

    One that is no JSON, or on which the expression means nothing, is not concerned: other cases say what it is.
    """
    if kind != case.for_each or case.where is None:
        return kind == case.for_each
    data = content(raw)
    try:
        return data is not MISSING and fhirpath(data, case.where) == [True]
    except BadExpression:
        return False


def addressed(content: Any, assign_auth: str, idpe: str) -> Any:
    """A copy of a measures bundle whose Observations carry the paired identity.

    Only `subject.identifier` where there is one changes (API Mesures 1.5.2 §2.2: system = AssignAuth, value = idPe):
    an artefact without it stays without it, so that its fault stays visible.
    """
    result = copy.deepcopy(content)
    entries = result.get("entry") if isinstance(result, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        subject = resource.get("subject") if isinstance(resource, dict) else None
        identifier = subject.get("identifier") if isinstance(subject, dict) else None
        if isinstance(identifier, dict):
            bare = assign_auth.removeprefix("urn:oid:")
            identifier["system"] = f"urn:oid:{bare}" if _has_prefix(identifier) else bare
            identifier["value"] = idpe
    return result


def _has_prefix(identifier: dict[str, Any]) -> bool:
    """The published examples write the system as `urn:oid:…`, as FHIR asks; a bare OID stays bare."""
    return str(identifier.get("system", "")).startswith("urn:")
