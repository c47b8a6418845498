"""The rules of suites that a schema cannot say: SUI002 to SUI011. Each fault has a line, a column and a remedy.

SUI001 shape (from the schema) · SUI002 id used twice · SUI003 unknown variable · SUI004 unknown action or input ·
SUI005 unknown contract or key · SUI006 `after` unknown or circular · SUI007 unknown requirement ·
SUI008 no expectation, or no `broken_by` · SUI009 (warning) a service case without ground · SUI010 unreadable
expression, pattern or pointer · SUI011 unknown validator rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation import patterns
from mes_conformity.foundation.diagnostics import Diagnostic, Level
from mes_conformity.foundation.errors import Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.suites.action_names import ACTION_NAMES, NEEDS
from mes_conformity.suites.expressions import REFUSED
from mes_conformity.suites.model import Case, Pointer, Step, Suite
from mes_conformity.suites.variables import Unresolved, Use, lookup, uses

if TYPE_CHECKING:
    from mes_conformity.validators.contract import Contract

ALWAYS_KNOWN: Final = frozenset({"target", "client", "service"})
Locate = Callable[[Pointer], Location]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rules know besides the suite: contracts by name, all cases, requirement ids (None: not checked)."""

    contracts: Mapping[str, Contract]
    cases: Mapping[str, Case]
    requirements: Collection[str] | None = None


def check(suite: Suite, ground: Ground, locate: Locate) -> Iterator[Diagnostic]:
    """Every fault of one suite. `locate` turns a pointer of the file into a line and a column."""
    for variable, name in (*suite.contracts.items(), *((("contract", suite.contract),) if suite.contract else ())):
        if name not in ground.contracts:
            pointer: Pointer = ("contract",) if variable == "contract" else ("contracts", variable)
            message = both("contrat inconnu : {name}", name=name)
            yield _fault("SUI005", message, locate(pointer), both("voyez le dossier `contracts` des suites"))
    for case in suite.cases:
        yield from _check_case(case, ground, locate)


def _fault(
    code: str, message: Text, where: Location, hint: Text | None = None, *, about: str = "", level: Level = "error"
) -> Diagnostic:
    return Diagnostic(code, level, message, where, hint, about=about or None)


def _check_case(case: Case, ground: Ground, locate: Locate) -> Iterator[Diagnostic]:
    yield from _check_links(case, ground, locate)
    if not any(step.checks for step in case.steps):
        message = both("le cas {case} n'attend rien : il ne pourrait pas échouer", case=case.id)
        yield _fault("SUI008", message, locate((*case.pointer, "steps")), both("ajoutez `expect`"), about=case.id)
    if not case.broken_by:
        message = both("le cas {case} ne nomme aucune panne qui doit le faire échouer", case=case.id)
        yield _fault("SUI008", message, locate(case.pointer), both("ajoutez `broken_by`"), about=case.id)
    yield from _check_needs(case, locate)
    yield from _check_variables(case, ground, locate)
    for step in case.steps:
        yield from _check_action(case, step, locate)
        yield from _check_texts(case, step, locate)
        yield from _check_held_rules(case, step, locate)


def _check_links(case: Case, ground: Ground, locate: Locate) -> Iterator[Diagnostic]:
    for index, name in enumerate(case.after):
        if name not in ground.cases:  # a case after itself is told with the circles
            message = both("cas inconnu dans `after` : {name}", name=name)
            yield _fault("SUI006", message, locate((*case.pointer, "after", index)), about=case.id)
    if ground.requirements is not None:
        for index, name in enumerate(case.requirements):
            if name not in ground.requirements:
                message = both("exigence inconnue du référentiel : {name}", name=name)
                where = locate((*case.pointer, "requirements", index))
                yield _fault("SUI007", message, where, both("voyez `mes-conformity catalogue list`"), about=case.id)
    if case.kind == "connection" and case.subject == "service":
        grounds = [ground.cases[name] for name in case.after if name in ground.cases]
        if not any(other.subject == "target" for other in grounds):
            message = both("le cas {case} juge le service sans cas témoin de la cible dans `after`", case=case.id)
            yield _fault("SUI009", message, locate(case.pointer), about=case.id, level="warning")


def _check_needs(case: Case, locate: Locate) -> Iterator[Diagnostic]:
    for index, name in enumerate(case.needs):
        if name not in NEEDS and not re.fullmatch(r"[a-z]+(-[a-z]+)+", name):
            message = both("besoin inconnu : {name}", name=name)
            hint = both("attendu : {names} ou un genre d'artefact", names=", ".join(NEEDS))
            yield _fault("SUI004", message, locate((*case.pointer, "needs", index)), hint, about=case.id)


