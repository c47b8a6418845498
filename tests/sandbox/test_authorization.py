"""The demand, the page, the way back."""

import html

import pytest
from sandbox_partner import CHALLENGE, MEASURES_SCOPES, OTHERS, SCOPES, Identity, Partner, bundle, returned, weight


def test_the_page_is_french_html_with_labels_and_no_script(partner: Partner) -> None:
    page = partner.demand()
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="fr">' in page.text
    for field in ("login", "password"):
        assert f'for="{field}"' in page.text
        assert f'id="{field}"' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_page_asks_only_for_what_is_demanded(partner: Partner) -> None:
    page = partner.choices(partner.demand(scope="openid mesures.lecture"), partner.new_user()).text
    assert "consent_read" in page
    assert "consent_write" not in page


def test_the_steps_are_sign_in_code_choices_and_summary(partner: Partner) -> None:
    page, user = partner.demand(scope=MEASURES_SCOPES), partner.new_user()
    page = partner.step(page, login=user["login"], password=user["password"])
    assert 'for="otp"' in page.text
    page = partner.step(page, otp=user["otp"])
    assert "Finalité\u00a0: Suivre vos mesures" in page.text
    assert "checked" not in page.text
    page = partner.step(page, consent_read="accept", consent_write="refuse", step="summary")
    assert "accepté" in page.text
    assert "refusé" in page.text
    tokens = partner.exchange(returned(partner.step(page, decision="accept"))["code"]).json()
    assert tokens["scope"] == "openid mesures.lecture"


def test_nothing_is_granted_before_the_summary_is_confirmed(partner: Partner) -> None:
    user = partner.new_user()
    page = partner.choices(partner.demand(), user)
    partner.step(page, consent_read="accept", consent_write="accept")
    assert "Aucun service" in partner.space(user).text


def test_the_summary_leads_back_to_the_choices(partner: Partner) -> None:
    page = partner.choices(partner.demand(scope=MEASURES_SCOPES), partner.new_user())
    page = partner.step(page, consent_read="accept", consent_write="refuse")
    page = partner.step(page, step="choices")
    assert page.text.count(" checked") == 2


def test_each_line_must_be_answered(partner: Partner) -> None:
    page = partner.choices(partner.demand(), partner.new_user())
    page = partner.step(page, consent_read="accept", step="summary")
    assert page.status_code == 400
    assert '<a href="#write-accept">' in page.text
    assert 'aria-describedby="write-accept-erreur"' in page.text
    assert '<a href="#read-accept">' not in page.text
    assert 'name="consent_read" value="accept" checked' in page.text


def test_empty_fields_are_each_told_and_cost_no_try(partner: Partner) -> None:
    page = partner.demand()
    for _ in range(6):
        answer = partner.step(page, login="", password="")
    assert '<a href="#login">' in answer.text
    assert '<a href="#password">' in answer.text
    assert "2 erreurs" in answer.text


def test_an_empty_code_is_told(partner: Partner) -> None:
    page, user = partner.demand(), partner.new_user()
    page = partner.step(page, login=user["login"], password=user["password"])
    assert '<a href="#otp">' in partner.step(page, otp=" ").text


def test_an_unknown_login_reads_like_a_wrong_password(partner: Partner) -> None:
    user = partner.new_user()
    wrong = [
        partner.step(partner.demand(), login=login, password="faux").text.split("<form")[0]
        for login in (user["login"], "personne-n-a-ce-nom")
    ]
    assert wrong[0] == wrong[1]


def test_signing_in_as_somebody_else_asks_for_their_code(partner: Partner) -> None:
    page, one, two = partner.demand(), partner.new_user(), partner.new_user()
    page = partner.choices(page, one)
    page = partner.step(page, login=two["login"], password=two["password"])
    assert 'for="otp"' in page.text


def test_a_demand_for_nothing_but_the_identity_is_confirmed_at_once(partner: Partner) -> None:
    page = partner.choices(partner.demand(scope="openid"), partner.new_user())
    page = partner.step(page, step="summary")
    assert "code" in returned(partner.step(page, decision="accept"))


def _person(partner: Partner, situation: str) -> dict[str, str]:
    return next(person for person in partner.descriptor["people"] if person["situation"] == situation)


@pytest.mark.parametrize(("situation", "told"), [("no_space", "pas d'espace ouvert"), ("opposed", "s'est opposée")])
def test_a_closed_space_is_not_paired(partner: Partner, situation: str, told: str) -> None:
    page = partner.decide(partner.demand(), _person(partner, situation))
    assert page.status_code == 403
    assert told in html.unescape(page.text)
    assert "error=access_denied" in page.text
    assert "state=etat-1" in page.text


