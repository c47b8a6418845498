"""`dossier replay`: one dossier or a folder of them, from their records or again on a target."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.exit_codes import worst
from mes_conformity.foundation.i18n import _, both, pick, plural

Answer = dict[str, Any]
Choice = Literal["embedded", "installed"]
_NAMED = 3


def declare(app: typer.Typer) -> None:
    """Add the command to its group."""
    file_help = _("dossiers, ou dossiers de fichiers où les chercher (le dernier de l'espace de travail sinon)")
    suites_help = _("suites du dossier ou de cet outil (celles de l'outil avec --live)")

    @command(app, "replay", _("Rejuger chaque cas hors ligne, depuis ce qui a été enregistré."))
    def replay(
        ctx: Context,
        files: Annotated[list[Path] | None, typer.Argument(help=file_help, show_default=False)] = None,
        suites: Annotated[str, typer.Option("--suites", help=suites_help, metavar="embedded|installed")] = "embedded",
        workers: Annotated[int, typer.Option("--workers", help=_("processus à employer"), min=1, max=64)] = 1,
        scheduler: Annotated[
            str | None,
            typer.Option(
                "--scheduler",
                help=_("planificateur Dask à employer (tcp://…), au lieu de processus"),
                metavar=_("ADRESSE"),
            ),
        ] = None,
        live: Annotated[
            str | None, typer.Option("--live", help=_("jouer à nouveau sur cette cible"), metavar=_("CIBLE"))
        ] = None,
    ) -> ExitCode:
        if suites not in ("embedded", "installed"):
            message = both("valeur refusée pour {option}", option="--suites")
            raise UsageError("USE001", message, expected="embedded | installed", obtained=suites)
        paths = _paths(ctx, files or [])
        chosen: Choice = "embedded" if suites == "embedded" else "installed"
        answers = _replayed(ctx, paths, chosen, workers, scheduler) if live is None else _live(ctx, paths, live)
        ctx.emit({"dossiers": answers}, lambda: _tell(ctx, answers))
        return worst([_code(answer) for answer in answers])


def _paths(ctx: Context, files: Sequence[Path]) -> list[Path]:
    from mes_conformity.cli.dossier import find
    from mes_conformity.dossier.many import found

    return found([find(ctx, file) for file in files] or [find(ctx, None)])


def _replayed(ctx: Context, paths: Sequence[Path], suites: Choice, workers: int, scheduler: str | None) -> list[Answer]:
    from mes_conformity.dossier.archive import read
    from mes_conformity.dossier.many import replay_all
    from mes_conformity.dossier.replay import replay
    from mes_conformity.reporting.render import embedded

    if len(paths) == 1 and scheduler is None:  # alone, what is wrong with it is the error of the command
        dossier = read(paths[0])
        signature = dossier.signature and dossier.signature.to_json()
        return [{**replay(dossier, suites, embedded), "signature": signature}]
    with ctx.progress(_("dossiers"), len(paths)) as advance:
        progress = lambda answer: advance(f"{_sign(answer)} {answer['path']}")  # noqa: E731
        return replay_all(paths, suites, workers=workers, scheduler=scheduler, redraw=embedded, progress=progress)


def _live(ctx: Context, paths: Sequence[Path], spec: str) -> list[Answer]:
    """The suites are those of this program: nothing that a stranger wrote is sent to a target."""
    from mes_conformity.assessment.workspace import SETTINGS, open_workspace
    from mes_conformity.dossier import live
    from mes_conformity.dossier.archive import read
    from mes_conformity.dossier.replay import installed
    from mes_conformity.harness import targets

    known = dict(open_workspace(ctx.directory).targets) if (ctx.directory / SETTINGS).is_file() else {}
    following = ctx.progress(_("dossiers"), len(paths)) if len(paths) > 1 else nullcontext(lambda _item: None)
    answers = []
    with targets.opened(spec, known, ctx.env, ctx.directory) as target, following as advance:
        for path in paths:
            answers.append(live.again(read(path), installed(), target, ctx.env))
            advance(str(path))
    return answers


def _code(answer: Answer) -> ExitCode:
    if "error" in answer:
        return ExitCode(answer["error"]["exit_code"])
    summary = answer["summary"]
    return ExitCode.FINDINGS if summary["differs"] or summary["error"] or answer["findings"] else ExitCode.OK


def _sign(answer: Answer) -> str:
    return "✓" if _code(answer) == ExitCode.OK else "✗"


def _tell(ctx: Context, answers: Sequence[Answer]) -> None:
    for answer in answers:
        if len(answers) == 1 or _code(answer) != ExitCode.OK:
            _tell_one(ctx, answer)
    if len(answers) > 1:
        _tell_table(ctx, answers)


def _tell_one(ctx: Context, answer: Answer) -> None:
    from mes_conformity.cli.lines import wrapped

    if "error" in answer:
        ctx.print(f"✗ {answer['path']} : [{answer['error']['code']}] {pick(answer['error']['message'])}")
        return
    told = _("{confirmed} confirmés, {differs} différents, {error} non rejugés", **answer["summary"])
    ctx.print(f"{_sign(answer)} {answer['path']} : {told}")
    for case in answer["cases"]:
        if case["verdict"] != "confirmed":
            ctx.print(f"  {case['id']} : {case['then']} → {case['now'] or '?'}")
            if case["message"]:
                ctx.print(f"    {pick(case['message'])}")
        for item in case["differences"]:
            told = _("attendu {expected} ; alors {obtained_then} ; maintenant {obtained_now}", **_plain(item))
            place = f"{item['where']} : " if item["where"] and item["check"] == "record" else ""
            ctx.print(f"    {item['check']} : {place}{told}")
    for finding in answer["findings"]:
        said = f"  [{finding['code']}] {finding['path']} : {pick(finding['message'])}"
        ctx.print(wrapped(ctx, said, hang=4))
    _tell_outside(ctx, answer.get("outside_catalogue") or ())
    _tell_reserves(ctx, answer)


def _tell_reserves(ctx: Context, answer: Answer) -> None:
    """What a verdict that is confirmed does not say."""
    if "foreign_suites" not in answer:  # played again on a target, by the suites of this program
        return
    from mes_conformity.cli.lines import wrapped

    reserves = []
    if names := answer["foreign_suites"] if answer["suites"] == "embedded" else []:
        shown = ", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
        reserves.append(
            plural(
                "{count} fichier de suites n'est pas celui de cet outil ({names}) : il peut demander moins. "
                "Rejugez avec --suites installed.",
                "{count} fichiers de suites ne sont pas ceux de cet outil ({names}) : ils peuvent demander moins. "
                "Rejugez avec --suites installed.",
                len(names),
                names=shown,
            )
        )
    if not answer["reports_compared"]:
        reserves.append(
            _(
                "les rapports du dossier n'ont pas été comparés à ses documents : une autre version de l'outil les a "
                "dessinés. `mes-conformity report render` les redessine."
            )
        )
    if answer["signature"] is None:
        reserves.append(_("ce dossier n'est pas signé : rien ne dit qui l'a fait."))
    for reserve in reserves:
        ctx.print(wrapped(ctx, f"  △ {reserve}", hang=4))


def _tell_outside(ctx: Context, names: Sequence[str]) -> None:
    """The suites of the program may name requirements that a publisher's own catalogue has not: nothing is wrong."""
    if names:
        ctx.note(
            plural(
                "{count} exigence que les suites nomment n'est pas dans le référentiel du dossier",
                "{count} exigences que les suites nomment ne sont pas dans le référentiel du dossier",
                len(names),
            )
        )


