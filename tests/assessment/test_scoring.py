"""Two numbers, rounded down, an interval until all is known."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.assessment.model import Answer, Assessment, Provenance
from mes_conformity.assessment.scoring import Score, in_force, percent, score, scores
from mes_conformity.catalogue.model import Catalogue, Threshold


def test_an_empty_assessment_is_a_full_interval(assessment: Assessment, catalogue: Catalogue) -> None:
    result = scores(assessment, catalogue)
    assert result.everything.progress == 0
    assert result.everything.conformity == (0, 100)
    assert not result.everything.complete


def test_an_unknown_fact_leaves_the_requirement_applicable(catalogue: Catalogue) -> None:
    assert [item.id for item in in_force(catalogue, {})] == ["hds", "mesures", "erreurs"]


def test_a_false_fact_takes_the_requirement_away(catalogue: Catalogue) -> None:
    assert [item.id for item in in_force(catalogue, {"exchange": "none"})] == ["hds", "erreurs"]


def test_not_applicable_is_left_out_of_both_numbers(
    assessment: Assessment, catalogue: Catalogue, answering: Callable[..., Assessment]
) -> None:
    answered = answering(assessment, exchange="none", hds="conform", erreurs="not_applicable")
    everything = scores(answered, catalogue).everything
    assert (everything.to_answer, everything.progress, everything.conformity) == (1, 100, (100, 100))


def test_mandatory_requirements_stand_apart(
    assessment: Assessment, catalogue: Catalogue, answering: Callable[..., Assessment]
) -> None:
    answered = answering(assessment, exchange="none", hds="conform", erreurs="non_conform")
    result = scores(answered, catalogue)
    assert result.mandatory.conformity == (100, 100)
    assert result.everything.conformity == (50, 50)
    assert list(result.sections) == ["un", "deux"]


def test_below_the_level_to_reach_is_not_met(catalogue: Catalogue) -> None:
    person = Provenance("person", "2026-11-01T08:00:00Z")
    levelled = [replace(item, target_level=3) for item in catalogue.requirements[:1]]
    counted = [score(levelled, {"hds": Answer("conform", person, level=level)}) for level in (2, 3, None)]
    assert [(item.conform, item.partial) for item in counted] == [(0, 1), (1, 0), (1, 0)]


@pytest.mark.parametrize(
    ("hds", "erreurs", "reached"),
    [("conform", "conform", True), ("conform", None, True), ("partial", None, None), ("partial", "partial", False)],
)
def test_a_rubric_has_a_share_to_meet(
    assessment: Assessment,
    catalogue: Catalogue,
    answering: Callable[..., Assessment],
    hds: str,
    erreurs: str | None,
    reached: bool | None,
) -> None:
    whole = replace(catalogue.sections[0], threshold=Threshold(0.5, "all"))
    below = replace(catalogue.sections[1], parent="un")
    over = replace(catalogue, sections=(whole, below))
    given_ = {"exchange": "none", "hds": hds, **({"erreurs": erreurs} if erreurs else {})}
    result = scores(answering(assessment, **given_), over).sections["un"]
    assert result.everything.to_answer == 2
    assert result.reached is reached
    assert result.to_json()["threshold"] == {"minimum": 0.5, "over": "all", "reached": reached}
    mandatory = replace(result, threshold=Threshold(1.0, "mandatory"))
    assert mandatory.reached is (hds == "conform")
    assert replace(result, threshold=None).reached is None


def test_partial_is_not_met() -> None:
    assert Score(conform=1, partial=1).conformity == (50, 50)


def test_a_proposal_nobody_confirmed_is_unknown(catalogue: Catalogue) -> None:
    proposal = Answer("conform", Provenance("test", "2026-11-01T08:00:00Z", confirmed=False))
    assert score(catalogue.requirements[:1], {"hds": proposal}).unknown == 1


@pytest.mark.parametrize(("part", "whole", "expected"), [(0, 0, 100), (1, 3, 33), (299, 300, 99), (300, 300, 100)])
def test_percent_rounds_down(part: int, whole: int, expected: int) -> None:
    assert percent(part, whole) == expected


counts = st.integers(0, 400)


@given(counts, counts, counts, counts, counts)
def test_the_interval_holds_every_way_it_can_end(
    conform: int, partial: int, non_conform: int, not_applicable: int, unknown: int
) -> None:
    before = Score(conform, partial, non_conform, not_applicable, unknown)
    after = Score(conform + unknown // 2, partial, non_conform + unknown - unknown // 2, not_applicable, 0)
    if before.conformity is None or after.conformity is None:
        assert before.to_answer == 0
        return
    low, high = before.conformity
    assert low <= after.conformity[0] <= high
    assert (high == 100) == (partial + non_conform == 0)


def test_no_rate_where_nothing_applies() -> None:
    document = Score(not_applicable=3).to_json()
    assert document["conformity"] is None
    assert document["progress"] == 100
