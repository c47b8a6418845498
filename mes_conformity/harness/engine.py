"""A run: the plan played in order, each result kept at once, whatever happens to the target or to us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.exit_codes import ExitCode, worst
from mes_conformity.foundation.i18n import both
from mes_conformity.harness import run_store
from mes_conformity.harness.casework import Artefact, CaseWork, Ground, Played
from mes_conformity.harness.redaction import Redactor, refuse_production_identity
from mes_conformity.harness.selection import Planned, Selection, plan
from mes_conformity.harness.targets import is_loopback
from mes_conformity.suites.artefacts import concerns
from mes_conformity.suites.evaluation import Reason, Verdict, evaluate
from mes_conformity.suites.evidence import Exchange, Record, Request

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.suites.loader import Library
    from mes_conformity.suites.model import Case
    from mes_conformity.validators.contract import Contract

Entry = dict[str, Any]
Listener = Callable[[Entry], None]
_PROBE_S: Final = 2.0
_UNREACHABLE: Final = ("refused", "dns", "timeout", "tls", "reset")
_NEEDS_TARGET: Final = ("connection",)


@dataclass(frozen=True, slots=True)
class Service:
    """What is judged, as data: who it is, what it declared (`facts`), its files, its client where it has its own."""

    publisher: str | None = None
    product: str | None = None
    version: str | None = None
    platform: str | None = None
    solution_oid: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    artefacts: tuple[Artefact, ...] = ()
    client: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """`{publisher, product, version, platform, solution_oid}`."""
        names = ("publisher", "product", "version", "platform", "solution_oid")
        return {name: getattr(self, name) for name in names}


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


def make_ground(
    library: Library,
    service: Service,
    env: Environment,
    target: Target | None = None,
    transport: Transport | None = None,
) -> Ground:
    """What the cases of a run share; every credential known at this point is already secret.

    Raises InvalidInput `RUN003` when an artefact holds an identity of production.
    """
    for artefact in service.artefacts:
        refuse_production_identity(artefact.raw.decode("latin-1"), artefact.path)
    redactor = Redactor(env.random_bytes(32))
    client = {**(target.client if target else {}), **service.client}
    for owner in (client, *(target.users if target else ())):
        for name, value in owner.items():
            if name in ("client_secret", "password", "otp") and isinstance(value, str):
                redactor.learn(value)
    oid = service.solution_oid or client.get("solution_oid")
    context = {
        "target": _addresses(target, library) if target else {},
        "client": client,
        "service": {**service.to_json(), "solution_oid": oid},
    }
    return Ground(target, transport, redactor, env, library.contracts, service.artefacts, context)


def _addresses(target: Target, library: Library) -> dict[str, Any]:
    """`$target`: its addresses, those of the authorization server after the pairing contract."""
    found: dict[str, Any] = {
        "name": target.name,
        "url": target.url,
        "fhir_url": target.fhir_url,
        "issuer": target.issuer,
        "control_url": target.control_url,
    }
    names = {
        "authorize_endpoint": "authorize_path",
        "token_endpoint": "token_path",
        "revocation_endpoint": "revoke_path",
        "jwks_uri": "jwks_path",
        "discovery_url": "discovery_path",
        "pairing_url": "pairing_path",
    }
    pairing = next((item for item in library.contracts.values() if item.id == "mes-pairing"), None)
    for name, key in names.items():
        if pairing is not None and pairing.has(key):
            found[name] = target.issuer + str(pairing.get(key))
    return found


class Engine:
    """One run being played. `folder` None keeps nothing; `listener` is called with each entry."""

    def __init__(
        self,
        library: Library,
        ground: Ground,
        folder: run_store.RunFolder | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._library, self._ground = library, ground
        self._folder, self._listener = folder, listener
        self._outcomes: dict[str, str] = {}
        self._down: Exchange | None = None
        self._probed = False
        self.entries: list[Entry] = []

    def run(self, planned: Iterable[Planned]) -> str:
        """Play the plan; `complete`, or `interrupted` when ^C came: what was done is kept."""
        try:
            for item in planned:
                self._conclude(item, self._play(item))
        except KeyboardInterrupt:
            return "interrupted"
        return "complete"

    def _play(self, item: Planned) -> Played:
        case = item.case
        if item.set_aside is not None:
            return _skipped(Reason("not_applicable", item.set_aside))
        missing = self._missing(case)
        if missing is not None:
            return _skipped(missing)
        if case.kind in _NEEDS_TARGET and self._unreachable():
            return self._target_down(case)
        played = CaseWork(self._ground, case).play()
        reason = played.verdict.reason
        if played.verdict.outcome == "error" and reason and reason.code.startswith("transport_"):
            self._probed = False  # is it this answer, or is the target gone?
        return played

    def _missing(self, case: Case) -> Reason | None:
        """What a case lacks before it can start; a ground that was not played is not held against it."""
        failed = [name for name in case.after if self._outcomes.get(name, "passed") != "passed"]
        if failed:
            names = ", ".join(failed)
            return _prerequisite(both("le terrain n'est pas assuré : {names} n'a pas réussi", names=names))
        if case.kind in _NEEDS_TARGET and self._ground.target is None:
            return _prerequisite(both("ce cas a besoin d'une cible (--target)"))
        kinds = {artefact.kind for artefact in self._ground.artefacts}
        from mes_conformity.suites.action_names import NEEDS

        wanted = [need for need in case.needs if need not in NEEDS] + ([case.for_each] if case.for_each else [])
        lacking = [kind for kind in wanted if kind not in kinds]
        if lacking:
            return _prerequisite(both("aucun artefact de genre {kind} n'est fourni", kind=", ".join(lacking)))
        if case.where and not any(concerns(case, item.kind, item.raw) for item in self._ground.artefacts):
            return Reason("not_applicable", both("aucun des artefacts fournis n'est concerné par ce cas"))
        return self._lacking_in_target(case)

    def _lacking_in_target(self, case: Case) -> Reason | None:
        target = self._ground.target
        if target is None:
            return None
        if "control" in case.needs and not target.control_url:
            return _prerequisite(both("la cible n'a pas d'interface de commande (bac à sable)"))
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

    def _conclude(self, item: Planned, played: Played) -> None:
        entry = to_entry(item, played)
        self._outcomes[item.case.id] = played.verdict.outcome
        self.entries.append(entry)
        if self._folder is not None:
            self._folder.add(entry, played.records)
        if self._listener is not None:
            self._listener(entry)


def _prerequisite(text: Mapping[str, str]) -> Reason:
    return Reason("prerequisite_missing", text)


def _skipped(reason: Reason) -> Played:
    return Played(Verdict("skipped", reason, ()), (), 0)


def to_entry(item: Planned, played: Played) -> Entry:
    """The entry of a case in run.json."""
    case, verdict = item.case, played.verdict
    return {
        "id": case.id,
        "suite": case.suite,
        "kind": case.kind,
        "subject": case.subject,
        "title": dict(case.title),
        "requirements": list(case.requirements),
        "basis": case.basis,
        "obligation": case.obligation,
        "source": case.source,
        "outcome": verdict.outcome,
        "advisory": case.advisory,
        "ground": item.ground,
        "reason": verdict.reason.to_json() if verdict.reason else None,
        "duration_ms": played.duration_ms,
        "checks": [check.to_json() for check in verdict.checks],
        "remedy": dict(case.remedy),
        "folder": f"cases/{case.id}",
    }


def head(
    library: Library,
    planned: Sequence[Planned],
    service: Service,
    env: Environment,
    *,
    target: Target | None,
    catalogue: Mapping[str, str] | None = None,
    run_id: str | None = None,
) -> dict[str, Any]:
    """run.json before any case: what is run, on what, with what."""
    from mes_conformity import __version__

    suites = {item.case.suite for item in planned}
    used = {ref for item in planned for ref in item.case.contracts.values()}
    started = env.now()
    return {
        "run": {
            "id": run_id or run_store.new_id(env),
            "target": target.public() if target else None,
            "started_at": started,
            "ended_at": started,
        },
        "tool": {"name": "mes-conformity", "version": __version__},
        "service": service.to_json(),
        "facts": dict(service.facts),
        "catalogue": dict(catalogue) if catalogue else None,
        "suites": [
            {"id": suite.id, "kind": suite.kind, "name": suite.name, "sha256": suite.sha256}
            for suite in library.suites
            if suite.id in suites
        ],
        "contracts": [_contract(ref, library.contracts[ref]) for ref in sorted(used)],
        "artefacts": [
            {"path": item.path, "kind": item.kind, "sha256": item.sha256, "size": len(item.raw)}
            for item in service.artefacts
        ],
    }


def _contract(reference: str, contract: Contract) -> dict[str, str]:
    name = f"contracts/{contract.name.rpartition('/')[2]}"
    return {
        "id": contract.id,
        "version": contract.version,
        "name": name,
        "sha256": contract.sha256,
        "reference": reference,
    }


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
) -> RunResult:
    """Plan, play and keep a run.

    `root` is the workspace whose `reports/runs/` receives the folder; None keeps nothing. `transport` defaults to a
    live one to `target`. Raises UsageError (`TST…`), InvalidInput (`SUI010`, `RUN003`, `STO003`); what was played
    before stays on disk.
    """
    planned = plan(library, selection, service.facts)
    library.compile_all([item.case for item in planned if item.set_aside is None])
    document = head(library, planned, service, env, target=target, catalogue=catalogue)
    folder = None
    if root is not None:
        folder = run_store.RunFolder(root / run_store.RUNS / document["run"]["id"], document)
    live = transport or (_live(target, env) if target else None)
    try:
        return _run(library, planned, make_ground(library, service, env, target, live), document, folder, listener)
    finally:
        if transport is None and live is not None:
            live.close()


def _live(target: Target, env: Environment) -> Transport:
    from mes_conformity.harness.transports import LiveTransport

    return LiveTransport(ca_file=target.ca_file, client_certificate=target.client_certificate, now=env.now)


def _run(
    library: Library,
    planned: Sequence[Planned],
    ground: Ground,
    document: Mapping[str, Any],
    folder: run_store.RunFolder | None,
    listener: Listener | None,
) -> RunResult:
    if folder is not None:
        folder.start()
    engine = Engine(library, ground, folder, listener)
    state = "interrupted"
    try:
        state = engine.run(planned)
    finally:
        if folder is not None:
            final = folder.end(state, ground.env.now())
        else:
            final = run_store.run_document({**document, "run": {**document["run"]}}, engine.entries, state)
    return RunResult(final, state, folder.folder if folder else None)
