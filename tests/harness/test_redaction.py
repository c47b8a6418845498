"""Nothing secret is kept, equality stays visible, and a real identity stops the record."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.harness.redaction import Redactor, nir_key_holds, refuse_production_identity
from mes_conformity.suites.evidence import (
    ActionFailure,
    ActionRecord,
    Exchange,
    Failure,
    Record,
    Request,
    Response,
)

TOKEN = "dGhpcy1pcy1hLXRva2Vu"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(b"salt")


def test_equal_secrets_stay_equal_within_a_run_only(redactor: Redactor) -> None:
    assert redactor.mark("a") == redactor.mark("a") != redactor.mark("b")
    assert redactor.mark("a") != Redactor(b"other").mark("a")
    assert redactor.mark(redactor.mark("a")) == redactor.mark("a")


def test_a_learnt_secret_is_replaced_wherever_it_shows(redactor: Redactor) -> None:
    redactor.learn(TOKEN)
    assert TOKEN not in redactor.text(f"echo of {TOKEN}, and again<{TOKEN}>")


def test_a_secret_is_known_percent_encoded_and_in_json(redactor: Redactor) -> None:
    redactor.learn('mot/de "passe"')
    assert "passe" not in redactor.text("mot%2Fde%20%22passe%22")
    assert "passe" not in redactor.text(json.dumps('mot/de "passe"'))


def test_the_longest_secret_goes_first(redactor: Redactor) -> None:
    redactor.learn("secret-1")
    redactor.learn("secret-1-longer")
    assert redactor.text("secret-1-longer") == redactor.mark("secret-1-longer")


def test_what_is_too_short_or_already_a_mark_is_not_learnt(redactor: Redactor) -> None:
    redactor.learn("ab")
    redactor.learn(redactor.mark("x"))
    assert redactor.text("ab and more") == "ab and more"


def test_a_secret_of_long_ago_is_still_known_as_a_word(redactor: Redactor) -> None:
    redactor.learn(TOKEN)
    for number in range(300):
        redactor.learn(f"another-secret-{number}")
    assert redactor.text(f"token={TOKEN}") == f"token={redactor.mark(TOKEN)}"


def test_any_json_web_token_is_one(redactor: Redactor) -> None:
    assert redactor.text(f"got {JWT}.") == f"got {redactor.mark(JWT)}."


@pytest.mark.parametrize(
    ("url", "kept", "gone"),
    [
        ("https://me:pass@host/a?b=c", "@host/a?b=c", "pass"),
        ("https://host/cb?code=abc123&state=s", "state=s", "abc123"),
        ("https://host/cb#access_token=abc123&x=1", "x=1", "abc123"),
        ("/cb?client_secret=abc123", "client_secret=", "abc123"),
    ],
)
def test_addresses_lose_their_secrets(redactor: Redactor, url: str, kept: str, gone: str) -> None:
    redacted = redactor.url(url)
    assert kept in redacted
    assert gone not in redacted


@pytest.mark.parametrize(
    "url", ["https://host/fhir?code=29463-7&date=ge2026", "https://host/", "http://[bad/x", "https://host/?token="]
)
def test_addresses_without_secrets_stay_byte_for_byte(redactor: Redactor, url: str) -> None:
    assert redactor.url(url) == url


def test_headers_keep_their_scheme_and_lose_their_credentials(redactor: Redactor) -> None:
    headers = dict(
        redactor.headers(
            [
                ("Authorization", f"Bearer {TOKEN}"),
                ("Proxy-Authorization", "opaque"),
                ("Cookie", "a=b"),
                ("X-Id-Token", JWT),
                ("Location", "https://host/cb?code=abc123&state=s"),
                ("X-Other", "plain"),
            ]
        )
    )
    assert headers["Authorization"] == f"Bearer {redactor.mark(TOKEN)}"
    assert headers["Proxy-Authorization"] == redactor.mark("opaque")
    assert headers["Cookie"] == redactor.mark("a=b")
    assert headers["X-Id-Token"] == redactor.mark(JWT)
    assert "abc123" not in headers["Location"]
    assert headers["X-Other"] == "plain"


def test_forms_lose_secrets_by_name(redactor: Redactor) -> None:
    body = redactor.body(b"grant_type=authorization_code&code=abc123&client_secret=s3cret&x=1", FORM).decode()
    assert "abc123" not in body
    assert "s3cret" not in body
    assert "x=1" in body


def test_json_loses_secrets_by_name_and_keeps_its_numbers(redactor: Redactor) -> None:
    body = redactor.body(
        b'{"access_token" : "a\\"b", "refresh_token":"", "value": 1.10, "code": "29463-7"}', "application/json"
    )
    assert (
        body.decode()
        == '{"access_token" : '
        + json.dumps(redactor.mark('a"b'))
        + ', "refresh_token":"", "value": 1.10, "code": "29463-7"}'
    )


def test_a_member_that_is_no_json_text_is_hidden_all_the_same(redactor: Redactor) -> None:
    assert b"\\x" not in redactor.body(b'{"token": "a\\x"}', "application/json")


def test_binary_bodies_pass_and_lose_known_secrets(redactor: Redactor) -> None:
    redactor.learn(TOKEN)
    body = redactor.body(b"\xff\xfe" + TOKEN.encode(), "application/octet-stream")
    assert body.startswith(b"\xff\xfe[redacted:")
    assert redactor.body(b"", FORM) == b""


def test_json_data_is_redacted_in_depth(redactor: Redactor) -> None:
    data = redactor.json({"identity": {"access_token": TOKEN, "list": [JWT, 1, None]}, "password": ""})
    assert data == {
        "identity": {"access_token": redactor.mark(TOKEN), "list": [redactor.mark(JWT), 1, None]},
        "password": "",
    }


def record(body: bytes = b"", sent: bytes = b"", result: object = None, url: str = "https://host/") -> Record:
    request = Request("POST", url, (("Content-Type", FORM),), sent)
    exchange = Exchange(request, Response(200, (("Content-Type", "application/json"),), body), None, "", 1)
    failure = ActionFailure("error", "x", {"fr": f"jeton {TOKEN}", "en": "token"})
    return Record(0, 1, action=ActionRecord("a", {"password": "p4ssword"}, result, failure), exchange=exchange)


def test_a_whole_record_is_redacted(redactor: Redactor) -> None:
    redactor.learn(TOKEN)
    kept = redactor.record(record(f'{{"echo": "{TOKEN}"}}'.encode(), b"password=p4ssword", {"id_token": JWT}))
    assert TOKEN not in repr(kept)
    assert "p4ssword" not in repr(kept)
    assert JWT not in repr(kept)


def test_a_failure_is_redacted(redactor: Redactor) -> None:
    redactor.learn(TOKEN)
    exchange = Exchange(Request("GET", "https://host/"), None, Failure("tls", f"said {TOKEN}"), "", 1)
    assert TOKEN not in repr(redactor.exchange(exchange))


PRODUCTION = "urn:oid:1.2.250.1.213.1.4.8|279035121518956"
NUMBER = "2790351215189"
KEY = f"{97 - int(NUMBER) % 97:02d}"
REAL = f'{{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "{NUMBER}{KEY}"}}'


@pytest.mark.parametrize(
    "text",
    [
        REAL,
        REAL.replace("4.8", "4.9"),
        REAL.replace(NUMBER + KEY, "253122A004321" + f"{97 - int('2531219004321') % 97:02d}"),
    ],
)
def test_an_identity_of_production_stops_the_record(redactor: Redactor, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        redactor.record(record(text.encode()))
    assert caught.value.code == "RUN003"


@pytest.mark.parametrize("place", ["sent", "result", "url"])
def test_wherever_it_stands(redactor: Redactor, place: str) -> None:
    found = {
        "sent": record(sent=REAL.encode()),
        "result": record(result=json.loads(REAL)),
        "url": record(url=f"https://host/?i=1.2.250.1.213.1.4.8|{NUMBER}{KEY}"),
    }
    with pytest.raises(InvalidInput):
        redactor.record(found[place])


def spaced() -> str:
    """As it is printed on a card."""
    groups = (NUMBER[0], NUMBER[1:3], NUMBER[3:5], NUMBER[5:7], NUMBER[7:10], NUMBER[10:], KEY)
    return REAL.replace(NUMBER + KEY, " ".join(groups))


def in_base64() -> str:
    """Inside an attached document."""
    return json.dumps({"data": base64.b64encode(f"<ClinicalDocument>{REAL}</ClinicalDocument>".encode()).decode()})


def in_token() -> str:
    """Inside the payload of a web token."""
    return "eyJhbGciOiJSUzI1NiJ9." + base64.urlsafe_b64encode(REAL.encode()).decode().rstrip("=") + ".c2ln"


def in_hexadecimal() -> str:
    return json.dumps({"data": REAL.encode().hex()})


def in_html() -> str:
    return f"<p>{REAL.replace('.', '&#46;')}</p>"


def in_query() -> str:
    """As a client writes a search."""
    return f"Patient?identifier=urn%3Aoid%3A1.2.250.1.213.1.4.8%7C{NUMBER}{KEY}"


@pytest.mark.parametrize("text", [spaced(), in_base64(), in_token(), in_hexadecimal(), in_html(), in_query()])
def test_however_it_is_written(redactor: Redactor, text: str) -> None:
    with pytest.raises(InvalidInput):
        redactor.record(record(text.encode()))


def test_in_utf_16(redactor: Redactor) -> None:
    with pytest.raises(InvalidInput):
        redactor.record(record(REAL.encode("utf-16")))


def test_in_an_address(redactor: Redactor) -> None:
    with pytest.raises(InvalidInput):
        redactor.record(record(url=f"https://host/{in_query()}"))


def test_in_a_failure_or_a_header_of_the_answer(redactor: Redactor) -> None:
    request = Request("GET", "https://host/")
    failed = Exchange(request, None, Failure("protocol", REAL), "", 1)
    answered = Exchange(request, Response(200, (("X-Patient", REAL),)), None, "", 1)
    for exchange in (failed, answered):
        with pytest.raises(InvalidInput):
            redactor.record(Record(0, 1, exchange=exchange))
    action = ActionRecord("x", {}, None, ActionFailure("error", "x", {"fr": REAL}))
    with pytest.raises(InvalidInput):
        redactor.record(Record(0, 1, action=action))


@pytest.mark.parametrize(
    "text",
    [
        REAL.replace("4.8", "4.10"),
        REAL.replace(KEY + '"', f"{(int(KEY) % 97) + 1:02d}" + '"'),
        REAL.replace("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.88"),
        "1.2.250.1.213.1.4.8 alone",
    ],
)
def test_a_test_identity_or_a_wrong_key_is_let_through(text: str) -> None:
    assert refuse_production_identity(text) is None  # type: ignore[func-returns-value]


def test_where_it_was_is_told() -> None:
    with pytest.raises(InvalidInput) as caught:
        refuse_production_identity(REAL, "artefacts/a.json")
    assert caught.value.about[0][1] == "artefacts/a.json"


def test_the_key_of_corsica() -> None:
    assert nir_key_holds("253122B004321", f"{97 - int('2531218004321') % 97:02d}")
    assert not nir_key_holds("25312XX004321", "01")


@given(st.text(min_size=8, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_no_learnt_secret_survives(secret: str, before: str, after: str) -> None:
    redactor = Redactor(b"salt")
    redactor.learn(secret)
    redacted = redactor.text(before + secret + after)
    marks_only = redacted.replace(redactor.mark(secret), "")
    assert secret not in marks_only or secret in (before + after) or secret in redactor.mark(secret)


@given(st.text(alphabet="ab=&?#/:@.%[]", max_size=40))
def test_any_address_is_survived(url: str) -> None:
    assert isinstance(Redactor(b"salt").url("https://" + url), str)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'{"clientSecret": "hunter22", "n": 1.50}', "application/json"),
        (b'{"otp": 482913}', "application/json"),
        (b"<a><n:password>hunter22</n:password></a>", "application/xml"),
        (b"<user password='hunter22'/>", "application/xml"),
        (b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter22\r\n--x--', "multipart/form-data"),
        (b"refused: client_secret=hunter22", "text/plain"),
    ],
)
def test_every_form_of_body_loses_its_secrets(redactor: Redactor, body: bytes, media_type: str) -> None:
    kept = redactor.body(body, media_type)
    assert b"hunter22" not in kept
    assert b"482913" not in kept
    assert b"[redacted:" in kept


def test_what_was_sent_is_not_repeated_by_the_answer(redactor: Redactor) -> None:
    request = Request("POST", "https://host/", (("Cookie", "session=hunter22hunter"),), b'{"password": "motdepasse"}')
    answer = Response(400, (), b"hunter22hunter and motdepasse are wrong")
    kept = redactor.exchange(Exchange(request, answer, None, "", 1)).response
    assert kept is not None
    assert b"hunter22hunter" not in kept.body
    assert b"motdepasse" not in kept.body


def test_the_private_members_of_a_key_are_secret(redactor: Redactor) -> None:
    key = {"kty": "EC", "crv": "P-256", "x": "abc", "y": "def", "d": "very-private"}
    kept = redactor.json({"client": {"private_jwk": key}})["client"]["private_jwk"]
    assert kept == {**key, "d": redactor.mark("very-private")}
    assert redactor.json({"d": "no key at all"}) == {"d": "no key at all"}


SENT = "Mot+de/passe42"


@pytest.mark.parametrize(
    ("url", "headers", "body"),
    [
        ("https://host/", (("Authorization", "Basic " + base64.b64encode(f"client:{SENT}".encode()).decode()),), b""),
        ("https://host/", (("Authorization", "Basic " + base64.b64encode(b"a:Mot%2Bde%2Fpasse42").decode()),), b""),
        ("https://host/?access_token=Mot%2Bde%2Fpasse42", (), b""),
        ("https://me:Mot%2Bde%2Fpasse42@host/", (), b""),
        ("https://host/", (("X-Vault-Token", SENT),), b""),
        ("https://host/", (("Content-Type", FORM),), b"client_secret=Mot%2Bde%2Fpasse42"),
    ],
)
def test_what_was_sent_is_not_kept_of_an_answer_that_repeats_it(
    redactor: Redactor, url: str, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    answer = Response(401, (("X-Said", SENT),), f"unknown: {SENT}".encode())
    kept = redactor.exchange(Exchange(Request("POST", url, headers, body), answer, None, "", 1))
    assert SENT not in repr(kept)
    assert kept.response is not None
    assert kept.response.body.decode() == f"unknown: {kept.response.headers[0][1]}"


def test_a_basic_credential_that_is_none_passes(redactor: Redactor) -> None:
    assert redactor.headers([("Authorization", "Basic é")])[0][1].startswith("Basic [redacted:")


def test_a_token_that_is_given_is_not_kept_anywhere_in_its_answer(redactor: Redactor) -> None:
    given = Response(200, (("X-Trace", TOKEN + "1"),), json.dumps({"said": TOKEN + "1", "token": TOKEN + "1"}).encode())
    assert TOKEN not in repr(redactor.exchange(Exchange(Request("GET", "https://host/"), given, None, "", 1)))


def test_a_word_given_as_a_token_does_not_vanish_from_the_answer(redactor: Redactor) -> None:
    given = Response(200, (), b'{"token": "resourceType", "resourceType": "Bundle"}')
    kept = redactor.exchange(Exchange(Request("GET", "https://host/"), given, None, "", 1)).response
    assert kept is not None
    assert b'"resourceType": "Bundle"' in kept.body


def test_a_private_key_is_not_kept(redactor: Redactor) -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----"
    assert "MC4CAQAw" not in redactor.text(f"found {pem} here")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "iso-8859-1"])
def test_a_body_in_another_encoding(redactor: Redactor, encoding: str) -> None:
    body = f'{{"é": 1, "password": "{SENT}"}}'.encode(encoding)
    kept = redactor.body(body, f"application/json; charset={encoding}")
    assert SENT not in kept.decode(encoding)
    assert redactor.body("é".encode(encoding), f"text/plain; charset={encoding}") == "é".encode(encoding)


def test_half_of_a_pair_of_signs_is_a_secret_like_another(redactor: Redactor) -> None:
    kept = redactor.body(b'{"password": "\\ud800 and more"}', "application/json")
    assert b"and more" not in kept
    redactor.learn("\ud800 and more")
    assert "and more" not in redactor.text('"\\ud800 and more"')
