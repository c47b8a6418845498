"""`test list | run | selfcheck`; `listen` adds its own."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli import listen
from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.exit_codes import worst
from mes_conformity.foundation.i18n import _, both

if TYPE_CHECKING:
    from mes_conformity.cli.runs import Inputs, Wanted
    from mes_conformity.harness.defects import Defect
    from mes_conformity.harness.engine import Pace
    from mes_conformity.harness.preflight import Examined
    from mes_conformity.harness.repetition import Repeated
    from mes_conformity.harness.selection import Selection
    from mes_conformity.harness.targets import Target

SEED = "MES_CONFORMITY_SEED"
_KINDS = ("unit", "connection", "listen")


def build() -> typer.Typer:
    """The group `test`."""
    app = group(_("Les tests : ce que le service démontre, et ce que vaut l'environnement."))
    _declare_list(app)
    _declare_run(app)
    _declare_selfcheck(app)
    listen.declare(app)
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


def _pace_options() -> dict[str, Any]:
    """The options that say how cases are played."""

    def number(name: str, help_text: str, *, most: int, metavar: str = "N") -> Any:
        return typer.Option(name, min=1, max=most, help=help_text, metavar=metavar, show_default=False)

    return {
        "jobs": number("--jobs", _("cas joués en même temps (défaut : 1, ou ce que dit la cible)"), most=64),
        "stop_after": number("--stop-after", _("ne plus rien commencer après N cas en échec ou en erreur"), most=10**6),
        "repeat": number("--repeat", _("jouer N fois, et nommer les cas instables"), most=1000),
        "case_timeout": number("--case-timeout", _("durée d'un cas au plus (défaut : 300)"), most=86400, metavar="S"),
        "run_timeout": number("--run-timeout", _("durée de la campagne au plus"), most=7 * 86400, metavar="S"),
    }


def _declare_run(app: typer.Typer) -> None:
    options = {**_options(), **_pace_options()}
    target_help = _("cible : embedded, une adresse, @FICHIER ou un nom de l'espace de travail")
    report_help = _("rapport à écrire, comme junit:rapport.xml (formes : `report render --help`) ; répétable")

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
        jobs: Annotated[int | None, options["jobs"]] = None,
        stop_after: Annotated[int | None, options["stop_after"]] = None,
        repeat: Annotated[int, options["repeat"]] = 1,
        case_timeout: Annotated[int | None, options["case_timeout"]] = None,
        run_timeout: Annotated[int | None, options["run_timeout"]] = None,
    ) -> ExitCode:
        from mes_conformity.cli import runs

        ctx = _seeded(ctx)
        selection = _selection(k, kind, suite, requirement, ground=not no_ground)
        wanted = runs.wanted_reports(ctx, report or [])
        inputs = runs.gather(ctx, suites, artefact or [])
        play = Play(target, jobs, stop_after, repeat, case_timeout, run_timeout)
        return _run(ctx, inputs, selection, play, wanted)


def _seeded(ctx: Context) -> Context:
    """The same values drawn as in another run with the same seed: `state`, identifiers of samples, keys."""
    seed = ctx.env.variables.get(SEED, "")
    return replace(ctx, env=ctx.env.seeded(seed)) if seed else ctx


def _refuse_a_seed_elsewhere(ctx: Context, place: "Target") -> None:
    from mes_conformity.harness.targets import is_loopback

    if ctx.env.variables.get(SEED) and not is_loopback(place.url):
        message = both(
            "une graine ne sert que face à une cible de cette machine : ailleurs, `state` et PKCE se devineraient"
        )
        hint = both("effacez la variable {name}", name=SEED)
        raise UsageError("TST005", message, obtained=place.url, hint=hint)


@dataclass(frozen=True, slots=True)
class Play:
    """How the cases are played, as it was typed; None leaves it to the target or to the program."""

    target: str
    jobs: int | None = None
    stop_after: int | None = None
    repeat: int = 1
    case_s: int | None = None
    run_s: int | None = None

    def pace(self, target: "Target | None") -> "Pace":
        """The pace on this target: as many cases at a time as it was said to bear, one otherwise."""
        from mes_conformity.harness.engine import Pace

        jobs = self.jobs or (target.jobs if target else 1)
        pace = Pace(jobs, self.stop_after, self.run_s)
        return pace if self.case_s is None else replace(pace, case_s=self.case_s)


def _run(ctx: Context, inputs: "Inputs", selection: "Selection", play: Play, wanted: list["Wanted"]) -> ExitCode:
    from mes_conformity.cli import runs, test_text
    from mes_conformity.cli.workspaces import typed
    from mes_conformity.harness import preflight, targets
    from mes_conformity.harness.kept_pairing import lent
    from mes_conformity.harness.selection import plan

    planned = plan(inputs.library, selection, inputs.service.facts)
    needed = any(item.case.kind == "connection" and item.set_aside is None for item in planned)
    opening = targets.opened(play.target, inputs.targets, ctx.env, ctx.directory) if needed else nullcontext()
    with opening as found:
        if found is not None:
            _refuse_a_seed_elsewhere(ctx, found)
            inputs = runs.aligned(inputs, found.overrides)
        with lent(found, inputs.library.contracts, ctx.env) if found else nullcontext() as place:
            examined = _examined(ctx, inputs, place) if place else []
            repeated = _played(ctx, inputs, selection, play, place, len(planned), examined)
    result = repeated.first
    runs.write_reports(ctx, inputs, result, wanted)
    folder = result.folder.relative_to(ctx.directory).as_posix() if result.folder else None
    document = _document(result.document, folder)
    if examined:
        document["preflight"] = [item.to_json() for item in examined]
    if play.repeat > 1:
        document["repeat"] = _repeat(ctx, repeated)
    ctx.emit(document, lambda: test_text.print_run(ctx, document, folder))
    if result.state == "interrupted":
        ctx.say(_("interrompu : {count} cas joués sont gardés", count=len(result.entries)))
        return repeated.exit_code
    if any(item.blocking for item in examined):
        return worst([repeated.exit_code, preflight.exit_code(examined)])
    runs.propose(ctx, inputs, result)
    ctx.note(_("ensuite : `{command}`", command=typed(ctx, "mes-conformity dossier build")))
    return repeated.exit_code


def _examined(ctx: Context, inputs: "Inputs", place: "Target") -> "list[Examined]":
    """What stands in the way of a run on this target, told before it begins; the embedded sandbox is not examined."""
    from mes_conformity.cli.sandbox_access import told
    from mes_conformity.harness import preflight
    from mes_conformity.harness.engine import live

    if place.kind == "embedded":
        return []
    transport = live(place, ctx.env)
    try:
        found = list(preflight.examine(place, inputs.library.contracts, ctx.env, transport))
    finally:
        transport.close()
    for item in found:
        for line in told(item) if item.state in ("warning", "error") else ():
            ctx.note(line)
    return found


def _played(
    ctx: Context,
    inputs: "Inputs",
    selection: "Selection",
    play: Play,
    place: "Target | None",
    total: int,
    examined: "Sequence[Examined]",
) -> "Repeated":
    from mes_conformity.cli.following import following
    from mes_conformity.harness import engine, preflight
    from mes_conformity.harness.repetition import repeat

    wrong = preflight.blocking(examined)

    def once(number: int) -> "engine.RunResult":
        with following(ctx, total) if number == 1 else nullcontext() as listener:
            return engine.run(
                inputs.library,
                selection,
                inputs.service,
                ctx.env,
                target=place,
                root=ctx.directory,
                catalogue=inputs.catalogue,
                listener=listener,
                pace=play.pace(place),
                misconfigured=wrong.sentence if wrong else None,
            )

    def tell(number: int, same: bool) -> None:
        word = _("identique") if same else _("différente")
        ctx.note(_("répétition {number} sur {count} : {word}", number=number, count=play.repeat, word=word))

    return repeat(play.repeat, once, tell)


def _repeat(ctx: Context, repeated: "Repeated") -> dict[str, Any]:
    folders = [folder.relative_to(ctx.directory).as_posix() for folder in repeated.others]
    return {"count": repeated.count, "flaky": repeated.flaky, "folders": folders}


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
        mine = [inputs.service] if inputs.service.artefacts else []
        # The suites that come with the program judge more kinds of artefact than one service has.
        services = mine if mine and suites else [*mine, *runs.examples()]
        own = _defects(ctx, suites)
        with ctx.progress(_("autocontrôle"), _work(inputs, selection)) as advance:
            report = checking.selfcheck(
                inputs.library, services, ctx.env, selection=selection, defects=own, progress=advance
            )
        document = report.to_json()
        ctx.emit(document, lambda: test_text.print_selfcheck(ctx, document))
        return report.exit_code


def _defects(ctx: Context, suites: Path | None) -> "Mapping[str, Defect] | None":
    """The defects that stand beside suites of one's own, in `defects/`."""
    from mes_conformity.harness import defects

    if suites is None:
        return None
    folder = ctx.directory / suites / "defects"
    return defects.load(folder) if folder.is_dir() else {}


def _work(inputs: "Inputs", selection: "Selection") -> int:
    """How many items the progress of a selfcheck will name."""
    from mes_conformity.harness.selection import select

    cases = list(select(inputs.library, selection))
    return len(cases) + sum(len(case.broken_by) for case in cases)
