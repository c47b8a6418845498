"""Facts about the shipped catalogues: what is promised of every requirement."""

import pytest

from mes_conformity.catalogue.loader import load_shipped, shipped
from mes_conformity.catalogue.model import Catalogue

NEWEST = load_shipped()


@pytest.fixture(params=shipped(), ids="@".join)
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    return load_shipped(*request.param)


def test_the_newest_holds_what_the_doctrine_publicly_says() -> None:
    assert len(NEWEST.requirements) >= 160
    assert 20 <= len(NEWEST.facts) <= 30


def test_every_text_is_in_both_languages(catalogue: Catalogue) -> None:
    for requirement in catalogue.requirements:
        for text in (requirement.title, requirement.statement, requirement.guidance, requirement.rationale):
            assert text is not None, requirement.id
            assert text["fr"], requirement.id
            assert text["en"], requirement.id


def test_no_identifier_looks_like_an_official_code(catalogue: Catalogue) -> None:
    assert all(requirement.id.startswith("x-") for requirement in catalogue.requirements)


def test_what_is_official_quotes_its_article(catalogue: Catalogue) -> None:
    for requirement in catalogue.requirements:
        if requirement.provenance.grade == "official":
            assert any(reference.locator for reference in requirement.references), requirement.id


def test_every_fact_decides_something(catalogue: Catalogue) -> None:
    asked = {name for one in catalogue.requirements if one.applicability for name in one.applicability.facts()}
    asked |= {name for fact in catalogue.facts if fact.asked_when for name in fact.asked_when.facts()}
    assert {fact.id for fact in catalogue.facts} - asked <= {"dpia_required"}
