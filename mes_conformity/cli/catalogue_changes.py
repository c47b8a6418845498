"""`catalogue diff OLD NEW` and `catalogue export`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, command
from mes_conformity.foundation.errors import ConformityError, UsageError
from mes_conformity.foundation.i18n import Text, _, both, pick, plural

if TYPE_CHECKING:
    from mes_conformity.catalogue.differences import Comparison, Difference
    from mes_conformity.catalogue.migration import Route
    from mes_conformity.catalogue.model import Catalogue

EXPORTS = ("ciso-assistant",)


def declare(app: typer.Typer) -> None:
    """Declare both commands in the group `catalogue`."""
    _declare_diff(app)
    _declare_export(app)


def _declare_diff(app: typer.Typer) -> None:
    one = _("ID@VERSION, dossier de version ou fichier")

    @command(app, "diff", _("Ce qui change d'une version à l'autre : ajouté, reformulé, modifié, déplacé, retiré."))
    def diff(
        ctx: Context,
        old: Annotated[str, typer.Argument(metavar=_("ANCIEN"), help=one)],
        new: Annotated[str, typer.Argument(metavar=_("NOUVEAU"), help=one)],
    ) -> None:
        from mes_conformity.catalogue.differences import compare
        from mes_conformity.cli.catalogue_data import named

        before, after = named(ctx, old), named(ctx, new)
        route = _route(ctx, before, after, (old, new))
        found = compare(before, after, route)
        ctx.emit(_document(before, after, route, found), lambda: _print(ctx, before, after, route, found))


def _route(ctx: Context, old: "Catalogue", new: "Catalogue", names: tuple[str, str]) -> "Route | None":
    """The migrations between the two, wherever they stand; None without any: the differences are then inferred."""
    from mes_conformity.assessment.workspace import CATALOGUES
    from mes_conformity.catalogue.loader import folder_of
    from mes_conformity.catalogue.migration import load_all, route

    if old.id != new.id:
        return None
    parents = [folder_of(new.id, new.version).parent, ctx.directory / CATALOGUES / new.id]
    parents += [(ctx.directory / name).resolve().parent for name in names if (ctx.directory / name).is_dir()]
    known = [step for parent in dict.fromkeys(parents) for step in load_all(parent)]
    try:
        way = route(known, new.id, old.version, new.version)
    except ConformityError:
        return None
    return way if any(step.changes for step in way.steps) else None


_TITLES: dict[str, Text] = {
    "introduced": both("Ajoutées"),
    "reworded": both("Reformulées"),
    "modified": both("Modifiées"),
    "moved": both("Déplacées"),
    "split": both("Scindées"),
    "merged": both("Fusionnées"),
    "withdrawn": both("Retirées"),
}
_NAMES = {"introduced": "added"}


def _document(old: "Catalogue", new: "Catalogue", route: "Route | None", found: "Comparison") -> dict[str, Any]:
    kinds = {_NAMES.get(kind, kind): [_entry(item) for item in found.of(kind)] for kind in _TITLES}  # type: ignore[arg-type]
    return {
        "old": {"id": old.id, "version": old.version, "sha256": old.sha256},
        "new": {"id": new.id, "version": new.version, "sha256": new.sha256},
        "migration": [{"from": step.origin, "to": step.target} for step in route.steps] if route else None,
        "summary": {**{kind: len(items) for kind, items in kinds.items()}, "unchanged": found.unchanged},
        "inferred": found.inferred,
        **kinds,
        "sections": {kind: list(names) for kind, names in found.sections.items()},
        "facts": {**{kind: list(names) for kind, names in found.facts.items()}, "renamed": dict(found.renamed_facts)},
    }


def _entry(item: "Difference") -> dict[str, Any]:
    return {
        "from": item.origin,
        "to": list(item.targets),
        "title": item.title,
        "keep": item.keep,
        "reason": item.reason,
        "inferred": item.inferred,
        "fields": {name: {"before": before, "after": after} for name, (before, after) in item.fields.items()},
    }


def _print(ctx: Context, old: "Catalogue", new: "Catalogue", route: "Route | None", found: "Comparison") -> None:
    ctx.print(f"{old.id} {old.version} → {new.id} {new.version}")
    if route is None:
        ctx.print(_("Sans fichier de migration : ce qui suit est déduit des deux textes."))
    for kind, title in _TITLES.items():
        items = found.of(kind)  # type: ignore[arg-type]
        if items:
            ctx.print()
            ctx.print(f"{pick(title)} ({len(items)})")
            for item in items:
                _print_item(ctx, item, route)
    ctx.print()
    ctx.print(plural("{count} exigence inchangée", "{count} exigences inchangées", found.unchanged))
    for label, names in ((_("Sections"), found.sections), (_("Questions"), found.facts)):
        _print_names(ctx, label, names)
    for before, after in found.renamed_facts.items():
        ctx.print(_("  question renommée : {before} → {after}", before=before, after=after))


def _print_item(ctx: Context, item: "Difference", route: "Route | None") -> None:
    name = item.origin or item.targets[0]
    if item.origin and item.targets and item.targets != (item.origin,):
        name = f"{item.origin} → {', '.join(item.targets)}"
    mark = _(" (déduit)") if item.inferred and route else ""
    ctx.print(f"  {name} — {pick(item.title)}{mark}")
    if item.reason:
        ctx.print(f"      {pick(item.reason)}")
    for field, (before, after) in item.fields.items():
        if isinstance(before, str) and isinstance(after, str):
            ctx.print(f"      - {field}{_(' :')} {_short(before)}")
            ctx.print(f"      + {field}{_(' :')} {_short(after)}")
        else:
            ctx.print(f"      ~ {field}")


def _print_names(ctx: Context, label: str, names: Any) -> None:
    for kind, sign in (("added", "+"), ("modified", "~"), ("withdrawn", "-")):
        if names[kind]:
            ctx.print(f"{label}{_(' :')} {sign} {', '.join(names[kind])}")


def _short(text: str) -> str:
    return text if len(text) <= 160 else text[:159] + "…"


def _declare_export(app: typer.Typer) -> None:
    @command(app, "export", _("Le référentiel dans le format d'un autre outil."), own_format=True)
    def export(
        ctx: Context,
        name: Annotated[
            str | None,
            typer.Argument(metavar=_("[ID|ID@VERSION|DOSSIER]"), help=_("le référentiel (défaut : celui d'ici)")),
        ] = None,
        output_format: Annotated[
            str, typer.Option("--format", help=_("forme du fichier"), metavar="|".join(EXPORTS))
        ] = EXPORTS[0],
        output: Annotated[
            str, typer.Option("--output", "-o", help=_("fichier à écrire ; - pour la sortie standard"))
        ] = "-",
    ) -> None:
        from mes_conformity.catalogue.libraries import ciso_assistant
        from mes_conformity.cli.catalogue_data import view
        from mes_conformity.foundation.storage import write

        if output_format not in EXPORTS:
            message = both("valeur refusée pour {option}", option="--format")
            raise UsageError("USE001", message, expected=" | ".join(EXPORTS), obtained=output_format)
        catalogue = view(ctx, name, applicable=False).catalogue
        text = ciso_assistant(catalogue)
        if output == "-":
            ctx.env.stdout.write(text)
            return
        write(ctx.directory / output, text)
        ctx.note(_("Référentiel exporté : {path}", path=output))
