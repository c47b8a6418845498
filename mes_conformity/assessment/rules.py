"""The rules of an assessment that no schema can say: ASM001 to ASM013. Those on its journal: `journal_rules`.

Every remark has a place in `assessment.yaml`, a message and a remedy that can be typed.
"""

from collections.abc import Callable, Iterator
from datetime import date

from mes_conformity.assessment import evidence as pieces
from mes_conformity.assessment import facts
from mes_conformity.assessment.actions import open_actions
from mes_conformity.assessment.answers import below_target, justified, reworded
from mes_conformity.assessment.evidence_rules import evidence_files, expiry, missing_evidence, outdated_evidence
from mes_conformity.assessment.ground import Ground
from mes_conformity.assessment.journal_rules import journal_lines
from mes_conformity.assessment.store import Loaded
from mes_conformity.assessment.waivers import unused
from mes_conformity.assessment.workspace import Workspace
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.i18n import both

_UNKNOWN = both("corrigez l'identifiant, ou retirez la réponse ; la liste : `mes-conformity catalogue show`")
_WORDS = {"findings": both("constat"), "waivers": both("dérogation"), "actions": both("action")}


def check(workspace: Workspace, loaded: Loaded, catalogue: Catalogue, today: date) -> list[Diagnostic]:
    """Everything the rules have to say of an assessment, in the order of the rules. Reads the evidence files."""
    ground = Ground(loaded, catalogue, today, pieces.faults(workspace, loaded.assessment), workspace.service.version)
    return [remark for rule in _RULES for remark in rule(ground)]


def unknown_requirements(ground: Ground) -> Iterator[Diagnostic]:
    """ASM001: an answer, a finding, a waiver or an action on a requirement that the catalogue does not have.

    What hangs on an answer that a migration set aside stays with it, and is no error.
    """
    assessment = ground.assessment
    known = {name.partition("@")[0] for name in assessment.set_aside}
    for name in assessment.answers:
        if name not in ground.catalogue:
            message = both("réponse à une exigence inconnue : « {name} »", name=name)
            yield ground.remark("ASM001", "error", message, "answers", name, key=True, hint=_UNKNOWN, about=name)
    for section in ("findings", "waivers", "actions"):
        for index, item in enumerate(getattr(assessment, section)):
            if item.requirement not in ground.catalogue and item.requirement not in known:
                yield ground.remark(
                    "ASM001",
                    "error",
                    both("{what} sur une exigence inconnue : « {name} »", what=_WORDS[section], name=item.requirement),
                    section,
                    index,
                    "requirement",
                    hint=_UNKNOWN,
                    about=item.requirement,
                )


def catalogue_pin(ground: Ground) -> Iterator[Diagnostic]:
    """ASM002: the catalogue is not the one that was answered."""
    pin, catalogue = ground.assessment.catalogue, ground.catalogue
    if (pin.id, pin.version, pin.sha256) == (catalogue.id, catalogue.version, catalogue.sha256):
        return
    hint = both("installez la version de l'outil qui porte ce catalogue, ou recommencez avec le nouveau")
    if pin.id == catalogue.id and pin.version != catalogue.version:
        hint = both("lancez `mes-conformity assess migrate --to {version} --dry-run`", version=catalogue.version)
    yield ground.remark(
        "ASM002",
        "error",
        both("le catalogue n'est pas celui auquel l'évaluation répond"),
        "catalogue",
        "sha256" if pin.sha256 != catalogue.sha256 else "version",
        expected=f"{pin.id} {pin.version} sha256 {pin.sha256}",
        obtained=f"{catalogue.id} {catalogue.version} sha256 {catalogue.sha256}",
        hint=hint,
    )


def not_applicable(ground: Ground) -> Iterator[Diagnostic]:
    """ASM004: « non applicable » where it is refused, or without a reason."""
    for requirement, answer in ground.known():
        if answer.status != "not_applicable":
            continue
        if not requirement.na_allowed:
            message = both("« non applicable » n'est pas accepté pour {name}", name=requirement.id)
        elif requirement.na_justification == "required" and not justified(answer):
            message = both("« non applicable » sans justification pour {name}", name=requirement.id)
        else:
            continue
        yield ground.remark(
            "ASM004",
            "error",
            message,
            "answers",
            requirement.id,
            "status",
            hint=both("lancez `mes-conformity assess set {name} STATUT`", name=requirement.id),
            about=requirement.id,
        )


