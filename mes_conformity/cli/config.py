"""`config show | path`: the settings in force, and the file they may stand in."""

import typer

from mes_conformity.cli import settings
from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.i18n import _


def build() -> typer.Typer:
    """The group `config`."""
    app = group(_("Les réglages de la ligne de commande : ceux en vigueur, et leur fichier."))

    @command(app, "show", _("Les réglages en vigueur, et le fichier qui a été lu."))
    def show(ctx: Context) -> ExitCode:
        values = {
            "lang": ctx.lang,
            "format": ctx.format,
            "color": ctx.color,
            "accessible": ctx.accessible,
            "no_input": ctx.no_input,
            "quiet": ctx.quiet,
        }
        read = str(ctx.settings) if ctx.settings else None
        rows = [(name, str(value).lower()) for name, value in values.items()]
        rows.append((_("fichier lu"), read or "—"))
        ctx.emit({"settings": values, "file": read}, lambda: ctx.table((_("réglage"), _("valeur")), rows))
        return ExitCode.OK

    @command(app, "path", _("Où se lit le fichier de réglages, qu'il existe ou non."))
    def path(ctx: Context) -> ExitCode:
        found = ctx.settings or settings.own(ctx.env.variables)
        exists = found is not None and found.is_file()
        ctx.emit({"path": str(found) if found else None, "exists": exists}, lambda: _tell(ctx, found, exists))
        return ExitCode.OK

    return app


def _tell(ctx: Context, found: object, exists: bool) -> None:
    ctx.print(str(found or "—"))
    if not exists:
        ctx.note(_("ce fichier n'existe pas : écrivez-y, par exemple, « schema_version: 1 » puis « lang: en »"))
