import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness_partner import URL, USER, FakeSession, Script, json_answer, target

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness import actions, control, pairing
from mes_conformity.harness.actions import ACTIONS
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing
from mes_conformity.harness.targets import from_descriptor
from mes_conformity.harness.transports import LiveTransport
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.action_names import ACTION_NAMES
from mes_conformity.suites.evidence import Request, Response


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[FakeSession]:
    """A session with the real clock, as the sandbox has."""
    sandbox.reset()
    described = from_descriptor(sandbox.descriptor, "essai", "embedded", "essai")
    transport = LiveTransport(ca_file=Path(str(described.ca_file)))
    yield FakeSession(Environment.system(), transport, target=described, client=described.client)
    transport.close()


def use(session: FakeSession, name: str, /, **inputs: Any) -> Any:
    return ACTIONS[name].run(session, inputs)


def search(session: FakeSession, identity: dict[str, Any], code: str) -> dict[str, Any]:
    query = {"subject.identifier": identity["subject"], "code": code, "_sort": "-date", "_count": 1}
    told: dict[str, Any] = use(session, "follow_pages", identity=identity, query=query)
    return told


def test_the_actions_are_those_that_suites_may_name() -> None:
    assert set(ACTIONS) == set(ACTION_NAMES) - {"artefact"}  # the engine knows the artefacts itself


def test_every_action_is_described() -> None:
    assert all(action.run.__doc__ for action in ACTIONS.values())


# --- on the embedded sandbox -------------------------------------------------------------------------------------


def test_a_person_is_paired_through_the_consent_page(session: FakeSession) -> None:
    identity = use(session, "paired_identity")
    assert identity["idpe"].startswith("idpe-fictif-")
    assert identity["scope"].startswith("openid mesures.lecture mesures.ecriture documents.lecture")
    assert {identity["access_token"], identity["refresh_token"], identity["id_token"]} <= set(session.secrets)


def test_two_pairings_are_two_persons(session: FakeSession) -> None:
    assert use(session, "paired_identity")["idpe"] != use(session, "paired_identity")["idpe"]


def test_a_given_person_is_paired_again_under_the_same_identity(session: FakeSession) -> None:
    user = use(session, "new_user")
    first = use(session, "paired_identity", user=user)
    assert use(session, "paired_identity", user=user)["idpe"] == first["idpe"]


def test_a_consent_refused_on_the_page_narrows_the_scope(session: FakeSession) -> None:
    assert (
        use(session, "paired_identity", write="refused")["scope"]
        == "openid mesures.lecture documents.lecture agenda.lecture"
    )


def test_an_identity_is_read_from_a_token_answer(session: FakeSession) -> None:
    grant = use(session, "authorize")
    identity = use(session, "identity_of", tokens=pairing.exchange(session, grant))
    assert identity["idpe"].startswith("idpe-fictif-")


def test_a_token_answer_that_is_no_object_is_no_identity(session: FakeSession) -> None:
    with pytest.raises(ActionFailed, match="pairing_failed"):
        use(session, "identity_of", tokens="")


def test_the_claims_of_an_id_token_are_verified(session: FakeSession) -> None:
    told = use(session, "id_token_claims", id_token=use(session, "paired_identity")["id_token"])
    assert (told["signature_valid"], told["algorithm_allowed"], told["valid_now"]) == (True, True, True)
    assert set(told["oids"]) == {"idpe", "assign_auth", "solution"}


def test_an_altered_signature_does_not_hold(session: FakeSession) -> None:
    token = use(session, "paired_identity")["id_token"] + "AAAA"
    assert use(session, "id_token_claims", id_token=token)["signature_valid"] is False


def test_an_id_token_ages_with_the_clock_of_the_target(session: FakeSession) -> None:
    token = use(session, "paired_identity")["id_token"]
    use(session, "advance_clock", seconds=3600)
    assert use(session, "id_token_claims", id_token=token)["valid_now"] is False
    fresh = use(session, "paired_identity")["id_token"]
    assert use(session, "id_token_claims", id_token=fresh)["valid_now"] is True


