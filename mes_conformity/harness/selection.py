"""Which cases a run plays, and in which order: what was asked for, then the ground it stands on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mes_conformity.foundation.conditions import Ground
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.suites.loader import Library
from mes_conformity.suites.model import Case

_WORDS: Final = re.compile(r"\s*(\(|\)|[^\s()]+)")
Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for; an empty part asks for everything. `expression` is like `MES-W and not 12`, on case ids."""

    expression: str = ""
    kinds: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    ground: bool = True


@dataclass(frozen=True, slots=True)
class Planned:
    """A case of the plan. `ground` tells that it was not asked for; `set_aside` why it is not played."""

    case: Case
    ground: bool = False
    set_aside: Text | None = None


def plan(library: Library, selection: Selection, facts: Mapping[str, Any]) -> tuple[Planned, ...]:
    """The cases to play, each after those it stands on; a case that does not apply is there too, set aside.

    A target case that another one stands on is played whether or not it applies to the service: it judges the ground.
    Raises UsageError `TST001` for an unreadable expression, `TST002` for an unknown suite.
    """
    chosen = {case.id for case in select(library, selection)}
    aside = {name: reason for name in chosen if (reason := inapplicable(library.case(name), facts))}
    played = [name for name in (case.id for case in library.cases) if name in chosen and name not in aside]
    needed = set(_closure(library, played)) if selection.ground else set(played)
    return tuple(
        Planned(case, case.id not in played, aside.get(case.id) if case.id not in needed else None)
        for case in ordered(library.cases)
        if case.id in needed or case.id in chosen
    )


def select(library: Library, selection: Selection) -> Iterator[Case]:
    """The cases asked for, in the order of the files. Raises UsageError."""
    matches = expression(selection.expression)
    known = {suite.id for suite in library.suites}
    for name in selection.suites:
        if name not in known:
            message = both("suite inconnue : {name}", name=name)
            raise UsageError("TST002", message, expected=", ".join(sorted(known)))
    for case in library.cases:
        wanted = (
            (not selection.ids or case.id in selection.ids)
            and (not selection.kinds or case.kind in selection.kinds)
            and (not selection.suites or case.suite in selection.suites)
            and (not selection.requirements or not set(selection.requirements).isdisjoint(case.requirements))
        )
        if wanted and matches(case.id):
            yield case


def _closure(library: Library, names: Iterable[str]) -> Iterator[str]:
    waiting, seen = list(names), set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name
            waiting.extend(library.case(name).after)


def ordered(cases: Sequence[Case]) -> list[Case]:
    """The cases in the order given, but each one after those of its `after` (which has no circle: SUI006)."""
    known = {case.id: case for case in cases}
    placed: dict[str, Case] = {}

    def place(case: Case) -> None:
        if case.id not in placed:
            for name in case.after:
                if name in known:
                    place(known[name])
            placed[case.id] = case

    for case in cases:
        place(case)
    return list(placed.values())


def inapplicable(case: Case, facts: Mapping[str, Any]) -> Text | None:
    """Why a case does not apply to the service, None when it does or when the facts do not tell."""
    for condition in case.applicability:
        decision = condition.evaluate(facts)
        if decision.applies is False:
            return both("sans objet : {grounds}", grounds=", ".join(map(_ground, decision.grounds)))
    return None


def applicability(case: Case, facts: Mapping[str, Any]) -> tuple[bool, Text | None]:
    """Whether a case is played for a service with these facts, and why; what is not known counts as applicable."""
    reason = inapplicable(case, facts)
    if reason is not None:
        return False, reason
    decisions = [condition.evaluate(facts) for condition in case.applicability]
    unknown = sorted({ground.fact for item in decisions if item.applies is None for ground in item.grounds})
    if unknown:
        return True, both("réputé applicable, faute de réponse à {facts}", facts=", ".join(unknown))
    grounds = [ground for decision in decisions for ground in decision.grounds]
    if not grounds:
        return True, both("s'applique à tous les services")
    return True, both("s'applique : {grounds}", grounds=", ".join(map(_ground, grounds)))


def _ground(ground: Ground) -> str:
    return f"{ground.fact} = {ground.actual}"


def expression(text: str) -> Test:
    """The test on case ids that `-k` asks for: parts of ids joined by `and`, `or`, `not` and brackets; case ignored.

    Raises UsageError `TST001`.
    """
    if not text.strip():
        return lambda _case_id: True
    words = _WORDS.findall(text)
    parser = _Parser(words)
    try:
        test = parser.any_of()
        if parser.words:
            raise IndexError
    except (IndexError, RecursionError):
        raise UsageError(
            "TST001",
            both("l'expression de -k est illisible : {text}", text=text),
            hint=both("écrivez par exemple : -k 'MES-W and not (12 or 13)'"),
        ) from None
    return test


class _Parser:
    """Recursive descent; raises IndexError where the text ends too early."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self._next_is("or"):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else lambda name: any(test(name) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self._next_is("and"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda name: all(test(name) for test in tests)

    def one(self) -> Test:
        word = self.words.pop(0)
        if word.lower() == "not":
            test = self.one()
            return lambda name: not test(name)
        if word == "(":
            test = self.any_of()
            if not self._next_is(")"):
                raise IndexError
            return test
        if word.lower() in ("and", "or", ")"):
            raise IndexError
        return lambda name: word.lower() in name.lower()

    def _next_is(self, word: str) -> bool:
        if self.words and self.words[0].lower() == word:
            self.words.pop(0)
            return True
        return False
