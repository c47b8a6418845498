"""Codes, tokens, rotation, revocation, and the pairing they stand on."""

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from sandbox_partner import SCOPES, VERIFIER, Identity, Partner, returned


def test_the_token_answer_is_complete(partner: Partner) -> None:
    response = partner.exchange(partner.code())
    answer = response.json()
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 300
    assert answer["scope"] == SCOPES
    assert {"access_token", "refresh_token", "id_token", "pairingId"} <= set(answer)


def test_the_id_token_is_signed_by_a_published_key(partner: Partner, identity: Identity) -> None:
    keys = KeySet.import_key_set(partner.http.get("/jwks").json())
    claims = jwt.decode(identity.tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert claims["iss"] == partner.descriptor["issuer"]
    assert claims["aud"] == partner.client["client_id"]
    assert claims["nonce"] == "nonce-1"
    assert claims["exp"] - claims["iat"] == 300
    assert claims["oidSolution"] == partner.client["solution_oid"]


def test_no_token_is_kept_in_clear_in_the_journal(partner: Partner, identity: Identity) -> None:
    partner.last(identity)
    journal = partner.control("GET", "journal").text
    secrets = [identity.tokens[name] for name in ("access_token", "refresh_token", "id_token")]
    assert not any(secret in journal for secret in [*secrets, identity.claims["idPe"], identity.user["password"]])


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://service-exemple.invalid/autre"},
        {"code_verifier": "b" * 50},
        {"code_verifier": ""},
        {"code_verifier": "é" * 50},
        {"code": "inconnu"},
    ],
)
def test_a_wrong_exchange_is_an_invalid_grant(partner: Partner, changes: dict[str, str]) -> None:
    form = {"code": partner.code(), "code_verifier": VERIFIER, "redirect_uri": partner.client["redirect_uri"]}
    response = partner.token(grant_type="authorization_code", **{**form, **changes})
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_grant"


def test_an_id_token_tells_when_the_person_signed_in_and_a_refreshed_one_does_not(partner: Partner) -> None:
    partner.control("PUT", "clock", {"at": "2026-11-22T12:00:00Z"})
    identity = partner.pair()
    assert identity.claims["auth_time"] == identity.claims["iat"]
    renewed = partner.identity(identity.user, partner.refresh(identity.tokens["refresh_token"]).json())
    assert not {"auth_time", "nonce"} & set(renewed.claims)


def test_a_description_has_only_the_characters_of_the_standard(partner: Partner) -> None:
    answer = partner.http.post("/token", data={'"\\é': ["1", "2"]}).json()
    assert answer["error_description"] == "The parameter ??? is written more than once"


def test_a_code_expires(partner: Partner) -> None:
    code = partner.code()
    partner.advance(61)
    assert partner.exchange(code).json()["error"] == "invalid_grant"


def test_a_code_used_twice_ends_what_it_gave(partner: Partner) -> None:
    user = partner.new_user()
    code = partner.code(user)
    identity = partner.identity(user, partner.exchange(code).json())
    assert partner.exchange(code).json()["error"] == "invalid_grant"
    assert partner.last(identity).status_code == 401


def test_a_code_is_for_its_client_only(partner: Partner) -> None:
    code, other = partner.code(), partner.descriptor["other_client"]
    response = partner.token(
        (other["client_id"], other["client_secret"]),
        grant_type="authorization_code", code=code, code_verifier=VERIFIER,
        redirect_uri=partner.client["redirect_uri"],
    )  # fmt: skip
    assert response.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("form", [{}, {"grant_type": "authorization_code"}, {"grant_type": "refresh_token"}])
def test_a_missing_parameter_is_an_invalid_request(partner: Partner, form: dict[str, str]) -> None:
    response = partner.token(**form)
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def test_an_unknown_grant_is_told(partner: Partner) -> None:
    assert partner.token(grant_type="password").json()["error"] == "unsupported_grant_type"


def test_a_repeated_parameter_is_an_invalid_request(partner: Partner) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = partner.http.post("/token", content="grant_type=a&grant_type=b", headers=headers)
    assert response.json()["error"] == "invalid_request"


def test_json_is_no_form(partner: Partner) -> None:
    assert partner.http.post("/token", json={"grant_type": "x"}).json()["error"] == "invalid_request"


@pytest.mark.parametrize("auth", [("service-exemple", "faux"), ("inconnu", "x"), None])
def test_a_wrong_client_is_refused(partner: Partner, auth: tuple[str, str] | None) -> None:
    response = partner.token(auth, grant_type="refresh_token", refresh_token="x")
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"
    assert response.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("header", ["Basic é", "Basic ====", "Basic " + "A" * 4000, "Basic //79"])
def test_unreadable_credentials_are_refused(partner: Partner, header: str) -> None:
    response = partner.http.post("/token", data={"grant_type": "x"}, headers={"Authorization": header.encode()})
    assert response.status_code == 401


def test_the_secret_may_be_posted(partner: Partner) -> None:
    client = partner.client
    response = partner.token(
        None,
        grant_type="authorization_code", code=partner.code(), code_verifier=VERIFIER,
        redirect_uri=client["redirect_uri"], client_id=client["client_id"], client_secret=client["client_secret"],
    )  # fmt: skip
    assert response.status_code == 200


def test_two_ways_to_authenticate_are_one_too_many(partner: Partner) -> None:
    response = partner.token(grant_type="refresh_token", client_secret=partner.client["client_secret"])
    assert response.json()["error"] == "invalid_request"


def test_a_client_does_not_speak_for_another(partner: Partner) -> None:
    response = partner.token(grant_type="refresh_token", refresh_token="x", client_id="autre-service")
    assert response.json()["error"] == "invalid_request"


