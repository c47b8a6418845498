"""Giving, changing and confirming answers. Everything here is pure: an assessment goes in, another comes out."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from mes_conformity.assessment.model import Answer, Assessment, Evidence, Provenance, Status
from mes_conformity.catalogue.model import Requirement
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import both

JUSTIFICATION_MINIMUM = 10


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gives for one requirement; None leaves what is there."""

    status: Status | None = None
    comment: str | None = None
    justification: str | None = None
    level: int | None = None
    owner: str | None = None
    due_on: str | None = None


def give(assessment: Assessment, requirement: Requirement, given: Given, provenance: Provenance) -> Assessment:
    """The assessment with the answer changed. What is not given stays, evidence included.

    Raises UsageError `ASM004` (« non applicable » where it is refused, or without a reason of ten characters),
    `ANS002` (level or date that cannot be).
    """
    old = assessment.answers.get(requirement.id)
    status = given.status or (old.status if old else "not_assessed")
    answer = Answer(
        status=status,
        # A comment on a test's proposal is no acceptance of it.
        provenance=provenance if given.status or old is None else old.provenance,
        level=given.level if given.level is not None else (old.level if old else None),
        justification=_text(given.justification, old.justification if old else None),
        comment=_text(given.comment, old.comment if old else None),
        owner=_text(given.owner, old.owner if old else None),
        due_on=day(given.due_on, old.due_on if old else None),
        evidence=old.evidence if old else (),
        requirement_sha256=requirement.normative_sha256,
    )
    _refuse(requirement, answer)
    return with_answer(assessment, requirement.id, answer)


def with_answer(assessment: Assessment, name: str, answer: Answer) -> Assessment:
    """The assessment with this answer in the place of any other."""
    return replace(assessment, answers={**assessment.answers, name: answer})


def _text(given: str | None, kept: str | None) -> str | None:
    """A blank text takes away what was there."""
    return kept if given is None else (given if given.strip() else None)


def day(given: str | None, kept: str | None) -> str | None:
    """The ISO day given, else the one kept. Raises UsageError `ANS002`."""
    if not given:
        return kept
    try:
        if date.fromisoformat(given).isoformat() == given:
            return given
    except ValueError:
        pass
    raise UsageError("ANS002", both("ce n'est pas une date"), expected=both("AAAA-MM-JJ"), obtained=given)


def _refuse(requirement: Requirement, answer: Answer) -> None:
    if answer.level is not None and not 0 <= answer.level <= 5:
        raise UsageError("ANS002", both("le niveau va de 0 à 5"), obtained=str(answer.level))
    if answer.status != "not_applicable":
        return
    if not requirement.na_allowed:
        raise UsageError(
            "ASM004",
            both("« non applicable » n'est pas accepté pour {name}", name=requirement.id),
            hint=both("si l'exigence ne vous concerne pas, revoyez les questions d'orientation"),
        )
    if not justified(answer):
        raise UsageError(
            "ASM004",
            both("« non applicable » demande une justification d'au moins {count} caractères", count=10),
            hint=both('ajoutez --justification "…"'),
        )


def justified(answer: Answer) -> bool:
    """Whether the reason of a « non applicable » says something."""
    return len((answer.justification or "").strip()) >= JUSTIFICATION_MINIMUM


def confirm(assessment: Assessment, names: Collection[str], *, at: str, by: str | None = None) -> Assessment:
    """The proposals of these requirements accepted. The origin stays: a test proposed, a person disposed."""
    answers = dict(assessment.answers)
    for name in names:
        answer = answers[name]
        provenance = replace(answer.provenance, confirmed=True, at=at, by=by or answer.provenance.by)
        answers[name] = replace(answer, provenance=provenance)
    return replace(assessment, answers=answers)


def unconfirmed(assessment: Assessment) -> dict[str, Answer]:
    """The answers that nobody accepted yet."""
    return {name: answer for name, answer in assessment.answers.items() if not answer.confirmed}


def with_evidence(assessment: Assessment, requirement: Requirement, evidence: Evidence, at: str) -> Assessment:
    """The assessment with one more piece of evidence, or the one of the same id replaced."""
    old = assessment.answers.get(requirement.id) or Answer(
        "not_assessed", Provenance("person", at), requirement_sha256=requirement.normative_sha256
    )
    others = tuple(item for item in old.evidence if item.id != evidence.id)
    return with_answer(assessment, requirement.id, replace(old, evidence=(*others, evidence)))


def outdated_pieces(answer: Answer, product_version: str) -> tuple[Evidence, ...]:
    """The pieces that show another version of the product."""
    return tuple(item for item in answer.evidence if item.product_version not in (None, product_version))


def reworded(requirement: Requirement, answer: Answer) -> bool:
    """Whether the wording changed since the answer."""
    return answer.requirement_sha256 not in (None, requirement.normative_sha256)


def below_target(requirement: Requirement, answer: Answer) -> bool:
    """Whether the level reached is given, and lower than the one to reach."""
    target, level = requirement.target_level, answer.level
    return target is not None and level is not None and level < target
