"""`catalogue list | show [ID|SECTION] | explain ID | check [FILE…] | diff OLD NEW | import FILE | export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mes_conformity.cli import catalogue_changes, catalogue_import
from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.i18n import _

if TYPE_CHECKING:
    from mes_conformity.foundation.diagnostics import Diagnostic


def build() -> typer.Typer:
    """The group `catalogue`."""
    app = group(_("Le référentiel : ses exigences, quand elles s'appliquent, d'où elles viennent."))
    _declare_reading(app)
    _declare_check(app)
    catalogue_changes.declare(app)
    catalogue_import.declare(app)
    return app


def _declare_reading(app: typer.Typer) -> None:
    other = typer.Option(
        "--catalogue",
        metavar=_("ID|ID@VERSION|DOSSIER"),
        help=_("un autre référentiel que celui de l'espace de travail (défaut : le dernier fourni)"),
        show_default=False,
    )

    @command(app, "list", _("Les référentiels fournis, leurs sections et leurs comptes."))
    def list_(ctx: Context) -> None:
        from mes_conformity.catalogue.loader import load_shipped, shipped
        from mes_conformity.cli import catalogue_data, catalogue_text

        catalogues = [load_shipped(*name) for name in shipped()]
        document = {"catalogues": [catalogue_data.overview(catalogue) for catalogue in catalogues]}
        ctx.emit(document, lambda: catalogue_text.print_list(ctx, catalogues))

    @command(app, "show", _("Les exigences, d'une section ou d'une seule."))
    def show(
        ctx: Context,
        name: Annotated[
            str | None, typer.Argument(metavar=_("[ID|SECTION]"), help=_("une exigence ou une section"))
        ] = None,
        applicable: Annotated[
            bool, typer.Option("--applicable", help=_("dire si chaque exigence s'applique, et pourquoi"))
        ] = False,
        catalogue: Annotated[str | None, other] = None,
    ) -> None:
        from mes_conformity.cli import catalogue_data, catalogue_text

        view = catalogue_data.view(ctx, catalogue, applicable=applicable)
        requirements = catalogue_data.select(view.catalogue, name)
        document = catalogue_data.document(view, requirements)
        ctx.emit(document, lambda: catalogue_text.print_requirements(ctx, view, requirements, name))

    @command(app, "explain", _("Tout d'une exigence : quoi, pourquoi, quand, comment la démontrer."))
    def explain(
        ctx: Context,
        identifier: Annotated[str, typer.Argument(metavar=_("ID"), help=_("une exigence"))],
        catalogue: Annotated[str | None, other] = None,
    ) -> None:
        from mes_conformity.cli import catalogue_data, catalogue_text

        view = catalogue_data.view(ctx, catalogue, applicable=True)
        requirement = view.catalogue.requirement(identifier)
        document = catalogue_data.explanation(view, requirement)
        ctx.emit(document, lambda: catalogue_text.print_explanation(ctx, view, requirement))


def _declare_check(app: typer.Typer) -> None:
    @command(app, "check", _("Contrôler un référentiel : schéma et règles CAT. Sans fichier : ceux qui sont fournis."))
    def check(
        ctx: Context,
        files: Annotated[
            list[Path] | None,
            typer.Argument(metavar=_("[FICHIER|DOSSIER]…"), help=_("des fichiers ou un dossier de version")),
        ] = None,
    ) -> ExitCode:
        from mes_conformity.cli.diagnostics_text import print_diagnostics
        from mes_conformity.foundation.diagnostics import summary

        diagnostics = _check(ctx, files or [])
        counts = summary(diagnostics)
        document = {"diagnostics": [item.to_json() for item in diagnostics], "summary": counts}
        ctx.emit(document, lambda: print_diagnostics(ctx, diagnostics))
        return ExitCode.INVALID_INPUT if counts["error"] else ExitCode.OK


def _check(ctx: Context, files: list[Path]) -> "list[Diagnostic]":
    if not files:
        from mes_conformity.cli.catalogue_data import check_shipped

        return check_shipped(ctx)
    from mes_conformity.catalogue.checking import check

    return check(files, ctx.directory)
