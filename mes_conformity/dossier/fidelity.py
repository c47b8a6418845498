"""Whether the records of a case are those of its steps: everything concerned was judged, what was sent is what the
steps ask, and nothing was left out, added or moved.

`evaluate` trusts records; a forger could hand it the good answer to another question. Here each record is held against
the case, its variables resolved from the records before it. What was redacted is a mark, which stands for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from mes_conformity.harness.requests import address, encoded_query
from mes_conformity.harness.targets import Target
from mes_conformity.suites.action_names import NEEDS
from mes_conformity.suites.artefacts import concerns
from mes_conformity.suites.evaluation import Evaluation, Verdict
from mes_conformity.suites.evidence import CONTEXT, PREPARATION, Record, Request
from mes_conformity.suites.expressions import MISSING, parse_json, same, show
from mes_conformity.suites.model import Case, Step
from mes_conformity.suites.variables import Unresolved, as_text, fill
from mes_conformity.validators.contract import Contract

_MARK: Final = re.compile(r"\[redacted:[0-9a-f]{12}\]|%5Bredacted%3A[0-9a-f]{12}%5D", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in the records that the case does not ask for: where, what was expected, what is recorded."""

    where: str
    expected: str
    obtained: str


def rejudge(
    case: Case,
    records: Sequence[Record],
    contracts: Mapping[str, Contract],
    artefacts: Mapping[str, bytes],
    run: Mapping[str, Any],
) -> tuple[Verdict, list[Fault]]:
    """The verdict that `evaluate` gives, and what the records have that the case does not ask for."""
    walk = _Walk(case, contracts, artefacts, run)
    return walk.through(records), walk.faults


