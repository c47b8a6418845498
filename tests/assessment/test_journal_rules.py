"""What is said of the journal: the clock that went backwards, and no more than can be read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from mes_conformity.assessment import rules, store
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.workspace import JOURNAL, Workspace
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.environment import Environment

TODAY = date(2026, 11, 22)


def test_a_clock_that_goes_backwards_is_told_and_loses_nothing(
    workspace: Workspace, catalogue: Catalogue, env: Environment, answering: Callable[..., Assessment]
) -> None:
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    for days, word in ((0, "conform"), (-30, "partial"), (1, "non_conform")):
        there = replace(env, clock=lambda days=days: moment + timedelta(days=days))
        with store.editing(workspace, catalogue, there, "test") as session:
            session.commit(answering(session.assessment, erreurs=word), "answer", "erreurs")
    loaded = store.load(workspace)
    found = [item for item in rules.check(workspace, loaded, catalogue, TODAY) if item.code.startswith("JRN")]
    assert [(item.code, item.location.line) for item in found] == [("JRN004", 3)]
    assert loaded.journal.faults() == []
    assert loaded.assessment.answers["erreurs"].status == "non_conform"


def test_a_line_that_cannot_be_read_has_no_date(workspace: Workspace, catalogue: Catalogue, env: Environment) -> None:
    with workspace.path(JOURNAL).open("ab") as stream:
        stream.write(b"illisible\n" * 30)
    found = [item.code for item in rules.check(workspace, store.load(workspace), catalogue, TODAY)]
    assert found == ["JRN001"] * 20
