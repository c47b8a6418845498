"""What the checks of one step look at: an answer, the result of an action, or an artefact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mes_conformity.foundation.i18n import Text
from mes_conformity.suites.evidence import Exchange, Failure, Response
from mes_conformity.suites.expressions import MISSING, fhirpath, parse_json, pointed

if TYPE_CHECKING:
    from mes_conformity.validators.contract import Contract


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check saw. `outcome` is `passed`, `failed` or `error`; `where` is the same in every language."""

    check: str
    outcome: str
    expected: str
    obtained: str
    where: str
    message: Text | None = None
    source: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The public shape, `{check, outcome, expected, obtained, where}`, and what explains it where known."""
        shape: dict[str, Any] = {
            "check": self.check,
            "outcome": self.outcome,
            "expected": self.expected,
            "obtained": self.obtained,
            "where": self.where,
        }
        if self.message is not None:
            shape["message"] = dict(self.message)
        if self.source is not None:
            shape["source"] = self.source
        return shape


@dataclass(frozen=True)
class Subject:
    """One step as the checks see it.

    `result` is what an action gave (None for a request); `raw` the bytes of the artefact that the step is about;
    `scope` the variables; `contract` the contract of the suite; `judge` the validators, `(kind, bytes) -> findings`.
    """

    where: str
    exchange: Exchange | None = None
    result: Any = None
    raw: bytes | None = None
    artefact_path: str = ""
    scope: Mapping[str, Any] = field(default_factory=dict)
    contract: Contract | None = None
    judge: Callable[..., Any] | None = None

    @property
    def response(self) -> Response | None:
        """The answer, if there is one."""
        return self.exchange.response if self.exchange else None

    @property
    def failure(self) -> Failure | None:
        """Why there is no answer."""
        return self.exchange.failure if self.exchange else None

    @cached_property
    def data(self) -> Any:
        """The JSON that pointers look at: the body of the answer, or the result of the action."""
        if self.exchange is not None:
            return parse_json(self.response.body) if self.response else MISSING
        return self.result

    @cached_property
    def resource(self) -> Any:
        """The JSON that FHIRPath looks at: an artefact's content, a built bundle, else what pointers look at."""
        if self.exchange is None and isinstance(self.result, Mapping):
            for key in ("content", "bundle"):
                if key in self.result:
                    return self.result[key]
        return self.data

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.response.body.decode("utf-8", "replace") if self.response else ""

    def read(self, source: str, expression: str) -> list[Any]:
        """The values at a place: `source` is `fhirpath`, `json` or `header`; none is an empty list."""
        if source == "fhirpath":
            return [] if self.resource is MISSING else fhirpath(self.resource, expression)
        if source == "json":
            value = pointed(self.data, expression)
        else:
            value = self.response.header(expression) if self.response else None
            value = MISSING if value is None else value
        return [] if value is MISSING else [value]

    def at(self, place: str = "") -> str:
        """Where a check looked, for the report."""
        return f"{self.where} {place}".rstrip()

    def described(self) -> str:
        """What came instead of the JSON that was wanted."""
        if self.failure is not None:
            return f"{self.failure.kind}: {self.failure.detail}"
        if self.response is None:
            return "∅"
        kind = self.response.header("content-type") or "?"
        return f"HTTP {self.response.status}, {kind}, {len(self.response.body)} o"


def where_of(case: str, step: int, exchange: Exchange | None, action: str | None) -> str:
    """`MES-W-01/2 POST /fhir → 422`: the step as it is named in reports, in any language."""
    if exchange is None:
        return f"{case}/{step} {action or ''}".rstrip()
    parts = urlsplit(exchange.request.url)
    came = str(exchange.response.status) if exchange.response else exchange.failure.kind if exchange.failure else "∅"
    return f"{case}/{step} {exchange.request.method} {parts.path or '/'} → {came}"
