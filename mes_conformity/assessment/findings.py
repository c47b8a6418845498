"""Findings: remarks on a requirement, by the publisher, an expert or a test. As many per requirement as there are."""

from dataclasses import replace
from typing import Literal, get_args

from mes_conformity.assessment.model import Assessment, Finding
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import Text, both

Kind = Literal["major_nonconformity", "minor_nonconformity", "observation", "information_request", "good_practice"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def add(assessment: Assessment, requirement: str, statement: str, kind: str, *, new_id: str, at: str) -> Assessment:
    """The assessment with one more open finding by the publisher.

    Raises UsageError `FND001` (nothing said), `FND002` (unknown kind).
    """
    if not statement.strip():
        raise UsageError("FND001", both("un constat dit quelque chose"), hint=both('ajoutez --finding "…"'))
    if kind not in KINDS:
        raise UsageError("FND002", both("genre de constat inconnu"), expected=" | ".join(KINDS), obtained=kind)
    finding = Finding(new_id, requirement, kind, statement.strip(), "open", "self", at=at)
    return replace(assessment, findings=(*assessment.findings, finding))


def close(assessment: Assessment, requirement: str, name: str) -> Assessment:
    """The assessment with a finding closed, named by its identifier or how it begins. Raises UsageError `FND003`."""
    own = [item for item in assessment.findings if item.requirement == requirement]
    exact = [item for item in own if item.id == name]
    found = exact or [item for item in own if len(name) >= 4 and item.id.startswith(name)]
    if len(found) != 1:
        raise UsageError(
            "FND003",
            both("{name} n'a pas un constat « {id} »", name=requirement, id=name),
            expected=", ".join(item.id for item in own) or "—",
            obtained=name,
        )
    closed = replace(found[0], state="closed")
    findings = tuple(closed if item is found[0] else item for item in assessment.findings)
    return replace(assessment, findings=findings)


def still_open(assessment: Assessment) -> tuple[Finding, ...]:
    """The findings that wait for something."""
    return tuple(item for item in assessment.findings if item.state in ("open", "answered"))


def kind_name(kind: str) -> Text:
    """What is printed for the kind of a finding."""
    names = {
        "major_nonconformity": both("non-conformité majeure"),
        "minor_nonconformity": both("non-conformité mineure"),
        "observation": both("observation"),
        "information_request": both("demande de précision"),
        "good_practice": both("bonne pratique"),
    }
    return names[kind]
