"""Workspaces made from the examples, with nothing left to answer."""

import functools
import io
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment import facts, store
from mes_conformity.assessment.answers import Given, give, with_evidence
from mes_conformity.assessment.creation import create_from_example
from mes_conformity.assessment.model import Assessment, Evidence, Provenance
from mes_conformity.assessment.pinning import catalogue_of
from mes_conformity.assessment.scoring import in_force
from mes_conformity.catalogue.model import Catalogue, Fact
from mes_conformity.foundation.environment import Environment

AT = "2026-11-02T09:30:00Z"
PERSON = Provenance("person", AT)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """An example with everything answered, made once: `models("connected-scale")`. To be copied, never changed."""

    @functools.cache
    def make(example: str) -> Path:
        folder = tmp_path_factory.mktemp("models") / example
        moment = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        stream = io.StringIO()
        env = Environment(stream, stream, stream, folder.parent, clock=lambda: moment)
        workspace = create_from_example(folder, example, env)
        catalogue = catalogue_of(workspace)
        with store.editing(workspace, catalogue, env, "test") as session:
            session.commit(filled(session.assessment, catalogue), "import")
        return folder

    return make


@pytest.fixture
def finished(models: Callable[[str], Path], tmp_path: Path) -> Callable[[str, str], Path]:
    """A workspace made from an example, with nothing left to answer: `finished("e", "connected-scale")`."""
    return lambda folder, example: Path(shutil.copytree(models(example), tmp_path / folder))


@pytest.fixture
def filling() -> Callable[[Assessment, Catalogue], Assessment]:
    """Answer whatever is open: `filling(assessment, catalogue)`."""
    return filled


def filled(assessment: Assessment, catalogue: Catalogue) -> Assessment:
    """Every question asked and every requirement in force answered, with the evidence an answer needs."""
    while missing := facts.unanswered(catalogue, assessment.fact_values()):
        for fact in missing:
            assessment = facts.set_fact(assessment, fact, least(fact), PERSON)
        assessment = facts.reconcile(assessment, catalogue)
    for requirement in in_force(catalogue, assessment.fact_values()):
        answer = assessment.answers.get(requirement.id)
        if answer is None or not answer.given:
            assessment = give(assessment, requirement, Given("conform"), PERSON)
            for need in requirement.evidence:
                name = f"{requirement.id}-{need.id}"[:60].rstrip("-._")
                piece = Evidence(name, need.id, AT, need.id, href=f"https://exemple.fr/{name}")
                assessment = with_evidence(assessment, requirement, piece, AT)
    return assessment


def least(fact: Fact) -> Any:
    """The answer that makes the least apply."""
    if fact.type == "boolean":
        return False
    if fact.type == "choice":
        return fact.choices[0].id
    return [fact.choices[0].id] if fact.type == "multichoice" else "2026-01-01"
