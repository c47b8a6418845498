"""What a set of case results says of the service, and on which documents that rests.

Only a `service` case whose basis was read (`published`, `republished`) can refuse a service. A failed `target` case or
a case that could not be judged never accuses the service: it leaves the question open.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

AUTHORITATIVE = ("published", "republished")
Entry = Mapping[str, Any]
_TITLE = re.compile(r"\s*(?:[,(§;:—]|\.\s).*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Case ids by what they mean for the service, and the documents (title, basis) that the judged cases cite."""

    outcome: str  # passed | failed | inconclusive
    bases: tuple[tuple[str, str], ...]
    refusing: tuple[str, ...]
    advisory: tuple[str, ...]
    anomalies: tuple[str, ...]
    undecided: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """`{outcome, bases [{title, basis}], refusing, advisory, anomalies, undecided}`."""
        return {
            "outcome": self.outcome,
            "bases": [{"title": title, "basis": basis} for title, basis in self.bases],
            "refusing": list(self.refusing),
            "advisory": list(self.advisory),
            "anomalies": list(self.anomalies),
            "undecided": list(self.undecided),
        }


def judge(cases: Iterable[Entry]) -> Judgement:
    """The judgement over `cases` (entries of schema `run-1`): the same rule as the exit code of the run.

    `failed` when a case refuses the service; else `inconclusive` when the target failed a case, a case is in error or
    no service case with a read basis passed; else `passed`.
    """
    entries = list(cases)
    refusing = _ids(entries, refuses)
    anomalies = _ids(entries, lambda case: case["subject"] == "target" and case["outcome"] == "failed")
    undecided = _ids(entries, _undecided)
    errors = any(case["outcome"] == "error" for case in entries)
    passed = any(counts(case) and case["outcome"] == "passed" for case in entries)
    outcome = "failed" if refusing else "inconclusive" if anomalies or errors or not passed else "passed"
    advisory = _ids(entries, lambda case: _service(case) and case["outcome"] == "failed" and not refuses(case))
    return Judgement(outcome, _bases(entries), refusing, advisory, anomalies, undecided)


def refuses(case: Entry) -> bool:
    """Whether this result refuses the service."""
    return counts(case) and case["outcome"] == "failed"


def counts(case: Entry) -> bool:
    """Whether this case can refuse the service: it judges it, on a basis that was read."""
    return _service(case) and case["basis"] in AUTHORITATIVE and not case.get("advisory")


def _service(case: Entry) -> bool:
    return bool(case["subject"] == "service")


def _undecided(case: Entry) -> bool:
    reason = (case.get("reason") or {}).get("code")
    return case["outcome"] == "error" or (case["outcome"] == "skipped" and reason == "prerequisite_missing")


def _ids(cases: Iterable[Entry], wanted: Any) -> tuple[str, ...]:
    return tuple(case["id"] for case in cases if wanted(case))


def _bases(cases: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    """The documents of the service cases that were judged, the most cited first: the head of each `source`."""
    judged = (case for case in cases if counts(case) and case["outcome"] in ("passed", "failed"))
    cited = Counter((title(case["source"]), case["basis"]) for case in judged)
    return tuple(sorted(cited, key=lambda basis: (-cited[basis], basis)))


def title(source: str) -> str:
    """`API Mesures 1.5.2 (21/07/2023), §2.2.2` → `API Mesures 1.5.2`."""
    return _TITLE.sub("", source) or source
