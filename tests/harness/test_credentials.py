"""Secrets come from the environment or the keyring, are never written, and never repeated."""

from collections.abc import Callable, Iterator
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError, PasswordSetError

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import AuthError, InvalidInput
from mes_conformity.harness import keychain
from mes_conformity.harness.credentials import filled
from mes_conformity.harness.targets import resolve


class Memory(KeyringBackend):
    """A keyring that forgets with the test."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise PasswordSetError("locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("nothing")
        del self.kept[service, username]


@pytest.fixture
def memory() -> Iterator[Memory]:
    before = keyring.get_keyring()
    backend = Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


def described(**client: Any) -> dict[str, Any]:
    return {"url": "https://h", "client": {"client_id": "moi", **client}}


def test_a_secret_comes_from_the_environment(make_env: Callable[..., Environment]) -> None:
    env = make_env(MES_SECRET="s3cret", MES_OTP="123456")
    users = [{"login": "camille", "password": "${MES_SECRET}", "otp": "${MES_OTP}"}]
    people = [{"login": "lou", "situation": "minor", "password": "${MES_SECRET}"}]
    data = {**described(client_secret="${MES_SECRET}"), "users": users, "people": people}
    found = resolve("recette", {"recette": data}, env, env.cwd)
    assert found.client["client_secret"] == "s3cret"
    assert found.users == ({"login": "camille", "password": "s3cret", "otp": "123456"},)
    assert found.people == ({"login": "lou", "situation": "minor", "password": "s3cret"},)


def test_the_older_way_to_name_the_variable_still_holds(make_env: Callable[..., Environment]) -> None:
    env = make_env(MES_SECRET="s3cret")
    found = filled(described(client_secret_variable="MES_SECRET"), "recette", env, "f")
    assert found["client"] == {"client_id": "moi", "client_secret": "s3cret"}


def test_files_are_sought_from_the_workspace(env: Environment) -> None:
    data = {
        **described(),
        "ca_file": "ca.pem",
        "client_certificate": {"certificate": "c.pem", "key": "k.pem"},
        "jobs": 8,
    }
    found = resolve("recette", {"recette": data}, env, env.cwd)
    assert found.ca_file == env.cwd / "ca.pem"
    assert found.client_certificate == (env.cwd / "c.pem", env.cwd / "k.pem")
    assert found.jobs == 8


def test_a_variable_without_value_is_told(env: Environment) -> None:
    with pytest.raises(AuthError) as caught:
        filled(described(client_secret="${MES_SECRET}"), "recette", env, "f")
    assert caught.value.code == "AUT001"
    assert "MES_SECRET" in str(caught.value)


def test_a_secret_in_the_file_is_refused_and_not_repeated(env: Environment) -> None:
    with pytest.raises(InvalidInput) as caught:
        filled(described(client_secret="s3cret"), "recette", env, "f")
    assert caught.value.code == "TGT003"
    assert "s3cret" not in str(caught.value.to_json())


def test_a_secret_comes_from_the_keyring(env: Environment, memory: Memory) -> None:
    with pytest.raises(AuthError) as caught:
        filled(described(client_secret="keyring"), "recette", env, "f")
    assert caught.value.code == "AUT002"
    memory.kept[keychain.SERVICE, "recette/client moi/client_secret"] = "s3cret"
    assert filled(described(client_secret="keyring"), "recette", env, "f")["client"]["client_secret"] == "s3cret"


def test_a_machine_without_keyring_is_told(env: Environment, no_keyring: None) -> None:
    assert not keychain.available()
    with pytest.raises(AuthError) as caught:
        filled(described(client_secret="keyring"), "recette", env, "f")
    assert caught.value.code == "AUT003"


def test_the_keyring_keeps_and_forgets(memory: Memory) -> None:
    keychain.put("a", "b")
    assert keychain.get("a") == "b"
    keychain.forget("a")
    keychain.forget("a")
    assert keychain.get("a") is None


def test_a_keyring_that_refuses_is_told(memory: Memory) -> None:
    memory.locked = True
    with pytest.raises(AuthError) as caught:
        keychain.put("a", "b")
    assert caught.value.code == "AUT004"
