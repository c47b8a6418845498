"""`review export | list | checklist`, and `import | reply` from a module of their own: a review by files alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli import review_say, review_text
from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.cli.dossier_sign import accepted
from mes_conformity.foundation.errors import ConformityError, UsageError
from mes_conformity.foundation.exit_codes import worst
from mes_conformity.foundation.i18n import _, both

if TYPE_CHECKING:
    from mes_conformity.dossier.addenda import Role
    from mes_conformity.dossier.review import Review
    from mes_conformity.dossier.verify import Dossier
    from mes_conformity.referencing.admissibility import Point


def build() -> typer.Typer:
    """The `review` commands."""
    app = group(_("La revue d'un dossier, par fichiers : ce que l'expert constate, ce que l'éditeur répond."))
    _declare_export(app)
    review_say.declare(app)
    _declare_list(app)
    _declare_checklist(app)
    return app


@dataclass(frozen=True)
class Opened:
    """A dossier that is intact, and its review."""

    path: Path
    dossier: "Dossier"
    review: "Review"


def opened(ctx: Context, file: Path | None, named: Sequence[Path] = (), trust: Path | None = None) -> Opened:
    """The dossier named, or the newest of the workspace, with what it carries and what stands beside it.

    Raises InvalidInput: the code of the first thing that is wrong with the dossier.
    """
    from dataclasses import replace

    from mes_conformity.cli.dossier import find
    from mes_conformity.dossier import review, review_files
    from mes_conformity.dossier.archive import read
    from mes_conformity.dossier.keys import trusted

    path = find(ctx, file)
    dossier, believed = read(path), accepted(ctx, trust)
    if believed is not None and dossier.signature is not None:
        held = trusted(believed, dossier.signature.keyid, dossier.signature.certificates)
        dossier = replace(dossier, signature=replace(dossier.signature, trusted=held))
    beside = review_files.beside(path, [ctx.directory / item for item in named])
    return Opened(path, dossier, review.examine(dossier, beside, believed))


def _declare_export(app: typer.Typer) -> None:
    @command(app, "export", _("Écrire la feuille à remplir, une ligne par exigence."))
    def export(
        ctx: Context,
        file: Annotated[Path | None, typer.Argument(metavar="[DOSSIER]", show_default=False)] = None,
        output: Annotated[
            Path | None, typer.Option("--output", "-o", help=_("fichier à écrire : .xlsx, .csv ou .json"))
        ] = None,
        role: Annotated[
            str, typer.Option("--for", metavar="expert|publisher", help=_("qui la remplit : expert, ou éditeur"))
        ] = "expert",
        addendum: Annotated[
            list[Path] | None, typer.Option("--addendum", help=_("un addendum qui n'est pas à côté du dossier"))
        ] = None,
        force: Annotated[bool, typer.Option("--force", help=_("remplacer le fichier s'il existe"))] = False,
    ) -> ExitCode:
        if role not in ("expert", "publisher"):
            message = both("valeur refusée pour {option}", option="--for")
            raise UsageError("USE001", message, expected="expert | publisher", obtained=role)
        return _export(
            ctx, opened(ctx, file, addendum or ()), output, "expert" if role == "expert" else "publisher", force
        )


def _export(ctx: Context, found: Opened, output: Path | None, role: "Role", force: bool) -> ExitCode:
    from mes_conformity.assessment import exchange
    from mes_conformity.cli.assess_files import write_new
    from mes_conformity.dossier import review_drafts, review_files, review_sheet

    review_drafts.sound(found.review)
    number = len(found.review.addenda) + 1
    name = str(output) if output is not None else f"{review_files.stem(found.path)}.review-{number:02d}.xlsx"
    kind = exchange.format_of(name)
    rows = review_sheet.rows(found.dossier, found.review, role)
    checks = [review_text.check_row(point) for point in _points(ctx, found)] if role == "expert" else []
    now = ctx.env.now()
    write_new(ctx, name, lambda: review_sheet.write(found.dossier, found.review, role, kind, now, checks), force)
    counted = {kind: sum(row["row"] == kind for row in rows) for kind in ("requirement", "finding")}
    document = {"path": name, "for": role, "dossier": str(found.path), **counted}
    ctx.emit({"sheet": document}, lambda: review_text.tell_sheet(ctx, document))
    return ExitCode.OK


def _declare_list(app: typer.Typer) -> None:
    @command(app, "list", _("Dire où en est la revue, signatures vérifiées."))
    def list_(
        ctx: Context,
        files: Annotated[list[Path] | None, typer.Argument(metavar="[DOSSIER]…", show_default=False)] = None,
        addendum: Annotated[
            list[Path] | None, typer.Option("--addendum", help=_("un addendum qui n'est pas à côté du dossier"))
        ] = None,
        trust: Annotated[
            Path | None, typer.Option("--trust", help=_("clés publiques et certificats acceptés (PEM)"))
        ] = None,
    ) -> ExitCode:
        from mes_conformity.cli.dossier import find
        from mes_conformity.dossier.many import found

        paths = found([find(ctx, file) for file in files or ()] or [find(ctx, None)])
        if len(paths) == 1:  # alone, what is wrong with it is the error of the command
            only = opened(ctx, paths[0], addendum or (), trust)
            answer = review_text.answer(only.path, only.dossier, only.review)
            ctx.emit({"dossiers": [answer]}, lambda: review_text.tell(ctx, only.dossier, only.review, answer))
            return _code(answer)
        answers = [_answer(ctx, path, addendum or (), trust) for path in paths]
        ctx.emit({"dossiers": answers}, lambda: review_text.tell_table(ctx, answers))
        return worst([_code(item) for item in answers])


def _answer(ctx: Context, path: Path, named: Sequence[Path], trust: Path | None) -> dict[str, Any]:
    try:
        found = opened(ctx, path, named, trust)
    except ConformityError as error:
        return {"path": str(path), "error": {**error.to_json(), "exit_code": int(error.exit_code)}}
    return review_text.answer(found.path, found.dossier, found.review)


def _code(answer: dict[str, Any]) -> ExitCode:
    if "error" in answer:
        return ExitCode(answer["error"]["exit_code"])
    return ExitCode.INVALID_INPUT if answer["review"]["problems"] else ExitCode.OK


def _declare_checklist(app: typer.Typer) -> None:
    @command(app, "checklist", _("Ce que le dossier seul dit de sa recevabilité."))
    def checklist(
        ctx: Context,
        file: Annotated[Path | None, typer.Argument(metavar="[DOSSIER]", show_default=False)] = None,
        trust: Annotated[
            Path | None, typer.Option("--trust", help=_("clés publiques et certificats acceptés (PEM)"))
        ] = None,
    ) -> ExitCode:
        from mes_conformity.referencing.admissibility import counts

        found = opened(ctx, file, (), trust)
        points = _points(ctx, found)
        document = {
            "path": str(found.path),
            "sha256": found.dossier.sha256,
            "summary": dict(counts(points)),
            "points": [point.to_json() for point in points],
        }
        ctx.emit({"checklist": document}, lambda: review_text.tell_checklist(ctx, found.path, points))
        return ExitCode.FINDINGS if any(point.state == "not_ok" for point in points) else ExitCode.OK


def _points(ctx: Context, found: Opened) -> "tuple[Point, ...]":
    from mes_conformity.referencing.admissibility import checklist
    from mes_conformity.reporting.model import draw
    from mes_conformity.reporting.render import embedded

    today = date.fromisoformat(ctx.env.today())
    return checklist(found.dossier, draw(found.dossier.documents), found.review, today, embedded)
