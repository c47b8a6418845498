"""What is not FHIR is told, element by element."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from exchange_partner import Exchanges, issues
from sandbox_partner import Identity, Partner

from mes_conformity.sandbox.base_types import MOST_ISSUES, faults

SLOT = {
    "resourceType": "Slot", "schedule": {"reference": "Schedule/1"}, "status": "free",
    "start": "2026-11-22T08:00:00Z", "end": "2026-11-22T08:30:00Z",
}  # fmt: skip
EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "domain" / "ans-examples"


def told(resource: dict[str, Any]) -> list[tuple[str, str]]:
    return [(issue.code, issue.expression) for issue in faults(resource, resource["resourceType"])]


def test_a_sound_resource_has_no_fault() -> None:
    assert told(SLOT) == []


@pytest.mark.parametrize(
    ("element", "value", "code"),
    [
        ("status", 1, "structure"),
        ("status", ["free"], "structure"),
        ("status", " free", "value"),
        ("status", "", "value"),
        ("status", None, "structure"),
        ("start", "2026-11-22", "value"),
        ("start", "2026-02-30T08:00:00Z", "value"),
        ("start", "2026-11-22T08:00:00", "value"),
        ("overbooked", "true", "structure"),
        ("comment", "\u0000", "value"),
        ("comment", "   ", "value"),
        ("schedule", "Schedule/1", "structure"),
        ("schedule", {}, "structure"),
        ("schedule", [], "structure"),
        ("identifier", {"value": "a"}, "structure"),
        ("identifier", [], "structure"),
        ("couleur", "bleu", "structure"),
        ("_schedule", {"id": "a"}, "structure"),
        ("_status", [{"id": "a"}], "structure"),
        ("implicitRules", "deux mots", "value"),
        ("id", "é", "value"),
        ("text", {"status": "generated", "div": "<p>"}, "value"),
        ("text", {"status": "generated", "div": '<?xml version="1.0"?><div/>'}, "value"),
        ("text", {"status": "generated", "div": "<div>sans espace de noms</div>"}, "value"),
        ("contained", ["texte"], "structure"),
        ("contained", [{"resourceType": 1}], "structure"),
    ],
)  # fmt: skip
def test_each_fault_names_its_element(element: str, value: Any, code: str) -> None:
    (found_code, place), *_others = told({**SLOT, element: value})
    assert found_code == code
    assert place.startswith(f"Slot.{element}")


@pytest.mark.parametrize(
    ("kind", "element", "value", "code"),
    [
        ("Appointment", "priority", -1, "value"),
        ("Appointment", "priority", 2**31, "value"),
        ("Appointment", "priority", 1.5, "structure"),
        ("Appointment", "priority", True, "structure"),
        ("Appointment", "minutesDuration", 0, "value"),
        ("Appointment", "created", "hier", "value"),
        ("Patient", "birthDate", "2026-13", "value"),
        ("Binary", "data", "é", "value"),
        ("Observation", "valueTime", "25:00:00", "value"),
    ],
)  # fmt: skip
def test_each_type_has_its_values(kind: str, element: str, value: Any, code: str) -> None:
    found = dict(reversed([(place, code) for code, place in told({"resourceType": kind, element: value})]))
    assert found[f"{kind}.{element}"] == code


def test_a_mandatory_element_is_named() -> None:
    for element in ("schedule", "status", "start", "end"):
        resource = {name: value for name, value in SLOT.items() if name != element}
        assert told(resource) == [("required", f"Slot.{element}")]


def test_the_value_may_be_all_in_its_extensions() -> None:
    extended = {"extension": [{"url": "urn:x", "valueCode": "a"}]}
    bare = {name: value for name, value in SLOT.items() if name != "status"}
    assert told({**bare, "_status": extended}) == []
    patient = {"resourceType": "Patient", "name": [{"given": ["A", None], "_given": [None, extended]}]}
    assert told(patient) == []
    patient["name"][0]["_given"] = [extended]  # type: ignore[index]
    assert told(patient) == [("structure", "Patient.name[0].given[1]")]


def test_a_resource_inside_is_read_and_an_unknown_one_left() -> None:
    inside = [{"resourceType": "Patient", "active": "oui"}, {"resourceType": "Composition", "couleur": "bleu"}]
    assert told({**SLOT, "contained": inside}) == [("structure", "Slot.contained[0].active")]


def test_only_the_first_faults_are_told() -> None:
    assert len(told({**SLOT, **{f"x{number}": 1 for number in range(50)}})) == MOST_ISSUES


# on entry


@pytest.fixture
def mine(partner: Partner, identity: Identity) -> Exchanges:
    return Exchanges(partner, identity)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("author/0/display", 5),
        ("type/coding/0/system", "deux mots"),
        ("description", ["liste"]),
        ("context/period/end", "demain"),
        ("content/0/attachment/size", "5"),
        ("couleur", "bleu"),
    ],
)
def test_a_document_that_is_not_fhir_is_refused_naming_it(mine: Exchanges, path: str, value: Any) -> None:
    sent = mine.document()
    holder: Any = sent
    *above, last = path.split("/")
    for step in above:
        holder = holder[int(step) if step.isdigit() else step]
    holder[last] = value
    answer = mine.post(sent)
    assert answer.status_code in (400, 422)
    places = [place.replace("[", "/").replace("]", "").replace(".", "/") for _code, place in issues(answer)]
    assert f"DocumentReference/{path}" in places
    assert mine.found() == []


def test_an_appointment_and_a_measure_that_are_not_fhir_are_refused(
    partner: Partner, identity: Identity, mine: Exchanges
) -> None:
    from sandbox_partner import bundle, weight

    answer = mine.post({**mine.appointment(), "minutesDuration": "vingt"})
    assert (answer.status_code, issues(answer)) == (400, [("structure", "Appointment.minutesDuration")])
    sent = copy.deepcopy(bundle(weight(identity)))
    sent["entry"][0]["resource"]["note"] = "texte"
    answer = partner.write(identity, sent)
    assert (answer.status_code, issues(answer)) == (400, [("structure", "Bundle.entry[0].resource.note")])


def test_a_submission_that_is_not_fhir_is_refused_whole(mine: Exchanges) -> None:
    lot = mine.submission()
    lot["entry"][0]["resource"]["title"] = 5
    answer = mine.post(lot)
    assert (answer.status_code, issues(answer)) == (400, [("structure", "Bundle.entry[0].resource.title")])
    assert mine.found() == []


@pytest.mark.parametrize("kind", [None, "Composition", 5])
def test_a_submission_of_another_type_is_refused(mine: Exchanges, kind: Any) -> None:
    lot = {**mine.submission(), "resourceType": kind}
    answer = mine.call("POST", "/fhir", content=json.dumps(lot), headers={"Content-Type": "application/fhir+json"})
    assert answer.status_code == 422
    del lot["resourceType"]
    answer = mine.call("POST", "/fhir", content=json.dumps(lot), headers={"Content-Type": "application/fhir+json"})
    assert answer.status_code == 422


def test_a_patch_may_not_leave_something_else_than_fhir(mine: Exchanges) -> None:
    published = mine.post(mine.document()).json()
    answer = mine.patch(published["id"], {"op": "add", "path": "/securityLabel", "value": [{"couleur": "bleu"}]})
    assert (answer.status_code, issues(answer)) == (
        422,
        [("structure", "DocumentReference.securityLabel[0].couleur")],
    )


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="published examples are not beside this project")
def test_the_published_examples_are_fhir() -> None:
    """All but the one that the API document prints as a fragment."""
    for path in EXAMPLES.rglob("*.json"):
        if path.name != "03-Observation-ENS_FrObservationBp.json":
            assert told(json.loads(path.read_text(encoding="utf-8"))) == [], path.name
