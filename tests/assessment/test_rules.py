"""One behaviour of each rule ASM001 to ASM012 and JRN001 to JRN003."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from mes_conformity.assessment import evidence_rules, journal, rules, store
from mes_conformity.assessment.actions import Wanted, add
from mes_conformity.assessment.answers import with_evidence
from mes_conformity.assessment.model import (
    Action,
    Answer,
    Assessment,
    Evidence,
    FactAnswer,
    Finding,
    Pin,
    Provenance,
    SetAside,
    TestRun,
    Waiver,
)
from mes_conformity.assessment.store import Loaded
from mes_conformity.assessment.workspace import ASSESSMENT, JOURNAL, Workspace
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.yaml_documents import dump, parse

TODAY = date(2026, 11, 22)
AT = "2026-11-01T08:00:00Z"
Check = Callable[[Assessment], list[Diagnostic]]
Answering = Callable[..., Assessment]


@pytest.fixture
def check(workspace: Workspace, catalogue: Catalogue) -> Check:
    """What the rules say of an assessment, as if it stood in the workspace."""
    from mes_conformity.assessment.documents import to_data

    def run(assessment: Assessment) -> list[Diagnostic]:
        document = parse(dump(to_data(assessment)), ASSESSMENT)
        loaded = Loaded(assessment, document, journal.Journal())
        return rules.check(workspace, loaded, catalogue, TODAY)

    return run


def codes(found: list[Diagnostic]) -> list[str]:
    return [item.code for item in found]


def only(found: list[Diagnostic], code: str) -> Diagnostic:
    matching = [item for item in found if item.code == code]
    assert len(matching) == 1, codes(found)
    assert matching[0].location.line
    assert matching[0].hint
    return matching[0]


def piece(**more: str) -> Evidence:
    return Evidence("e1", "Certificat", AT, href="https://example.org/c", **{"satisfies": "certificat", **more})


def test_nothing_to_say_of_an_empty_assessment(check: Check, assessment: Assessment) -> None:
    assert check(assessment) == []


def test_asm001_an_unknown_requirement(check: Check, assessment: Assessment) -> None:
    answer = Answer("conform", Provenance("person", AT))
    found = only(check(replace(assessment, answers={"autre": answer})), "ASM001")
    assert found.location.file == ASSESSMENT
    assert found.about == "autre"


@pytest.mark.parametrize("pin", [Pin("petit", "1.0.0", "0" * 64), Pin("petit", "0.9.0", "")])
def test_asm002_another_catalogue(check: Check, assessment: Assessment, pin: Pin, catalogue: Catalogue) -> None:
    other = replace(pin, sha256=pin.sha256 or catalogue.sha256)
    assert only(check(replace(assessment, catalogue=other)), "ASM002").level == "error"


def test_asm003_a_file_that_is_gone(check: Check, assessment: Assessment, catalogue: Catalogue) -> None:
    item = Evidence("e", "x", AT, path="evidence/x", sha256="0" * 64, size=1, media_type="text/plain")
    held = with_evidence(assessment, catalogue.requirement("erreurs"), item, AT)
    assert "evidence/x" in only(check(held), "ASM003").message["fr"]


def test_asm004_not_applicable_where_refused(check: Check, assessment: Assessment) -> None:
    answer = Answer("not_applicable", Provenance("person", AT), justification="une raison écrite à la main")
    assert only(check(replace(assessment, answers={"hds": answer})), "ASM004")


def test_asm004_not_applicable_without_reason(check: Check, assessment: Assessment) -> None:
    answer = Answer("not_applicable", Provenance("person", AT), justification="          ")
    assert only(check(replace(assessment, answers={"erreurs": answer})), "ASM004")


def test_asm005_conform_without_its_evidence(check: Check, assessment: Assessment, answering: Answering) -> None:
    found = only(check(answering(assessment, hds="conform")), "ASM005")
    assert found.hint is not None
    assert "--satisfies certificat" in found.hint["fr"]


def test_asm005_is_quiet_once_the_evidence_is_there(
    check: Check, assessment: Assessment, answering: Answering, catalogue: Catalogue
) -> None:
    held = with_evidence(answering(assessment, hds="conform"), catalogue.requirement("hds"), piece(), AT)
    assert codes(check(held)) == []


def test_asm005_a_test_run_is_evidence_when_it_passed(assessment: Assessment, catalogue: Catalogue) -> None:
    need = replace(catalogue.requirement("hds").evidence[0], kind="test_run")
    answer = Answer("conform", Provenance("person", AT))
    assert evidence_rules._met(need, answer, "passed")
    assert not evidence_rules._met(need, answer, "failed")
    assert "test run" in evidence_rules._evidence_hint(catalogue.requirement("hds"), need)["fr"]


def run_with(outcome: str) -> TestRun:
    return TestRun("r1", "reports/runs/r1/run.json", "0" * 64, outcomes={"erreurs": outcome})  # type: ignore[dict-item]


def test_asm006_contradicted(check: Check, assessment: Assessment, answering: Answering) -> None:
    answered = replace(answering(assessment, erreurs="conform"), test_runs=(run_with("failed"),))
    assert only(check(answered), "ASM006").about == "erreurs"


@pytest.mark.parametrize("later", ["passed"])
def test_asm006_ends_when_the_next_run_passes(
    check: Check, assessment: Assessment, answering: Answering, later: str
) -> None:
    runs = (run_with("failed"), replace(run_with(later), id="r2"))
    assert codes(check(replace(answering(assessment, erreurs="conform"), test_runs=runs))) == []


def test_asm006_stays_when_the_next_run_could_not_judge(
    check: Check, assessment: Assessment, answering: Answering
) -> None:
    runs = (run_with("failed"), replace(run_with("error"), id="r2"))
    assert codes(check(replace(answering(assessment, erreurs="conform"), test_runs=runs))) == ["ASM006"]


@pytest.mark.parametrize(
    ("more", "added", "said"),
    [
        ({"valid_until": "2026-11-21"}, AT, "a expiré"),
        ({"valid_until": "2026-12-22"}, AT, "expire"),
        ({"valid_until": "2026-12-23"}, AT, None),
        ({}, "2025-10-01T00:00:00Z", "a expiré"),
    ],
)
def test_asm007_evidence_that_ends(
    check: Check,
    assessment: Assessment,
    answering: Answering,
    catalogue: Catalogue,
    more: dict[str, str],
    added: str,
    said: str | None,
) -> None:
    item = replace(piece(**more), added_at=added)
    held = with_evidence(answering(assessment, hds="conform"), catalogue.requirement("hds"), item, AT)
    found = [remark for remark in check(held) if remark.code == "ASM007"]
    assert bool(found) == bool(said)
    assert all(str(said) in remark.message["fr"] for remark in found)


def test_asm007_and_asm010_a_waiver_that_ends_and_serves_nothing(check: Check, assessment: Assessment) -> None:
    waiver = Waiver("w1", "mesures", "une bonne raison", "2026-11-30")
    fact = FactAnswer("none", Provenance("person", AT))
    found = check(replace(assessment, waivers=(waiver,), facts={"exchange": fact}))
    assert codes(found) == ["ASM007", "ASM010"]


def test_asm008_a_gap_without_action(check: Check, assessment: Assessment, answering: Answering) -> None:
    answered = answering(assessment, hds="partial")
    assert only(check(answered), "ASM008").level == "warning"
    assert codes(check(add(answered, "hds", Wanted("Faire"), "a1"))) == []


def test_asm009_a_proposal(check: Check, assessment: Assessment) -> None:
    answer = Answer("conform", Provenance("test", AT, confirmed=False))
    assert only(check(replace(assessment, answers={"erreurs": answer})), "ASM009").level == "info"


def test_asm011_an_older_wording(check: Check, assessment: Assessment) -> None:
    answer = Answer("conform", Provenance("person", AT), requirement_sha256="0" * 64)
    assert only(check(replace(assessment, answers={"erreurs": answer})), "ASM011")


def test_asm011_evidence_of_another_version(check: Check, assessment: Assessment, catalogue: Catalogue) -> None:
    held = with_evidence(assessment, catalogue.requirement("erreurs"), piece(product_version="0.9"), AT)
    assert only(check(held), "ASM011").obtained == "0.9"


@pytest.mark.parametrize(("name", "value"), [("autre", True), ("exchange", "tout"), ("exchange", 3)])
def test_asm012_a_fact_nobody_asks_or_a_value_nobody_offers(
    check: Check, assessment: Assessment, name: str, value: object
) -> None:
    fact = FactAnswer(value, Provenance("person", AT))
    assert only(check(replace(assessment, facts={name: fact})), "ASM012").level == "error"


def test_the_journal_is_told_of(workspace: Workspace, catalogue: Catalogue, env: Environment) -> None:
    with store.editing(workspace, catalogue, env, "test") as session:
        session.note("one")
        session.note("two")
    path = workspace.path(JOURNAL)
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], lines[2], lines[2][:20]]))
    file = workspace.path(ASSESSMENT)
    file.write_text(file.read_text().replace("Produit", "Autre"))
    found = rules.check(workspace, store.load(workspace), catalogue, TODAY)
    assert codes(found) == ["JRN001", "JRN002", "JRN003"]
    assert [item.location.line for item in found] == [2, 3, 2]


@pytest.mark.parametrize("section", ["findings", "waivers", "actions"])
def test_asm001_what_hangs_on_nothing(check: Check, assessment: Assessment, section: str) -> None:
    items = {
        "findings": Finding("f", "ailleurs", "observation", "x", "open", "self"),
        "waivers": Waiver("w", "ailleurs", "une bonne raison", "2028-11-30"),
        "actions": Action("a", "ailleurs", "Faire", "to_do"),
    }
    found = only(check(replace(assessment, **{section: (items[section],)})), "ASM001")  # type: ignore[arg-type]
    assert found.about == "ailleurs"
    kept = SetAside("withdrawn", Answer("conform", Provenance("person", AT)))
    withdrawn = replace(assessment, set_aside={"ailleurs": kept}, **{section: (items[section],)})  # type: ignore[arg-type]
    assert "ASM001" not in codes(check(withdrawn))


def test_asm002_another_version_is_migrated(check: Check, assessment: Assessment) -> None:
    older = replace(assessment, catalogue=replace(assessment.catalogue, version="0.9.0"))
    assert "assess migrate --to 1.0.0" in str(only(check(older), "ASM002").hint)


def test_asm013_conform_below_the_level_to_reach(
    workspace: Workspace, catalogue: Catalogue, assessment: Assessment, answering: Answering
) -> None:
    levelled = tuple(replace(item, target_level=4) for item in catalogue.requirements)
    higher = replace(catalogue, requirements=levelled)
    answered = replace(answering(assessment, erreurs="conform"))
    low = replace(answered, answers={"erreurs": replace(answered.answers["erreurs"], level=2)})
    from mes_conformity.assessment.documents import to_data

    loaded = Loaded(low, parse(dump(to_data(low)), ASSESSMENT), journal.Journal())
    found = only(rules.check(workspace, loaded, higher, TODAY), "ASM013")
    assert (found.expected, found.obtained) == ("≥ 4", "2")
    reached = replace(low, answers={"erreurs": replace(low.answers["erreurs"], level=4)})
    loaded = Loaded(reached, parse(dump(to_data(reached)), ASSESSMENT), journal.Journal())
    assert "ASM013" not in codes(rules.check(workspace, loaded, higher, TODAY))
