"""Requests: the right address, the right credentials, and nobody else's."""

from typing import Any

import pytest

from mes_conformity.harness.requests import address, build
from mes_conformity.harness.session import ActionFailed
from mes_conformity.harness.targets import Target
from mes_conformity.validators.contract import load

TARGET = Target("t", "file", "https://cible/racine", "https://cible:8443/base/fhir", "https://cible/racine")
CONTRACT = load("mes-measures@1.5.2")
FHIR = str(CONTRACT.get("fhir_path"))
ID_HEADER = str(CONTRACT.get("id_token_header"))
IDENTITY = {"access_token": "at", "id_token": "it"}


def made(**spec: Any) -> Any:
    return build({"method": "GET", "path": "/x", **spec}, TARGET, CONTRACT)


def headers(**spec: Any) -> dict[str, str]:
    return dict(made(**spec).headers)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/x", "https://cible/racine/x"),
        (FHIR, "https://cible:8443/base/fhir"),
        (f"{FHIR}/Observation", "https://cible:8443/base/fhir/Observation"),
        (f"{FHIR}x", f"https://cible/racine{FHIR}x"),
        ("Observation/1", "https://cible:8443/base/fhir/Observation/1"),
        ("https://cible:8443/y", "https://cible:8443/y"),
    ],
)
def test_addresses(path: str, expected: str) -> None:
    assert address(path, TARGET, CONTRACT) == expected


def test_without_a_contract_the_root_is_the_targets() -> None:
    assert address("/fhir", TARGET, None) == "https://cible/racine/fhir"


def test_a_query_is_encoded_repeated_and_left_out() -> None:
    url = made(query={"s": "a|b", "n": 1, "l": ["x", "y"], "z": None}).url
    assert url == "https://cible/racine/x?s=a%7Cb&n=1&l=x&l=y"


def test_a_foreign_host_gets_nothing() -> None:
    with pytest.raises(ActionFailed) as caught:
        made(path="https://ailleurs.invalid/x", identity=IDENTITY)
    assert caught.value.code == "foreign_host"


def test_an_identity_carries_both_tokens() -> None:
    sent = headers(identity=IDENTITY)
    assert (sent["Authorization"], sent[ID_HEADER]) == ("Bearer at", "it")


def test_each_token_can_be_replaced_or_removed() -> None:
    sent = headers(identity=IDENTITY, auth={"access_token": "other", "id_token": None})
    assert sent["Authorization"] == "Bearer other"
    assert ID_HEADER not in sent


def test_no_credentials_when_told_so() -> None:
    assert "Authorization" not in headers(identity=IDENTITY, authenticate=False)


def test_headers_of_the_suite_win_and_null_removes() -> None:
    sent = headers(identity=IDENTITY, headers={"accept": "text/html", "authorization": None, "X-N": 1})
    assert sent["accept"] == "text/html"
    assert "Accept" not in sent
    assert "Authorization" not in sent
    assert sent["X-N"] == "1"


def test_bodies() -> None:
    media_type = str(CONTRACT.get("media_type"))
    assert made(method="POST", body={"é": 1}).body == '{"é":1}'.encode()
    assert dict(made(method="POST", body="raw").headers)["Content-Type"] == media_type
    form = made(method="POST", form={"a": "b c", "n": None})
    assert (form.body, dict(form.headers)["Content-Type"]) == (b"a=b%20c", "application/x-www-form-urlencoded")


def test_without_a_contract_json_is_meant() -> None:
    request = build({"method": "POST", "path": "/x", "body": {}, "identity": IDENTITY}, TARGET, None)
    assert dict(request.headers)["Content-Type"] == "application/json"
    assert "it" not in dict(request.headers).values()
