"""`waiver`: dated and justified exceptions, always shown, never counted as a pass."""

from datetime import date
from typing import Annotated

import typer

from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.cli.workspaces import opened, session
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both, pick


def build() -> typer.Typer:
    """The group `waiver`."""
    app = group(_("Dérogations : exceptions justifiées, avec une fin. Une dérogation ne vaut pas conformité."))
    _declare_add(app)
    _declare_list(app)
    _declare_remove(app)
    return app


def _declare_add(app: typer.Typer) -> None:
    @command(app, "add", _("Consigner une dérogation à une exigence."))
    def add(
        ctx: Context,
        requirement: Annotated[str, typer.Argument(metavar=_("EXIGENCE"))],
        justification: Annotated[str | None, typer.Option("--justification", help=_("pourquoi"))] = None,
        until: Annotated[str | None, typer.Option("--until", help=_("dernier jour, AAAA-MM-JJ"))] = None,
        granted_by: Annotated[str | None, typer.Option("--granted-by", help=_("qui l'a accordée"))] = None,
    ) -> ExitCode:
        from mes_conformity.assessment import waivers
        from mes_conformity.assessment.documents import plain

        missing = [name for name, value in (("--justification", justification), ("--until", until)) if value is None]
        if justification is None or until is None:
            raise UsageError("USE002", both("il manque {name}", name=", ".join(missing)))
        wanted = waivers.Wanted(justification, until, granted_by)
        with session(ctx, "waiver add") as changing:
            changing.catalogue.requirement(requirement)
            new_id, today = ctx.env.new_id(), ctx.env.today()
            changed = waivers.grant(changing.assessment, requirement, wanted, new_id=new_id, today=today)
            changing.commit(changed, "waiver", requirement)
        granted = changed.waivers[-1]
        text = _("Dérogation à {name} jusqu'au {date}", name=requirement, date=granted.expires_on)
        ctx.emit({"waiver": plain(granted)}, text)
        return ExitCode.OK


def _declare_list(app: typer.Typer) -> None:
    @command(app, "list", _("Les dérogations : en cours, expirées, sans objet."))
    def list_(ctx: Context) -> ExitCode:
        from mes_conformity.assessment.documents import plain
        from mes_conformity.assessment.scoring import in_force
        from mes_conformity.assessment.waivers import state, state_name

        found = opened(ctx)
        assessment, today = found.loaded.assessment, date.fromisoformat(ctx.env.today())
        active = {item.id for item in in_force(found.catalogue, assessment.fact_values())}
        items = [(item, state(assessment, item, active, today)) for item in assessment.waivers]
        headers = (_("exigence"), _("jusqu'au"), _("état"), _("justification"), _("identifiant"))
        rows = [
            (item.requirement, item.expires_on, pick(state_name(word)), item.justification, item.id)
            for item, word in items
        ]
        document = {"waivers": [{**plain(item), "state": word} for item, word in items]}
        ctx.emit(document, lambda: ctx.table(headers, rows) if rows else ctx.note(_("Aucune dérogation.")))
        return ExitCode.OK


def _declare_remove(app: typer.Typer) -> None:
    @command(app, "remove", _("Retirer une dérogation ; le journal en garde la trace."))
    def remove(
        ctx: Context,
        name: Annotated[str, typer.Argument(metavar="ID", help=_("identifiant, ou son début"))],
    ) -> ExitCode:
        from mes_conformity.assessment.documents import plain
        from mes_conformity.assessment.waivers import remove as without

        with session(ctx, "waiver remove") as changing:
            changed, gone = without(changing.assessment, name)
            changing.commit(changed, "waiver", gone.requirement)
        text = _("Dérogation retirée : {name}", name=gone.requirement)
        ctx.emit({"waiver": plain(gone), "removed": True}, text)
        return ExitCode.OK
