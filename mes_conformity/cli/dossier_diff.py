"""`dossier diff`: what changed from one dossier to another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.i18n import _, pick


def declare(app: typer.Typer) -> None:
    """Add the command to its group."""

    @command(app, "diff", _("Dire ce qui a changé d'un dossier à l'autre : cas, preuves, réponses, catalogue."))
    def diff(
        ctx: Context,
        a: Annotated[Path, typer.Argument(help=_("le dossier d'avant"), metavar="A")],
        b: Annotated[Path, typer.Argument(help=_("le dossier d'après"), metavar="B")],
    ) -> ExitCode:
        from mes_conformity.dossier.archive import read
        from mes_conformity.dossier.differences import compare

        document = compare(read(ctx.directory / a), read(ctx.directory / b))
        ctx.emit({"diff": document}, lambda: _tell(ctx, document))
        return ExitCode.FINDINGS if document["cases"]["worse"] else ExitCode.OK


def _tell(ctx: Context, document: dict[str, Any]) -> None:
    for side, sign in (("a", "−"), ("b", "+")):
        ctx.print(f"{sign} {document[side]['path']} : {document[side]['product']} {document[side]['version']}")
    titles = {
        "worse": _("Dégradés"),
        "fixed": _("Corrigés"),
        "new": _("Nouveaux"),
        "gone": _("Disparus"),
        "changed": _("Même issue, autres raisons"),
    }
    for kind, title in titles.items():
        _section(ctx, title, [_case(item) for item in document["cases"][kind]])
    evidence = document["evidence"]
    marks = (("+", "added"), ("−", "removed"), ("≠", "changed"))
    _section(ctx, _("Preuves et artefacts"), [f"{mark} {path}" for mark, key in marks for path in evidence[key]])
    _section(ctx, _("Réponses"), [_answer(item) for item in document["answers"]])
    _section(ctx, _("Faits déclarés"), [_change(item) for item in document["facts"]])
    _section(ctx, _("Service"), [_change(item) for item in document["service"]])
    _section(ctx, _("Catalogue"), _catalogue(document["catalogue"]))
    _section(ctx, _("Suites et contrats"), [_mark(item) for item in document["suites"]])


def _section(ctx: Context, title: str, lines: Sequence[str]) -> None:
    ctx.print(f"{title} : {len(lines)}")
    for line in lines:
        ctx.print(f"  {line}")


def _case(item: dict[str, Any]) -> str:
    return f"{item['id']} {item['then'] or '∅'} → {item['now'] or '∅'} — {pick(item['title'])}"


def _answer(item: dict[str, Any]) -> str:
    then, now = ((item[side] or {}).get("status", "∅") for side in ("then", "now"))
    return f"{item['id']} {then} → {now}"


def _change(item: dict[str, Any]) -> str:
    then, now = ("∅" if item[side] is None else str(item[side]) for side in ("then", "now"))
    return f"{item['id']} : {then} → {now}"


def _mark(item: dict[str, Any]) -> str:
    return f"{'+' if item['then'] is None else '−' if item['now'] is None else '≠'} {item['id']}"


def _catalogue(change: dict[str, Any]) -> list[str]:
    if not change["changed"]:
        return []
    versions = [f"{side['id']} {side['version']}" if side else "∅" for side in (change["then"], change["now"])]
    return [" → ".join(versions), *(_mark(item) for item in change["requirements"])]
