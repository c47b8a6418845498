"""What a version owes to the one before it: rules CAT005 and CAT008, and the migration file between the two.

Versions are semantic: a patch never makes a conforming service non-conforming; a new mandatory or tightened
requirement is a major version.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mes_conformity.catalogue.merging import Merged, Pointer, mappings
from mes_conformity.catalogue.rules import error
from mes_conformity.foundation import schemas
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.yaml_documents import Document

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
_WEIGHT = {"optional": 0, "recommended": 1, "mandatory": 2}

Version = tuple[int, int, int]


def parse_version(text: str) -> Version | None:
    """`"2.0.10"` → `(2, 0, 10)`, so that versions sort; None for anything else."""
    match = _VERSION.fullmatch(text) if len(text) <= 32 else None
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


@dataclass(frozen=True, slots=True)
class _Change:
    """A line of a migration file: what became of `origin` (None: introduced)."""

    kind: str
    origin: str | None
    targets: tuple[str, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two versions to compare: their requirements by id, and the migration lines, all and by the id they start from."""

    merged: Merged
    old: Mapping[str, Mapping[str, Any]]
    new: Mapping[str, tuple[Pointer, Mapping[str, Any]]]
    changes: tuple[_Change, ...]
    lines: Mapping[str, _Change]
    earlier: str
    step: str  # "major", "minor" or "patch"


def check_versions(
    merged: Merged, previous: Sequence[Merged] = (), migrations: Sequence[Document] = ()
) -> list[Diagnostic]:
    """The remarks of CAT005 and CAT008, against the closest lower version among `previous` (any catalogues).

    A migration file that leads to this version is held to its schema (`SCH001`), to CAT001 and CAT002, and to be
    complete: every old requirement is named or unchanged, every new one comes from somewhere (CAT005). Without a lower
    version only the migration file is judged.
    """
    identifier, text = merged.identity
    version = parse_version(text)
    lines = [document for document in migrations if _leads_to(document, identifier, text)]
    found = [remark for document in lines for remark in _check_migration(merged, document)]
    lower = [
        (number, other)
        for other in previous
        if version and (number := parse_version(other.identity[1])) and number < version
        if other.identity[0] == identifier
    ]
    if version and lower:
        number, other = max(lower, key=lambda pair: pair[0])
        pair = _pair(merged, other, lines, _step(number, version))
        for rule in (_meanings, _gone, _reused, _unknown_origins, _untold, _unannounced, _wordings, _tightened):
            found.extend(rule(pair))
        found.extend(_revived(merged, pair, [older for _number, older in lower if older is not other]))
    return found


def _leads_to(document: Document, identifier: str, version: str) -> bool:
    data = document.data
    return isinstance(data, dict) and (data.get("catalogue"), data.get("to")) == (identifier, version)


def _step(old: Version, new: Version) -> str:
    if new[0] != old[0]:
        return "major"
    return "minor" if new[1] != old[1] else "patch"


def _pair(merged: Merged, other: Merged, migrations: Sequence[Document], step: str) -> _Pair:
    told = [document for document in migrations if document.data.get("from") == other.identity[1]]
    changes = tuple(change for document in told for change in _changes(document))
    return _Pair(
        merged,
        {str(item["id"]): item for _pointer, item in other.items("requirements") if "id" in item},
        {str(item["id"]): (pointer, item) for pointer, item in merged.items("requirements") if "id" in item},
        changes,
        {change.origin: change for change in changes if change.origin is not None},
        other.identity[1],
        step,
    )


def _changes(document: Document) -> Iterator[_Change]:
    for pointer, item in mappings(document.data.get("changes"), ("changes",)):
        targets = item.get("to")
        kept = tuple(str(target) for target in targets) if isinstance(targets, list) else ()
        origin = item.get("from")
        place = document.locate((*pointer, "from") if "from" in item else pointer)
        yield _Change(str(item.get("change")), origin if isinstance(origin, str) else None, kept, place)


def _check_migration(merged: Merged, document: Document) -> Iterator[Diagnostic]:
    yield from schemas.diagnose(document, "migration-1")
    known = {str(item.get("id")) for _pointer, item in merged.items("requirements")}
    yield from _told_twice(document)
    for pointer, item in mappings(document.data.get("changes"), ("changes",)):
        targets = item.get("to")
        for index, target in enumerate(targets if isinstance(targets, list) else ()):
            if str(target) not in known:
                yield Diagnostic(
                    "CAT002",
                    "error",
                    both("la migration mène à une exigence inconnue : « {name} »", name=str(target)),
                    document.locate((*pointer, "to", index)),
                    both("corrigez l'identifiant, ou ajoutez l'exigence au catalogue"),
                    about=str(target),
                )


def _told_twice(document: Document) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for change in _changes(document):
        if change.origin in seen:
            yield Diagnostic(
                "CAT001",
                "error",
                both("deux lignes de migration pour « {name} »", name=change.origin),
                change.location,
                both("gardez une ligne par exigence : ses `to` peuvent être plusieurs"),
                about=change.origin,
            )
        seen |= {change.origin} if change.origin else set()


def _french(item: Mapping[str, Any], key: str) -> str:
    """A French text, its spaces made one: a new line break is no new wording."""
    value = item.get(key)
    text = value.get("fr") if isinstance(value, dict) else None
    return " ".join(text.split()) if isinstance(text, str) else ""


def _kept(pair: _Pair) -> Iterator[tuple[str, Mapping[str, Any], Pointer, Mapping[str, Any]]]:
    for name, (pointer, item) in pair.new.items():
        if name in pair.old:
            yield name, pair.old[name], pointer, item


# CAT005: an id keeps its meaning, and nothing leaves without a word