def test_the_clock_and_the_limit_are_found_again_after_the_case(session: FakeSession) -> None:
    use(session, "advance_clock", seconds=3600)
    use(session, "set_rate_limit", requests=5)
    for undo in reversed(session.undone):
        undo()
    assert control.call(session, "PUT", "/clock", {"advance_s": 0})["advanced_s"] == 0
    assert control.call(session, "PUT", "/rate-limit", {"requests": 0})["previous"] == 0


def test_a_minor_is_paired_by_who_represents_them(session: FakeSession) -> None:
    young = use(session, "new_user", of_age_in_days=2)
    assert use(session, "authorize", user=young)["code"] is None
    assert use(session, "authorize", user=young, representative="yes")["code"]


def test_what_discovery_announces_is_told(session: FakeSession) -> None:
    told = use(session, "announced", name="code_challenge_methods_supported")
    assert told == {"value": ["S256"], "issuer": session.target.issuer}


def test_what_discovery_does_not_announce_is_not_held_against_it(session: FakeSession) -> None:
    with pytest.raises(PrerequisiteMissing):
        use(session, "announced", name="registration_endpoint")


def test_something_that_is_no_token_has_no_claims(session: FakeSession) -> None:
    told = use(session, "id_token_claims", id_token="rien")
    assert (told["claims"], told["signature_valid"], told["valid_now"]) == ({}, False, False)


def test_a_series_is_written_and_its_pages_followed(session: FakeSession) -> None:
    identity = use(session, "paired_identity")
    series = use(session, "write_series", measure="weight", identity=identity, count=5, start="2026-03-01")
    query = {
        "subject.identifier": identity["subject"],
        "code": series["code"],
        "date": ["ge2026-03-01", "le2026-03-31"],
        "_count": 2,
    }
    told = use(session, "follow_pages", identity=identity, query=query)
    assert (told["sizes"], told["totals"], told["duplicates"], told["complete"]) == ([2, 2, 1], [5], 0, True)
    assert len(told["observations"]) == 5


def test_following_stops_at_the_limit(session: FakeSession) -> None:
    identity = use(session, "paired_identity")
    use(session, "write_series", measure="weight", identity=identity, count=3, start="2026-03-01")
    query = {"subject.identifier": identity["subject"], "code": "29463-7", "date": ["ge2026", "le2026"], "_count": 1}
    told = use(session, "follow_pages", identity=identity, query=query, limit=2)
    assert (told["sizes"], told["complete"]) == ([1, 1], False)


def test_a_withdrawn_consent_stops_a_series(session: FakeSession) -> None:
    identity = use(session, "paired_identity")
    use(session, "set_consent", identity=identity, write="refused")
    with pytest.raises(ActionFailed, match="series_refused"):
        use(session, "write_series", measure="weight", identity=identity, count=1, start="2026-03-01")


def test_a_suspended_service_is_reopened_afterwards(session: FakeSession) -> None:
    identity = use(session, "paired_identity")
    use(session, "set_service_status", status="SUSPENDUE")
    assert search(session, identity, "29463-7")["statuses"] == [403]
    for undo in session.undone:
        undo()
    assert search(session, identity, "29463-7")["statuses"] == [200]


def test_an_open_service_needs_no_restoring(session: FakeSession) -> None:
    use(session, "set_service_status", status="EN_LIGNE")
    assert session.undone == []


def test_a_version_to_approve_is_taken_back_afterwards(session: FakeSession) -> None:
    identity = use(session, "paired_identity")
    assert use(session, "set_service_version", version="7.0")["previous"] == "1.0"
    assert search(session, identity, "29463-7")["statuses"] == [403]
    for undo in session.undone:
        undo()
    assert search(session, identity, "29463-7")["statuses"] == [200]


def test_somebody_in_a_situation_is_found_and_their_password_kept_secret(session: FakeSession) -> None:
    person = use(session, "special_person", situation="minor")
    assert person["situation"] == "minor"
    assert person["password"] in session.secrets


