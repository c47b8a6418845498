"""What became of each requirement from one version of a catalogue to another, and what may be kept of its answer.

A migration file tells it between two versions; a route chains several. A requirement that no file names is unchanged.
The files stand in the folder `migrations` beside the version folders. Format: `docs/formats.md`, schema `migration-1`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from mes_conformity.catalogue.loader import SUFFIXES, folder_of, shipped
from mes_conformity.catalogue.merging import is_migration
from mes_conformity.catalogue.model import Catalogue, Requirement
from mes_conformity.catalogue.versions import parse_version
from mes_conformity.foundation import schemas
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import LANGUAGES, Text, both
from mes_conformity.foundation.storage import read_bytes
from mes_conformity.foundation.yaml_documents import MAX_BYTES, Document, parse

Kind = Literal["unchanged", "reworded", "modified", "moved", "split", "merged", "withdrawn", "introduced"]
Keep = Literal["answer_and_evidence", "evidence", "set_aside"]

FOLDER = "migrations"
_LOSS: dict[Keep, int] = {"answer_and_evidence": 0, "evidence": 1, "set_aside": 2}
_DEPTH: dict[Kind, int] = {"moved": 1, "reworded": 2, "modified": 3, "merged": 4, "split": 5}
_BACKWARDS: dict[Kind, Kind] = {"split": "merged", "merged": "split", "withdrawn": "introduced"}


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a migration file. `origin` and `keep` are None for what is introduced."""

    kind: Kind
    origin: str | None
    targets: tuple[str, ...]
    keep: Keep | None
    reason: Text | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one old requirement: the new ones it lives on in, and what is kept of its answer.

    `inferred` is true where no file says it and the two catalogues show it.
    """

    kind: Kind
    targets: tuple[str, ...]
    keep: Keep
    reason: Text | None = None
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one new requirement comes from: the old ones (none: introduced) and the deepest change on the way."""

    kind: Kind
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: from version `origin` to version `target` of `catalogue`. `renamed_facts`: old id → new id."""

    catalogue: str
    origin: str
    target: str
    changes: tuple[Change, ...] = ()
    renamed_facts: Mapping[str, str] = field(default_factory=dict)
    _lines: Mapping[str, Change] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lines = {change.origin: change for change in self.changes if change.origin is not None}
        object.__setattr__(self, "_lines", lines)

    def fate(self, requirement: str) -> Fate:
        """What became of an old requirement; unchanged when no line names it."""
        line = self._lines.get(requirement)
        if line is None:
            return Fate("unchanged", (requirement,), "answer_and_evidence")
        return Fate(line.kind, line.targets, line.keep or "set_aside", line.reason)

    def backwards(self) -> "Migration":
        """The way back: what was split is merged, what was introduced is withdrawn, and the reverse."""
        changes: list[Change] = []
        origins: dict[str, list[Change]] = {}
        for change in self.changes:
            for target in change.targets:
                origins.setdefault(target, []).append(change)
            if not change.targets and change.origin is not None:
                changes.append(Change("introduced", None, (change.origin,), None, change.reason))
        changes.extend(_back(target, lines) for target, lines in origins.items())
        facts = {new: old for old, new in self.renamed_facts.items()}
        return Migration(self.catalogue, self.target, self.origin, tuple(changes), facts)


def _back(target: str, lines: Sequence[Change]) -> Change:
    """The line that goes back from `target` to the requirements it came from."""
    sources = tuple(line.origin for line in lines if line.origin is not None)
    if not sources:
        return Change("withdrawn", target, (), "set_aside", lines[0].reason)
    kind = _BACKWARDS.get(lines[0].kind, lines[0].kind) if len(sources) == 1 else "split"
    kept = max((line.keep or "set_aside" for line in lines), key=_LOSS.__getitem__)
    if len(sources) > 1 and kept == "answer_and_evidence":
        kept = "evidence"  # one answer for several requirements is an answer to none of them
    return Change("merged" if kind == "split" and len(sources) == 1 else kind, target, sources, kept, lines[0].reason)


@dataclass(frozen=True, slots=True)
class Route:
    """The migrations that lead from version `origin` to version `target`, in order; none when they are the same."""

    catalogue: str
    origin: str
    target: str
    steps: tuple[Migration, ...]

    def fate(self, requirement: str) -> Fate:
        """What became of a requirement of the first version in the last one, through every step.

        The weakest of what is kept on the way is kept; several requirements reached from one are a split.
        """
        fate = Fate("unchanged", (requirement,), "answer_and_evidence")
        for step in self.steps:
            fate = _chained(fate, [step.fate(target) for target in fate.targets])
        return fate

    def fact(self, name: str) -> str:
        """The id of a fact of the first version in the last one."""
        for step in self.steps:
            name = step.renamed_facts.get(name, name)
        return name


def _chained(before: Fate, after: Sequence[Fate]) -> Fate:
    if not after:
        return before
    targets = tuple(dict.fromkeys(target for fate in after for target in fate.targets))
    kept = max((before.keep, *(fate.keep for fate in after if fate.targets or len(after) == 1)), key=_LOSS.__getitem__)
    reason = _joined([before.reason, *(fate.reason for fate in after)])
    kinds = [fate.kind for fate in (before, *after) if fate.kind in _DEPTH]
    if not targets:
        return Fate("withdrawn", (), "set_aside", reason)
    return Fate(max(kinds, key=_DEPTH.__getitem__, default="unchanged"), targets, kept, reason)


def _joined(reasons: Iterable[Text | None]) -> Text | None:
    told = [reason for reason in reasons if reason]
    if len(told) < 2:
        return told[0] if told else None
    return {language: " ".join(text.get(language) or text["fr"] for text in told) for language in LANGUAGES}


def read(document: Document) -> Migration:
    """The migration in a document. Raises InvalidInput `SCH001`, `CAT001` (two lines for one requirement)."""
    schemas.require(document, "migration-1")
    data: dict[str, Any] = document.data
    seen: set[str] = set()
    for index, item in enumerate(data["changes"]):
        name = item.get("from")
        if name in seen:
            message = both("deux lignes de migration pour « {name} »", name=name)
            hint = both("gardez une ligne par exigence : ses `to` peuvent être plusieurs")
            raise InvalidInput("CAT001", message, location=document.locate(("changes", index, "from")), hint=hint)
        seen |= {name} if name else set()
    changes = tuple(
        Change(item["change"], item.get("from"), tuple(item["to"]), item.get("keep"), item.get("reason"))
        for item in data["changes"]
    )
    return Migration(data["catalogue"], data["from"], data["to"], changes, data.get("renamed_facts", {}))


def load_all(parent: Path) -> tuple[Migration, ...]:
    """The migrations of the catalogue whose version folders stand in `parent`, by file name. Raises like `read`."""
    folders = [parent / FOLDER, *(child for child in _folders(parent) if parse_version(child.name))]
    paths = [path for folder in folders for path in _yaml_files(folder)]
    documents = (parse(read_bytes(path, MAX_BYTES), str(path)) for path in paths if _may_be_migration(path))
    return tuple(read(document) for document in documents if is_migration(document))


def _may_be_migration(path: Path) -> bool:
    """Whether the file is worth parsing: a section file of a version folder never holds the key `changes`."""
    return path.parent.name == FOLDER or b"\nchanges:" in b"\n" + read_bytes(path, MAX_BYTES)


def _folders(parent: Path) -> list[Path]:
    return sorted(child for child in parent.iterdir() if child.is_dir()) if parent.is_dir() else []


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES) if folder.is_dir() else []


def path(identifier: str, origin: str, target: str) -> Route:
    """The way between two shipped versions of a catalogue, backwards too. Raises InvalidInput `CAT012` without one."""
    versions = [version for name, version in shipped() if name == identifier]
    return route(load_all(folder_of(identifier, target).parent), identifier, origin, target, versions)


def route(
    migrations: Iterable[Migration], identifier: str, origin: str, target: str, versions: Iterable[str] = ()
) -> Route:
    """The shortest way from version `origin` to version `target` through the given migrations.

    Between two successive `versions` of one major number no file is needed: nothing may leave there without a word
    (CAT005). A lower `target` goes the same way backwards. Raises InvalidInput `CAT012` when there is no way.
    """
    known = [migration for migration in migrations if migration.catalogue == identifier]
    forward = _number(origin) <= _number(target)
    start, end = (origin, target) if forward else (target, origin)
    steps = _shortest([*known, *_silent(identifier, {*versions, origin, target}, known)], start, end)
    if steps is None:
        raise InvalidInput(
            "CAT012",
            both("aucune migration ne mène de {name} {origin} à {target}", name=identifier, origin=origin,
                 target=target),
            expected=", ".join(f"{step.origin} → {step.target}" for step in known) or None,
            hint=both("ajoutez un fichier au dossier `migrations` du référentiel, ou choisissez une autre version"),
        )  # fmt: skip
    taken = steps if forward else [step.backwards() for step in reversed(steps)]
    return Route(identifier, origin, target, tuple(taken))


def _number(version: str) -> tuple[int, ...]:
    return parse_version(version) or ()


def _silent(identifier: str, versions: set[str], known: Sequence[Migration]) -> list[Migration]:
    """Steps without a file between successive versions of one major number."""
    told = {(step.origin, step.target) for step in known}
    ordered = sorted((version for version in versions if parse_version(version)), key=_number)
    pairs = [(a, b) for a, b in pairwise(ordered) if _number(a)[0] == _number(b)[0]]
    return [Migration(identifier, *pair) for pair in pairs if pair not in told]


def _shortest(steps: Sequence[Migration], start: str, end: str) -> list[Migration] | None:
    """Breadth first, one visit per version: the files may form a circle."""
    ways: dict[str, list[Migration]] = {start: []}
    waiting = [start]
    for version in waiting:
        for step in steps:
            if step.origin == version and step.target not in ways:
                ways[step.target] = [*ways[version], step]
                waiting.append(step.target)
    return ways.get(end)


def fates(way: Route, old: Catalogue, new: Catalogue) -> dict[str, Fate]:
    """What became of every requirement of `old` in `new`, by old id: none is ever left out.

    What no file says is read in the two catalogues: a requirement that is gone is withdrawn and set aside, one whose
    wording differs is reworded, one whose obligation or level differs is modified. Targets that `new` has not are
    left out.
    """
    return {requirement.id: _fate(way.fate(requirement.id), requirement, new) for requirement in old.requirements}


def _fate(fate: Fate, old: Requirement, new: Catalogue) -> Fate:
    targets = tuple(target for target in fate.targets if target in new)
    if not targets:
        told = fate.kind == "withdrawn"
        return Fate("withdrawn", (), "set_aside", fate.reason, inferred=not told)
    if fate.kind == "unchanged":
        kind = difference(old, new.requirement(targets[0]))
        return Fate(kind, targets, fate.keep, fate.reason, inferred=kind != "unchanged")
    return Fate(fate.kind, targets, fate.keep, fate.reason)


def difference(old: Requirement, new: Requirement) -> Kind:
    """What two wordings of one requirement show by themselves: the deepest of modified, reworded, moved, unchanged."""
    if (old.obligation, old.target_level) != (new.obligation, new.target_level):
        return "modified"
    if old.normative_sha256 != new.normative_sha256:
        return "reworded"
    return "moved" if (old.section, old.id) != (new.section, new.id) else "unchanged"


def origins(told: Mapping[str, Fate], new: Catalogue) -> dict[str, Origin]:
    """Where every requirement of `new` comes from, by new id, from the fates of the old ones."""
    found: dict[str, list[str]] = {requirement.id: [] for requirement in new.requirements}
    for name, fate in told.items():
        for target in fate.targets:
            found[target].append(name)
    return {name: Origin(_deepest(told, names), tuple(names)) for name, names in found.items()}


def _deepest(told: Mapping[str, Fate], names: Sequence[str]) -> Kind:
    if not names:
        return "introduced"
    if len(names) > 1:
        return "merged"
    return told[names[0]].kind
