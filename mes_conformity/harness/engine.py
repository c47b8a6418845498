"""A run: the plan played, each result kept at once, whatever happens to the target or to us."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.exit_codes import ExitCode, worst
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.harness import run_store
from mes_conformity.harness.accounts import own_accounts, served
from mes_conformity.harness.casework import CaseWork, Ground, Played
from mes_conformity.harness.grounds import Pace, Service, make_ground
from mes_conformity.harness.kept_pairing import signs_in, undoes_pairing
from mes_conformity.harness.run_document import Entry, head, to_entry
from mes_conformity.harness.scheduling import Work, drive, in_order
from mes_conformity.harness.selection import Planned, Selection, plan
from mes_conformity.harness.targets import is_loopback
from mes_conformity.suites.artefacts import concerns
from mes_conformity.suites.evaluation import Reason, Verdict, evaluate
from mes_conformity.suites.evidence import ActionFailure, ActionRecord, Exchange, Record, Request

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.suites.loader import Library
    from mes_conformity.suites.model import Case

__all__ = ["Engine", "Pace", "RunResult", "Service", "exit_code", "live", "make_ground", "run"]

Listener = Callable[[Entry], None]
_PROBE_S: Final = 2.0
_UNREACHABLE: Final = ("refused", "dns", "timeout", "tls", "reset")
_NEEDS_TARGET: Final = ("connection",)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gave. `state` is `complete` or `interrupted`; `document` is run.json; `folder` None when not kept."""

    document: Mapping[str, Any]
    state: str
    folder: Path | None

    @property
    def entries(self) -> list[Entry]:
        """The entries of the cases, in the order they were played."""
        return list(self.document["cases"])

    @property
    def exit_code(self) -> ExitCode:
        """The code of the process for this run."""
        return exit_code(self.document["cases"], self.state)


def exit_code(entries: Sequence[Mapping[str, Any]], state: str = "complete") -> ExitCode:
    """130 interrupted; 5 when the target failed, a case could not be judged, or nothing was; 1 when a service case
    whose basis was read failed. Advisory failures of the service never count."""
    codes = [ExitCode.INTERRUPTED] if state == "interrupted" else []
    for entry in entries:
        if entry["outcome"] == "error" or (entry["outcome"] == "failed" and entry["subject"] == "target"):
            codes.append(ExitCode.INCONCLUSIVE)
        elif entry["outcome"] == "failed" and not entry["advisory"]:
            codes.append(ExitCode.FINDINGS)
    if not any(entry["outcome"] in ("passed", "failed") for entry in entries):
        codes.append(ExitCode.INCONCLUSIVE)
    return worst(codes)


