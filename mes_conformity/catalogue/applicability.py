"""When a requirement applies, and why, in words made from the facts.

A fact that is not answered leaves the question open: the requirement is then taken as applicable, and the reason says
which answer is missing. A fact that is not asked (its `asked_when` does not hold) decides: nothing matches it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mes_conformity.catalogue.model import Catalogue, Fact
from mes_conformity.foundation.conditions import Condition, Ground
from mes_conformity.foundation.i18n import LANGUAGES, Text, both

NOT_ASKED: tuple[()] = ()
"""The value of a fact that is not asked. No answer equals it, so that every comparison with it is false."""


@dataclass(frozen=True, slots=True)
class Applicability:
    """Whether something applies (None: an answer is missing, take it as applicable) and why."""

    applies: bool | None
    reason: Text


def applicability(catalogue: Catalogue, facts: Mapping[str, Any]) -> dict[str, Applicability]:
    """What every requirement of the catalogue becomes under `facts` (fact id → answer), by requirement id.

    Answers are booleans, choice ids, lists of choice ids or texts; an absent or null fact is not answered.
    """
    known = effective_facts(catalogue, facts)
    return {
        requirement.id: _obsolete()
        if requirement.lifecycle == "obsolete"
        else _decide(requirement.applicability, known, catalogue)
        for requirement in catalogue.requirements
    }


def explain(condition: Condition | None, facts: Mapping[str, Any], catalogue: Catalogue) -> Text:
    """Why something under `condition` applies or not with `facts`, as a clause: « s'applique car … »."""
    return _decide(condition, effective_facts(catalogue, facts), catalogue).reason


def decide(condition: Condition | None, facts: Mapping[str, Any], catalogue: Catalogue) -> Applicability:
    """Whether something under `condition` applies with `facts`, and why: `explain` with the decision."""
    return _decide(condition, effective_facts(catalogue, facts), catalogue)


def describe(condition: Condition | None, catalogue: Catalogue) -> Text:
    """The condition itself in words, whatever the answers: « si « question » = « réponse » ou … »."""
    if condition is None:
        return both("à tous les services")
    return _clause(condition, catalogue)


def effective_facts(catalogue: Catalogue, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that count: those to questions that are asked, and `NOT_ASKED` for the questions that are not.

    An answer hidden by a changed fact is left out here and kept by whoever stores it (set aside, never deleted).
    Facts unknown to the catalogue are kept as they are.
    """
    known: dict[str, Any] = {name: value for name, value in facts.items() if value is not None}
    for fact in _questions_first(catalogue.facts):
        if fact.asked_when is not None and fact.asked_when.evaluate(known).applies is False:
            known[fact.id] = NOT_ASKED
    return known


def _questions_first(facts: Iterable[Fact]) -> list[Fact]:
    """Each fact after those its `asked_when` speaks of (rule CAT003: no cycle)."""
    by_id = {fact.id: fact for fact in facts}
    ordered: dict[str, Fact] = {}

    def visit(fact: Fact) -> None:
        for name in sorted(fact.asked_when.facts()) if fact.asked_when else ():
            if name in by_id and name not in ordered:
                visit(by_id[name])
        ordered[fact.id] = fact

    for fact in by_id.values():
        visit(fact)
    return list(ordered.values())


def _decide(condition: Condition | None, known: Mapping[str, Any], catalogue: Catalogue) -> Applicability:
    if condition is None:
        return Applicability(True, both("s'applique à tous les services"))
    decision = condition.evaluate(known)
    if decision.applies is None:
        missing = _missing(decision.grounds, known, catalogue)
        return Applicability(None, both("réputée applicable, faute de réponse à {facts}", facts=missing))
    grounds = _joined(_ground(ground, known, catalogue) for ground in _distinct(decision.grounds))
    if decision.applies:
        return Applicability(True, both("s'applique car {grounds}", grounds=grounds))
    return Applicability(False, both("ne s'applique pas car {grounds}", grounds=grounds))


def _obsolete() -> Applicability:
    return Applicability(False, both("ne s'applique plus : exigence obsolète, conservée pour mémoire"))


def _distinct(grounds: Iterable[Ground]) -> list[Ground]:
    """One ground per fact: several comparisons with one fact are explained by its answer, told once."""
    return list({ground.fact: ground for ground in grounds}.values())


def _ground(ground: Ground, known: Mapping[str, Any], catalogue: Catalogue) -> Text:
    """« Question » = « answer »; for a question that is not asked, why it is not."""
    fact = _fact(catalogue, ground.fact)
    question = fact.prompt if fact else _same(ground.fact)
    if ground.actual == NOT_ASKED and fact and fact.asked_when:
        why = fact.asked_when.evaluate(known).grounds
        return _joined(_ground(reason, known, catalogue) for reason in _distinct(why))
    return both("« {question} » = « {answer} »", question=question, answer=_answer(fact, ground.actual))


def _clause(condition: Condition, catalogue: Catalogue) -> Text:
    if condition.kind == "fact":
        return both("si {comparison}", comparison=_comparison(condition, catalogue))
    if condition.kind == "not":
        inner = condition.parts[0]
        if inner.kind == "fact":
            return both("sauf si {comparison}", comparison=_comparison(inner, catalogue))
        return both("sauf {condition}", condition=_bracketed(inner, catalogue))
    parts = [_bracketed(part, catalogue) for part in condition.parts]
    return _joined(parts, both(", et ") if condition.kind == "all" else both(", ou "))


def _comparison(condition: Condition, catalogue: Catalogue) -> Text:
    fact = _fact(catalogue, condition.fact)
    answers = [both("« {answer} »", answer=_answer(fact, value)) for value in condition.wanted]
    question = fact.prompt if fact else _same(condition.fact)
    return both("« {question} » = {answers}", question=question, answers=_joined(answers, both(" ou ")))


def _bracketed(condition: Condition, catalogue: Catalogue) -> Text:
    """The clause, in brackets when it holds several."""
    words = _clause(condition, catalogue)
    if condition.kind in ("fact", "not") or len(condition.parts) == 1:
        return words
    return {language: f"({_in(words, language)})" for language in LANGUAGES}


def _missing(grounds: Iterable[Ground], known: Mapping[str, Any], catalogue: Catalogue) -> Text:
    names = [ground.fact for ground in _distinct(grounds) if known.get(ground.fact) is None]
    facts = [(name, _fact(catalogue, name)) for name in names]
    return _joined(both("« {question} »", question=fact.prompt if fact else name) for name, fact in facts)


def _fact(catalogue: Catalogue, name: str) -> Fact | None:
    return next((fact for fact in catalogue.facts if fact.id == name), None)


def _answer(fact: Fact | None, value: Any) -> Text:
    """An answer in words: yes or no, the label of a choice, the labels of several."""
    if isinstance(value, bool):
        return both("oui") if value else both("non")
    labels = {choice.id: choice.label for choice in fact.choices} if fact else {}
    values = value if isinstance(value, list | tuple) else (value,)
    if not values:
        return both("aucun")
    texts = [labels.get(str(item)) or _same(str(item)) for item in values]
    return {language: ", ".join(_in(text, language) for text in texts) for language in LANGUAGES}


def _same(text: str) -> Text:
    return dict.fromkeys(LANGUAGES, text)


def _joined(parts: Iterable[Text], joint: Text | None = None) -> Text:
    """The texts one after the other, « et » between them unless told."""
    texts, between = list(parts), joint or both(" et ")
    return {language: between[language].join(_in(text, language) for text in texts) for language in LANGUAGES}


def _in(text: Text, language: str) -> str:
    return text.get(language) or text["fr"]
