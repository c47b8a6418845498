"""Submission sets and folders: what comes with a lot is found (ITI-66) and read."""

import pytest
from exchange_partner import Exchanges
from sandbox_partner import Identity, Partner

ARCHIVED = {
    "url": "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived",
    "valueBoolean": True,
}


@pytest.fixture
def mine(partner: Partner, identity: Identity) -> Exchanges:
    return Exchanges(partner, identity)


def test_a_set_comes_with_its_lot_and_names_the_document_where_it_is_kept(mine: Exchanges) -> None:
    answer = mine.post(mine.submission()).json()
    places = [entry["response"]["location"] for entry in answer["entry"]]
    (kept,) = mine.found("List")
    assert places[0] == f"List/{kept['id']}"
    assert kept["entry"][0]["item"]["reference"] == places[1]
    read = mine.call("GET", f"/fhir/{places[0]}")
    assert (read.status_code, read.json(), read.headers["etag"]) == (200, kept, 'W/"1"')
    assert mine.call("GET", f"/fhir/{places[1]}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"code": "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes|submissionset"}, 1),
        ({"code": "folder"}, 0),
        ({"status": "retired"}, 0),
        ({"date": "ge2020-01-01"}, 1),
        ({"date": "lt2020-01-01"}, 0),
        ({"title": "dossier"}, 1),
        ({"title": "rapport"}, 0),
        ({"isArchived": "true"}, 1),
        ({"isArchived": "false"}, 0),
        ({"sourceId": "inconnu"}, 0),
    ],
)
def test_each_parameter_filters(mine: Exchanges, asked: dict[str, str], found: int) -> None:
    lot = mine.submission()
    lot["entry"][0]["resource"]["title"] = "Dossier fictif"
    lot["entry"][0]["resource"]["extension"].append(ARCHIVED)
    assert mine.post(lot).status_code == 200
    assert len(mine.found("List", **asked)) == found


def test_the_source_of_a_set_is_found(mine: Exchanges) -> None:
    mine.post(mine.submission())
    extensions = mine.found("List")[0]["extension"]
    source = next(item["valueIdentifier"]["value"] for item in extensions if "valueIdentifier" in item)
    assert len(mine.found("List", sourceId=source)) == 1


@pytest.mark.parametrize("missing", ["patient.identifier", "code", "status"])
def test_what_iti_66_wants_is_wanted(mine: Exchanges, missing: str) -> None:
    asked = {"patient.identifier": mine.subject, "code": "submissionset", "status": "current"}
    del asked[missing]
    answer = mine.call("GET", "/fhir/List", params=asked)
    assert answer.status_code == 400
    assert missing in answer.json()["issue"][0]["diagnostics"]


def test_a_form_searches_too(mine: Exchanges) -> None:
    mine.post(mine.submission())
    form = {"patient.identifier": mine.subject, "code": "submissionset", "status": "current"}
    assert mine.call("POST", "/fhir/List/_search", data=form).json()["total"] == 1
    assert mine.call("POST", "/fhir/List/_search", data={**form, "_format": "json"}).status_code == 400


def test_another_s_list_is_not_there(partner: Partner, mine: Exchanges) -> None:
    mine.post(mine.submission())
    key = mine.found("List")[0]["id"]
    theirs = Exchanges(partner, partner.pair())
    assert theirs.found("List") == []
    assert theirs.call("GET", f"/fhir/List/{key}").status_code == 404


def test_a_search_of_lists_takes_the_consent_of_documents(partner: Partner, mine: Exchanges) -> None:
    partner.consent(mine.identity, read="refused")
    assert mine.find("List").status_code == 403


def test_a_document_is_found_by_what_it_replaces_and_by_being_archived(mine: Exchanges) -> None:
    former = mine.post(mine.document()).json()
    later = mine.post({**mine.document(replaces=former["id"]), "extension": [ARCHIVED]}).json()
    assert [item["id"] for item in mine.found(relatesto=former["id"])] == [later["id"]]
    assert [item["id"] for item in mine.found(relatesto=f"DocumentReference/{former['id']}")] == [later["id"]]
    assert mine.found(relatesto="autre") == []
    assert [item["id"] for item in mine.found(isArchived="true")] == [later["id"]]
