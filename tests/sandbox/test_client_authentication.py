"""private_key_jwt: an assertion is accepted once, when everything in it is right."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey
from sandbox_assertions import presented, signed
from sandbox_partner import Partner


@pytest.mark.parametrize("where", ["", "/token"])
def test_a_sound_assertion_is_enough(partner: Partner, where: str) -> None:
    assertion = signed(partner, aud=partner.descriptor["issuer"] + where)
    assert presented(partner, assertion).status_code == 200


def test_the_audience_may_be_a_list_of_one(partner: Partner) -> None:
    assert presented(partner, signed(partner, aud=[partner.descriptor["issuer"]])).status_code == 200


NOW = time.time()


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "autre-service"},
        {"sub": "inconnu"},
        {"sub": None},
        {"aud": "https://ailleurs.invalid"},
        {"aud": None},
        {"aud": []},
        {"exp": None},
        {"exp": NOW - 61},
        {"exp": NOW + 86400},
        {"exp": "demain"},
        {"iat": NOW + 3600},
        {"nbf": NOW + 3600},
        {"jti": None},
        {"jti": "x" * 201},
    ],
)
def test_a_wrong_claim_is_an_invalid_client(partner: Partner, changes: Mapping[str, Any]) -> None:
    answer = presented(partner, signed(partner, **changes))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "www-authenticate" in answer.headers


def test_an_audience_of_several_servers_is_refused(partner: Partner) -> None:
    audiences = [partner.descriptor["issuer"], "https://ailleurs.invalid"]
    assert presented(partner, signed(partner, aud=audiences)).status_code == 401


def test_another_key_is_refused(partner: Partner) -> None:
    assert presented(partner, signed(partner, ECKey.generate_key("P-256"))).status_code == 401


def test_the_secret_is_no_key(partner: Partner) -> None:
    key = OctKey.import_key(partner.client["client_secret"])
    assert presented(partner, signed(partner, key, "HS256")).status_code == 401


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_assertion_is_refused(partner: Partner, assertion: str) -> None:
    assert presented(partner, assertion).json()["error"] == "invalid_client"


def test_an_assertion_serves_once(partner: Partner) -> None:
    assertion = signed(partner)
    assert presented(partner, assertion).status_code == 200
    assert presented(partner, assertion).json()["error"] == "invalid_client"


def test_another_type_of_assertion_is_an_invalid_request(partner: Partner) -> None:
    other = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    answer = presented(partner, signed(partner), client_assertion_type=other)
    assert answer.json()["error"] == "invalid_request"


def test_an_assertion_and_a_secret_are_one_too_many(partner: Partner) -> None:
    answer = presented(partner, signed(partner), client_secret=partner.client["client_secret"])
    assert answer.json()["error"] == "invalid_request"


def test_the_client_id_beside_must_be_the_same(partner: Partner) -> None:
    assert presented(partner, signed(partner), client_id="autre-service").json()["error"] == "invalid_request"


def test_discovery_announces_the_method_and_its_algorithm(partner: Partner) -> None:
    told = partner.http.get("/.well-known/openid-configuration").json()
    assert "private_key_jwt" in told["token_endpoint_auth_methods_supported"]
    assert told["token_endpoint_auth_signing_alg_values_supported"] == ["ES256"]
