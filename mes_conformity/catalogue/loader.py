"""Reading catalogues: from a folder, from the program's own data, from the files of a dossier."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from mes_conformity.catalogue.building import build
from mes_conformity.catalogue.merging import Merged, is_migration, merge, parse_all
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.catalogue.rules import check_content
from mes_conformity.catalogue.versions import parse_version
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.resources import root
from mes_conformity.foundation.storage import read_bytes
from mes_conformity.foundation.yaml_documents import MAX_BYTES

DEFAULT = "mes-referencement"
SUFFIXES = (".yaml", ".yml")


def load(folder: Path) -> Catalogue:
    """The catalogue of the version folder `folder`.

    Raises InvalidInput with the first error: unreadable (`STO…`, `YAM…`), against the schema (`SCH001`) or a rule
    (`CAT…`). `catalogue check` tells them all.
    """
    return from_documents({path.name: read_bytes(path, MAX_BYTES) for path in files(folder)}, where=folder)


def load_shipped(identifier: str = DEFAULT, version: str | None = None) -> Catalogue:
    """A catalogue shipped with the program, in its latest version unless told. Raises InvalidInput `CAT011`."""
    versions = [number for name, number in shipped() if name == identifier]
    wanted = version or (versions[-1] if versions else None)
    if wanted is None or wanted not in versions:
        known = ", ".join(f"{name} {number}" for name, number in shipped())
        raise InvalidInput(
            "CAT011",
            both("catalogue inconnu : {name} {version}", name=identifier, version=wanted or ""),
            expected=known,
            hint=both("lancez `mes-conformity catalogue list` pour voir ceux qui sont fournis"),
        )
    return load(folder_of(identifier, wanted))


def shipped() -> list[tuple[str, str]]:
    """The catalogues shipped with the program: (id, version), oldest version first."""
    folders = [folder for parent in _subfolders(root("requirements_catalogue")) for folder in version_folders(parent)]
    return [(folder.parent.name, folder.name) for folder in folders]


def folder_of(identifier: str, version: str) -> Path:
    """Where a shipped catalogue stands."""
    return root("requirements_catalogue") / identifier / version


def version_folders(parent: Path) -> list[Path]:
    """The folders of `parent` that are named by a version, oldest first."""
    numbered = [(number, folder) for folder in _subfolders(parent) if (number := parse_version(folder.name))]
    return [folder for _number, folder in sorted(numbered)]


def _subfolders(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def files(folder: Path) -> list[Path]:
    """The YAML files of a version folder, by name. Raises InvalidInput `STO002` when there is none."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file())
    except OSError as error:
        raise _no_catalogue(folder, error.strerror) from None
    if not found:
        raise _no_catalogue(folder, None)
    return found


def _no_catalogue(folder: Path, why: str | None) -> InvalidInput:
    return InvalidInput(
        "STO002",
        both("ce dossier ne contient aucun fichier de catalogue"),
        location=Location(str(folder)),
        obtained=why,
        hint=both("donnez un dossier de version, par exemple requirements_catalogue/mes-referencement/2.0.0"),
    )


def from_documents(sources: Mapping[str, bytes], *, where: Path | None = None) -> Catalogue:
    """The catalogue in the files `sources` (name → bytes), of a folder or of a dossier. Raises like `load`.

    `where` is the folder put before the names in errors.
    """
    named = {str(where / name) if where else name: content for name, content in sources.items()}
    documents, faults = parse_all(named)
    merged = merge([document for document in documents if not is_migration(document)], faults)
    if not merged.parts and not merged.diagnostics:
        raise _no_catalogue(where or Path("catalogue"), None)
    for diagnostic in _faults(merged):
        raise InvalidInput(
            diagnostic.code,
            diagnostic.message,
            location=diagnostic.location,
            expected=diagnostic.expected,
            obtained=diagnostic.obtained,
            hint=diagnostic.hint,
        )
    return build(merged.data, sources)


def _faults(merged: Merged) -> Iterator[Diagnostic]:
    """The errors of a catalogue, cheapest first; a warning keeps nobody from reading it."""
    yield from merged.diagnostics
    if merged.parts:
        yield from merged.diagnose()
    yield from check_content(merged, warnings=False)
