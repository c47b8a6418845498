"""Samples of documents and appointments are sound by the validators, and say what they hold."""

import itertools
from typing import Any

import pytest

from mes_conformity.harness.exchange_samples import AppointmentWish, DocumentWish, appointment, document, submission
from mes_conformity.validators.agenda import judge_appointment
from mes_conformity.validators.attachments import raw_content, sha1
from mes_conformity.validators.contract import load
from mes_conformity.validators.documents import judge_document, judge_submission

DOCUMENTS, AGENDA, CODES = load("mes-documents@0.1.0"), load("mes-agenda@0.1.0"), load("ci-sis-value-sets@2024.12.13")
OID = "1.2.840.10004.1.1.1.0.0.1.0.0.1"
IDENTITY = {"assign_auth": f"urn:oid:{OID}.2560", "idpe": "idpe-fictif-0001"}


def ids() -> Any:
    numbers = itertools.count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012d}"


@pytest.mark.parametrize("wish", [DocumentWish(), DocumentWish(category="11", type="60591-5", replaces="12")])
def test_a_document_is_sound(wish: DocumentWish) -> None:
    sample = document(DOCUMENTS, wish, IDENTITY, OID, ids())
    assert judge_document(sample["document"], DOCUMENTS, codes=CODES, assign_auth=IDENTITY["assign_auth"]) == []


def test_a_document_says_its_size_and_hash() -> None:
    sample = document(DOCUMENTS, DocumentWish(content="é"), IDENTITY, OID, ids())
    content = raw_content(sample["data"])
    assert content is not None
    assert (sample["size"], sample["hash"]) == (2, sha1(content))
    assert sample["master_identifier"].endswith(sample["document"]["masterIdentifier"]["value"])


def test_a_submission_is_sound() -> None:
    bundle = submission(DOCUMENTS, DocumentWish(), IDENTITY, OID, ids())["bundle"]
    assert [
        finding for finding in judge_submission(bundle, DOCUMENTS, codes=CODES) if finding.severity == "error"
    ] == []


@pytest.mark.parametrize(
    "wish", [AppointmentWish(), AppointmentWish(status="cancelled", reason="pat"), AppointmentWish("proposed", "", "")]
)
def test_an_appointment_is_sound(wish: AppointmentWish) -> None:
    assert judge_appointment(appointment(AGENDA, wish, IDENTITY, OID, ids())["appointment"], AGENDA) == []


def test_an_appointment_takes_the_identifier_of_the_suite() -> None:
    assert (
        appointment(AGENDA, AppointmentWish(identifier="7"), IDENTITY, OID, ids())["identifier"] == f"urn:oid:{OID}.7|7"
    )
