"""Where records lead: what is done, who acts next, what ends when."""

from datetime import date

import pytest

from mes_conformity.referencing.path import Standing, standing, title_of
from mes_conformity.referencing.records import Record

AT = "2026-11-22T12:00:00Z"
TODAY = date(2026, 11, 22)


def record(step: str, on: str = "2026-01-05", opinion: str | None = None, *, cancelled: bool = False) -> Record:
    return Record(step, on, AT, opinion, cancelled=cancelled)


def where(*records: Record, exchange: bool | None = None, today: date = TODAY) -> Standing:
    return standing(records, today, exchange=exchange)


def states(found: Standing) -> dict[str, str]:
    return {stage.step.id: stage.state for stage in found.stages}


def waited(found: Standing) -> list[tuple[str, str | None]]:
    return [(item.who, item.step) for item in found.following]


DECIDED = (
    record("opinion", "2026-03-01", "favorable"),
    record("connection-tests", "2026-03-02"),
    record("decision", "2026-03-10"),
)


def test_without_any_record_nobody_said_where_the_request_is() -> None:
    found = where()
    assert (found.current, found.following, found.validity) == (None, (), None)
    assert set(states(found).values()) == {"unrecorded"}
    assert found.to_json()["recorded"] is False


def test_the_step_after_the_last_one_reached_is_under_way() -> None:
    found = where(record("request"))
    assert found.current is not None
    assert found.current.id == "admissibility"
    told = states(found)
    assert (told["request"], told["admissibility"], told["evaluation"]) == ("done", "current", "ahead")
    assert (told["documentation"], told["connection-tests"]) == ("unrecorded", "alongside")


@pytest.mark.parametrize(
    ("reached", "waiting"),
    [
        ("documentation", [("publisher", "eligibility")]),
        ("eligibility", [("publisher", "request"), ("authority", "request")]),
        ("request", [("authority", "admissibility")]),
        ("admissibility", [("publisher", "evaluation"), ("authority", "evaluation")]),
        ("evaluation", [("authority", "opinion")]),
    ],
)
def test_it_says_who_acts_next(reached: str, waiting: list[tuple[str, str]]) -> None:
    assert waited(where(record(reached), exchange=False)) == waiting


def test_the_connection_tests_stand_alongside_until_they_are_recorded() -> None:
    assert ("publisher", "connection-tests") in waited(where(record("request")))
    assert ("publisher", "connection-tests") not in waited(where(record("request"), record("connection-tests")))


def test_they_concern_only_a_service_that_exchanges_data() -> None:
    assert states(where(record("request"), exchange=False))["connection-tests"] == "not_applicable"
    assert states(where(record("decision"), exchange=True))["connection-tests"] == "unrecorded"


def test_a_favourable_opinion_leads_to_the_decision() -> None:
    found = where(*DECIDED[:2])
    assert waited(found) == [("authority", "decision")]


@pytest.mark.parametrize("opinion", ["favorable_avec_reserves_suspensives", "defavorable"])
def test_an_opinion_that_stops_says_what_the_sources_do_not_tell(opinion: str) -> None:
    found = where(record("opinion", opinion=opinion), exchange=False)
    assert waited(found) == [("publisher", None)]
    assert "les sources lues ne disent" in found.following[0].action["fr"]


def test_a_publication_opens_one_year_said_by_the_presentation() -> None:
    validity = where(*DECIDED, record("publication", "2026-03-15")).validity
    assert validity is not None
    assert (validity.since, validity.until, validity.days) == ("2026-03-15", "2027-03-15", 113)
    assert not validity.renewed
    assert "2022" in validity.source["fr"]


def test_a_renewal_adds_two_years_which_only_a_third_party_tells() -> None:
    validity = where(*DECIDED, record("publication", "2026-03-15"), record("renewal", "2026-11-01")).validity
    assert validity is not None
    assert (validity.until, validity.renewed) == ("2029-03-15", True)
    assert "tiers" in validity.source["fr"]


def test_a_published_service_is_asked_to_renew_then_to_begin_again() -> None:
    published = (*DECIDED, record("publication", "2025-03-15"))
    assert waited(where(*published, today=date(2026, 1, 1)))[0] == ("publisher", "renewal")
    late = where(*published)
    assert late.validity is not None
    assert late.validity.to_json()["expired"]
    assert "a pris fin" in late.following[0].action["fr"]
    renewed = where(*published, record("renewal"))
    assert waited(renewed) == [("publisher", None)]


def test_a_correction_counts_and_the_rest_is_told() -> None:
    found = where(record("request"), record("request", "2026-01-06"), record("opinion", opinion="favorable"),
                  record("opinion", cancelled=True))  # fmt: skip
    told = {stage.step.id: (stage.record.on if stage.record else None, stage.corrected) for stage in found.stages}
    assert told["request"] == ("2026-01-06", 1)
    assert told["opinion"] == (None, 2)


@pytest.mark.parametrize(
    ("records", "word"),
    [
        ((record("decision"),), "sans avis favorable"),
        ((record("opinion", opinion="defavorable"), record("decision")), "sans avis favorable"),
        ((record("decision"),), "sans tests de connexion"),
        ((record("publication"),), "sans décision"),
        ((record("renewal"),), "sans publication"),
        ((record("request", "2026-02-01"), record("admissibility", "2026-01-01")), "daté avant"),
    ],
)
def test_what_the_sources_do_not_expect_is_said(records: tuple[Record, ...], word: str) -> None:
    assert any(word in notice["fr"] for notice in where(*records).notices)


def test_a_straight_path_has_nothing_to_say() -> None:
    assert where(*DECIDED, record("publication", "2026-03-15")).notices == ()


def test_a_record_is_told_with_its_opinion() -> None:
    assert title_of(record("opinion", opinion="defavorable"))["fr"] == "avis rendu : défavorable"
    assert title_of(record("request", cancelled=True))["en"] == "cancelled: request"
