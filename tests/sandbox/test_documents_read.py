"""Finding documents (ITI-67) and reading their contents (ITI-68)."""

import pytest
from exchange_partner import Exchanges
from sandbox_partner import Identity, Partner


@pytest.fixture
def mine(partner: Partner, identity: Identity) -> Exchanges:
    return Exchanges(partner, identity)


@pytest.fixture
def three(mine: Exchanges) -> Exchanges:
    """Three documents: a report and a summary of March, a report of January."""
    mine.post(mine.document(title="mars"))
    mine.post(mine.document(title="synthese", category="11", type="60591-5"))
    mine.post(mine.document(title="janvier", period_start="2026-01-10T09:00:00+01:00"))
    return mine


@pytest.mark.parametrize(
    ("pairs", "titles"),
    [
        ([], ["mars", "synthese", "janvier"]),
        ([("category", "11")], ["synthese"]),
        ([("category", "10,11")], ["mars", "synthese", "janvier"]),
        ([("category", "10"), ("category", "11")], []),
        ([("type", "http://loinc.org|60591-5")], ["synthese"]),
        ([("type", "urn:autre|60591-5")], []),
        ([("type", "|60591-5")], []),
        ([("type", "http://loinc.org|")], ["mars", "synthese", "janvier"]),
        ([("period-start", "ge2026-02-01")], ["mars", "synthese"]),
        ([("period-start", "2026-01-10")], ["janvier"]),
        ([("period-start", "ne2026-01-10")], ["mars", "synthese"]),
        ([("period-start", "sa2026-01-31")], ["mars", "synthese"]),
        ([("period-start", "eb2026-02")], ["janvier"]),
        ([("period-start", "lt2026-02"), ("period-start", "gt2025")], ["janvier"]),
        ([("period", "ge2026-04")], ["mars", "synthese", "janvier"]),
        ([("period", "lt2026-02")], ["janvier"]),
        ([("period-end", "ge2020")], []),
        ([("setting", "SNR")], ["mars", "synthese", "janvier"]),
        ([("security-label", "V")], []),
        ([("date", "le2026-03-15"), ("creation", "2026-03-15")], ["mars", "synthese", "janvier"]),
        ([("_format", "json")], ["mars", "synthese", "janvier"]),
    ],
)
def test_filters(three: Exchanges, pairs: list[tuple[str, str]], titles: list[str]) -> None:
    found = three.found("DocumentReference", *pairs)
    assert [document["content"][0]["attachment"]["title"] for document in found] == titles


@pytest.mark.parametrize(
    ("pairs", "status"),
    [
        ([("couleur", "bleu")], 400),
        ([("category", "")], 400),
        ([("category", ",".join("a" * 30))], 400),
        ([("date", "hier")], 400),
        ([("date", "ap2026")], 400),
        ([("_count", "0")], 400),
        ([("_count", "101")], 400),
        ([("_count", "1"), ("_count", "2")], 400),
        ([("_offset", "-1")], 400),
        ([("_format", "turtle")], 406),
        ([("access_token", "x")], 400),
    ],
)
def test_another_search_is_refused(mine: Exchanges, pairs: list[tuple[str, str]], status: int) -> None:
    assert mine.find("DocumentReference", *pairs).status_code == status


def test_a_search_names_the_person_and_the_status(mine: Exchanges) -> None:
    for asked in ({"status": "current"}, {"patient.identifier": mine.subject}, {"patient.identifier": "idpe"}):
        assert mine.call("GET", "/fhir/DocumentReference", params=asked).status_code == 400


@pytest.mark.parametrize("name", ["patient.identifier", "patient:identifier", "subject.identifier"])
def test_each_name_of_the_person_is_understood(three: Exchanges, name: str) -> None:
    asked = {name: three.subject, "status": "current"}
    assert three.call("GET", "/fhir/DocumentReference", params=asked).json()["total"] == 3


def test_a_search_by_post_reads_its_form(three: Exchanges) -> None:
    form = {"patient.identifier": three.subject, "status": "current", "category": "11"}
    assert three.call("POST", "/fhir/DocumentReference/_search", data=form).json()["total"] == 1
    body = three.call("POST", "/fhir/DocumentReference/_search", content=b"{}", headers={"Content-Type": "text/plain"})
    assert body.status_code == 415


def test_pages_lead_to_the_end_and_back(three: Exchanges) -> None:
    first = three.find("DocumentReference", _count="2").json()
    links = {link["relation"]: link["url"] for link in first["link"]}
    assert set(links) == {"self", "next"}
    second = three.call("GET", links["next"]).json()
    assert (first["total"], second["total"]) == (3, 3)
    assert [len(page["entry"]) for page in (first, second)] == [2, 1]
    assert {link["relation"] for link in second["link"]} == {"self", "previous"}


def test_nobody_sees_the_documents_of_another(partner: Partner, three: Exchanges) -> None:
    other = Exchanges(partner, partner.pair())
    document = three.found()[0]
    assert other.found() == []
    assert other.call("GET", f"/fhir/DocumentReference/{document['id']}").status_code == 404
    assert other.content(document).status_code == 404
    assert other.find("DocumentReference", **{"patient.identifier": three.subject}).status_code in (400, 403)


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        ("*/*", 200, "text/plain"),
        ("text/plain", 200, "text/plain"),
        ("text/*, image/png;q=0.5", 200, "text/plain"),
        ("application/fhir+json", 200, "application/fhir+json"),
        ("image/png", 406, "application/fhir+json"),
        ("text/plain;q=0", 406, "application/fhir+json"),
    ],
)
def test_a_content_is_given_in_a_type_that_is_accepted(
    mine: Exchanges, accept: str, status: int, media_type: str
) -> None:
    document = mine.post(mine.document()).json()
    answer = mine.content(document, Accept=accept)
    assert answer.status_code == status
    assert answer.headers["content-type"].partition(";")[0] == media_type


def test_a_type_that_a_fault_let_in_never_reaches_a_header(partner: Partner, mine: Exchanges) -> None:
    partner.faults("document-format-unchecked")
    sent = mine.document()
    sent["content"][0]["attachment"]["contentType"] = "text/plain;\r\nX-Autre: 1"
    answer = mine.content(mine.post(sent).json())
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")


def test_a_binary_says_nothing_of_the_sandbox(mine: Exchanges) -> None:
    document = mine.post(mine.document()).json()
    binary = mine.content(document, Accept="application/fhir+json").json()
    assert set(binary) == {"resourceType", "id", "contentType", "data"}


def test_a_document_that_is_no_longer_current_is_gone(mine: Exchanges) -> None:
    document = mine.post(mine.document()).json()
    mine.patch(document["id"], {"op": "replace", "path": "/status", "value": "entered-in-error"})
    assert mine.content(document).status_code == 410
    assert mine.call("GET", f"/fhir/DocumentReference/{document['id']}").status_code == 200


def test_what_does_not_exist_is_not_found(mine: Exchanges) -> None:
    for path in ("Binary/inconnu", "DocumentReference/inconnu"):
        assert mine.call("GET", f"/fhir/{path}").status_code == 404
