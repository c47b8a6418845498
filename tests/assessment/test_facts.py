"""Which questions are asked, what they accept, what they hide."""

from collections.abc import Callable
from typing import Any

import pytest

from mes_conformity.assessment import facts
from mes_conformity.assessment.model import Assessment, FactAnswer, Provenance
from mes_conformity.catalogue.model import Catalogue, Fact
from mes_conformity.foundation.errors import UsageError

Answering = Callable[..., Assessment]


def ids(found: tuple[Fact, ...]) -> list[str]:
    return [fact.id for fact in found]


def test_a_question_waits_for_the_one_it_hangs_on(catalogue: Catalogue) -> None:
    assert ids(facts.questions(catalogue, {})) == ["exchange"]
    assert ids(facts.unanswered(catalogue, {"exchange": "write"})) == ["measures"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("exchange", "write", "write"),
        ("exchange", "Écriture", "write"),
        ("exchange", "2", "write"),
        ("measures", "oui", True),
        ("measures", "no", False),
        ("measures", "2", False),
        ("supports", "1, ios", ["web", "ios"]),
        ("supports", "web,web", ["web"]),
    ],
)
def test_words_of_both_languages_and_numbers_are_answers(
    catalogue: Catalogue, name: str, text: str, value: Any
) -> None:
    assert facts.parse_value(catalogue.fact(name), text) == value


@pytest.mark.parametrize(("name", "text"), [("exchange", "5"), ("measures", "peut-être"), ("supports", "web,fax")])
def test_anything_else_is_refused_with_what_is_accepted(catalogue: Catalogue, name: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        facts.parse_value(catalogue.fact(name), text)
    assert caught.value.code == "FCT001"
    assert caught.value.expected


@pytest.mark.parametrize(
    ("kind", "value", "accepted"),
    [
        ("date", "2026-02-28", True),
        ("date", "2026-02-30", False),
        ("date", 3, False),
        ("text", "quelque chose", True),
        ("text", " ", False),
    ],
)
def test_dates_and_texts(kind: Any, value: Any, accepted: bool) -> None:
    fact = Fact("f", kind, {"fr": "?"}, None, (), None)
    assert facts.accepts(fact, value) is accepted
    assert facts.expected(fact)["fr"]


def test_a_typed_date_must_be_one() -> None:
    fact = Fact("f", "date", {"fr": "?"}, None, (), None)
    assert facts.parse_value(fact, " 2026-02-28 ") == "2026-02-28"
    with pytest.raises(UsageError):
        facts.parse_value(fact, "demain")


def test_an_answer_hidden_by_a_changed_fact_is_set_aside_and_comes_back(
    assessment: Assessment, catalogue: Catalogue, answering: Answering
) -> None:
    answered = facts.reconcile(
        answering(assessment, exchange="write", measures="oui", supports="web", mesures="conform"), catalogue
    )
    hidden = facts.reconcile(answering(answered, exchange="none"), catalogue)
    assert "mesures" not in hidden.answers
    assert hidden.set_aside["mesures"].answer == answered.answers["mesures"]
    assert set(hidden.set_aside_facts) == {"measures", "supports"}
    back = facts.reconcile(answering(hidden, exchange="write"), catalogue)
    assert back.answers == answered.answers
    assert back.facts == answered.facts
    assert not back.set_aside
    assert not back.set_aside_facts


def test_reconciling_twice_changes_nothing_more(
    assessment: Assessment, catalogue: Catalogue, answering: Answering
) -> None:
    once = facts.reconcile(answering(assessment, exchange="none", measures="oui", mesures="conform"), catalogue)
    assert facts.reconcile(once, catalogue) == once


def test_the_file_follows_the_order_of_the_catalogue(
    assessment: Assessment, catalogue: Catalogue, answering: Answering
) -> None:
    settled = facts.reconcile(answering(assessment, erreurs="conform", hds="conform"), catalogue)
    assert list(settled.answers) == ["hds", "erreurs"]


def test_a_fact_the_catalogue_does_not_know_stays(assessment: Assessment, catalogue: Catalogue) -> None:
    from dataclasses import replace

    odd = replace(assessment, facts={"odd": FactAnswer(True, Provenance("person", "2026-11-01T08:00:00Z"))})
    assert "odd" in facts.reconcile(odd, catalogue).facts
