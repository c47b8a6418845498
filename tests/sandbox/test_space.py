"""« Mon espace »: what a person shared, changed or ended by themselves."""

import html
import re

import httpx
from sandbox_partner import OTHERS, Identity, Partner, bundle, weight


def _pairing(page: httpx.Response) -> str:
    found = re.search(r'name="pairing" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def _act(partner: Partner, identity: Identity, step: str, **form: str) -> httpx.Response:
    page = partner.space(identity.user)
    others = dict.fromkeys(OTHERS, "accept") if form else {}
    return partner.step(page, "/espace", pairing=_pairing(page), step=step, **others, **form)


def _write(partner: Partner, identity: Identity) -> int:
    return partner.write(identity, bundle(weight(identity))).status_code


def test_the_space_lists_what_is_shared(partner: Partner, identity: Identity) -> None:
    text = html.unescape(partner.space(identity.user).text)
    assert "<h2>Service exemple (fictif)</h2>" in text
    assert "État\u00a0: actif." in text
    assert text.count("<dd>accepté</dd>") == 6


def test_a_space_without_service_says_so(partner: Partner) -> None:
    assert "Aucun service n'est relié" in html.unescape(partner.space(partner.new_user()).text)


def test_a_change_takes_effect_at_the_next_call(partner: Partner, identity: Identity) -> None:
    page = _act(partner, identity, "save", consent_read="accept", consent_write="refuse")
    assert 'role="status"' in page.text
    assert _write(partner, identity) == 403
    assert partner.last(identity).status_code == 200


def test_the_form_shows_the_choices_of_today(partner: Partner, identity: Identity) -> None:
    assert _act(partner, identity, "change").text.count('value="accept" checked') == 6


def test_a_change_answers_every_line(partner: Partner, identity: Identity) -> None:
    page = _act(partner, identity, "save", consent_read="refuse")
    assert page.status_code == 400
    assert '<a href="#write-accept">' in page.text
    assert _write(partner, identity) == 200


def test_ending_is_confirmed_then_immediate(partner: Partner, identity: Identity) -> None:
    page = _act(partner, identity, "end")
    assert "Désynchroniser" in page.text
    assert _write(partner, identity) == 200
    page = partner.step(page, "/espace", pairing=_pairing(page), step="ended")
    assert "n'a plus aucun accès" in html.unescape(page.text)
    assert _write(partner, identity) == 401
    assert partner.refresh(identity.tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_ended_pairing_can_no_longer_be_changed(partner: Partner, identity: Identity) -> None:
    page = partner.space(identity.user)
    pairing = _pairing(page)
    partner.step(page, "/espace", pairing=pairing, step="ended")
    page = partner.step(page, "/espace", pairing=pairing, step="save", consent_read="accept", consent_write="accept")
    assert "désynchronisé" in html.unescape(page.text)
    assert _write(partner, identity) == 401


def test_a_new_version_is_approved_from_the_space(partner: Partner, identity: Identity) -> None:
    partner.control("PUT", "service-version", {"version": "2.0"})
    assert "Réapprouver" in html.unescape(partner.space(identity.user).text)
    assert _write(partner, identity) == 403
    _act(partner, identity, "save", consent_read="accept", consent_write="accept")
    assert _write(partner, identity) == 200


def test_nobody_touches_the_pairing_of_another(partner: Partner, identity: Identity) -> None:
    pairing = _pairing(partner.space(identity.user))
    page = partner.space(partner.new_user())
    page = partner.step(page, "/espace", pairing=pairing, step="ended")
    assert "Aucun service" in page.text
    assert _write(partner, identity) == 200


def test_leaving_ends_the_visit(partner: Partner, identity: Identity) -> None:
    page = partner.space(identity.user)
    assert "déconnecté" in html.unescape(partner.step(page, "/espace", step="leave").text)
    assert partner.step(page, "/espace").status_code == 400


def test_a_visit_left_open_expires(partner: Partner, identity: Identity) -> None:
    page = partner.space(identity.user)
    partner.advance(601)
    assert partner.step(page, "/espace").status_code == 400


def test_five_mistakes_end_the_visit(partner: Partner) -> None:
    page, user = partner.http.get("/espace"), partner.new_user()
    answers = [partner.step(page, "/espace", login=user["login"], password="faux") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 403]


def test_a_visit_of_one_kind_is_worth_nothing_for_the_other(partner: Partner) -> None:
    user = partner.new_user()
    assert partner.choices(partner.http.get("/espace"), user, "/espace").status_code == 200
    assert partner.step(partner.http.get("/espace"), "/authorize").status_code == 400
    assert partner.step(partner.demand(), "/espace").status_code == 400


def test_a_form_that_cannot_be_read_is_refused(partner: Partner) -> None:
    assert partner.http.post("/espace", json={}).status_code == 400


def test_a_minor_is_represented_in_their_space_too(partner: Partner) -> None:
    minor = next(person for person in partner.descriptor["people"] if person["situation"] == "minor")
    identity = partner.pair(minor, representative="yes")
    refused = _act(partner, identity, "save", consent_read="refuse", consent_write="refuse")
    assert '<a href="#representative">' in refused.text
    assert _write(partner, identity) == 200
    _act(partner, identity, "save", consent_read="refuse", consent_write="refuse", representative="yes")
    assert _write(partner, identity) == 403
