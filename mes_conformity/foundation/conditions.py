"""Conditions over facts: `all`, `any`, `not`, `fact/is`, `fact/in`. No expression language, no `eval`.

A fact that is not answered makes a condition *unknown* (None) unless the rest decides it: three-valued logic (Kleene).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Operator = Literal["is", "in"]


@dataclass(frozen=True, slots=True)
class Ground:
    """One comparison that took part in a decision. `holds` is None while the fact is not answered."""

    fact: str
    operator: Operator
    wanted: tuple[Any, ...]
    actual: Any
    holds: bool | None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something applies (None: unknown), and the comparisons that decided it."""

    applies: bool | None
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A node: a comparison (`fact`) or a combination (`all`, `any`, `not`) of `parts`."""

    kind: Literal["fact", "all", "any", "not"]
    fact: str = ""
    operator: Operator = "is"
    wanted: tuple[Any, ...] = ()
    parts: tuple["Condition", ...] = ()

    def facts(self) -> frozenset[str]:
        """The names of the facts it asks."""
        if self.kind == "fact":
            return frozenset({self.fact})
        return frozenset[str]().union(*(part.facts() for part in self.parts))

    def comparisons(self) -> tuple["Condition", ...]:
        """Its comparisons, left to right."""
        if self.kind == "fact":
            return (self,)
        return tuple(leaf for part in self.parts for leaf in part.comparisons())

    def evaluate(self, facts: Mapping[str, Any]) -> Decision:
        """Decide over `facts` (name → value). The grounds are only the comparisons that decided."""
        return self._evaluate(facts, negated=False)

    def _evaluate(self, facts: Mapping[str, Any], *, negated: bool) -> Decision:
        if self.kind == "fact":
            ground = self._compare(facts, negated)
            return Decision(ground.holds, (ground,))
        if self.kind == "not":
            inner = self.parts[0]._evaluate(facts, negated=not negated)
            return Decision(None if inner.applies is None else not inner.applies, inner.grounds)
        decisions = [part._evaluate(facts, negated=negated) for part in self.parts]
        return _combine(decisions, decisive=self.kind == "any")

    def _compare(self, facts: Mapping[str, Any], negated: bool) -> Ground:
        actual = facts.get(self.fact)
        if actual is None:
            return Ground(self.fact, self.operator, self.wanted, None, None, negated)
        values = actual if isinstance(actual, list | tuple) else (actual,)
        holds = any(_same(value, wanted) for value in values for wanted in self.wanted)
        return Ground(self.fact, self.operator, self.wanted, actual, holds, negated)


def _same(value: Any, wanted: Any) -> bool:
    """Equality that keeps true apart from 1, as JSON does."""
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _combine(decisions: list[Decision], *, decisive: bool) -> Decision:
    """`any` is decided by one true part, `all` by one false part; otherwise every part counts."""
    deciding = [decision for decision in decisions if decision.applies is decisive]
    if deciding:
        return Decision(decisive, deciding[0].grounds)
    unknown = [decision for decision in decisions if decision.applies is None]
    kept = unknown or decisions
    grounds = tuple(ground for decision in kept for ground in decision.grounds)
    return Decision(None if unknown else not decisive, grounds)


def parse(data: Any) -> Condition | None:
    """The condition in schema-valid data; None (always applies) for None. Raises ValueError for anything else."""
    if data is None:
        return None
    if not isinstance(data, dict):
        raise ValueError(f"not a condition: {data!r}")
    match data:
        case {"fact": str(fact), "is": wanted} if len(data) == 2:
            return Condition("fact", fact, "is", (wanted,))
        case {"fact": str(fact), "in": list(wanted)} if len(data) == 2:
            return Condition("fact", fact, "in", tuple(wanted))
        case {"not": part} if len(data) == 1:
            return Condition("not", parts=(_required(part),))
        case {"all": list(parts)} if len(data) == 1:
            return Condition("all", parts=tuple(_required(part) for part in parts))
        case {"any": list(parts)} if len(data) == 1:
            return Condition("any", parts=tuple(_required(part) for part in parts))
    raise ValueError(f"not a condition: {data!r}")


def _required(data: Any) -> Condition:
    condition = parse(data)
    if condition is None:
        raise ValueError("an empty condition")
    return condition
