"""A document is judged by the tables of its profile, and by the invariants that no table says."""

import copy
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation.resources import root
from mes_conformity.validators.artefact import RULES as ALL_RULES
from mes_conformity.validators.artefact import judge
from mes_conformity.validators.attachments import raw_content, sha1
from mes_conformity.validators.contract import load
from mes_conformity.validators.documents import RULES, judge_document, judge_submission
from mes_conformity.validators.finding import Finding

CONTRACT = load("mes-documents@0.1.0")
CODES = load("ci-sis-value-sets@2024.12.13")
AUTH = "1.2.840.10004.1.1.1.0.0.1.0.0.1.2560"
SERVICE = {"coding": [{"code": "SNR"}]}
EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples"
published = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")


def simple() -> dict[str, Any]:
    """A sound simplified publication."""
    return {
        "resourceType": "DocumentReference",
        "masterIdentifier": {
            "system": "urn:ietf:rfc:3986",
            "value": "urn:uuid:3bc44de3-069d-442d-829b-f3ef68cae371",
        },
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "subject": {"identifier": {"system": f"urn:oid:{AUTH}", "value": "idpe-fictif-0001"}},
        "date": "2026-03-15T08:30:00+01:00",
        "author": [{"display": "Service fictif"}],
        "custodian": {"display": "Service fictif"},
        "content": [{"attachment": {"contentType": "text/plain", "data": "YWJj", "title": "Compte rendu"}}],
        "context": {"facilityType": SERVICE, "practiceSetting": SERVICE},
    }


def errors(data: Any, **known: Any) -> list[tuple[str, str]]:
    found = judge_document(data, CONTRACT, codes=CODES, assign_auth=AUTH, **known)
    return [(finding.rule.partition("/")[2], finding.pointer) for finding in found if finding.severity == "error"]


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    data = simple()
    change(data)
    return data


def test_a_sound_document_has_no_finding() -> None:
    assert judge_document(simple(), CONTRACT, codes=CODES, assign_auth=AUTH) == []


@pytest.mark.parametrize("name", ["masterIdentifier", "status", "subject", "date", "author", "custodian", "content"])
def test_a_mandatory_element_that_is_missing_is_named(name: str) -> None:
    assert errors(changed(lambda data: data.pop(name))) == [("elements", f"/{name}")]


@pytest.mark.parametrize("name", ["contentType", "data", "title"])
def test_a_mandatory_element_of_the_content_is_named(name: str) -> None:
    spoiled = changed(lambda data: data["content"][0]["attachment"].pop(name))
    assert errors(spoiled) == [("elements", f"/content/0/attachment/{name}")]


