"""Playing one case: its steps with the real values, its records redacted, its verdict from these records."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import ConformityError
from mes_conformity.foundation.i18n import both
from mes_conformity.harness import requests
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing
from mes_conformity.harness.targets import origin
from mes_conformity.suites.action_names import ACTION_NAMES, NEEDS
from mes_conformity.suites.artefacts import addressed, concerns
from mes_conformity.suites.evaluation import Evaluation, Verdict, answer, transport_reason
from mes_conformity.suites.evidence import (
    CONTEXT,
    PREPARATION,
    ActionFailure,
    ActionRecord,
    ArtefactUse,
    Exchange,
    Record,
    Request,
    Response,
)
from mes_conformity.suites.expressions import MISSING, BadExpression, parse_json
from mes_conformity.suites.subject import Subject
from mes_conformity.suites.variables import Unresolved, fill

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.redaction import Redactor
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.suites.model import Case, Step
    from mes_conformity.validators.contract import Contract


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of the service: its path as the workspace writes it, its kind, its bytes."""

    path: str
    kind: str
    raw: bytes

    @property
    def sha256(self) -> str:
        """Digest of the bytes."""
        return sha256(self.raw)

    @property
    def use(self) -> ArtefactUse:
        """How a record names it."""
        return ArtefactUse(self.path, self.kind, self.sha256)


@dataclass(frozen=True)
class Ground:
    """What every case of a run shares. `context` is what suites read as `$target`, `$client` and `$service`."""

    target: Target | None
    transport: Transport | None
    redactor: Redactor
    env: Environment
    contracts: Mapping[str, Contract]
    artefacts: tuple[Artefact, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)

    @property
    def bytes_by_digest(self) -> dict[str, bytes]:
        """The artefacts as `evaluate` takes them."""
        return {artefact.sha256: artefact.raw for artefact in self.artefacts}


@dataclass(frozen=True, slots=True)
class Played:
    """What one case gave."""

    verdict: Verdict
    records: tuple[Record, ...]
    duration_ms: int


