"""`assess import | export`: answers out to a file and back, a preview of each change first."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.cli.workspaces import opened, session
from mes_conformity.foundation.errors import Conflict, UsageError
from mes_conformity.foundation.i18n import _, both, pick, plural

if TYPE_CHECKING:
    from mes_conformity.assessment.exchange import Change, Plan


def declare(app: typer.Typer) -> None:
    """Declare both commands in the group `assess`."""
    _declare_import(app)
    _declare_export(app)


def _declare_import(app: typer.Typer) -> None:
    @command(app, "import", _("Reprendre des réponses d'un fichier JSON, CSV ou XLSX : aperçu, puis --apply."))
    def import_(
        ctx: Context,
        file: Annotated[str, typer.Argument(metavar=_("FICHIER"))],
        apply: Annotated[bool, typer.Option("--apply", help=_("écrire ce que l'aperçu annonce"))] = False,
        force: Annotated[bool, typer.Option("--force", help=_("écrire aussi ce qui a changé des deux côtés"))] = False,
    ) -> ExitCode:
        from mes_conformity.assessment import exchange
        from mes_conformity.foundation.storage import read_bytes

        kind = exchange.format_of(file)
        source, name = read_bytes(ctx.directory / file, exchange.LIMIT), Path(file).name
        if apply:
            with session(ctx, "assess import") as changing:
                planned = exchange.plan(changing.assessment, changing.catalogue, source, name, kind, ctx.env.now())
                _refuse_conflicts(planned, force)
                changing.commit(planned.result, "import", name)
        else:
            found = opened(ctx)
            planned = exchange.plan(found.loaded.assessment, found.catalogue, source, name, kind, ctx.env.now())
        document = {
            "applied": apply,
            "changes": [change.to_json() for change in planned.changes],
            "unchanged": planned.unchanged,
            "conflicts": list(planned.conflicts),
        }
        ctx.emit(document, lambda: _tell_plan(ctx, planned, apply))
        return ExitCode.OK


def _refuse_conflicts(planned: "Plan", force: bool) -> None:
    if planned.conflicts and not force:
        names = ", ".join(planned.conflicts)
        raise Conflict(
            "EXC004",
            both("des réponses ont changé ici depuis que ce fichier est parti ; rien n'est écrit"),
            obtained=names,
            hint=both("relisez l'aperçu (sans --apply), puis ajoutez --force pour prendre celles du fichier"),
        )


def _tell_plan(ctx: Context, planned: "Plan", applied: bool) -> None:
    rows = [row for change in planned.changes for row in _rows(change)]
    if rows:
        ctx.table((_("identifiant"), _("champ"), _("avant"), _("après")), rows)
    ctx.print(plural("{count} changement", "{count} changements", len(planned.changes)))
    if planned.conflicts:
        ctx.note(_("Changées aussi ici depuis l'export : {names}", names=", ".join(planned.conflicts)))
    if not applied and rows:
        ctx.note(_("Aperçu : rien n'est écrit. Relancez avec --apply."))


def _rows(change: "Change") -> list[tuple[str, str, str, str]]:
    """One line per field that changes; a fact, or an answer of which only the origin changes, has one line."""
    name = f"{change.id} (!)" if change.conflict else change.id
    if not change.fields:
        word = _("valeur") if change.kind == "fact" else _("origine ou preuves")
        return [(name, word, shown(change.before), shown(change.after))]
    return [(name, field_name(item["field"]), shown(item["before"]), shown(item["after"])) for item in change.fields]


def field_name(field: str) -> str:
    """What is printed for a field of an answer."""
    names = {
        "status": _("statut"),
        "level": _("niveau"),
        "justification": _("justification"),
        "comment": _("commentaire"),
        "owner": _("responsable"),
        "due_on": _("échéance"),
        "confirmed": _("confirmée"),
    }
    return names[field]


def shown(value: Any) -> str:
    """A value in words: a status, a yes, a text, nothing."""
    from mes_conformity.assessment.model import STATUSES
    from mes_conformity.assessment.tables import value_text
    from mes_conformity.assessment.words import status_name

    if isinstance(value, str) and value in STATUSES:
        return pick(status_name(value))
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return value_text(value) or "—"


def _declare_export(app: typer.Typer) -> None:
    @command(app, "export", _("Écrire l'évaluation dans un fichier .json, .csv ou .xlsx, ou en JSON sur la sortie."))
    def export(
        ctx: Context,
        file: Annotated[str | None, typer.Argument(metavar=_("[FICHIER]"))] = None,
        force: Annotated[bool, typer.Option("--force", help=_("remplacer le fichier s'il existe"))] = False,
    ) -> ExitCode:
        from mes_conformity.assessment import exchange

        found = opened(ctx)
        assessment = found.loaded.assessment
        if file is not None:
            kind = exchange.format_of(file)
            write_new(ctx, file, lambda: exchange.export(assessment, found.catalogue, kind, ctx.env.now()), force)
            text = _("Évaluation écrite : {file}", file=file)
        else:
            text = exchange.export(assessment, found.catalogue, "json", ctx.env.now()).decode().rstrip("\n")
        ctx.emit(exchange.exported(assessment), text)
        return ExitCode.OK


def write_new(ctx: Context, file: str, content: Any, force: bool) -> None:
    """Write `content()` to a file of the folder the reader stands in. Raises UsageError `EXC003` where one stands."""
    from mes_conformity.foundation import storage

    target = ctx.directory / file
    if target.exists() and not force:
        raise UsageError("EXC003", both("le fichier existe déjà : {file}", file=file), hint=both("ajoutez --force"))
    storage.write(target, content())
