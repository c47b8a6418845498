"""What a file adds to a fresh sandbox: people, pairings, resources (`sandbox serve --seed-data FILE`, YAML or JSON).

```yaml
schema_version: 1
users: [{login: a, password: b, otp: "123456", name: "A FICTIVE", birth_date: "1990-01-15"}]
pairings: [{login: a, idpe: idpe-a, read: granted, write: refused}]
resources: [{idpe: idpe-a, resource: {resourceType: Observation, …}}]
```

Fictional data only. A reset brings the same state back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mes_conformity.foundation import yaml_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.yaml_documents import Document
from mes_conformity.sandbox import agenda, measures_write
from mes_conformity.sandbox.identities import CLIENT, CLIENTS
from mes_conformity.sandbox.world import World

_USER = ("login", "password", "otp", "name", "birth_date")
_PAIRING = ("login", "client_id", "idpe", "read", "write")
_MEMBERS = {"users": _USER, "pairings": _PAIRING, "resources": ("idpe", "resource")}
_OPTIONAL = {"birth_date", "client_id", "read", "write"}
_TYPES = ("Observation", "Device", "Appointment")
_CHOICES = ("granted", "refused")


@dataclass(frozen=True, slots=True)
class Seed:
    """What a seed file holds, checked."""

    users: Sequence[Mapping[str, str]]
    pairings: Sequence[Mapping[str, str]]
    resources: Sequence[Mapping[str, Any]]

    def sow(self, world: World) -> None:
        """Add everything to the store of a world that was just made or reset."""
        for user in self.users:
            world.store.put_user(user["login"], {"birth_date": "", "ins": "", "situation": "", **user})
        for pairing in self.pairings:
            choices = {"client_id": CLIENT.client_id, "read": "granted", "write": "granted", **pairing}
            kept = {"id": world.env.new_id(), "status": "ACTIVE", "version": world.service_version, "minor": False}
            world.store.put_pairing({**kept, **choices})
        for row in self.resources:
            _keep(world, row["idpe"], dict(row["resource"]))


def _keep(world: World, idpe: str, resource: dict[str, Any]) -> None:
    if resource["resourceType"] == "Appointment":
        agenda.store(world, idpe, resource)
    else:
        measures_write.keep(world, idpe, resource)


def read(path: Path) -> Seed:
    """The seed written in `path`. Raises InvalidInput `SBX005`, or `YAM…` where it is no YAML."""
    document = yaml_documents.read(path)
    data = document.data
    if not isinstance(data, Mapping) or data.get("schema_version") != 1:
        raise _wrong(document, ("schema_version",), "schema_version: 1")
    for name in data:
        if name not in (*_MEMBERS, "schema_version"):
            raise _wrong(document, (name,), ", ".join(_MEMBERS))
    lists = {name: data.get(name, []) for name in _MEMBERS}
    for name, members in _MEMBERS.items():
        _check_list(document, name, members, lists[name])
    _check_meaning(document, lists)
    return Seed(**lists)


def _check_list(document: Document, name: str, members: Sequence[str], rows: Any) -> None:
    if not isinstance(rows, list):
        raise _wrong(document, (name,), "[…]")
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise _wrong(document, (name, index), "{…}")
        for member in {*members, *row}:
            told = (name, index, member) if member in row else (name, index)
            if member not in members or (member not in row and member not in _OPTIONAL):
                raise _wrong(document, told, ", ".join(members))
            if member in row and not isinstance(row[member], Mapping if member == "resource" else str):
                raise _wrong(document, told, "{…}" if member == "resource" else "texte")


def _check_meaning(document: Document, lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    for index, row in enumerate(lists["pairings"]):
        for name, known in (("read", _CHOICES), ("write", _CHOICES), ("client_id", tuple(CLIENTS))):
            if name in row and row[name] not in known:
                raise _wrong(document, ("pairings", index, name), ", ".join(known))
    for index, row in enumerate(lists["resources"]):
        if row["resource"].get("resourceType") not in _TYPES:
            raise _wrong(document, ("resources", index, "resource"), ", ".join(_TYPES))


def _wrong(document: Document, place: Sequence[str | int], expected: str) -> InvalidInput:
    return InvalidInput(
        "SBX005",
        both("les données de départ du bac à sable ne sont pas lisibles"),
        location=document.locate(place),
        expected=expected,
        hint=both("le format est décrit dans docs/sandbox.md"),
    )