def test_a_minor_is_paired_by_a_representative_only(partner: Partner) -> None:
    minor = _person(partner, "minor")
    page = partner.decide(partner.demand(), minor)
    assert page.status_code == 400
    assert '<a href="#representative">' in page.text
    assert "code" in returned(partner.decide(page, minor, representative="yes"))


def test_who_came_of_age_is_asked_again(partner: Partner) -> None:
    person = _person(partner, "came_of_age")
    page = partner.choices(partner.demand(), person)
    assert "majeur" in page.text
    assert page.text.count(" checked") == 6
    identity = partner.pair(person)
    assert partner.write(identity, bundle(weight(identity))).status_code == 200


def test_coming_of_age_stops_what_was_granted_for_a_minor(partner: Partner) -> None:
    identity = partner.pair(_person(partner, "minor"), representative="yes")
    partner.advance(21 * 86400)
    renewed = partner.identity(identity.user, partner.refresh(identity.tokens["refresh_token"]).json())
    assert renewed.tokens["scope"] == "openid"
    assert partner.write(renewed, bundle(weight(renewed))).status_code == 403


def test_everything_refused_exchanges_nothing(partner: Partner) -> None:
    person = _person(partner, "all_refused")
    assert partner.choices(partner.demand(), person).text.count('value="refuse" checked') == 6
    everything = dict.fromkeys(("consent_read", "consent_write", *OTHERS), "refuse")
    identity = partner.pair(person, **everything)
    assert identity.tokens["scope"] == "openid"
    assert partner.write(identity, bundle(weight(identity))).status_code == 403
    assert partner.last(identity).status_code == 403


def _status(partner: Partner, identity: Identity) -> str:
    path = f"/pairings/{identity.tokens['pairingId']}"
    auth = (partner.client["client_id"], partner.client["client_secret"])
    return str(partner.http.get(path, auth=auth).json()["status"])


def test_a_pairing_is_pending_until_its_first_tokens(partner: Partner) -> None:
    user = partner.new_user()
    code = partner.code(user)
    assert "en cours d'appariement" in html.unescape(partner.space(user).text)
    assert _status(partner, partner.identity(user, partner.exchange(code).json())) == "ACTIVE"


def test_a_new_version_asks_again(partner: Partner, identity: Identity) -> None:
    partner.control("PUT", "service-version", {"version": "2.0"})
    assert _status(partner, identity) == "REAPPROVAL_REQUIRED"
    assert partner.write(identity, bundle(weight(identity))).status_code == 403
    assert "nouvelle version (2.0)" in partner.choices(partner.demand(), identity.user).text
    partner.pair(identity.user)
    assert _status(partner, identity) == "ACTIVE"
    assert partner.write(identity, bundle(weight(identity))).status_code == 200


def test_the_same_version_again_asks_nothing(partner: Partner, identity: Identity) -> None:
    partner.control("PUT", "service-version", {"version": "1.0"})
    assert _status(partner, identity) == "ACTIVE"


@pytest.mark.parametrize("version", ["", "x" * 41, 2])
def test_a_version_is_a_short_text(partner: Partner, version: object) -> None:
    assert partner.control("PUT", "service-version", {"version": version}).status_code == 400


def test_without_a_new_approval_in_time_the_pairing_expires(partner: Partner, identity: Identity) -> None:
    partner.control("PUT", "service-version", {"version": "2.0"})
    partner.advance(30 * 86400 + 1)
    assert _status(partner, identity) == "EXPIRED"
    assert partner.write(identity, bundle(weight(identity))).status_code == 401


def test_pairing_again_after_expiry_starts_without_the_old_tokens(partner: Partner) -> None:
    identity = partner.pair()
    partner.control("PUT", "service-version", {"version": "2.0"})
    partner.advance(29 * 86400)
    late = partner.refresh(identity.tokens["refresh_token"]).json()
    partner.advance(2 * 86400)
    assert partner.refresh(late["refresh_token"]).json()["error"] == "invalid_grant"
    again = partner.pair(identity.user)
    assert again.claims["idPe"] == identity.claims["idPe"]
    assert partner.refresh(late["refresh_token"]).json()["error"] == "invalid_grant"


def test_accepting_gives_code_state_and_issuer(partner: Partner) -> None:
    answer = partner.decide(partner.demand(state="é &x"), partner.new_user())
    assert answer.headers["location"].startswith(partner.client["redirect_uri"] + "?")
    assert set(returned(answer)) == {"code", "state", "iss"}
    assert returned(answer)["state"] == "é &x"


def test_refusing_needs_no_signing_in(partner: Partner) -> None:
    answer = returned(partner.decide(partner.demand(), {"login": "", "password": "", "otp": ""}, decision="refuse"))
    assert (answer["error"], answer["state"]) == ("access_denied", "etat-1")