def test_a_refresh_gives_new_tokens_for_the_same_person(partner: Partner, identity: Identity) -> None:
    partner.advance(301)
    renewed = partner.identity(identity.user, partner.refresh(identity.tokens["refresh_token"]).json())
    assert partner.last(renewed).status_code == 200
    assert renewed.claims["idPe"] == identity.claims["idPe"]
    assert "nonce" not in renewed.claims
    assert renewed.tokens["refresh_token"] != identity.tokens["refresh_token"]


def test_a_refresh_token_used_twice_ends_the_family(partner: Partner, identity: Identity) -> None:
    renewed = partner.identity(identity.user, partner.refresh(identity.tokens["refresh_token"]).json())
    assert partner.refresh(identity.tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert partner.last(renewed).status_code == 401
    assert partner.refresh(renewed.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_may_ask_for_less_never_for_more(partner: Partner) -> None:
    identity = partner.pair(demand={"scope": "openid mesures.lecture"})
    wider = partner.refresh(identity.tokens["refresh_token"], scope=SCOPES)
    assert wider.json()["error"] == "invalid_scope"
    narrower = partner.refresh(identity.tokens["refresh_token"], scope="openid")
    assert narrower.json()["scope"] == "openid"


@pytest.mark.parametrize("kind", ["unknown", "access_token"])
def test_only_a_refresh_token_refreshes(partner: Partner, identity: Identity, kind: str) -> None:
    sent = identity.tokens.get(kind, kind)
    assert partner.refresh(sent).json()["error"] == "invalid_grant"


def test_a_refresh_token_expires(partner: Partner, identity: Identity) -> None:
    partner.advance(2592001)
    assert partner.refresh(identity.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def _revoke(partner: Partner, **form: str) -> httpx.Response:
    auth = (partner.client["client_id"], partner.client["client_secret"])
    return partner.http.post("/revoke", data=form, auth=auth)


def test_a_revoked_access_token_is_refused_alone(partner: Partner, identity: Identity) -> None:
    assert _revoke(partner, token=identity.tokens["access_token"]).status_code == 200
    assert partner.last(identity).status_code == 401
    assert partner.refresh(identity.tokens["refresh_token"]).status_code == 200


def test_a_revoked_refresh_token_takes_its_family_along(partner: Partner, identity: Identity) -> None:
    assert _revoke(partner, token=identity.tokens["refresh_token"], token_type_hint="refresh_token").is_success
    assert partner.last(identity).status_code == 401
    assert partner.refresh(identity.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_revoking_an_unknown_token_succeeds(partner: Partner) -> None:
    assert _revoke(partner, token="inconnu").status_code == 200


def test_revoking_needs_a_token(partner: Partner) -> None:
    assert _revoke(partner).json()["error"] == "invalid_request"


def test_a_client_revokes_only_its_own(partner: Partner, identity: Identity) -> None:
    partner.client = partner.descriptor["other_client"]
    assert _revoke(partner, token=identity.tokens["access_token"]).json()["error"] == "unauthorized_client"
    assert partner.last(identity).status_code == 200


def _pairing(partner: Partner, identity: Identity, method: str = "GET", **request: object) -> httpx.Response:
    return partner.http.request(method, f"/pairings/{identity.tokens['pairingId']}", **request)  # type: ignore[arg-type]


def test_a_pairing_tells_status_and_consents(partner: Partner, identity: Identity) -> None:
    partner.consent(identity, write="refused")
    document = _pairing(partner, identity, headers=identity.headers).json()
    assert document["status"] == "ACTIVE"
    assert document["consents"]["mesures"] == {"lecture": "granted", "ecriture": "refused"}
    assert document["idPe"] == identity.claims["idPe"]


def test_an_ended_pairing_ends_everything(partner: Partner, identity: Identity) -> None:
    auth = (partner.client["client_id"], partner.client["client_secret"])
    assert _pairing(partner, identity, "DELETE", auth=auth).status_code == 204
    assert partner.last(identity).status_code == 401
    assert partner.refresh(identity.tokens["refresh_token"]).json()["error"] == "invalid_grant"
    ended = _pairing(partner, identity, auth=auth).json()
    assert ended["status"] == "REVOKED"
    assert {choice for perimeter in ended["consents"].values() for choice in perimeter.values()} == {"refused"}


def test_a_code_of_an_ended_pairing_is_worth_nothing(partner: Partner, identity: Identity) -> None:
    code = partner.code(identity.user)
    _pairing(partner, identity, "DELETE", headers=identity.headers)
    assert partner.exchange(code).json()["error"] == "invalid_grant"


def test_a_person_may_pair_again(partner: Partner, identity: Identity) -> None:
    _pairing(partner, identity, "DELETE", headers=identity.headers)
    again = partner.pair(identity.user)
    assert partner.last(again).status_code == 200


def test_another_pairing_is_not_found(partner: Partner, identity: Identity) -> None:
    other = partner.pair()
    assert _pairing(partner, identity, headers=other.headers).status_code == 404
    partner.client = partner.descriptor["other_client"]
    auth = (partner.client["client_id"], partner.client["client_secret"])
    assert _pairing(partner, identity, auth=auth).status_code == 404


def test_a_pairing_needs_credentials(partner: Partner, identity: Identity) -> None:
    assert _pairing(partner, identity).status_code == 401
    assert _pairing(partner, identity, headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_demand_without_state_and_nonce_goes_without(partner: Partner) -> None:
    answer = returned(partner.decide(partner.demand(state=None, nonce=None), partner.new_user()))
    assert "state" not in answer
    assert partner.exchange(answer["code"]).status_code == 200
