"""The examples published by the ANS and with the measures API, judged as their specification says.

They are not part of this project: the tests are skipped where they are not beside it.
"""

import base64
import copy
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation.pointers import from_pointer
from mes_conformity.validators.artefact import judge
from mes_conformity.validators.contract import Contract, load
from mes_conformity.validators.documents import judge_document
from mes_conformity.validators.finding import Finding
from mes_conformity.validators.measures import judge_bundle, judge_device, judge_observation

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples"
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")


def read(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def errors(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.rule, finding.pointer) for finding in findings if finding.severity == "error"}


def refusals(findings: list[Finding]) -> set[str | None]:
    return {finding.error for finding in findings if finding.severity == "error"}


CONTRACTS = tuple(
    load(name)
    for name in (
        "mes-measures@1.5.2",
        "mes-documents@0.1.0",
        "mes-agenda@0.1.0",
        "fr-core-patient@2.2.0",
        "ci-sis-cda-header@2017.12.13",
        "ci-sis-value-sets@2024.12.13",
    )
)
KINDS = {
    "DocumentReference": "document-reference",
    "Appointment": "appointment",
    "Schedule": "schedule",
    "Patient": "patient",
    "ClinicalDocument": "cda-document",
    "Observation": "measure-observation",
    "Device": "measure-device",
}


def rows() -> list[dict[str, str]]:
    path = EXAMPLES / "manifest.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.is_file() else []


def kind_of(row: dict[str, str]) -> str:
    """The kind of artefact of an example; a resource that has none is judged as any resource of FHIR."""
    if row["type"] == "Bundle" and "iti65-lot" in row["file"]:
        return "document-bundle"
    if row["type"] == "Bundle" and ("mesures/02" in row["file"] or "Bundle-bundle-example" in row["file"]):
        return "measure-bundle"
    return KINDS.get(row["type"], "fhir-resource")


def told(row: dict[str, str]) -> list[Finding]:
    """The errors of an example. Some carry an INS of production (with a wrong key): that is told apart."""
    found = judge(kind_of(row), (EXAMPLES / row["file"]).read_bytes(), CONTRACTS, structure=True)
    return [item for item in found if item.severity == "error" and item.rule != "identity/production"]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_every_example_of_the_manifest_is_judged_as_its_remark_says(row: dict[str, str]) -> None:
    wrong = told(row)
    assert not any(item.rule.startswith("artefact/") for item in wrong)
    if "custodian" in row["remark"]:
        assert {item.rule for item in wrong} == {"documents/elements"}
        assert all(item.pointer.endswith("/custodian") for item in wrong)
    elif row["file"].startswith("mes"):  # measures: each has its own test below
        assert not any(item.rule.startswith("fhir/") for item in wrong) or "fragment" in row["remark"]
    elif "ExampleSubmissionSet" in row["file"]:  # it cites a professional by a RPPS of 10 digits instead of 11
        assert [(item.rule, item.obtained) for item in wrong] == [("identity/professional", "1011848351")]
    else:
        assert wrong == []


def test_the_document_of_the_guide_lies_on_its_content() -> None:
    """`size/hash do NOT match Binary-6789 (declared 345678 bytes, real 11)`."""
    document = read("pdsm/DocumentReference-exemple-pdsm-documentreference.json")
    content = base64.b64decode(read("pdsm/Binary-6789.json")["data"])
    found = judge_document(document, CONTRACTS[1], codes=CONTRACTS[-1], content=content)
    sizes = [(item.expected, item.obtained) for item in found if item.rule == "documents/size"]
    assert sizes == [("11", "345678")]
    assert errors(found) == {
        ("documents/size", "/content/0/attachment/size"),
        ("documents/hash", "/content/0/attachment/hash"),
        ("documents/content-type", "/content/0/attachment/contentType"),
    }


def test_the_submission_of_the_draft_guide_has_the_right_size_and_hash() -> None:
    found = judge(
        "document-bundle", (EXAMPLES / "pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json").read_bytes(), CONTRACTS
    )
    assert not {"documents/size", "documents/hash", "documents/references"} & {item.rule for item in found}


