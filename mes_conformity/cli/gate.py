"""`gate`: one verdict for a release pipeline, by a policy of the publisher's own."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.cli.workspaces import checked, opened, typed
from mes_conformity.foundation.i18n import _, pick, plural

if TYPE_CHECKING:
    from mes_conformity.referencing.gate import Policy, Reason, Release


def register(app: typer.Typer) -> None:
    """Declare `gate`."""

    @command(app, "gate", _("Un seul verdict pour une chaîne de livraison : passe, ou refusé et pourquoi."))
    def gate(
        ctx: Context,
        policy: Annotated[
            Path | None, typer.Option("--policy", help=_("ce qu'une livraison doit avoir (YAML, voir docs/gate.md)"))
        ] = None,
        trust: Annotated[
            Path | None, typer.Option("--trust", help=_("clés publiques et certificats acceptés (PEM)"))
        ] = None,
    ) -> ExitCode:
        from mes_conformity.referencing import gate as gating

        wanted = gating.read(ctx.directory / policy, str(policy)) if policy is not None else gating.Policy()
        reasons = gating.judge(wanted, _release(ctx, wanted, trust), date.fromisoformat(ctx.env.today()))
        document = {"verdict": "refuse" if reasons else "pass", "reasons": [item.to_json() for item in reasons]}
        ctx.emit(document, lambda: _tell(ctx, reasons))
        return ExitCode.FINDINGS if reasons else ExitCode.OK


def _release(ctx: Context, policy: "Policy", trust: Path | None) -> "Release":
    """What the workspace of the current folder has to show. A dossier nobody looks at is not opened."""
    from mes_conformity.assessment.waivers import running
    from mes_conformity.cli.dossier import SUFFIX, find, review_of
    from mes_conformity.cli.dossier_sign import accepted
    from mes_conformity.dossier.verify import verify
    from mes_conformity.harness import run_store
    from mes_conformity.referencing.gate import Release

    found = opened(ctx)
    _diagnostics, readiness = checked(ctx, found)
    waived = running(found.loaded.assessment, date.fromisoformat(ctx.env.today()))
    folder = run_store.latest(ctx.directory)
    run = run_store.read(folder) if folder else None
    looked_at = (policy.dossier, policy.review) != ("any", "any")
    if not looked_at or not any((ctx.directory / "reports").glob(f"*{SUFFIX}")):
        return Release(found.workspace.service, readiness, sorted(waived), run, None, None)
    path, believed = find(ctx, None), accepted(ctx, trust)
    sealed = verify(path, believed, deep=True)
    said = review_of(path, sealed.dossier, believed)
    return Release(found.workspace.service, readiness, sorted(waived), run, sealed, said)


def _tell(ctx: Context, reasons: "Sequence[Reason]") -> None:
    from mes_conformity.cli.lines import wrapped

    for reason in reasons:
        ctx.print(wrapped(ctx, f"- [{reason.code}] {pick(reason.message)}", hang=2))
        ctx.print(wrapped(ctx, f"  {_('conseil')}{_(' :')} {typed(ctx, pick(reason.hint))}", hang=2))
    if not reasons:
        ctx.print(_("✓ la livraison passe"), tone="good")
        return
    told = plural("✗ livraison refusée : {count} raison", "✗ livraison refusée : {count} raisons", len(reasons))
    ctx.print(told, tone="bad")
