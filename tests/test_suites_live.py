"""The shipped connection suites on the embedded sandbox, over real sockets: sound, all pass; broken, each fails."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mes_conformity.assessment.creation import examples
from mes_conformity.assessment.workspace import open_workspace
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.resources import root
from mes_conformity.harness import engine, sound_artefacts
from mes_conformity.harness.casework import Artefact, CaseWork
from mes_conformity.harness.defects import DEFECTS, client_with, spoil
from mes_conformity.harness.engine import Service, make_ground
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.targets import Target, from_descriptor
from mes_conformity.harness.transports import Limits, LiveTransport
from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.suites.evaluation import Verdict
from mes_conformity.suites.loader import load_all
from mes_conformity.suites.model import Case

LIBRARY = load_all()
CASES = [case for case in LIBRARY.cases if case.kind == "connection"]
SLOW = {"slow"}  # waits for its two seconds: `test selfcheck` does that
PAIRS = [(case, name) for case in CASES for name in case.broken_by if name not in SLOW]


def artefacts() -> tuple[Artefact, ...]:
    """The measures of the example services, and a sample of every other kind."""
    spaces = [open_workspace(root("examples") / name) for name in examples()]
    listed = [(space.root / item.path, item.kind) for space in spaces for item in space.artefacts]
    measures = (Artefact(path.name, kind, path.read_bytes()) for path, kind in listed if kind == "measure-bundle")
    return (*measures, *sound_artefacts.artefacts())


@dataclass
class Bench:
    """A sandbox, and the service that is tried on it."""

    sandbox: Sandbox
    target: Target
    service: Service
    env: Environment

    def play(self, case: Case, service: Service) -> Verdict:
        """One case alone, on a connection of its own: a certificate is shown at the handshake only."""
        limits = Limits(read=2.0, total=2.0, body=1024 * 1024)
        transport = LiveTransport(
            ca_file=self.target.ca_file,
            now=self.env.now,
            limits=limits,
            client_certificate=self.target.client_certificate,
        )
        try:
            return CaseWork(make_ground(LIBRARY, service, self.env, self.target, transport), case).play().verdict
        finally:
            transport.close()

    def with_defect(self, name: str) -> Service:
        """The service, wrong in one place."""
        defect = DEFECTS[name]
        if defect.applies_to == "client":
            return Service(artefacts=self.service.artefacts, client=client_with(self.target.client, defect))
        first = next(item for item in self.service.artefacts if item.kind == defect.applies_to)
        return Service(artefacts=(Artefact(first.path, first.kind, spoil(first.raw, defect)),))


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    env = Environment.system()
    with Sandbox.start(env=env, settings=Settings(mtls=True)) as sandbox:
        target = from_descriptor(sandbox.descriptor, "embedded", "embedded", "embedded")
        yield Bench(sandbox, target, Service(artefacts=artefacts()), env)


def test_every_case_passes_on_the_sound_sandbox(bench: Bench) -> None:
    result = engine.run(LIBRARY, Selection(kinds=("connection",)), bench.service, bench.env, target=bench.target)
    assert [(entry["id"], entry["reason"]) for entry in result.entries if entry["outcome"] != "passed"] == []
    assert len(result.entries) == len(CASES)


def test_a_run_leaves_the_target_open(bench: Bench) -> None:
    for _twice in range(2):
        assert bench.play(LIBRARY.case("MES-A-30"), bench.service).outcome == "passed"
    assert bench.play(LIBRARY.case("MES-A-01"), bench.service).outcome == "passed"


@pytest.mark.parametrize(("case", "name"), PAIRS, ids=[f"{case.id}-{name}" for case, name in PAIRS])
def test_a_case_fails_where_it_must(bench: Bench, case: Case, name: str) -> None:
    if name in DEFECTS:
        assert bench.play(case, bench.with_defect(name)).outcome == "failed"
        return
    bench.sandbox.set_faults([name])
    try:
        assert bench.play(case, bench.service).outcome == "failed"
    finally:
        bench.sandbox.set_faults([])


@pytest.mark.parametrize("name", [name for name, defect in DEFECTS.items() if defect.applies_to == "client"])
def test_a_wrong_client_of_the_service_never_accuses_the_target(bench: Bench, name: str) -> None:
    service = bench.with_defect(name)
    selection = Selection(suites=("pairing",))
    entries = engine.run(LIBRARY, selection, service, bench.env, target=bench.target).entries
    assert {entry["subject"] for entry in entries if entry["outcome"] != "passed"} == {"service"}
