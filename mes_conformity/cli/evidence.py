"""`evidence`: the pieces that support the answers."""

from typing import Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.cli.workspaces import opened, session, typed
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both, plural


def build() -> typer.Typer:
    """The group `evidence`."""
    app = group(_("Pièces justificatives : ajouter, lister, vérifier."))
    _declare_add(app)
    _declare_list(app)
    _declare_verify(app)
    return app


def _declare_add(app: typer.Typer) -> None:
    @command(app, "add", _("Ajouter un fichier (copié dans evidence/) ou une adresse à une exigence."))
    def add(
        ctx: Context,
        requirement: Annotated[str, typer.Argument(metavar=_("EXIGENCE"))],
        source: Annotated[str, typer.Argument(metavar=_("FICHIER|ADRESSE"))],
        title: Annotated[str | None, typer.Option("--title", help=_("titre de la pièce"))] = None,
        satisfies: Annotated[
            str | None, typer.Option("--satisfies", help=_("pièce demandée à laquelle elle répond"))
        ] = None,
        valid_until: Annotated[str | None, typer.Option("--valid-until", help=_("dernier jour de validité"))] = None,
        confidential: Annotated[bool, typer.Option("--confidential", help=_("marquer confidentielle"))] = False,
        replace_id: Annotated[
            str | None, typer.Option("--replace", help=_("identifiant de la pièce à remplacer"))
        ] = None,
    ) -> ExitCode:
        with session(ctx, "evidence add") as changing:
            item = attach(
                changing,
                requirement,
                source,
                title=title,
                satisfies=satisfies,
                valid_until=valid_until,
                confidential=confidential,
                replace_id=replace_id,
            )
        from mes_conformity.assessment.documents import plain

        place = item.path or item.href
        text = _("Preuve ajoutée à {name} : {path}", name=requirement, path=place)
        ctx.emit({"evidence": {"requirement": requirement, **plain(item)}}, text)
        return ExitCode.OK


def attach(
    changing: Any,
    name: str,
    source: str,
    *,
    title: str | None = None,
    satisfies: str | None = None,
    valid_until: str | None = None,
    confidential: bool = False,
    replace_id: str | None = None,
) -> Any:
    """Copy a file in (or keep an address) and attach it to a requirement; the evidence, on disk when this returns."""
    from dataclasses import replace

    from mes_conformity.assessment import evidence as pieces
    from mes_conformity.assessment.answers import day, with_evidence

    requirement = changing.catalogue.requirement(name)
    answer = changing.assessment.answers.get(name)
    replaced = _replaced(answer, replace_id)
    need = pieces.need_of(requirement, answer, satisfies or (replaced.satisfies if replaced else None))
    kept = [other.path for _name, other in pieces.every(changing.assessment) if other is not replaced]
    item = pieces.piece(changing.workspace, changing.env, source, need, replaces=replaced, kept=kept)
    item = replace(
        item,
        title=title or (replaced.title if replaced else item.title),
        valid_until=day(valid_until, None),
        confidential=confidential or None,
    )
    changed = with_evidence(changing.assessment, requirement, item, changing.env.now())
    changing.commit(changed, "evidence", name)
    return item


def _replaced(answer: Any, wanted: str | None) -> Any:
    if wanted is None:
        return None
    for item in answer.evidence if answer else ():
        if item.id == wanted:
            return item
    raise UsageError(
        "EVD003",
        both("cette exigence n'a pas de pièce « {id} »", id=wanted),
        hint=both("lancez `mes-conformity evidence list` pour voir les identifiants"),
    )


def _declare_list(app: typer.Typer) -> None:
    @command(app, "list", _("Les pièces de l'espace de travail."))
    def list_(
        ctx: Context,
        requirement: Annotated[str | None, typer.Option("--requirement", help=_("une seule exigence"))] = None,
    ) -> ExitCode:
        from mes_conformity.assessment.documents import plain
        from mes_conformity.assessment.evidence import every

        found = opened(ctx)
        items = [(name, item) for name, item in every(found.loaded.assessment) if requirement in (None, name)]
        document = {"evidence": [{"requirement": name, **plain(item)} for name, item in items]}
        headers = (_("exigence"), _("titre"), _("où"), _("identifiant"))
        rows = [(name, item.title, item.path or item.href or "", item.id) for name, item in items]
        ctx.emit(document, lambda: ctx.table(headers, rows) if rows else ctx.note(_("Aucune pièce.")))
        return ExitCode.OK


def _declare_verify(app: typer.Typer) -> None:
    @command(app, "verify", _("Comparer chaque fichier à son empreinte."))
    def verify(ctx: Context) -> ExitCode:
        from mes_conformity.assessment.evidence import every, faults

        found = opened(ctx)
        wrong = faults(found.workspace, found.loaded.assessment)
        files = sum(1 for _name, item in every(found.loaded.assessment) if item.path)
        document = {
            "summary": {"files": files, "intact": files - len(wrong), "altered": len(wrong)},
            "findings": [
                {
                    "code": "ASM003",
                    "requirement": fault.requirement,
                    "path": fault.evidence.path,
                    "kind": fault.kind,
                    "expected": fault.evidence.sha256,
                    "obtained": fault.obtained,
                }
                for fault in wrong
            ],
        }

        def text() -> None:
            words = {"missing": _("absent"), "changed": _("modifié"), "not_a_file": _("n'est pas un fichier")}
            for fault in wrong:
                ctx.print(f"ASM003 {fault.evidence.path}{_(' :')} {words[fault.kind]} ({fault.requirement})")
            ctx.print(plural("{count} fichier vérifié", "{count} fichiers vérifiés", files))
            if wrong:
                ctx.note(_("Détail et remède : {command}", command=typed(ctx, "mes-conformity assess check")))

        ctx.emit(document, text)
        return ExitCode.INVALID_INPUT if wrong else ExitCode.OK
