"""What an assessment is tied to: the catalogue it answers, and the wording of each requirement answered."""

from dataclasses import replace
from pathlib import Path

from mes_conformity.assessment.documents import SCHEMA, from_data, read_versioned, to_data
from mes_conformity.assessment.model import Answer, Assessment, Evidence, Pin
from mes_conformity.assessment.workspace import ASSESSMENT, Workspace, open_workspace
from mes_conformity.catalogue.loader import load_shipped
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation import storage
from mes_conformity.foundation.digests import sha256_file
from mes_conformity.foundation.yaml_documents import MAX_BYTES, dump


def catalogue_of(workspace: Workspace) -> Catalogue:
    """The catalogue that a workspace names. Raises InvalidInput `CAT011` when this program does not have it."""
    return load_shipped(workspace.catalogue_id, workspace.catalogue_version)


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
    path = workspace.path(ASSESSMENT)
    document = read_versioned(storage.read_bytes(path, MAX_BYTES), ASSESSMENT, SCHEMA)
    assessment = repinned(from_data(document.data), catalogue_of(workspace))
    answers = {name: _measured(answer, folder) for name, answer in assessment.answers.items()}
    content = dump(to_data(replace(assessment, answers=answers)))
    if content == document.source:
        return False
    storage.write(path, content)
    return True


def _measured(answer: Answer, folder: Path) -> Answer:
    return replace(answer, evidence=tuple(_measure(item, folder) for item in answer.evidence))


def _measure(item: Evidence, folder: Path) -> Evidence:
    if item.path is None or not (folder / item.path).is_file():
        return item
    file = folder / item.path
    return replace(item, sha256=sha256_file(file), size=file.stat().st_size)
