"""Diagnostics as they are read: what, where, expected, obtained, and a remedy."""

from collections.abc import Sequence

from mes_conformity.cli.context import Context
from mes_conformity.foundation.diagnostics import Diagnostic, summary
from mes_conformity.foundation.i18n import _, pick, plural


def print_diagnostics(ctx: Context, diagnostics: Sequence[Diagnostic]) -> None:
    """Each diagnostic on stdout, errors first, then how many of each level."""
    order = {"error": 0, "warning": 1, "info": 2}
    for diagnostic in sorted(diagnostics, key=lambda item: order[item.level]):
        ctx.print(diagnostic_text(diagnostic))
    counts = summary(diagnostics)
    if not diagnostics:
        ctx.print(_("Rien à redire."))
        return
    ctx.print(
        ", ".join(
            [
                plural("{count} erreur", "{count} erreurs", counts["error"]),
                plural("{count} avertissement", "{count} avertissements", counts["warning"]),
                plural("{count} information", "{count} informations", counts["info"]),
            ]
        )
    )


def diagnostic_text(diagnostic: Diagnostic) -> str:
    """One diagnostic: a line with its level and code, then its place and remedy, indented."""
    level = {"error": _("erreur"), "warning": _("avertissement"), "info": _("information")}[diagnostic.level]
    rows = [(_("fichier"), _place(diagnostic))]
    if diagnostic.expected is not None:
        rows.append((_("attendu"), diagnostic.expected))
    if diagnostic.obtained is not None:
        rows.append((_("obtenu"), diagnostic.obtained))
    if diagnostic.hint is not None:
        rows.append((_("conseil"), pick(diagnostic.hint)))
    width = max(len(label) for label, _value in rows)
    lines = [f"{level}[{diagnostic.code}]{_(' :')} {pick(diagnostic.message)}"]
    return "\n".join(lines + [f"  {label:<{width}}{_(' :')} {value}" for label, value in rows])


def _place(diagnostic: Diagnostic) -> str:
    """`file:line:column`, which editors and terminals make clickable."""
    place = diagnostic.location
    return ":".join(str(part) for part in (place.file, place.line, place.column) if part is not None)