def test_a_closed_space_gives_no_code(session: FakeSession) -> None:
    person = use(session, "special_person", situation="no_space")
    told = use(session, "authorize", user=person)
    assert (told["status"], told["code"]) == (403, None)


def test_a_wrong_one_time_code_gives_no_code(session: FakeSession) -> None:
    assert use(session, "authorize", otp="000")["code"] is None


def test_an_assertion_is_of_the_client_and_kept_secret(session: FakeSession) -> None:
    proof = use(session, "client_assertion")
    claims = pairing.jwt_part(proof["assertion"], 1)
    assert (claims["iss"], claims["aud"]) == (session.client["client_id"], session.target.issuer)
    assert proof["assertion"] in session.secrets
    assert session.client["private_jwk"]["d"] in session.secrets


def test_an_assertion_may_be_for_elsewhere(session: FakeSession) -> None:
    proof = use(session, "client_assertion", audience="https://ailleurs.invalid", key="other")
    assert pairing.jwt_part(proof["assertion"], 1)["aud"] == "https://ailleurs.invalid"


# --- on a scripted target ----------------------------------------------------------------------------------------


def scripted(env: Environment, answer: Response | None, **changes: Any) -> FakeSession:
    return FakeSession(env, Script(lambda _request: answer), target=target(**changes))


@pytest.mark.parametrize(("name", "inputs"), [("special_person", {"situation": "minor"}), ("client_assertion", {})])
def test_what_the_target_does_not_give_skips_the_case(env: Environment, name: str, inputs: dict[str, str]) -> None:
    with pytest.raises(PrerequisiteMissing):
        use(scripted(env, None), name, **inputs)


def test_a_version_without_a_previous_one_is_not_taken_back(env: Environment) -> None:
    session = scripted(env, json_answer("{}"))
    use(session, "set_service_version", version="2")
    assert session.undone == []


IDENTITY = {"assign_auth": "urn:oid:1.2", "idpe": "i", "access_token": "a", "id_token": "t"}


def test_a_patch_changes_the_bundle_and_not_what_is_told_of_the_sample(env: Environment) -> None:
    patch = [{"op": "remove", "path": "/entry/0/resource/valueQuantity"}]
    told = use(scripted(env, None), "sample_measure", measure="weight", identity=IDENTITY, patch=patch)
    assert "valueQuantity" not in told["bundle"]["entry"][0]["resource"]
    assert told["value"] == 71.5


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "remove", "path": "/entry/9"}],
        [{"op": "remove", "path": "/absent/x"}],
        [{"op": "dance", "path": "/entry"}],
        [{"path": "/entry"}],
        [{"op": "add", "path": "entry", "value": 1}],
    ],
)
def test_a_patch_that_does_not_apply_is_told(env: Environment, patch: list[dict[str, Any]]) -> None:
    with pytest.raises(ActionFailed, match="patch_failed"):
        use(scripted(env, None), "sample_measure", measure="weight", identity=IDENTITY, patch=patch)


def test_an_unknown_measure_is_told(env: Environment) -> None:
    with pytest.raises(ActionFailed, match="unknown_measure"):
        use(scripted(env, None), "sample_measure", measure="mood", identity=IDENTITY)


def test_without_a_control_interface_the_case_is_skipped(env: Environment) -> None:
    with pytest.raises(PrerequisiteMissing):
        use(scripted(env, None, control_url=None), "new_user")


def test_a_control_interface_that_refuses_is_told(env: Environment) -> None:
    with pytest.raises(ActionFailed, match="control_refused"):
        use(scripted(env, json_answer("{}", 400)), "advance_clock", seconds=1)


def test_the_users_of_the_description_serve_without_a_control_interface(env: Environment) -> None:
    session = scripted(env, Response(500), control_url=None)
    told = use(session, "authorize")
    assert (told["status"], told["code"]) == (500, None)
    assert USER["password"] in session.secrets


def test_a_clock_that_nobody_moved_is_ours(env: Environment) -> None:
    session = scripted(env, json_answer('{"keys": []}'), control_url=None)
    now = int(env.clock().timestamp())
    assert actions._valid_now(session, {"exp": now + 10, "iat": now}) is True
    assert actions._valid_now(session, {"exp": now + 10, "iat": now + 600}) is False
    assert actions._valid_now(session, {"exp": "demain", "iat": now}) is False