VALID = {
    "document-reference": ("pdsm/DocumentReference-exemple-pdsm-documentreference.json", 1, "comprehensive"),
    "appointment": ("gap/Appointment-example-req-appointment.json", 2, "appointment"),
    "schedule": ("gap/Schedule-example.json", 2, "schedule"),
}


def mandatory() -> Iterator[tuple[str, str]]:
    for kind, (_name, contract, profile) in VALID.items():
        for row in CONTRACTS[contract].get(f"profiles.{profile}")["elements"]:
            if row.get("min"):
                yield kind, row["path"]


def without(data: Any, path: list[str]) -> None:
    """Remove an element, from each of the elements that have it."""
    for part in data if isinstance(data, list) else [data]:
        if len(path) > 1:
            without(part[path[0]], path[1:])
        else:
            del part[path[0]]


@pytest.mark.parametrize(("kind", "path"), list(mandatory()), ids=lambda value: str(value))
def test_each_mandatory_element_removed_from_a_valid_example_is_named(kind: str, path: str) -> None:
    data = copy.deepcopy(read(VALID[kind][0]))
    without(data, path.split("."))
    found = judge(kind, json.dumps(data).encode(), CONTRACTS)
    named = [item for item in found if item.severity == "error" and item.rule.endswith("/elements")]
    assert any(path in item.message["fr"] for item in named)


DEVICE, OBSERVATION = "/entry/0/resource", "/entry/1/resource"
OF_A_MEASURE = (
    "/resourceType", "/type", "/entry", "/entry/1/fullUrl", "/entry/0/request", "/entry/0/request/method",
    "/entry/0/request/url", "/entry/1/request", "/entry/1/request/method", "/entry/1/request/url",
    "/entry/0/request/ifNoneExist",
    *(f"{OBSERVATION}/{name}" for name in (
        "meta", "meta/profile", "status", "category", "code", "code/coding/0/code", "code/coding/0/system", "subject",
        "subject/identifier", "subject/identifier/system", "subject/identifier/value", "effectiveDateTime",
        "valueQuantity", "valueQuantity/value", "valueQuantity/unit", "valueQuantity/system", "valueQuantity/code",
        "device", "device/reference")),
    *(f"{DEVICE}/{name}" for name in ("id", "meta", "meta/profile", "identifier", "type")),
)  # fmt: skip
"""What API Mesures 1.5.2 (§2.2) and the profiles make mandatory in a bundle that writes a measure with its device."""


@pytest.mark.parametrize("pointer", OF_A_MEASURE)
def test_each_mandatory_element_removed_from_the_bundle_of_the_api_is_named(pointer: str) -> None:
    data = copy.deepcopy(read("mes-api-mesures/02-Bundle-transaction.json"))
    *way, last = from_pointer(pointer)
    node = data
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node[step]
    del node[last]
    found = judge("measure-bundle", json.dumps(data).encode(), CONTRACTS, solution_oid="1.2.840.10004.1")
    assert any(place == pointer or place.startswith(pointer + "/") for _rule, place in errors(found)), errors(found)


@pytest.mark.parametrize(
    "name", ["DOC_NON_STRUCTURE_CDA-R2-N1.xml", "VSM_1.4_2022.01.xml"], ids=lambda name: name.partition(".")[0]
)
@pytest.mark.parametrize(
    "element",
    [
        "realmCode", "typeId", "id", "code", "title", "effectiveTime", "confidentialityCode", "languageCode", "setId",
        "versionNumber", "recordTarget", "author", "custodian", "legalAuthenticator", "documentationOf", "componentOf",
        "component",
    ],
)  # fmt: skip
def test_each_mandatory_part_removed_from_a_published_cda_document_is_named(name: str, element: str) -> None:
    from mes_conformity.foundation import xml_documents

    document = xml_documents.parse((EXAMPLES / "cda" / name).read_bytes(), name)
    for part in document.findall(f"{{urn:hl7-org:v3}}{element}"):
        document.remove(part)
    wrong = [
        item for item in judge("cda-document", xml_documents.dump(document), CONTRACTS) if item.severity == "error"
    ]
    assert any(item.pointer == f"/ClinicalDocument/{element}" for item in wrong)


