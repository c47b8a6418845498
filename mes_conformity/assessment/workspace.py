"""A workspace: one service on disk. `mes-conformity.yaml` says what it is; the answers stand in `assessment.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mes_conformity.assessment.documents import read_versioned
from mes_conformity.foundation import storage
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.yaml_documents import MAX_BYTES, Document, dump, parse

SETTINGS = "mes-conformity.yaml"
ASSESSMENT = "assessment.yaml"
JOURNAL = "journal.jsonl"
EVIDENCE = "evidence"
CATALOGUES = "catalogues"
LOCK = ".mes-conformity.lock"


@dataclass(frozen=True, slots=True)
class Service:
    """What is assessed."""

    publisher: str
    product: str
    version: str
    platform: str | None = None
    solution_oid: str | None = None

    def to_data(self) -> dict[str, str]:
        """The keys that are known, in the order they are written."""
        pairs = (
            ("publisher", self.publisher),
            ("product", self.product),
            ("version", self.version),
            ("platform", self.platform),
            ("solution_oid", self.solution_oid),
        )
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file for the unit cases; `path` goes from the workspace, with slashes."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """What `mes-conformity.yaml` says. `document` knows on which line."""

    root: Path
    service: Service
    catalogue_id: str
    catalogue_version: str
    artefacts: tuple[Artefact, ...]
    targets: Mapping[str, Mapping[str, Any]]
    document: Document = field(repr=False, compare=False)

    def path(self, name: str) -> Path:
        """The path of a file of the workspace."""
        return self.root / name

    def subject(self) -> dict[str, str]:
        """What the assessment keeps of the service."""
        return self.service.to_data()


def open_workspace(directory: Path) -> Workspace:
    """The workspace in `directory`.

    Raises InvalidInput `WSP001` (no workspace here), `WSP002` (an artefact leads out of it), `WSP004`, `WSP006` (a
    secret in the file), `YAM…`, `SCH001`; Conflict `WSP003` (written by a newer program).
    """
    path = directory / SETTINGS
    if not path.exists():
        raise InvalidInput(
            "WSP001",
            both("il n'y a pas d'espace de travail ici"),
            location=Location(str(path)),
            hint=both("créez-en un avec `mes-conformity init`, ou donnez son dossier avec -C"),
        )
    document = read_versioned(storage.read_bytes(path, MAX_BYTES), SETTINGS, "workspace-1")
    data = document.data
    workspace = Workspace(
        directory,
        Service(**data["service"]),
        data["catalogue"]["id"],
        data["catalogue"]["version"],
        tuple(Artefact(item["path"], item["kind"]) for item in data.get("artefacts", ())),
        data.get("targets", {}),
        document,
    )
    _refuse_escapes(workspace)
    _refuse_secrets(workspace)
    return workspace


open = open_workspace  # noqa: A001 - `workspace.open(folder)` reads as it should


def _refuse_escapes(workspace: Workspace) -> None:
    """An artefact of the workspace stays in it, links followed: a run must never judge, and keep, another file."""
    root = workspace.root.resolve()
    for index, artefact in enumerate(workspace.artefacts):
        if not (workspace.root / artefact.path).resolve().is_relative_to(root):
            raise InvalidInput(
                "WSP002",
                both("cet artefact mène hors de l'espace de travail"),
                location=workspace.document.locate(("artefacts", index, "path")),
                obtained=artefact.path,
                hint=both("copiez le fichier dans l'espace de travail"),
            )


_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|keyring")
_SECRETS = ("client_secret", "password", "otp")


def _refuse_secrets(workspace: Workspace) -> None:
    """A secret stands in the environment or in the keyring: this file is copied, shared and kept for ever. What was
    written is not repeated."""
    for name, target in workspace.targets.items():
        persons = [
            ((group, index), person)
            for group in ("users", "people")
            for index, person in enumerate(target.get(group, ()))
        ]
        for place, owner in ((("client",), target.get("client", {})), *persons):
            for key in _SECRETS:
                if key in owner and not _REFERENCE.fullmatch(owner[key]):
                    raise InvalidInput(
                        "WSP006",
                        both("un secret est écrit en clair dans ce fichier"),
                        location=workspace.document.locate(("targets", name, *place, key)),
                        expected="${VARIABLE} | keyring",
                        hint=both("retirez-le, changez ce secret, et donnez-le par une variable d'environnement"),
                    )


def settings_data(
    service: Service, catalogue_id: str, catalogue_version: str, artefacts: tuple[Artefact, ...] = ()
) -> dict[str, Any]:
    """The data of a new `mes-conformity.yaml`."""
    return {
        "schema_version": 1,
        "service": service.to_data(),
        "catalogue": {"id": catalogue_id, "version": catalogue_version},
        "artefacts": [{"path": item.path, "kind": item.kind} for item in artefacts],
        "targets": {},
    }


def refuse_existing(directory: Path) -> None:
    """Raise Conflict `WSP005` where a workspace, or half of one, already stands; it is never written over."""
    for name in (SETTINGS, ASSESSMENT, JOURNAL):
        if (directory / name).exists() or (directory / name).is_symlink():
            raise Conflict(
                "WSP005",
                both("ce dossier contient déjà un espace de travail"),
                location=Location(str(directory / name)),
                hint=both("choisissez un autre dossier, ou continuez celui-ci avec `mes-conformity assess resume`"),
            )


def write_settings(directory: Path, data: Mapping[str, Any]) -> None:
    """Write `mes-conformity.yaml` of a new workspace. Raises InvalidInput `STO003` where the disk refuses."""
    storage.write(directory / SETTINGS, dump(dict(data)))


def set_catalogue_version(workspace: Workspace, version: str) -> None:
    """Write another catalogue version into `mes-conformity.yaml`; comments and layout stay where that can be done.

    A digest written there spoke of the old version: it goes. Raises InvalidInput `STO003` where the disk refuses.
    """
    document = workspace.document
    wanted = {**document.data, "catalogue": {"id": workspace.catalogue_id, "version": version}}
    if wanted == document.data:
        return
    edited = _edited(document, version)
    write = dump(wanted) if edited is None or parse(edited, SETTINGS).data != wanted else edited
    storage.write(workspace.path(SETTINGS), write)


def _edited(document: Document, version: str) -> str | None:
    """The text with only the version changed; None where the line is not as usual."""
    place = document.locate(("catalogue", "version"))
    lines = document.source.split("\n")
    if place.line is None or place.column is None or "sha256" in document.data["catalogue"]:
        return None
    line = lines[place.line - 1]
    head, tail = line[: place.column - 1], line[place.column - 1 :]
    changed, count = re.subn(r"\A(['\"]?)[0-9.]+\1", rf"\g<1>{version}\g<1>", tail, count=1)
    lines[place.line - 1] = head + changed
    return "\n".join(lines) if count else None
