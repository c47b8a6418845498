"""Findings: several per requirement, closed one by one."""

import pytest

from mes_conformity.assessment import findings
from mes_conformity.assessment.model import Assessment
from mes_conformity.foundation.errors import UsageError

AT = "2026-11-01T08:00:00Z"


@pytest.fixture
def found(assessment: Assessment) -> Assessment:
    """Two findings on one requirement."""
    one = findings.add(assessment, "hds", " Contrat illisible ", "observation", new_id="aaaa-1", at=AT)
    return findings.add(one, "hds", "Pas de contrat", "major_nonconformity", new_id="aaaa-2", at=AT)


def test_a_requirement_has_as_many_as_there_are(found: Assessment) -> None:
    assert [(item.statement, item.state, item.origin) for item in found.findings] == [
        ("Contrat illisible", "open", "self"),
        ("Pas de contrat", "open", "self"),
    ]


def test_one_is_closed_and_the_other_stays(found: Assessment) -> None:
    closed = findings.close(found, "hds", "aaaa-1")
    assert [item.id for item in findings.still_open(closed)] == ["aaaa-2"]


@pytest.mark.parametrize(("requirement", "name"), [("hds", "aaaa"), ("hds", "zzzz"), ("mesures", "aaaa-1")])
def test_a_name_of_none_or_several_is_refused(found: Assessment, requirement: str, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        findings.close(found, requirement, name)
    assert caught.value.code == "FND003"


@pytest.mark.parametrize(("text", "kind", "code"), [(" ", "observation", "FND001"), ("x", "grave", "FND002")])
def test_what_cannot_be_is_refused(assessment: Assessment, text: str, kind: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        findings.add(assessment, "hds", text, kind, new_id="a", at=AT)
    assert caught.value.code == code


def test_every_kind_has_a_word() -> None:
    assert all(findings.kind_name(kind)["en"] for kind in findings.KINDS)
