"""What the server says of itself."""

import pytest
from sandbox_partner import Partner


@pytest.mark.parametrize("path", ["openid-configuration", "oauth-authorization-server"])
def test_every_address_of_the_discovery_answers(partner: Partner, path: str) -> None:
    document = partner.http.get(f"/.well-known/{path}").json()
    assert document["issuer"] == partner.descriptor["issuer"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"):
        assert partner.http.get(document[name]).status_code in (200, 400, 405)


def test_the_key_set_holds_no_private_part(partner: Partner) -> None:
    (key,) = partner.http.get("/jwks").json()["keys"]
    assert "d" not in key
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")


def test_the_capability_statement_says_what_each_route_is_worth(partner: Partner) -> None:
    statement = partner.http.get("/fhir/metadata").json()
    (rest,) = statement["rest"]
    assert statement["fhirVersion"] == "4.0.1"
    assert "republished" in rest["interaction"][0]["documentation"]
    assert "assumption" in rest["documentation"]
    assert {resource["type"] for resource in rest["resource"]} == {
        "Observation", "Device", "DocumentReference", "List", "Binary", "Appointment", "Slot", "Schedule",
        "Practitioner",
    }  # fmt: skip
    assert "It is not Mon espace santé" in statement["implementation"]["description"]


def test_an_unknown_path_is_not_found_without_html(partner: Partner) -> None:
    response = partner.http.get("/inconnu")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"


def test_an_unknown_fhir_path_answers_an_outcome(partner: Partner) -> None:
    response = partner.http.get("/fhir/Observation/1/history/2/3")
    assert response.status_code == 404
    assert response.json()["resourceType"] == "OperationOutcome"
