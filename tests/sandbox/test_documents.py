"""Publishing documents (ITI-105, ITI-65), replacing them, changing their metadata."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from exchange_partner import FHIR, PATCH, XML, Exchanges, issues
from sandbox_partner import Identity, Partner, bundle, weight

from mes_conformity.sandbox import contracts
from mes_conformity.sandbox.fhir_xml import write

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples"
published = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")
PLAIN = {"Content-Type": "text/plain"}
STATUS = {"op": "replace", "path": "/status", "value": "superseded"}


@pytest.fixture
def mine(partner: Partner, identity: Identity) -> Exchanges:
    return Exchanges(partner, identity)


def test_a_published_document_has_an_id_a_version_and_an_address(mine: Exchanges) -> None:
    answer = mine.post(mine.document(content="abc"))
    kept = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["location"].endswith(f"/fhir/DocumentReference/{kept['id']}")
    attachment = kept["content"][0]["attachment"]
    assert attachment["size"] == 3
    assert "data" not in attachment
    assert mine.content(kept).text == "abc"


MANDATORY = [row["path"] for row in contracts.documents().get("profiles.simplified_publish.elements") if row.get("min")]


@pytest.mark.parametrize("path", MANDATORY)
def test_a_document_without_a_mandatory_element_is_refused_naming_it(mine: Exchanges, path: str) -> None:
    sent = mine.document()
    holder: Any = sent
    *above, last = path.split(".")
    for step in above:
        holder = holder[step][0] if isinstance(holder[step], list) else holder[step]
    del holder[last]
    answer = mine.post(sent)
    assert answer.status_code == 422
    code, place = issues(answer)[0]
    assert code == "required"
    emptied = path.removesuffix(".attachment")  # a content that holds nothing is no content
    assert place.replace("[0]", "") == f"DocumentReference.{emptied}"
    assert mine.found() == []


def test_every_error_is_told_at_once(mine: Exchanges) -> None:
    sent = mine.document()
    del sent["custodian"], sent["date"]
    assert [place for _code, place in issues(mine.post(sent))] == [
        "DocumentReference.date",
        "DocumentReference.custodian",
    ]


def test_a_holder_named_by_reference_only_is_the_one_of_the_tokens(mine: Exchanges) -> None:
    sent = {**mine.document(), "subject": {"reference": "Patient/quelqu-un"}}
    assert mine.post(sent).status_code == 201
    assert len(mine.found()) == 1


def test_a_document_for_someone_else_is_refused(partner: Partner, mine: Exchanges) -> None:
    theirs = Exchanges(partner, partner.pair())
    assert mine.post(theirs.document()).status_code == 403


def test_a_document_under_another_authority_is_a_conflict(mine: Exchanges) -> None:
    sent = mine.document()
    sent["subject"]["identifier"]["system"] = "urn:oid:1.2.3"
    assert mine.post(sent).status_code == 409


@pytest.mark.parametrize("action", ["read", "write"])
def test_each_consent_rules_its_action(partner: Partner, mine: Exchanges, action: str) -> None:
    published_before = mine.post(mine.document()).json()
    partner.consent(mine.identity, **{action: "refused"})
    writing = [mine.post(mine.document()), mine.patch(published_before["id"], STATUS)]
    reading = [mine.find(), mine.content(published_before)]
    refused, open_ = (writing, reading) if action == "write" else (reading, writing)
    assert {answer.status_code for answer in refused} == {403}
    assert 403 not in {answer.status_code for answer in open_}


def test_without_tokens_nothing_is_served(partner: Partner) -> None:
    for method, path in (("POST", "DocumentReference"), ("GET", "DocumentReference"), ("GET", "Binary/1")):
        assert partner.http.request(method, f"/fhir/{path}").status_code == 401


def test_the_same_master_identifier_is_refused_twice(mine: Exchanges) -> None:
    sent = mine.document()
    assert [mine.post(sent).status_code for _twice in range(2)] == [201, 409]
    assert len(mine.found()) == 1


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (b"{", FHIR, 400),
        (b"[]", FHIR, 422),
        (b'{"resourceType": "Patient"}', FHIR, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b'{"resourceType": "DocumentReference", "content": 1e999}', FHIR, 400),
    ],
)
def test_another_body_is_refused(mine: Exchanges, raw: bytes, headers: dict[str, str], status: int) -> None:
    assert mine.call("POST", "/fhir/DocumentReference", content=raw, headers=headers).status_code == status


def test_a_content_above_the_limit_is_refused(mine: Exchanges) -> None:
    sent = mine.document()
    del sent["content"][0]["attachment"]["size"], sent["content"][0]["attachment"]["hash"]
    sent["content"][0]["attachment"]["data"] = base64.b64encode(b"a" * 5_000_001).decode()
    answer = mine.post(sent)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (413, "too-long")


def test_a_document_at_the_limit_is_accepted(mine: Exchanges) -> None:
    assert mine.post(mine.document(content="a" * 5_000_000)).status_code == 201


# replacement


def test_a_replaced_document_is_superseded_and_its_version_grows(mine: Exchanges) -> None:
    former = mine.post(mine.document()).json()
    latter = mine.post(mine.document(replaces=former["id"])).json()
    seen = mine.call("GET", f"/fhir/DocumentReference/{former['id']}")
    assert seen.json()["status"] == "superseded"
    assert seen.headers["etag"] == 'W/"2"'
    assert [document["id"] for document in mine.found()] == [latter["id"]]


def test_a_document_is_replaced_by_its_identifier_too(mine: Exchanges) -> None:
    former = mine.post(mine.document()).json()
    sent = mine.document()
    sent["relatesTo"] = [{"code": "replaces", "target": {"identifier": former["masterIdentifier"]}}]
    assert mine.post(sent).status_code == 201
    assert len(mine.found()) == 1


def test_only_a_current_document_of_the_person_is_replaced(partner: Partner, mine: Exchanges) -> None:
    theirs = Exchanges(partner, partner.pair())
    foreign = theirs.post(theirs.document()).json()
    former = mine.post(mine.document()).json()
    mine.post(mine.document(replaces=former["id"]))
    for target in (foreign["id"], former["id"], "inconnu"):
        assert mine.post(mine.document(replaces=target)).status_code == 422


# metadata


@pytest.mark.parametrize(
    "operation",
    [
        STATUS,
        {"op": "replace", "path": "/securityLabel/0/coding/0/code", "value": "MASQUE_PS"},
        {
            "op": "add",
            "path": "/extension",
            "value": [{"url": contracts.documents().get("archived_extension"), "valueBoolean": True}],
        },
    ],
)
def test_status_confidentiality_and_archiving_change(mine: Exchanges, operation: dict[str, Any]) -> None:
    kept = mine.post(mine.document()).json()
    answer = mine.patch(kept["id"], operation)
    assert answer.status_code == 200
    assert answer.json()["meta"]["versionId"] == "2"
    assert answer.headers["etag"] == 'W/"2"'


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/content/0/attachment/title", "value": "Autre"},
        {"op": "remove", "path": "/custodian"},
        {"op": "add", "path": "/extension", "value": [{"url": "urn:autre", "valueBoolean": True}]},
        {"op": "replace", "path": "/id", "value": "autre"},
    ],
)
def test_nothing_else_changes(mine: Exchanges, operation: dict[str, Any]) -> None:
    kept = mine.post(mine.document()).json()
    assert mine.patch(kept["id"], operation).status_code == 405
    assert mine.call("GET", f"/fhir/DocumentReference/{kept['id']}").json()["meta"]["versionId"] == "1"


@pytest.mark.parametrize(
    "operations",
    [
        [],
        ["texte"],
        [{"op": "replace", "path": "/nulle/part", "value": 1}],
        [{"op": "copy", "from": "/content", "path": "/content/-"}],
        [{"op": "replace", "path": "/status", "value": "perdu"}],
        [{"op": "replace", "path": "", "value": []}],
        [{"op": "test", "path": "/status", "value": "current"}] * 21,
    ],
)
def test_a_patch_that_means_nothing_is_refused(mine: Exchanges, operations: list[Any]) -> None:
    kept = mine.post(mine.document()).json()
    assert mine.patch(kept["id"], *operations).status_code == 422


def test_a_patch_names_its_document_by_identifier(mine: Exchanges) -> None:
    kept = mine.post(mine.document()).json()
    name = kept["masterIdentifier"]
    for asked, status in ((f"{name['system']}|{name['value']}", 200), ("urn:ietf:rfc:3986|autre", 404), ("", 404)):
        body = json.dumps([STATUS])
        answer = mine.call(
            "PATCH", "/fhir/DocumentReference", params={"identifier": asked}, content=body, headers=PATCH
        )
        assert answer.status_code == status


def test_a_patch_of_another_media_type_is_refused(mine: Exchanges) -> None:
    kept = mine.post(mine.document()).json()
    answer = mine.call("PATCH", f"/fhir/DocumentReference/{kept['id']}", content=b"[]", headers=PLAIN)
    assert answer.status_code == 415
    assert answer.headers["accept-patch"] == "application/json-patch+json"


def parameters(path: str = "DocumentReference.status", kind: str = "replace", value: str = "superseded") -> Any:
    """A FHIRPath Patch (HL7 FHIR R4, §3.1.7)."""
    parts = [
        {"name": "path", "valueString": path}, {"name": "type", "valueCode": kind},
        {"name": "value", "valueCode": value},
    ]  # fmt: skip
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}


@pytest.mark.parametrize("xml", [False, True])
def test_a_fhirpath_patch_changes_a_document(mine: Exchanges, xml: bool) -> None:
    kept = mine.post(mine.document()).json()
    body = write(parameters()) if xml else json.dumps(parameters()).encode()
    answer = mine.call(
        "PATCH", f"/fhir/DocumentReference/{kept['id']}", content=body,
        headers={**(XML if xml else FHIR), "Accept": "application/fhir+json"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["status"], answer.headers["etag"]) == (200, "superseded", 'W/"2"')


@pytest.mark.parametrize(
    ("patch", "status"),
    [
        (parameters("DocumentReference.date", value="2020"), 405),
        (parameters("DocumentReference.content[0]"), 422),
        (parameters("Appointment.status"), 422),
        (parameters(kind="delete"), 422),
        (parameters(value="retired"), 422),
        ({"resourceType": "Parameters"}, 422),
        ({"resourceType": "Parameters", "parameter": [{"name": "operation"}]}, 422),
        ({"resourceType": "Parameters", "parameter": [{"name": "autre", "part": []}]}, 400),
        ({"resourceType": "Parameters", "couleur": "bleu"}, 400),
        ({"resourceType": "Slot"}, 422),
        ([], 422),
    ],
)
def test_another_fhirpath_patch_is_refused(mine: Exchanges, patch: Any, status: int) -> None:
    kept = mine.post(mine.document()).json()
    path = f"/fhir/DocumentReference/{kept['id']}"
    assert mine.call("PATCH", path, content=json.dumps(patch), headers=FHIR).status_code == status
    assert mine.call("GET", path).json()["status"] == "current"


def replacing(mine: Exchanges, former: dict[str, Any], **patch: str) -> dict[str, Any]:
    """A lot that replaces a document and says so of it (PDSm 3.1.1, flux 01, replacement)."""
    lot = mine.submission()
    lot["entry"][1]["resource"]["relatesTo"] = [
        {"code": "replaces", "target": {"reference": f"DocumentReference/{former['id']}"}}
    ]
    request = {"method": "PATCH", "url": f"DocumentReference/{former['id']}"}
    lot["entry"].append({"resource": parameters(**patch), "request": request})
    return lot


def test_a_lot_replaces_a_document_and_says_so_of_it(mine: Exchanges) -> None:
    former = mine.post(mine.document()).json()
    answer = mine.post(replacing(mine, former))
    assert answer.status_code == 200, answer.text
    told = [entry["response"] for entry in answer.json()["entry"]]
    assert [entry["status"] for entry in told] == ["201 Created", "201 Created", "201 Created", "200 OK"]
    assert told[3]["location"] == f"DocumentReference/{former['id']}"
    assert told[3]["etag"] == 'W/"2"'
    assert mine.call("GET", f"/fhir/DocumentReference/{former['id']}").json()["status"] == "superseded"
    assert len(mine.found()) == 1


@pytest.mark.parametrize(
    ("patch", "status"), [({"value": "retired"}, 422), ({"path": "DocumentReference.date", "value": "2020"}, 405)]
)
def test_a_lot_whose_patch_is_refused_is_refused_whole(mine: Exchanges, patch: dict[str, str], status: int) -> None:
    former = mine.post(mine.document()).json()
    assert mine.post(replacing(mine, former, **patch)).status_code == status
    assert [document["id"] for document in mine.found()] == [former["id"]]


def test_a_lot_that_patches_what_is_not_there_is_refused_whole(mine: Exchanges) -> None:
    lot = mine.submission()
    lot["entry"].append({"resource": parameters(), "request": {"method": "PATCH", "url": "DocumentReference/inconnu"}})
    assert mine.post(lot).status_code == 404
    assert mine.found() == []


def test_an_outdated_version_is_not_overwritten(mine: Exchanges) -> None:
    kept = mine.post(mine.document()).json()
    assert mine.patch(kept["id"], STATUS, **{"If-Match": 'W/"7"'}).status_code == 412
    assert mine.patch(kept["id"], STATUS, **{"If-Match": 'W/"1"'}).status_code == 200


# submissions


def test_a_submission_is_kept_whole(mine: Exchanges) -> None:
    answer = mine.post(mine.submission(content="abc"))
    places = [entry["response"]["location"].partition("/")[0] for entry in answer.json()["entry"]]
    assert places == ["List", "DocumentReference", "Binary"]
    assert mine.content(mine.found()[0]).text == "abc"


def test_a_refused_submission_leaves_nothing(mine: Exchanges) -> None:
    lot = mine.submission()
    mine.post(lot)
    second = mine.submission()
    second["entry"].append(lot["entry"][1])
    assert mine.post(second).status_code in (409, 422)
    assert len(mine.found()) == 1


def test_a_submission_that_repeats_a_document_is_refused(mine: Exchanges) -> None:
    lot = mine.submission()
    lot["entry"].append({**lot["entry"][1], "fullUrl": "urn:uuid:3bc44de3-069d-442d-829b-f3ef68cae371"})
    assert mine.post(lot).status_code == 409
    assert mine.found() == []


def test_a_submission_names_the_element_at_fault(mine: Exchanges) -> None:
    lot = mine.submission()
    del lot["entry"][1]["resource"]["custodian"]
    assert issues(mine.post(lot)) == [("required", "Bundle.entry[1].resource.custodian")]


def test_a_measure_still_goes_its_way(mine: Exchanges) -> None:
    assert mine.post(bundle(weight(mine.identity))).status_code == 200
    both = bundle(weight(mine.identity))
    both["entry"][0]["resource"]["note"] = [{"text": '"DocumentReference"'}]
    assert mine.post(both).status_code == 200


def test_a_bundle_that_speaks_of_documents_without_any_is_judged_as_a_measure(mine: Exchanges) -> None:
    lot = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"url": "DocumentReference"}}]}
    assert "is not acceptable with method" in mine.post(lot).json()["issue"][0]["diagnostics"]


# the published examples


def example(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


@published
def test_the_simplified_draft_is_refused_for_its_custodian_and_accepted_with_one(mine: Exchanges) -> None:
    sent = example("pdsm4dmp/DocumentReference-example-td2-iti105-publication-simplifiee.json")
    assert issues(mine.post(sent)) == [("required", "DocumentReference.custodian")]
    assert mine.post({**sent, "custodian": {"display": "Structure fictive"}}).status_code == 201


@published
def test_the_submission_of_the_draft_is_refused_for_its_custodian_and_accepted_with_one(mine: Exchanges) -> None:
    sent = example("pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json")
    assert issues(mine.post(sent)) == [("required", "Bundle.entry[1].resource.custodian")]
    sent["entry"][1]["resource"]["custodian"] = {"display": "Structure fictive"}
    assert mine.post(sent).status_code == 200


@published
def test_the_example_of_pdsm_has_no_content_to_publish_alone(mine: Exchanges) -> None:
    answer = mine.post(example("pdsm/DocumentReference-exemple-pdsm-documentreference.json"))
    assert answer.status_code == 422
    assert ("required", "DocumentReference.content[0].attachment.data") in issues(answer)


# hostile content


@pytest.mark.parametrize(
    "change",
    [
        lambda lot: lot["entry"].append({"request": {"method": "POST", "url": "List"}}),
        lambda lot: lot["entry"].append({"resource": "texte", "request": {"method": "POST", "url": "List"}}),
        lambda lot: lot["entry"].append({"resource": {"resourceType": "Bundle"}}),
        lambda lot: lot["entry"][2].update(fullUrl=["liste"]),
        lambda lot: lot["entry"][1]["resource"]["content"][0]["attachment"].update(url=["liste"]),
        lambda lot: lot["entry"][1]["resource"].update(content={"attachment": {}}),
        lambda lot: lot["entry"][1].update(request={"method": "PATCH", "url": "DocumentReference"}, resource=[]),
        lambda lot: lot.update(entry=[{"resource": {"resourceType": "List"}}]),
    ],
)
def test_a_spoiled_submission_is_refused_and_nothing_breaks(mine: Exchanges, change: Any) -> None:
    lot = mine.submission()
    change(lot)
    assert mine.post(lot).status_code == 422
    assert mine.found() == []


def test_an_address_that_is_no_text_leads_nowhere(mine: Exchanges) -> None:
    lot = mine.submission()
    lot["entry"][1]["resource"]["content"][0]["attachment"]["url"] = {"a": 1}
    assert mine.post(lot).status_code < 500


# conditional creation


def test_a_condition_that_finds_one_creates_nothing(mine: Exchanges) -> None:
    sent = mine.document()
    kept = mine.post(sent).json()
    name = sent["masterIdentifier"]
    condition = {"If-None-Exist": f"identifier={name['system']}|{name['value']}"}
    answer = mine.call("POST", "/fhir/DocumentReference", content=json.dumps(sent), headers={**FHIR, **condition})
    assert (answer.status_code, answer.json()) == (200, kept)
    assert len(mine.found()) == 1


def test_a_condition_that_finds_nothing_creates(mine: Exchanges) -> None:
    headers = {**FHIR, "If-None-Exist": "?identifier=urn:oid:1.2.3%7Cautre"}
    answer = mine.call("POST", "/fhir/DocumentReference", content=json.dumps(mine.document()), headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("condition", ["identifier=sans-systeme", "date=2026|x", "texte", ""])
def test_another_condition_is_refused(mine: Exchanges, condition: str) -> None:
    headers = {**FHIR, "If-None-Exist": condition}
    answer = mine.call("POST", "/fhir/DocumentReference", content=json.dumps(mine.document()), headers=headers)
    assert answer.status_code == 400


def test_a_condition_that_finds_several_is_refused(partner: Partner, mine: Exchanges) -> None:
    sent = mine.document()
    partner.faults("duplicate-accepted")
    mine.post(sent), mine.post(sent)
    name = sent["masterIdentifier"]
    headers = {**FHIR, "If-None-Exist": f"identifier={name['system']}|{name['value']}"}
    answer = mine.call("POST", "/fhir/DocumentReference", content=json.dumps(sent), headers=headers)
    assert answer.status_code == 412
