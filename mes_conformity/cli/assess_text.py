"""How `assess check` reads: what the rules say, what blocks, how far each rubric is, the verdict last."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from mes_conformity.cli.app import Context
from mes_conformity.cli.lines import wrapped
from mes_conformity.cli.workspaces import Opened, typed
from mes_conformity.foundation.i18n import _, pick, plural

if TYPE_CHECKING:
    from mes_conformity.assessment.readiness import Readiness
    from mes_conformity.assessment.scoring import Score, Scores

_BAR, _MAX_BLOCKING = 24, 10
_TONES = {"ready": "good", "not_ready": "bad", "incomplete": "warn"}


def print_check(ctx: Context, found: Opened, diagnostics: Sequence[Any], readiness: "Readiness") -> None:
    """The whole of a check; `-v` shows everything that blocks."""
    from mes_conformity.assessment.scoring import scores

    for item in diagnostics:
        _print_diagnostic(ctx, item)
    _print_blocking(ctx, readiness)
    _print_progress(ctx, found, scores(found.loaded.assessment, found.catalogue))
    states = {
        "ready": _("L'évaluation est prête."),
        "not_ready": _("L'évaluation est complète, mais pas prête."),
        "incomplete": _("L'évaluation est incomplète."),
    }
    ctx.print(states[readiness.state], tone=_TONES[readiness.state])


def _print_diagnostic(ctx: Context, item: Any) -> None:
    levels = {"error": _("erreur"), "warning": _("avertissement"), "info": _("note")}
    tones = {"error": "bad", "warning": "warn", "info": "mute"}
    place, level = item.location, levels[item.level]
    line = f", {_('ligne')} {place.line}" if place.line else ""
    text = f"{level}[{item.code}]{_(' :')} {pick(item.message)} ({place.file}{line})"
    ctx.print(wrapped(ctx, text, hang=2), tone=tones[item.level], head=len(level) + len(item.code) + 2)
    if item.hint:
        ctx.print(wrapped(ctx, f"  {_('conseil')}{_(' :')} {pick(item.hint)}", hang=4))


def _print_blocking(ctx: Context, readiness: "Readiness") -> None:
    blocking = readiness.blocking
    if not blocking:
        return
    ctx.print(plural("{count} point bloque :", "{count} points bloquent :", len(blocking)), tone="strong")
    shown = blocking if ctx.verbose or len(blocking) <= _MAX_BLOCKING + 1 else blocking[:_MAX_BLOCKING]
    for blocker in shown:
        about = blocker.requirement or blocker.fact or ""
        ctx.print(wrapped(ctx, f"- {about}{_(' :')} {pick(blocker.reason)}", hang=2))
        ctx.print(f"  {typed(ctx, blocker.command)}")
    if len(shown) < len(blocking):
        ctx.print(_("- et {count} autres (-v les montre)", count=len(blocking) - len(shown)))


def _print_progress(ctx: Context, found: Opened, counted: "Scores") -> None:
    """One line per rubric: the share answered, then what is met. Progress and conformity are two numbers."""
    titles = {section.id: pick(section.title) for section in found.catalogue.sections}
    rows = [(_("toutes les rubriques"), counted.everything)]
    rows += [(titles[name], score.everything) for name, score in counted.sections.items()]
    wide = min(28, max(len(title) for title, _score in rows))
    ctx.print()
    for title, score in rows:
        ctx.print(_row(ctx, title, score, wide))
    ctx.print()


def _row(ctx: Context, title: str, score: "Score", wide: int) -> str:
    answered = score.to_answer - score.unknown
    told = ", ".join(_told(score, answered))
    if ctx.accessible or ctx.width < wide + _BAR + 30:
        return wrapped(ctx, f"{title}{_(' :')} {told}", hang=2)
    full = _BAR * score.progress // 100
    return wrapped(ctx, f"{title[:wide]:<{wide}}  {'━' * full}{'─' * (_BAR - full)}  {told}", hang=wide + _BAR + 4)


def _told(score: "Score", answered: int) -> Iterator[str]:
    yield _("{answered}/{total} répondu", answered=answered, total=score.to_answer)
    interval = score.conformity
    if interval is None:
        return
    low, high = interval
    yield _("conforme {low} %", low=low) if low == high else _("conforme {low} à {high} %", low=low, high=high)
