"""The demand, the page, the way back."""

import pytest
from sandbox_partner import CHALLENGE, SCOPES, Partner, returned


def test_the_page_is_french_html_with_labels_and_no_script(partner: Partner) -> None:
    page = partner.demand()
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="fr">' in page.text
    for field in ("login", "password", "otp", "read-accept", "read-refuse", "write-accept", "write-refuse"):
        assert f'for="{field}"' in page.text
        assert f'id="{field}"' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_page_asks_only_for_what_is_demanded(partner: Partner) -> None:
    page = partner.demand(scope="openid mesures.lecture").text
    assert "consent_read" in page
    assert "consent_write" not in page


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
    assert 'aria-describedby="erreur"' in page.text


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


def test_silence_is_a_refusal(partner: Partner) -> None:
    identity = partner.pair(consent_read="", consent_write="accept")
    assert identity.tokens["scope"] == "openid mesures.ecriture"


def test_asking_for_less_later_takes_nothing_away(partner: Partner) -> None:
    first = partner.pair()
    partner.pair(first.user, demand={"scope": "openid mesures.lecture"})
    assert partner.last(first).status_code == 200
    assert partner.refresh(first.tokens["refresh_token"]).json()["scope"] == SCOPES


def test_the_challenge_is_that_of_the_standard_example() -> None:
    assert len(CHALLENGE) == 43
