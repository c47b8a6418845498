"""A test that cannot fail is a defect: every case against what must break it.

First everything on the sound sandbox with sound examples: all must pass. Then, for each case and each name of its
`broken_by`: a fault of the sandbox is switched on, or a defect is put into the service, and the case alone must be
`failed`. Last, no case that judges the service may be `failed` by any fault of the sandbox: at worst inconclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.harness.casework import Artefact, CaseWork, Ground, Played
from mes_conformity.harness.engine import Engine, Pace, Service, make_ground
from mes_conformity.harness.scheduling import changes_the_target
from mes_conformity.harness.selection import Selection, plan
from mes_conformity.harness.targets import EMBEDDED, from_descriptor

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.defects import Defect
    from mes_conformity.harness.listening import Heard
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.sandbox.embedded import Sandbox
    from mes_conformity.suites.loader import Library
    from mes_conformity.suites.model import Case

Progress = Callable[[str], None]
LISTEN: Final = "listen"
_PACE: Final = Pace(patience_s=0.0)  # what the sandbox answers is the point: nothing is asked twice
_PATIENCE_S: Final = 2.0
"""How long an answer may take while the sandbox misbehaves: shorter than its slowness."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a case gave in one situation: `fault` is a fault of the sandbox or a defect of the service, or empty."""

    case: str
    fault: str
    outcome: str
    reason: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """`{case, fault, outcome, reason}`."""
        return {"case": self.case, "fault": self.fault, "outcome": self.outcome, "reason": self.reason}


