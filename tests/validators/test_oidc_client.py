from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators.contract import load
from mes_conformity.validators.oidc_client import RULES, judge_client

SCOPES = load("mes-pairing@2.1.0")


def broken(client: Any) -> list[str]:
    return sorted({finding.rule for finding in judge_client(client, SCOPES) if finding.severity == "error"})


def test_a_web_client_is_sound(client: Any) -> None:
    assert judge_client(client, SCOPES) == []


@pytest.mark.parametrize(("scope", "obtained"), [("openid tout", "tout"), ("openid openid", "openid")])
def test_a_scope_that_the_api_has_not_or_that_is_asked_twice_is_refused(client: Any, scope: str, obtained: str) -> None:
    client["scope"] = scope
    (finding,) = judge_client(client, SCOPES)
    assert (finding.rule, finding.obtained) == ("oidc-client/least-scope", obtained)


def test_scopes_that_were_not_compared_are_said(client: Any) -> None:
    (finding,) = judge_client(client)
    assert (finding.rule, finding.unjudged) == ("oidc-client/scopes-unread", ("oidc-client/least-scope",))


@pytest.mark.parametrize(
    "address",
    [
        "https://exemple.invalid/retour#suite",
        "https://*.exemple.invalid/retour",
        "https://moi@exemple.invalid/",
        "/retour",
        "https:///retour",
        "https://exemple.invalid:abc/",
        "https://[::1/",
        "https://exemple.invalid/\nretour",
        "",
        3,
    ],
)
def test_an_address_that_is_not_exact_is_refused(client: Any, address: Any) -> None:
    client["redirect_uris"] = [address]
    assert broken(client) == ["oidc-client/redirect-declared"]


@pytest.mark.parametrize("address", ["http://exemple.invalid/retour", "http://127.0.0.1/retour", "a.b:/retour"])
def test_a_web_client_redirects_over_https_only(client: Any, address: str) -> None:
    client["redirect_uris"] = [address]
    assert broken(client) == ["oidc-client/redirect-https"]


@pytest.mark.parametrize(
    ("address", "sound"),
    [
        ("http://127.0.0.1:51004/retour", True),
        ("http://[::1]/retour", True),
        ("http://localhost/retour", False),
        ("invalid.exemple.app:/retour", True),
        ("monapp:/retour", False),
    ],
)
def test_a_native_client_has_the_exceptions_of_rfc_8252(client: Any, address: str, sound: bool) -> None:
    client.update(application_type="native", redirect_uris=[address], token_endpoint_auth_method="none")
    assert broken(client) == ([] if sound else ["oidc-client/redirect-https"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("response_types", ["token"]),
        ("response_types", ["code", "id_token"]),
        ("response_types", []),
        ("response_types", "code"),
        ("grant_types", ["implicit"]),
        ("grant_types", ["refresh_token"]),
        ("grant_types", [{}]),
    ],
)
def test_another_flow_than_the_code_is_refused(client: Any, key: str, value: Any) -> None:
    client[key] = value
    assert broken(client) == ["oidc-client/code-flow"]


def test_the_defaults_of_registration_are_the_code_flow(client: Any) -> None:
    del client["response_types"], client["grant_types"]
    assert judge_client(client, SCOPES) == []


@pytest.mark.parametrize("value", ["none", "NONE", "", None, 5])
def test_a_token_without_signature_is_refused(client: Any, value: Any) -> None:
    client["request_object_signing_alg"] = value
    assert broken(client) == ["oidc-client/algorithm"]


def test_a_symmetric_algorithm_is_a_warning(client: Any) -> None:
    client["id_token_signed_response_alg"] = "HS256"
    (finding,) = judge_client(client, SCOPES)
    assert (finding.rule, finding.severity) == ("oidc-client/algorithm", "warning")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("client_secret", "abc"),
        ("registration_password", "abc"),
        ("jwks", {"keys": [{"kty": "RSA", "n": "x", "d": "y"}]}),
        ("extra", [{"private_key_pem": "-----BEGIN"}]),
    ],
)
def test_a_secret_in_clear_is_refused_and_never_shown(client: Any, key: str, value: Any) -> None:
    client[key] = value
    (finding,) = judge_client(client, SCOPES)
    assert (finding.rule, finding.obtained) == ("oidc-client/secret", "…")


def test_a_document_of_any_depth_is_read_without_end(client: Any) -> None:
    client["extra"] = nested = {}
    for _turn in range(2000):
        nested["x"] = nested = {}
    assert judge_client(client, SCOPES) == []


def test_a_public_key_is_no_secret(client: Any) -> None:
    client["jwks"] = {"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}]}
    assert judge_client(client, SCOPES) == []


@pytest.mark.parametrize("reference", ["env:SECRET", "keyring:mes/secret"])
def test_a_reference_to_a_secret_is_accepted(client: Any, reference: str) -> None:
    client["client_secret"] = reference
    assert judge_client(client, SCOPES) == []


def test_what_is_no_object_is_told() -> None:
    assert broken([]) == ["oidc-client/document"]


def test_a_scope_that_is_no_text_is_told(client: Any) -> None:
    client["scope"] = ["openid"]
    assert broken(client) == ["oidc-client/scope"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["redirect_uris", "jwks", "d", "x"]), inner),
    )
)
def test_any_json_is_judged_without_raising(data: Any) -> None:
    assert isinstance(judge_client(data), list)


@given(st.text())
def test_any_address_is_judged_without_raising(address: str) -> None:
    assert isinstance(judge_client({"redirect_uris": [address], "application_type": "native"}), list)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_told_in_both_languages(rule: str) -> None:
    assert RULES[rule].title["fr"] != RULES[rule].title["en"]


@pytest.mark.parametrize(
    ("address", "native", "sound"),
    [
        ("https://exemple.invalid/au-revoir", False, True),
        ("http://exemple.invalid/au-revoir", False, False),
        ("invalid.exemple.app:/au-revoir", True, True),
        ("https://*.exemple.invalid/", False, False),
        (3, False, False),
    ],
)
def test_the_return_after_sign_out_is_exact_and_protected(client: Any, address: Any, native: bool, sound: bool) -> None:
    client["post_logout_redirect_uris"] = [address]
    if native:
        client.update(application_type="native", redirect_uris=["a.b:/r"], token_endpoint_auth_method="none")
    assert broken(client) == ([] if sound else ["oidc-client/logout"])
