"""`report render`: the report of a dossier, drawn again in the format asked for."""

from pathlib import Path
from typing import Annotated

import typer

from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both


def build() -> typer.Typer:
    """The `report` commands."""
    app = group(_("Les rapports : des projections du dossier, redessinées à volonté."))

    @command(app, "render", _("Dessiner le rapport d'un dossier intact."), own_format=True)
    def render(
        ctx: Context,
        file: Annotated[
            Path | None,
            typer.Argument(help=_("le dossier (le dernier de l'espace de travail sinon)"), show_default=False),
        ] = None,
        output_format: Annotated[
            str, typer.Option("--format", help=_("forme du rapport"), metavar="html|junit|json|csv")
        ] = "html",
        output: Annotated[
            str, typer.Option("--output", "-o", help=_("fichier à écrire ; - pour la sortie standard"))
        ] = "-",
    ) -> ExitCode:
        return _render(ctx, file, output_format, output)

    return app


def _render(ctx: Context, file: Path | None, output_format: str, output: str) -> ExitCode:
    from mes_conformity.cli.dossier import find
    from mes_conformity.dossier.archive import read
    from mes_conformity.foundation.storage import write
    from mes_conformity.reporting import render as rendering

    wanted = next((name for name in rendering.FORMATS if name == output_format), None)
    if wanted is None:
        message = both("valeur refusée pour {option}", option="--format")
        raise UsageError("USE001", message, expected=" | ".join(rendering.FORMATS), obtained=output_format)
    data = rendering.render(read(find(ctx, file)).documents, wanted, ctx.lang)
    if output == "-":
        ctx.env.stdout.write(data.decode().removeprefix("\ufeff"))
        return ExitCode.OK
    write(ctx.directory / output, data)
    ctx.note(_("rapport écrit : {path}", path=output))
    return ExitCode.OK