def _meanings(pair: _Pair) -> Iterator[Diagnostic]:
    """Title and statement both rewritten: nothing shows that it is the same requirement, unless a line says so."""
    for name, old, pointer, new in _kept(pair):
        line = pair.lines.get(name)
        told = line is not None and name in line.targets
        rewritten = all(_french(old, key) != _french(new, key) for key in ("title", "statement"))
        if rewritten and not told:
            yield error(
                pair.merged,
                "CAT005",
                (*pointer, "id"),
                both("« {name} » a un autre sens que dans la version {version}", name=name, version=pair.earlier),
                both("donnez un nouvel identifiant, ou dites dans la migration ce que l'exigence est devenue"),
                expected=_french(old, "title"),
                obtained=_french(new, "title"),
                about=name,
            )


def _gone(pair: _Pair) -> Iterator[Diagnostic]:
    for name in pair.old:
        if name not in pair.new and name not in pair.lines:
            yield error(
                pair.merged,
                "CAT005",
                ("catalogue", "version"),
                both("« {name} », de la version {version}, a disparu sans ligne de migration", name=name,
                     version=pair.earlier),
                both("ajoutez à la migration une ligne `from: {name}` qui dit ce que l'exigence est devenue",
                     name=name),
                about=name,
            )  # fmt: skip


def _reused(pair: _Pair) -> Iterator[Diagnostic]:
    """The migration says that the requirement left, and its id is still there: it would speak of something else."""
    for name, line in pair.lines.items():
        if name in pair.new and name in pair.old and name not in line.targets:
            yield error(
                pair.merged,
                "CAT005",
                (*pair.new[name][0], "id"),
                both("« {name} » est réemployé alors que la migration le retire ({change})", name=name,
                     change=line.kind),
                both("donnez un nouvel identifiant : un identifiant retiré n'est jamais repris"),
                about=name,
            )  # fmt: skip


def _unknown_origins(pair: _Pair) -> Iterator[Diagnostic]:
    for name, line in pair.lines.items():
        if name not in pair.old:
            yield Diagnostic(
                "CAT002",
                "error",
                both("la migration part d'une exigence que la version {version} n'a pas : « {name} »", name=name,
                     version=pair.earlier),
                line.location,
                both("corrigez l'identifiant, ou retirez la ligne"),
                about=name,
            )  # fmt: skip


def _untold(pair: _Pair) -> Iterator[Diagnostic]:
    """A migration file speaks of every requirement that changed: a reader of it must be able to trust its silence."""
    for name, old, pointer, new in _kept(pair):
        words = [key for key in ("title", "statement") if _french(old, key) != _french(new, key)]
        changed = words + [key for key in ("obligation", "target_level", "section") if old.get(key) != new.get(key)]
        if pair.changes and changed and name not in pair.lines:
            yield error(
                pair.merged,
                "CAT005",
                (*pointer, changed[0]),
                both("« {name} » a changé depuis la version {version} sans ligne de migration ({fields})", name=name,
                     version=pair.earlier, fields=", ".join(changed)),
                both("ajoutez à la migration une ligne `from: {name}` qui dit ce que l'exigence est devenue",
                     name=name),
                about=name,
            )  # fmt: skip


def _unannounced(pair: _Pair) -> Iterator[Diagnostic]:
    reached = {target for change in pair.changes for target in change.targets}
    for name, (pointer, _new) in pair.new.items():
        if pair.changes and name not in pair.old and name not in reached:
            yield error(
                pair.merged,
                "CAT005",
                (*pointer, "id"),
                both("« {name} » apparaît sans ligne de migration", name=name),
                both("ajoutez à la migration une ligne `to: [{name}]`, `change: introduced`", name=name),
                about=name,
            )


def _revived(merged: Merged, pair: _Pair, older: Sequence[Merged]) -> Iterator[Diagnostic]:
    """An id of an older version, absent from the last one, comes back."""
    for other in older:
        names = {str(item.get("id")) for _pointer, item in other.items("requirements")}
        for name in sorted(names & pair.new.keys() - pair.old.keys()):
            yield error(
                merged,
                "CAT005",
                (*pair.new[name][0], "id"),
                both("« {name} » reprend un identifiant retiré depuis la version {version}", name=name,
                     version=other.identity[1]),
                both("donnez un nouvel identifiant : un identifiant retiré n'est jamais repris"),
                about=name,
            )  # fmt: skip


# CAT008: the version number says how much changed


def _wordings(pair: _Pair) -> Iterator[Diagnostic]:
    if pair.step != "patch":
        return
    for name, old, pointer, new in _kept(pair):
        if _french(old, "statement") != _french(new, "statement"):
            yield error(
                pair.merged,
                "CAT008",
                (*pointer, "statement"),
                both("l'énoncé de « {name} » a changé depuis la version {version}, mais ce n'est qu'un correctif",
                     name=name, version=pair.earlier),
                both("augmentez le numéro mineur (ou majeur si l'exigence est durcie)"),
                expected=_french(old, "statement"),
                obtained=_french(new, "statement"),
                about=name,
            )  # fmt: skip


def _tightened(pair: _Pair) -> Iterator[Diagnostic]:
    """A service that conformed must still conform until the next major version."""
    if pair.step == "major":
        return
    for name, (pointer, new) in pair.new.items():
        now = _WEIGHT.get(str(new.get("obligation")), 0)
        before = _WEIGHT.get(str(pair.old.get(name, {}).get("obligation")), 0)
        if now > before and now == _WEIGHT["mandatory"]:
            yield error(
                pair.merged,
                "CAT008",
                (*pointer, "obligation"),
                both("« {name} » devient obligatoire sans version majeure", name=name),
                both("augmentez le numéro majeur : un service conforme à la version {version} ne le serait plus",
                     version=pair.earlier),
                about=name,
            )  # fmt: skip
