"""The verdict of a case: a pure function of the case, its records, the contracts and the artefacts.

No clock, no random source, no network, no file. A live run feeds `Evaluation` step by step, a replay feeds it the
whole record through `evaluate`; both see the same redacted records, so both say the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.suites import checks
from mes_conformity.suites.artefacts import content as artefact_content
from mes_conformity.suites.evidence import CONTEXT, PREPARATION, Exchange, Record
from mes_conformity.suites.expressions import MISSING, BadExpression
from mes_conformity.suites.model import Case, Check, Step
from mes_conformity.suites.subject import CheckResult, Subject, where_of
from mes_conformity.suites.variables import Unresolved, fill

if TYPE_CHECKING:
    from mes_conformity.validators.contract import Contract

_SEVERITY: Final = ("passed", "skipped", "error", "failed")
FAILURE_TEXTS: Final[Mapping[str, Text]] = {
    "refused": both("la cible refuse la connexion"),
    "dns": both("le nom de la cible est introuvable (DNS)"),
    "timeout": both("la cible n'a pas répondu à temps"),
    "tls": both("la connexion TLS n'a pas pu être établie"),
    "reset": both("la cible a coupé la connexion"),
    "closed_early": both("la cible a fermé la connexion avant la fin de la réponse"),
    "too_large": both("la réponse dépasse la taille admise"),
    "protocol": both("la réponse n'est pas du HTTP valide"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a case did not pass: a stable code and a text in both languages."""

    code: str
    text: Text

    def to_json(self) -> dict[str, str]:
        """`{code, fr, en}`."""
        return {"code": self.code, **self.text}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a case: `passed`, `failed`, `error` or `skipped`, why, and what every check saw."""

    outcome: str
    reason: Reason | None
    checks: tuple[CheckResult, ...]


def evaluate(
    case: Case, records: Sequence[Record], contracts: Mapping[str, Contract], artefacts: Mapping[str, bytes]
) -> Verdict:
    """Judge a case from its records alone.

    `contracts` is keyed by contract name (`mes-measures@1.5.2`), `artefacts` by SHA-256. Captures are computed again
    from the records. A case without any record is `skipped` (`not_executed`).
    """
    evaluation = Evaluation(case, contracts, artefacts)
    for iteration in sorted({record.iteration for record in records}):
        own = [record for record in records if record.iteration == iteration]
        evaluation.begin(iteration, [record for record in own if record.step == PREPARATION])
        for step in case.steps:
            if not evaluation.step(step, [record for record in own if record.step == step.number]):
                break
    return evaluation.verdict()


class Evaluation:
    """A case being judged: `begin` an iteration, then feed its steps in order; stop where `step` says so."""

    def __init__(self, case: Case, contracts: Mapping[str, Contract], artefacts: Mapping[str, bytes]) -> None:
        self._case = case
        self._artefacts = artefacts
        self._contracts = {name: contracts[ref] for name, ref in case.contracts.items() if ref in contracts}
        self._scope: dict[str, Any] = {}
        self._raw: tuple[str, str, bytes] | None = None
        self._outcomes: list[tuple[str, Reason | None]] = []
        self._checks: list[CheckResult] = []

    @property
    def scope(self) -> Mapping[str, Any]:
        """The variables as the next step sees them, from redacted records."""
        return self._scope

    def begin(self, _iteration: int, preparation: Sequence[Record]) -> bool:
        """Start an iteration with the records of step 0: context, artefact, needs. False when it ends there."""
        self._scope = dict(self._contracts)
        self._raw = None
        self._outcomes.append(("passed", None))
        for record in preparation:
            if record.artefact is not None:
                self._bind_artefact(record)
            action = record.action
            if action is None:
                continue
            if action.failure is not None:
                return self._end(action.failure.outcome, Reason(action.failure.code, action.failure.message))
            if action.name == CONTEXT:
                self._scope.update(action.result)
            else:
                self._scope[_bound_by(action.name)] = action.result
        return True

    def _bind_artefact(self, record: Record) -> None:
        assert record.artefact is not None
        use = record.artefact
        raw = self._artefacts.get(use.sha256, b"")
        self._raw = (use.path, use.kind, raw)
        content = artefact_content(raw)
        self._scope["artefact"] = {
            "path": use.path,
            "name": use.path.rpartition("/")[2],
            "kind": use.kind,
            "sha256": use.sha256,
            "content": None if content is MISSING else content,
        }

    def step(self, step: Step, records: Sequence[Record]) -> bool:
        """Judge one step; True when the next one may follow."""
        record = next((item for item in records if not item.supporting), None)
        if record is None:
            return self._end("error", Reason("record_missing", both("l'étape {n} n'a pas été jouée", n=step.number)))
        if record.artefact is not None:
            self._bind_artefact(record)
        if record.action is not None and record.action.failure is not None:
            failure = record.action.failure
            return self._end(failure.outcome, Reason(failure.code, failure.message))
        if record.exchange is not None and record.exchange.failure and not _judged(step, record.exchange):
            return self._end("error", transport_reason(record.exchange))
        subject = self._subject(step, record)
        self._bind(step, subject)
        results = self._judge(step, subject)
        self._checks.extend(results)
        return self._conclude(step, results)

    def _subject(self, step: Step, record: Record) -> Subject:
        path, _kind, raw = self._raw or ("", "", None)
        result = record.action.result if record.action else None
        if step.action == "artefact" and isinstance(result, Mapping) and "content" not in result:
            result = {**result, "content": self._scope.get("artefact", {}).get("content")}
        return Subject(
            where_of(self._case.id, step.number, record.exchange, step.action),
            record.exchange,
            result,
            raw,
            path,
            self._scope,
            self._contracts.get("contract"),
            self._findings,
        )

    def _bind(self, step: Step, subject: Subject) -> None:
        """Name what the step gave, and its captures, for this step's checks and the later ones."""
        if step.bind:
            self._scope[step.bind] = subject.result if subject.exchange is None else answer(subject)
        for capture in step.captures:
            try:
                values = subject.read(capture.source, capture.expression)
            except BadExpression:
                values = []
            if values:
                self._scope[capture.name] = values[0] if len(values) == 1 else values
            else:
                self._scope.pop(capture.name, None)

    def _judge(self, step: Step, subject: Subject) -> list[CheckResult]:
        results: list[CheckResult] = []
        for check in step.checks:
            try:
                argument = check.argument if check.kind == "rules" else _filled(check, self._scope)
            except Unresolved as unresolved:
                results.append(_unresolved(check, unresolved, subject))
                continue
            results.extend(checks.run(check.kind, argument, subject))
        for capture in step.captures:
            if capture.name not in self._scope:
                message = both("la valeur « {name} », dont la suite du cas a besoin, est absente", name=capture.name)
                where = subject.at(capture.expression)
                results.append(CheckResult("capture", "failed", capture.name, subject.described(), where, message))
        return results

    def _findings(self, argument: Mapping[str, Any], subject: Subject) -> Iterable[Any]:
        """What the validators say of an artefact, of the body, or of a value that the suite names."""
        from mes_conformity.validators.artefact import judge

        of = argument.get("of")
        raw, kind = subject.raw or b"", argument.get("kind") or (self._raw[1] if self._raw else "")
        if of == "body":
            raw = subject.response.body if subject.response else b""
        elif of is not None and of != "$artefact.content":
            raw = json.dumps(fill(of, self._scope), ensure_ascii=False).encode()
        service = self._scope.get("service")
        oid = service.get("solution_oid") if isinstance(service, Mapping) else None
        held = argument.get("hold")
        structure = held is None or any(rule.startswith("fhir/") for rule in held)
        known = tuple(self._contracts.values())
        day = self._scope.get("judged_on")
        findings: Iterable[Any] = judge(kind, raw, known, solution_oid=oid, structure=structure, judged_on=day)
        return findings

    def _conclude(self, step: Step, results: Sequence[CheckResult]) -> bool:
        for outcome in ("failed", "error"):
            first = next((result for result in results if result.outcome == outcome), None)
            if first is not None:
                code = "check_failed" if outcome == "failed" else "check_error"
                return self._end(outcome, Reason(code, _sentence(step, first)))
        return True

    def _end(self, outcome: str, reason: Reason) -> bool:
        self._outcomes[-1] = (outcome, reason)
        return False

    def verdict(self) -> Verdict:
        """What the iterations say together: a failure counts first, then an error."""
        if not self._outcomes:
            return Verdict("skipped", Reason("not_executed", both("le cas n'a pas été joué")), ())
        outcome, reason = max(self._outcomes, key=lambda item: _SEVERITY.index(item[0]))
        return Verdict(outcome, reason, tuple(self._checks))


