"""`dossier show`: what a dossier says, or one case of it, or of the latest run, with its exchanges."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both, pick

_SIDES = ("request", "response")


def declare(app: typer.Typer) -> None:
    """Add `show` to the `dossier` commands."""

    @command(app, "show", _("Dire ce que contient un dossier intact, ou montrer un cas et ses échanges."))
    def show(
        ctx: Context,
        what: Annotated[
            str | None,
            typer.Argument(
                help=_("un dossier (le dernier sinon), ou un cas de la dernière campagne"),
                metavar=_("[DOSSIER|CAS]"),
                show_default=False,
            ),
        ] = None,
        case: Annotated[str | None, typer.Option("--case", help=_("montrer ce cas et ses échanges"))] = None,
        exchange: Annotated[
            int | None, typer.Option("--exchange", help=_("cet échange du cas seulement, avec sa ligne curl"), min=1)
        ] = None,
        body: Annotated[
            str | None,
            typer.Option("--body", help=_("le corps de cet échange, seul et entier"), metavar="|".join(_SIDES)),
        ] = None,
    ) -> ExitCode:
        named = what is not None and (case is not None or _names_a_dossier(ctx, what))
        wanted = case if named or what is None else what
        if wanted is None:
            if exchange is not None or body is not None:
                message = both("il faut nommer un cas pour montrer un échange")
                raise UsageError("USE001", message, expected="dossier show CAS --exchange N")
            return _show(ctx, Path(what) if what else None)
        record = _record(ctx, Path(what) if named and what else None, wanted, from_dossier=case is not None)
        return _show_case(ctx, record, exchange, body)


def _names_a_dossier(ctx: Context, text: str) -> bool:
    return text.endswith(".zip") or "/" in text or (ctx.directory / text).exists()


def _show(ctx: Context, file: Path | None) -> ExitCode:
    from mes_conformity.cli import review_text
    from mes_conformity.cli.dossier import find
    from mes_conformity.dossier import review
    from mes_conformity.dossier.archive import read
    from mes_conformity.reporting.model import draw

    dossier = read(find(ctx, file))
    report, reviewed = draw(dossier.documents), review.examine(dossier)
    document = {
        "dossier": {"path": dossier.path, "sha256": dossier.sha256, **dossier.manifest.data},
        "contradictions": [item.id for item in report.requirements if item.contradicted],
        "review": review_text.review_json(dossier, reviewed),
    }
    ctx.emit(document, lambda: _tell_shown(ctx, report, dossier, reviewed))
    return ExitCode.OK


def _tell_shown(ctx: Context, report: Any, dossier: Any, reviewed: Any) -> None:
    from mes_conformity.cli import review_text
    from mes_conformity.cli.dossier import tell_partial
    from mes_conformity.cli.lines import wrapped
    from mes_conformity.dossier.scope import not_run
    from mes_conformity.reporting import guidance, words

    verdict = words.VERDICTS[report.judgement.outcome]
    ctx.print(wrapped(ctx, f"{verdict.sign} {pick(guidance.sentence(report))}", hang=2))
    ctx.print(wrapped(ctx, pick(guidance.declarations(report)), hang=2))
    counted = ", ".join(
        f"{pick(words.OUTCOMES[name].word).lower()} {count}" for name, count in report.outcomes().items() if count
    )
    ctx.print(wrapped(ctx, _("{count} cas : {counted}", count=len(report.run["cases"]), counted=counted), hang=2))
    tell_partial(ctx, not_run(report.documents))
    points = guidance.blocking(report)
    if points:
        ctx.print()
        ctx.print(_("Ce qui bloque"))
    for point in points:
        mark = words.POINTS[point.kind]
        ctx.print(wrapped(ctx, f"  {mark.sign} {pick(mark.word)} — {pick(point.text)}", hang=4))
    ctx.print()
    ctx.print(_("À faire maintenant"))
    for step in guidance.next_steps(report):
        ctx.print(wrapped(ctx, f"  {pick(step.text)}", hang=4) + (f"\n    {step.command}" if step.command else ""))
    review_text.tell_history(ctx, dossier, reviewed)


def _record(ctx: Context, file: Path | None, case: str, *, from_dossier: bool) -> Any:
    """The case in the dossier named, or in the latest run of the workspace, or in its newest dossier.

    Raises UsageError `USE005` where nothing has it.
    """
    from mes_conformity.dossier import documents
    from mes_conformity.harness import run_store

    latest = None if from_dossier or file is not None else run_store.latest(ctx.directory)
    if latest is not None:
        entry = next((item for item in run_store.read(latest)["cases"] if item["id"] == case), None)
        if entry is not None:
            folder = latest / "cases" / case
            files = {f"cases/{case}/{path.name}": path.read_bytes() for path in folder.iterdir() if path.is_file()}
            return documents.read_case(files, entry)
    return _in_dossier(ctx, file, case, latest)


def _in_dossier(ctx: Context, file: Path | None, case: str, latest: Path | None) -> Any:
    from mes_conformity.cli.dossier import SUFFIX, find
    from mes_conformity.dossier.archive import read

    if file is not None or latest is None or any((ctx.directory / "reports").glob(f"*{SUFFIX}")):
        records = read(find(ctx, file)).documents.cases
        found = next((item for item in records if item.entry["id"] == case), None)
        if found is not None:
            return found
    raise UsageError(
        "USE005",
        both("ni ce dossier ni la dernière campagne n'ont de cas « {case} »", case=case),
        hint=both("lancez `mes-conformity test list` pour voir les cas, ou donnez un dossier et --case"),
    )


def _show_case(ctx: Context, record: Any, number: int | None, body: str | None) -> ExitCode:
    if number is not None and number > len(record.exchanges):
        message = both("ce cas n'a pas d'échange {number}", number=number)
        raise UsageError("USE001", message, expected=f"1 … {len(record.exchanges)}", obtained=str(number))
    if body is not None:
        return _body(ctx, record, number, body)
    from mes_conformity.cli import case_text

    kept = record.exchanges if number is None else record.exchanges[number - 1 : number]
    document = {"case": record.entry, "records": record.records, "exchanges": kept}
    ctx.emit(document, lambda: case_text.print_case(ctx, record, number))
    return ExitCode.OK


def _body(ctx: Context, record: Any, number: int | None, side: str) -> ExitCode:
    """The body as it was recorded, for a file or a pipe: nothing is cut, nothing is added."""
    from mes_conformity.reporting.exchanges import raw_body

    if side not in _SIDES:
        message = both("valeur refusée pour {option}", option="--body")
        raise UsageError("USE001", message, expected=" | ".join(_SIDES), obtained=side)
    if number is None:
        message = both("il faut dire de quel échange montrer le corps")
        raise UsageError("USE001", message, expected="--exchange N --body request")
    entry = record.exchanges[number - 1]
    sent = (entry["request"].get("postData") or {}, "_encoding")
    raw = raw_body(*(sent if side == "request" else (entry["response"]["content"], "encoding")))
    if ctx.env.stdout.isatty():
        ctx.print(raw.decode("utf-8", "backslashreplace"))
    elif (stream := getattr(ctx.env.stdout, "buffer", None)) is not None:
        ctx.env.stdout.flush()
        stream.write(raw)
        stream.flush()
    else:
        ctx.env.stdout.write(raw.decode("utf-8", "backslashreplace"))
    return ExitCode.OK
