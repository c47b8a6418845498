"""What changed between two catalogues: added, reworded, modified, moved, split, merged, withdrawn, each apart.

A migration file says it where there is one; the rest is read in the two catalogues and marked as inferred.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mes_conformity.catalogue.migration import Fate, Kind, Route, difference, fates, origins
from mes_conformity.catalogue.model import Catalogue, Requirement
from mes_conformity.foundation.conditions import Condition
from mes_conformity.foundation.i18n import Text

KINDS: tuple[Kind, ...] = ("introduced", "reworded", "modified", "moved", "split", "merged", "withdrawn")

# What is compared of a requirement, and the part of it that is shown.
_FIELDS: Mapping[str, Callable[[Requirement], Any]] = {
    "title": lambda item: _words(item.title),
    "statement": lambda item: _words(item.statement),
    "obligation": lambda item: item.obligation,
    "target_level": lambda item: item.target_level,
    "section": lambda item: item.section,
    "label": lambda item: item.label,
    "lifecycle": lambda item: item.lifecycle,
    "applicability": lambda item: _condition(item.applicability),
    "not_applicable": lambda item: {"allowed": item.na_allowed, "justification": item.na_justification},
    "evidence": lambda item: [
        {"id": need.id, "kind": need.kind, "required_for": sorted(need.required_for), "max_age_days": need.max_age_days}
        for need in item.evidence
    ],
    "guidance": lambda item: _words(item.guidance),
    "provenance": lambda item: item.provenance.grade,
}
# What changes what is asked, beyond its words and its place.
_SUBSTANCE = {"obligation", "target_level", "lifecycle", "applicability", "not_applicable", "evidence"}
_WORDING = {"title", "statement"}
_PLACE = {"section", "label"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One requirement that changed. `origin` is None for an added one, `targets` is empty for a withdrawn one.

    `fields` holds, of a requirement that lives on in one, what differs: name → (before, after).
    """

    kind: Kind
    origin: str | None
    targets: tuple[str, ...]
    title: Text
    reason: Text | None
    keep: str | None
    inferred: bool
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two catalogues, and how many requirements do not."""

    requirements: tuple[Difference, ...]
    unchanged: int
    sections: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, tuple[str, ...]]
    renamed_facts: Mapping[str, str]

    def of(self, kind: Kind) -> list[Difference]:
        """The differences of one kind."""
        return [item for item in self.requirements if item.kind == kind]

    @property
    def inferred(self) -> int:
        """How many differences no migration file tells."""
        return sum(item.inferred for item in self.requirements)


def compare(old: Catalogue, new: Catalogue, route: Route | None = None) -> Comparison:
    """What changed from `old` to `new`, told by `route` where there is one.

    Without a line that says so, a requirement is the one that bears the same id, else the only new one with the same
    French title and statement.
    """
    way = route or Route(old.id, old.version, new.version, ())
    told = _with_moves(fates(way, old, new), old, new)
    found = [_changed(old.requirement(name), fate, new, bool(route)) for name, fate in told.items()]
    came = origins(told, new)
    found += [
        Difference("introduced", None, (item.id,), item.title, None, None, not _told(way, item.id), {})
        for item in new.requirements
        if not came[item.id].origins
    ]
    changed = [item for item in found if item is not None]
    renamed = {fact.id: way.fact(fact.id) for fact in old.facts if way.fact(fact.id) != fact.id}
    return Comparison(
        requirements=tuple(sorted(changed, key=lambda item: KINDS.index(item.kind))),
        unchanged=len(found) - len(changed),
        sections=_names({item.id: item.title for item in old.sections}, {item.id: item.title for item in new.sections}),
        facts=_names(
            {renamed.get(item.id, item.id): (item.prompt, item.type, item.choices) for item in old.facts},
            {item.id: (item.prompt, item.type, item.choices) for item in new.facts},
        ),
        renamed_facts=renamed,
    )


def _with_moves(told: Mapping[str, Fate], old: Catalogue, new: Catalogue) -> dict[str, Fate]:
    """The fates, where a requirement that seems gone is found word for word under a new id."""
    fresh: dict[str, list[str]] = {}
    reached = {target for fate in told.values() for target in fate.targets}
    for item in new.requirements:
        if item.id not in reached:
            fresh.setdefault(item.normative_sha256, []).append(item.id)
    found = dict(told)
    for name, fate in told.items():
        same = fresh.get(old.requirement(name).normative_sha256, [])
        if fate.kind == "withdrawn" and fate.inferred and len(same) == 1:
            kind = difference(old.requirement(name), new.requirement(same[0]))
            found[name] = Fate(kind, (same.pop(),), "answer_and_evidence", inferred=True)
    return found


def _told(route: Route, name: str) -> bool:
    return any(change.origin is None and name in change.targets for step in route.steps for change in step.changes)


def _changed(old: Requirement, fate: Fate, new: Catalogue, routed: bool) -> Difference | None:
    """The difference of one old requirement; None when nothing of it changed."""
    if not fate.targets:
        kept = fate.keep if routed else None
        return Difference("withdrawn", old.id, (), old.title, fate.reason, kept, fate.inferred, {})
    now = new.requirement(fate.targets[0])
    fields = _fields(old, now) if len(fate.targets) == 1 else {}
    kind, inferred = fate.kind, fate.inferred
    if kind == "unchanged" or inferred:
        kind, inferred = _kind(fields, moved=now.id != old.id), True
    if kind == "unchanged":
        return None
    return Difference(
        kind, old.id, fate.targets, now.title, fate.reason, fate.keep if routed else None, inferred, fields
    )


def _kind(fields: Mapping[str, Any], *, moved: bool) -> Kind:
    """The deepest change that the fields show."""
    if fields.keys() & _SUBSTANCE:
        return "modified"
    if fields.keys() & _WORDING:
        return "reworded"
    return "moved" if moved or fields.keys() & _PLACE else "unchanged"


def _fields(old: Requirement, new: Requirement) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (read(old), read(new)) for name, read in _FIELDS.items()}
    if old.label == old.id and new.label == new.id:
        del pairs["label"]  # a label of their own is what the two would differ by
    return {name: (before, after) for name, (before, after) in pairs.items() if before != after}


def _words(text: Text | None) -> str | None:
    """The French text, its spaces made one: a new line break is no new wording."""
    return " ".join(text["fr"].split()) if text else None


def _condition(condition: Condition | None) -> Any:
    if condition is None:
        return None
    if condition.kind == "fact":
        return {"fact": condition.fact, "in": list(condition.wanted)}
    return {condition.kind: [_condition(part) for part in condition.parts]}


def _names(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        "added": tuple(name for name in new if name not in old),
        "modified": tuple(name for name in new if name in old and old[name] != new[name]),
        "withdrawn": tuple(name for name in old if name not in new),
    }
