"""The shipped suites over real sockets, played once as a whole: sound, all pass; broken, each fails; none accuses."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mes_conformity.cli.runs import examples
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.harness import engine
from mes_conformity.harness.casework import CaseWork
from mes_conformity.harness.defects import DEFECTS, client_with
from mes_conformity.harness.engine import Service, make_ground
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.selfcheck import Report, selfcheck
from mes_conformity.harness.targets import Target, from_descriptor
from mes_conformity.harness.transports import LiveTransport
from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.suites.evaluation import Verdict
from mes_conformity.suites.loader import load_all
from mes_conformity.suites.model import Case

LIBRARY = load_all()


@pytest.fixture(scope="module")
def report() -> Report:
    """The whole selfcheck: a minute of this machine, so that it is made once."""
    return selfcheck(LIBRARY, examples(), Environment.system())


@pytest.mark.slow
def test_every_case_passes_with_what_is_sound(report: Report) -> None:
    assert [item.to_json() for item in report.sound_failures] == []
    assert report.cases == len(LIBRARY.cases) >= 160


@pytest.mark.slow
def test_every_case_fails_with_each_fault_and_defect_it_names(report: Report) -> None:
    assert [item.to_json() for item in report.survivors] == []
    assert report.without_fault == []
    assert report.pairs == sum(len(case.broken_by) for case in LIBRARY.cases)


@pytest.mark.slow
def test_every_fault_and_defect_breaks_a_case(report: Report) -> None:
    assert report.unused_faults == []


@pytest.mark.slow
def test_no_fault_of_the_sandbox_accuses_a_service(report: Report) -> None:
    assert [item.to_json() for item in report.accused] == []
    assert report.exit_code == ExitCode.OK


@dataclass
class Bench:
    """A sandbox, and the service that is tried on it."""

    target: Target
    env: Environment

    def play(self, case: Case) -> Verdict:
        """One case alone, on a connection of its own."""
        certificate = self.target.client_certificate
        transport = LiveTransport(ca_file=self.target.ca_file, now=self.env.now, client_certificate=certificate)
        try:
            return CaseWork(make_ground(LIBRARY, Service(), self.env, self.target, transport), case).play().verdict
        finally:
            transport.close()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    env = Environment.system()
    with Sandbox.start(env=env, settings=Settings(mtls=True)) as sandbox:
        yield Bench(from_descriptor(sandbox.descriptor, "embedded", "embedded", "embedded"), env)


def test_a_run_leaves_the_target_open(bench: Bench) -> None:
    for _twice in range(2):
        assert bench.play(LIBRARY.case("MES-A-30")).outcome == "passed"
    assert bench.play(LIBRARY.case("MES-A-01")).outcome == "passed"


def test_sixteen_at_a_time_say_the_same_as_one(bench: Bench) -> None:
    selection = Selection(kinds=("connection",))
    entries = engine.run(LIBRARY, selection, Service(), bench.env, target=bench.target, jobs=16).entries
    assert [(item["id"], item["reason"]) for item in entries if item["outcome"] in ("failed", "error")] == []
    assert sum(item["outcome"] == "passed" for item in entries) > len(entries) * 0.9


@pytest.mark.parametrize("name", [name for name, defect in DEFECTS.items() if defect.applies_to == "client"])
def test_a_wrong_client_of_the_service_never_accuses_the_target(bench: Bench, name: str) -> None:
    service = Service(client=client_with(bench.target.client, DEFECTS[name]))
    entries = engine.run(LIBRARY, Selection(suites=("pairing",)), service, bench.env, target=bench.target).entries
    wrong = {entry["subject"] for entry in entries if entry["outcome"] in ("failed", "error")}
    assert wrong == {"service"}
