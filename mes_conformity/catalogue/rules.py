"""What the schema cannot say of one catalogue: rules CAT001–CAT004, CAT006, CAT007 and CAT009 of `docs/formats.md`.

The rules read data that the schema may have refused, so that one check tells everything at once: whatever has not the
expected type is left to the schema.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mes_conformity.catalogue.merging import Merged, Pointer, mappings
from mes_conformity.foundation.conditions import Condition, parse
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.i18n import Text, both

# « article R1111-39 », « art. 35 », « L. 1470-5 » : the way French law and the GDPR are quoted.
_ARTICLE = re.compile(r"\bart(icles?|\.)|\b[LRDA]\.? ?\*?\d+-\d+", re.IGNORECASE)
_CHOICES = ("choice", "multichoice")


def check_content(merged: Merged, *, warnings: bool = True) -> list[Diagnostic]:
    """The remarks of every rule that needs this version alone; without `warnings`, of those that are errors."""
    rules: list[Callable[[Merged], Iterator[Diagnostic]]] = [_duplicates, _references, _cycles, _values, _provenances]
    if warnings:
        rules += [_unverifiable, _translations]
    return [diagnostic for rule in rules for diagnostic in rule(merged)]


def error(merged: Merged, code: str, pointer: Pointer, message: Text, hint: Text, **more: str | None) -> Diagnostic:
    """An error of a rule at `pointer` of the merged data; `more` is expected, obtained, about."""
    return Diagnostic(code, "error", message, merged.locate(pointer), hint, **more)


def _name(item: Mapping[str, Any]) -> str | None:
    value = item.get("id")
    return value if isinstance(value, str) else None


# CAT001: one id, one thing


def _identified(merged: Merged) -> Iterator[tuple[str, Iterator[tuple[Pointer, dict[str, Any]]]]]:
    for key in ("facts", "sections", "requirements"):
        yield key, merged.items(key)
    yield "sources", mappings(merged.manifest.get("sources"), ("catalogue", "sources"))
    for pointer, fact in merged.items("facts"):
        yield "choices", mappings(fact.get("choices"), (*pointer, "choices"))
    for pointer, requirement in merged.items("requirements"):
        yield "evidence", mappings(requirement.get("evidence"), (*pointer, "evidence"))


def _duplicates(merged: Merged) -> Iterator[Diagnostic]:
    for _kind, items in _identified(merged):
        seen: dict[str, Pointer] = {}
        for pointer, item in items:
            name = _name(item)
            if name is None:
                continue
            if name in seen:
                first = merged.locate((*seen[name], "id"))
                yield error(
                    merged,
                    "CAT001",
                    (*pointer, "id"),
                    both("l'identifiant « {name} » est déjà pris", name=name),
                    both("premier emploi : {file}, ligne {line} ; donnez un autre identifiant à l'un des deux",
                         file=first.file, line=first.line),
                    about=name,
                )  # fmt: skip
            seen.setdefault(name, pointer)


# CAT002: what is named exists


def _references(merged: Merged) -> Iterator[Diagnostic]:
    known = {key: _names(merged.items(key)) for key in ("sections", "facts")}
    known["sources"] = _names(mappings(merged.manifest.get("sources"), ("catalogue", "sources")))
    for kind, pointer, name, about in _mentions(merged):
        if isinstance(name, str) and name not in known[kind]:
            yield _unknown(merged, kind, pointer, name, known[kind], about)


def _names(items: Iterator[tuple[Pointer, dict[str, Any]]]) -> set[str]:
    return {name for _pointer, item in items if (name := _name(item)) is not None}


def _mentions(merged: Merged) -> Iterator[tuple[str, Pointer, Any, str | None]]:
    """Every mention of a section, fact or source: (kind, pointer, name, who mentions it)."""
    for pointer, section in merged.items("sections"):
        yield "sections", (*pointer, "parent"), section.get("parent"), _name(section)
    for pointer, count in mappings(merged.manifest.get("published_counts"), ("catalogue", "published_counts")):
        yield "sections", (*pointer, "section"), count.get("section"), None
        yield "sources", (*pointer, "source"), count.get("source"), None
    for pointer, requirement in merged.items("requirements"):
        about = _name(requirement)
        yield "sections", (*pointer, "section"), requirement.get("section"), about
        for place, reference in mappings(requirement.get("references"), (*pointer, "references")):
            yield "sources", (*place, "source"), reference.get("source"), about
        for place, source in _provenance_sources(pointer, requirement):
            yield "sources", place, source, about
    for pointer, comparison, about in _comparisons(merged):
        yield "facts", (*pointer, "fact"), comparison.get("fact"), about


def _provenance_sources(pointer: Pointer, requirement: Mapping[str, Any]) -> Iterator[tuple[Pointer, Any]]:
    provenance = requirement.get("provenance")
    sources = provenance.get("sources") if isinstance(provenance, dict) else None
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        yield (*pointer, "provenance", "sources", index), source


_UNKNOWN = {
    "sections": both("section inconnue"),
    "facts": both("question inconnue"),
    "sources": both("source inconnue"),
}


def _unknown(merged: Merged, kind: str, pointer: Pointer, name: str, known: set[str], about: str | None) -> Diagnostic:
    import difflib

    close = difflib.get_close_matches(name, sorted(known), 1)
    hint = both("déclarez-la, ou corrigez le nom")
    if close:
        hint = both("vouliez-vous « {close} » ?", close=close[0])
    return error(
        merged,
        "CAT002",
        pointer,
        both("{what} : « {name} »", what=_UNKNOWN[kind], name=name),
        hint,
        obtained=name,
        about=about,
    )


# Conditions


def _conditions(merged: Merged) -> Iterator[tuple[Pointer, Any, str | None]]:
    for pointer, fact in merged.items("facts"):
        if "asked_when" in fact:
            yield (*pointer, "asked_when"), fact["asked_when"], _name(fact)
    for pointer, requirement in merged.items("requirements"):
        if "applicability" in requirement:
            yield (*pointer, "applicability"), requirement["applicability"], _name(requirement)


def _comparisons(merged: Merged) -> Iterator[tuple[Pointer, dict[str, Any], str | None]]:
    """Every comparison: (pointer, comparison, who it is about)."""
    for pointer, condition, about in _conditions(merged):
        for place, comparison in _leaves(condition, pointer):
            yield place, comparison, about


def _leaves(condition: Any, pointer: Pointer) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    if not isinstance(condition, dict):
        return
    if "fact" in condition:
        yield pointer, condition
    if "not" in condition:
        yield from _leaves(condition["not"], (*pointer, "not"))
    for key in ("all", "any"):
        for place, part in mappings(condition.get(key), (*pointer, key)):
            yield from _leaves(part, place)


# CAT003: no cycle


def _cycles(merged: Merged) -> Iterator[Diagnostic]:
    parents = {}
    for pointer, section in merged.items("sections"):
        if (name := _name(section)) and isinstance(section.get("parent"), str):
            parents[name] = ((*pointer, "parent"), {str(section["parent"])})
    asked = {}
    for pointer, fact in merged.items("facts"):
        condition = _parsed(fact.get("asked_when"))
        if (name := _name(fact)) and condition:
            asked[name] = ((*pointer, "asked_when"), set(condition.facts()))
    for graph in (parents, asked):
        edges = {name: targets for name, (_pointer, targets) in graph.items()}
        for loop in _loops(edges):
            yield error(
                merged,
                "CAT003",
                graph[loop[0]][0],
                both("cycle : {loop}", loop=" → ".join((*loop, loop[0]))),
                both("retirez l'un de ces liens : aucun des éléments du cycle ne peut être posé le premier"),
                about=loop[0],
            )


def _parsed(data: Any) -> Condition | None:
    try:
        return parse(data)
    except ValueError:
        return None  # the schema tells


def _loops(edges: Mapping[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """One loop for each group of names that depend on each other, from its first name in the file."""
    done: set[str] = set()
    for start in edges:
        if start in done:
            continue
        loop = _path_back(edges, start)
        if loop:
            done.update(loop)
            yield loop


def _path_back(edges: Mapping[str, set[str]], start: str) -> tuple[str, ...]:
    """The shortest path from `start` to itself, without its end; empty when there is none."""
    paths: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for path in paths:  # grows while it is read: breadth first
        for target in sorted(edges.get(path[-1], ())):
            if target == start:
                return path
            if target not in seen:
                seen.add(target)
                paths.append((*path, target))
    return ()


# CAT004: a condition compares with an answer that can be given


def _values(merged: Merged) -> Iterator[Diagnostic]:
    facts = {name: fact for _pointer, fact in merged.items("facts") if (name := _name(fact))}
    for pointer, comparison, about in _comparisons(merged):
        fact = facts.get(str(comparison.get("fact")))
        if fact is None:
            continue
        for place, value in _compared(comparison, pointer):
            allowed = _answers(fact)
            if allowed is not None and not any(type(value) is type(answer) and value == answer for answer in allowed):
                yield _impossible(merged, place, value, comparison["fact"], allowed, about)


def _compared(comparison: Mapping[str, Any], pointer: Pointer) -> Iterator[tuple[Pointer, Any]]:
    if "is" in comparison:
        yield (*pointer, "is"), comparison["is"]
    wanted = comparison.get("in")
    for index, value in enumerate(wanted if isinstance(wanted, list) else ()):
        yield (*pointer, "in", index), value


def _answers(fact: Mapping[str, Any]) -> list[Any] | None:
    """The answers a fact accepts; None when any text is one."""
    if fact.get("type") == "boolean":
        return [True, False]
    if fact.get("type") in _CHOICES:
        return [choice.get("id") for _pointer, choice in mappings(fact.get("choices"), ())]
    return None


def _impossible(
    merged: Merged, pointer: Pointer, value: Any, fact: str, allowed: list[Any], about: str | None
) -> Diagnostic:
    shown, choices = _written(value), [_written(answer) for answer in allowed]
    return error(
        merged,
        "CAT004",
        pointer,
        both("« {value} » n'est pas une réponse possible à « {fact} »", value=shown, fact=fact),
        both("réponses possibles : {choices}", choices=", ".join(choices)),
        expected=" | ".join(choices),
        obtained=shown,
        about=about,
    )


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# CAT006: a mandatory requirement can be verified


def _unverifiable(merged: Merged) -> Iterator[Diagnostic]:
    for pointer, requirement in merged.items("requirements"):
        verification = requirement.get("verification")
        methods = verification.get("methods") if isinstance(verification, dict) else None
        tested = isinstance(methods, list) and "test" in methods
        if requirement.get("obligation") == "mandatory" and not requirement.get("evidence") and not tested:
            yield Diagnostic(
                "CAT006",
                "warning",
                both("exigence obligatoire sans test ni élément de preuve"),
                merged.locate(pointer),
                both("ajoutez un besoin sous `evidence`, ou la méthode `test` sous `verification`"),
                about=_name(requirement),
            )


# CAT007: every text is in both languages


def _translations(merged: Merged) -> Iterator[Diagnostic]:
    for pointer in _french_only(merged.data, ()):
        yield Diagnostic(
            "CAT007",
            "warning",
            both("le texte anglais manque"),
            merged.locate(pointer),
            both("ajoutez `en:` à côté de `fr:`"),
            about=_owner(merged, pointer),
        )


def _french_only(value: Any, pointer: Pointer) -> Iterator[Pointer]:
    """The pointers of the texts that have French and no English."""
    if isinstance(value, dict):
        if "fr" in value:
            if "en" not in value:
                yield pointer
            return
        pairs: Iterator[tuple[str | int, Any]] = iter(value.items())
    else:
        pairs = iter(enumerate(value))
    for step, inner in pairs:
        if isinstance(inner, dict | list):
            yield from _french_only(inner, (*pointer, step))


def _owner(merged: Merged, pointer: Pointer) -> str | None:
    if len(pointer) > 1 and isinstance(pointer[1], int):
        return _name(merged.data[str(pointer[0])][pointer[1]])
    return None


# CAT009: what the wording stands on is said


def _provenances(merged: Merged) -> Iterator[Diagnostic]:
    for pointer, requirement in merged.items("requirements"):
        provenance = requirement.get("provenance")
        if not provenance:
            yield error(
                merged,
                "CAT009",
                pointer if provenance is None else (*pointer, "provenance"),
                both("la provenance de l'exigence n'est pas dite"),
                both("ajoutez `provenance` avec `grade` et `sources`"),
                about=_name(requirement),
            )
        elif isinstance(provenance, dict) and provenance.get("grade") == "official" and not _has_article(requirement):
            yield error(
                merged,
                "CAT009",
                (*pointer, "provenance", "grade"),
                both("provenance « official » sans article cité"),
                both("citez l'article sous `references` (`locator: article …`), ou choisissez un autre grade"),
                about=_name(requirement),
            )


def _has_article(requirement: Mapping[str, Any]) -> bool:
    references = mappings(requirement.get("references"), ())
    return any(_ARTICLE.search(str(reference.get("locator", ""))) for _pointer, reference in references)