def _judged(step: Step, exchange: Exchange) -> bool:
    """Whether the step judges the failure itself: it expects one, or looks at TLS and TLS is what failed."""
    kind = exchange.failure.kind if exchange.failure else ""
    return step.judges_transport or (kind == "tls" and any(check.kind == "tls" for check in step.checks))


def _bound_by(action: str) -> str:
    from mes_conformity.suites.action_names import NEEDS

    return NEEDS.get(action) or action


def _filled(check: Check, scope: Mapping[str, Any]) -> Any:
    if check.kind == "fhirpath":
        from mes_conformity.suites.variables import fill_expression

        return [fill_expression(expression, scope) for expression in check.argument]
    return fill(check.argument, scope)


def _unresolved(check: Check, unresolved: Unresolved, subject: Subject) -> CheckResult:
    message = both("la variable « ${name} » n'a pas de valeur ici", name=unresolved.path)
    return CheckResult(check.kind, "error", f"${unresolved.path}", "∅", subject.at(), message)


def _sentence(step: Step, result: CheckResult) -> Text:
    """The first fault in one sentence, for lists."""
    if result.message is not None and result.check == "rules":
        return result.message
    return both(
        "étape {step}, {check} : attendu {expected}, obtenu {obtained}",
        step=step.number,
        check=result.check,
        expected=result.expected[:120],
        obtained=result.obtained[:120],
    )


def transport_reason(exchange: Exchange) -> Reason:
    """Why there is no answer, in words; the code is `transport_<kind>`."""
    failure = exchange.failure
    assert failure is not None
    text = FAILURE_TEXTS.get(failure.kind, FAILURE_TEXTS["protocol"])
    return Reason(f"transport_{failure.kind}", both("{text} ({detail})", text=text, detail=failure.detail))


def answer(subject: Subject) -> dict[str, Any]:
    """An answer as a suite sees it: `{status, headers, body, text}`; header names in lower case."""
    response = subject.response
    if response is None:
        return {"status": None, "headers": {}, "body": None, "text": ""}
    body = None if subject.data is MISSING else subject.data
    headers = {name.lower(): value for name, value in response.headers}
    return {"status": response.status, "headers": headers, "body": body, "text": subject.text}