class Engine:
    """One run being played. `folder` None keeps nothing; `listener` is called with each entry, in the order of play
    whatever the number of jobs."""

    def __init__(
        self,
        library: Library,
        ground: Ground,
        folder: run_store.RunFolder | None = None,
        listener: Listener | None = None,
        pace: Pace | None = None,
        misconfigured: Text | None = None,
    ) -> None:
        self._library, self._ground = library, ground
        self._misconfigured = misconfigured
        self._folder, self._listener = folder, listener
        self._pace = pace or Pace()
        self._ends_at = None if self._pace.run_s is None else time.monotonic() + self._pace.run_s
        self._done: dict[str, Entry] = {}
        self._untold: list[str] = []
        self._bad = 0
        self._down: Exchange | None = None
        self._probed = False
        self._plan: list[str] = []
        self._served: frozenset[str] = frozenset()

    @property
    def entries(self) -> list[Entry]:
        """What was played so far, in the order of the plan."""
        return [self._done[name] for name in self._plan if name in self._done]

    def run(self, planned: Sequence[Planned]) -> str:
        """Play the plan; `complete`, or `interrupted` when ^C came: what was done is kept."""
        order = in_order(planned)
        self._plan = [item.case.id for item in planned]
        self._untold = [item.case.id for item in order]
        users = self._ground.target.users if self._ground.target else ()
        accounts = len(users[1:] or users) or int(self._of_a_browser)
        self._served = served([item.case for item in planned if item.set_aside is None], accounts)
        try:
            drive(order, self._pace.jobs, self._prepare, self._conclude, self._interrupt)
        except KeyboardInterrupt:
            self._tell([name for name in self._untold if name in self._done])
            return "interrupted"
        return "complete"

    def _interrupt(self) -> None:
        """Let the cases under way end now: their connections are cut, what they changed is restored."""
        self._ground.stopping.set()
        if self._ground.transport is not None:
            self._ground.transport.close()

    def _prepare(self, item: Planned) -> Work[Entry]:
        """What a thread has to do for a case that may start: play it, unless its result is known already, and keep
        what came of it."""
        known = self._known(item)

        def work() -> Entry:
            played = known or CaseWork(self._ground, item.case, self._ends_at).play()
            entry = to_entry(item, played)
            if self._folder is not None:
                self._folder.write_case(entry, played.records)
            return entry

        return work

    def _known(self, item: Planned) -> Played | None:
        """The result of a case that is not played, None for one that is."""
        case, limit = item.case, self._pace.stop_after
        if item.set_aside is not None:
            return _skipped(Reason("not_applicable", item.set_aside))
        if limit is not None and self._bad >= limit:
            told = both("arrêt demandé après {count} échec(s) : ce cas n'a pas été joué", count=limit)
            return _skipped(Reason("not_selected", told))
        missing = self._missing(case)
        if missing is not None:
            return _skipped(missing)
        if self._ends_at is not None and time.monotonic() >= self._ends_at:
            message = both("la durée accordée à la campagne est écoulée : ce cas n'a pas été joué")
            return self._not_judged(case, "run_timeout", message)
        if case.kind in _NEEDS_TARGET and self._misconfigured is not None:
            return self._not_judged(case, "configuration", self._misconfigured)
        if case.kind in _NEEDS_TARGET and self._unreachable():
            return self._target_down(case)
        return None

    def _missing(self, case: Case) -> Reason | None:
        """What a case lacks before it can start; a ground that was not played is not held against it."""
        failed = [name for name in case.after if name in self._done and not self._is_assured(name)]
        if failed:
            names = ", ".join(failed)
            return _prerequisite(both("le terrain n'est pas assuré : {names} n'a pas réussi", names=names))
        if case.kind in _NEEDS_TARGET and self._ground.target is None:
            return _prerequisite(both("ce cas a besoin d'une cible (--target)"))
        if case.kind == "listen" and self._ground.traffic is None:
            return _prerequisite(both("ce cas écoute le client du service : `mes-conformity test listen`"))
        kinds = {artefact.kind for artefact in self._ground.artefacts}
        from mes_conformity.suites.action_names import NEEDS

        wanted = [need for need in case.needs if need not in NEEDS] + ([case.for_each] if case.for_each else [])
        lacking = [kind for kind in wanted if kind not in kinds]
        if lacking:
            return _prerequisite(both("aucun artefact de genre {kind} n'est fourni", kind=", ".join(lacking)))
        if case.where and not any(concerns(case, item.kind, item.raw) for item in self._ground.artefacts):
            return Reason("not_applicable", both("aucun des artefacts fournis n'est concerné par ce cas"))
        if "solution_oid" in case.needs and not self._ground.context["service"]["solution_oid"]:
            return _prerequisite(
                both("l'OID de la solution n'est pas connu : donnez service.solution_oid dans mes-conformity.yaml")
            )
        return self._lacking_in_target(case)

    @property
    def _of_a_browser(self) -> bool:
        """Whether the only account is that of a person who paired in their browser."""
        return self._ground.target is not None and self._ground.target.paired is not None

    def _is_assured(self, name: str) -> bool:
        """Whether a case that others stand on holds: it passed, or a person signed in where a program cannot."""
        outcome = self._done[name]["outcome"]
        return outcome == "passed" or (
            outcome == "skipped" and self._of_a_browser and signs_in(self._library.case(name))
        )

    def _lacking_in_target(self, case: Case) -> Reason | None:
        target = self._ground.target
        if target is None:
            return None
        if "control" in case.needs and not target.control_url:
            return _prerequisite(both("la cible n'a pas d'interface de commande (bac à sable)"))
        if not target.control_url and target.users and own_accounts(case) and case.id not in self._served:
            return _prerequisite(
                both(
                    "les {count} comptes fictifs de la cible servent à d'autres cas : celui-ci en demande un qui soit "
                    "neuf (ajoutez-en à `users`)",
                    count=len(target.users),
                )
            )
        if self._of_a_browser and undoes_pairing(case):
            return _prerequisite(
                both("ce cas défait un appariement : il n'est pas joué sur celui qu'une personne a fait")
            )
        if self._of_a_browser and own_accounts(case) and case.id not in self._served:
            return _prerequisite(
                both(
                    "un seul compte est apparié (`mes-conformity sandbox login`) : ce cas en demande un que nul autre "
                    "n'utilise"
                )
            )
        if "tls" in case.needs and target.url.startswith("http://") and is_loopback(target.url):
            return _prerequisite(both("la cible est sur cette machine et sans TLS : rien à juger ici"))
        return None

    def _unreachable(self) -> bool:
        """A quick request before the first case, and again after a case that got no answer.

        A target may be slow once (it wakes up), not twice: hours of waiting would teach nothing more.
        """
        if not self._probed and self._down is None:
            self._probed = True
            exchange = self._probe()
            if exchange.failure is not None and exchange.failure.kind == "timeout":
                exchange = self._probe()
            if exchange.failure is not None and exchange.failure.kind in _UNREACHABLE:
                self._down = self._ground.redactor.exchange(exchange)
        return self._down is not None

    def _probe(self) -> Exchange:
        assert self._ground.target is not None
        assert self._ground.transport is not None
        request = Request("GET", self._ground.target.url + "/", (("Accept", "*/*"),))
        return self._ground.transport.send(request, timeout=_PROBE_S)

    def _target_down(self, case: Case) -> Played:
        """The probe is the evidence, so that a replay of the record says the same."""
        assert self._down is not None
        wanted = next((check.argument for check in case.steps[0].checks if check.kind == "failure"), "none")
        if "none" not in wanted:
            return _skipped(_prerequisite(both("la cible est injoignable")))
        record = Record(0, case.steps[0].number, exchange=self._down)
        return Played(evaluate(case, [record], self._ground.contracts, {}), (record,), 0)

    def _not_judged(self, case: Case, code: str, message: Text) -> Played:
        """An error that stands in the record, so that a replay says the same."""
        failure = ActionFailure("error", code, message)
        record = Record(0, case.steps[0].number, action=ActionRecord("request", {}, None, failure))
        return Played(evaluate(case, [record], self._ground.contracts, {}), (record,), 0)

    def _conclude(self, item: Planned, entry: Entry) -> None:
        if entry["outcome"] == "error" and entry["reason"]["code"].startswith("transport_"):
            self._probed = False  # is it this answer, or is the target gone?
        # What does not count in the exit code stops nothing: or a run cut short could end well.
        self._bad += entry["outcome"] in ("failed", "error") and exit_code([entry]) is not ExitCode.OK
        self._done[item.case.id] = entry
        if self._folder is not None:
            self._folder.note(entry)
        told = 0
        while told < len(self._untold) and self._untold[told] in self._done:
            told += 1
        self._tell(self._untold[:told])

    def _tell(self, names: Sequence[str]) -> None:
        del self._untold[: len(names)]
        for name in names if self._listener is not None else ():
            self._listener(self._done[name])  # type: ignore[misc]


