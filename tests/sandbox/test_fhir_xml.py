"""JSON to XML and back is the same resource; what is not FHIR XML is refused, naming the place."""

import json
from pathlib import Path
from typing import Any

import pytest
from fhir_strategies import resources
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.sandbox.answers import Refusal
from mes_conformity.sandbox.base_types import faults
from mes_conformity.sandbox.fhir_xml import Unwritable, read, write

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples"
KINDS = ("Appointment", "Bundle", "DocumentReference", "List", "Observation", "Parameters", "Patient", "Slot")
FHIR = 'xmlns="http://hl7.org/fhir"'


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_resource_comes_back_as_it_was(data: st.DataObject) -> None:
    sent = data.draw(st.sampled_from(KINDS).flatmap(resources))
    assert read(write(sent), 50) == sent


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_what_the_table_allows_is_fhir(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    assert faults(data.draw(resources(kind)), kind) == []


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")
def test_the_published_examples_come_back_as_they_were() -> None:
    names = [path for path in EXAMPLES.rglob("*.json") if "annexe-fhir-document" not in path.name]
    assert len(names) > 20
    for path in names:
        sent = json.loads(path.read_text(encoding="utf-8"))
        assert _without_narrative(read(write(sent), 60)) == _without_narrative(sent), path.name


def _without_narrative(value: Any) -> Any:
    """Its quotes may be written in two ways."""
    if isinstance(value, dict):
        return {name: _without_narrative(item) for name, item in value.items() if name != "div"}
    return [_without_narrative(item) for item in value] if isinstance(value, list) else value


def test_the_order_is_that_of_the_schema() -> None:
    """Elements are written in the order of the schema, whatever the order of JSON."""
    text = write({"resourceType": "Slot", "end": "b", "status": "free", "start": "a", "schedule": {"reference": "S/1"}})
    assert text.index(b"<schedule>") < text.index(b"<status") < text.index(b"<start") < text.index(b"<end")


def test_values_keep_their_types() -> None:
    sent = {"resourceType": "Appointment", "priority": 5, "minutesDuration": 15, "comment": "a\n\t\"é'&<>"}
    assert read(write(sent), 50) == sent


def test_a_value_that_is_none_of_its_type_stays_a_text_and_is_told() -> None:
    got = read(f'<Appointment {FHIR}><priority value="beaucoup"/></Appointment>'.encode(), 50)
    assert got["priority"] == "beaucoup"
    assert faults(got, "Appointment")[0].expression == "Appointment.priority"


def test_a_character_that_xml_cannot_carry_is_replaced() -> None:
    assert b"\xef\xbf\xbd" in write({"resourceType": "Slot", "comment": "a\x00b"})


def test_extensions_stand_beside_their_value() -> None:
    inside = '<extension url="urn:x"><valueCode value="a"/></extension>'
    text = f'<Patient {FHIR}><name><given value="A"/><given>{inside}</given></name></Patient>'
    extended = {"extension": [{"url": "urn:x", "valueCode": "a"}]}
    got = read(text.encode(), 50)
    assert got["name"] == [{"given": ["A", None], "_given": [None, extended]}]
    assert read(write(got), 50) == got


WRONG = {
    "not XML": b"<Slot",
    "another encoding": b'<?xml version="1.0" encoding="x-inconnu"?><Slot/>',
    "a document type": f'<!DOCTYPE Slot [<!ENTITY a "b">]><Slot {FHIR}><comment value="&a;"/></Slot>'.encode(),
    "an external entity": f'<!DOCTYPE S [<!ENTITY a SYSTEM "file:///etc/passwd">]><Slot {FHIR}/>'.encode(),
    "too deep": (f"<Slot {FHIR}>" + "<extension>" * 60).encode() + b"</extension>" * 60 + b"</Slot>",
    "another namespace": b'<Slot xmlns="urn:x"/>',
    "no namespace": b"<Slot/>",
    "an unknown element": f"<Slot {FHIR}><couleur value='bleu'/></Slot>".encode(),
    "an unknown attribute": f'<Slot {FHIR} couleur="bleu"/>'.encode(),
    "an attribute of a value": f'<Slot {FHIR}><comment value="a" langue="fr"/></Slot>'.encode(),
    "text": f"<Slot {FHIR}>texte</Slot>".encode(),
    "text after": f'<Slot {FHIR}><comment value="a"/>texte</Slot>'.encode(),
    "twice": f'<Slot {FHIR}><comment value="a"/><comment value="b"/></Slot>'.encode(),
    "another order": f'<Slot {FHIR}><comment value="a"/><status value="free"/></Slot>'.encode(),
    "an id as an element of a part": f'<Slot {FHIR}><schedule><id value="a"/></schedule></Slot>'.encode(),
    "no value": f"<Slot {FHIR}><comment/></Slot>".encode(),
    "an element inside a value": f'<Slot {FHIR}><comment value="a"><id value="b"/></comment></Slot>'.encode(),
    "two resources in one": f"<Bundle {FHIR}><entry><resource><Slot/><Slot/></resource></entry></Bundle>".encode(),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_fhir_xml_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(WRONG[name], 50)
    assert caught.value.status == 400
    assert caught.value.issues[0].code == "structure"
    assert "passwd" not in caught.value.issues[0].diagnostics


def test_a_resource_that_is_not_read_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        read(f"<Composition {FHIR}/>".encode(), 50)
    assert (caught.value.status, caught.value.issues[0].code) == (422, "not-supported")


def test_a_resource_that_is_not_written_is_told() -> None:
    with pytest.raises(Unwritable):
        write({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Composition"}}]})


def test_a_schema_location_is_let_through() -> None:
    space = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir fhir.xsd"'
    assert read(f"<Slot {FHIR} {space}/>".encode(), 50) == {"resourceType": "Slot"}


@pytest.mark.parametrize(
    ("written", "read_back"), [("1.5", 1.5), ("5", 5), ("1e3", 1000.0), ("1e999", "1e999"), ("x", "x")]
)
def test_a_decimal_is_a_number_where_it_can_be(written: str, read_back: Any) -> None:
    text = f'<Observation {FHIR}><valueQuantity><value value="{written}"/></valueQuantity></Observation>'
    assert read(text.encode(), 50)["valueQuantity"]["value"] == read_back
