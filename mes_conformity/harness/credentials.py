"""Credentials of a target: from environment variables or from the keyring of the system, never from a file.

A workspace writes `${VARIABLE}` or `keyring` where a secret belongs; what stands there otherwise is refused, and not
repeated in the message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.errors import AuthError, InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.harness import keychain

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment

KEYRING: Final = "keyring"
_REFERENCE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRETS: Final = ("client_secret", "password", "otp")


def filled(data: Mapping[str, Any], name: str, env: Environment, where: str) -> dict[str, Any]:
    """The description of the target `name` of a workspace, with its secrets.

    Raises AuthError `AUT001` (variable without value), `AUT002` (nothing in the keyring), `AUT003` (no keyring);
    InvalidInput `TGT003` for a secret that is written in the file.
    """
    reading = _Reading(name, env, where)
    result = dict(data)
    client = dict(data.get("client") or {})
    variable = client.pop("client_secret_variable", None)
    if variable is not None:
        client.setdefault("client_secret", f"${{{variable}}}")
    if client:
        result["client"] = reading.owner(client, f"client {client.get('client_id', '')}".strip())
    for group in ("users", "people"):
        if data.get(group):
            result[group] = [reading.owner(person, f"user {person.get('login', '')}") for person in data[group]]
    return result


class _Reading:
    def __init__(self, name: str, env: Environment, where: str) -> None:
        self._name, self._env, self._where = name, env, where

    def owner(self, data: Mapping[str, Any], who: str) -> dict[str, Any]:
        """One client or user, its secrets read."""
        return {key: self._secret(str(value), key, who) if key in _SECRETS else value for key, value in data.items()}

    def _secret(self, written: str, key: str, who: str) -> str:
        if written == KEYRING:
            return self._from_keyring(key, who)
        reference = _REFERENCE.fullmatch(written)
        if reference is None:
            raise InvalidInput(
                "TGT003",
                both("un secret ({key}) est écrit en clair dans la description de la cible « {name} »", key=key,
                     name=self._name),
                location=Location(self._where),
                expected="${VARIABLE} | keyring",
                hint=both("retirez-le du fichier, changez ce secret, et donnez-le par une variable d'environnement"),
            )  # fmt: skip
        value = self._env.variables.get(reference[1], "")
        if not value:
            raise AuthError(
                "AUT001",
                both("la variable d'environnement {variable}, qui donne {key} de la cible « {name} », n'est pas "
                     "définie", variable=reference[1], key=key, name=self._name),
                location=Location(self._where),
                hint=both("définissez-la dans ce terminal ou dans les secrets de votre chaîne de construction, puis "
                          "relancez"),
            )  # fmt: skip
        return value

    def _from_keyring(self, key: str, who: str) -> str:
        value = keychain.get(f"{self._name}/{who}/{key}")
        if value is None:
            raise AuthError(
                "AUT002",
                both("le trousseau ne contient pas {key} de la cible « {name} »", key=key, name=self._name),
                location=Location(self._where),
                hint=both("enregistrez-le : `keyring set {service} '{entry}'`", service=keychain.SERVICE,
                          entry=f"{self._name}/{who}/{key}"),
            )  # fmt: skip
        return value
