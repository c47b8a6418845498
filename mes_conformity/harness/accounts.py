"""Whose account a case may use, at a target that makes no test person on demand.

A case that searches an account must find what it wrote and nothing else; one that needs two persons needs two. All the
others share the first account. Where there are too few, those are served first that most others stand on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mes_conformity.suites.model import Case

_READING: Final = ("follow_pages", "write_series")
_PAIRED: Final = "paired_identity"


def own_accounts(case: Case) -> int:
    """How many accounts that nobody else uses the case wants."""
    paired = [*case.needs, *(step.action for step in case.steps)].count(_PAIRED)
    if paired == 1 and not any(
        step.action in _READING if step.request is None else _searches(step.request) for step in case.steps
    ):
        return 0
    return paired


def _searches(request: Mapping[str, Any]) -> bool:
    """What is read by its own address is what the case wrote; a search finds what others wrote too."""
    return "query" in request or str(request.get("path", "")).endswith("_search")


def written_measures(case: Case) -> frozenset[str]:
    """The measures that the steps of the case write, by their names in the contract."""
    return frozenset(str(step.inputs["measure"]) for step in case.steps if "measure" in step.inputs)


def served(cases: Sequence[Case], accounts: int) -> frozenset[str]:
    """The cases that get accounts of their own when there are so many."""
    weight = dict.fromkeys((case.id for case in cases), 0)
    for case in reversed(cases):  # each stands on cases before it
        for name in case.after:
            if name in weight:
                weight[name] += 1 + weight[case.id]
    chosen, left = set(), accounts
    for case in sorted(cases, key=lambda case: -weight[case.id]):
        wanted = own_accounts(case)
        if 0 < wanted <= left:
            chosen.add(case.id)
            left -= wanted
    return frozenset(chosen)