@pytest.mark.parametrize("wrong", ["login", "password", "otp"])
def test_wrong_credentials_show_the_page_again(partner: Partner, wrong: str) -> None:
    page = partner.decide(partner.demand(), partner.new_user(), **{wrong: "faux é"})
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert f'aria-describedby="{wrong}-erreur"' in page.text
    assert f'<a href="#{wrong}">' in page.text


def test_a_person_may_try_again_after_a_mistake(partner: Partner) -> None:
    user = partner.new_user()
    page = partner.decide(partner.demand(), user, otp="000")
    assert "code" in returned(partner.decide(page, user))


def test_five_mistakes_end_the_demand(partner: Partner) -> None:
    page, user = partner.demand(), partner.new_user()
    answers = [partner.decide(page, user, otp="000") for _ in range(5)]
    assert [answer.status_code for answer in answers[:4]] == [400] * 4
    assert returned(answers[4])["error"] == "access_denied"


def test_a_page_is_answered_once(partner: Partner) -> None:
    page, user = partner.demand(), partner.new_user()
    partner.decide(page, user)
    assert partner.decide(page, user).status_code == 400


def test_a_page_left_open_expires(partner: Partner) -> None:
    page, user = partner.demand(), partner.new_user()
    partner.advance(601)
    assert partner.decide(page, user).status_code == 400


def test_a_decision_is_needed(partner: Partner) -> None:
    assert partner.decide(partner.demand(), partner.new_user(), decision="peut-être").status_code == 400


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "https://service-exemple.invalid/retour/",
        "https://service-exemple.invalid/retour?x=1",
        "https://pirate.invalid/",
        "javascript:alert(1)",
    ],
)
def test_another_redirect_is_never_followed(partner: Partner, uri: str | None) -> None:
    page = partner.demand(redirect_uri=uri)
    assert page.status_code == 400
    assert "redirect_uri" in page.text
    assert "location" not in page.headers


def test_an_unknown_client_is_told_on_the_page(partner: Partner) -> None:
    page = partner.demand(client_id="<script>")
    assert page.status_code == 400
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "mesures.lecture"}, "invalid_scope"),
        ({"scope": "openid tout"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "court"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://x.invalid"}, "request_uri_not_supported"),
    ],
)
def test_a_wrong_demand_goes_back_with_its_error(partner: Partner, changes: dict[str, str | None], error: str) -> None:
    answer = returned(partner.demand(**changes))
    assert (answer["error"], answer["state"]) == (error, "etat-1")


def test_a_repeated_parameter_is_refused_on_the_page(partner: Partner) -> None:
    assert partner.http.get("/authorize?client_id=a&client_id=b").status_code == 400


def test_a_suspended_service_pairs_nobody(partner: Partner) -> None:
    partner.control("PUT", "service-status", {"status": "SUSPENDUE"})
    assert returned(partner.demand())["error"] == "access_denied"


def test_a_body_that_is_no_form_is_refused(partner: Partner) -> None:
    assert partner.http.post("/authorize", json={}).status_code == 400


def test_an_endless_form_is_refused(partner: Partner) -> None:
    assert partner.http.post("/authorize", data={"request": "x" * 100_000}).status_code == 413


def test_the_same_person_keeps_pairing_and_idpe(partner: Partner) -> None:
    first = partner.pair()
    second = partner.pair(first.user)
    assert first.tokens["pairingId"] == second.tokens["pairingId"]
    assert first.claims["idPe"] == second.claims["idPe"]


def test_two_people_never_share_an_idpe(partner: Partner) -> None:
    assert partner.pair().claims["idPe"] != partner.pair().claims["idPe"]


def test_the_same_person_has_another_idpe_for_another_service(partner: Partner) -> None:
    first = partner.pair()
    partner.client = partner.descriptor["other_client"]
    assert partner.pair(first.user).claims["idPe"] != first.claims["idPe"]


def test_silence_is_no_consent(partner: Partner) -> None:
    page = partner.decide(partner.demand(), partner.new_user(), consent_read="")
    assert page.status_code == 400
    assert '<a href="#read-accept">' in page.text


def test_asking_for_less_later_takes_nothing_away(partner: Partner) -> None:
    first = partner.pair()
    partner.pair(first.user, demand={"scope": "openid mesures.lecture"})
    assert partner.last(first).status_code == 200
    assert partner.refresh(first.tokens["refresh_token"]).json()["scope"] == SCOPES


def test_the_challenge_is_that_of_the_standard_example() -> None:
    assert len(CHALLENGE) == 43


def test_each_purpose_has_its_own_group_and_its_own_consents(partner: Partner) -> None:
    page = partner.choices(partner.demand(), partner.new_user())
    assert page.text.count("<legend>Finalité") == 3
    identity = partner.pair(consent_documents_read="refuse", consent_agenda_write="refuse")
    assert identity.tokens["scope"] == f"{MEASURES_SCOPES} documents.ecriture agenda.lecture"
