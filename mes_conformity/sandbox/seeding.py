"""What a file adds to a fresh sandbox: people, pairings, resources (`sandbox serve --seed-data FILE`, YAML or JSON).

```yaml
schema_version: 1
users: [{login: a, password: b, otp: "123456", name: "A FICTIVE", birth_date: "1990-01-15"}]
pairings: [{login: a, idpe: idpe-a, read: granted, write: refused, agenda_write: granted}]
resources: [{idpe: idpe-a, resource: {resourceType: Observation, …}}]
```

Fictional data only. A reset brings the same state back. A resource is FHIR, or the file is refused; whether it follows
a profile is not judged, since a test may want one that does not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from mes_conformity.foundation import yaml_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.yaml_documents import Document
from mes_conformity.sandbox import agenda, documents, measures_write
from mes_conformity.sandbox.base_types import faults
from mes_conformity.sandbox.consents import spread
from mes_conformity.sandbox.identities import CLIENT, CLIENTS, USERS, people
from mes_conformity.sandbox.world import CONSENTS, World
from mes_conformity.validators.attachments import raw_content

_USER = ("login", "password", "otp", "name", "birth_date")
_PAIRING = ("login", "client_id", "idpe", *CONSENTS)
_MEMBERS = {"users": _USER, "pairings": _PAIRING, "resources": ("idpe", "resource")}
_OPTIONAL = {"birth_date", "client_id", *CONSENTS}
_TYPES = ("Observation", "Device", "Appointment", "DocumentReference")
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
            told = {"read": "granted", "write": "granted", **{n: v for n, v in pairing.items() if n in CONSENTS}}
            choices = spread(told)
            kept = {"id": world.env.new_id(), "client_id": CLIENT.client_id, "status": "ACTIVE", "minor": False}
            kept |= {"version": world.service_version, "asked": sorted(choices)}
            world.store.put_pairing({**kept, **pairing, **choices})
        for row in self.resources:
            _keep(world, row["idpe"], dict(row["resource"]))


def _keep(world: World, idpe: str, resource: dict[str, Any]) -> None:
    if resource["resourceType"] == "Appointment":
        agenda.store(world, idpe, resource)
    elif resource["resourceType"] == "DocumentReference":
        documents.publish(world, idpe, resource, None, raw_content(documents.attachment_of(resource).get("data")))
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
                raise _wrong(document, told, "{…}" if member == "resource" else both("un texte"))


def _check_meaning(document: Document, lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    for index, row in enumerate(lists["users"]):
        if "birth_date" in row and not _is_day(row["birth_date"]):
            raise _wrong(document, ("users", index, "birth_date"), "1990-01-15")
    logins = [user.login for user in (*USERS, *people(datetime.now(UTC)))] + [row["login"] for row in lists["users"]]
    known = {"login": logins, "client_id": tuple(CLIENTS), **dict.fromkeys(CONSENTS, _CHOICES)}
    for index, row in enumerate(lists["pairings"]):
        for name, allowed in known.items():
            if name in row and row[name] not in allowed:
                raise _wrong(document, ("pairings", index, name), ", ".join(allowed))
    for index, row in enumerate(lists["resources"]):
        _check_resource(document, ("resources", index, "resource"), row["resource"])
    _check_addresses(document, lists["resources"])


def _check_resource(document: Document, place: Sequence[str | int], resource: Mapping[str, Any]) -> None:
    kind = resource.get("resourceType")
    if kind not in _TYPES:
        raise _wrong(document, place, ", ".join(_TYPES))
    for issue in faults(resource, kind):
        raise _wrong(document, place, both("une ressource FHIR R4"), issue.diagnostics)


def _check_addresses(document: Document, rows: Sequence[Mapping[str, Any]]) -> None:
    """An Observation or a Device keeps its id, which is then its alone."""
    seen = set()
    for index, row in enumerate(rows):
        address = (row["resource"]["resourceType"], row["resource"].get("id"))
        if address[1] is not None and address in seen:
            raise _wrong(document, ("resources", index, "resource", "id"), both("un id qu'aucune autre n'a"))
        seen.add(address)


def _is_day(written: str) -> bool:
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def _wrong(
    document: Document, place: Sequence[str | int], expected: Text | str, obtained: str | None = None
) -> InvalidInput:
    return InvalidInput(
        "SBX005",
        both("les données de départ du bac à sable ne sont pas lisibles"),
        location=document.locate(place),
        expected=expected,
        obtained=obtained,
        hint=both("le format est décrit dans docs/sandbox.md"),
    )
