"""The examples that the ANS and the measures API publish, sent to the endpoints they are for.

`manifest.csv` says which are sound, and why another is not. They are not part of this project: the tests are skipped
where they are not beside it.
"""

import base64
import copy
import csv
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exchange_partner import Exchanges, issues
from sandbox_partner import Identity, Partner, bundle

from mes_conformity.sandbox import contracts

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples"
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")
DOCUMENT, SET, BINARY = (f"urn:uuid:00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
CONTENT = b"%PDF-1.4 fictif"


def example(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


@pytest.fixture
def mine(partner: Partner, identity: Identity) -> Exchanges:
    return Exchanges(partner, identity)


def test_every_example_is_sent_here() -> None:
    with (EXAMPLES / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        listed = [Path(row["file"]).name for row in csv.DictReader(stream)]
    written = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in listed if name not in written] == []


# documents


def entry(resource: dict[str, Any], url: str) -> dict[str, Any]:
    return {"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}


def lot(document: dict[str, Any], content: bytes | None = None) -> dict[str, Any]:
    """The document in a submission, its set being the published one; with a `content`, its size and hash are told."""
    submitted = example("pdsm/List-ExampleSubmissionSet.json")
    submitted["entry"] = [{"item": {"reference": DOCUMENT}}]
    entries = [entry(submitted, SET), entry(document, DOCUMENT)]
    if content is not None:
        told = {"url": BINARY, "size": len(content), "hash": base64.b64encode(_sha1(content)).decode()}
        document["content"][0]["attachment"].update(told)
        kind = document["content"][0]["attachment"]["contentType"]
        data = base64.b64encode(content).decode()
        entries.append(entry({"resourceType": "Binary", "contentType": kind, "data": data}, BINARY))
    profile = contracts.documents().get("profiles.provide_document_bundle.canonical")
    return {"resourceType": "Bundle", "meta": {"profile": [profile]}, "type": "transaction", "entry": entries}


def _sha1(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()


def pdsm_document() -> dict[str, Any]:
    return dict(example("pdsm/DocumentReference-exemple-pdsm-documentreference.json"))


def test_the_document_and_the_set_of_pdsm_are_accepted_with_a_content_of_theirs(mine: Exchanges) -> None:
    answer = mine.post(lot(pdsm_document(), CONTENT))
    assert answer.status_code == 200, answer.text
    (kept,) = mine.found()
    assert mine.content(kept).content == CONTENT


def test_the_document_of_pdsm_is_refused_with_the_binary_of_the_guide(mine: Exchanges) -> None:
    """Its size and hash are not those of Binary-6789.json (345678 bytes declared, 11 real)."""
    document, binary = pdsm_document(), example("pdsm/Binary-6789.json")
    document["content"][0]["attachment"]["url"] = BINARY
    sent = lot(document)
    sent["entry"].append(entry(binary, BINARY))
    answer = mine.post(sent)
    assert answer.status_code == 422
    places = {place.rpartition(".")[2] for _code, place in issues(answer)}
    assert {"size", "hash"} <= places
    assert mine.found() == []


def test_an_answer_is_no_submission(mine: Exchanges) -> None:
    assert mine.post(example("pdsm/Bundle-a9c10f8a-882d-4000-a280-7150e0aeb478.json")).status_code == 422


def test_a_patient_comes_with_a_submission_and_an_organization_does_not(mine: Exchanges) -> None:
    for name, status in (("Patient-fr-patient-123.json", 200), ("Organization-org-example.json", 422)):
        sent = lot(pdsm_document(), CONTENT)
        sent["entry"].append(entry(example(f"pdsm/{name}"), "urn:uuid:00000000-0000-4000-8000-000000000009"))
        assert mine.post(sent).status_code == status, name


@pytest.mark.parametrize(
    "name",
    [
        "DocumentReference-doc-x-id.json",
        "DocumentReference-example-annexe-docref-cda.json",
        "DocumentReference-example-annexe-docref-fhir.json",
        "DocumentReference-example-td3-1a-cr-consultation.json",
    ],
)
def test_a_document_of_the_draft_is_refused_for_its_custodian(mine: Exchanges, name: str) -> None:
    document = example(f"pdsm4dmp/{name}")
    document["status"] = "current"
    answer = mine.post(lot(document))
    assert (answer.status_code, issues(answer)) == (422, [("required", "Bundle.entry[1].resource.custodian")])
    document["custodian"] = {"display": "Structure fictive"}
    assert mine.post(lot(document)).status_code == 200


def test_the_simplified_draft_is_refused_for_its_custodian(mine: Exchanges) -> None:
    sent = example("pdsm4dmp/DocumentReference-example-td2-iti105-publication-simplifiee.json")
    assert issues(mine.post(sent)) == [("required", "DocumentReference.custodian")]
    assert mine.post({**sent, "custodian": {"display": "Structure fictive"}}).status_code == 201


def test_the_submission_of_the_draft_is_refused_for_its_custodian(mine: Exchanges) -> None:
    sent = example("pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json")
    assert issues(mine.post(sent)) == [("required", "Bundle.entry[1].resource.custodian")]
    sent["entry"][1]["resource"]["custodian"] = {"display": "Structure fictive"}
    assert mine.post(sent).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "pdsm4dmp/Binary-example-annexe-binary-cda.json",
        "pdsm4dmp/Bundle-example-annexe-fhir-document.json",
        "cda/DOC_NON_STRUCTURE_CDA-R2-N1.xml",
        "cda/VSM_1.4_2022.01.xml",
    ],
)
def test_a_document_of_the_guides_is_taken_and_given_back_byte_for_byte(mine: Exchanges, name: str) -> None:
    content = (EXAMPLES / name).read_bytes()
    kind = "application/xml" if name.endswith(".xml") else "application/fhir+json"
    if "Binary" in name:
        content = base64.b64decode(example(name)["data"])
        kind = "application/xml"
    sent = mine.document()
    attachment = {"contentType": kind, "title": "Exemple publié", "data": base64.b64encode(content).decode()}
    sent["content"] = [{"attachment": attachment}]
    answer = mine.post(sent)
    assert answer.status_code == 201, answer.text
    assert mine.content(answer.json(), Accept=kind).content == content


# appointments


def test_the_appointment_of_gap_is_accepted(mine: Exchanges) -> None:
    answer = mine.post(example("gap/Appointment-example-req-appointment.json"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "proposed"


def test_schedules_are_not_written_here(mine: Exchanges) -> None:
    """GAP, flux 2, is for who holds an agenda: `/metadata` does not announce it."""
    assert mine.post(example("gap/Schedule-example.json")).status_code == 405


# measures


def named(resource: dict[str, Any], identity: Identity) -> dict[str, Any]:
    """The Observation, of the paired person."""
    subject = {"system": f"urn:oid:{identity.claims['assignAuth']}", "value": identity.claims["idPe"]}
    return {**resource, "subject": {"identifier": subject}}


def measure(resource: dict[str, Any]) -> dict[str, Any]:
    return bundle(entry(resource, "urn:uuid:3bc44de3-069d-442d-829b-f3ef68cae372"))


def api_bundle(identity: Identity) -> dict[str, Any]:
    text = (EXAMPLES / "mes-api-mesures/02-Bundle-transaction.json").read_text(encoding="utf-8")
    return dict(json.loads(text.replace("{{idPe}}", identity.claims["idPe"])))


def test_the_bundle_of_the_api_is_accepted(partner: Partner, identity: Identity) -> None:
    assert partner.write(identity, api_bundle(identity)).status_code == 200


def test_the_device_of_the_api_is_accepted(partner: Partner, identity: Identity) -> None:
    sent, alone = api_bundle(identity), example("mes-api-mesures/01-Device-PhdDevice.json")
    written = alone["identifier"][0]
    sent["entry"][0]["request"]["ifNoneExist"] = f"identifier={written['system']}|{written['value']}"
    sent["entry"][0]["resource"] = {
        **alone, "id": sent["entry"][0]["resource"]["id"],
    }  # fmt: skip
    assert partner.write(identity, sent).status_code == 200


@pytest.mark.parametrize("name", ["04-Bundle-transaction-response.json", "05-Bundle-searchset.json"])
def test_an_answer_of_the_api_is_no_measure(partner: Partner, identity: Identity, name: str) -> None:
    answer = partner.write(identity, example(f"mes-api-mesures/{name}"))
    assert answer.status_code in (409, 422)  # the searchset names a person of another authority
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_the_fragment_of_the_api_is_refused_for_what_it_leaves_out(partner: Partner, identity: Identity) -> None:
    resource = example("mes-api-mesures/03-Observation-ENS_FrObservationBp.json")
    answer = partner.write(identity, measure(named(resource, identity)))
    assert answer.status_code == 422
    places = " ".join(place for _code, place in issues(answer))
    assert all(name in places for name in ("status", "code", "category", "effectiveDateTime"))


def test_the_bundle_of_the_guide_is_refused_for_its_conditional_creation(partner: Partner, identity: Identity) -> None:
    sent = example("mesures/Bundle-bundle-example.json")
    sent["entry"][1]["resource"] = named(sent["entry"][1]["resource"], identity)
    answer = partner.write(identity, sent)
    assert (answer.status_code, issues(answer)) == (422, [("invalid", "Bundle.entry[0].request.ifNoneExist")])
    device = sent["entry"][0]["resource"]["identifier"][0]
    sent["entry"][0]["request"]["ifNoneExist"] = f"identifier={device['system']}|{device['value']}"
    assert partner.write(identity, sent).status_code == 200


@pytest.mark.parametrize(
    "name", ["Observation-ExampleMesFrObservationBP001.json", "Observation-ExampleMesObservationStepsByDay001.json"]
)
def test_an_observation_of_the_guide_wants_the_identifier_of_its_subject(
    partner: Partner, identity: Identity, name: str
) -> None:
    resource = example(f"mesures/{name}")
    answer = partner.write(identity, measure(resource))
    assert answer.status_code == 422
    assert "subject" in issues(answer)[0][1]
    assert partner.write(identity, measure(named(resource, identity))).status_code == 200


def test_the_glucose_of_the_guide_breaks_the_business_rule(partner: Partner, identity: Identity) -> None:
    resource = example("mesures/Observation-ExampleMesObservationGlucose001.json")
    answer = partner.write(identity, measure(named(resource, identity)))
    assert answer.status_code == 422
    assert "cannot be added" in answer.text


# each mandatory element removed


def places(resource: Any, path: str) -> Iterator[tuple[Any, Any]]:
    """The holder and last step of each element at a dotted path."""
    name, _, rest = path.partition(".")
    found = resource.get(name) if isinstance(resource, dict) else None
    if found is None:
        return
    if not rest:
        yield resource, name
        return
    for item in found if isinstance(found, list) else [found]:
        yield from places(item, rest)


def mandatory(contract: Any, name: str) -> list[str]:
    return sorted({row["path"] for row in contract.get(f"profiles.{name}.elements") if row.get("min")})


def without(resource: dict[str, Any], path: str) -> set[str]:
    """Remove each element at a dotted path; what is then missing: it, or what held nothing but it."""
    found = list(places(resource, path))
    assert found
    for holder, name in found:
        del holder[name]
    missing = {path}
    while found and not any(holder for holder, _name in found) and "." in path:
        path = path.rpartition(".")[0]
        missing.add(path)
        found = list(places(resource, path))
        found = [({k: v for k, v in holder.items() if k != name}, name) for holder, name in found]
    return missing


def names(answer: Any, missing: set[str]) -> bool:
    """Whether an issue names what is missing, or a part of it."""
    told = [
        ".".join(part for part in re.split(r"[.\[\]]", place) if part and not part.isdigit())
        for _code, place in issues(answer)
    ]
    longest = max(missing, key=len)
    return any(f".{place}".endswith(f".{wanted}") for place in told for wanted in missing) or any(
        f".{longest}." in f".{place}" for place in told
    )


@pytest.mark.parametrize("path", mandatory(contracts.documents(), "comprehensive"))
def test_the_document_of_pdsm_without_a_mandatory_element_is_refused_naming_it(mine: Exchanges, path: str) -> None:
    sent = lot(pdsm_document(), CONTENT)
    missing = without(sent["entry"][1]["resource"], path)
    answer = mine.post(sent)
    assert answer.status_code == 422
    assert names(answer, missing), answer.text
    assert mine.found() == []


@pytest.mark.parametrize("path", mandatory(contracts.documents(), "submission_set"))
def test_the_set_of_pdsm_without_a_mandatory_element_is_refused_naming_it(mine: Exchanges, path: str) -> None:
    sent = lot(pdsm_document(), CONTENT)
    missing = without(sent["entry"][0]["resource"], path)
    answer = mine.post(sent)
    assert answer.status_code == 422
    assert names(answer, missing), answer.text


@pytest.mark.parametrize("path", mandatory(contracts.agenda(), "appointment"))
def test_the_appointment_of_gap_without_a_mandatory_element_is_refused_naming_it(mine: Exchanges, path: str) -> None:
    sent = example("gap/Appointment-example-req-appointment.json")
    missing = without(sent, path)
    answer = mine.post(sent)
    assert answer.status_code == 422
    assert names(answer, missing), answer.text


MEASURE = (
    "meta.profile", "status", "category", "code", "subject.identifier", "subject.identifier.system",
    "subject.identifier.value", "effectiveDateTime", "valueQuantity", "valueQuantity.code", "valueQuantity.system",
    "valueQuantity.value", "valueQuantity.unit", "category.coding", "code.coding", "device.reference",
)  # fmt: skip


@pytest.mark.parametrize("path", MEASURE)
def test_the_measure_of_the_api_without_a_mandatory_element_is_refused_naming_it(
    partner: Partner, identity: Identity, path: str
) -> None:
    sent = copy.deepcopy(api_bundle(identity))
    missing = without(sent["entry"][1]["resource"], path)
    answer = partner.write(identity, sent)
    assert answer.status_code == 422
    assert names(answer, missing), answer.text


@pytest.mark.parametrize("path", ["meta.profile", "identifier", "identifier.value", "type"])
def test_the_device_of_the_api_without_a_mandatory_element_is_refused_naming_it(
    partner: Partner, identity: Identity, path: str
) -> None:
    sent = api_bundle(identity)
    missing = without(sent["entry"][0]["resource"], path)
    answer = partner.write(identity, sent)
    assert answer.status_code == 422
    assert names(answer, missing), answer.text
