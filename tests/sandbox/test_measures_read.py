"""Reading measures: the two modes, pages, _include, and each refusal of the error table."""

import pytest
from sandbox_partner import Identity, Partner, bundle, diagnostics, weight, with_device


@pytest.fixture
def five(partner: Partner, identity: Identity) -> Identity:
    """Someone with five weights, one a day, 61 kg to 65 kg."""
    for day in range(1, 6):
        assert partner.write(identity, bundle(weight(identity, 60 + day, f"2026-09-0{day}T08:00:00Z"))).is_success
    return identity


def _values(response_json: dict) -> list[float]:  # type: ignore[type-arg]
    return [
        entry["resource"]["valueQuantity"]["value"]
        for entry in response_json.get("entry", [])
        if entry["search"]["mode"] == "match"
    ]


def _links(response_json: dict) -> dict[str, str]:  # type: ignore[type-arg]
    return {link["relation"]: link["url"] for link in response_json["link"]}


def test_last_answers_the_newest_only(partner: Partner, five: Identity) -> None:
    answer = partner.last(five).json()
    assert answer["type"] == "searchset"
    assert answer["total"] == 1
    assert _values(answer) == [65]


def test_all_answers_between_the_bounds_newest_first(partner: Partner, five: Identity) -> None:
    answer = partner.search(five, ("date", "ge2026-09-02"), ("date", "le2026-09-04")).json()
    assert answer["total"] == 3
    assert _values(answer) == [64, 63, 62]


def test_strict_bounds_leave_the_day_out(partner: Partner, five: Identity) -> None:
    answer = partner.search(five, ("date", "gt2026-09-02"), ("date", "lt2026-09-04")).json()
    assert _values(answer) == [63]


def test_nothing_found_is_an_empty_searchset(partner: Partner, identity: Identity) -> None:
    answer = partner.all(identity).json()
    assert answer["total"] == 0
    assert "entry" not in answer


def test_pages_are_followed_to_the_end_and_back(partner: Partner, five: Identity) -> None:
    page = partner.all(five, _count="2").json()
    seen, total = _values(page), page["total"]
    assert "previous" not in _links(page)
    while "next" in _links(page):
        page = partner.http.get(_links(page)["next"], headers=five.headers).json()
        seen += _values(page)
        assert page["total"] == total == 5
    assert seen == [65, 64, 63, 62, 61]
    back = partner.http.get(_links(page)["previous"], headers=five.headers).json()
    assert _values(back) == [63, 62]


def test_self_is_the_page_itself(partner: Partner, five: Identity) -> None:
    page = partner.all(five, _count="2", _offset="1").json()
    again = partner.http.get(_links(page)["self"], headers=five.headers).json()
    assert _values(again) == _values(page) == [63, 62]


@pytest.mark.parametrize("spelling", ["Observation:device", "Observation.device"])
def test_include_gives_the_device_once(partner: Partner, identity: Identity, spelling: str) -> None:
    for value in (70, 71):
        partner.write(identity, with_device(identity, value=value))
    answer = partner.all(identity, _include=spelling, _count="100").json()
    modes = [entry["search"]["mode"] for entry in answer["entry"]]
    assert answer["total"] == 2
    assert modes == ["match", "match", "include"]
    assert answer["entry"][2]["resource"]["resourceType"] == "Device"
    assert answer["entry"][0]["resource"]["device"]["reference"] == f"Device/{answer['entry'][2]['resource']['id']}"


def test_the_device_is_not_given_unasked(partner: Partner, identity: Identity) -> None:
    partner.write(identity, with_device(identity))
    assert len(partner.all(identity).json()["entry"]) == 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"_count": "101"}, "Maximum page size allowed is 100. Actual : 101"),
        ({"_sort": "-date", "_count": "1"}, "Paged search and search last cannot be requested concurrently"),
    ],
)
def test_refusals_of_the_mode_all(partner: Partner, identity: Identity, changes: dict[str, str], text: str) -> None:
    response = partner.all(identity, **changes)
    assert response.status_code == 400
    assert response.json()["issue"][0]["code"] == "invalid"
    assert text in diagnostics(response)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"_sort": "date"}, "Sort parameter must be equals to -date"),
        ({"_count": "2"}, "Sort parameter must be equals to -date"),
        ({"_count": None}, "Sort parameter must be equals to -date"),
        ({"_sort": None}, "No search mode detected"),
        ({"_sort": None, "_count": None}, "No search mode detected"),
        ({"_sort": None, "_count": None, "date": "ge2026-01-01"}, "No search mode detected"),
        ({"_offset": "0"}, "Paged search and search last cannot be requested concurrently"),
    ],
)
def test_refusals_of_the_mode_last(
    partner: Partner, identity: Identity, changes: dict[str, str | None], text: str
) -> None:
    response = partner.last(identity, **changes)
    assert response.status_code == 400
    assert text in diagnostics(response)