def test_every_published_measure_is_judged_here() -> None:
    found = {path.name for folder in ("mesures", "mes-api-mesures") for path in (EXAMPLES / folder).glob("*.json")}
    written = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in sorted(found) if name not in written] == []


def test_the_device_of_the_api_is_accepted(contract: Contract) -> None:
    found = judge_device(read("mes-api-mesures/01-Device-PhdDevice.json"), contract, solution_oid="1.2.840.10004.1")
    assert found == []


def test_the_bundle_of_the_api_is_accepted_with_its_older_canonicals(contract: Contract) -> None:
    data = read("mes-api-mesures/02-Bundle-transaction.json")
    found = judge_bundle(data, contract, solution_oid="1.2.840.10004.1")
    assert [(finding.rule, finding.severity) for finding in found] == [
        ("measures/profile-current", "warning"),
        ("measures/extension-current", "warning"),
    ]


def test_the_blood_pressure_of_the_api_is_a_fragment_with_sound_components(contract: Contract) -> None:
    """§2.2.7.1 shows only what is particular to blood pressure: what is missing is told, nothing shown is refused."""
    found = judge_observation(read("mes-api-mesures/03-Observation-ENS_FrObservationBp.json"), contract)
    assert errors(found) == {
        ("measures/code", "/code/coding"),
        ("measures/status", "/status"),
        ("measures/category", "/category"),
        ("measures/subject", "/subject/identifier/system"),
        ("measures/subject", "/subject/identifier/value"),
        ("measures/effective", "/effectiveDateTime"),
    }


def test_an_answer_of_the_api_is_no_measure_to_write(contract: Contract) -> None:
    found = judge_bundle(read("mes-api-mesures/04-Bundle-transaction-response.json"), contract)
    assert refusals(found) == {None, "resource_not_acceptable", "one_observation"}


def test_the_resources_of_a_search_of_the_api_are_sound(contract: Contract) -> None:
    entries = read("mes-api-mesures/05-Bundle-searchset.json")["entry"]
    observation, device = (entry["resource"] for entry in entries)
    assert errors(judge_observation(observation, contract)) == set()
    assert errors(judge_device(device, contract)) == set()


def test_the_bundle_of_the_guide_is_refused_for_its_conditional_creation_only(contract: Contract) -> None:
    """Valid for the profile of the guide, which does not ask for ifNoneExist; refused (422) by the API."""
    found = judge_bundle(read("mesures/Bundle-bundle-example.json"), contract)
    assert refusals(found) == {"if_none_exist_invalid"}
    assert errors(found) == {("measures/if-none-exist", "/entry/0/request/ifNoneExist")}


@pytest.mark.parametrize(
    "name", ["Observation-ExampleMesFrObservationBP001.json", "Observation-ExampleMesObservationStepsByDay001.json"]
)
def test_an_observation_of_the_guide_lacks_only_the_identifier_of_its_subject(name: str, contract: Contract) -> None:
    """The guide refers to a Patient; the API asks for AssignAuth and idPe (§2.2.8)."""
    assert refusals(judge_observation(read(f"mesures/{name}"), contract)) == {"subject_missing"}


def test_the_glucose_of_the_guide_breaks_the_business_rule(contract: Contract) -> None:
    """HbA1c with a moment, a number of days and mg/dL (§2.2.6)."""
    found = judge_observation(read("mesures/Observation-ExampleMesObservationGlucose001.json"), contract)
    assert refusals(found) == {"subject_missing", "moment_forbidden", "days_forbidden", None}
    assert ("measures/unit", "/valueQuantity/code") in errors(found)
