"""The orientation questions: which are asked, what they accept, and what an answer hides.

An answer that a changed fact hides is set aside, never deleted; it comes back with the fact.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from mes_conformity.assessment.model import Answer, Assessment, FactAnswer, Provenance, SetAside
from mes_conformity.catalogue.applicability import NOT_ASKED, applicability, effective_facts
from mes_conformity.catalogue.model import Catalogue, Fact
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import Text, both

_YES = {"true", "yes", "y", "oui", "o", "1", "vrai"}
_NO = {"false", "no", "n", "non", "0", "2", "faux"}


def questions(catalogue: Catalogue, values: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The questions that are asked with these facts, in the order of the catalogue.

    One that hangs on a question not answered yet waits for it.
    """
    known = effective_facts(catalogue, values)
    return tuple(fact for fact in catalogue.facts if _shown(fact, known))


def _shown(fact: Fact, known: Mapping[str, Any]) -> bool:
    return fact.asked_when is None or fact.asked_when.evaluate(known).applies is True


def unanswered(catalogue: Catalogue, values: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The questions that are asked and have no answer."""
    return tuple(fact for fact in questions(catalogue, values) if fact.id not in values)


def accepts(fact: Fact, value: Any) -> bool:
    """Whether `value` is an answer to this question."""
    choices = {choice.id for choice in fact.choices}
    match fact.type:
        case "boolean":
            return isinstance(value, bool)
        case "choice":
            return isinstance(value, str) and value in choices
        case "multichoice":
            return isinstance(value, list) and all(item in choices for item in value) and len(set(value)) == len(value)
        case "date":
            return isinstance(value, str) and _is_date(value)
    return isinstance(value, str) and bool(value.strip())


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def parse_value(fact: Fact, text: str) -> Any:
    """The value that a person typed: an id, a label in any language, or the number of a line; commas for several.

    Raises UsageError `FCT001`, naming what is accepted.
    """
    word = text.strip()
    if fact.type == "boolean":
        if word.casefold() in _YES | _NO:
            return word.casefold() in _YES
        raise _refused(fact, text)
    if fact.type == "choice":
        return _choice(fact, word)
    if fact.type == "multichoice":
        return list(dict.fromkeys(_choice(fact, part) for part in re.split(r"[,;]", word) if part.strip()))
    if not accepts(fact, word):
        raise _refused(fact, text)
    return word


def _choice(fact: Fact, text: str) -> str:
    word = text.strip().casefold()
    for number, choice in enumerate(fact.choices, 1):
        names = {choice.id.casefold(), str(number), *(label.casefold() for label in choice.label.values())}
        if word in names:
            return choice.id
    raise _refused(fact, text)


def _refused(fact: Fact, text: str) -> UsageError:
    return UsageError(
        "FCT001",
        both("« {text} » n'est pas une réponse à la question « {name} »", text=text, name=fact.id),
        expected=expected(fact),
    )


def expected(fact: Fact) -> Text:
    """What the question accepts, in words."""
    match fact.type:
        case "boolean":
            return both("oui ou non")
        case "date":
            return both("une date (AAAA-MM-JJ)")
        case "text":
            return both("un texte")
    names = ", ".join(choice.id for choice in fact.choices)
    return both("plusieurs parmi : {names}", names=names) if fact.type == "multichoice" else {"fr": names, "en": names}


def set_fact(assessment: Assessment, fact: Fact, value: Any, provenance: Provenance) -> Assessment:
    """The assessment with this answer. What it hides or shows is settled by `reconcile`."""
    aside = {name: kept for name, kept in assessment.set_aside_facts.items() if name != fact.id}
    facts = {**assessment.facts, fact.id: FactAnswer(value, provenance)}
    return replace(assessment, facts=facts, set_aside_facts=aside)


def reconcile(assessment: Assessment, catalogue: Catalogue) -> Assessment:
    """Set aside what the facts hide, take back what they show again. Applied twice it changes nothing more."""
    settled = _reconcile_facts(assessment, catalogue)
    applies = {name: item.applies for name, item in applicability(catalogue, settled.fact_values()).items()}
    answers: dict[str, Answer] = {}
    aside = dict(settled.set_aside)
    for name, answer in settled.answers.items():
        if applies.get(name) is False:
            if name in aside and aside[name].reason == "not_asked":
                del aside[name]  # the newer answer to the same question takes its place; the journal has the older
            put_aside(aside, name, SetAside("not_asked", answer))
        else:
            answers[name] = answer
    for name, kept in settled.set_aside.items():
        if kept.reason == "not_asked" and name not in answers and applies.get(name) is True:
            answers[name] = kept.answer
            del aside[name]
    return replace(settled, answers=_ordered(answers, catalogue), set_aside=aside)


def put_aside(aside: dict[str, SetAside], name: str, kept: SetAside) -> None:
    """Keep an answer under the id of its requirement; another one that is there goes to `id@1`, `id@2`…"""
    there = aside.get(name)
    if there is not None and there.answer != kept.answer:
        number = 1
        while f"{name}@{number}" in aside:
            number += 1
        aside[f"{name}@{number}"] = there
    aside[name] = kept


def _reconcile_facts(assessment: Assessment, catalogue: Catalogue) -> Assessment:
    everything = {**assessment.set_aside_facts, **assessment.facts}
    known = effective_facts(catalogue, {name: answer.value for name, answer in everything.items()})
    facts, aside = dict(assessment.facts), dict(assessment.set_aside_facts)
    for fact in catalogue.facts:
        if fact.id in facts and known[fact.id] == NOT_ASKED:
            aside[fact.id] = facts.pop(fact.id)
        elif fact.id in aside and fact.id not in facts and _shown(fact, known) and accepts(fact, aside[fact.id].value):
            facts[fact.id] = aside.pop(fact.id)
    rank = {fact.id: place for place, fact in enumerate(catalogue.facts)}
    ordered = dict(sorted(facts.items(), key=lambda pair: rank.get(pair[0], len(rank))))
    return replace(assessment, facts=ordered, set_aside_facts=aside)


def _ordered(answers: Mapping[str, Answer], catalogue: Catalogue) -> dict[str, Answer]:
    """The order of the catalogue: a file that is read and compared by people must not follow the order of typing."""
    rank = {requirement.id: place for place, requirement in enumerate(catalogue.requirements)}
    return dict(sorted(answers.items(), key=lambda pair: rank.get(pair[0], len(rank))))
