"""Naming a target: the embedded sandbox, an address, a file, a name."""

import json
from pathlib import Path

import pytest
from wire import answering, reply, serving

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput, UsageError
from mes_conformity.harness.targets import from_descriptor, is_loopback, opened, origin, resolve

DESCRIPTION = {
    "url": "https://127.0.0.1:1/",
    "fhir_url": "https://127.0.0.1:1/base/fhir/",
    "issuer": "https://127.0.0.1:2",
    "ca_file": "/ca.pem",
    "client": {"client_id": "me", "client_secret": "s"},
    "users": [{"login": "a"}, "no"],
    "control_url": "https://127.0.0.1:1/_sandbox",
}


def test_a_description_becomes_a_target() -> None:
    target = from_descriptor({"sandbox": DESCRIPTION}, "x", "file", "x.json")
    assert (target.url, target.fhir_url) == ("https://127.0.0.1:1", "https://127.0.0.1:1/base/fhir")
    assert target.ca_file == Path("/ca.pem")
    assert target.users == ({"login": "a"},)
    assert target.origins == {"https://127.0.0.1:1", "https://127.0.0.1:2"}


@pytest.mark.parametrize("given", [None, 1, {}, {"certificate": "c.pem"}, {"certificate": "c.pem", "key": ""}])
def test_half_a_client_certificate_is_none(given: object) -> None:
    assert from_descriptor({**DESCRIPTION, "client_certificate": given}, "x", "file", "x").client_certificate is None


def test_a_client_certificate_is_two_files() -> None:
    files = {"certificate": "/c.pem", "key": "/k.pem"}
    target = from_descriptor({**DESCRIPTION, "client_certificate": files}, "x", "file", "x")
    assert target.client_certificate == (Path("/c.pem"), Path("/k.pem"))


def test_certificates_by_state_are_pairs_of_files_sought_from_the_workspace(env: Environment, tmp_path: Path) -> None:
    files = {"expired": {"certificate": "c.pem", "key": "k.pem"}, "revoked": {"certificate": "c.pem"}}
    target = resolve("recette", {"recette": {"url": "https://h", "client_certificates": files}}, env, tmp_path)
    assert target.client_certificates == {"expired": (tmp_path / "c.pem", tmp_path / "k.pem")}


def test_what_is_written_of_a_target_has_no_credential() -> None:
    target = from_descriptor(DESCRIPTION, "x", "file", "x.json")
    assert target.public() == {"name": "x", "kind": "file", "url": "https://127.0.0.1:1"}


def test_a_bare_address_has_defaults() -> None:
    target = from_descriptor({"url": "http://h", "client": 1}, "x", "url", "x")
    assert (target.fhir_url, target.issuer, target.client, target.control_url) == (
        "http://h/fhir",
        "http://h",
        {},
        None,
    )


@pytest.mark.parametrize(
    "data", [None, [], {}, {"url": 1}, {"url": "ftp://h"}, {"url": "http://"}, {"url": "http://h:99999"}]
)
def test_a_description_without_address_is_told(data: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_descriptor(data, "x", "file", "x.json")
    assert caught.value.code == "TGT001"


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://H/a", "https://h:443"), ("http://h/", "http://h:80"), ("http://h:81", "http://h:81")],
)
def test_origin_always_says_its_port(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://[::1]/", True),
        ("http://localhost", True),
        ("http://exemple.invalid", False),
    ],
)
def test_loopback(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_a_file_is_read(env: Environment, tmp_path: Path) -> None:
    (tmp_path / "bac.json").write_text(json.dumps(DESCRIPTION))
    with opened("@bac.json", {}, env, tmp_path) as target:
        assert (target.name, target.kind, target.client["client_id"]) == ("bac.json", "file", "me")


def test_a_missing_file_is_told(env: Environment, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        resolve("@none.json", {}, env, tmp_path)


def test_a_name_of_the_workspace(env: Environment, tmp_path: Path) -> None:
    assert resolve("recette", {"recette": {"url": "https://h"}}, env, tmp_path).kind == "workspace"


def test_an_unknown_name_is_told_with_those_known(env: Environment, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        resolve("nope", {"recette": {}}, env, tmp_path)
    assert (caught.value.code, caught.value.expected) == ("TGT002", "embedded, recette")


def test_a_sandbox_on_this_machine_describes_itself(env: Environment, tmp_path: Path) -> None:
    described = {**DESCRIPTION, "url": "http://127.0.0.1:9", "issuer": "http://127.0.0.1:9"}
    with serving(answering(reply(body=json.dumps(described).encode()))) as place:
        target = resolve(f"http://{place}", {}, env, tmp_path)
    assert target.client["client_id"] == "me"


@pytest.mark.parametrize(
    ("address", "kept"), [("https://ailleurs.invalid/r4", False), ("http://127.0.0.1:9/validator", True)]
)
def test_a_description_that_was_fetched_names_no_validator_elsewhere(
    env: Environment, tmp_path: Path, address: str, kept: bool
) -> None:
    described = json.dumps({**DESCRIPTION, "validator_url": address}).encode()
    with serving(answering(reply(body=described))) as place:
        target = resolve(f"http://{place}", {}, env, tmp_path)
    assert (target.validator_url == address) is kept


@pytest.mark.parametrize("answer", [reply("404 Not Found"), reply(body=b"<p>"), reply(body=b"[]"), b""])
def test_another_server_on_this_machine_is_taken_as_it_is(env: Environment, tmp_path: Path, answer: bytes) -> None:
    with serving(answering(answer)) as place:
        target = resolve(f"http://{place}", {}, env, tmp_path)
    assert (target.kind, target.client) == ("url", {})


def test_another_machine_is_not_asked(env: Environment, tmp_path: Path) -> None:
    assert resolve("https://exemple.invalid", {}, env, tmp_path).url == "https://exemple.invalid"


def test_the_embedded_sandbox_lives_as_long_as_the_run(env: Environment, tmp_path: Path) -> None:
    with opened("embedded", {}, env, tmp_path) as target:
        assert target.kind == "embedded"
        assert target.control_url is not None
