"""`plan`: the actions that lead to conformity, and the findings they answer."""

import csv
import io
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.cli.workspaces import opened, session
from mes_conformity.foundation.errors import InvalidInput, Location, UsageError
from mes_conformity.foundation.i18n import _, both, pick

if TYPE_CHECKING:
    from mes_conformity.assessment.model import Action, Assessment

STATES = ("to_do", "in_progress", "done", "cancelled")
COLUMNS = ("id", "requirement", "title", "state", "owner", "due_on", "late")


def build() -> typer.Typer:
    """The group `plan`."""
    app = group(_("Plan d'actions : quoi, qui, pour quand."))
    _declare_list(app)
    _declare_set(app)
    _declare_export(app)
    return app


def _declare_list(app: typer.Typer) -> None:
    @command(app, "list", _("Les actions et les constats ouverts."))
    def list_(
        ctx: Context,
        requirement: Annotated[str | None, typer.Option("--requirement", help=_("une seule exigence"))] = None,
        state: Annotated[
            str | None, typer.Option("--state", help=_("un état"), metavar="|".join(STATES), show_default=False)
        ] = None,
        owner: Annotated[str | None, typer.Option("--owner", help=_("un responsable"))] = None,
        late: Annotated[bool, typer.Option("--late", help=_("seulement en retard"))] = False,
    ) -> ExitCode:
        from mes_conformity.assessment.documents import plain
        from mes_conformity.assessment.findings import still_open

        if state is not None and state not in STATES:
            message = both("valeur refusée pour {option}", option="--state")
            raise UsageError("USE001", message, expected=" | ".join(STATES), obtained=state)
        assessment = opened(ctx).loaded.assessment
        rows = [row for row in _rows(ctx, assessment) if not late or row["late"]]
        rows = [row for row in rows if requirement in (None, row["requirement"]) and state in (None, row["state"])]
        rows = [row for row in rows if owner in (None, row.get("owner"))]
        findings = [item for item in still_open(assessment) if requirement in (None, item.requirement)]
        document = {"actions": rows, "findings": [plain(item) for item in findings]}
        ctx.emit(document, lambda: _tell(ctx, rows, findings))
        return ExitCode.OK


def _rows(ctx: Context, assessment: "Assessment") -> list[dict[str, Any]]:
    """The actions, those that are due first on top, each with whether it is late."""
    from mes_conformity.assessment.actions import is_late
    from mes_conformity.assessment.documents import plain

    today = ctx.env.today()
    ordered = sorted(assessment.actions, key=lambda item: (STATES.index(item.state), item.due_on or "9999"))
    return [{**plain(item), "late": is_late(item, today)} for item in ordered]


def _tell(ctx: Context, rows: list[dict[str, Any]], findings: list[Any]) -> None:
    from mes_conformity.assessment.findings import kind_name

    if rows:
        headers = (_("exigence"), _("action"), _("état"), _("responsable"), _("échéance"), _("identifiant"))
        ctx.table(headers, [_cells(row) for row in rows])
    else:
        ctx.note(_("Aucune action."))
    if findings:
        ctx.print()
        ctx.table(
            (_("exigence"), _("constat"), _("genre"), _("identifiant")),
            [(item.requirement, pick(item.statement), pick(kind_name(item.kind)), item.id) for item in findings],
        )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    from mes_conformity.assessment.actions import state_name

    state = pick(state_name(row["state"])) + (_(" (en retard)") if row["late"] else "")
    return row["requirement"], row["title"], state, row.get("owner", ""), row.get("due_on", ""), row["id"]


def _declare_set(app: typer.Typer) -> None:
    @command(app, "set", _("Ajouter une action à une EXIGENCE, ou changer une action par son identifiant."))
    def set_(
        ctx: Context,
        target: Annotated[str, typer.Argument(metavar=_("EXIGENCE|ID"))],
        title: Annotated[str | None, typer.Option("--title", help=_("ce qui est à faire"))] = None,
        owner: Annotated[str | None, typer.Option("--owner", help=_("responsable"))] = None,
        due_on: Annotated[str | None, typer.Option("--due", "--due-on", help=_("échéance, AAAA-MM-JJ"))] = None,
        state: Annotated[str | None, typer.Option("--state", help=_("état"), metavar="|".join(STATES))] = None,
    ) -> ExitCode:
        from mes_conformity.assessment import actions
        from mes_conformity.assessment.documents import plain

        wanted = actions.Wanted(title, owner, due_on, state)
        with session(ctx, "plan set") as changing:
            known = actions.named(changing.assessment, target)
            if known is None:
                changing.catalogue.requirement(target)
                new_id = ctx.env.new_id()
                changed = actions.add(changing.assessment, target, wanted, new_id)
                action = changed.actions[-1]
            else:
                changed = actions.change(changing.assessment, known, wanted)
                action = changed.actions[changing.assessment.actions.index(known)]
            changing.commit(changed, "action", action.requirement)
        ctx.emit({"action": plain(action), "created": known is None}, _told(action))
        return ExitCode.OK


def _told(action: "Action") -> str:
    from mes_conformity.assessment.actions import state_name

    state = pick(state_name(action.state))
    return _("Action {id} ({name}) : {title}, {state}", id=action.id, name=action.requirement, title=action.title,
             state=state)  # fmt: skip


def _declare_export(app: typer.Typer) -> None:
    @command(app, "export", _("Écrire le plan dans un fichier .csv ou .json, ou en CSV sur la sortie."))
    def export(
        ctx: Context,
        file: Annotated[str | None, typer.Argument(metavar=_("[FICHIER]"))] = None,
        force: Annotated[bool, typer.Option("--force", help=_("remplacer le fichier s'il existe"))] = False,
    ) -> ExitCode:
        from mes_conformity.cli.assess_files import write_new

        rows = _rows(ctx, opened(ctx).loaded.assessment)
        text = _csv(rows).rstrip("\r\n")
        if file is not None:
            write_new(ctx, file, lambda: _content(file, rows), force)
            text = _("Plan écrit : {file}", file=file)
        ctx.emit({"actions": rows}, text)
        return ExitCode.OK


def _content(file: str, rows: list[dict[str, Any]]) -> str:
    from mes_conformity.foundation.json_documents import dump

    suffix = file.lower().rpartition(".")[2]
    if suffix == "json":
        return dump({"schema_version": 1, "actions": rows})
    if suffix == "csv":
        return _csv(rows)
    message = both("format inconnu : {name}", name=file)
    raise InvalidInput("EXC001", message, location=Location(file), expected=".json | .csv")


def _csv(rows: list[dict[str, Any]]) -> str:
    """The actions as a table that a spreadsheet opens safely."""
    from mes_conformity.assessment.tables import guarded, value_text

    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(guarded(value_text(row.get(column))) for column in COLUMNS)
    return stream.getvalue()
