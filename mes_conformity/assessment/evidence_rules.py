"""What the rules say of evidence: ASM003, ASM005, ASM007, and the half of ASM011 that is about pieces."""

from collections.abc import Iterator
from datetime import date, timedelta

from mes_conformity.assessment.answers import outdated_pieces
from mes_conformity.assessment.ground import Ground
from mes_conformity.assessment.model import Answer, Evidence
from mes_conformity.assessment.words import status_name
from mes_conformity.catalogue.model import EvidenceNeed, Requirement
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.i18n import Text, both

SOON = timedelta(days=30)


def evidence_files(ground: Ground) -> Iterator[Diagnostic]:
    """ASM003: an evidence file is missing, changed, or no plain file."""
    for fault in ground.faults:
        items = ground.assessment.answers[fault.requirement].evidence
        path = str(fault.evidence.path)
        messages = {
            "missing": both("la preuve « {path} » a disparu", path=path),
            "changed": both("la preuve « {path} » a changé depuis son ajout", path=path),
            "not_a_file": both("la preuve « {path} » n'est pas un fichier ordinaire", path=path),
        }
        yield ground.remark(
            "ASM003",
            "error",
            messages[fault.kind],
            "answers",
            fault.requirement,
            "evidence",
            items.index(fault.evidence),
            "path",
            expected=f"sha256 {fault.evidence.sha256}",
            obtained=f"sha256 {fault.obtained}" if fault.obtained else None,
            hint=both(
                "si le nouveau fichier est le bon, lancez `mes-conformity evidence add {name} FICHIER --replace {id}`",
                name=fault.requirement,
                id=fault.evidence.id,
            ),
            about=fault.requirement,
        )


def missing_evidence(ground: Ground) -> Iterator[Diagnostic]:
    """ASM005: an answer that needs a piece of evidence which is not there."""
    outcomes = ground.assessment.last_outcomes()
    for requirement, answer in ground.known():
        if requirement.id not in ground.in_force:
            continue
        for need in requirement.evidence:
            if answer.status in need.required_for and not _met(need, answer, outcomes.get(requirement.id)):
                yield ground.remark(
                    "ASM005",
                    "error",
                    both(
                        "{name} est « {status} » sans la pièce exigée : {title}",
                        name=requirement.id,
                        status=status_name(answer.status),
                        title=need.title,
                    ),
                    "answers",
                    requirement.id,
                    "status",
                    hint=_evidence_hint(requirement, need),
                    about=requirement.id,
                )


def _met(need: EvidenceNeed, answer: Answer, outcome: str | None) -> bool:
    if need.kind == "test_run":
        return outcome == "passed"
    return any(item.satisfies == need.id for item in answer.evidence)


def _evidence_hint(requirement: Requirement, need: EvidenceNeed) -> Text:
    if need.kind == "test_run":
        return both("lancez `mes-conformity test run --requirement {name}`", name=requirement.id)
    return both(
        "lancez `mes-conformity evidence add {name} FICHIER --satisfies {need}`", name=requirement.id, need=need.id
    )


def expiry(ground: Ground) -> Iterator[Diagnostic]:
    """ASM007: evidence or waiver expired, or expiring in 30 days."""
    for requirement, answer in ground.known():
        for index, item in enumerate(answer.evidence):
            end = last_day(requirement, item)
            if end is not None and end <= ground.today + SOON:
                yield ground.remark(
                    "ASM007",
                    "warning",
                    _ending(end, ground.today, item.title),
                    "answers",
                    requirement.id,
                    "evidence",
                    index,
                    hint=both("remplacez-la avec `mes-conformity evidence add {name} …`", name=requirement.id),
                    about=requirement.id,
                )
    for index, waiver in enumerate(ground.assessment.waivers):
        end = date.fromisoformat(waiver.expires_on)
        if end <= ground.today + SOON:
            yield ground.remark(
                "ASM007",
                "warning",
                _ending(end, ground.today, waiver.id),
                "waivers",
                index,
                "expires_on",
                hint=both(
                    "traitez l'écart, ou renouvelez : `mes-conformity waiver add {name} …`", name=waiver.requirement
                ),
                about=waiver.requirement,
            )


def last_day(requirement: Requirement, item: Evidence) -> date | None:
    """The last day a piece is good for: the one written on it, or its age limit, whichever comes first."""
    ends = [date.fromisoformat(item.valid_until)] if item.valid_until else []
    need = next((need for need in requirement.evidence if need.id == item.satisfies), None)
    if need and need.max_age_days:
        ends.append(date.fromisoformat(item.added_at[:10]) + timedelta(days=need.max_age_days))
    return min(ends, default=None)


def _ending(end: date, today: date, title: str) -> Text:
    if end < today:
        return both("« {title} » a expiré le {date}", title=title, date=end.isoformat())
    return both("« {title} » expire le {date}", title=title, date=end.isoformat())


def outdated_evidence(ground: Ground) -> Iterator[Diagnostic]:
    """ASM011: evidence of another version of the product."""
    for requirement, answer in ground.known():
        for item in outdated_pieces(answer, ground.product_version):
            yield ground.remark(
                "ASM011",
                "warning",
                both("la preuve « {title} » montre une autre version du produit", title=item.title),
                "answers",
                requirement.id,
                "evidence",
                answer.evidence.index(item),
                expected=ground.product_version,
                obtained=item.product_version,
                hint=both("remplacez-la avec `mes-conformity evidence add {name} …`", name=requirement.id),
                about=requirement.id,
            )
