"""What the rules look at, and how they say where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from mes_conformity.assessment import evidence as pieces
from mes_conformity.assessment.model import Answer, Assessment
from mes_conformity.assessment.scoring import in_force
from mes_conformity.assessment.store import Loaded
from mes_conformity.catalogue.model import Catalogue, Requirement
from mes_conformity.foundation.diagnostics import Diagnostic, Level
from mes_conformity.foundation.i18n import Text


@dataclass(frozen=True)
class Ground:
    """What the rules look at. `today` is a day in UTC; `faults` is what became of the evidence files."""

    loaded: Loaded
    catalogue: Catalogue
    today: date
    faults: Sequence[pieces.Fault]
    product_version: str

    @property
    def assessment(self) -> Assessment:
        """The assessment that is checked."""
        return self.loaded.assessment

    @cached_property
    def in_force(self) -> frozenset[str]:
        """The ids of the active requirements that apply, or may apply."""
        return frozenset(item.id for item in in_force(self.catalogue, self.assessment.fact_values()))

    def known(self) -> Iterator[tuple[Requirement, Answer]]:
        """Each answer whose requirement the catalogue has."""
        for name, answer in self.assessment.answers.items():
            if name in self.catalogue:
                yield self.catalogue.requirement(name), answer

    def remark(
        self, code: str, level: Level, message: Text, *pointer: str | int, key: bool = False, **more: Any
    ) -> Diagnostic:
        """A diagnostic at this place of `assessment.yaml`."""
        return Diagnostic(code, level, message, self.loaded.document.locate(pointer, key=key), **more)
