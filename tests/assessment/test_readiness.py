"""Complete, ready, and what to type."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from mes_conformity.assessment.model import Answer, Assessment, Provenance, Waiver
from mes_conformity.assessment.readiness import readiness
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import Location

TODAY = date(2026, 11, 22)
Answering = Callable[..., Assessment]


def test_an_empty_assessment_names_each_question_first(assessment: Assessment, catalogue: Catalogue) -> None:
    found = readiness(assessment, catalogue, [], TODAY)
    assert found.state == "incomplete"
    assert not found.findings
    assert [item.fact or item.requirement for item in found.blocking] == ["exchange", "hds", "mesures", "erreurs"]
    assert found.blocking[0].command == "mes-conformity assess set exchange none|write"


def test_a_boolean_question_shows_its_words(assessment: Assessment, catalogue: Catalogue, answering: Answering) -> None:
    found = readiness(answering(assessment, exchange="write"), catalogue, [], TODAY)
    assert found.blocking[0].command.endswith("measures true|false")


def test_all_met_is_ready(assessment: Assessment, catalogue: Catalogue, answering: Answering) -> None:
    answered = answering(assessment, exchange="none", hds="conform", erreurs="non_conform")
    assert readiness(answered, catalogue, [], TODAY).state == "ready"


def test_a_mandatory_gap_is_not_ready(assessment: Assessment, catalogue: Catalogue, answering: Answering) -> None:
    found = readiness(answering(assessment, exchange="none", hds="partial", erreurs="conform"), catalogue, [], TODAY)
    assert found.state == "not_ready"
    assert [item.requirement for item in found.blocking] == ["hds"]


def test_a_running_waiver_lifts_a_gap_an_ended_one_does_not(
    assessment: Assessment, catalogue: Catalogue, answering: Answering
) -> None:
    answered = answering(assessment, exchange="none", hds="partial", erreurs="conform")
    running = replace(answered, waivers=(Waiver("w", "hds", "une bonne raison", "2026-11-22"),))
    ended = replace(answered, waivers=(Waiver("w", "hds", "une bonne raison", "2026-11-21"),))
    assert readiness(running, catalogue, [], TODAY).state == "ready"
    assert readiness(ended, catalogue, [], TODAY).state == "not_ready"


def test_a_proposal_waits_for_a_person(assessment: Assessment, catalogue: Catalogue, answering: Answering) -> None:
    answered = answering(assessment, exchange="none", erreurs="conform")
    proposal = Answer("conform", Provenance("test", "2026-11-01T08:00:00Z", confirmed=False))
    found = readiness(replace(answered, answers={**answered.answers, "hds": proposal}), catalogue, [], TODAY)
    assert found.state == "incomplete"
    assert found.blocking[0].command == "mes-conformity assess confirm hds"


def test_an_error_blocks_with_the_command_of_its_hint(
    assessment: Assessment, catalogue: Catalogue, answering: Answering
) -> None:
    answered = answering(assessment, exchange="none", hds="conform", erreurs="conform")
    hinted = Diagnostic("ASM005", "error", {"fr": "x"}, Location("a"), {"fr": "lancez `mes-conformity y`"}, about="hds")
    plain = Diagnostic("ASM002", "error", {"fr": "x"}, Location("a"))
    warning = Diagnostic("ASM007", "warning", {"fr": "x"}, Location("a"))
    found = readiness(answered, catalogue, [hinted, plain, warning], TODAY)
    assert found.state == "not_ready"
    assert found.findings
    assert [item.command for item in found.blocking] == ["mes-conformity y", "mes-conformity assess check"]
    assert found.blocking[0].to_json()["requirement"] == "hds"
