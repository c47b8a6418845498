"""`report render`: the report of a dossier, drawn again in the format asked for."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both
from mes_conformity.reporting.formats import FORMATS, JUNIT_FLAVOURS


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
            str, typer.Option("--format", help=_("forme du rapport"), metavar="|".join(FORMATS))
        ] = "html",
        output: Annotated[
            str, typer.Option("--output", "-o", help=_("fichier à écrire ; - pour la sortie standard"))
        ] = "-",
        junit_flavour: Annotated[
            str,
            typer.Option(
                "--junit-flavour",
                help=_("JUnit strict (schéma de Jenkins), ou étendu : propriétés, fichier et ligne de chaque cas"),
                metavar="|".join(JUNIT_FLAVOURS),
                show_default=False,
            ),
        ] = "",
    ) -> ExitCode:
        _known("--format", output_format, FORMATS)
        options = {}
        if junit_flavour:
            _known("--junit-flavour", junit_flavour, JUNIT_FLAVOURS)
            _known("--format", output_format, ["junit"])
            options["flavour"] = junit_flavour
        return _render(ctx, file, output_format, output, options)

    return app


def _known(option: str, value: str, names: Iterable[str]) -> None:
    if value not in names:
        message = both("valeur refusée pour {option}", option=option)
        raise UsageError("USE001", message, expected=" | ".join(names), obtained=value)


def _render(ctx: Context, file: Path | None, output_format: str, output: str, options: dict[str, str]) -> ExitCode:
    from mes_conformity.cli.dossier import find
    from mes_conformity.dossier.archive import read
    from mes_conformity.foundation.storage import write
    from mes_conformity.reporting.render import render

    if output == "-" and FORMATS[output_format].binary:
        message = both("ce rapport ne se lit pas dans un terminal")
        raise UsageError("USE001", message, expected="--output …", hint=both("donnez un fichier avec --output"))
    data = render(read(find(ctx, file)).documents, output_format, ctx.lang, **options)
    if output == "-":
        ctx.env.stdout.write(data.decode().removeprefix("\ufeff"))
        return ExitCode.OK
    write(ctx.directory / output, data)
    ctx.note(_("rapport écrit : {path}", path=output))
    return ExitCode.OK
