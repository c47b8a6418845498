"""A catalogue is one document spread over files: the manifest, the facts, one file per section.

The files are merged before anything is checked, so that the schema and the rules are written once; every place in the
merged data still knows its file, line and column.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mes_conformity.foundation import schemas
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.yaml_documents import Document, parse

LISTS = ("facts", "sections", "requirements")
Pointer = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a run of items of a merged list comes from: items `start` to `start + count` of the list."""

    document: Document
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Merged:
    """One catalogue as data. `data` is not known to be valid: readers use `items` and `manifest`."""

    data: dict[str, Any]
    parts: tuple[Document, ...]
    origins: Mapping[str, tuple[_Origin, ...]]
    diagnostics: tuple[Diagnostic, ...] = ()
    """What was already wrong before merging: files that could not be read."""

    @property
    def manifest(self) -> dict[str, Any]:
        """The value of `catalogue`, empty where there is none."""
        value = self.data.get("catalogue")
        return value if isinstance(value, dict) else {}

    @property
    def identity(self) -> tuple[str, str]:
        """Its id and version, empty where they are not written."""
        return _text(self.manifest.get("id")), _text(self.manifest.get("version"))

    def items(self, key: str) -> Iterator[tuple[Pointer, dict[str, Any]]]:
        """The well-formed items of a list of mappings, each with its pointer."""
        yield from mappings(self.data.get(key), (key,))

    def locate(self, pointer: Sequence[str | int], *, key: bool = False) -> Location:
        """File, line and column of the value at `pointer` of the merged data (of its key when `key`)."""
        document, local = self._origin(tuple(pointer))
        return document.locate(local, key=key)

    def diagnose(self) -> list[Diagnostic]:
        """What the schema `catalogue-1` has to say of the whole (code `SCH001`), in the order of the files."""
        faults = schemas.errors(self.data, "catalogue-1")
        if not faults:
            return []
        hint = both(
            "corrigez cette valeur ; ce qui est permis : requirements_catalogue/schemas/catalogue-1.schema.json"
        )
        return [Diagnostic("SCH001", "error", message, self.locate(pointer), hint) for pointer, message in faults]

    def _origin(self, pointer: Pointer) -> tuple[Document, Pointer]:
        if not pointer:
            return self.parts[0], ()
        name = str(pointer[0])
        origins = self.origins.get(name, ())
        if len(pointer) > 1 and isinstance(pointer[1], int) and name in LISTS:
            for origin in origins:
                if origin.start <= pointer[1] < origin.start + origin.count:
                    return origin.document, (name, pointer[1] - origin.start, *pointer[2:])
        return (origins[0].document if origins else self.parts[0]), pointer


def mappings(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """The mappings among the items of a list, each with its pointer; nothing where `value` is no list."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict):
            yield (*pointer, index), item


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def is_migration(document: Document) -> bool:
    """Whether the document tells what became of the requirements of another version."""
    return isinstance(document.data, dict) and "changes" in document.data


def is_whole(document: Document) -> bool:
    """Whether the document is a catalogue by itself, rather than one of its files."""
    data = document.data
    return isinstance(data, dict) and "requirements" in data and ("catalogue" in data or "sections" in data)


def is_manifest(document: Document) -> bool:
    """Whether the document declares a catalogue whose requirements stand in other files."""
    return isinstance(document.data, dict) and "catalogue" in document.data and "requirements" not in document.data


def parse_all(sources: Mapping[str, bytes]) -> tuple[list[Document], list[Diagnostic]]:
    """The documents of the files (name → bytes), the manifest first; what could not be read, as diagnostics."""
    documents, faults = [], []
    for name in sorted(sources):
        try:
            documents.append(parse(sources[name], name))
        except InvalidInput as error:
            faults.append(unreadable(error, name))
    return sorted(documents, key=lambda document: not is_manifest(document)), faults


def unreadable(error: InvalidInput, name: str) -> Diagnostic:
    """The error met while reading a file, as a diagnostic."""
    message = error.message if not isinstance(error.message, str) else {"fr": error.message}
    hint = error.hint if not isinstance(error.hint, str) else {"fr": error.hint}
    obtained = error.obtained if isinstance(error.obtained, str) else None
    return Diagnostic(error.code, "error", message, error.location or Location(name), hint, obtained=obtained)


def merge(documents: Sequence[Document], faults: Sequence[Diagnostic] = ()) -> Merged:
    """One catalogue from its files: lists are joined in the order given, any other key is taken once."""
    data: dict[str, Any] = {}
    origins: dict[str, list[_Origin]] = {}
    found = list(faults)
    for document in documents:
        if not isinstance(document.data, dict):
            found.append(_not_a_mapping(document))
            continue
        for key, value in document.data.items():
            if key in LISTS and isinstance(value, list) and isinstance(data.get(key, []), list):
                present = data.setdefault(key, [])
                origins.setdefault(key, []).append(_Origin(document, len(present), len(value)))
                present.extend(value)
            elif key not in data:
                data[key] = value
                origins[key] = [_Origin(document, 0, 0)]
            elif key in LISTS or key == "catalogue":
                found.append(_twice(document, key))
        _take_version(data, origins, document)
    return Merged(data, tuple(documents), {key: tuple(runs) for key, runs in origins.items()}, tuple(found))


def _take_version(data: dict[str, Any], origins: dict[str, list[_Origin]], document: Document) -> None:
    """Every file states its own `schema_version`: the whole takes the first that differs, so that it is refused."""
    if document.data.get("schema_version", 1) != 1:
        data["schema_version"] = document.data["schema_version"]
        origins["schema_version"] = [_Origin(document, 0, 0)]


def _not_a_mapping(document: Document) -> Diagnostic:
    return Diagnostic(
        "SCH001",
        "error",
        both("ce fichier n'est pas un fichier de catalogue"),
        document.locate(()),
        both("il commence par `schema_version: 1`, puis `catalogue`, `facts`, `sections` ou `requirements`"),
    )


def _twice(document: Document, key: str) -> Diagnostic:
    return Diagnostic(
        "CAT001",
        "error",
        both("la clé « {key} » est déjà écrite dans un autre fichier du catalogue", key=key),
        document.locate((key,), key=True),
        both("gardez un seul manifeste par dossier de version"),
    )