@pytest.mark.parametrize(
    ("change", "rule", "pointer"),
    [
        (lambda data: data.update(status="superseded"), "fixed", "/status"),
        (lambda data: data.update(identifier=[{"value": "1"}]), "elements", "/identifier"),
        (lambda data: data.update(category=[{"text": "a"}, {"text": "b"}]), "elements", "/category"),
        (lambda data: data.update(author={"display": "seul"}), "structure", "/author"),
        (lambda data: data.update(custodian=[{"display": "liste"}]), "structure", "/custodian"),
        (
            lambda data: data["masterIdentifier"].update(system="urn:oid:1.2.3"),
            "master-identifier",
            "/masterIdentifier/system",
        ),
        (lambda data: data["masterIdentifier"].update(value="doc-42"), "master-identifier", "/masterIdentifier/value"),
        (
            lambda data: data["masterIdentifier"].update(value="urn:uuid:42"),
            "master-identifier",
            "/masterIdentifier/value",
        ),
        (
            lambda data: data["masterIdentifier"].update(value="urn:oid:1..2"),
            "master-identifier",
            "/masterIdentifier/value",
        ),
        (lambda data: data.update(date="2026-03-15"), "date", "/date"),
        (lambda data: data.update(date="2026-02-30T08:00:00Z"), "date", "/date"),
        (lambda data: data.update(date=20260315), "date", "/date"),
        (
            lambda data: data["content"][0]["attachment"].update(creation="hier"),
            "date",
            "/content/0/attachment/creation",
        ),
        (
            lambda data: data["subject"]["identifier"].update(system="urn:oid:1.2.3"),
            "subject",
            "/subject/identifier/system",
        ),
        (lambda data: data["subject"]["identifier"].pop("value"), "subject", "/subject/identifier"),
        (lambda data: data["author"].append({"reference": "#nulle-part"}), "contained", "/author/1/reference"),
        (
            lambda data: data["content"][0]["attachment"].update(url="Binary/1"),
            "data-or-url",
            "/content/0/attachment/url",
        ),
        (lambda data: data["content"][0]["attachment"].update(data="***"), "data", "/content/0/attachment/data"),
        (lambda data: data["content"][0]["attachment"].update(size=4), "size", "/content/0/attachment/size"),
        (lambda data: data["content"][0]["attachment"].update(size=True), "size", "/content/0/attachment/size"),
        (lambda data: data["content"][0]["attachment"].update(hash="YQ=="), "hash", "/content/0/attachment/hash"),
        (
            lambda data: data["content"][0]["attachment"].update(contentType="video/mp4"),
            "media-type",
            "/content/0/attachment/contentType",
        ),
        (
            lambda data: data["content"][0]["attachment"].update(contentType="image/jpeg"),
            "content-type",
            "/content/0/attachment/contentType",
        ),
        (
            lambda data: data.update(relatesTo=[{"code": "appends", "target": {"reference": "x"}}]),
            "replaces",
            "/relatesTo/0/code",
        ),
        (lambda data: data.update(relatesTo=[{"code": "replaces"}]), "replaces", "/relatesTo/0/target"),
        (lambda data: data.update(securityLabel=[{"coding": [{"code": "TRES_SECRET"}]}]), "codes", "/securityLabel/0"),
    ],
)
def test_one_fault_is_told_once_at_its_place(change: Callable[[dict[str, Any]], Any], rule: str, pointer: str) -> None:
    assert errors(changed(change)) == [(rule, pointer)]


@pytest.mark.parametrize("written", ["text/plain;\r\nX-Autre: 1", "text/plain; nom=é", "text/plain;", "text"])
def test_a_media_type_that_no_header_carries_is_told(written: str) -> None:
    spoiled = changed(lambda data: data["content"][0]["attachment"].update(contentType=written))
    assert errors(spoiled) == [("media-type", "/content/0/attachment/contentType")]


def test_a_document_replaces_one_only() -> None:
    related = [{"code": "replaces", "target": {"reference": f"DocumentReference/{number}"}} for number in (1, 2)]
    assert errors(changed(lambda data: data.update(relatesTo=related))) == [("replaces", "/relatesTo/1")]


def test_a_content_above_the_limit_is_told() -> None:
    data = changed(lambda data: data["content"][0]["attachment"].update(data="QUFB" * 1_700_000))
    assert errors(data) == [("size-limit", "/content/0/attachment/data")]


def test_a_right_size_and_hash_are_accepted() -> None:
    spoiled = changed(lambda data: data["content"][0]["attachment"].update(size=3, hash=sha1(b"abc")))
    assert errors(spoiled) == []


def test_a_preferred_code_is_a_warning() -> None:
    data = changed(lambda data: data["type"]["coding"][0].update(code="00000-0"))
    found = judge_document(data, CONTRACT, codes=CODES, assign_auth=AUTH)
    assert [(finding.rule, finding.severity) for finding in found] == [("documents/codes", "warning")]


@pytest.mark.parametrize("name", ["facilityType", "practiceSetting"])
def test_a_document_that_does_not_come_from_a_referenced_service_is_a_warning(name: str) -> None:
    data = changed(lambda data: data["context"].update({name: {"coding": [{"code": "EXP_PATIENT"}]}}))
    (finding,) = judge_document(data, CONTRACT, codes=CODES, assign_auth=AUTH)
    assert (finding.rule, finding.severity) == ("documents/service", "warning")
    assert (finding.pointer, finding.expected, finding.obtained) == (f"/context/{name}", "SNR", "EXP_PATIENT")


def test_what_is_not_judged_is_said() -> None:
    found = judge_document(simple(), CONTRACT)
    assert [(finding.rule, finding.severity) for finding in found] == [("documents/codes-unread", "information")]


def test_a_holder_without_idpe_is_a_warning() -> None:
    data = changed(lambda data: data.update(subject={"reference": "Patient/1"}))
    found = judge_document(data, CONTRACT, codes=CODES)
    assert [(finding.rule, finding.severity) for finding in found] == [("documents/subject", "warning")]


