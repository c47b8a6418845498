"""JSON or XML, as the caller asks: bodies, answers, refusals."""

import pytest
from exchange_partner import FHIR, XML, Exchanges
from sandbox_partner import Identity, Partner

from mes_conformity.sandbox.fhir_xml import read, write

JSON_TYPE, XML_TYPE = "application/fhir+json; charset=utf-8", "application/fhir+xml; charset=utf-8"


@pytest.fixture
def mine(partner: Partner, identity: Identity) -> Exchanges:
    return Exchanges(partner, identity)


def test_a_document_in_xml_is_kept_and_answered_in_xml(mine: Exchanges) -> None:
    sent = mine.document(content="abc")
    answer = mine.post_xml(sent)
    assert (answer.status_code, answer.headers["content-type"]) == (201, XML_TYPE)
    kept = read(answer.content, 50)
    assert kept["masterIdentifier"] == sent["masterIdentifier"]
    assert mine.content(kept).text == "abc"
    assert mine.found() == [kept]


def test_a_submission_and_an_appointment_in_xml_are_kept(mine: Exchanges) -> None:
    answer = mine.post_xml(mine.submission(), Accept="application/fhir+json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON_TYPE)
    assert mine.post_xml(mine.appointment()).status_code == 201
    assert (len(mine.found()), len(mine.found("Appointment"))) == (1, 1)


@pytest.mark.parametrize("kind", ["DocumentReference", "List", "Appointment", "Slot", "Schedule"])
def test_a_search_answers_in_xml(mine: Exchanges, kind: str) -> None:
    mine.post(mine.submission())
    mine.post(mine.appointment())
    asked = mine.find(kind, ("_format", "xml"))
    assert asked.headers["content-type"] == XML_TYPE
    in_xml, in_json = read(asked.content, 60), mine.find(kind).json()
    assert in_xml["entry"] == in_json["entry"]
    assert in_xml["total"] == in_json["total"]


@pytest.mark.parametrize(
    ("asked", "accept", "answered"),
    [
        ("", "application/fhir+xml", XML_TYPE),
        ("", "application/xml", XML_TYPE),
        ("", "text/xml;q=0.9, application/fhir+json;q=0.1", XML_TYPE),
        ("", "application/fhir+xml;q=0.1, application/fhir+json", JSON_TYPE),
        ("", "application/fhir+xml;q=0, */*;q=0.1", JSON_TYPE),
        ("", "text/turtle, */*;q=0.1", JSON_TYPE),
        ("", "", JSON_TYPE),
        ("", "application/fhir+json;q=x, application/xml", XML_TYPE),
        ("xml", "application/fhir+json", XML_TYPE),
        ("application/fhir+json", "application/fhir+xml", JSON_TYPE),
    ],
)
def test_the_format_is_negotiated(mine: Exchanges, asked: str, accept: str, answered: str) -> None:
    more = [("_format", asked)] if asked else []
    fields = [("patient.identifier", mine.subject), *more]
    answer = mine.call("GET", "/fhir/Appointment", params=fields, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, answered)


@pytest.mark.parametrize(("asked", "accept"), [("turtle", "*/*"), ("", "text/turtle"), ("", "image/png")])
def test_another_format_is_refused(mine: Exchanges, asked: str, accept: str) -> None:
    fields = [("patient.identifier", mine.subject), *([("_format", asked)] if asked else [])]
    answer = mine.call("GET", "/fhir/Appointment", params=fields, headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.json()["issue"][0]["code"] == "not-supported"


def test_a_refusal_is_told_in_the_format_asked_for(mine: Exchanges) -> None:
    sent = mine.document()
    del sent["custodian"]
    answer = mine.post_xml(sent)
    assert (answer.status_code, answer.headers["content-type"]) == (422, XML_TYPE)
    outcome = read(answer.content, 50)
    assert outcome["issue"][0]["expression"] == ["DocumentReference.custodian"]


def test_measures_are_in_json_only(partner: Partner, mine: Exchanges) -> None:
    """The text of the measures API 1.5.2 names no other format."""
    from sandbox_partner import bundle, weight

    body = write(bundle(weight(mine.identity)))
    assert mine.call("POST", "/fhir", content=body, headers=XML).status_code == 415
    answer = mine.call("GET", "/fhir/Observation", headers={"Accept": "application/fhir+xml"})
    assert answer.status_code == 406
    assert partner.write(mine.identity, bundle(weight(mine.identity))).status_code == 200


def test_xml_that_is_announced_as_json_is_refused(mine: Exchanges) -> None:
    answer = mine.call("POST", "/fhir/Appointment", content=write(mine.appointment()), headers=FHIR)
    assert answer.status_code == 400


@pytest.mark.parametrize("media_type", ["text/plain", "application/fhir+turtle", ""])
def test_another_body_is_refused(mine: Exchanges, media_type: str) -> None:
    answer = mine.call("POST", "/fhir/Appointment", content=b"{}", headers={"Content-Type": media_type})
    assert answer.status_code == 415
    assert answer.headers["accept"] == "application/fhir+json, application/fhir+xml"


def test_an_entity_reads_no_file(mine: Exchanges) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><Appointment xmlns="http://hl7.org/fhir">&e;</Appointment>'
    answer = mine.call("POST", "/fhir/Appointment", content=bomb, headers=XML)
    assert answer.status_code == 400
    assert "root:" not in answer.text


def test_what_has_no_xml_here_is_said(mine: Exchanges) -> None:
    sent = {**mine.appointment(), "contained": [{"resourceType": "Composition", "id": "a"}]}
    assert mine.post(sent).status_code == 201
    assert mine.find("Appointment", ("_format", "xml")).status_code == 406
    assert mine.find("Appointment").status_code == 200


def test_a_binary_is_given_in_xml_to_who_asks_for_fhir(mine: Exchanges) -> None:
    kept = mine.post(mine.document(content="abc")).json()
    answer = mine.content(kept, Accept="application/fhir+xml")
    assert answer.headers["content-type"] == XML_TYPE
    assert read(answer.content, 50)["data"] == "YWJj"


def test_the_statement_says_both_formats_and_answers_in_both(partner: Partner) -> None:
    statement = partner.http.get("/fhir/metadata").json()
    assert statement["format"] == ["application/fhir+json", "application/fhir+xml"]
    in_xml = partner.http.get("/fhir/metadata", params={"_format": "xml"})
    assert read(in_xml.content, 60) == statement
