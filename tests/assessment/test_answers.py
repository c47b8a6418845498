"""Giving, changing, confirming."""

from collections.abc import Callable

import pytest

from mes_conformity.assessment import answers
from mes_conformity.assessment.answers import Given
from mes_conformity.assessment.model import Assessment, Evidence, Provenance
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.errors import UsageError

Answering = Callable[..., Assessment]
PERSON = Provenance("person", "2026-11-02T08:00:00Z")


def test_an_answer_keeps_the_digest_of_the_wording(
    assessment: Assessment, catalogue: Catalogue, answering: Answering
) -> None:
    answered = answering(assessment, hds="conform")
    assert answered.answers["hds"].requirement_sha256 == catalogue.requirement("hds").normative_sha256


def test_what_is_not_given_stays(assessment: Assessment, catalogue: Catalogue) -> None:
    hds = catalogue.requirement("hds")
    first = answers.give(assessment, hds, Given("partial", "note", level=2, owner="Ada", due_on="2027-01-01"), PERSON)
    piece = Evidence("e1", "Certificat", "2026-11-02T08:00:00Z", href="https://example.org/c")
    second = answers.with_evidence(first, hds, piece, "2026-11-02T08:00:00Z")
    third = answers.give(second, hds, Given("conform"), PERSON)
    kept = third.answers["hds"]
    assert (kept.comment, kept.level, kept.owner, kept.due_on) == ("note", 2, "Ada", "2027-01-01")
    assert kept.evidence == (piece,)


def test_a_blank_text_takes_the_old_one_away(assessment: Assessment, catalogue: Catalogue) -> None:
    hds = catalogue.requirement("hds")
    first = answers.give(assessment, hds, Given("conform", "note"), PERSON)
    assert answers.give(first, hds, Given(comment=" "), PERSON).answers["hds"].comment is None


def test_not_applicable_is_refused_where_the_catalogue_refuses_it(assessment: Assessment, catalogue: Catalogue) -> None:
    with pytest.raises(UsageError) as caught:
        answers.give(assessment, catalogue.requirement("hds"), Given("not_applicable", None, "x" * 20), PERSON)
    assert caught.value.code == "ASM004"


@pytest.mark.parametrize("reason", [None, "court", "   court   "])
def test_not_applicable_needs_its_reason(assessment: Assessment, catalogue: Catalogue, reason: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        answers.give(assessment, catalogue.requirement("erreurs"), Given("not_applicable", None, reason), PERSON)
    assert caught.value.code == "ASM004"


@pytest.mark.parametrize("given", [Given("conform", level=6), Given("conform", due_on="demain")])
def test_levels_and_dates_are_checked(assessment: Assessment, catalogue: Catalogue, given: Given) -> None:
    with pytest.raises(UsageError) as caught:
        answers.give(assessment, catalogue.requirement("hds"), given, PERSON)
    assert caught.value.code == "ANS002"


def test_a_comment_on_a_proposal_does_not_accept_it(assessment: Assessment, catalogue: Catalogue) -> None:
    hds = catalogue.requirement("hds")
    proposal = Provenance("test", "2026-11-02T08:00:00Z", source="run", confirmed=False)
    proposed = answers.give(assessment, hds, Given("conform"), proposal)
    commented = answers.give(proposed, hds, Given(comment="à voir"), PERSON)
    assert answers.unconfirmed(commented) == commented.answers


def test_confirming_keeps_the_origin(assessment: Assessment, catalogue: Catalogue) -> None:
    proposal = Provenance("test", "2026-11-02T08:00:00Z", source="run", confirmed=False)
    proposed = answers.give(assessment, catalogue.requirement("hds"), Given("conform"), proposal)
    kept = answers.confirm(proposed, ["hds"], at="2026-11-03T08:00:00Z", by="Ada").answers["hds"]
    assert kept.given
    assert (kept.provenance.origin, kept.provenance.source, kept.provenance.by) == ("test", "run", "Ada")
