"""One check that tells everything: the files that were given, their schema, their rules, the version before them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mes_conformity.catalogue.loader import SUFFIXES, files, version_folders
from mes_conformity.catalogue.merging import Merged, is_migration, is_whole, merge, parse_all, unreadable
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.catalogue.rules import check_content
from mes_conformity.catalogue.versions import check_versions, parse_version
from mes_conformity.foundation import schemas
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.storage import read_bytes
from mes_conformity.foundation.yaml_documents import MAX_BYTES, Document

MIGRATIONS = "migrations"


@dataclass(slots=True)
class _Catalogues:
    """What was found behind the given paths."""

    base: Path
    found: list[tuple[Merged, Path]] = field(default_factory=list)
    migrations: list[Document] = field(default_factory=list)
    faults: list[Diagnostic] = field(default_factory=list)
    folders: set[Path] = field(default_factory=set)

    def add(self, path: Path) -> None:
        """A version folder, a whole catalogue in one file, a file of a version folder, or a migration."""
        if (self.base / path).is_dir():
            self._add_folder(path)
            return
        documents, faults = self._read([path])
        self.faults.extend(faults)
        for document in documents:
            if is_migration(document):
                self.migrations.append(document)
            elif is_whole(document):
                self.found.append((merge([document]), path.parent))
            else:
                self._add_parts(path.parent)

    def _add_folder(self, folder: Path) -> None:
        if folder in self.folders:
            return
        self.folders.add(folder)
        try:
            paths = files(self.base / folder)
        except InvalidInput as error:
            self.faults.append(unreadable(error, str(folder)))
            return
        documents, faults = self._read(folder / path.name for path in paths)
        self.migrations.extend(document for document in documents if is_migration(document))
        kept = [document for document in documents if not is_migration(document)]
        if kept:
            self.found.append((merge(kept, faults), folder))
        else:
            self.faults.extend(faults)

    def _add_parts(self, folder: Path) -> None:
        """A part alone means nothing: it is checked with the files beside it, whole catalogues apart."""
        if folder in self.folders:
            return
        self.folders.add(folder)
        documents, faults = self._read(folder / path.name for path in files(self.base / folder))
        parts = [document for document in documents if not is_migration(document) and not is_whole(document)]
        self.found.append((merge(parts, faults), folder))

    def _read(self, paths: Iterable[Path]) -> tuple[list[Document], list[Diagnostic]]:
        sources: dict[str, bytes] = {}
        faults = []
        for path in paths:
            try:
                sources[str(path)] = read_bytes(self.base / path, MAX_BYTES)
            except InvalidInput as error:
                faults.append(unreadable(error, str(path)))
        documents, unparsed = parse_all(sources)
        return documents, faults + unparsed

    def beside(self, folder: Path) -> tuple[list[Merged], list[Document]]:
        """The other versions of a catalogue that stands in a folder named by its version, and the migrations."""
        if parse_version((self.base / folder).resolve().name) is None:
            return [], []
        parent = folder.parent if folder.name else (self.base / folder).resolve().parent
        others, migrations = [], []
        for sibling in version_folders(self.base / parent):
            if sibling.resolve() != (self.base / folder).resolve():
                documents, _faults = self._read(parent / sibling.name / path.name for path in _yaml_files(sibling))
                others.append(merge([document for document in documents if not is_migration(document)]))
        for path in _yaml_files(self.base / parent / MIGRATIONS):
            documents, faults = self._read([parent / MIGRATIONS / path.name])
            migrations.extend(documents)
            self.faults.extend(faults)
        return others, migrations


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES) if folder.is_dir() else []


def check(paths: Sequence[Path], base: Path) -> list[Diagnostic]:
    """Everything the schema and the rules CAT001–CAT009 have to say of the catalogues behind `paths`.

    A path (under `base`) is a version folder, a catalogue in one file, a file of a version folder (checked with those
    beside it) or a migration. Versions given together, or standing in folders side by side, are compared. Nothing is
    raised: a file that cannot be read is a diagnostic too.
    """
    catalogues = _Catalogues(base)
    for path in paths:
        catalogues.add(path)
    diagnostics: list[Diagnostic] = []
    judged: set[str] = set()
    for merged, folder in catalogues.found:
        others, migrations = catalogues.beside(folder)
        known = _once([*catalogues.migrations, *migrations])
        previous = [other for other, _folder in catalogues.found if other is not merged] + others
        diagnostics += check_merged(merged, previous, known)
        judged.update(document.name for document in known if _concerns(document, merged))
    for document in catalogues.migrations:
        if document.name not in judged:
            diagnostics += schemas.diagnose(document, "migration-1")
    return catalogues.faults + diagnostics


def _once(documents: Iterable[Document]) -> list[Document]:
    return list({document.name: document for document in documents}.values())


def _concerns(document: Document, merged: Merged) -> bool:
    return (document.data.get("catalogue"), document.data.get("to")) == merged.identity


def check_merged(
    merged: Merged, previous: Sequence[Merged] = (), migrations: Sequence[Document] = ()
) -> list[Diagnostic]:
    """The remarks on one catalogue: unreadable files, schema, its own rules, the versions before it."""
    if not merged.parts:
        return list(merged.diagnostics)
    return [
        *merged.diagnostics,
        *merged.diagnose(),
        *check_content(merged),
        *check_versions(merged, previous, migrations),
    ]


def check_catalogue(catalogue: Catalogue) -> list[Diagnostic]:
    """The remarks on a catalogue that was read, warnings included: those of its files, without the versions before."""
    documents, faults = parse_all(catalogue.documents)
    return check_merged(merge([document for document in documents if not is_migration(document)], faults))
