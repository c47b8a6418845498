"""Whether the assessment is complete, whether it is ready to be sent, and what stands in the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from mes_conformity.assessment import facts
from mes_conformity.assessment.answers import below_target
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.scoring import in_force
from mes_conformity.assessment.waivers import running
from mes_conformity.assessment.words import status_name
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.i18n import Text, both


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing in the way: the requirement (or the question) it is about, why, and what to type."""

    reason: Text
    command: str
    requirement: str | None = None
    fact: str | None = None
    incomplete: bool = False

    def to_json(self) -> dict[str, Any]:
        """`{requirement, fact, reason, command}`."""
        return {"requirement": self.requirement, "fact": self.fact, "reason": self.reason, "command": self.command}


@dataclass(frozen=True, slots=True)
class Readiness:
    """`incomplete` while something is unanswered; `not_ready` while something answered stands in the way."""

    state: Literal["ready", "not_ready", "incomplete"]
    blocking: tuple[Blocker, ...]

    @property
    def findings(self) -> bool:
        """Whether something else than a missing answer is in the way."""
        return any(not blocker.incomplete for blocker in self.blocking)


def readiness(
    assessment: Assessment, catalogue: Catalogue, diagnostics: Sequence[Diagnostic], today: date
) -> Readiness:
    """What stands between this assessment and its dossier, the unanswered first, in the order of the catalogue.

    A mandatory requirement that is not met blocks unless a waiver still runs: a waiver is no pass, but it is an answer.
    """
    blocking = (
        *_unanswered(assessment, catalogue),
        *_not_met(assessment, catalogue, today),
        *_errors(diagnostics),
    )
    if any(blocker.incomplete for blocker in blocking):
        return Readiness("incomplete", blocking)
    return Readiness("not_ready" if blocking else "ready", blocking)


def _unanswered(assessment: Assessment, catalogue: Catalogue) -> Iterator[Blocker]:
    for fact in facts.unanswered(catalogue, assessment.fact_values()):
        reason = both("question d'orientation sans réponse : {prompt}", prompt=fact.prompt)
        command = f"mes-conformity assess set {fact.id} {_example(fact)}"
        yield Blocker(reason, command, fact=fact.id, incomplete=True)
    for requirement in in_force(catalogue, assessment.fact_values()):
        answer = assessment.answers.get(requirement.id)
        if answer is not None and not answer.confirmed and answer.status != "not_assessed":
            reason = both("réponse proposée par un test, à confirmer : {status}", status=status_name(answer.status))
            command = f"mes-conformity assess confirm {requirement.id}"
            yield Blocker(reason, command, requirement.id, incomplete=True)
        elif answer is None or not answer.given:
            reason = both("exigence sans réponse : {title}", title=requirement.title)
            command = f"mes-conformity assess resume --ask {requirement.id}"
            yield Blocker(reason, command, requirement.id, incomplete=True)


def _example(fact: Any) -> str:
    if fact.choices:
        return "|".join(choice.id for choice in fact.choices)
    return "true|false" if fact.type == "boolean" else "…"


def _not_met(assessment: Assessment, catalogue: Catalogue, today: date) -> Iterator[Blocker]:
    waived = running(assessment, today)
    for requirement in in_force(catalogue, assessment.fact_values()):
        answer = assessment.answers.get(requirement.id)
        if answer is None or not answer.given or requirement.obligation != "mandatory" or requirement.id in waived:
            continue
        command = f"mes-conformity assess resume --ask {requirement.id}"
        if answer.status in ("partial", "non_conform"):
            reason = both("exigence obligatoire « {status} »", status=status_name(answer.status))
            yield Blocker(reason, command, requirement.id)
        elif answer.status == "conform" and below_target(requirement, answer):
            yield Blocker(both("exigence obligatoire sous le niveau visé"), command, requirement.id)


def _errors(diagnostics: Sequence[Diagnostic]) -> Iterator[Blocker]:
    for item in diagnostics:
        if item.level == "error":
            reason = {language: f"{item.code} : {text}" for language, text in item.message.items()}
            yield Blocker(reason, _command(item), item.about)


def _command(diagnostic: Diagnostic) -> str:
    """The command that the hint names, or the one that shows the whole remark."""
    parts = (diagnostic.hint or {}).get("fr", "").split("`")
    return parts[1] if len(parts) > 2 else "mes-conformity assess check"
