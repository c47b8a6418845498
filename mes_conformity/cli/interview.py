"""The interview: numbered lines on stderr, one question at a time, each answer on disk before the next question."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from mes_conformity.assessment import actions, facts
from mes_conformity.assessment.answers import Given, give, reworded
from mes_conformity.assessment.model import Answer, Provenance
from mes_conformity.assessment.scoring import in_force, score, scores
from mes_conformity.assessment.store import Session
from mes_conformity.assessment.words import NUMBERED, folded, known_status, status_name
from mes_conformity.catalogue.applicability import applicability
from mes_conformity.catalogue.model import Fact, Requirement
from mes_conformity.cli.app import Context
from mes_conformity.cli.evidence import attach
from mes_conformity.cli.interview_questions import Question, Selection, from_place, pending
from mes_conformity.foundation.errors import Conflict, ConformityError, Interrupted
from mes_conformity.foundation.i18n import _, both, pick, plural

Move = Literal["answered", "previous", "skip", "quit"]
_COMMANDS = {
    "c": "comment",
    "commentaire": "comment",
    "comment": "comment",
    "e": "evidence",
    "preuve": "evidence",
    "evidence": "evidence",
    "?": "help",
    "aide": "help",
    "explication": "help",
    "help": "help",
    "p": "previous",
    "precedent": "previous",
    "precedente": "previous",
    "previous": "previous",
    "s": "skip",
    "passer": "skip",
    "skip": "skip",
    "r": "owner",
    "responsable": "owner",
    "owner": "owner",
    "d": "due",
    "date": "due",
    "echeance": "due",
    "due": "due",
    "n": "level",
    "niveau": "level",
    "level": "level",
    "a": "action",
    "action": "action",
    "q": "quit",
    "quitter": "quit",
    "quit": "quit",
}


@dataclass(slots=True)
class Interview:
    """One sitting. `ask` prints a prompt and reads a line (raising Interrupted at its end); `say` prints a line."""

    session: Session
    selection: Selection
    ask: Callable[[str], str]
    say: Callable[[str], None]
    width: int = 80
    seen: list[Question] = field(default_factory=list)
    place: str | None = None

    def run(self) -> bool:
        """Ask until nothing is left (True) or the person leaves (False)."""
        again: Question | None = None
        while question := again or self._next():
            again = None
            match self._one(question):
                case "quit":
                    return False
                case "previous":
                    again = self._back(question)
                case _:
                    if question not in self.seen:
                        self.seen.append(question)
        return True

    def _back(self, question: Question) -> Question:
        place = self.seen.index(question) if question in self.seen else len(self.seen)
        if place == 0:
            self.say(_("C'est la première question de cette séance."))
            return question
        return self.seen[place - 1]

    def _next(self) -> Question | None:
        found = [question for question in pending(self.session, self.selection) if question not in self.seen]
        return next(iter(from_place(self.session, self.selection, found)), None)

    def _one(self, question: Question) -> Move:
        if question.kind == "fact":
            return self._fact(self.session.catalogue.fact(question.id))
        return self._requirement(self.session.catalogue.requirement(question.id))

    # --- orientation questions

    def _fact(self, fact: Fact) -> Move:
        current = self.session.assessment.facts.get(fact.id)
        self._header(fact.id, _("question d'orientation"))
        self._paragraph(pick(fact.prompt))
        if current is not None:
            self.say(_("  réponse actuelle : {value}", value=_fact_text(fact, current.value)))
        for number, label in enumerate(_labels(fact), 1):
            self.say(f"  {number}  {label}")
        if fact.type == "multichoice":
            self.say(_("  plusieurs numéros séparés par des virgules"))
        self.say(_("  ? explication   p précédente   s passer   q enregistrer et quitter"))
        while True:
            line = self.ask("> ")
            match _COMMANDS.get(folded(line)):
                case "help":
                    self._paragraph(pick(fact.help) if fact.help else _("Pas d'autre explication."))
                case "previous" | "skip" | "quit" as move:
                    return _move(move)
                case _ if not line:
                    if current is not None:
                        return "answered"
                case _:
                    if self._store_fact(fact, line):
                        return "answered"

    def _store_fact(self, fact: Fact, line: str) -> bool:
        try:
            value = facts.parse_value(fact, line)
        except ConformityError as error:
            self._refused(error)
            return False
        self._commit(facts.set_fact(self.session.assessment, fact, value, self._provenance()), "fact", fact.id)
        return True

    # --- requirements

    def _requirement(self, requirement: Requirement) -> Move:
        self._show(requirement)
        while True:
            line = self.ask("> ")
            status = known_status(line)
            if status is not None:
                if self._store(requirement, Given(status)):
                    return "answered"
                continue
            match _COMMANDS.get(folded(line)):
                case "help":
                    self._explain(requirement)
                case "evidence":
                    self._evidence(requirement)
                case "action":
                    self._action(requirement)
                case "comment" | "owner" | "due" | "level" as what:
                    self._detail(requirement, what)
                case "previous" | "skip" | "quit" as move:
                    return _move(move)
                case _ if line:
                    self.say(_("« {line} » n'est pas une réponse : 1 à 5, c, e, r, d, n, a, ?, p, s ou q", line=line))
                case _:
                    answer = self._answer(requirement)
                    if answer is not None and answer.given:
                        return "answered"

    def _show(self, requirement: Requirement) -> None:
        obligation = {
            "mandatory": _("obligatoire"),
            "recommended": _("recommandée"),
            "optional": _("facultative"),
        }[requirement.obligation]
        self._section(requirement)
        self._header(requirement.label, f"{pick(requirement.title)} ({obligation})")
        self._paragraph(pick(requirement.statement))
        if requirement.target_level is not None:
            self.say(_("  niveau visé : {level} sur 5", level=requirement.target_level))
        answer = self._answer(requirement)
        if answer is not None:
            self._current(requirement, answer)
        self.say("  " + "   ".join(f"{n} {pick(status_name(status))}" for n, status in enumerate(NUMBERED, 1)))
        self._paragraph(
            _("c commentaire   e preuve   r responsable   d échéance   n niveau   a action   ? explication")
        )
        self.say(_("  p précédente   s passer   q enregistrer et quitter"))

    def _section(self, requirement: Requirement) -> None:
        """Where a rubric begins: its title, and how much of it is answered."""
        if requirement.section == self.place:
            return
        self.place = requirement.section
        session = self.session
        inside = in_force(session.catalogue, session.assessment.fact_values())
        counted = score((item for item in inside if item.section == self.place), session.assessment.answers)
        title = next(pick(item.title) for item in session.catalogue.sections if item.id == self.place)
        self.say("")
        done = counted.to_answer - counted.unknown
        text = _("== {title} : {done} sur {total} répondues ==", title=title, done=done, total=counted.to_answer)
        self._paragraph(text, indent="")

    def _current(self, requirement: Requirement, answer: Answer) -> None:
        """What is there already."""
        if answer.status != "not_assessed":
            word = pick(status_name(answer.status))
            note = "" if answer.confirmed else _(" (proposée, à confirmer)")
            self.say(_("  réponse actuelle : {value}", value=word) + note)
        if reworded(requirement, answer):
            self.say(_("  le texte a changé depuis cette réponse"))
        for label, value in (
            (_("commentaire"), answer.comment),
            (_("responsable"), answer.owner),
            (_("échéance"), answer.due_on),
            (_("niveau"), None if answer.level is None else str(answer.level)),
            (_("preuves"), str(len(answer.evidence)) if answer.evidence else None),
        ):
            if value:
                self._paragraph(f"{label}{_(' :')} {value}")

    def _store(self, requirement: Requirement, given: Given) -> bool:
        """Store an answer; « non applicable » asks its reason first. False where nothing was stored."""
        answer = self._answer(requirement)
        if given.status == "not_applicable" and not (answer and answer.justification):
            reason = self.ask(_("  pourquoi ne s'applique-t-elle pas ? (10 caractères au moins, vide pour renoncer) "))
            if not reason:
                return False
            given = Given(given.status, justification=reason)
        try:
            changed = give(self.session.assessment, requirement, given, self._provenance())
        except ConformityError as error:
            self._refused(error)
            return False
        self._commit(changed, "answer", requirement.id)
        return True

    def _detail(self, requirement: Requirement, what: Literal["comment", "owner", "due", "level"]) -> None:
        questions = {
            "comment": _("  commentaire : "),
            "owner": _("  responsable : "),
            "due": _("  échéance (AAAA-MM-JJ) : "),
            "level": _("  niveau atteint, de 0 à 5 : "),
        }
        text = self.ask(questions[what])
        if not text:
            return
        if what == "level" and not (text.isascii() and text.isdigit() and len(text) < 4):
            self.say(_("  le niveau est un nombre de 0 à 5"))
            return
        given = {
            "comment": Given(comment=text),
            "owner": Given(owner=text),
            "due": Given(due_on=text),
            "level": Given(level=int(text) if what == "level" else None),
        }[what]
        if self._store(requirement, given):
            self.say(_("  enregistré ; votre réponse ?"))

    def _action(self, requirement: Requirement) -> None:
        title = self.ask(_("  action à prévoir : "))
        if not title:
            return
        due_on = self.ask(_("  échéance (AAAA-MM-JJ, vide si aucune) : "))
        try:
            wanted = actions.Wanted(title, due_on=due_on or None)
            changed = actions.add(self.session.assessment, requirement.id, wanted, self.session.env.new_id())
        except ConformityError as error:
            self._refused(error)
            return
        self._commit(changed, "action", requirement.id)
        self.say(_("  action enregistrée ; votre réponse ?"))

    def _evidence(self, requirement: Requirement) -> None:
        for need in requirement.evidence:
            self.say(_("  pièce demandée : {title}", title=pick(need.title)))
        source = self.ask(_("  fichier ou adresse : "))
        if not source:
            return
        try:
            item = attach(self.session, requirement.id, source)
        except Conflict:
            raise
        except ConformityError as error:
            self._refused(error)
        else:
            self.say(_("  preuve ajoutée : {path} ; votre réponse ?", path=item.path or item.href))

    def _explain(self, requirement: Requirement) -> None:
        for text in (requirement.guidance, requirement.rationale):
            if text:
                self._paragraph(pick(text))
        reason = applicability(self.session.catalogue, self.session.assessment.fact_values())[requirement.id].reason
        self._paragraph(pick(reason))
        for need in requirement.evidence:
            self._paragraph(_("Pièce : {title}", title=pick(need.title)))
        for reference in requirement.references:
            source = self.session.catalogue.source(reference.source)
            title = source.title if source else reference.source
            self._paragraph(_("Référence : {title} {place}", title=title, place=reference.locator or ""))

    # --- shared

    def _answer(self, requirement: Requirement) -> Answer | None:
        return self.session.assessment.answers.get(requirement.id)

    def _commit(self, changed: object, event: str, about: str) -> None:
        self.session.commit(changed, event, about)  # type: ignore[arg-type]

    def _provenance(self) -> Provenance:
        return Provenance("person", self.session.env.now())

    def _header(self, label: str, title: str) -> None:
        everything = scores(self.session.assessment, self.session.catalogue).everything
        done = everything.to_answer - everything.unknown
        self.say("")
        self._paragraph(f"[{done}/{everything.to_answer}] {label} — {title}", indent="")

    def _paragraph(self, text: str, indent: str = "  ") -> None:
        for line in text.splitlines() or [""]:
            for part in textwrap.wrap(line, self.width, initial_indent=indent, subsequent_indent="  ") or [""]:
                self.say(part)

    def _refused(self, error: ConformityError) -> None:
        self.say(f"  {_('refusé')}{_(' :')} [{error.code}] {pick(error.message)}")
        if error.expected is not None:
            self.say(f"  {_('attendu')}{_(' :')} {pick(error.expected)}")


def _move(word: str) -> Move:
    moves: dict[str, Move] = {"previous": "previous", "skip": "skip", "quit": "quit"}
    return moves[word]


def _labels(fact: Fact) -> list[str]:
    if fact.type == "boolean":
        return [_("oui"), _("non")]
    return [pick(choice.label) for choice in fact.choices]


def _fact_text(fact: Fact, value: object) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    values = value if isinstance(value, list) else [value]
    labels = {choice.id: pick(choice.label) for choice in fact.choices}
    return ", ".join(labels.get(str(item), str(item)) for item in values)


def hold(ctx: Context, session: Session, selection: Selection, resume: str) -> bool:
    """Run an interview on the terminal. Raises Interrupted at ^C or end of input: what is safe, how to resume."""
    interview = Interview(session, selection, lambda question: ctx.prompt(question), ctx.say, min(ctx.width, 100))
    try:
        return interview.run()
    except (KeyboardInterrupt, Interrupted):
        ctx.say("")
        safe = len([answer for answer in session.assessment.answers.values() if answer.status != "not_assessed"])
        message = both(
            "interrompu ; enregistrées sur le disque : {safe} réponse(s) et {facts} question(s) d'orientation",
            safe=safe,
            facts=len(session.assessment.facts),
        )
        raise Interrupted("INT003", message, hint=both("reprenez avec `{command}`", command=resume)) from None


def summary(session: Session) -> str:
    """What is said when the interview ends or is left."""
    score = scores(session.assessment, session.catalogue).everything
    return plural(
        "{count} réponse enregistrée ; {unknown} à donner",
        "{count} réponses enregistrées ; {unknown} à donner",
        score.to_answer - score.unknown,
        unknown=score.unknown,
    )
