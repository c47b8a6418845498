"""Reading values out of answers."""

import pytest

from mes_conformity.suites.expressions import (
    MISSING,
    BadExpression,
    compiled,
    fhirpath,
    parse_json,
    pointed,
    same,
    show,
)

OBSERVATION = {"resourceType": "Observation", "valueQuantity": {"value": 71.5}, "effectiveDateTime": "2026-01-02"}


def test_fhirpath_knows_the_choice_types_of_r4() -> None:
    assert fhirpath(OBSERVATION, "Observation.value.value") == [71.5]


def test_fhirpath_gives_plain_json_data() -> None:
    assert fhirpath(OBSERVATION, "Observation.value.value + 0.5 | Observation.effective") == [72, "2026-01-02"]


def test_an_expression_that_does_not_parse_is_told() -> None:
    with pytest.raises(BadExpression):
        compiled("Bundle.entry.(")


@pytest.mark.parametrize("expression", ["now() > today()", "name.matches('(a+)+')", "repeat(item)"])
def test_clocks_and_unbounded_functions_are_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        compiled(expression)


def test_an_evaluation_that_fails_is_told() -> None:
    with pytest.raises(BadExpression):
        fhirpath({"a": "x"}, "a + 1 div 'b'")


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"NaN", b"[" * 100_000])
def test_what_is_not_json_is_missing(raw: bytes) -> None:
    assert parse_json(raw) is MISSING


def test_an_answer_with_half_a_character_is_no_json() -> None:
    assert parse_json(b'{"a": "\\ud83d\\ude00"}') == {"a": "😀"}
    assert parse_json(b'{"a": "\\ud800"}') is MISSING


def test_a_pointer_to_nothing_is_missing() -> None:
    assert pointed({"a": None}, "/b") is MISSING
    assert pointed({"a": None}, "/a") is None
    assert pointed({}, "no-slash") is MISSING


def test_numbers_are_one_kind_and_booleans_another() -> None:
    assert same(1, 1.0)
    assert not same(1, True)
    assert same([1], [1.0])


def test_values_are_shown_short_and_never_empty() -> None:
    assert show("") == '""'
    assert show(MISSING) == "∅"
    assert show({"a": 1}) == '{"a": 1}'
    assert show("x" * 400) == "x" * 299 + "…"
