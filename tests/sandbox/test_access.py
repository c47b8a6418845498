"""Who may do what: each refusal before the content, and their order."""

import pytest
from sandbox_partner import Identity, Partner, bundle, diagnostics, weight


def _write(partner: Partner, identity: Identity, **headers: str) -> int:
    return partner.write(identity, bundle(weight(identity)), **headers).status_code


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer unknown", "Basic abc", "Bearer é", "x" * 5000])
def test_a_wrong_access_token_is_refused(partner: Partner, identity: Identity, value: str) -> None:
    identity.headers["Authorization"] = value
    response = partner.http.get("/fhir/Observation", headers={k: v.encode() for k, v in identity.headers.items()})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert "access_token est invalide" in diagnostics(response)


@pytest.mark.parametrize("path", ["/fhir/Observation", "/fhir/Appointment", "/fhir/Device/x"])
def test_who_sends_no_token_is_not_told_that_it_is_wrong(partner: Partner, identity: Identity, path: str) -> None:
    """RFC 6750, §3.1."""
    without = partner.http.get(path)
    wrong = partner.http.get(path, headers={"Authorization": "Bearer x"})
    assert (without.status_code, wrong.status_code) == (401, 401)
    assert without.headers["www-authenticate"] == 'Bearer realm="sandbox"'
    assert wrong.headers["www-authenticate"] == 'Bearer realm="sandbox", error="invalid_token"'


def test_a_refresh_token_is_no_access_token(partner: Partner, identity: Identity) -> None:
    assert _write(partner, identity, Authorization=f"Bearer {identity.tokens['refresh_token']}") == 401


def test_an_expired_access_token_is_refused(partner: Partner, identity: Identity) -> None:
    partner.advance(301)
    assert _write(partner, identity) == 401


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "é"])
def test_a_wrong_id_token_is_refused(partner: Partner, identity: Identity, value: str) -> None:
    headers = {k: v.encode() for k, v in {**identity.headers, "X-Id-Token": value}.items() if v}
    response = partner.http.get("/fhir/Observation", headers=headers)
    assert response.status_code == 400
    assert "The ID_TOKEN value is not valid (invalid JWT)" in diagnostics(response)


def test_an_id_token_with_one_byte_changed_is_refused(partner: Partner, identity: Identity) -> None:
    head, body, signature = identity.tokens["id_token"].split(".")
    changed = f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert _write(partner, identity, **{"X-Id-Token": changed}) == 400


def test_an_id_token_for_another_client_is_refused(partner: Partner, identity: Identity) -> None:
    mine = partner.client
    partner.client = partner.descriptor["other_client"]
    other = partner.pair(identity.user)
    partner.client = mine
    assert _write(partner, identity, **{"X-Id-Token": other.tokens["id_token"]}) == 400


def test_another_oid_is_a_conflict(partner: Partner, identity: Identity) -> None:
    sent = weight(identity)
    sent["resource"]["subject"]["identifier"]["system"] = "urn:oid:1.2.3.4"
    response = partner.write(identity, bundle(sent))
    assert response.status_code == 409
    assert "OID conflict" in diagnostics(response)
    assert partner.last(identity, **{"subject.identifier": f"1.2.3.4|{identity.claims['idPe']}"}).status_code == 409


def test_the_oid_may_be_written_as_an_urn(partner: Partner, identity: Identity) -> None:
    assert partner.last(identity, **{"subject.identifier": f"urn:oid:{identity.subject}"}).status_code == 200


def test_another_patient_is_refused(partner: Partner, identity: Identity) -> None:
    other = partner.pair()
    response = partner.write(identity, bundle(weight(other)))
    assert response.status_code == 403
    assert "idPe requested do not match authorized idPe" in diagnostics(response)
    assert partner.last(identity, **{"subject.identifier": other.subject}).status_code == 403


def test_the_id_token_of_another_patient_is_refused(partner: Partner, identity: Identity) -> None:
    other = partner.pair()
    assert _write(partner, identity, **{"X-Id-Token": other.tokens["id_token"]}) == 403


def test_a_second_patient_does_not_hide_behind_the_first(partner: Partner, identity: Identity) -> None:
    other = partner.pair()
    assert partner.write(identity, bundle(weight(identity), weight(other))).status_code == 403


@pytest.mark.parametrize(("action", "text"), [("read", "Consent not given"), ("write", "Consent not given")])
def test_consent_is_separate_and_takes_effect_at_once(
    partner: Partner, identity: Identity, action: str, text: str
) -> None:
    partner.consent(identity, **{action: "refused"})
    answers = {"read": partner.last(identity), "write": partner.write(identity, bundle(weight(identity)))}
    refused = answers.pop(action)
    assert refused.status_code == 403
    assert text in diagnostics(refused)
    assert all(answer.status_code == 200 for answer in answers.values())


def test_a_consent_given_back_counts_again(partner: Partner, identity: Identity) -> None:
    partner.consent(identity, write="refused")
    partner.consent(identity, write="granted")
    assert _write(partner, identity) == 200


def test_what_the_client_did_not_ask_for_is_not_granted(partner: Partner) -> None:
    identity = partner.pair(demand={"scope": "openid mesures.lecture"})
    assert partner.last(identity).status_code == 200
    assert _write(partner, identity) == 403


@pytest.mark.parametrize("status", ["SUSPENDUE", "HORS_LIGNE", "DEREFERENCEE"])
def test_a_service_out_of_service_exchanges_nothing(partner: Partner, identity: Identity, status: str) -> None:
    partner.control("PUT", "service-status", {"status": status})
    response = partner.last(identity)
    assert response.status_code == 403
    assert "suspended" in diagnostics(response)


def test_access_token_comes_before_id_token(partner: Partner, identity: Identity) -> None:
    assert _write(partner, identity, **{"Authorization": "Bearer x", "X-Id-Token": "x"}) == 401


def test_consent_comes_before_content(partner: Partner, identity: Identity) -> None:
    partner.consent(identity, write="refused")
    sent = weight(identity)
    del sent["resource"]["valueQuantity"]
    assert partner.write(identity, bundle(sent)).status_code == 403