@pytest.mark.parametrize(
    "changes",
    [
        {"code": None},
        {"code": ""},
        {"code": "1-1"},
        {"code": "http://snomed.info/sct|29463-7"},
        {"code": "29463-7' or '1'='1"},
        {"_count": "0"},
        {"_count": "-1"},
        {"_count": "x"},
        {"_count": "٣"},
        {"_count": "9" * 400},
        {"_offset": "99999999999"},
        {"_include": "Observation:subject"},
    ],
)
def test_wrong_parameters_are_refused(partner: Partner, identity: Identity, changes: dict[str, str | None]) -> None:
    response = partner.all(identity, **changes)
    assert response.status_code == 400
    assert diagnostics(response)


@pytest.mark.parametrize(
    "date", ["2026-01-01", "ge", "geX", "ge2026-13-01", "eq2026-01-01", "ge2026-01-01T00:00:00+99:00"]
)
def test_wrong_dates_are_refused(partner: Partner, identity: Identity, date: str) -> None:
    assert partner.search(identity, ("date", date), ("date", "le2030-01-01")).status_code == 400


def test_a_bound_written_twice_is_refused(partner: Partner, identity: Identity) -> None:
    response = partner.search(identity, ("date", "ge2026-01-01"), ("date", "ge2026-01-02"))
    assert response.status_code == 400


def test_a_parameter_written_twice_is_refused(partner: Partner, identity: Identity) -> None:
    assert partner.search(identity, ("code", "8302-2"), ("date", "ge2026-01-01")).status_code == 400


def test_a_code_may_carry_its_system(partner: Partner, five: Identity) -> None:
    assert _values(partner.last(five, code="http://loinc.org|29463-7").json()) == [65]


def test_a_patient_without_system_is_refused(partner: Partner, identity: Identity) -> None:
    response = partner.last(identity, **{"subject.identifier": identity.claims["idPe"]})
    assert response.status_code == 400


def test_without_a_patient_the_search_is_refused(partner: Partner, identity: Identity) -> None:
    assert partner.last(identity, **{"subject.identifier": None}).status_code == 400


def test_a_query_that_is_no_utf8_is_refused(partner: Partner, identity: Identity) -> None:
    response = partner.http.get("/fhir/Observation?code=%ff", headers=identity.headers)
    assert response.status_code == 400
    assert diagnostics(response)


def test_a_token_in_the_address_is_refused(partner: Partner, identity: Identity) -> None:
    response = partner.last(identity, access_token="x")
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["Observation/none", "Observation/%00", "Device/../x", "Patient/1", "Observation/a'b"])
def test_an_unknown_address_is_not_found(partner: Partner, identity: Identity, path: str) -> None:
    response = partner.http.get(f"/fhir/{path}", headers=identity.headers)
    assert response.status_code == 404
    assert response.json()["resourceType"] == "OperationOutcome"


def test_another_persons_measure_is_not_found(partner: Partner, identity: Identity) -> None:
    location = partner.write(identity, bundle(weight(identity))).json()["entry"][0]["response"]["location"]
    other = partner.pair()
    assert partner.http.get(f"/fhir/{location}", headers=other.headers).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused_with_an_outcome(partner: Partner, identity: Identity, method: str) -> None:
    response = partner.http.request(method, "/fhir/Observation/1", headers=identity.headers)
    assert response.status_code == 405
    assert response.headers["allow"]
    assert response.json()["resourceType"] == "OperationOutcome"
