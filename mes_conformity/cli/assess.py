"""`assess`: the interview and its option twins, import and export, the rules, the confirmation of proposals."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli import assess_files, assess_versions
from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.cli.workspaces import asks, checked, opened, session, typed
from mes_conformity.foundation.errors import InvalidInput, UsageError
from mes_conformity.foundation.exit_codes import worst
from mes_conformity.foundation.i18n import _, both, pick, plural

if TYPE_CHECKING:
    from mes_conformity.assessment.answers import Given
    from mes_conformity.assessment.readiness import Readiness

ONLY = ("unanswered", "stale", "failed", "new")
KINDS = ("major_nonconformity", "minor_nonconformity", "observation", "information_request", "good_practice")


def build() -> typer.Typer:
    """The group `assess`."""
    app = group(_("Évaluer le service : entretien, réponses, échanges, contrôle."))
    for declare in (
        _declare_start,
        _declare_resume,
        _declare_set,
        _declare_check,
        _declare_confirm,
    ):
        declare(app)
    assess_files.declare(app)
    assess_versions.declare(app)
    return app


def _declare_start(app: typer.Typer) -> None:
    @command(app, "start", _("Répondre à toutes les questions, depuis la première."))
    def start(
        ctx: Context,
        section: Annotated[str | None, typer.Option("--section", help=_("une section du catalogue"))] = None,
        only: Annotated[str | None, typer.Option("--only", help=_("un état"), metavar="|".join(ONLY))] = None,
        ask: Annotated[str | None, typer.Option("--ask", help=_("motif d'identifiants, par exemple x-eth-*"))] = None,
    ) -> ExitCode:
        return _interview(ctx, "assess start", section, only, ask)


def _declare_resume(app: typer.Typer) -> None:
    @command(app, "resume", _("Reprendre à la première question sans réponse."))
    def resume(
        ctx: Context,
        section: Annotated[str | None, typer.Option("--section", help=_("une section du catalogue"))] = None,
        only: Annotated[str | None, typer.Option("--only", help=_("un état"), metavar="|".join(ONLY))] = None,
        ask: Annotated[str | None, typer.Option("--ask", help=_("motif d'identifiants, par exemple x-eth-*"))] = None,
    ) -> ExitCode:
        # Somebody who names questions wants them asked, answered or not.
        return _interview(ctx, "assess resume", section, only or ("unanswered" if ask is None else None), ask)


def _interview(ctx: Context, name: str, section: str | None, only: str | None, ask: str | None) -> ExitCode:
    from mes_conformity.cli.interview import hold, summary
    from mes_conformity.cli.interview_questions import Selection, pending

    if only is not None and only not in ONLY:
        raise UsageError(
            "USE001", both("valeur refusée pour {option}", option="--only"), expected=" | ".join(ONLY), obtained=only
        )
    selection = Selection(section, ask, only)  # type: ignore[arg-type]
    with session(ctx, name) as changing:
        _refuse_empty(changing, section, ask)
        if not asks(ctx):
            return _list_missing(ctx, changing, pending(changing, selection))
        if name == "assess resume":
            selection = replace(selection, after=changing.last_answered())
        resume = typed(ctx, "mes-conformity assess resume")
        if not hold(ctx, changing, selection, resume):
            ctx.say(_("À bientôt : {command}", command=resume))
        ctx.say(summary(changing))
    return ExitCode.OK


def _refuse_empty(changing: Any, section: str | None, ask: str | None) -> None:
    from fnmatch import fnmatchcase

    known = [item.id for item in changing.catalogue.sections]
    if section is not None and section not in known:
        raise UsageError("USE006", both("section inconnue : « {name} »", name=section), expected=", ".join(known))
    names = [item.id for item in (*changing.catalogue.facts, *changing.catalogue.requirements)]
    if ask is not None and not any(fnmatchcase(name, ask) for name in names):
        raise UsageError("USE006", both("aucune question ne correspond à « {pattern} »", pattern=ask))


def _list_missing(ctx: Context, changing: Any, questions: Any) -> ExitCode:
    """Without a terminal nothing is asked: each question that would be is listed with the option that answers it."""
    if not questions:
        ctx.emit({"missing": []}, _("Rien à demander : tout a une réponse."))
        return ExitCode.OK
    about = []
    for question in questions:
        kind = "VALEUR" if question.kind == "fact" else "STATUT"
        item = changing.catalogue.fact(question.id) if question.kind == "fact" else None
        title = item.prompt if item else changing.catalogue.requirement(question.id).title
        about.append((typed(ctx, f"mes-conformity assess set {question.id} {kind}"), title))
    raise UsageError(
        "USE003",
        both("sans terminal aucune question ne peut être posée ; à donner : {count}", count=len(questions)),
        about=tuple(about),
        obtained=", ".join(question.id for question in questions),
        hint=both("répondez par `assess set`, `assess import`, ou lancez cette commande dans un terminal"),
    )


def _declare_set(app: typer.Typer) -> None:
    @command(app, "set", _("Donner une réponse : STATUT d'une exigence, ou valeur d'une question d'orientation."))
    def set_(
        ctx: Context,
        name: Annotated[str, typer.Argument(metavar="ID")],
        value: Annotated[str | None, typer.Argument(metavar=_("[STATUT|VALEUR]"))] = None,
        comment: Annotated[str | None, typer.Option("--comment", help=_("commentaire"))] = None,
        justification: Annotated[
            str | None, typer.Option("--justification", help=_("raison d'un « non applicable »"))
        ] = None,
        evidence: Annotated[
            list[str] | None, typer.Option("--evidence", help=_("fichier ou adresse, plusieurs fois"))
        ] = None,
        level: Annotated[int | None, typer.Option("--level", help=_("niveau atteint, de 0 à 5"))] = None,
        owner: Annotated[str | None, typer.Option("--owner", help=_("responsable"))] = None,
        due_on: Annotated[str | None, typer.Option("--due", "--due-on", help=_("échéance, AAAA-MM-JJ"))] = None,
        action: Annotated[str | None, typer.Option("--action", help=_("action prévue"))] = None,
        finding: Annotated[str | None, typer.Option("--finding", help=_("constat à consigner"))] = None,
        finding_kind: Annotated[
            str, typer.Option("--finding-kind", help=_("genre du constat"), metavar="|".join(KINDS))
        ] = "observation",
        close_finding: Annotated[
            str | None, typer.Option("--close-finding", help=_("identifiant d'un constat à clore"))
        ] = None,
    ) -> ExitCode:
        from mes_conformity.assessment.answers import Given

        given = Given(None, comment, justification, level, owner, due_on)
        extras = Extras(tuple(evidence or ()), action, finding, finding_kind, close_finding)
        with session(ctx, "assess set") as changing:
            if name in {fact.id for fact in changing.catalogue.facts}:
                return _set_fact(ctx, changing, name, value)
            return _set_answer(ctx, changing, name, value, given, extras)


@dataclass(frozen=True, slots=True)
class Extras:
    """What `assess set` may do beside the answer itself."""

    evidence: tuple[str, ...]
    action: str | None
    finding: str | None
    finding_kind: str
    close_finding: str | None


def _set_fact(ctx: Context, changing: Any, name: str, value: str | None) -> ExitCode:
    from mes_conformity.assessment import facts
    from mes_conformity.assessment.model import Provenance

    if value is None:
        raise UsageError("USE002", both("il manque {name}", name=both("VALEUR")))
    fact = changing.catalogue.fact(name)
    before = set(changing.assessment.answers)
    parsed = facts.parse_value(fact, value)
    provenance = Provenance("person", ctx.env.now())
    changing.commit(facts.set_fact(changing.assessment, fact, parsed, provenance), "fact", name)
    hidden = sorted(before - set(changing.assessment.answers))
    shown = sorted(set(changing.assessment.answers) - before)
    if name not in changing.assessment.facts:
        ctx.note(_("Cette question n'est pas posée avec vos autres réponses : la valeur est mise de côté."))
    if hidden:
        ctx.note(_("Réponses mises de côté, qui ne s'appliquent plus : {names}", names=", ".join(hidden)))
    if shown:
        ctx.note(_("Réponses reprises : {names}", names=", ".join(shown)))
    document = {"fact": {"id": name, "value": parsed}, "set_aside": hidden, "restored": shown}
    ctx.emit(document, _("Enregistré : {name} = {value}", name=name, value=str(value)))
    return ExitCode.OK


def _set_answer(ctx: Context, changing: Any, name: str, value: str | None, given: "Given", extras: Extras) -> ExitCode:
    from mes_conformity.assessment.documents import plain
    from mes_conformity.assessment.words import parse_status, status_name
    from mes_conformity.cli.evidence import attach

    if value is None and given == type(given)() and not any((extras.evidence, *_words(extras))):
        raise UsageError("USE002", both("il manque {name}", name=both("STATUT")), hint=both("ou une option"))
    given = replace(given, status=parse_status(value) if value is not None else None)
    _answered(ctx, changing, name, given, extras)  # refused before a file is copied
    for source in extras.evidence:
        attach(changing, name, source)
    changing.commit(_answered(ctx, changing, name, given, extras), "answer", name)
    answer = changing.assessment.answers.get(name)
    if answer is None:
        ctx.note(_("Cette exigence ne s'applique pas avec vos faits : la réponse est mise de côté."))
        answer = changing.assessment.set_aside[name].answer
    status = pick(status_name(answer.status))
    text = _("Enregistré : {name} = {value}", name=name, value=status)
    ctx.emit({"answer": {"requirement": name, **plain(answer)}}, text)
    return ExitCode.OK


def _words(extras: Extras) -> tuple[str | None, ...]:
    return extras.action, extras.finding, extras.close_finding


def _answered(ctx: Context, changing: Any, name: str, given: "Given", extras: Extras) -> Any:
    """The assessment with the answer, the action and the findings; nothing is written."""
    from mes_conformity.assessment import actions, findings
    from mes_conformity.assessment.answers import give
    from mes_conformity.assessment.model import Provenance

    now, result = ctx.env.now(), changing.assessment
    requirement = changing.catalogue.requirement(name)
    if given != type(given)():
        result = give(result, requirement, given, Provenance("person", now))
    if extras.action is not None:
        wanted = actions.Wanted(extras.action, given.owner, given.due_on)
        result = actions.add(result, name, wanted, ctx.env.new_id())
    if extras.finding is not None:
        new_id = ctx.env.new_id()
        result = findings.add(result, name, extras.finding, extras.finding_kind, new_id=new_id, at=now)
    if extras.close_finding is not None:
        result = findings.close(result, name, extras.close_finding)
    return result


def _declare_check(app: typer.Typer) -> None:
    @command(app, "check", _("Contrôler l'évaluation (règles ASM) et dire ce qui bloque."))
    def check(
        ctx: Context,
        require: Annotated[
            str | None, typer.Option("--require", help=_("exiger cet état"), metavar="ready|complete")
        ] = None,
    ) -> ExitCode:
        from mes_conformity.cli.assess_text import print_check
        from mes_conformity.foundation.diagnostics import summary

        if require not in (None, "ready", "complete"):
            raise UsageError(
                "USE001",
                both("valeur refusée pour {option}", option="--require"),
                expected="ready | complete",
                obtained=require,
            )
        found = opened(ctx)
        diagnostics, readiness = checked(ctx, found)
        document = {
            "diagnostics": [item.to_json() for item in diagnostics],
            "summary": summary(diagnostics),
            "readiness": readiness.state,
            "blocking": [{**item.to_json(), "command": typed(ctx, item.command)} for item in readiness.blocking],
        }
        ctx.emit(document, lambda: print_check(ctx, found, diagnostics, readiness))
        errors = any(item.level == "error" for item in diagnostics)
        return worst([ExitCode.INVALID_INPUT] if errors else _shortfall(readiness, require))


def _shortfall(readiness: "Readiness", require: str | None) -> list[ExitCode]:
    """What is short of the state that was required: 6 for answers not given, 1 for answers that stand in the way."""
    codes = []
    if require is not None and readiness.state == "incomplete":
        codes.append(ExitCode.INCOMPLETE)
    if require == "ready" and readiness.findings:
        codes.append(ExitCode.FINDINGS)
    return codes


def _declare_confirm(app: typer.Typer) -> None:
    @command(app, "confirm", _("Accepter les réponses proposées par les tests."))
    def confirm(
        ctx: Context,
        names: Annotated[list[str] | None, typer.Argument(metavar="[ID…]")] = None,
        all_passed: Annotated[
            bool, typer.Option("--all-passed", help=_("toutes les propositions « conforme »"))
        ] = False,
    ) -> ExitCode:
        from mes_conformity.assessment.answers import confirm as accepted
        from mes_conformity.assessment.answers import unconfirmed

        if not names and not all_passed:
            raise UsageError("USE002", both("il manque {name}", name="ID… | --all-passed"))
        with session(ctx, "assess confirm") as changing:
            proposed = unconfirmed(changing.assessment)
            wanted = {name for name, answer in proposed.items() if all_passed and answer.status == "conform"}
            for name in names or []:
                if name not in proposed:
                    changing.catalogue.requirement(name)
                    raise InvalidInput("ANS003", both("{name} n'a pas de proposition à confirmer", name=name))
                wanted.add(name)
            changing.commit(accepted(changing.assessment, wanted, at=ctx.env.now()), "confirm", None)
        text = plural("{count} réponse confirmée", "{count} réponses confirmées", len(wanted))
        ctx.emit({"confirmed": sorted(wanted)}, text)
        return ExitCode.OK
