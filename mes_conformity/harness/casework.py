"""Playing one case: its steps with the real values, its records redacted, its verdict from these records."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.errors import ConformityError
from mes_conformity.foundation.i18n import both
from mes_conformity.harness import requests
from mes_conformity.harness.accounts import own_accounts, written_measures
from mes_conformity.harness.grounds import Artefact, Ground, Played
from mes_conformity.harness.patience import may_judge
from mes_conformity.harness.session import ActionFailed, PrerequisiteMissing
from mes_conformity.harness.targets import origin
from mes_conformity.suites.action_names import ACTION_NAMES, NEEDS
from mes_conformity.suites.artefacts import addressed, concerns
from mes_conformity.suites.artefacts import content as artefact_content
from mes_conformity.suites.evaluation import Evaluation, answer, transport_reason
from mes_conformity.suites.evidence import (
    CONTEXT,
    PREPARATION,
    ActionFailure,
    ActionRecord,
    Exchange,
    Record,
    Request,
    Response,
)
from mes_conformity.suites.expressions import MISSING, BadExpression
from mes_conformity.suites.subject import Subject
from mes_conformity.suites.variables import Unresolved, fill

if TYPE_CHECKING:
    from mes_conformity.harness.listening import Heard
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.suites.model import Case, Step
    from mes_conformity.validators.contract import Contract


__all__ = ["Artefact", "CaseWork", "Ground", "Played", "Stopped"]

_USUAL_S: Final = 30.0
"""The limit that a transport sets by itself to one request: below it the end of the case comes first."""


class Stopped(BaseException):
    """The run is being ended early: the case gives up where it stands, and restores what it changed."""


class CaseWork:
    """One case being played; also the `Session` that its actions are given. `ends_at` (monotonic seconds) is the end
    of the run, where it has one."""

    def __init__(self, ground: Ground, case: Case, ends_at: float | None = None) -> None:
        self._ground, self._case = ground, case
        self._contracts = {name: ground.contracts[ref] for name, ref in case.contracts.items()}
        self.env, self.shared = ground.env, ground.shared
        self._evaluation = Evaluation(case, ground.contracts, ground.bytes_by_digest)
        self._records: list[Record] = []
        self._supporting: list[Exchange] = []
        self._undo: list[Callable[[], object]] = []
        self._scope: dict[str, Any] = {}
        self._artefact: Artefact | None = None
        self._restoring = False
        own_end = time.monotonic() + ground.case_s
        self._ends_at = own_end if ends_at is None else min(own_end, ends_at)

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
            # Its OID is that of the service where the description does not tell another.
            own = {"solution_oid": context["service"]["solution_oid"], **self._ground.target.client}
            return {**context, "client": {name: value for name, value in own.items() if value is not None}}
        return context

    def send(self, request: Request, *, timeout: float | None = None, transport: Transport | None = None) -> Exchange:
        """Send and keep as evidence of the step (see `Session`)."""
        exchange = self._send(request, timeout, transport)
        self._supporting.append(exchange)
        return exchange

    def answer(self, request: Request, *, timeout: float | None = None) -> Response:
        """Like `send`, patiently where the target asks to come back later (`patience`); raises ActionFailed
        `transport_…` where there is no answer."""
        exchange = self.send(request, timeout=timeout)
        while self._comes_back(exchange):
            exchange = self.send(request, timeout=timeout)
        if exchange.response is None:
            reason = transport_reason(exchange)
            raise ActionFailed(reason.code, reason.text)
        return exchange.response

    @property
    def reads(self) -> bool:
        """Whether the case reads what an account holds (see `Session`)."""
        return own_accounts(self._case) > 0

    @property
    def measures(self) -> frozenset[str]:
        """The measures that the case writes (see `Session`)."""
        return written_measures(self._case)

    @property
    def traffic(self) -> tuple[Heard, ...]:
        """What the service's own client sent, where somebody listened."""
        return self._ground.traffic or ()

    def witness(self, exchange: Exchange) -> None:
        """Keep an exchange that somebody else had as evidence of the step."""
        self._supporting.append(exchange)

    def secret(self, value: str) -> str:
        """Never keep this value (see `Session`)."""
        self._ground.redactor.learn(value)
        return value

    def afterwards(self, undo: Callable[[], object]) -> None:
        """Do this when the case is over (see `Session`)."""
        self._undo.append(undo)

    def _comes_back(self, exchange: Exchange) -> bool:
        """Wait as the target asked to; False where it asked for nothing, or for too long."""
        wait_s = None if self._restoring else self._ground.patience.asked(exchange)
        if wait_s is not None and self._ground.stopping.wait(wait_s):
            raise Stopped
        return wait_s is not None

    def _restore(self) -> None:
        self._restoring = True
        while self._undo:
            with suppress(ActionFailed):  # a target that is gone has nothing left to restore
                self._undo.pop()()

    def _send(self, request: Request, timeout: float | None, transport: Transport | None = None) -> Exchange:
        target = self.target
        if origin(request.url) not in target.origins:
            message = both("l'adresse {url} n'est pas celle de la cible : rien n'y est envoyé", url=request.url)
            raise ActionFailed("foreign_host", message)
        if not self._restoring:
            timeout = self._within(timeout)
        transport = transport or self._ground.transport
        assert transport is not None
        exchange = transport.send(request, timeout=timeout)
        if self._ground.stopping.is_set() and not self._restoring:
            raise Stopped  # cut by us: this answer says nothing of the target
        if exchange.failure is not None and exchange.failure.kind == "timeout" and not self._restoring:
            self._within(None)  # where the time of the case is over, it is we who did not wait
        return exchange

    def _within(self, timeout: float | None) -> float | None:
        """The time that a request may take, so that the case ends in time."""
        if self._ground.stopping.is_set():
            raise Stopped
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise ActionFailed("case_timeout", both("la durée accordée au cas est écoulée"))
        return min(timeout, left) if timeout is not None else left if left < _USUAL_S else None

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
        content = artefact_content(artefact.raw)
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
        early = []
        while not may_judge(step, exchange) and self._comes_back(exchange):
            early.append(self._kept(Record(iteration, step.number, exchange=exchange, supporting=True)))
            exchange = self._send(request, spec.get("timeout_s"))
        record = self._kept(Record(iteration, step.number, exchange=exchange))
        return [*early, record], Subject("", exchange=exchange, scope=self._scope)

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