class CaseWork:
    """One case being played; also the `Session` that its actions are given."""

    def __init__(self, ground: Ground, case: Case) -> None:
        self._ground, self._case = ground, case
        self._contracts = {name: ground.contracts[ref] for name, ref in case.contracts.items()}
        self.env, self.shared = ground.env, ground.shared
        self._evaluation = Evaluation(case, ground.contracts, ground.bytes_by_digest)
        self._records: list[Record] = []
        self._supporting: list[Exchange] = []
        self._undo: list[Callable[[], object]] = []
        self._scope: dict[str, Any] = {}
        self._artefact: Artefact | None = None

    # --- Session -----------------------------------------------------------------------------------------------

    @property
    def target(self) -> Target:
        """The target of the run. Raises PrerequisiteMissing where the run has none."""
        if self._ground.target is None:
            raise PrerequisiteMissing(both("ce cas a besoin d'une cible (--target)"))
        return self._ground.target

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts of the case, by variable."""
        return self._contracts

    @property
    def client(self) -> Mapping[str, Any]:
        """The client of the service, credentials included; that of the target's description where the target is
        judged: what is wrong in the client of a service must not accuse the target."""
        client: Mapping[str, Any] = self._context["client"]
        return client

    @property
    def _context(self) -> Mapping[str, Any]:
        context = self._ground.context
        if self._case.subject == "target" and self._ground.target is not None and self._ground.target.client:
            return {**context, "client": self._ground.target.client}
        return context

    def send(self, request: Request, *, timeout: float | None = None) -> Exchange:
        """Send and keep as evidence of the step (see `Session`)."""
        exchange = self._send(request, timeout)
        self._supporting.append(exchange)
        return exchange

    def answer(self, request: Request, *, timeout: float | None = None) -> Response:
        """Like `send`; raises ActionFailed `transport_…` where there is no answer."""
        exchange = self.send(request, timeout=timeout)
        if exchange.response is None:
            reason = transport_reason(exchange)
            raise ActionFailed(reason.code, reason.text)
        return exchange.response

    def secret(self, value: str) -> str:
        """Never keep this value (see `Session`)."""
        self._ground.redactor.learn(value)
        return value

    def afterwards(self, undo: Callable[[], object]) -> None:
        """Do this when the case is over (see `Session`)."""
        self._undo.append(undo)

    def _restore(self) -> None:
        while self._undo:
            with suppress(ActionFailed):  # a target that is gone has nothing left to restore
                self._undo.pop()()

    def _send(self, request: Request, timeout: float | None) -> Exchange:
        target = self.target
        if origin(request.url) not in target.origins:
            message = both("l'adresse {url} n'est pas celle de la cible : rien n'y est envoyé", url=request.url)
            raise ActionFailed("foreign_host", message)
        assert self._ground.transport is not None
        return self._ground.transport.send(request, timeout=timeout)

    # --- Playing -----------------------------------------------------------------------------------------------

    def play(self) -> Played:
        """Play every iteration. Raises ConformityError only where nothing may be kept (`RUN003`)."""
        begun = time.monotonic()
        try:
            for iteration, artefact in enumerate(self._iterations()):
                self._play(iteration, artefact)
        finally:
            self._restore()
        duration = round((time.monotonic() - begun) * 1000)
        return Played(self._evaluation.verdict(), tuple(self._records), duration)

    def _iterations(self) -> tuple[Artefact | None, ...]:
        if self._case.for_each is None:
            return (None,)
        return tuple(item for item in self._ground.artefacts if concerns(self._case, item.kind, item.raw))

    def _play(self, iteration: int, artefact: Artefact | None) -> None:
        self._scope = {**self.contracts, **self._context}
        prepared = self._prepare(iteration, artefact)
        self._records.extend(prepared)
        if not self._evaluation.begin(iteration, prepared):
            return
        for step in self._case.steps:
            records = self._execute(iteration, step)
            self._records.extend(records)
            if not self._evaluation.step(step, records):
                return

    def _prepare(self, iteration: int, artefact: Artefact | None) -> list[Record]:
        records: list[Record] = []
        if self._case.variables & {"target", "client", "service"} or self._judges:
            context = ActionRecord(CONTEXT, {}, self._context)
            records.append(self._kept(Record(iteration, PREPARATION, action=context)))
        if artefact is not None:
            self._bind(artefact)
            records.append(Record(iteration, PREPARATION, artefact=artefact.use))
        for need in self._case.needs:
            bound = NEEDS.get(need)
            if bound is not None:
                found, result = self._use(iteration, PREPARATION, need, {})
                records.extend(found)
                self._scope[bound] = result
                if result is None:
                    break
        return records

    @property
    def _judges(self) -> bool:
        return any(check.kind == "rules" for step in self._case.steps for check in step.checks)

    def _bind(self, artefact: Artefact) -> None:
        content = parse_json(artefact.raw)
        self._artefact = artefact
        self._scope["artefact"] = {
            "path": artefact.path,
            "name": artefact.path.rpartition("/")[2],
            "kind": artefact.kind,
            "sha256": artefact.sha256,
            "content": None if content is MISSING else content,
        }

    def _execute(self, iteration: int, step: Step) -> list[Record]:
        try:
            if step.action is not None:
                inputs = fill(step.inputs, self._scope)
                records, result = self._use(iteration, step.number, step.action, inputs)
                subject = Subject("", result=result, scope=self._scope)
            else:
                spec = fill(step.request, self._scope)
                records, subject = self._request(iteration, step, spec)
        except Unresolved as unresolved:
            message = both("la variable « ${name} » n'a pas de valeur ici", name=unresolved.path)
            return [self._failed(iteration, step, ActionFailed("variable_missing", message))]
        except ActionFailed as failed:
            return [self._failed(iteration, step, failed)]
        self._name(step, subject)
        return records

    def _failed(self, iteration: int, step: Step, failed: ActionFailed) -> Record:
        failure = ActionFailure(failed.outcome, failed.code, failed.message)
        name = step.action or "request"
        return self._kept(Record(iteration, step.number, action=ActionRecord(name, {}, None, failure)))

    def _request(self, iteration: int, step: Step, spec: Mapping[str, Any]) -> tuple[list[Record], Subject]:
        request = requests.build(spec, self.target, self.contracts.get("contract"))
        self._learn(spec)
        exchange = self._send(request, spec.get("timeout_s"))
        record = self._kept(Record(iteration, step.number, exchange=exchange))
        return [record], Subject("", exchange=exchange, scope=self._scope)

    def _learn(self, spec: Mapping[str, Any]) -> None:
        """What a suite sends as a token, a password or a secret is one, even where it invented the value."""
        for part in ("headers", "query", "body"):
            self._ground.redactor.learn_from({part: spec.get(part)})
        for part in ("auth", "form"):
            for name, value in (spec.get(part) or {}).items():
                if name in ("access_token", "id_token", "refresh_token", "code", "client_secret", "password", "token"):
                    self.secret(str(value))

    def _name(self, step: Step, subject: Subject) -> None:
        """Bind what the step gave, with its real values, for the requests that follow."""
        if step.bind:
            self._scope[step.bind] = subject.result if subject.exchange is None else answer(subject)
        for capture in step.captures:
            self._scope.pop(capture.name, None)
            try:
                values = subject.read(capture.source, capture.expression)
            except BadExpression:
                continue
            if values:
                self._scope[capture.name] = values[0] if len(values) == 1 else values

    def _use(self, iteration: int, number: int, name: str, inputs: Mapping[str, Any]) -> tuple[list[Record], Any]:
        """Run a named action: its record, the exchanges it made, its raw result (None when it failed)."""
        self._supporting = []
        result, failure = None, None
        try:
            result = self._act(name, inputs)
        except ActionFailed as failed:
            failure = ActionFailure(failed.outcome, failed.code, failed.message)
        except ConformityError:
            raise
        except Exception as error:  # noqa: BLE001 - a hostile answer must end in a reason, never in a traceback
            message = both("l'action {name} n'a pas compris la réponse ({kind})", name=name, kind=type(error).__name__)
            failure = ActionFailure("error", "action_failed", message)
        self._learn_result(name, result)
        shown = self._without_content(name, result, inputs)
        use = self._artefact.use if name == "artefact" and self._artefact else None
        record = Record(iteration, number, action=ActionRecord(name, inputs, shown, failure), artefact=use)
        kept = [self._kept(record)]
        kept.extend(
            self._kept(Record(iteration, number, exchange=exchange, supporting=True)) for exchange in self._supporting
        )
        return kept, result

    def _act(self, name: str, inputs: Mapping[str, Any]) -> Any:
        if name == "artefact":
            return self._use_artefact(inputs)
        from mes_conformity.harness.actions import ACTIONS

        declared = ACTION_NAMES[name]
        if declared.control and not self.target.control_url:
            raise PrerequisiteMissing(
                both("la cible n'a pas d'interface de commande (bac à sable) : {name}", name=name)
            )
        return ACTIONS[name].run(self, inputs)

    def _use_artefact(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The artefact of this iteration, or the first of the kind; addressed to an identity where one is given."""
        kind = inputs.get("kind")
        if kind is not None and (self._artefact is None or self._artefact.kind != kind):
            found = next((artefact for artefact in self._ground.artefacts if artefact.kind == kind), None)
            if found is None:
                raise PrerequisiteMissing(both("aucun artefact de genre {kind} n'est fourni", kind=kind))
            self._bind(found)
        if self._artefact is None:
            raise PrerequisiteMissing(both("aucun artefact n'est fourni"))
        result = dict(self._scope["artefact"])
        identity = inputs.get("identity")
        if isinstance(identity, Mapping):
            result["content"] = addressed(result["content"], str(identity["assign_auth"]), str(identity["idpe"]))
        return result

    def _without_content(self, name: str, result: Any, inputs: Mapping[str, Any]) -> Any:
        """An artefact sent as it is stands in the run once, by digest: its content is not written again."""
        if name == "artefact" and isinstance(result, dict) and "identity" not in inputs:
            return {key: value for key, value in result.items() if key != "content"}
        return result

    def _learn_result(self, name: str, result: Any) -> None:
        if isinstance(result, Mapping):
            for key in ACTION_NAMES[name].secret | {"access_token", "refresh_token", "id_token"}:
                if isinstance(result.get(key), str):
                    self.secret(result[key])

    def _kept(self, record: Record) -> Record:
        return self._ground.redactor.record(record)
