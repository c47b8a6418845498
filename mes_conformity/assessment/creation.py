"""A new workspace: empty, or a copy of an example shipped with the program. An existing one is never written over."""

import contextlib
from dataclasses import replace
from pathlib import Path

from mes_conformity import __version__
from mes_conformity.assessment import store
from mes_conformity.assessment.documents import SCHEMA, from_data, read_versioned
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.pinning import catalogue_of, pin_of, repinned
from mes_conformity.assessment.workspace import (
    ASSESSMENT,
    CATALOGUES,
    EVIDENCE,
    SETTINGS,
    Service,
    Workspace,
    open_workspace,
    refuse_existing,
    settings_data,
    write_settings,
)
from mes_conformity.catalogue.loader import files, folder_of, load_shipped, shipped
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation import resources, storage
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.yaml_documents import MAX_BYTES

TOOL = {"name": "mes-conformity", "version": __version__}
FILE_LIMIT = 16 * 1024 * 1024
_LEFT_OUT = {"__pycache__", "reports"}


def create(directory: Path, service: Service, env: Environment, catalogue: Catalogue | None = None) -> Workspace:
    """A new workspace for `service`, every question open, on `catalogue` (the latest of this program unless told).

    A catalogue that the program does not ship is copied into the workspace, which then stands by itself.

    Raises Conflict `WSP005` where a workspace stands, InvalidInput `STO003` where the disk refuses.
    """
    refuse_existing(directory)
    catalogue = catalogue or load_shipped()
    if not _is_shipped(catalogue):
        _keep(directory, catalogue)
    write_settings(directory, settings_data(service, catalogue.id, catalogue.version))
    workspace = open_workspace(directory)
    _make_folders(workspace)
    now = env.now()
    assessment = Assessment(env.new_id(), "draft", now, now, TOOL, pin_of(catalogue), workspace.subject())
    store.create(workspace, assessment, env)
    return workspace


def _is_shipped(catalogue: Catalogue) -> bool:
    if (catalogue.id, catalogue.version) not in shipped():
        return False
    own = files(folder_of(catalogue.id, catalogue.version))
    return {path.name: path.read_bytes() for path in own} == dict(catalogue.documents)


def _keep(directory: Path, catalogue: Catalogue) -> None:
    folder = directory / CATALOGUES / catalogue.id / catalogue.version
    for name, content in catalogue.documents.items():
        storage.write(folder / Path(name).name, content)


def examples() -> tuple[str, ...]:
    """The names of the examples shipped with the program."""
    folder = resources.root("examples")
    return tuple(sorted(path.parent.name for path in folder.glob(f"*/{SETTINGS}"))) if folder.is_dir() else ()


def create_from_example(directory: Path, name: str, env: Environment) -> Workspace:
    """A copy of the example `name`, tied to the catalogue of this program.

    Raises UsageError `WSP008` for an unknown name, Conflict `WSP005` where a workspace stands.
    """
    if name not in examples():
        raise UsageError(
            "WSP008", both("exemple inconnu : « {name} »", name=name), expected=", ".join(examples()), obtained=name
        )
    refuse_existing(directory)
    source = resources.root("examples") / name
    # The settings last: until they stand there is no workspace, so that a copy cut short can be begun again.
    files = sorted(_files(source), key=lambda path: path.name == SETTINGS)
    for path in files:
        if path.name != ASSESSMENT:
            storage.write(
                directory / path.relative_to(source),
                storage.read_bytes(path, FILE_LIMIT),
                durable=path.name == SETTINGS,
            )
    workspace = open_workspace(directory)
    _make_folders(workspace)
    document = read_versioned(storage.read_bytes(source / ASSESSMENT, MAX_BYTES), ASSESSMENT, SCHEMA)
    original = from_data(document.data)
    copy = replace(original, id=env.new_id(), copied_from=original.id, updated_at=env.now(), tool=TOOL)
    store.create(workspace, repinned(copy, catalogue_of(workspace)), env)
    return workspace


def _files(source: Path) -> list[Path]:
    inside = (path for path in source.rglob("*") if path.is_file() and not path.name.startswith("."))
    return [path for path in inside if not _LEFT_OUT & set(path.relative_to(source).parts)]


def _make_folders(workspace: Workspace) -> None:
    for name in (EVIDENCE, "artefacts", "reports"):
        with contextlib.suppress(OSError):  # a convenience: whoever writes there makes its folder again
            workspace.path(name).mkdir(parents=True, exist_ok=True)