def _check_action(case: Case, step: Step, locate: Locate) -> Iterator[Diagnostic]:
    if step.action is None:
        return
    declared = ACTION_NAMES.get(step.action)
    if declared is None:
        message = both("action inconnue : {name}", name=step.action)
        hint = both("attendu : {names}", names=", ".join(sorted(ACTION_NAMES)))
        yield _fault("SUI004", message, locate((*step.pointer, "use")), hint, about=case.id)
        return
    for name in step.inputs:
        if name not in declared.required | declared.optional:
            message = both("l'action {action} ne connaît pas l'entrée « {name} »", action=step.action, name=name)
            hint = both("attendu : {names}", names=", ".join(sorted(declared.required | declared.optional)))
            yield _fault("SUI004", message, locate((*step.pointer, "with", name)), hint, about=case.id)
    for name in sorted(declared.required - set(step.inputs)):
        message = both("l'action {action} a besoin de l'entrée « {name} »", action=step.action, name=name)
        yield _fault("SUI004", message, locate((*step.pointer, "use")), about=case.id)


def known_names(case: Case) -> set[str]:
    """The variables that exist before the first step."""
    names = ALWAYS_KNOWN | set(case.contracts) | {bound for need in case.needs if (bound := NEEDS.get(need))}
    return set(names | ({"artefact"} if case.for_each else set()))


def _check_variables(case: Case, ground: Ground, locate: Locate) -> Iterator[Diagnostic]:
    known = known_names(case)
    for step in case.steps:
        given: Any = {"with": step.inputs} if step.request is None else {"request": step.request}
        yield from _check_uses(case, uses(given, step.pointer), known, ground, locate)
        known |= {step.bind} if step.bind else set()
        known |= {capture.name for capture in step.captures}
        if step.action == "artefact":
            known.add("artefact")
        for expectation in step.checks:
            found = uses(expectation.argument, expectation.pointer, key=expectation.kind)
            yield from _check_uses(case, found, known, ground, locate)


def _check_uses(
    case: Case, found: Iterable[Use], known: set[str], ground: Ground, locate: Locate
) -> Iterator[Diagnostic]:
    for use in found:
        if use.root not in known:
            message = both("variable inconnue : ${name}", name=use.path)
            hint = both("connues à cette étape : {names}", names=", ".join(f"${name}" for name in sorted(known)))
            yield _fault("SUI003", message, locate(use.pointer), hint, about=case.id)
        elif use.root in case.contracts and not _resolves(use, case, ground):
            message = both("le contrat {name} n'a pas de valeur « {key} »", name=case.contracts[use.root], key=use.path)
            yield _fault("SUI005", message, locate(use.pointer), about=case.id)


def _resolves(use: Use, case: Case, ground: Ground) -> bool:
    contract = ground.contracts.get(case.contracts[use.root])
    if contract is None or use.path == use.root:
        return contract is None  # an unknown contract is told once, at its name
    try:
        lookup(use.path, {use.root: contract})
    except Unresolved:
        return False
    return True


def _check_texts(case: Case, step: Step, locate: Locate) -> Iterator[Diagnostic]:
    """Patterns are compiled here; FHIRPath only for refused functions, since parsing it is slow (`compile_all`)."""
    for pointer, key, text in _texts(step):
        if key == "fhirpath" and (refused := REFUSED.search(text)):
            message = both("une expression n'appelle pas {name}() : horloge, ou durée sans borne", name=refused[1])
            yield _fault("SUI010", message, locate(pointer), about=case.id)
        elif key in ("pattern", "matches") and not _compiles(text):
            message = both("expression régulière illisible : {text}", text=text)
            yield _fault("SUI010", message, locate(pointer), about=case.id)


def _texts(step: Step) -> Iterator[tuple[Pointer, str, str]]:
    for item in step.checks:
        yield from _walk(item.argument, item.pointer, item.kind)
    for capture in step.captures:
        yield (*capture.pointer, capture.source), capture.source, capture.expression


def _walk(value: Any, pointer: Pointer, key: str) -> Iterator[tuple[Pointer, str, str]]:
    if isinstance(value, str):
        yield pointer, key, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _walk(item, (*pointer, name), name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*pointer, index), key)


def _compiles(pattern: str) -> bool:
    try:
        patterns.compiled(pattern)
    except ValueError:
        return False
    return True


def fhirpaths(case: Case) -> Iterator[tuple[Pointer, str]]:
    """The FHIRPath expressions of a case that hold no variable, with their place."""
    if case.where is not None:
        yield (*case.pointer, "where"), case.where
    for step in case.steps:
        for pointer, key, text in _texts(step):
            if key == "fhirpath" and "${" not in text:
                yield pointer, text


def _check_held_rules(case: Case, step: Step, locate: Locate) -> Iterator[Diagnostic]:
    held = next((item for item in step.checks if item.kind == "rules"), None)
    if held is None or "hold" not in held.argument:
        return
    from mes_conformity.validators.artefact import known_rules

    known = known_rules()
    for index, name in enumerate(held.argument["hold"]):
        if name not in known:
            message = both("règle inconnue des vérificateurs : {name}", name=name)
            yield _fault("SUI011", message, locate((*held.pointer, "hold", index)), about=case.id)


def cycle(cases: Mapping[str, Case]) -> tuple[str, ...]:
    """A circle in `after`, as the ids along it; empty when there is none."""
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done or name not in cases:
            return ()
        found = next((loop for other in cases[name].after if (loop := walk(other, (*path, name)))), ())
        done.add(name)
        return found

    return next((loop for name in cases if (loop := walk(name, ()))), ())
