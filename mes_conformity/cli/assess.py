"""`assess`: the interview and its option twins, import and export, the rules, the confirmation of proposals."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.cli.workspaces import asks, checked, opened, session, typed
from mes_conformity.foundation.errors import InvalidInput, UsageError
from mes_conformity.foundation.exit_codes import worst
from mes_conformity.foundation.i18n import _, both, pick, plural

if TYPE_CHECKING:
    from mes_conformity.assessment.readiness import Readiness

ONLY = ("unanswered", "stale", "failed", "new")


def build() -> typer.Typer:
    """The group `assess`."""
    app = group(_("Évaluer le service : entretien, réponses, échanges, contrôle."))
    for declare in (
        _declare_start,
        _declare_resume,
        _declare_set,
        _declare_import,
        _declare_export,
        _declare_check,
        _declare_confirm,
    ):
        declare(app)
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
    from mes_conformity.cli.interview import Selection, hold, pending, summary

    if only is not None and only not in ONLY:
        raise UsageError(
            "USE001", both("valeur refusée pour {option}", option="--only"), expected=" | ".join(ONLY), obtained=only
        )
    selection = Selection(section, ask, only)  # type: ignore[arg-type]
    with session(ctx, name) as changing:
        _refuse_empty(changing, section, ask)
        if not asks(ctx):
            return _list_missing(ctx, changing, pending(changing, selection))
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
        value: Annotated[str, typer.Argument(metavar=_("STATUT|VALEUR"))],
        comment: Annotated[str | None, typer.Option("--comment", help=_("commentaire"))] = None,
        justification: Annotated[
            str | None, typer.Option("--justification", help=_("raison d'un « non applicable »"))
        ] = None,
        evidence: Annotated[
            list[str] | None, typer.Option("--evidence", help=_("fichier ou adresse, plusieurs fois"))
        ] = None,
        level: Annotated[int | None, typer.Option("--level", help=_("niveau atteint, de 0 à 5"))] = None,
        owner: Annotated[str | None, typer.Option("--owner", help=_("responsable"))] = None,
        due_on: Annotated[str | None, typer.Option("--due-on", help=_("échéance, AAAA-MM-JJ"))] = None,
        action: Annotated[str | None, typer.Option("--action", help=_("action prévue"))] = None,
    ) -> ExitCode:
        from mes_conformity.assessment.answers import Given

        with session(ctx, "assess set") as changing:
            if name in {fact.id for fact in changing.catalogue.facts}:
                return _set_fact(ctx, changing, name, value)
            given = Given(None, comment, justification, level, owner, due_on)
            return _set_answer(ctx, changing, name, value, given, evidence or [], action)


def _set_fact(ctx: Context, changing: Any, name: str, value: str) -> ExitCode:
    from mes_conformity.assessment import facts
    from mes_conformity.assessment.model import Provenance

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


def _set_answer(
    ctx: Context, changing: Any, name: str, value: str, given: Any, evidence: list[str], action: str | None
) -> ExitCode:
    from dataclasses import replace

    from mes_conformity.assessment.answers import give, plan_action
    from mes_conformity.assessment.documents import plain
    from mes_conformity.assessment.model import Provenance
    from mes_conformity.assessment.words import parse_status, status_name
    from mes_conformity.cli.evidence import attach

    requirement = changing.catalogue.requirement(name)
    given = replace(given, status=parse_status(value))
    changed = give(changing.assessment, requirement, given, Provenance("person", ctx.env.now()))
    if action:
        changed = plan_action(changed, name, action, ctx.env.new_id(), given)
    for source in evidence:
        attach(changing, name, source)
    if evidence:  # the answer goes on top of the pieces just stored
        again = give(changing.assessment, requirement, given, Provenance("person", ctx.env.now()))
        changed = replace(again, actions=changed.actions)
    changing.commit(changed, "answer", name)
    answer = changing.assessment.answers.get(name)
    if answer is None:
        ctx.note(_("Cette exigence ne s'applique pas avec vos faits : la réponse est mise de côté."))
        answer = changing.assessment.set_aside[name].answer
    status = pick(status_name(answer.status))
    text = _("Enregistré : {name} = {value}", name=name, value=status)
    ctx.emit({"answer": {"requirement": name, **plain(answer)}}, text)
    return ExitCode.OK


def _declare_import(app: typer.Typer) -> None:
    @command(app, "import", _("Reprendre des réponses d'un fichier JSON ou CSV : aperçu, puis --apply."))
    def import_(
        ctx: Context,
        file: Annotated[str, typer.Argument(metavar=_("FICHIER"))],
        apply: Annotated[bool, typer.Option("--apply", help=_("écrire ce que l'aperçu annonce"))] = False,
    ) -> ExitCode:
        from mes_conformity.assessment import exchange
        from mes_conformity.foundation.storage import read_bytes

        kind = exchange.format_of(file)
        source = read_bytes(ctx.env.cwd / file, exchange.LIMIT)
        with session(ctx, "assess import") as changing:
            planned = exchange.plan(changing.assessment, changing.catalogue, source, file, kind, ctx.env.now())
            if apply:
                changing.commit(planned.result, "import", Path(file).name)
        document = {
            "applied": apply,
            "changes": [change.to_json() for change in planned.changes],
            "unchanged": planned.unchanged,
        }
        ctx.emit(document, lambda: _tell_plan(ctx, planned, apply))
        return ExitCode.OK


def _tell_plan(ctx: Context, planned: Any, applied: bool) -> None:
    rows = [(change.id, _shown(change.before), _shown(change.after)) for change in planned.changes]
    if rows:
        ctx.table((_("identifiant"), _("avant"), _("après")), rows)
    ctx.print(plural("{count} changement", "{count} changements", len(rows)))
    if not applied and rows:
        ctx.note(_("Aperçu : rien n'est écrit. Relancez avec --apply."))


def _shown(value: Any) -> str:
    from mes_conformity.assessment.model import STATUSES
    from mes_conformity.assessment.tables import value_text
    from mes_conformity.assessment.words import status_name

    if isinstance(value, str) and value in STATUSES:
        return pick(status_name(value))
    return value_text(value) or "—"


def _declare_export(app: typer.Typer) -> None:
    @command(app, "export", _("Écrire l'évaluation dans un fichier .json ou .csv, ou en JSON sur la sortie."))
    def export(
        ctx: Context,
        file: Annotated[str | None, typer.Argument(metavar=_("[FICHIER]"))] = None,
        force: Annotated[bool, typer.Option("--force", help=_("remplacer le fichier s'il existe"))] = False,
    ) -> ExitCode:
        from mes_conformity.assessment import exchange
        from mes_conformity.foundation import storage

        found = opened(ctx)
        assessment = found.loaded.assessment
        if file is not None:
            target = ctx.env.cwd / file
            if target.exists() and not force:
                raise UsageError(
                    "EXC003", both("le fichier existe déjà : {file}", file=file), hint=both("ajoutez --force")
                )
            storage.write(target, exchange.export(assessment, found.catalogue, exchange.format_of(file)))
            text = _("Évaluation écrite : {file}", file=file)
        else:
            text = exchange.export(assessment, found.catalogue, "json").rstrip("\n")
        ctx.emit(exchange.exported(assessment), text)
        return ExitCode.OK


def _declare_check(app: typer.Typer) -> None:
    @command(app, "check", _("Contrôler l'évaluation (règles ASM) et dire ce qui bloque."))
    def check(
        ctx: Context,
        require: Annotated[
            str | None, typer.Option("--require", help=_("exiger cet état"), metavar="ready|complete")
        ] = None,
    ) -> ExitCode:
        from mes_conformity.foundation.diagnostics import summary

        if require not in (None, "ready", "complete"):
            raise UsageError(
                "USE001",
                both("valeur refusée pour {option}", option="--require"),
                expected="ready | complete",
                obtained=require,
            )
        diagnostics, readiness = checked(ctx, opened(ctx))
        document = {
            "diagnostics": [item.to_json() for item in diagnostics],
            "summary": summary(diagnostics),
            "readiness": readiness.state,
            "blocking": [{**item.to_json(), "command": typed(ctx, item.command)} for item in readiness.blocking],
        }
        ctx.emit(document, lambda: _tell_check(ctx, diagnostics, readiness))
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


def _tell_check(ctx: Context, diagnostics: Any, readiness: "Readiness") -> None:
    levels = {"error": _("erreur"), "warning": _("avertissement"), "info": _("note")}
    for item in diagnostics:
        place = item.location
        line = f", {_('ligne')} {place.line}" if place.line else ""
        ctx.print(f"{levels[item.level]}[{item.code}]{_(' :')} {pick(item.message)} ({place.file}{line})")
        if item.hint:
            ctx.print(f"  {_('conseil')}{_(' :')} {pick(item.hint)}")
    states = {
        "ready": _("L'évaluation est prête."),
        "not_ready": _("L'évaluation est complète, mais pas prête."),
        "incomplete": _("L'évaluation est incomplète."),
    }
    ctx.print(states[readiness.state])
    for blocker in readiness.blocking:
        ctx.print(f"- {blocker.requirement or blocker.fact or ''}{_(' :')} {pick(blocker.reason)}")
        ctx.print(f"  {typed(ctx, blocker.command)}")


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
