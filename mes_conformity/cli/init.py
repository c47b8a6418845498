"""`init`: a new workspace, empty or from an example."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.cli.workspaces import asks, typed
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both

if TYPE_CHECKING:
    from mes_conformity.catalogue.model import Catalogue


def register(app: typer.Typer) -> None:
    """Declare `init`."""

    @command(app, "init", _("Créer un espace de travail, vide ou à partir d'un exemple."))
    def init(
        ctx: Context,
        folder: Annotated[Path | None, typer.Argument(metavar=_("[DOSSIER]"), help=_("dossier à créer"))] = None,
        example: Annotated[str | None, typer.Option("--example", help=_("nom d'un exemple fourni"))] = None,
        publisher: Annotated[str | None, typer.Option("--publisher", help=_("nom de l'éditeur"))] = None,
        product: Annotated[str | None, typer.Option("--product", help=_("nom du service"))] = None,
        product_version: Annotated[str | None, typer.Option("--product-version", help=_("version du service"))] = None,
        solution_oid: Annotated[str | None, typer.Option("--solution-oid", help=_("OID de la solution"))] = None,
        catalogue: Annotated[
            str | None,
            typer.Option(
                "--catalogue", metavar=_("ID|ID@VERSION|DOSSIER"), help=_("référentiel (défaut : le dernier fourni)")
            ),
        ] = None,
    ) -> ExitCode:
        target = ctx.directory / folder if folder else ctx.directory
        own = (publisher, product, product_version, solution_oid)
        if example is not None and any((*own, catalogue)):
            message = both("--example remplit déjà la fiche du service : n'ajoutez pas d'autre option")
            raise UsageError("USE005", message, hint=both("modifiez ensuite mes-conformity.yaml"))
        if example is not None:
            _from_example(ctx, target, example)
        else:
            _empty(ctx, target, catalogue, *own)
        _tell(ctx, target, example)
        return ExitCode.OK


def _from_example(ctx: Context, target: Path, example: str) -> None:
    from mes_conformity.assessment.creation import create_from_example

    create_from_example(target, example, ctx.env)


def _empty(
    ctx: Context,
    target: Path,
    catalogue: str | None,
    publisher: str | None,
    product: str | None,
    version: str | None,
    solution_oid: str | None,
) -> None:
    from mes_conformity.assessment.creation import create
    from mes_conformity.assessment.workspace import Service, refuse_existing

    refuse_existing(target)
    missing = [
        option
        for option, value in (("--publisher", publisher), ("--product", product), ("--product-version", version))
        if not value
    ]
    if missing and not asks(ctx):
        raise UsageError(
            "USE003",
            both("il manque de quoi décrire le service : {options}", options=", ".join(missing)),
            hint=both("donnez ces options, ou partez d'un exemple : --example glucose-monitoring"),
        )
    service = Service(
        publisher or _asked(ctx, _("Nom de l'éditeur"), "--publisher"),
        product or _asked(ctx, _("Nom du service"), "--product"),
        version or _asked(ctx, _("Version du service"), "--product-version"),
        solution_oid=solution_oid,
    )
    _refuse_bad_oid(solution_oid)
    create(target, service, ctx.env, _chosen(ctx, catalogue))


def _chosen(ctx: Context, name: str | None) -> "Catalogue | None":
    """The catalogue that was named: one of the program's, or a folder of the publisher's own."""
    from mes_conformity.catalogue.loader import load, load_shipped, shipped

    if name is None:
        return None
    identifier, _at, version = name.partition("@")
    if (ctx.directory / name).is_dir() and identifier not in {known for known, _version in shipped()}:
        return load(ctx.directory / name)
    return load_shipped(identifier, version or None)


def _asked(ctx: Context, question: str, option: str) -> str:
    while True:
        answer = ctx.prompt(f"{question}{_(' :')} ", option=option)
        if answer:
            return answer


def _refuse_bad_oid(oid: str | None) -> None:
    import re

    if oid is not None and not re.fullmatch(r"[0-2](\.(0|[1-9][0-9]*))+", oid):
        raise UsageError("USE001", both("valeur refusée pour {option}", option="--solution-oid"), obtained=oid)


def _tell(ctx: Context, target: Path, example: str | None) -> None:
    from dataclasses import replace

    following = typed(replace(ctx, directory=target), "mes-conformity status")
    document = {"workspace": {"path": str(target), "example": example}, "next": following}

    def text() -> None:
        ctx.print(_("Espace de travail créé : {path}", path=str(target)))
        ctx.print(_("Pour continuer : {command}", command=following))

    ctx.emit(document, text)