@pytest.mark.parametrize("data", [None, [], "texte", {"resourceType": "Patient"}])
def test_another_resource_is_told(data: Any) -> None:
    assert [finding.rule for finding in judge_document(data, CONTRACT)] == ["documents/resource"]
    assert [finding.rule for finding in judge_submission(data, CONTRACT)] == ["documents/resource"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*simple(), "attachment", "data", "target", "code"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*simple(), "relatesTo", "context", "securityLabel", "entry"]), ANYTHING))
def test_nothing_raises_for_the_content(parts: dict[str, Any]) -> None:
    for kind in ("DocumentReference", "Bundle", "Appointment", "Schedule"):
        data = {**parts, "resourceType": kind}
        for finding in (*judge_document(data, CONTRACT, codes=CODES), *judge_submission(data, CONTRACT, codes=CODES)):
            assert finding.rule in RULES


def test_white_space_in_base64_is_let_through() -> None:
    assert raw_content("YW\n Jj") == b"abc"


def test_the_rules_of_documents_are_among_all_rules() -> None:
    assert set(RULES) <= set(ALL_RULES)


@pytest.mark.parametrize("kind", ["document-reference", "document-bundle", "appointment", "schedule"])
def test_each_kind_needs_its_contract(kind: str) -> None:
    assert [finding.rule for finding in judge(kind, b"{}")] == ["artefact/contract"]


def test_a_document_is_judged_by_its_kind() -> None:
    raw = json.dumps(simple()).encode()
    assert judge("document-reference", raw, [CONTRACT, CODES], assign_auth=AUTH) == []
    assert [f.rule for f in judge("document-bundle", raw, [CONTRACT])] == ["documents/resource"]


# the published examples


def example(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def faults(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.pointer) for finding in found if finding.severity == "error"]


@published
def test_every_published_document_is_judged_here() -> None:
    """Binary, Organization, Patient, an answer and a FHIR document are no documents to send: nothing judges them."""
    found = {path.name for folder in ("pdsm", "pdsm4dmp") for path in (EXAMPLES / folder).glob("*.json")}
    judged = {name for name in found if name.startswith(("DocumentReference", "List"))}
    apart = {"Binary-6789.json", "Organization-org-example.json", "Patient-fr-patient-123.json"}
    apart |= {"Bundle-a9c10f8a-882d-4000-a280-7150e0aeb478.json", "Bundle-example-annexe-fhir-document.json"}
    apart |= {"Binary-example-annexe-binary-cda.json", "Bundle-example-td2-iti65-lot-soumission.json"}
    assert found == judged | apart


@published
def test_the_example_of_pdsm_is_sound_as_far_as_its_table_says() -> None:
    data = example("pdsm/DocumentReference-exemple-pdsm-documentreference.json")
    assert faults(judge_document(data, CONTRACT, codes=CODES)) == []


@published
def test_the_example_of_pdsm_does_not_describe_its_binary() -> None:
    data = example("pdsm/DocumentReference-exemple-pdsm-documentreference.json")
    content = raw_content(example("pdsm/Binary-6789.json")["data"])
    assert {rule for rule, _pointer in faults(judge_document(data, CONTRACT, codes=CODES, content=content))} == {
        "documents/size",
        "documents/hash",
        "documents/content-type",
    }


MANDATORY = [
    row["path"]
    for row in CONTRACT.get("profiles.comprehensive.elements")
    if row.get("min") and row["path"] != "contained"
]


@published
@pytest.mark.parametrize("path", [*MANDATORY, "contained"])
def test_each_mandatory_element_removed_from_the_example_is_named(path: str) -> None:
    data = example("pdsm/DocumentReference-exemple-pdsm-documentreference.json")
    holder, steps = data, path.split(".")
    for step in steps[:-1]:
        holder = holder[step][0] if isinstance(holder[step], list) else holder[step]
    del holder[steps[-1]]
    found = judge_document(data, CONTRACT, codes=CODES)
    named = [finding for finding in found if finding.severity == "error"]
    assert [finding.rule for finding in named] == ["documents/elements"]
    assert path in named[0].message["en"]


