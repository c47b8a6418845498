"""A FHIR artefact in XML is judged as its JSON is; the conversion itself is tried with the sandbox's tests."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.resources import root
from mes_conformity.suites.artefacts import LARGEST, content
from mes_conformity.suites.expressions import MISSING
from mes_conformity.suites.loader import load_all
from mes_conformity.validators.artefact import judge
from mes_conformity.validators.fhir_xml import NotFhir, is_fhir_xml, read, read_resource, write

CONTRACTS = tuple(load_all().contracts.values())
FHIR = ("appointment", "document-bundle", "document-reference", "fhir-resource", "patient", "schedule")
SAMPLES = [path for kind in FHIR for path in sorted((root("test_suites") / "samples" / kind).glob("*.json"))]
WEIGHT = root("examples") / "connected-scale" / "artefacts" / "poids.json"


def rules(kind: str, raw: bytes) -> list[tuple[str, str, str]]:
    found = judge(kind, raw, CONTRACTS, structure=True)
    return [(item.rule, item.severity, item.pointer) for item in found]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sample_in_xml_is_judged_as_its_json(path: Path) -> None:
    resource = json.loads(path.read_bytes())
    assert read(write(resource)) == resource
    assert rules(path.parent.name, write(resource)) == rules(path.parent.name, path.read_bytes())


def test_a_measure_in_xml_is_judged_with_its_faults() -> None:
    bundle = json.loads(WEIGHT.read_bytes())
    assert [rule for rule, severity, _place in rules("measure-bundle", write(bundle)) if severity == "error"] == []
    del bundle["entry"][0]["resource"]["status"]
    found = rules("measure-bundle", write(bundle))
    assert ("measures/status", "error", "/entry/0/resource/status") in found
    assert ("fhir/structure", "error", "/entry/0/resource/status") in found


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (
            b'<Patient xmlns="http://hl7.org/fhir"><inconnu value="1"/></Patient>',
            "Patient.inconnu n'est pas un élément",
        ),
        (b'<Patient xmlns="http://hl7.org/fhir">texte</Patient>', "Patient contient du texte"),
        (b'<Patient xmlns="urn:autre"/>', "document contient un élément hors de l'espace de noms"),
        (b'<Mesure xmlns="http://hl7.org/fhir"/>', "Mesure est d'un type qui n'est pas lu en XML"),
    ],
)
def test_xml_that_is_no_fhir_is_unreadable_and_says_where(raw: bytes, words: str) -> None:
    (finding,) = judge("patient", raw, CONTRACTS)
    assert finding.rule == "artefact/readable"
    assert words in finding.message["fr"]
    assert content(raw) is MISSING


@pytest.mark.parametrize("raw", [b"<!DOCTYPE a><a/>", b"<a", b'<a xmlns="http://hl7.org/fhir">'])
def test_xml_that_is_dangerous_or_broken_is_unreadable(raw: bytes) -> None:
    (finding,) = judge("patient", raw, CONTRACTS)
    assert finding.rule == "artefact/readable"


def test_the_content_of_an_artefact_in_xml_is_its_json() -> None:
    bundle = json.loads(WEIGHT.read_bytes())
    assert content(write(bundle)) == bundle
    assert content(WEIGHT.read_bytes()) == bundle
    assert content(b"BEGIN:VCALENDAR") is MISSING


def test_an_artefact_larger_than_any_validator_reads_is_not_read() -> None:
    assert content(b'{"a": "' + b"x" * LARGEST + b'"}') is MISSING


def test_a_document_that_is_not_fhir_is_not_read_to_know_it() -> None:
    assert is_fhir_xml(b'\xef\xbb\xbf <Patient xmlns="http://hl7.org/fhir"/>')
    assert not is_fhir_xml(b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')
    assert not is_fhir_xml(b'{"url": "http://hl7.org/fhir"}')


@given(
    st.binary(max_size=120) | st.binary(max_size=120).map(lambda tail: b'<Patient xmlns="http://hl7.org/fhir">' + tail)
)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        found: Any = read_resource(raw, "artefact")
    except InvalidInput as error:
        assert error.code[:3] in ("JSN", "XML")
        return
    assert found is None or json.dumps(found)


def test_a_fault_of_conversion_names_its_place() -> None:
    with pytest.raises(NotFhir) as caught:
        read(b'<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><active value="true"/></Patient>')
    assert (caught.value.place, caught.value.why["en"]) == ("Patient.active", "is out of order")
