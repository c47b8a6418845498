"""Conditions over facts, with three values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation.conditions import Condition, parse

READS = {"fact": "exchange", "in": ["read", "read_write"]}
MINORS = {"fact": "minors", "is": True}


def decide(data: Any, **facts: Any) -> bool | None:
    condition = parse(data)
    assert condition is not None
    return condition.evaluate(facts).applies


@pytest.mark.parametrize(
    ("data", "facts", "applies"),
    [
        (READS, {"exchange": "read"}, True),
        (READS, {"exchange": "none"}, False),
        (READS, {}, None),
        (MINORS, {"minors": True}, True),
        (MINORS, {"minors": 1}, False),
        ({"fact": "n", "is": 1}, {"n": True}, False),
        ({"fact": "platforms", "in": ["ios", "android"]}, {"platforms": ["web", "ios"]}, True),
        ({"fact": "platforms", "is": "web"}, {"platforms": ["ios"]}, False),
        ({"not": MINORS}, {"minors": False}, True),
        ({"not": MINORS}, {}, None),
        ({"all": [READS, MINORS]}, {"exchange": "read", "minors": True}, True),
        ({"all": [READS, MINORS]}, {"exchange": "read"}, None),
        ({"all": [READS, MINORS]}, {"minors": False}, False),
        ({"any": [READS, MINORS]}, {"minors": True}, True),
        ({"any": [READS, MINORS]}, {"minors": False}, None),
        ({"any": [READS, MINORS]}, {"exchange": "none", "minors": False}, False),
    ],
)
def test_a_condition_is_true_false_or_unknown(data: Any, facts: dict[str, Any], applies: bool | None) -> None:
    assert decide(data, **facts) is applies


def test_only_what_decided_is_given_as_ground() -> None:
    condition = parse({"all": [READS, MINORS]})
    assert condition is not None
    decision = condition.evaluate({"exchange": "read", "minors": False})
    assert [(ground.fact, ground.holds) for ground in decision.grounds] == [("minors", False)]


def test_a_negated_ground_says_so() -> None:
    condition = parse({"not": MINORS})
    assert condition is not None
    (ground,) = condition.evaluate({"minors": False}).grounds
    assert (ground.negated, ground.holds) == (True, False)


def test_the_facts_and_comparisons_are_listed() -> None:
    condition = parse({"any": [READS, {"not": MINORS}]})
    assert condition is not None
    assert condition.facts() == {"exchange", "minors"}
    assert [leaf.fact for leaf in condition.comparisons()] == ["exchange", "minors"]


def test_nothing_always_applies() -> None:
    assert parse(None) is None


@pytest.mark.parametrize("data", [3, {}, {"fact": "x"}, {"fact": "x", "is": 1, "in": []}, {"not": None}, {"all": 1}])
def test_anything_else_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="condition"):
        parse(data)


leaves = st.builds(lambda name, value: Condition("fact", name, "is", (value,)), st.sampled_from("abc"), st.booleans())
conditions = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, parts: Condition(kind, parts=tuple(parts[:1] if kind == "not" else parts)),
        st.sampled_from(["all", "any", "not"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
facts = st.dictionaries(st.sampled_from("abc"), st.booleans())


@given(conditions, facts, facts)
def test_a_decision_is_never_changed_by_learning_more(
    condition: Condition, known: dict[str, bool], more: dict[str, bool]
) -> None:
    before = condition.evaluate(known).applies
    after = condition.evaluate({**more, **known}).applies
    assert before is None or before is after


@given(conditions, facts)
def test_de_morgan_holds(condition: Condition, known: dict[str, bool]) -> None:
    negated = Condition("not", parts=(condition,)).evaluate(known).applies
    plain = condition.evaluate(known).applies
    assert negated is (None if plain is None else not plain)
