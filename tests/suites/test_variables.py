"""Variables: `$name.path` whole, `${name.path}` inside a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from suite_samples import CONTRACT

from mes_conformity.suites.variables import Unresolved, fill, fill_expression, lookup, uses
from mes_conformity.validators.contract import parse

SCOPE = {"a": {"b": [10, {"c": "x'y"}]}, "text": "abc", "contract": parse(CONTRACT, "petit")}


def test_a_whole_scalar_keeps_its_type() -> None:
    assert fill({"n": "$a.b.0"}, SCOPE) == {"n": 10}


def test_a_variable_inside_a_text_becomes_text() -> None:
    assert fill("<${a.b.0}|${text}>", SCOPE) == "<10|abc>"


def test_keys_are_filled_too() -> None:
    assert fill({"${text}-key": 1, "$text": 2}, SCOPE) == {"abc-key": 1, "abc": 2}


def test_leaves_of_a_contract_are_reached_by_their_path() -> None:
    assert fill(["$contract.errors.refused.status"], SCOPE) == [403]


def test_a_text_that_only_starts_like_a_variable_is_left() -> None:
    assert fill("$validate now", SCOPE) == "$validate now"


@pytest.mark.parametrize("path", ["nobody", "a.z", "a.b.9", "a.b.0.c", "contract.errors.other"])
def test_what_has_no_value_is_told_with_its_path(path: str) -> None:
    with pytest.raises(Unresolved) as caught:
        lookup(path, SCOPE)
    assert caught.value.path == path


def test_a_value_stays_a_value_inside_an_expression() -> None:
    assert fill_expression("name = '${a.b.1.c}'", SCOPE) == "name = 'x\\'y'"


def test_expressions_keep_their_own_dollars() -> None:
    assert fill({"fhirpath": "$this", "pattern": "^a$"}, SCOPE) == {"fhirpath": "$this", "pattern": "^a$"}


def test_every_use_is_found_with_its_place() -> None:
    found = {(use.path, use.pointer) for use in uses({"q": {"$text": ["$a.b", "${x}"]}, "fhirpath": "$this"}, ("p",))}
    assert found == {("text", ("p", "q", "$text")), ("a.b", ("p", "q", "$text", 0)), ("x", ("p", "q", "$text", 1))}


def test_a_malformed_use_is_told_as_an_empty_name() -> None:
    assert [use.path for use in uses("${a b}")] == [""]


@given(st.text(alphabet="abc ${}.", max_size=30))
def test_whatever_is_used_is_seen_before_it_is_filled(text: str) -> None:
    seen = {use.path for use in uses(text)}
    try:
        fill(text, {})
    except Unresolved as unresolved:
        assert unresolved.path in seen