def contradictions(ground: Ground) -> Iterator[Diagnostic]:
    """ASM006: declared conform, and its last test failed."""
    outcomes = ground.assessment.last_outcomes()
    for requirement, answer in ground.known():
        if answer.status == "conform" and answer.confirmed and outcomes.get(requirement.id) == "failed":
            yield ground.remark(
                "ASM006",
                "error",
                both("{name} est déclarée conforme, mais son dernier test a échoué", name=requirement.id),
                "answers",
                requirement.id,
                "status",
                hint=both("corrigez le service puis relancez `mes-conformity test run`, ou revoyez la réponse"),
                about=requirement.id,
            )


def without_action(ground: Ground) -> Iterator[Diagnostic]:
    """ASM008: partial or non-conform, and nothing planned."""
    planned = open_actions(ground.assessment)
    for requirement, answer in ground.known():
        if answer.status in ("partial", "non_conform") and answer.confirmed and requirement.id not in planned:
            yield ground.remark(
                "ASM008",
                "warning",
                both("{name} n'est pas conforme et aucune action n'est prévue", name=requirement.id),
                "answers",
                requirement.id,
                "status",
                hint=both('lancez `mes-conformity plan set {name} --title "…" --due AAAA-MM-JJ`', name=requirement.id),
                about=requirement.id,
            )


def proposals(ground: Ground) -> Iterator[Diagnostic]:
    """ASM009: an answer that nobody confirmed."""
    for requirement, answer in ground.known():
        if not answer.confirmed:
            yield ground.remark(
                "ASM009",
                "info",
                both("réponse proposée, à confirmer : {name}", name=requirement.id),
                "answers",
                requirement.id,
                "status",
                hint=both("lancez `mes-conformity assess confirm {name}`", name=requirement.id),
                about=requirement.id,
            )


def unused_waivers(ground: Ground) -> Iterator[Diagnostic]:
    """ASM010: a waiver for a requirement that needs none."""
    for index, waiver in enumerate(ground.assessment.waivers):
        if unused(ground.assessment, waiver, ground.in_force):
            yield ground.remark(
                "ASM010",
                "warning",
                both("dérogation sans objet : {name}", name=waiver.requirement),
                "waivers",
                index,
                hint=both("retirez-la : `mes-conformity waiver remove {id}`", id=waiver.id),
                about=waiver.requirement,
            )


def outdated(ground: Ground) -> Iterator[Diagnostic]:
    """ASM011: answered against an older wording."""
    for requirement, answer in ground.known():
        if reworded(requirement, answer):
            yield ground.remark(
                "ASM011",
                "warning",
                both("le texte de {name} a changé depuis la réponse", name=requirement.id),
                "answers",
                requirement.id,
                "requirement_sha256",
                hint=both("relisez l'exigence, puis `mes-conformity assess resume --ask {name}`", name=requirement.id),
                about=requirement.id,
            )


def levels(ground: Ground) -> Iterator[Diagnostic]:
    """ASM013: conform, below the level to reach. It is not counted as met."""
    for requirement, answer in ground.known():
        if answer.status == "conform" and below_target(requirement, answer):
            yield ground.remark(
                "ASM013",
                "warning",
                both("{name} est « conforme » sous le niveau visé", name=requirement.id),
                "answers",
                requirement.id,
                "level",
                expected=f"≥ {requirement.target_level}",
                obtained=str(answer.level),
                hint=both("revoyez le niveau ou le statut : `mes-conformity assess resume --ask {name}`",
                          name=requirement.id),
                about=requirement.id,
            )  # fmt: skip


def fact_values(ground: Ground) -> Iterator[Diagnostic]:
    """ASM012: a fact that the catalogue does not ask, or a value it does not accept."""
    known = {fact.id: fact for fact in ground.catalogue.facts}
    for name, answer in ground.assessment.facts.items():
        if name not in known:
            message = both("réponse à une question inconnue : « {name} »", name=name)
            yield ground.remark("ASM012", "error", message, "facts", name, key=True, hint=both("retirez-la"))
        elif not facts.accepts(known[name], answer.value):
            yield ground.remark(
                "ASM012",
                "error",
                both("valeur refusée pour la question « {name} »", name=name),
                "facts",
                name,
                "value",
                expected=facts.expected(known[name])["fr"],
                obtained=str(answer.value),
                hint=both("lancez `mes-conformity assess set {name} VALEUR`", name=name),
            )


_RULES: tuple[Callable[[Ground], Iterator[Diagnostic]], ...] = (
    unknown_requirements,
    catalogue_pin,
    evidence_files,
    not_applicable,
    missing_evidence,
    contradictions,
    expiry,
    without_action,
    proposals,
    unused_waivers,
    outdated,
    outdated_evidence,
    fact_values,
    levels,
    journal_lines,
)
