from typing import Any

import dossier_samples as samples
import pytest

from mes_conformity.foundation.i18n import using
from mes_conformity.reporting.results import CHECKS, LINE, explanation, false_first, message, told


def failed(*checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return samples.entry("A-1", "x", "failed", checks=list(checks), **more)


def test_the_line_is_the_first_false_check() -> None:
    entry = failed(samples.check("status"), samples.check("json", "failed", "1", "2"), samples.check("count", "failed"))
    assert message(entry) == "json : attendu 1, obtenu 2"
    with using("en"):
        assert message(entry) == "json: expected 1, obtained 2"


def test_what_did_not_pass_comes_first_and_the_rest_keeps_its_order() -> None:
    outcomes = ("passed", "failed", "passed", "error")
    checks = [samples.check(f"c{n}", outcome) for n, outcome in enumerate(outcomes)]
    assert [check["check"] for check in false_first(failed(*checks))] == ["c1", "c3", "c0", "c2"]


def test_what_the_validator_says_comes_first() -> None:
    check = {**samples.check("rules", "failed", "r/1", "–"), "message": {"fr": "il manque une valeur"}}
    assert told(check) == "il manque une valeur — rules : attendu r/1, obtenu –"


@pytest.mark.parametrize("outcome", ["failed", "error", "skipped"])
def test_the_line_is_never_empty(outcome: str) -> None:
    assert message(samples.entry("A-1", "x", outcome, checks=[])) == "sans motif enregistré"


def test_an_advisory_failure_says_that_it_refuses_nothing() -> None:
    assert message(failed(samples.check("json", "failed"), advisory=True)).startswith("échec indicatif, ne refuse pas")


def test_a_failure_of_the_target_does_not_accuse_the_service() -> None:
    assert "Porte sur la cible" in explanation(failed(samples.check("json", "failed"), subject="target"))


def test_everything_is_said_and_the_line_comes_first() -> None:
    lines = explanation(failed(samples.check("json", "failed", "1", "2"), remedy={"fr": "Corrigez."})).split("\n")
    assert lines == [
        "json : attendu 1, obtenu 2",
        "",
        "- json : attendu 1 ; obtenu 2 ; où : étape 2",
        "Exigences : x-ech-mesures-ecriture",
        "Où lire l'exigence : API Mesures 1.5.2 (21/07/2023), §2.2.2 (republished)",
        "Que faire : Corrigez.",
    ]


def test_a_case_without_remedy_or_requirement_is_told_too() -> None:
    lines = explanation(failed(remedy=None, requirements=[])).split("\n")
    assert lines[2] == "Exigences : –"
    assert len(lines) == 4


def test_long_words_and_many_checks_are_counted_not_copied() -> None:
    check = {**samples.check("json", "failed", "A" * 1_000_000, "2"), "where": None}
    entry = failed(*[check] * (CHECKS + 5))
    assert len(message(entry)) < LINE + 20
    text = explanation(entry)
    assert "- et 5 autres contrôles faux" in text
    assert len(text) < 200_000