class _Walk:
    def __init__(
        self,
        case: Case,
        contracts: Mapping[str, Contract],
        artefacts: Mapping[str, bytes],
        run: Mapping[str, Any],
    ) -> None:
        self._case, self._run, self._artefacts = case, run, artefacts
        ref = case.contracts.get("contract")
        self._contract = contracts.get(ref) if ref else None
        self._evaluation = Evaluation(case, contracts, artefacts)
        self.faults: list[Fault] = []

    def through(self, records: Sequence[Record]) -> Verdict:
        by_iteration: dict[int, dict[int, list[Record]]] = {}
        for record in records:
            by_iteration.setdefault(record.iteration, {}).setdefault(record.step, []).append(record)
        probe = self._is_probe(records)
        if not probe:
            self._complete(by_iteration)
        for iteration in sorted(by_iteration):
            self._iteration(iteration, by_iteration[iteration], probe=probe)
        return self._evaluation.verdict()

    def _is_probe(self, records: Sequence[Record]) -> bool:
        """A target that was down: one request without an answer, which no case but one about failures can pass on."""
        one = records[0] if len(records) == 1 else None
        unanswered = one is not None and one.exchange is not None and one.exchange.failure is not None
        return unanswered and one is not None and one.step == self._case.steps[0].number

    def _complete(self, found: Mapping[int, Mapping[int, Sequence[Record]]]) -> None:
        """Every artefact that the case concerns was judged, once, in the order of the run."""
        numbers = sorted(found)
        if numbers != list(range(len(numbers))):
            self._fault("iterations", list(range(len(numbers))), numbers)
        judged = [
            (record.artefact.path, record.artefact.sha256)
            for number in numbers
            for record in found[number].get(PREPARATION, ())
            if record.artefact is not None
        ]
        if self._case.for_each is None:
            wanted: list[tuple[str, str]] = []
            if len(numbers) > 1:
                self._fault("iterations", 1, len(numbers))
        else:
            wanted = [(item["path"], item["sha256"]) for item in self._run["artefacts"] if self._concerned(item)]
        if judged != wanted:
            self._fault("artefacts", [path for path, _digest in wanted], [path for path, _digest in judged])

    def _concerned(self, item: Mapping[str, Any]) -> bool:
        """Whether the case judges an artefact of the run; one whose bytes are not here is held to be judged."""
        raw = self._artefacts.get(item["sha256"])
        kind = str(item["kind"])
        return kind == self._case.for_each and (raw is None or concerns(self._case, kind, raw))

    def _iteration(self, iteration: int, steps: Mapping[int, Sequence[Record]], *, probe: bool) -> None:
        prepared = steps.get(PREPARATION, ())
        if not probe:
            self._prepared(prepared)
        left = set(steps) - {PREPARATION}
        going = self._evaluation.begin(iteration, prepared)
        for step in self._case.steps:
            if not going:
                break
            records = steps.get(step.number, ())
            left.discard(step.number)
            if not probe:
                for fault in self._step(step, records):
                    self.faults.append(
                        Fault(f"{self._case.id}/{step.number} {fault.where}", fault.expected, fault.obtained)
                    )
            going = self._evaluation.step(step, records)
        if left:
            self._fault("steps", "∅", sorted(left))

    def _prepared(self, records: Sequence[Record]) -> None:
        actions = [record.action for record in records if record.action is not None and not record.supporting]
        names = [action.name for action in actions]
        reads = bool(self._case.variables & {"target", "client", "service"})
        judges = any(check.kind == "rules" for step in self._case.steps for check in step.checks)
        wanted = [CONTEXT] * (reads or judges) + [need for need in self._case.needs if NEEDS.get(need)]
        failed = next((n for n, action in enumerate(actions, 1) if action.failure is not None), len(wanted))
        if names != wanted[:failed]:
            self._fault("needs", wanted, names)
        for action in actions:
            if action.name == CONTEXT:
                self._context(action.result)

    def _context(self, told: Any) -> None:
        """What a case reads of the service and the target is what the run says of them."""
        service = {key: value for key, value in self._run["service"].items() if value is not None}
        for key, value in service.items():
            if (obtained := told["service"].get(key)) != value:
                self._fault(f"service.{key}", value, obtained)
        day, began = told.get("judged_on"), str(self._run["run"].get("started_at", ""))[:10]
        if day is not None and began and not adjacent(day, began):
            self._fault("judged_on", began, day)
        target = self._run["run"].get("target")
        url = target.get("url") if target else None
        if url and told["target"].get("url") not in (None, url):
            self._fault("target.url", url, told["target"].get("url"))

    def _fault(self, where: str, expected: Any, obtained: Any) -> None:
        self.faults.append(Fault(f"{self._case.id} {where}", show(expected), show(obtained)))

    def _step(self, step: Step, records: Sequence[Record]) -> Iterator[Fault]:
        own = [record for record in records if not record.supporting]
        if len(own) != 1:
            yield Fault("records", "1", str(len(own)))
            return
        record, action = own[0], own[0].action
        name = step.action or "request"
        if action is not None and action.name != name:
            yield Fault("action", name, action.name)
        elif action is not None and (step.action is None or action.failure is not None):
            if action.failure is None:
                yield Fault("failure", "a failure", "∅")
        elif step.action is not None:
            yield from self._used(step, record)
        elif record.exchange is None:
            yield Fault("exchange", "1", "∅")
        else:
            yield from self._sent(step, record.exchange.request)

    def _used(self, step: Step, record: Record) -> Iterator[Fault]:
        """The action was given what the step says."""
        if record.action is None:
            yield Fault("action", str(step.action), "∅")
            return
        try:
            wanted = fill(step.inputs, self._evaluation.scope)
        except Unresolved as unresolved:
            yield Fault("inputs", f"${unresolved.path}", show(record.action.inputs))
            return
        if not alike(wanted, record.action.inputs):
            yield Fault("inputs", show(wanted), show(record.action.inputs))

    def _sent(self, step: Step, request: Request) -> Iterator[Fault]:
        """The request that was answered is the one of the step: method, address, credentials or none, body."""
        try:
            spec = fill(step.request, self._evaluation.scope)
        except Unresolved as unresolved:
            yield Fault("request", f"${unresolved.path}", f"{request.method} {request.url}")
            return
        if spec["method"] != request.method:
            yield Fault("method", str(spec["method"]), request.method)
        wanted = self._address(str(spec["path"]))
        if not _same_place(wanted, request.url):
            yield Fault("path", wanted, request.url)
        pairs = sorted(parse_qsl(urlsplit(wanted + encoded_query(spec)).query, keep_blank_values=True))
        obtained = sorted(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
        if not alike([list(pair) for pair in pairs], [list(pair) for pair in obtained]):
            yield Fault("query", show([list(pair) for pair in pairs]), show([list(pair) for pair in obtained]))
        yield from _headers(spec, request)
        yield from _body(spec, request)

    def _address(self, path: str) -> str:
        """The whole address where the record says where the target is; else the end of it."""
        target = self._evaluation.scope.get("target")
        if isinstance(target, Mapping) and isinstance(target.get("url"), str):
            url, fhir = target["url"], str(target.get("fhir_url"))
            return address(path, Target("", "", url, fhir, url), self._contract)
        return address(path, Target("", "", "", "", ""), self._contract)


def adjacent(day: Any, other: str) -> bool:
    """Whether two days are one, or follow each other: a run may begin before midnight and judge after it."""
    try:
        return abs((date.fromisoformat(str(day)) - date.fromisoformat(other)).days) <= 1
    except ValueError:
        return False


def _headers(spec: Mapping[str, Any], request: Request) -> Iterator[Fault]:
    found = {name.lower(): value for name, value in request.headers}
    told = {name.lower(): value for name, value in (spec.get("headers") or {}).items()}
    for name, value in told.items():
        wanted = None if value is None else as_text(value)
        if not alike(wanted, found.get(name)):
            yield Fault(f"header {name}", show(wanted), show(found.get(name)))
    if spec.get("authenticate") is False and "authorization" not in told and "authorization" in found:
        yield Fault("header authorization", "∅", "…")


def _body(spec: Mapping[str, Any], request: Request) -> Iterator[Fault]:
    wanted: Any = spec.get("body", "")
    obtained: Any = request.body.decode("utf-8", "replace")
    if "form" in spec:
        wanted = sorted(parse_qsl(encoded_query({"query": spec["form"]})[1:], keep_blank_values=True))
        obtained = sorted(parse_qsl(obtained, keep_blank_values=True))
        wanted, obtained = [list(pair) for pair in wanted], [list(pair) for pair in obtained]
    elif not isinstance(wanted, str):
        parsed = parse_json(request.body)
        obtained = obtained if parsed is MISSING else parsed
    if not alike(wanted, obtained):
        yield Fault("body", show(wanted), show(obtained))


def _same_place(wanted: str, url: str) -> bool:
    """Whether two addresses are one, queries apart; where only the end is known, whether it ends that way."""
    one, other = urlsplit(wanted), urlsplit(url)
    if not one.netloc:
        return bool(re.search(_pattern(one.path.rstrip("/")) + r"/?\Z", other.path))
    pattern = _pattern(wanted.partition("?")[0].partition("#")[0])  # a mark in what is recorded stands for nothing here
    return re.fullmatch(pattern, url.partition("?")[0].partition("#")[0]) is not None


def alike(wanted: Any, obtained: Any) -> bool:
    """Whether two JSON values are equal, a mark on either side standing for any text."""
    if isinstance(wanted, str) and isinstance(obtained, str):
        if wanted == obtained:
            return True
        return any(
            "edacted" in one and re.fullmatch(_pattern(one), other, re.DOTALL)
            for one, other in ((wanted, obtained), (obtained, wanted))
        )
    if isinstance(wanted, Mapping) and isinstance(obtained, Mapping):
        return wanted.keys() == obtained.keys() and all(alike(value, obtained[key]) for key, value in wanted.items())
    if isinstance(wanted, list | tuple) and isinstance(obtained, list | tuple):
        pairs = zip(wanted, obtained, strict=False)
        return len(wanted) == len(obtained) and all(alike(one, other) for one, other in pairs)
    return same(wanted, obtained)


def _pattern(text: str) -> str:
    """The texts that `text` may have been before it was redacted. A few marks at most: the search stays linear."""
    pieces = _MARK.split(text)
    if len(pieces) > 4:
        pieces = [pieces[0], pieces[-1]]
    return ".*".join(re.escape(piece) for piece in pieces)