def _tell_table(ctx: Context, answers: Sequence[Answer]) -> None:
    from mes_conformity.dossier.many import SUFFIX

    headers = (
        "",
        _("dossier"),
        _("confirmés"),
        _("différents"),
        _("non rejugés"),
        _("écarts"),
        _("signé"),
        _("suites"),
    )
    rows = []
    for answer in answers:
        counts = [str(answer["summary"][key]) for key in ("confirmed", "differs", "error")]
        refused = answer["error"]["code"] if "error" in answer else str(len(answer["findings"]))
        signed = _("oui") if answer["signature"] else _("non")
        name = Path(answer["path"]).name.removesuffix(SUFFIX)
        rows.append([_sign(answer), name, *counts, refused, signed, _judges(answer)])
    ctx.table(headers, rows)
    sound = sum(_code(answer) == ExitCode.OK for answer in answers)
    told = plural(
        "{count} dossier confirmé sur {total}", "{count} dossiers confirmés sur {total}", sound, total=len(answers)
    )
    ctx.print(told)


def _judges(answer: Answer) -> str:
    """Whose suites a dossier was judged with."""
    if "error" in answer:
        return "–"
    return _("autres") if answer["suites"] == "embedded" and answer.get("foreign_suites") else _("outil")


def _plain(item: dict[str, Any]) -> dict[str, str]:
    return {key: "–" if value is None else str(value) for key, value in item.items()}
