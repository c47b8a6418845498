"""Pictures of the time spent, as paths of an SVG: bars put end to end, in whole units, the same on any machine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mes_conformity.reporting.exchanges import ExchangeView
from mes_conformity.reporting.model import Report, shown_as
from mes_conformity.reporting.words import OUTCOMES

WIDTH, ROW = 1_000, 12
MAX_BARS = 40
Bar = tuple[float, float, int, str]  # start and length in milliseconds, row, tone


@dataclass(frozen=True, slots=True)
class Lane:
    """The time a suite took: where it begins in the run, how long it lasts, its slowest case.

    `paths` are (tone, path) to fill: its cases, placed in the time of the whole run.
    """

    suite: str
    cases: int
    start_ms: float
    duration_ms: float
    slowest: Mapping[str, Any]
    paths: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The cases of a run put end to end in run order, one lane per suite."""

    total_ms: float
    lanes: tuple[Lane, ...]


def timeline(report: Report) -> Timeline | None:
    """The timeline of the run; None where nothing took any time."""
    entries = [entry for entry in report.run["cases"] if entry["outcome"] != "skipped"]
    total = sum(entry["duration_ms"] for entry in entries)
    if not total:
        return None
    lanes: dict[str, list[tuple[float, Mapping[str, Any]]]] = {}
    at = 0.0
    for entry in entries:
        lanes.setdefault(entry["suite"], []).append((at, entry))
        at += entry["duration_ms"]
    return Timeline(total, tuple(_lane(suite, played, total) for suite, played in lanes.items()))


def _lane(suite: str, played: Sequence[tuple[float, Mapping[str, Any]]], total: float) -> Lane:
    entries = [entry for _at, entry in played]
    slowest = max(entries, key=lambda entry: entry["duration_ms"])
    bars = [(at, entry["duration_ms"], 0, OUTCOMES[shown_as(entry)].tone) for at, entry in played]
    spent = sum(entry["duration_ms"] for entry in entries)
    return Lane(suite, len(entries), played[0][0], spent, slowest, paths(bars, total))


def waterfall(views: Sequence[ExchangeView]) -> tuple[tuple[str, str], ...]:
    """The exchanges of a case end to end, one row each; nothing where there is nothing to compare."""
    times = [view.duration_ms or 0 for view in views]
    total = sum(times)
    if not total or not 2 <= len(views) <= MAX_BARS:
        return ()
    bars = [
        (sum(times[:row]), times[row], row, "mute" if view.supporting else "accent") for row, view in enumerate(views)
    ]
    return paths(bars, total)


def paths(bars: Iterable[Bar], total: float) -> tuple[tuple[str, str], ...]:
    """One path per tone; a bar is never too thin to be seen, nor outside of the picture."""
    drawn: dict[str, list[str]] = {}
    for start, length, row, tone in bars:
        left = min(round(WIDTH * start / total), WIDTH - 2)
        width = max(2, min(round(WIDTH * length / total), WIDTH - left))
        drawn.setdefault(tone, []).append(f"M{left} {ROW * row + 2}h{width}v{ROW - 4}h-{width}z")
    return tuple((tone, "".join(pieces)) for tone, pieces in drawn.items())
