"""Sound artefacts to spoil, and the contract that judges them."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from mes_conformity.foundation.resources import root
from mes_conformity.validators.contract import Contract, load
from mes_conformity.validators.finding import Finding
from mes_conformity.validators.measures import judge_bundle

SOLUTION = "1.2.840.10004.1.1.1.0.0.1.0.0.1"
ASSIGN_AUTH = f"{SOLUTION}.2560"


def artefact(example: str, name: str) -> Any:
    path = root("examples") / example / "artefacts" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load("mes-measures@1.5.2")


@pytest.fixture
def weight() -> Any:
    """A weight taken by a scale: entry 0 the Observation, entry 1 the Device."""
    return artefact("connected-scale", "poids")


@pytest.fixture
def pressure() -> Any:
    return artefact("connected-scale", "tension")


@pytest.fixture
def glucose() -> Any:
    """A capillary glucose: extension 0 the reason, extension 1 the moment."""
    return artefact("glucose-monitoring", "glycemie-capillaire")


@pytest.fixture
def client() -> Any:
    return artefact("glucose-monitoring", "client-oidc")


@pytest.fixture
def errors(contract: Contract) -> Callable[[Any], list[Finding]]:
    """The errors of a bundle, its solution and its AssignAuth known."""

    def judge(bundle: Any) -> list[Finding]:
        found = judge_bundle(copy.deepcopy(bundle), contract, solution_oid=SOLUTION, assign_auth=ASSIGN_AUTH)
        return [finding for finding in found if finding.severity == "error"]

    return judge


@pytest.fixture
def warnings(contract: Contract) -> Callable[[Any], list[Finding]]:
    """The warnings of a bundle."""

    def judge(bundle: Any) -> list[Finding]:
        return [finding for finding in judge_bundle(bundle, contract) if finding.severity == "warning"]

    return judge
