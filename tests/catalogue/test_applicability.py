"""When a requirement applies, and the words for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.catalogue.applicability import (
    NOT_ASKED,
    applicability,
    decide,
    describe,
    effective_facts,
    explain,
)
from mes_conformity.catalogue.loader import from_documents, load_shipped
from mes_conformity.foundation.conditions import parse


@pytest.fixture
def catalogue(small):
    return from_documents(small.documents())


def test_without_condition_it_always_applies(catalogue):
    found = applicability(catalogue, {})["r-all"]
    assert (found.applies, found.reason["fr"]) == (True, "s'applique à tous les services")


def test_an_answer_makes_it_apply_and_is_told(catalogue):
    found = applicability(catalogue, {"exchange": "read", "measures": True})["r-measures"]
    assert found.applies is True
    assert found.reason == {
        "fr": "s'applique car « Mesures ? » = « oui »",
        "en": 'applies because "Mesures ? (en)" = "yes"',
    }


def test_an_answer_makes_it_not_apply(catalogue):
    found = applicability(catalogue, {"exchange": "read", "measures": False})["r-measures"]
    assert (found.applies, found.reason["fr"]) == (False, "ne s'applique pas car « Mesures ? » = « non »")


def test_a_missing_answer_leaves_it_open_and_is_named(catalogue):
    found = applicability(catalogue, {"exchange": "read", "measures": None})["r-measures"]
    assert (found.applies, found.reason["fr"]) == (None, "réputée applicable, faute de réponse à « Mesures ? »")


def test_a_question_that_is_not_asked_decides_whatever_was_answered_before(catalogue):
    found = applicability(catalogue, {"exchange": "none", "measures": True})["r-measures"]
    assert found.applies is False
    assert found.reason["fr"] == "ne s'applique pas car « Échange ? » = « aucun échange »"


def test_one_of_several_answers_is_enough(catalogue):
    found = applicability(catalogue, {"platforms": ["ios", "web"]})["r-web"]
    assert (found.applies, found.reason["fr"]) == (True, "s'applique car « Plateformes ? » = « iOS, web »")


def test_an_empty_list_of_answers_is_an_answer(catalogue):
    found = applicability(catalogue, {"platforms": []})["r-web"]
    assert (found.applies, found.reason["fr"]) == (False, "ne s'applique pas car « Plateformes ? » = « aucun »")


def test_an_obsolete_requirement_applies_no_longer(small):
    small.requirement(0)["lifecycle"] = "obsolete"
    assert applicability(from_documents(small.documents()), {})["r-all"].applies is False


def test_several_grounds_are_joined_and_each_fact_is_told_once(catalogue):
    condition = parse(
        {
            "all": [
                {"fact": "exchange", "in": ["read", "write"]},
                {"not": {"fact": "exchange", "is": "none"}},
                {"fact": "since", "is": "2026"},
            ]
        }
    )
    reason = explain(condition, {"exchange": "write", "since": "2026"}, catalogue)
    assert reason["fr"] == "s'applique car « Échange ? » = « écriture » et « Depuis ? » = « 2026 »"


def test_a_fact_of_nobody_is_called_by_its_name(catalogue):
    condition = parse({"fact": "zz", "is": "a"})
    assert decide(condition, {}, catalogue).reason["fr"].endswith("« zz »")
    assert decide(condition, {"zz": "a"}, catalogue).reason["en"] == 'applies because "zz" = "a"'
    assert describe(condition, catalogue)["fr"] == "si « zz » = « a »"


def test_a_hidden_question_hides_those_that_hang_on_it(small):
    fact = {"id": "deep", "type": "boolean", "prompt": {"fr": "D", "en": "D"}}
    small.data["facts"].insert(0, {**fact, "asked_when": {"fact": "measures", "is": True}})
    known = effective_facts(from_documents(small.documents()), {"exchange": "none", "measures": True, "deep": True})
    assert (known["measures"], known["deep"]) == (NOT_ASKED, NOT_ASKED)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (None, "à tous les services"),
        ({"fact": "exchange", "in": ["read", "write"]}, "si « Échange ? » = « lecture » ou « écriture »"),
        ({"not": {"fact": "measures", "is": True}}, "sauf si « Mesures ? » = « oui »"),
        (
            {"not": {"any": [{"fact": "measures", "is": True}, {"not": {"fact": "since", "is": "x"}}]}},
            "sauf (si « Mesures ? » = « oui », ou sauf si « Depuis ? » = « x »)",
        ),
        (
            {"any": [{"all": [{"fact": "measures", "is": True}, {"fact": "since", "is": "x"}]},
                     {"fact": "platforms", "is": "web"}]},
            "(si « Mesures ? » = « oui », et si « Depuis ? » = « x »), ou si « Plateformes ? » = « web »",
        ),
    ],
)  # fmt: skip
def test_a_condition_is_said_in_words(catalogue, condition, words):
    assert describe(parse(condition), catalogue)["fr"] == words


_FACTS = st.fixed_dictionaries(
    {},
    optional={
        fact.id: st.booleans()
        if fact.type == "boolean"
        else st.lists(st.sampled_from([c.id for c in fact.choices]), unique=True)
        if fact.type == "multichoice"
        else st.sampled_from([choice.id for choice in fact.choices])
        for fact in load_shipped().facts
    },
)


@given(facts=_FACTS)
def test_every_shipped_requirement_has_its_reason_whatever_the_answers(facts):
    for found in applicability(load_shipped_once(), facts).values():
        assert set(found.reason) == {"fr", "en"}
        start = {True: "s'applique", False: "ne s'applique", None: "réputée"}[found.applies]
        assert found.reason["fr"].startswith(start)


_SHIPPED = load_shipped()


def load_shipped_once():
    return _SHIPPED
