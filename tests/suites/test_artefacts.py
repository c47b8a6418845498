"""Addressing an artefact to a paired identity."""

import pytest
from suite_samples import one_case

from mes_conformity.suites.artefacts import addressed, concerns


def bundle(identifier: object) -> dict[str, object]:
    return {"entry": [{"resource": {"subject": {"identifier": identifier}}}]}


def test_the_subject_becomes_the_paired_identity() -> None:
    sent = bundle({"system": "urn:oid:1.1", "value": "old"})
    assert addressed(sent, "1.2", "new") == bundle({"system": "urn:oid:1.2", "value": "new"})
    assert sent == bundle({"system": "urn:oid:1.1", "value": "old"})


def test_a_bare_oid_stays_bare() -> None:
    assert addressed(bundle({"system": "1.1"}), "urn:oid:1.2", "new") == bundle({"system": "1.2", "value": "new"})


@pytest.mark.parametrize(
    "content", [None, [], {}, {"entry": 1}, {"entry": [1]}, {"entry": [{"resource": {"subject": 1}}]}]
)
def test_what_has_no_subject_is_left_as_it_is(content: object) -> None:
    assert addressed(content, "1.2", "new") == content


@pytest.mark.parametrize(
    ("kind", "raw", "expected"),
    [
        ("measure-bundle", b'{"id": "a"}', True),
        ("measure-bundle", b'{"id": "b"}', False),
        ("measure-bundle", b"{", False),
        ("oidc-client", b'{"id": "a"}', False),
    ],
)
def test_a_case_chooses_its_artefacts(kind: str, raw: bytes, expected: bool) -> None:
    steps = "- use: artefact\n  expect: {rules: {}}"
    more = "for_each: measure-bundle\nwhere: id = 'a'"
    _library, case = one_case(steps, more=more, subject="service", kind="unit")
    assert concerns(case, kind, raw) is expected


def test_an_expression_that_means_nothing_chooses_nothing() -> None:
    steps = "- use: artefact\n  expect: {rules: {}}"
    more = "for_each: measure-bundle\nwhere: id + 1 div 'b'"
    _library, case = one_case(steps, more=more, subject="service", kind="unit")
    assert concerns(case, "measure-bundle", b'{"id": "a"}') is False
