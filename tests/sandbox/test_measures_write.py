"""Writing measures: what is accepted, what is kept, and each refusal of the error table."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sandbox_partner import Identity, Partner, bundle, device, diagnostics, weight, with_device


def test_a_sound_measure_is_created(partner: Partner, identity: Identity) -> None:
    response = partner.write(identity, bundle(weight(identity)))
    answer = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/fhir+json")
    assert answer["type"] == "transaction-response"
    assert answer["entry"][0]["response"]["status"] == "201 Created"
    assert answer["entry"][0]["response"]["location"].startswith("Observation/")


def test_what_was_written_is_read_back(partner: Partner, identity: Identity) -> None:
    location = partner.write(identity, bundle(weight(identity, 71.5))).json()["entry"][0]["response"]["location"]
    stored = partner.http.get(f"/fhir/{location}", headers=identity.headers).json()
    sent = weight(identity, 71.5)["resource"]
    assert {key: stored[key] for key in sent if key != "meta"} == {key: sent[key] for key in sent if key != "meta"}
    assert stored["meta"]["versionId"] == "1"


def test_a_device_is_created_once(partner: Partner, identity: Identity) -> None:
    first = partner.write(identity, with_device(identity)).json()["entry"]
    second = partner.write(identity, with_device(identity)).json()["entry"]
    assert [entry["response"]["status"] for entry in first] == ["201 Created", "201 Created"]
    assert [entry["response"]["status"] for entry in second] == ["200 OK", "201 Created"]
    assert first[0]["response"]["location"] == second[0]["response"]["location"]


def test_a_known_device_under_another_id_is_linked_to_the_one_kept(partner: Partner, identity: Identity) -> None:
    first = partner.write(identity, with_device(identity)).json()["entry"][0]["response"]["location"]
    again = with_device(identity)
    again["entry"][0]["resource"]["id"] = "00000000-0000-4000-8000-0000000000aa"
    again["entry"][1]["resource"]["device"]["reference"] = "Device/00000000-0000-4000-8000-0000000000aa"
    location = partner.write(identity, again).json()["entry"][1]["response"]["location"]
    assert partner.http.get(f"/fhir/{location}", headers=identity.headers).json()["device"]["reference"] == first


def test_two_people_may_have_the_same_device(partner: Partner, identity: Identity) -> None:
    partner.write(identity, with_device(identity))
    other = partner.pair()
    entries = partner.write(other, with_device(other)).json()["entry"]
    assert [entry["response"]["status"] for entry in entries] == ["201 Created", "201 Created"]
    assert partner.http.get(f"/fhir/{entries[0]['response']['location']}", headers=identity.headers).status_code == 404


def _changed(identity: Identity, path: str, value: Any = None) -> dict[str, Any]:
    """A sound transaction with one element set, or removed where `value` is None."""
    sent = with_device(identity)
    steps: list[Any] = [int(step) if step.isdigit() else step for step in path.split("/")]
    target: Any = sent
    for step in steps[:-1]:
        target = target[step]
    if value is None:
        del target[steps[-1]]
    else:
        target[steps[-1]] = value
    return sent


@pytest.mark.parametrize(
    ("path", "value", "code", "text"),
    [
        ("entry/1/resource/valueQuantity", None, "value", "Observation value quantity not provided."),
        ("entry/1/resource/meta", None, "invalid", "Observation must provide meta.profile value."),
        ("entry/0/resource/meta", None, "invalid", "Device must provide meta.profile value."),
        ("entry/0/request/ifNoneExist", None, "invalid", "Device request must have a valid IfNoneExist attribute"),
        ("entry/1/resource/device", None, "invalid", "Observation.device.reference is mandatory."),
        (
            "entry/1/resource/device",
            {"reference": "Device/00000000-0000-4000-8000-000000000001"},
            "invalid",
            "Observation and device not linked by id",
        ),
        ("entry/1/resource/subject", None, "invalid", "Observation.subject.identifier is mandatory."),
        (
            "entry/1/resource/meta/source",
            "urn:oid:1.2.3.4",
            "value",
            "don't belong to root editor oid (1.2.840.10004.1.1.1.0.0.1.0.0.1)",
        ),
        (
            "entry/0/request/method",
            "PUT",
            "not-supported",
            "Resource of type Device is not acceptable with method PUT.",
        ),
    ],
)
def test_each_fault_has_the_status_and_text_of_the_contract(
    partner: Partner, identity: Identity, path: str, value: Any, code: str, text: str
) -> None:
    response = partner.write(identity, _changed(identity, path, value))
    issue = response.json()["issue"][0]
    assert response.status_code == 422
    assert (issue["severity"], issue["code"]) == ("error", code)
    assert text in diagnostics(response)


def test_the_issue_names_the_element(partner: Partner, identity: Identity) -> None:
    response = partner.write(identity, _changed(identity, "entry/1/resource/valueQuantity"))
    assert response.json()["issue"][0]["expression"] == ["Bundle.entry[1].resource.valueQuantity.value"]


def test_bmi_cannot_be_written(partner: Partner, identity: Identity) -> None:
    sent = weight(identity)
    sent["resource"]["code"]["coding"][0]["code"] = "39156-5"
    response = partner.write(identity, bundle(sent))
    assert response.status_code == 422
    assert "Bmi observation cannot be created." in diagnostics(response)


def test_two_observations_are_refused(partner: Partner, identity: Identity) -> None:
    response = partner.write(identity, bundle(weight(identity), weight(identity)))
    assert response.status_code == 422
    assert "Bundle must contains one observation creation (POST)" in diagnostics(response)


def test_another_resource_is_refused(partner: Partner, identity: Identity) -> None:
    patient = {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}}
    response = partner.write(identity, bundle(weight(identity), patient))
    assert response.status_code == 422
    assert "Resource of type Patient is not acceptable with method POST." in diagnostics(response)


def test_a_fault_without_printed_text_is_told_in_our_words(partner: Partner, identity: Identity) -> None:
    response = partner.write(identity, _changed(identity, "entry/1/resource/valueQuantity/code", "[lb_av]"))
    assert response.status_code == 422
    assert "(measures/" in diagnostics(response)


def test_a_refused_bundle_leaves_nothing(partner: Partner, identity: Identity) -> None:
    partner.write(identity, _changed(identity, "entry/1/resource/valueQuantity"))
    first = partner.write(identity, with_device(identity)).json()["entry"][0]["response"]["status"]
    assert first == "201 Created"


@pytest.mark.parametrize("body", [b"", b"  ", b"[]", b'{"resourceType":"Observation"}', b"null"])
def test_no_bundle_is_refused(partner: Partner, identity: Identity, body: bytes) -> None:
    response = partner.write(identity, body)
    assert response.status_code == 400
    assert "No bundle provided." in diagnostics(response)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a":1,"a":2}',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"resourceType":"Bundle","x":NaN}',
        b'{"resourceType":"Bundle","x":1e999}',
        b'{"resourceType":"Bundle","x":"\\ud800"}',
        b"<Bundle/>",
    ],
)
def test_what_is_no_json_is_refused_with_an_outcome(partner: Partner, identity: Identity, body: bytes) -> None:
    response = partner.write(identity, body)
    assert response.status_code == 400
    assert response.json()["issue"][0]["code"] == "structure"
    assert "Traceback" not in response.text


def test_another_media_type_is_refused(partner: Partner, identity: Identity) -> None:
    response = partner.write(identity, b"<Bundle/>", **{"Content-Type": "application/fhir+xml"})
    assert response.status_code == 415


def test_a_body_above_the_limit_is_refused(partner: Partner, identity: Identity) -> None:
    response = partner.write(identity, b" " * (3 * 1024 * 1024))
    assert response.status_code == 413
    assert response.json()["issue"][0]["code"] == "too-long"


@pytest.mark.parametrize(
    "broken",
    [
        {"entry": 3},
        {"entry": [None, 1, "x", [], {}]},
        {"entry": [{"resource": 1, "request": 2}]},
        {"entry": [{"resource": {"resourceType": ["Observation"]}, "request": {"method": 1, "url": {}}}]},
        {"entry": [{"resource": {"resourceType": "Observation", "subject": 1, "code": 2, "meta": 3, "component": 4}}]},
        {"entry": [{"resource": {"resourceType": "Device", "identifier": 1, "id": 5}, "request": {"ifNoneExist": 2}}]},
        {"entry": [{"resource": {"resourceType": "Observation", "subject": {"identifier": {"system": 1}}}}]},
        {"type": 1, "entry": {}},
    ],
)
def test_hostile_shapes_are_refused_not_failed(partner: Partner, identity: Identity, broken: dict[str, Any]) -> None:
    response = partner.write(identity, {"resourceType": "Bundle", "type": "transaction", **broken})
    assert response.status_code == 422
    assert response.json()["resourceType"] == "OperationOutcome"


def test_the_printed_example_is_accepted(partner: Partner, identity: Identity, shared: Path) -> None:
    text = (shared / "domain/ans-examples/mes-api-mesures/02-Bundle-transaction.json").read_text()
    response = partner.write(identity, text.replace("{{idPe}}", identity.claims["idPe"]).encode())
    assert response.status_code == 200, response.text


def test_devices_without_an_observation_are_refused(partner: Partner, identity: Identity) -> None:
    response = partner.write(identity, bundle(device()))
    assert response.status_code == 422


def test_the_answer_keeps_the_order_of_the_request(partner: Partner, identity: Identity) -> None:
    sent = with_device(identity)
    turned = {**deepcopy(sent), "entry": sent["entry"][::-1]}
    locations = [e["response"]["location"].split("/")[0] for e in partner.write(identity, turned).json()["entry"]]
    assert locations == ["Observation", "Device"]
