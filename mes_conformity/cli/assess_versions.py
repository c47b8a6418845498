"""`assess migrate | diff`: another version of the catalogue, and what changed between two assessments."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.cli.assess_files import field_name, shown
from mes_conformity.cli.workspaces import typed
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import _, both, pick

if TYPE_CHECKING:
    from mes_conformity.assessment.migrating import Migrated
    from mes_conformity.assessment.model import Assessment
    from mes_conformity.assessment.scoring import Score
    from mes_conformity.catalogue.model import Catalogue


def declare(app: typer.Typer) -> None:
    """Declare both commands in the group `assess`."""
    _declare_migrate(app)
    _declare_diff(app)


def _declare_migrate(app: typer.Typer) -> None:
    @command(app, "migrate", _("Porter l'évaluation sur une autre version du catalogue, sans rien perdre."))
    def migrate(
        ctx: Context,
        to: Annotated[str, typer.Option("--to", metavar="VERSION", help=_("version du catalogue"))],
        dry_run: Annotated[bool, typer.Option("--dry-run", help=_("montrer sans rien écrire"))] = False,
    ) -> ExitCode:
        from mes_conformity.assessment.versions import carry, preview
        from mes_conformity.assessment.workspace import open_workspace

        workspace = open_workspace(ctx.directory)
        old, new, done = preview(workspace, to, ctx.env.now()) if dry_run else carry(workspace, to, ctx.env)
        document = {
            "from": {"id": old.id, "version": old.version},
            "to": {"id": new.id, "version": new.version},
            "applied": not dry_run,
            "counts": done.counts(),
            "answers": [line.to_json() for line in done.lines],
            "introduced": list(done.introduced),
            "before": done.before.to_json(),
            "after": done.after.to_json(),
        }
        ctx.emit(document, lambda: _tell_migration(ctx, old, new, done, dry_run))
        return ExitCode.OK


def _tell_migration(ctx: Context, old: "Catalogue", new: "Catalogue", done: "Migrated", dry_run: bool) -> None:
    words = {
        "kept": _("conservée"),
        "moved": _("déplacée"),
        "set_aside": _("mise de côté"),
        "restored": _("reprise"),
    }
    told = [line for line in done.lines if line.result != "kept"]
    if told:
        headers = (_("exigence"), _("réponse"), _("devient"), _("raison"))
        ctx.table(headers, [_told(line, words[line.result]) for line in told])
    counts = done.counts()
    ctx.print(
        _(
            "Réponses : {answers} = {kept} conservées + {moved} déplacées + {set_aside} mises de côté"
            " (dont {evidence} avec preuves et commentaire reportés) ; exigences nouvelles : {introduced}",
            **counts,
        )
    )
    _tell_sections(ctx, old, new, done)
    if dry_run:
        command_ = typed(ctx, f"mes-conformity assess migrate --to {new.version}")
        ctx.note(_("Rien n'est écrit. Pour migrer : {command}", command=command_))
    else:
        ctx.note(
            _("Pour répondre à ce qui est nouveau : {command}", command=typed(ctx, "mes-conformity assess resume"))
        )
        again = typed(ctx, "mes-conformity assess resume --only stale")
        ctx.note(_("Pour relire ce qui a été reformulé : {command}", command=again))


def _told(line: Any, word: str) -> tuple[str, str, str, str]:
    more = _(", preuves et commentaire reportés") if line.evidence else ""
    return line.requirement, word + more, ", ".join(line.targets) or "—", pick(line.reason) if line.reason else ""


def _tell_sections(ctx: Context, old: "Catalogue", new: "Catalogue", done: "Migrated") -> None:
    titles = {section.id: pick(section.title) for section in (*old.sections, *new.sections)}
    rows = [(_("exigences obligatoires"), *_two(done.before.mandatory, done.after.mandatory))]
    rows += [(_("toutes les exigences"), *_two(done.before.everything, done.after.everything))]
    for name in dict.fromkeys((*done.before.sections, *done.after.sections)):
        before, after = (side.sections.get(name) for side in (done.before, done.after))
        rows.append((titles[name], *_two(before.everything if before else None, after.everything if after else None)))
    ctx.table((_("périmètre"), f"{old.version}", _("conformité"), f"{new.version}", _("conformité")), rows)


def _two(before: "Score | None", after: "Score | None") -> tuple[str, str, str, str]:
    return (*_short(before), *_short(after))


def _short(score: "Score | None") -> tuple[str, str]:
    """How many are answered, and the rate or the interval it is in."""
    if score is None or score.conformity is None:
        return "—", "—"
    low, high = score.conformity
    answered = f"{score.to_answer - score.unknown}/{score.to_answer}"
    return answered, f"{low} %" if score.complete else f"{low}–{high} %"


def _declare_diff(app: typer.Typer) -> None:
    @command(app, "diff", _("Ce qui change entre deux évaluations : fichiers, espaces de travail ou dossiers."))
    def diff(
        ctx: Context,
        before: Annotated[str, typer.Argument(metavar="A")],
        after: Annotated[str, typer.Argument(metavar="B")],
    ) -> ExitCode:
        from mes_conformity.assessment.comparison import compare

        found = compare(_read(ctx, before), _read(ctx, after))
        ctx.emit(found, lambda: _tell_diff(ctx, found))
        return ExitCode.OK


def _read(ctx: Context, name: str) -> "Assessment":
    """The assessment in a file, a workspace or a dossier."""
    from mes_conformity.assessment.documents import parse_assessment
    from mes_conformity.assessment.store import load
    from mes_conformity.assessment.workspace import ASSESSMENT, SETTINGS, open_workspace
    from mes_conformity.foundation.storage import read_bytes
    from mes_conformity.foundation.yaml_documents import MAX_BYTES

    path = ctx.directory / name
    if path.is_dir() and (path / SETTINGS).exists():
        return load(open_workspace(path)).assessment
    if path.is_dir():
        path = path / ASSESSMENT
    if path.name.endswith(".zip"):
        from mes_conformity.dossier.archive import read

        content = _in_dossier(read(path), path)
        return parse_assessment(content, f"{name}/{ASSESSMENT}")
    return parse_assessment(read_bytes(path, MAX_BYTES), name)


def _in_dossier(dossier: Any, path: Path) -> bytes:
    from mes_conformity.assessment.workspace import ASSESSMENT

    files = dossier.files
    if ASSESSMENT not in files:
        raise InvalidInput(
            "DIF001", both("ce dossier de recette ne contient pas d'évaluation"), location=Location(str(path))
        )
    return bytes(files[ASSESSMENT])


def _tell_diff(ctx: Context, found: dict[str, Any]) -> None:
    if not any(found["summary"].values()) and found["catalogue"]["before"] == found["catalogue"]["after"]:
        ctx.print(_("Aucune différence."))
        return
    _tell_catalogue(ctx, found["catalogue"])
    _tell_part(
        ctx, _("Nouvelles réponses"), [f"{i['requirement']} : {shown(i['status'])}" for i in found["answers"]["new"]]
    )
    _tell_part(ctx, _("Réponses retirées"), [i["requirement"] for i in found["answers"]["removed"]])
    lines = [
        f"{item['requirement']} : {field_name(change['field'])} {shown(change['before'])} → {shown(change['after'])}"
        for item in found["answers"]["changed"]
        for change in item["changes"]
    ]
    _tell_part(ctx, _("Réponses changées"), lines)
    words = {"added": _("ajout"), "removed": _("retrait"), "changed": _("changement")}
    lines = [f"{item['requirement']} : {words[item['change']]}, {item['title']}" for item in found["evidence"]]
    _tell_part(ctx, _("Preuves"), lines)
    facts = [f"{item['id']} : {shown(item['before'])} → {shown(item['after'])}" for item in found["facts"]]
    _tell_part(ctx, _("Questions d'orientation"), facts)
    titles = {
        "findings": _("Constats"),
        "waivers": _("Dérogations"),
        "actions": _("Actions"),
        "test_runs": _("Exécutions de tests"),
    }
    for name, title in titles.items():
        _tell_part(ctx, title, [f"{i['requirement'] or i['id']} : {words[i['change']]}" for i in found[name]])
    _tell_part(ctx, _("Mises de côté"), found["set_aside"]["new"])
    _tell_part(ctx, _("Reprises"), found["set_aside"]["removed"])


def _tell_catalogue(ctx: Context, pins: dict[str, Any]) -> None:
    before, after = pins["before"], pins["after"]
    if before != after:
        old, new = (f"{pin['id']} {pin['version']}" for pin in (before, after))
        ctx.print(_("Catalogue : {before} → {after}", before=old, after=new))


def _tell_part(ctx: Context, title: str, lines: list[str]) -> None:
    if lines:
        ctx.print(f"{title} ({len(lines)})")
        for line in lines:
            ctx.print(f"  {line}")
