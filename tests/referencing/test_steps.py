"""The path as data: each step is named in several ways, and says who acts and where that is read."""

import pytest

from mes_conformity.referencing.steps import PATH, STEPS, named


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("0", "documentation"),
        ("2", "request"),
        ("5", "decision"),
        ("6", "publication"),
        ("Éligibilité", "eligibility"),
        ("recevabilité", "admissibility"),
        ("évaluation", "evaluation"),
        ("tests de connexion", "connection-tests"),
        ("connection_tests", "connection-tests"),
        ("avis", "opinion"),
        ("décision", "decision"),
        ("renouvellement", "renewal"),
    ],
)
def test_a_step_is_named_by_number_id_or_french_word(text: str, step: str) -> None:
    found = named(text)
    assert found is not None
    assert found.id == step


@pytest.mark.parametrize("text", ["7", "-1", "", "?", "½"])
def test_what_is_no_step_names_none(text: str) -> None:
    assert named(text) is None


def test_five_is_the_opinion_when_one_is_given() -> None:
    found = named("5", opinion=True)
    assert found is not None
    assert found.id == "opinion"


def test_the_path_goes_from_0_to_6() -> None:
    assert [step.number for step in PATH] == [0, 1, 2, 3, 4, 5, 5, 6]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_each_step_says_who_acts_and_its_source_in_both_languages(step: object) -> None:
    data = step.to_json()  # type: ignore[attr-defined]
    assert data["publisher"] or data["authority"]
    for key in ("title", "done", "source", data["waits_for"]):
        assert set(data[key]) == {"fr", "en"}
        assert all(data[key].values())