def _prerequisite(text: Mapping[str, str]) -> Reason:
    return Reason("prerequisite_missing", text)


def _skipped(reason: Reason) -> Played:
    return Played(Verdict("skipped", reason, ()), (), 0)


def run(
    library: Library,
    selection: Selection,
    service: Service,
    env: Environment,
    *,
    target: Target | None = None,
    transport: Transport | None = None,
    root: Path | None = None,
    catalogue: Mapping[str, str] | None = None,
    listener: Listener | None = None,
    jobs: int = 1,
    pace: Pace | None = None,
    misconfigured: Text | None = None,
) -> RunResult:
    """Plan, play and keep a run, `jobs` cases at a time (or as `pace` says).

    `misconfigured` tells what in the settings prevents from judging anything at the target (`preflight`).
    `root` is the workspace whose `reports/runs/` receives the folder; None keeps nothing. `transport` defaults to a
    live one to `target`. Raises UsageError (`TST…`), InvalidInput (`SUI010`, `RUN003`, `STO003`); what was played
    before stays on disk.
    """
    pace = pace or Pace(jobs)
    planned = plan(library, selection, service.facts)
    library.compile_all([item.case for item in planned if item.set_aside is None])
    run_id = run_store.new_id(env, root)
    document = head(library, planned, service, env, target=target, catalogue=catalogue, run_id=run_id)
    folder = None
    if root is not None:
        order = [item.case.id for item in planned]
        folder = run_store.RunFolder(root / run_store.RUNS / document["run"]["id"], document, order)
    wire = transport or (live(target, env) if target else None)
    try:
        ground = make_ground(library, service, env, target, wire, pace)
        engine = Engine(library, ground, folder, listener, pace, misconfigured)
        return _run(engine, planned, document, folder, env)
    finally:
        if transport is None and wire is not None:
            wire.close()


def live(target: Target, env: Environment) -> Transport:
    """Real sockets to a target, with what its description says to trust and to show."""
    from mes_conformity.harness.transports import LiveTransport

    return LiveTransport(ca_file=target.ca_file, client_certificate=target.client_certificate, now=env.now)


def _run(
    engine: Engine,
    planned: Sequence[Planned],
    document: Mapping[str, Any],
    folder: run_store.RunFolder | None,
    env: Environment,
) -> RunResult:
    if folder is not None:
        folder.start()
    state = "interrupted"
    try:
        state = engine.run(planned)
    finally:
        if folder is not None:
            final = folder.end(state, env.now())
        else:
            final = run_store.run_document({**document, "run": {**document["run"]}}, engine.entries, state)
    return RunResult(final, state, folder.folder if folder else None)
