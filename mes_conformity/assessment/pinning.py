"""What an assessment is tied to: the catalogue it answers, and the wording of each requirement answered."""

from dataclasses import replace
from pathlib import Path

from mes_conformity.assessment.documents import SCHEMA, from_data, read_versioned, to_data
from mes_conformity.assessment.model import Answer, Assessment, Evidence, Pin
from mes_conformity.assessment.workspace import ASSESSMENT, CATALOGUES, Workspace, open_workspace
from mes_conformity.catalogue.loader import load, load_shipped, shipped, version_folders
from mes_conformity.catalogue.migration import Route, load_all, path, route
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation import storage
from mes_conformity.foundation.digests import sha256_file
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.resources import root
from mes_conformity.foundation.yaml_documents import MAX_BYTES, dump


def catalogue_of(workspace: Workspace) -> Catalogue:
    """The catalogue that a workspace names. Raises InvalidInput `CAT011` when neither has it."""
    return catalogue_at(workspace, workspace.catalogue_version)


def catalogue_at(workspace: Workspace, version: str) -> Catalogue:
    """A version of the workspace's catalogue: its own (`catalogues/<id>/<version>/`), else the program's."""
    own = _own(workspace) / version
    if not own.is_dir():
        return load_shipped(workspace.catalogue_id, version)
    catalogue = load(own)
    if (catalogue.id, catalogue.version) != (workspace.catalogue_id, version):
        raise InvalidInput(
            "CAT011",
            both("ce dossier contient un autre catalogue"),
            location=Location(str(own)),
            expected=f"{workspace.catalogue_id} {version}",
            obtained=f"{catalogue.id} {catalogue.version}",
        )
    return catalogue


def way(workspace: Workspace, origin: str, target: str) -> Route:
    """The migrations between two versions of the workspace's catalogue. Raises InvalidInput `CAT012` without any."""
    own = _own(workspace)
    if not own.is_dir():
        return path(workspace.catalogue_id, origin, target)
    versions = [*(folder.name for folder in version_folders(own)), *_shipped_versions(workspace.catalogue_id)]
    known = [*load_all(own), *load_all(root("requirements_catalogue") / workspace.catalogue_id)]
    return route(known, workspace.catalogue_id, origin, target, versions)


def _own(workspace: Workspace) -> Path:
    return workspace.path(CATALOGUES) / workspace.catalogue_id


def _shipped_versions(identifier: str) -> list[str]:
    return [version for name, version in shipped() if name == identifier]


def pin_of(catalogue: Catalogue) -> Pin:
    """How an assessment names this catalogue."""
    return Pin(catalogue.id, catalogue.version, catalogue.sha256)


def repinned(assessment: Assessment, catalogue: Catalogue) -> Assessment:
    """The assessment tied to this catalogue and to its present wordings.

    Only for answers written for it: on a publisher's answers this would hide a rewording.
    """
    answers = {name: _repinned(answer, name, catalogue) for name, answer in assessment.answers.items()}
    return replace(assessment, catalogue=pin_of(catalogue), answers=answers)


def _repinned(answer: Answer, name: str, catalogue: Catalogue) -> Answer:
    digest = catalogue.requirement(name).normative_sha256 if name in catalogue else answer.requirement_sha256
    return replace(answer, requirement_sha256=digest)


def repin(folder: Path) -> bool:
    """Tie the example in `folder` to the catalogue of this program and to its own files; whether that changed it.

    For examples under development: their answers and evidence are written together with the catalogue.
    """
    workspace = open_workspace(folder)
    file = workspace.path(ASSESSMENT)
    document = read_versioned(storage.read_bytes(file, MAX_BYTES), ASSESSMENT, SCHEMA)
    assessment = repinned(from_data(document.data), catalogue_of(workspace))
    answers = {name: _measured(answer, folder) for name, answer in assessment.answers.items()}
    content = dump(to_data(replace(assessment, answers=answers)))
    if content == document.source:
        return False
    storage.write(file, content)
    return True


def _measured(answer: Answer, folder: Path) -> Answer:
    return replace(answer, evidence=tuple(_measure(item, folder) for item in answer.evidence))


def _measure(item: Evidence, folder: Path) -> Evidence:
    if item.path is None or not (folder / item.path).is_file():
        return item
    file = folder / item.path
    return replace(item, sha256=sha256_file(file), size=file.stat().st_size)
