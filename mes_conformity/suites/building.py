"""From schema-valid data to the model: what a case inherits from its suite is applied here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mes_conformity.foundation.conditions import Condition, parse
from mes_conformity.suites.model import Capture, Case, Check, Pointer, Step, Suite
from mes_conformity.suites.variables import uses


def suite(data: Mapping[str, Any], name: str, sha256: str) -> Suite:
    """The suite in the data of one file. `name` is its path under the suites' root."""
    bindings = {"contract": data["contract"]} if "contract" in data else {}
    bindings |= data.get("contracts", {})
    cases = tuple(_case(data, case, bindings, index) for index, case in enumerate(data["cases"]))
    return Suite(
        data["suite"], data["kind"], data["title"], data.get("contract"), data.get("contracts", {}), cases, name, sha256
    )


def _case(suite_data: Mapping[str, Any], data: Mapping[str, Any], bindings: Mapping[str, str], index: int) -> Case:
    pointer: Pointer = ("cases", index)
    steps = tuple(
        _step(step, number, (*pointer, "steps", number - 1)) for number, step in enumerate(data["steps"], start=1)
    )
    return Case(
        id=data["id"],
        suite=suite_data["suite"],
        kind=suite_data["kind"],
        title=data["title"],
        subject=data["subject"],
        basis=data["basis"],
        obligation=data.get("obligation", "mandatory"),
        requirements=tuple(data["requirements"]),
        source=data["source"],
        remedy=data["remedy"],
        steps=steps,
        after=tuple(data.get("after", ())),
        broken_by=tuple(data.get("broken_by", ())),
        needs=tuple(data.get("needs", suite_data.get("needs", ()))),
        for_each=data.get("for_each"),
        where=data.get("where"),
        applicability=_conditions(suite_data, data),
        contracts=bindings,
        variables=frozenset(use.root for use in uses(data["steps"])),
        pointer=pointer,
    )


def _conditions(*levels: Mapping[str, Any]) -> tuple[Condition, ...]:
    found = (parse(level.get("applicability")) for level in levels)
    return tuple(condition for condition in found if condition is not None)


def _step(data: Mapping[str, Any], number: int, pointer: Pointer) -> Step:
    return Step(
        number=number,
        action=data.get("use"),
        inputs=data.get("with", {}),
        request=data.get("request"),
        bind=data.get("as"),
        captures=tuple(
            Capture(name, source, expression, (*pointer, "capture", name))
            for name, place in data.get("capture", {}).items()
            for source, expression in place.items()
        ),
        checks=tuple(
            Check(kind, argument, (*pointer, "expect", kind)) for kind, argument in data.get("expect", {}).items()
        ),
        pointer=pointer,
    )