@published
@pytest.mark.parametrize(
    "name",
    [
        "doc-x-id",
        "example-annexe-docref-cda",
        "example-annexe-docref-fhir",
        "example-td2-iti105-publication-simplifiee",
        "example-td3-1a-cr-consultation",
    ],
)
def test_the_drafts_lack_their_custodian_only(name: str) -> None:
    data = example(f"pdsm4dmp/DocumentReference-{name}.json")
    assert faults(judge_document(data, CONTRACT, codes=CODES)) == [("documents/elements", "/custodian")]


@published
def test_the_submission_of_the_draft_lacks_the_custodian_only() -> None:
    """Its size and its SHA-1 are those of the Binary of the lot."""
    data = example("pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json")
    assert faults(judge_submission(data, CONTRACT, codes=CODES)) == [
        ("documents/elements", "/entry/1/resource/custodian")
    ]


@published
def test_the_submission_of_the_draft_is_sound_with_a_custodian() -> None:
    assert faults(judge_submission(_lot(), CONTRACT, codes=CODES)) == []


def _lot() -> Any:
    data = example("pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json")
    data["entry"][1]["resource"]["custodian"] = {"display": "Structure fictive"}
    return data


@published
@pytest.mark.parametrize(
    ("change", "rule", "pointer"),
    [
        (lambda lot: lot["entry"].pop(0), "submission", "/entry"),
        (lambda lot: lot["entry"].pop(2), "references", "/entry/1/resource/content/0/attachment/url"),
        (
            lambda lot: lot["entry"][2]["resource"].update(data="YWJj"),
            "size",
            "/entry/1/resource/content/0/attachment/size",
        ),
        (lambda lot: lot["entry"][0]["request"].update(method="DELETE"), "submission", "/entry/0/request/method"),
        (lambda lot: lot["entry"][0]["request"].update(url="Liste"), "submission", "/entry/0/request/url"),
        (lambda lot: lot["entry"][0]["resource"].pop("source"), "elements", "/entry/0/resource/source"),
        (
            lambda lot: lot["entry"][0]["resource"]["entry"][0]["item"].update(reference="urn:uuid:1"),
            "references",
            "/entry/0/resource/entry/0/item/reference",
        ),
        (lambda lot: lot.update(type="batch"), "fixed", "/type"),
    ],
)
def test_a_fault_of_a_submission_is_told(change: Callable[[Any], Any], rule: str, pointer: str) -> None:
    lot = _lot()
    change(lot)
    assert (f"documents/{rule}", pointer) in faults(judge_submission(lot, CONTRACT, codes=CODES))


@published
def test_the_submission_set_of_pdsm_is_sound_and_each_of_its_elements_is_named() -> None:
    data = example("pdsm/List-ExampleSubmissionSet.json")
    rows = CONTRACT.get("profiles.submission_set.elements")
    lot = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": data}]}
    at = "/entry/0/resource/"
    assert not [pointer for _rule, pointer in faults(judge_submission(lot, CONTRACT)) if pointer.startswith(at)]
    for name in {row["path"] for row in rows if row.get("min") and "." not in row["path"]}:
        spoiled = copy.deepcopy(lot)
        del spoiled["entry"][0]["resource"][name]
        assert ("documents/elements", f"{at}{name}") in faults(judge_submission(spoiled, CONTRACT))


def test_the_codes_are_those_of_the_published_lists() -> None:
    table = Path(__file__).parents[2] / ".." / "shared" / "domain" / "valuesets.csv"
    if not table.is_file():
        pytest.skip("published value sets are not beside this project")
    lists = {
        "J01": "author_speciality",
        "J02": "facility_type",
        "J04": "practice_setting",
        "J07": "type_code",
        "J08": "confidentiality",
    }
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    for jdv, name in lists.items():
        wanted = [(row["code_system_oid"], row["code"]) for row in rows if row["jdv"].startswith(f"JDV_{jdv}_")]
        kept = [(system, code) for system, codes in CODES.get(name).items() for code in codes]
        assert sorted(kept) == sorted(wanted)


def test_the_contracts_ship_with_the_suites() -> None:
    assert {path.stem for path in (root("test_suites") / "contracts").glob("*.yaml")} >= {
        "mes-documents-0.1.0",
        "mes-agenda-0.1.0",
        "ci-sis-value-sets-2024.12.13",
    }
