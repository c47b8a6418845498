"""`demo`: the whole path on an example, by the very commands that a publisher types.

Each step runs through the same door as the command line, so that the demonstration cannot do what the program does not.
"""

import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.errors import ConformityError
from mes_conformity.foundation.i18n import _, both


@dataclass(frozen=True, slots=True)
class Answer:
    """What a step answered: its exit code and its JSON document."""

    code: int
    document: Any


def register(app: typer.Typer) -> None:
    """Declare `demo`."""

    @command(app, "demo", _("Tout le parcours sur un exemple, avec le bac à sable embarqué."))
    def demo(
        ctx: Context,
        into: Annotated[Path | None, typer.Option("--into", help=_("dossier à créer (temporaire sinon)"))] = None,
        example: Annotated[str, typer.Option("--example", help=_("exemple à jouer"))] = "glucose-monitoring",
    ) -> ExitCode:
        folder = _folder(ctx, into)
        document = _walk(ctx, folder, example)
        ctx.emit(document, lambda: _farewell(ctx, document))
        return ExitCode.OK


def _folder(ctx: Context, into: Path | None) -> Path:
    if into is not None:
        return ctx.env.cwd / into
    import tempfile

    return Path(tempfile.mkdtemp(prefix="mes-conformity-demo-")) / "workspace"


def _walk(ctx: Context, folder: Path, example: str) -> dict[str, Any]:
    """Take the six steps; each tells what it obtained."""
    _step(ctx, folder.parent, "init", str(folder), "--example", example)
    ctx.note("  " + _("espace de travail : {folder}", folder=_short(ctx, folder)))
    check = _step(ctx, folder, "assess", "check", may_find=True).document
    ctx.note("  " + _("autoévaluation : {summary}", summary=_assessment(check)))
    run = _step(ctx, folder, "test", "run", "--target", "embedded").document
    ctx.note("  " + _("tests : {passed} réussis, {failed} en échec, {skipped} sans objet", **run["summary"]))
    built = _step(ctx, folder, "dossier", "build").document["dossier"]
    ctx.note("  " + _("dossier : {files} fichiers, sha256 {sha256}", **{**built, "sha256": built["sha256"][:16] + "…"}))
    path = str(built["path"])
    verified = _step(ctx, folder, "dossier", "verify", path).document
    ctx.note("  " + _("vérifié : {verdict}", verdict=_VERDICTS[verified["verdict"]]))
    replayed = _step(ctx, folder, "dossier", "replay", path).document["dossiers"][0]["summary"]
    ctx.note("  " + _("rejoué hors ligne : {confirmed} confirmés, {differs} différents", **replayed))
    return {
        "demo": {
            "workspace": str(folder),
            "dossier": str(folder / path),
            "report": str(_extract(folder, folder / path)),
            "run": run["run"],
            "summary": run["summary"],
            "verdict": verified["verdict"],
            "replay": replayed,
        }
    }


_VERDICTS = {
    "intact": both("intact et signé"),
    "intact_unsigned": both("intact (non signé)"),
    "altered": both("altéré"),
}


def _assessment(check: dict[str, Any]) -> str:
    readiness = {
        "ready": _("prête"),
        "not_ready": _("{count} point(s) à régler", count=len(check["blocking"])),
        "incomplete": _("incomplète"),
    }
    return readiness[check["readiness"]]


def _step(ctx: Context, directory: Path, *argv: str, may_find: bool = False) -> Answer:
    """Run one command of the program as if typed in `directory`. Raises its error, or one naming its exit code."""
    from mes_conformity.cli.main import main

    ctx.note("$ mes-conformity " + " ".join(_short(ctx, Path(word)) if "/" in word else word for word in argv))
    stream = io.StringIO()
    env = replace(ctx.env, stdin=io.StringIO(), stdout=stream, cwd=directory)
    settings = ["--lang", ctx.lang, "--no-input", "--quiet", "-C", str(directory), "--format", "json"]
    code = main([*argv, *settings], env)
    document = json.loads(stream.getvalue())
    if code and not (may_find and code == ExitCode.FINDINGS):
        raise _failed(argv, code, document)
    return Answer(code, document)


def _failed(argv: tuple[str, ...], code: int, document: Any) -> ConformityError:
    error = document.get("error") or {}
    return ConformityError(
        error.get("code") or "DEM001",
        error.get("message") or both("l'étape « {step} » a répondu {code}", step=" ".join(argv[:2]), code=code),
        hint=error.get("hint") or both("lancez `mes-conformity doctor`"),
    )


def _short(ctx: Context, path: Path) -> str:
    try:
        return str(path.relative_to(ctx.env.cwd))
    except ValueError:
        return str(path)


def _extract(folder: Path, dossier: Path) -> Path:
    """Write the report of the sealed dossier beside it, to be opened with a double click."""
    from mes_conformity.dossier.archive import read
    from mes_conformity.foundation.storage import write

    files = read(dossier).files
    for name in ("index.html", "junit.xml"):
        write(folder / "reports" / name, files[f"report/{name}"])
    return folder / "reports" / "index.html"


def _farewell(ctx: Context, document: dict[str, Any]) -> None:
    demo = document["demo"]
    ctx.print()
    ctx.print(_("À ouvrir :"))
    ctx.print("  " + _("rapport  {path}", path=_short(ctx, Path(demo["report"]))))
    ctx.print("  " + _("JUnit    {path}", path=_short(ctx, Path(demo["report"]).with_name("junit.xml"))))
    ctx.print("  " + _("dossier  {path}", path=_short(ctx, Path(demo["dossier"]))))
    ctx.print(_("Ensuite : mes-conformity -C {path} status", path=_short(ctx, Path(demo["workspace"]))))
