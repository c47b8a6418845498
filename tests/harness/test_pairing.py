import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from harness_partner import CLIENT, URL, USER, FakeSession, Script, json_answer, target

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness import pairing
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing
from mes_conformity.suites.evidence import Request, Response

PAGE = """<html><form method="get"><input name="q"></form>
<form method="post" action="/authorize"><input type="hidden" name="request" value="r&amp;1">
<input name="login"><input type="password" name="password"><input name="otp">
<input type="radio" name="consent_read" value="accept"><input type="radio" name="consent_read" value="refuse" checked>
<input type="checkbox" name="news"><input type="checkbox" name="terms" checked><input type="submit" name="go" value="1">
<textarea name="note"></textarea><button name="decision" value="accept">Oui</button></form>
<input name="outside"></html>"""
BACK = CLIENT["redirect_uri"]


def html(text: str, status: int = 200, *headers: tuple[str, str]) -> Response:
    return Response(status, (("Content-Type", "text/html; charset=utf-8"), *headers), text.encode())


def moved(location: str) -> Response:
    return Response(302, (("Location", location),))


def form_of(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def jwt(claims: dict[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({}, claims)]
    return ".".join([*parts, "c2lnbmF0dXJl"])


class Desk:
    """An authorization server in a few lines: the page, then the answer that the test wants."""

    def __init__(self, env: Environment, after: Response, page: Response | None = None) -> None:
        self.after, self.page = after, page or html(PAGE)
        self.script = Script(self.answer)
        self.session = FakeSession(env, self.script)

    def answer(self, request: Request) -> Response:
        return self.after if request.method == "POST" else self.page

    def authorize(self, **wishes: Any) -> dict[str, Any]:
        person = pairing.person_of(self.session, USER, wishes)
        return pairing.authorize(self.session, pairing.demand(self.session, wishes), person)


@pytest.fixture
def desk(env: Environment) -> Callable[..., Desk]:
    return lambda after, page=None: Desk(env, after, page)


def test_the_form_goes_back_with_its_hidden_and_ticked_fields_and_the_choices(desk: Callable[..., Desk]) -> None:
    served = desk(moved(f"{BACK}?code=c-1&state=s"))
    served.authorize(read="refused")
    assert form_of(served.script.sent[1]) == {
        "request": "r&1",
        "login": "camille",
        "password": "mot-de-passe-fictif",
        "otp": "123456",
        "consent_read": "refuse",
        "decision": "accept",
        "terms": "on",
        "note": "",
    }


def test_the_code_the_state_and_the_address_are_told(desk: Callable[..., Desk]) -> None:
    served = desk(moved(f"{BACK}?code=code-1&state=s"))
    told = served.authorize(state="s", nonce="n")
    assert (told["code"], told["state"], told["state_sent"], told["nonce"]) == ("code-1", "s", "s", "n")
    assert (told["redirected_to"], told["page"], told["status"]) == (BACK, True, 302)
    assert "code-1" in served.session.secrets


def test_the_challenge_is_that_of_the_verifier(desk: Callable[..., Desk]) -> None:
    served = desk(moved(f"{BACK}?code=c-1"))
    told = served.authorize()
    asked = dict(parse_qsl(urlsplit(served.script.sent[0].url).query))
    assert asked["code_challenge"] == pairing.challenge(told["verifier"])
    assert asked["code_challenge_method"] == "S256"


def test_the_challenge_of_rfc_7636_appendix_b() -> None:
    assert pairing.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_parameters_may_be_left_out(desk: Callable[..., Desk]) -> None:
    served = desk(moved(f"{BACK}?error=invalid_request"))
    told = served.authorize(omit=["code_challenge", "state"])
    asked = dict(parse_qsl(urlsplit(served.script.sent[0].url).query))
    assert {"code_challenge", "state"}.isdisjoint(asked)
    assert (told["error"], told["code"]) == ("invalid_request", None)


def test_an_error_page_is_no_redirect(desk: Callable[..., Desk]) -> None:
    told = desk(moved(""), html("<h1>Adresse inconnue</h1>", 400)).authorize()
    assert (told["status"], told["page"], told["location"], told["code"]) == (400, False, None, None)


def test_the_page_shown_again_gives_no_code(desk: Callable[..., Desk]) -> None:
    told = desk(html(PAGE, 400)).authorize(password="faux")
    assert (told["status"], told["page"], told["code"]) == (400, True, None)


def test_a_form_that_sends_the_password_elsewhere_is_not_sent(desk: Callable[..., Desk]) -> None:
    served = desk(moved(BACK), html(PAGE.replace('action="/authorize"', 'action="https://ailleurs.invalid/"')))
    with pytest.raises(ActionFailed, match="form_leaves_target"):
        served.authorize()
    assert len(served.script.sent) == 1


def test_redirects_inside_the_server_are_followed_with_its_cookies(env: Environment) -> None:
    pages = {
        "/authorize": Response(302, (("Location", "/login"), ("Set-Cookie", "session=abc; Path=/; Secure"))),
        "/login": html(PAGE),
    }

    def answer(request: Request) -> Response:
        return moved(f"{BACK}?code=c-1") if request.method == "POST" else pages[urlsplit(request.url).path]

    script = Script(answer)
    session = FakeSession(env, script)
    person = pairing.person_of(session, USER, {})
    told = pairing.authorize(session, pairing.demand(session, {}), person)
    assert told["code"] == "c-1"
    assert ("Cookie", "session=abc") in script.sent[-1].headers


def test_a_server_that_redirects_for_ever_is_given_up(desk: Callable[..., Desk]) -> None:
    served = desk(moved(BACK), moved("/authorize"))
    assert served.authorize()["redirected_to"] == "/authorize"
    assert len(served.script.sent) == 6


def test_the_client_asks_for_its_own_scope(env: Environment) -> None:
    session = FakeSession(env, Script(lambda _request: None), client={**CLIENT, "scope": "openid mesures.lecture"})
    assert pairing.demand(session, {}).parameters["scope"] == "openid mesures.lecture"


def test_tokens_come_for_a_code(env: Environment) -> None:
    script = Script(lambda _request: json_answer('{"access_token": "a"}'))
    grant = {"code": "c", "redirect_uri": BACK, "verifier": "v"}
    assert pairing.exchange(FakeSession(env, script), grant) == {"access_token": "a"}
    assert script.sent[0].url == f"{URL}/token"
    assert form_of(script.sent[0])["code_verifier"] == "v"


@pytest.mark.parametrize(
    ("grant", "answer"),
    [
        ({"code": None, "error": "access_denied"}, "{}"),
        ({"code": None, "status": 500}, "{}"),
        ({"code": "c", "redirect_uri": BACK, "verifier": "v"}, '{"error": "invalid_grant"}'),
        ({"code": "c", "redirect_uri": BACK, "verifier": "v"}, "<html>"),
        ({"code": "c", "redirect_uri": BACK, "verifier": "v"}, "[1]"),
    ],
)
def test_a_pairing_that_fails_says_so(env: Environment, grant: dict[str, Any], answer: str) -> None:
    session = FakeSession(env, Script(lambda _request: json_answer(answer)))
    with pytest.raises(ActionFailed, match="pairing_failed"):
        pairing.exchange(session, grant)


def test_an_identity_holds_what_business_calls_need(env: Environment) -> None:
    session = FakeSession(env, Script(lambda _request: None))
    token = jwt({"idPe": "idpe-1", "assignAuth": "1.2.3.4", "sub": "p-1"})
    told = pairing.identity(session, {"access_token": "acces-1", "id_token": token}, USER)
    assert (told["subject"], told["assign_auth_oid"], told["pairing_id"]) == (
        "urn:oid:1.2.3.4|idpe-1",
        "1.2.3.4",
        "p-1",
    )
    assert {"acces-1", token} <= set(session.secrets)


@pytest.mark.parametrize("token", [None, "a.b", "a.!.c", "a.W10.c", "a.e30.c"])
def test_an_id_token_without_identity_is_no_pairing(env: Environment, token: str | None) -> None:
    session = FakeSession(env, Script(lambda _request: None))
    with pytest.raises(ActionFailed, match="pairing_failed"):
        pairing.identity(session, {"access_token": "a", "id_token": token}, USER)


def test_each_user_of_the_description_is_paired_once_but_the_first_who_is_shared(env: Environment) -> None:
    users = ({"login": "a"}, {"login": "b"}, {"login": "c"})
    session = FakeSession(env, Script(lambda _request: None), target=target(users=users))
    assert [pairing.unused_user(session)["login"] for _turn in users[1:]] == ["b", "c"]
    with pytest.raises(PrerequisiteMissing):
        pairing.unused_user(session)
    assert pairing.any_user(session)["login"] == "a"


def test_a_target_without_users_is_a_missing_prerequisite(env: Environment) -> None:
    session = FakeSession(env, Script(lambda _request: None), target=target(users=()))
    with pytest.raises(PrerequisiteMissing):
        pairing.unused_user(session)


def test_a_suite_without_the_contract_is_told(env: Environment) -> None:
    session = FakeSession(env, Script(lambda _request: None), contracts={})
    with pytest.raises(ActionFailed, match="contract_missing"):
        pairing.endpoint(session, "token_path")


def test_several_pages_are_filled_one_after_the_other(env: Environment) -> None:
    steps = [
        html('<form method="post" action="/a"><input name="login"><input name="password"></form>'),
        html('<form method="post" action="/a"><input name="otp"></form>'),
        html(
            '<form method="post" action="/a"><input type="radio" name="consent_documents_read" value="accept"></form>'
        ),
        html('<form method="post" action="/a"><button name="decision" value="accept">Oui</button></form>'),
        moved(f"{BACK}?code=c-1"),
    ]
    script = Script(lambda _request: steps.pop(0))
    session = FakeSession(env, script)
    told = pairing.authorize(session, pairing.demand(session, {}), pairing.person_of(session, USER, {}))
    assert told["code"] == "c-1"
    assert [sorted(form_of(request)) for request in script.sent[1:]] == [
        ["login", "password"], ["otp"], ["consent_documents_read"], ["decision"],
    ]  # fmt: skip


def test_pages_without_end_are_left(env: Environment) -> None:
    script = Script(lambda _request: html(PAGE))
    session = FakeSession(env, script)
    told = pairing.authorize(session, pairing.demand(session, {}), pairing.person_of(session, USER, {}))
    assert told["code"] is None
    assert len(script.sent) < 10


def test_a_page_that_asks_nothing_known_is_not_answered(env: Environment) -> None:
    script = Script(lambda _request: html('<form method="post"><input name="q"></form>'))
    session = FakeSession(env, script)
    told = pairing.authorize(session, pairing.demand(session, {}), pairing.person_of(session, USER, {}))
    assert (told["page"], len(script.sent)) == (False, 1)


@pytest.mark.parametrize("body", [b"", b"[1]", b"\xff", b"[" * 100_000, b'{"a": NaN}', b'{"a": "\\ud800"}'])
def test_an_answer_that_is_no_sound_object_holds_nothing(body: bytes) -> None:
    assert pairing.json_object(Response(200, body=body)) == {}
    claims = base64.urlsafe_b64encode(body).decode().rstrip("=")
    assert pairing.jwt_part(f"e30.{claims}.x", 1) == {}
