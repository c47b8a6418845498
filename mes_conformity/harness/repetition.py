"""The same run several times: a case that does not always end the same way proves nothing, and is named."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mes_conformity.foundation.exit_codes import ExitCode, worst

if TYPE_CHECKING:
    from mes_conformity.harness.engine import RunResult


@dataclass(frozen=True)
class Repeated:
    """What the runs gave. `first` is kept as any run; `outcomes` counts those of each case; `others` are the folders of
    the runs that did not say the same as the first (those that did are not kept)."""

    first: RunResult
    count: int
    outcomes: Mapping[str, Mapping[str, int]]
    others: tuple[Path, ...] = ()
    interrupted: bool = False

    @property
    def flaky(self) -> list[dict[str, Any]]:
        """The cases that did not always end the same way: `{id, outcomes}`."""
        return [{"id": name, "outcomes": dict(found)} for name, found in self.outcomes.items() if len(found) > 1]

    @property
    def exit_code(self) -> ExitCode:
        """That of the first run; 5 at least where a case is flaky, 130 where a later run was interrupted."""
        codes = [self.first.exit_code]
        if self.flaky:
            codes.append(ExitCode.INCONCLUSIVE)
        if self.interrupted:
            codes.append(ExitCode.INTERRUPTED)
        return worst(codes)


@dataclass
class _Count:
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, result: RunResult) -> None:
        for entry in result.entries:
            self.outcomes.setdefault(entry["id"], Counter())[entry["outcome"]] += 1


def repeat(times: int, play: Callable[[int], RunResult], tell: Callable[[int, bool], None]) -> Repeated:
    """Play `times` runs (`play` is given the number of each, from 1); stops at one that was interrupted.

    `tell` is given the number of each later run and whether it said the same as the first.
    """
    count, others = _Count(), []
    first = play(1)
    count.add(first)
    played, interrupted = 1, first.state != "complete"
    while played < times and not interrupted:
        again = play(played + 1)
        interrupted = again.state != "complete"
        if interrupted:
            _forget(again)
            break
        played += 1
        count.add(again)
        same = _outcomes(again) == _outcomes(first)
        if same:
            _forget(again)
        elif again.folder is not None:
            others.append(again.folder)
        tell(played, same)
    return Repeated(first, played, count.outcomes, tuple(others), interrupted)


def _outcomes(result: RunResult) -> dict[str, str]:
    return {entry["id"]: entry["outcome"] for entry in result.entries}


def _forget(result: RunResult) -> None:
    if result.folder is not None:
        shutil.rmtree(result.folder)