@dataclass
class Report:
    """The selfcheck, in the words of its document."""

    cases: int = 0
    sound_failures: list[Finding] = field(default_factory=list)
    pairs: int = 0
    survivors: list[Finding] = field(default_factory=list)
    accused: list[Finding] = field(default_factory=list)
    without_fault: list[str] = field(default_factory=list)
    unused_faults: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The document of `test selfcheck` (cli.md), with the names behind each number."""
        return {
            "summary": {
                "cases": self.cases,
                "sound_failed": len(self.sound_failures),
                "pairs": self.pairs,
                "survived": len(self.survivors),
                "accused": len(self.accused),
                "cases_without_fault": len(self.without_fault),
                "faults_without_case": len(self.unused_faults),
            },
            "survivors": [finding.to_json() for finding in self.survivors],
            "sound_failures": [finding.to_json() for finding in self.sound_failures],
            "accused": [finding.to_json() for finding in self.accused],
            "cases_without_fault": self.without_fault,
            "faults_without_case": self.unused_faults,
        }

    @property
    def exit_code(self) -> ExitCode:
        """0 when every case passes sound, fails broken, none accuses the service wrongly, and every fault is used.

        5 when no case was chosen: nothing was proved.
        """
        if not self.cases:
            return ExitCode.INCONCLUSIVE
        bad = self.sound_failures or self.survivors or self.accused or self.without_fault or self.unused_faults
        return ExitCode.FINDINGS if bad else ExitCode.OK


def selfcheck(
    library: Library,
    services: Sequence[Service],
    env: Environment,
    *,
    selection: Selection | None = None,
    defects: Mapping[str, Defect] | None = None,
    progress: Progress = lambda _item: None,
) -> Report:
    """Check the cases of `selection` with the sound `services` (facts are left aside: every case is played).

    `defects` are those of suites of one's own, added to those of the program: the cases need then break no others.
    Starts its own sandbox on loopback. Raises like `engine.run`.
    """
    from mes_conformity.sandbox.embedded import Sandbox, Settings

    with Sandbox.start(env=env, settings=Settings(mtls=True)) as sandbox:
        sound = [replace(service, facts={}) for service in services]
        check = _Selfcheck(library, sound, env, sandbox, defects, progress)
        try:
            return check.run(selection or Selection())
        finally:
            check.close()


class _Selfcheck:
    def __init__(
        self,
        library: Library,
        services: Sequence[Service],
        env: Environment,
        sandbox: Sandbox,
        defects: Mapping[str, Defect] | None,
        progress: Progress,
    ) -> None:
        from mes_conformity.harness.defects import DEFECTS
        from mes_conformity.harness.transports import Limits, LiveTransport
        from mes_conformity.sandbox.faults import FAULTS

        self._library, self._services, self._env = library, services or [Service()], env
        self._sandbox, self._progress = sandbox, progress
        self._faults, self._defects = FAULTS, {**DEFECTS, **(defects or {})}
        self._to_break = set(FAULTS) | set(DEFECTS) if defects is None else set(defects)
        self._target: Target = from_descriptor(sandbox.descriptor, EMBEDDED, EMBEDDED, EMBEDDED)
        limits = Limits(connect=_PATIENCE_S, read=_PATIENCE_S, total=_PATIENCE_S, body=1024 * 1024)
        ca_file, certificate = self._target.ca_file, self._target.client_certificate
        self._sound: Transport = LiveTransport(ca_file=ca_file, now=env.now, client_certificate=certificate)
        self._impatient: Transport = LiveTransport(
            ca_file=ca_file, now=env.now, client_certificate=certificate, limits=limits
        )
        self._passed_with: dict[str, Service] = {}
        self._report = Report()

    def close(self) -> None:
        self._sound.close()
        self._impatient.close()

    def run(self, selection: Selection) -> Report:
        chosen = {item.case.id for item in plan(self._library, selection, {}) if not item.ground}
        cases = [case for case in self._library.cases if case.id in chosen]
        self._report.cases = len(cases)
        if any(case.kind == LISTEN for case in cases):
            traffic = self._heard("")
            self._services = [replace(service, traffic=traffic) for service in self._services]
        self._all_sound(selection, cases)
        for case in cases:
            self._break(case)
        self._accuse([case for case in cases if case.subject == "service" and case.kind == "connection"])
        named = {name for case in self._library.cases for name in case.broken_by}
        self._report.unused_faults = sorted(self._to_break - named)
        return self._report

    def _all_sound(self, selection: Selection, cases: Sequence[Case]) -> None:
        """Every case passes with at least one service, and none fails or errs with any."""
        bad: dict[str, Finding] = {}
        own = tuple(case.id for case in cases if _judges_files(case))
        for number, service in enumerate(self._services):
            # What looks at no file of the service says the same with each of them.
            chosen = selection if number == 0 else Selection(ids=own)
            for entry in self._engine_run(service, chosen) if number == 0 or own else ():
                reason = entry["reason"]
                if entry["outcome"] == "passed":
                    self._passed_with.setdefault(entry["id"], service)
                elif entry["outcome"] in ("failed", "error"):
                    bad[entry["id"]] = Finding(entry["id"], "", entry["outcome"], reason)
                else:
                    bad.setdefault(entry["id"], Finding(entry["id"], "", "skipped", reason))
        for case in cases:
            found = bad.get(case.id)
            if found is not None and found.outcome == "skipped" and case.id not in self._passed_with:
                self._try_twins(case)
            if found is not None and (found.outcome != "skipped" or case.id not in self._passed_with):
                self._report.sound_failures.append(found)
            self._progress(case.id)

    def _try_twins(self, case: Case) -> None:
        """A case that concerns none of the artefacts passes with the sound measure that its defects start from."""
        from mes_conformity.harness.defects import twin

        for service, artefact, name in self._spoilable(case):
            raw = twin(artefact.raw, self._defects[name])
            sound = replace(service, artefacts=(Artefact(artefact.path, artefact.kind, raw),))
            if self._alone(case, sound, self._sound).verdict.outcome == "passed":
                self._passed_with.setdefault(case.id, sound)
                return

    def _spoilable(self, case: Case) -> Iterator[tuple[Service, Artefact, str]]:
        """Each artefact of each service with each defect of the case that may be put in it."""
        for name in case.broken_by:
            kind = self._defects[name].applies_to if name in self._defects else None
            for service in self._services:
                for artefact in service.artefacts:
                    if kind is not None and artefact.kind == kind == (case.for_each or kind):
                        yield service, artefact, name

    def _heard(self, behaviour: str) -> tuple[Heard, ...]:
        """What the small client sends when it behaves so."""
        from mes_conformity.harness.sample_client import heard

        return heard(self._library.contracts, self._env, behaviour)

    def _engine_run(self, service: Service, selection: Selection) -> list[dict[str, Any]]:
        engine = Engine(self._library, make_ground(self._library, service, self._env, self._target, self._sound, _PACE))
        engine.run(plan(self._library, selection, {}))
        return engine.entries

    def _break(self, case: Case) -> None:
        """Each name of `broken_by` must make the case fail."""
        if not case.broken_by:
            self._report.without_fault.append(case.id)
        for name in case.broken_by:
            self._report.pairs += 1
            outcomes = []
            with closing(self._broken(case, name)) as broken:
                for outcome in broken:
                    outcomes.append(outcome)
                    if outcome.verdict.outcome == "failed":
                        break
            if not outcomes or outcomes[-1].verdict.outcome != "failed":
                self._report.survivors.append(_finding(case, name, outcomes))
            self._progress(f"{case.id} × {name}")

    def _broken(self, case: Case, name: str) -> Generator[Played, None, None]:
        if name in self._faults:
            self._sandbox.set_faults([name])
            self._impatient.close()  # a certificate is shown at the handshake only
            try:
                yield self._alone(case, self._passed_with.get(case.id, self._services[0]), self._impatient)
            finally:
                self._sandbox.set_faults([])
        elif name in self._defects:
            for service in self._services:
                for spoiled in self._spoiled(service, name, case):
                    yield self._alone(case, spoiled, self._sound)

    def _spoiled(self, service: Service, name: str, case: Case) -> Iterator[Service]:
        """The service with the defect: in its client, or in one of its artefacts at a time, alone in its folder."""
        from mes_conformity.harness.defects import NotApplicable, client_with, spoil

        defect = self._defects[name]
        if defect.applies_to == LISTEN:
            yield replace(service, traffic=self._heard(str((defect.settings or {}).get("behaviour", ""))))
            return
        if defect.applies_to == "client":
            yield replace(service, client={**service.client, **client_with(self._target.client, defect)})
            return
        for artefact in service.artefacts:
            if artefact.kind == defect.applies_to and case.for_each in (None, artefact.kind):
                try:
                    raw = spoil(artefact.raw, defect)
                except NotApplicable:
                    continue
                yield replace(service, artefacts=(Artefact(artefact.path, artefact.kind, raw),))

    def _alone(self, case: Case, service: Service, transport: Transport) -> Played:
        ground: Ground = make_ground(self._library, service, self._env, self._target, transport, _PACE)
        return CaseWork(ground, case).play()

    def _accuse(self, cases: Sequence[Case]) -> None:
        """Under no fault of the sandbox may a case that judges the service be `failed`.

        Its ground is played only where it fails without: elsewhere there is nothing to excuse.
        """
        services = {case.id: _one_of_each(case, self._passed_with.get(case.id, self._services[0])) for case in cases}
        for name in self._faults if cases else ():
            self._sandbox.set_faults([name])
            self._impatient.close()
            try:
                for case in self._failed(cases, services):
                    self._report.accused.extend(self._accused(case, services[case.id], name))
            finally:
                self._sandbox.set_faults([])
            self._progress(name)

    def _failed(self, cases: Sequence[Case], services: Mapping[str, Service]) -> list[Case]:
        """The cases that fail without their ground; played at the same time, since a fault may make each one wait."""

        def outcome(case: Case) -> str:
            return self._alone(case, services[case.id], self._impatient).verdict.outcome

        together = [case for case in cases if not changes_the_target(case)]
        with ThreadPoolExecutor(len(together) or 1) as pool:
            outcomes = dict(zip((case.id for case in together), pool.map(outcome, together), strict=True))
        return [case for case in cases if (outcomes.get(case.id) or outcome(case)) == "failed"]

    def _accused(self, case: Case, service: Service, fault: str) -> Iterator[Finding]:
        """The accusation that stands once the ground of the case was played too."""
        engine = Engine(
            self._library, make_ground(self._library, service, self._env, self._target, self._impatient, _PACE)
        )
        engine.run(plan(self._library, Selection(ids=(case.id,)), {}))
        for entry in engine.entries:
            if entry["subject"] == "service" and entry["outcome"] == "failed":
                yield Finding(entry["id"], fault, "failed", entry["reason"])


def _one_of_each(case: Case, service: Service) -> Service:
    """The service with one artefact of each kind, among those that the case concerns."""
    from mes_conformity.suites.artefacts import concerns

    kept: dict[str, Artefact] = {}
    for artefact in service.artefacts:
        if artefact.kind != case.for_each or concerns(case, artefact.kind, artefact.raw):
            kept.setdefault(artefact.kind, artefact)
    return replace(service, artefacts=tuple(kept.values()))


def _judges_files(case: Case) -> bool:
    """Whether a case looks at the artefacts of the service."""
    from mes_conformity.suites.action_names import NEEDS

    needs = any(need not in NEEDS for need in case.needs)
    return case.for_each is not None or needs or any(step.action == "artefact" for step in case.steps)


def _finding(case: Case, name: str, outcomes: Sequence[Played]) -> Finding:
    if not outcomes:
        return Finding(case.id, name, "not_applied")
    verdict = outcomes[-1].verdict
    return Finding(case.id, name, verdict.outcome, verdict.reason.to_json() if verdict.reason else None)
