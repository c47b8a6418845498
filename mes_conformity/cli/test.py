"""`test list | run | selfcheck`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both

if TYPE_CHECKING:
    from mes_conformity.cli.runs import Inputs, Wanted
    from mes_conformity.harness.selection import Selection

_KINDS = ("unit", "connection", "listen")


def build() -> typer.Typer:
    """The group `test`."""
    app = group(_("Les tests : ce que le service démontre, et ce que vaut l'environnement."))
    _declare_list(app)
    _declare_run(app)
    _declare_selfcheck(app)
    return app


def _options() -> dict[str, Any]:
    """The options that choose cases, the same for every command."""

    def option(*names: str, help_text: str, metavar: str) -> Any:
        return typer.Option(*names, help=help_text, metavar=metavar, show_default=False)

    return {
        "k": option("-k", help_text=_("cas dont l'identifiant répond à EXPR : mots, and, or, not"), metavar="EXPR"),
        "kind": option("--kind", help_text=_("genre de cas ; répétable"), metavar="|".join(_KINDS)),
        "suite": option("--suite", help_text=_("suite ; répétable"), metavar="ID"),
        "requirement": option(
            "--requirement", help_text=_("cas qui vérifient cette exigence ; répétable"), metavar="ID"
        ),
        "suites": option(
            "--suites", help_text=_("dossier de suites à la place de celles fournies"), metavar=_("DOSSIER")
        ),
    }


def _selection(
    expression: str,
    kind: list[str] | None,
    suite: list[str] | None,
    requirement: list[str] | None,
    *,
    ground: bool = True,
) -> "Selection":
    from mes_conformity.harness.selection import Selection

    for name in kind or ():
        if name not in _KINDS:
            message = both("valeur refusée pour {option}", option="--kind")
            raise UsageError("USE001", message, expected=" | ".join(_KINDS), obtained=name)
    return Selection(expression, tuple(kind or ()), tuple(suite or ()), tuple(requirement or ()), ground=ground)


def _declare_list(app: typer.Typer) -> None:
    options = _options()

    @command(app, "list", _("Les cas, les exigences qu'ils vérifient, et s'ils s'appliquent."))
    def list_(
        ctx: Context,
        k: Annotated[str, options["k"]] = "",
        kind: Annotated[list[str] | None, options["kind"]] = None,
        suite: Annotated[list[str] | None, options["suite"]] = None,
        requirement: Annotated[list[str] | None, options["requirement"]] = None,
        suites: Annotated[Path | None, options["suites"]] = None,
    ) -> None:
        from mes_conformity.cli import runs, test_text
        from mes_conformity.harness.selection import applicability, select

        inputs = runs.gather(ctx, suites)
        cases = []
        for case in select(inputs.library, _selection(k, kind, suite, requirement)):
            applicable, reason = applicability(case, inputs.service.facts)
            cases.append(_listed(case, applicable, reason))
        ctx.emit({"cases": cases}, lambda: test_text.print_list(ctx, cases))


def _listed(case: Any, applicable: bool, reason: Any) -> dict[str, Any]:
    return {
        "id": case.id,
        "suite": case.suite,
        "kind": case.kind,
        "subject": case.subject,
        "title": dict(case.title),
        "requirements": list(case.requirements),
        "basis": case.basis,
        "obligation": case.obligation,
        "source": case.source,
        "applicable": applicable,
        "reason": dict(reason) if reason is not None else None,
        "after": list(case.after),
        "broken_by": list(case.broken_by),
    }


def _declare_run(app: typer.Typer) -> None:
    options = _options()
    target_help = _("cible : embedded, une adresse, @FICHIER ou un nom de l'espace de travail")
    report_help = _("rapport à écrire (html, junit, json, csv) ; répétable")

    @command(app, "run", _("Jouer les cas et garder le relevé de chacun."))
    def run(
        ctx: Context,
        k: Annotated[str, options["k"]] = "",
        kind: Annotated[list[str] | None, options["kind"]] = None,
        suite: Annotated[list[str] | None, options["suite"]] = None,
        requirement: Annotated[list[str] | None, options["requirement"]] = None,
        target: Annotated[str, typer.Option("--target", help=target_help, metavar=_("CIBLE"))] = "embedded",
        artefact: Annotated[
            list[str] | None,
            typer.Option("--artefact", help=_("fichier à juger en plus ; répétable"), metavar=_("GENRE:FICHIER")),
        ] = None,
        report: Annotated[
            list[str] | None, typer.Option("--report", help=report_help, metavar=_("FORME:FICHIER"))
        ] = None,
        no_ground: Annotated[
            bool, typer.Option("--no-ground", help=_("ne pas ajouter les cas témoins (`after`)"))
        ] = False,
        suites: Annotated[Path | None, options["suites"]] = None,
    ) -> ExitCode:
        from mes_conformity.cli import runs

        selection = _selection(k, kind, suite, requirement, ground=not no_ground)
        wanted = runs.wanted_reports(ctx, report or [])
        inputs = runs.gather(ctx, suites, artefact or [])
        return _run(ctx, inputs, selection, target, wanted)


def _run(ctx: Context, inputs: "Inputs", selection: "Selection", target: str, wanted: list["Wanted"]) -> ExitCode:
    from contextlib import nullcontext

    from mes_conformity.cli import runs, test_text
    from mes_conformity.cli.workspaces import typed
    from mes_conformity.harness import engine, targets
    from mes_conformity.harness.selection import plan

    planned = plan(inputs.library, selection, inputs.service.facts)
    needed = any(item.case.kind == "connection" and item.set_aside is None for item in planned)
    opening = targets.opened(target, inputs.targets, ctx.env, ctx.directory) if needed else nullcontext()
    with opening as place, ctx.progress(_("tests"), len(planned)) as advance:

        def listener(entry: dict[str, Any]) -> None:
            if ctx.format == "text":
                test_text.print_case(ctx, entry)
            else:
                advance(entry["id"])

        result = engine.run(
            inputs.library,
            selection,
            inputs.service,
            ctx.env,
            target=place,
            root=ctx.directory,
            catalogue=inputs.catalogue,
            listener=listener,
        )
    runs.write_reports(ctx, inputs, result, wanted)
    folder = result.folder.relative_to(ctx.directory).as_posix() if result.folder else None
    document = _document(result.document, folder)
    ctx.emit(document, lambda: test_text.print_summary(ctx, document["summary"], folder))
    if result.state == "interrupted":
        ctx.note(_("interrompu : {count} cas joués sont gardés", count=len(result.entries)))
        return result.exit_code
    runs.propose(ctx, inputs, result)
    ctx.note(_("ensuite : `{command}`", command=typed(ctx, "mes-conformity dossier build")))
    return result.exit_code


def _document(run: Any, folder: str | None) -> dict[str, Any]:
    """The shape of `test run` (cli.md)."""
    return {
        "run": {**run["run"], "folder": folder},
        "summary": run["summary"],
        "cases": run["cases"],
    }


def _declare_selfcheck(app: typer.Typer) -> None:
    options = _options()

    @command(app, "selfcheck", _("Vérifier que chaque cas réussit sain, et échoue devant chaque panne qu'il nomme."))
    def selfcheck(
        ctx: Context,
        k: Annotated[str, options["k"]] = "",
        kind: Annotated[list[str] | None, options["kind"]] = None,
        suite: Annotated[list[str] | None, options["suite"]] = None,
        suites: Annotated[Path | None, options["suites"]] = None,
    ) -> ExitCode:
        from mes_conformity.cli import runs, test_text
        from mes_conformity.harness import selfcheck as checking

        selection = _selection(k, kind, suite, None)
        inputs = runs.gather(ctx, suites)
        services = [inputs.service] if inputs.service.artefacts else runs.examples()
        with ctx.progress(_("autocontrôle"), _work(inputs, selection)) as advance:
            report = checking.selfcheck(inputs.library, services, ctx.env, selection=selection, progress=advance)
        document = report.to_json()
        ctx.emit(document, lambda: test_text.print_selfcheck(ctx, document))
        return report.exit_code


def _work(inputs: "Inputs", selection: "Selection") -> int:
    """How many items the progress of a selfcheck will name."""
    from mes_conformity.harness.selection import select

    cases = list(select(inputs.library, selection))
    return len(cases) + sum(len(case.broken_by) for case in cases)
