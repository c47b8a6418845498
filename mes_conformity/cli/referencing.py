"""`referencing show | record`: the path 0 to 6 of the request, what happened, who acts next, when it ends."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both, pick

if TYPE_CHECKING:
    from mes_conformity.referencing.path import Following, Standing, Validity
    from mes_conformity.referencing.records import Record
    from mes_conformity.referencing.steps import Step


def build() -> typer.Typer:
    """The group `referencing`."""
    app = group(_("Le parcours de la demande (étapes 0 à 6) : ce qui est fait, qui agit ensuite, ce qui prend fin."))
    _declare_show(app)
    _declare_record(app)
    return app


def _declare_show(app: typer.Typer) -> None:
    @command(app, "show", _("Où en est la demande : étapes, dates, qui agit, fin du référencement."))
    def show(ctx: Context) -> ExitCode:
        found = standing_of(ctx)
        ctx.emit({"referencing": found.to_json()}, lambda: _tell(ctx, found))
        return ExitCode.OK


def _declare_record(app: typer.Typer) -> None:
    @command(
        app, "record", _("Consigner qu'une étape est franchie. Une erreur se corrige par un nouvel enregistrement.")
    )
    def record(
        ctx: Context,
        step: Annotated[
            str,
            typer.Argument(
                metavar=_("ÉTAPE"), help=_("numéro (0 à 6) ou nom ; 5 avec --opinion est l'avis, sans, la décision")
            ),
        ],
        on: Annotated[
            str | None, typer.Option("--on", metavar=_("AAAA-MM-JJ"), help=_("jour où l'étape a été franchie"))
        ] = None,
        opinion: Annotated[str | None, typer.Option("--opinion", help=_("avis de la commission (étape 5)"))] = None,
        reference: Annotated[
            str | None, typer.Option("--reference", help=_("numéro ou adresse de la pièce officielle"))
        ] = None,
        note: Annotated[str | None, typer.Option("--note", help=_("remarque"))] = None,
        cancel: Annotated[
            bool, typer.Option("--cancel", help=_("l'étape n'est pas franchie : elle avait été consignée par erreur"))
        ] = False,
    ) -> ExitCode:
        from mes_conformity.referencing.records import Record

        wanted = _step(step, opinion is not None)
        _refuse_opinion(wanted, opinion, cancel)
        day = _day(ctx, on)
        new = Record(wanted.id, day, ctx.env.now(), opinion, reference or None, note or None, cancel)
        return _record(ctx, new)


def standing_of(ctx: Context) -> "Standing":
    """Where the request of the workspace stands today. Raises what `open_workspace`, `load` and `read` raise."""
    from mes_conformity.assessment.store import load
    from mes_conformity.assessment.workspace import open_workspace

    workspace = open_workspace(ctx.directory)
    return standing_at(ctx, workspace.root, load(workspace).assessment.fact_values())


def standing_at(ctx: Context, root: Path, facts: Mapping[str, Any]) -> "Standing":
    """Where the request stands today, by the records in `root` and the facts of the service. Raises like `read`."""
    from mes_conformity.referencing import path, records

    exchange = facts.get("data_exchange")
    today = date.fromisoformat(ctx.env.today())
    return path.standing(records.read(root), today, exchange=None if exchange is None else exchange != "none")


def _record(ctx: Context, new: "Record") -> ExitCode:
    from mes_conformity.assessment.workspace import open_workspace
    from mes_conformity.referencing import records
    from mes_conformity.referencing.path import title_of

    root = open_workspace(ctx.directory).root
    if new.cancelled and new.step not in records.in_force(records.read(root)):
        message = both("rien n'est consigné pour cette étape : il n'y a rien à annuler")
        raise UsageError("USE005", message, hint=both("voyez `mes-conformity referencing show`"))
    records.append(root, new, owner="mes-conformity referencing record")
    found = standing_of(ctx)
    document = {"record": new.to_data(), "referencing": found.to_json()}

    def text() -> None:
        ctx.print(_("Consigné : {title}, le {day}", title=pick(title_of(new)), day=new.on))
        _tell_end(ctx, found.validity)
        _tell_next(ctx, found)

    ctx.emit(document, text)
    return ExitCode.OK


def _step(text: str, opinion: bool) -> "Step":
    from mes_conformity.referencing.steps import STEPS, named

    step = named(text, opinion=opinion)
    if step is None:
        message = both("étape inconnue : {name}", name=text)
        raise UsageError("USE001", message, expected="0-6 | " + " | ".join(item.id for item in STEPS), obtained=text)
    return step


def _refuse_opinion(step: "Step", opinion: str | None, cancel: bool) -> None:
    """Only the commission gives an opinion, and it is one of four (G_NIUS)."""
    from mes_conformity.referencing.steps import OPINIONS

    if opinion is None and step.id == "opinion" and not cancel:
        raise UsageError("USE002", both("il manque {name}", name="--opinion"), expected=" | ".join(OPINIONS))
    if opinion is not None and (step.id != "opinion" or cancel):
        message = both("--opinion ne va qu'avec l'avis de la commission")
        raise UsageError("USE005", message, expected="referencing record opinion --opinion …", obtained=step.id)
    if opinion is not None and opinion not in OPINIONS:
        message = both("valeur refusée pour {option}", option="--opinion")
        raise UsageError("USE001", message, expected=" | ".join(OPINIONS), obtained=opinion)


def _day(ctx: Context, on: str | None) -> str:
    from mes_conformity.referencing.dates import is_day

    if on is None:
        raise UsageError("USE002", both("il manque {name}", name="--on"), expected="AAAA-MM-JJ")
    # Today is counted in UTC, and overseas it is already tomorrow.
    latest = date.fromisoformat(ctx.env.today()) + timedelta(days=1)
    if not is_day(on) or date.fromisoformat(on) > latest:
        message = both("valeur refusée pour {option}", option="--on")
        raise UsageError(
            "USE001", message, expected=both("un jour passé, AAAA-MM-JJ"), obtained=on,
            hint=both("une étape se consigne une fois franchie"),
        )  # fmt: skip
    return on


def _tell(ctx: Context, found: "Standing") -> None:
    states = {
        "done": _("✓ fait"),
        "current": _("→ en cours"),
        "alongside": _("→ en parallèle"),
        "ahead": _("à venir"),
        "unrecorded": _("? non consigné"),
        "not_applicable": _("sans objet"),
    }
    rows = []
    for stage in found.stages:
        number = "" if stage.step.number is None else str(stage.step.number)
        record = stage.record
        told = [pick(stage.step.title)]
        if record is not None:
            told = [pick(_opinion(record, stage.step)), *filter(None, (record.reference, record.note))]
        rows.append((number, " — ".join(told), record.on if record else "", states[stage.state]))
    ctx.table((_("étape"), _("intitulé"), _("date"), _("état")), rows)
    if found.current is None:
        ctx.note(_("Rien n'est consigné : `mes-conformity referencing record ÉTAPE --on AAAA-MM-JJ`"))
    _tell_end(ctx, found.validity)
    _tell_next(ctx, found)
    ctx.note(_("Aucun délai officiel n'est publié pour ces étapes : l'outil n'en donne aucun."))


def _opinion(record: "Record", step: "Step") -> Any:
    from mes_conformity.referencing.path import title_of

    return title_of(record) if record.opinion else step.title


def _tell_end(ctx: Context, validity: "Validity | None") -> None:
    if validity is None:
        return
    told = {"day": validity.until, "source": pick(validity.source)}
    if validity.days < 0:
        ctx.print(_("Référencement terminé depuis le {day} ({source})", **told))
    elif validity.renewed:
        ctx.print(_("Référencement renouvelé jusqu'au {day} : deux ans de plus ({source})", **told))
    else:
        ctx.print(_("Référencement valable un an, jusqu'au {day} ({source})", **told))
    ctx.note(_("La convention fixe la durée (CSP, art. R.1111-38) : vérifiez-y cette date."))


def _tell_next(ctx: Context, found: "Standing") -> None:
    for item in found.following:
        ctx.print(f"{_who(item)}{_(' :')} {pick(item.action)} ({pick(item.source)})")
    for notice in found.notices:
        ctx.note(_("attention : {notice}", notice=pick(notice)))


def _who(item: "Following") -> str:
    return _("Éditeur") if item.who == "publisher" else _("Autorité")