def test_a_control_interface_that_does_not_tell_the_clock_moves_nothing(env: Environment) -> None:
    assert actions._advanced_s(scripted(env, json_answer("{}"))) == 0.0


@pytest.mark.parametrize("keys", ["{}", '{"keys": [1]}', '{"keys": "x"}', "<html>"])
def test_keys_that_cannot_be_read_verify_nothing(env: Environment, keys: str) -> None:
    session = scripted(env, json_answer(keys), control_url=None)
    token = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
    assert use(session, "id_token_claims", id_token=token)["signature_valid"] is False


def test_a_next_link_to_another_machine_is_not_followed(env: Environment) -> None:
    page = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "https://ailleurs.invalid/"}]}
    session = scripted(env, json_answer(json.dumps(page)))
    with pytest.raises(ActionFailed, match="link_leaves_target"):
        use(session, "follow_pages", identity=IDENTITY)


@pytest.mark.parametrize("page", ["<html>", "[]", '{"link": 3, "entry": 4}', '{"link": [null, {"relation": "self"}]}'])
def test_a_page_that_is_no_bundle_ends_the_following(env: Environment, page: str) -> None:
    told = use(scripted(env, json_answer(page)), "follow_pages", identity=IDENTITY)
    assert (told["sizes"], told["totals"], told["complete"]) == ([0], [], True)


def test_a_refused_page_is_not_complete(env: Environment) -> None:
    told = use(scripted(env, json_answer("{}", 400)), "follow_pages", identity=IDENTITY, query={"a": None, "b": "1|2"})
    assert (told["statuses"], told["complete"]) == ([400], False)


def test_both_tokens_travel_with_a_search(env: Environment) -> None:
    script = Script(lambda _request: json_answer("{}"))
    use(FakeSession(env, script), "follow_pages", identity=IDENTITY)
    sent: Request = script.sent[0]
    assert sent.url == f"{URL}/fhir/Observation"
    assert {("Authorization", "Bearer a"), ("X-Id-Token", "t")} <= set(sent.headers)


def test_a_query_repeats_lists_and_leaves_null_out() -> None:
    assert actions.query_text({"date": ["ge1", "le2"], "none": None, "s": "a|b"}) == "date=ge1&date=le2&s=a%7Cb"


def test_a_control_answer_that_is_no_json_is_empty(env: Environment) -> None:
    assert control.call(scripted(env, json_answer("", 204)), "POST", "/reset") == {}


def test_a_sample_without_the_oid_of_the_solution_is_a_fault_of_the_settings(env: Environment) -> None:
    """Or the target would be accused of refusing it."""
    session = FakeSession(env, Script(lambda _request: None), client={"client_id": "essai"})
    identity = {"assign_auth": "urn:oid:1", "idpe": "i", "subject": "urn:oid:1|i", "assign_auth_oid": "1"}
    with pytest.raises(ActionFailed) as caught:
        use(session, "sample_measure", measure="weight", identity=identity)
    assert caught.value.code == "configuration"


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("follow_pages", {"path": "/fhir/Observation", "query": {"a": "b"}}),
        ("write_series", {"measure": "weight", "count": 1, "start": "2026-01-01"}),
    ],
)
def test_an_api_that_stands_elsewhere_is_called_there(env: Environment, name: str, inputs: dict[str, Any]) -> None:
    sent: list[str] = []

    def answers(request: Request) -> Response:
        sent.append(request.url)
        return json_answer("{}")

    session = FakeSession(env, Script(answers), target=target(fhir_url="https://api.invalid/v1/fhir"))
    identity = {
        "assign_auth": "urn:oid:1", "idpe": "i", "subject": "urn:oid:1|i", "assign_auth_oid": "1",
        "access_token": "a", "id_token": "i",
    }  # fmt: skip
    use(session, name, identity=identity, **inputs)
    assert [url.startswith("https://api.invalid/v1/fhir") for url in sent] == [True]
