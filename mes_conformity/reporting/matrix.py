"""Requirement × case: which case verifies which requirement, suite by suite, and what it showed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mes_conformity.reporting.model import Report, SuiteView


@dataclass(frozen=True, slots=True)
class Row:
    """A case and its cells from left to right: (columns left empty before it, requirement); `empty` columns after."""

    entry: Mapping[str, Any]
    cells: tuple[tuple[int, str], ...]
    empty: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """A suite: the requirements it verifies in the order of the catalogue, as columns (id, label), and its cases."""

    suite: SuiteView
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


def matrices(report: Report) -> tuple[Matrix, ...]:
    """One matrix per suite. It weighs what its links weigh, never rows × columns."""
    known = {item.id: (place, item.label) for place, item in enumerate((*report.requirements, *report.set_apart))}
    return tuple(_matrix(suite, known) for suite in report.suites)


def _matrix(suite: SuiteView, known: Mapping[str, tuple[int, str]]) -> Matrix:
    named = {name for case in suite.cases for name in case.entry["requirements"]}
    ordered = sorted(named, key=lambda name: known[name][0])
    places = {name: place for place, name in enumerate(ordered)}
    rows = tuple(_row(case.entry, places) for case in suite.cases)
    return Matrix(suite, tuple((name, known[name][1]) for name in ordered), rows)


def _row(entry: Mapping[str, Any], places: Mapping[str, int]) -> Row:
    held: Sequence[str] = sorted(set(entry["requirements"]), key=places.__getitem__)
    at = [-1, *(places[name] for name in held)]
    gaps = [after - before - 1 for before, after in pairwise(at)]
    return Row(entry, tuple(zip(gaps, held, strict=True)), len(places) - 1 - at[-1])
