"""The rules of an assessment that no schema can say: ASM001 to ASM012, and JRN001 to JRN003 on its journal.

Every remark has a place in `assessment.yaml`, a message and a remedy that can be typed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mes_conformity.assessment import evidence as pieces
from mes_conformity.assessment import facts
from mes_conformity.assessment.answers import justified, open_actions
from mes_conformity.assessment.model import Answer, Assessment, Evidence
from mes_conformity.assessment.scoring import in_force
from mes_conformity.assessment.store import Loaded
from mes_conformity.assessment.words import status_name
from mes_conformity.assessment.workspace import JOURNAL, Workspace
from mes_conformity.catalogue.model import Catalogue, EvidenceNeed, Requirement
from mes_conformity.foundation.diagnostics import Diagnostic, Level
from mes_conformity.foundation.errors import Location
from mes_conformity.foundation.i18n import Text, both

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
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


def check(workspace: Workspace, loaded: Loaded, catalogue: Catalogue, today: date) -> list[Diagnostic]:
    """Everything the rules have to say of an assessment, in the order of the rules. Reads the evidence files."""
    ground = Ground(loaded, catalogue, today, pieces.faults(workspace, loaded.assessment), workspace.service.version)
    return [remark for rule in _RULES for remark in rule(ground)]


def unknown_requirements(ground: Ground) -> Iterator[Diagnostic]:
    """ASM001: an answer, action or waiver to a requirement that the catalogue does not have."""
    for name in ground.assessment.answers:
        if name not in ground.catalogue:
            yield ground.remark(
                "ASM001",
                "error",
                both("réponse à une exigence inconnue : « {name} »", name=name),
                "answers",
                name,
                key=True,
                hint=both("corrigez l'identifiant, ou retirez la réponse ; la liste : `mes-conformity catalogue show`"),
                about=name,
            )


def catalogue_pin(ground: Ground) -> Iterator[Diagnostic]:
    """ASM002: the catalogue is not the one that was answered."""
    pin, catalogue = ground.assessment.catalogue, ground.catalogue
    if (pin.id, pin.version, pin.sha256) != (catalogue.id, catalogue.version, catalogue.sha256):
        yield ground.remark(
            "ASM002",
            "error",
            both("le catalogue n'est pas celui auquel l'évaluation répond"),
            "catalogue",
            "sha256" if pin.sha256 != catalogue.sha256 else "version",
            expected=f"{pin.id} {pin.version} sha256 {pin.sha256}",
            obtained=f"{catalogue.id} {catalogue.version} sha256 {catalogue.sha256}",
            hint=both("installez la version de l'outil qui porte ce catalogue, ou recommencez avec le nouveau"),
        )


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


def missing_evidence(ground: Ground) -> Iterator[Diagnostic]:
    """ASM005: an answer that needs a piece of evidence which is not there."""
    outcomes = ground.assessment.last_outcomes()
    active = {item.id for item in in_force(ground.catalogue, ground.assessment.fact_values())}
    for requirement, answer in ground.known():
        if requirement.id not in active:
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


def expiry(ground: Ground) -> Iterator[Diagnostic]:
    """ASM007: evidence or waiver expired, or expiring in 30 days."""
    for requirement, answer in ground.known():
        for index, item in enumerate(answer.evidence):
            end = _end(requirement, item)
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
                hint=both("traitez l'écart, ou demandez une nouvelle dérogation"),
                about=waiver.requirement,
            )


def _end(requirement: Requirement, item: Evidence) -> date | None:
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
                hint=both(
                    'lancez `mes-conformity assess set {name} {status} --action "…" --due-on AAAA-MM-JJ`',
                    name=requirement.id,
                    status=answer.status,
                ),
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
    active = {item.id for item in in_force(ground.catalogue, ground.assessment.fact_values())}
    for index, waiver in enumerate(ground.assessment.waivers):
        answer = ground.assessment.answers.get(waiver.requirement)
        settled = answer is not None and answer.status in ("conform", "not_applicable")
        if settled or waiver.requirement not in active:
            yield ground.remark(
                "ASM010",
                "warning",
                both("dérogation sans objet : {name}", name=waiver.requirement),
                "waivers",
                index,
                hint=both("retirez-la"),
                about=waiver.requirement,
            )


def outdated(ground: Ground) -> Iterator[Diagnostic]:
    """ASM011: answered against an older wording, or evidence of an older version of the product."""
    for requirement, answer in ground.known():
        place = ("answers", requirement.id)
        again = both("relisez l'exigence, puis `mes-conformity assess set {name} …`", name=requirement.id)
        if answer.requirement_sha256 not in (None, requirement.normative_sha256):
            message = both("le texte de {name} a changé depuis la réponse", name=requirement.id)
            yield ground.remark("ASM011", "warning", message, *place, "requirement_sha256", hint=again, about=place[1])
        for index, item in enumerate(answer.evidence):
            if item.product_version not in (None, ground.product_version):
                message = both("la preuve « {title} » montre une autre version du produit", title=item.title)
                yield ground.remark(
                    "ASM011",
                    "warning",
                    message,
                    *place,
                    "evidence",
                    index,
                    expected=ground.product_version,
                    obtained=item.product_version,
                    hint=both("remplacez-la avec `mes-conformity evidence add {name} …`", name=requirement.id),
                    about=requirement.id,
                )


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


def journal_lines(ground: Ground) -> Iterator[Diagnostic]:
    """JRN001: a line of the journal was changed; JRN002: torn by a crash; JRN003: the file was edited elsewhere."""
    journal = ground.loaded.journal
    for fault in journal.faults()[:20]:
        yield Diagnostic(
            "JRN001",
            "error",
            both("la chaîne du journal est rompue : une ligne a été changée, retirée ou déplacée"),
            Location(JOURNAL, fault.line, 1),
            both("remettez le journal depuis une sauvegarde ; les réponses, elles, sont dans assessment.yaml"),
        )
    if journal.torn:
        yield Diagnostic(
            "JRN002",
            "warning",
            both("la dernière ligne du journal est coupée ; la prochaine réponse la remettra en ordre"),
            Location(JOURNAL, len(journal.lines) + 1, 1),
            both("rien à faire : aucune réponse enregistrée n'est perdue"),
        )
    if ground.loaded.outside:
        yield Diagnostic(
            "JRN003",
            "info",
            both("assessment.yaml a été modifié hors de l'outil depuis la dernière ligne du journal"),
            Location(JOURNAL, len(journal.lines), 1),
            both("rien à faire si c'est vous ; le journal le notera à la prochaine réponse"),
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
    fact_values,
    journal_lines,
)
