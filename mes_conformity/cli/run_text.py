"""What a run leaves on the screen: what failed first, by requirement, with what to do; then the counts.

The last line read is the first needed: the verdict stands at the end, right above the prompt.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mes_conformity.cli.app import Context
from mes_conformity.cli.lines import brief, wrapped
from mes_conformity.foundation.i18n import _, pick, plural

Entry = Mapping[str, Any]
_ORDER = ("failed", "error", "anomaly", "advisory")
_BAR, _MAX_SHOWN, _MAX_REASONS = 40, 20, 5


def print_outcome(
    ctx: Context, cases: Sequence[Entry], summary: Mapping[str, int], folder: str | None, *, interrupted: bool = False
) -> None:
    """The failures, the cases left out by reason, the verdict and the counts."""
    _print_failures(ctx, cases)
    _print_left_out(ctx, cases)
    _print_verdict(ctx, cases, interrupted=interrupted)
    _print_counts(ctx, summary)
    if folder is not None:
        ctx.print(_("relevé : {folder}", folder=folder))


def by_requirement(cases: Iterable[Entry]) -> dict[str, list[Entry]]:
    """What did not pass, under its first requirement: what refuses the service, what could not be judged, the rest."""
    from mes_conformity.reporting.model import shown_as

    wrong = [entry for entry in cases if entry["outcome"] in ("failed", "error")]
    found: dict[str, list[Entry]] = {}
    for entry in sorted(wrong, key=lambda entry: _ORDER.index(shown_as(entry))):
        found.setdefault(entry["requirements"][0] if entry["requirements"] else "–", []).append(entry)
    return found


def _print_failures(ctx: Context, cases: Sequence[Entry]) -> None:
    groups = by_requirement(cases)
    if not groups:
        return
    ctx.print()
    ctx.print(_("Ce qui n'a pas réussi, par exigence"), tone="strong")
    shown = 0
    for requirement, entries in groups.items():
        kept = entries[: _MAX_SHOWN - shown]
        if not kept:
            break
        ctx.print()
        ctx.print(f"{requirement}{_(' :')} {plural('{count} cas', '{count} cas', len(entries))}", tone="strong")
        for entry in kept:
            _print_failure(ctx, entry)
        shown += len(kept)
    rest = sum(map(len, groups.values())) - shown
    if rest:
        ctx.print()
        ctx.print(_("et {count} autres cas : `mes-conformity dossier show CAS` les montre", count=rest))


def _print_failure(ctx: Context, entry: Entry) -> None:
    from mes_conformity.reporting import words
    from mes_conformity.reporting.model import shown_as

    mark = words.OUTCOMES[shown_as(entry)]
    name = pick(mark.word).lower()
    start = f"  {name}, " if ctx.accessible else f"  {mark.sign} {name}  "
    line = f"{start}{entry['id']}  {brief(pick(entry['title']))}"
    ctx.print(wrapped(ctx, line, hang=4), tone=mark.tone, head=len(start))
    for label, value in explained(ctx, entry):
        ctx.print(wrapped(ctx, f"      {label}{_(' :')} {brief(value)}", hang=8))


def explained(ctx: Context, entry: Entry) -> Iterator[tuple[str, str]]:
    """Label and value of what explains a case that did not pass, and the command that shows its exchanges."""
    from mes_conformity.cli.test_text import details
    from mes_conformity.cli.workspaces import typed

    if len(entry["requirements"]) > 1:
        yield _("exigences"), ", ".join(entry["requirements"])
    yield from details(entry)
    yield _("détail"), typed(ctx, f"mes-conformity dossier show {entry['id']}")


def _print_left_out(ctx: Context, cases: Sequence[Entry]) -> None:
    """How many cases were left out for each reason, the most frequent first."""
    reasons = Counter(pick(entry["reason"]) for entry in cases if entry["outcome"] == "skipped" and entry["reason"])
    if not reasons or ctx.quiet:
        return
    ctx.print()
    ctx.print(_("Cas écartés, par raison"), tone="strong")
    shown = len(reasons) if ctx.verbose else _MAX_REASONS
    for reason, count in reasons.most_common(shown):
        ctx.print(wrapped(ctx, f"  {count:>4}  {brief(reason)}", hang=8))
    if len(reasons) > shown:
        ctx.print("        " + _("et {count} autres raisons (-v les montre)", count=len(reasons) - shown))


def _print_verdict(ctx: Context, cases: Sequence[Entry], *, interrupted: bool) -> None:
    """A run that was interrupted may refuse a service; it never tells that it passes."""
    from mes_conformity.dossier.verdicts import judge
    from mes_conformity.reporting import words

    judgement = judge(cases)
    cut = interrupted and judgement.outcome != "failed"
    outcome = "inconclusive" if cut else judgement.outcome
    mark = words.VERDICTS[outcome]
    because = _("la campagne a été interrompue") if cut else _open_because(judgement)
    why = f"{_(' :')} {because}" if outcome == "inconclusive" else ""
    if not ctx.quiet:
        ctx.print()
    start = pick(mark.word) if ctx.accessible else f"{mark.sign} {pick(mark.word)}"
    ctx.print(wrapped(ctx, start + why, hang=2), tone=mark.tone, head=len(start))


def _open_because(judgement: Any) -> str:
    """Why nothing can be concluded of the service."""
    if judgement.anomalies:
        return _("la cible s'écarte de ce qui est attendu d'elle")
    if judgement.undecided:
        return _("des cas n'ont pas pu être jugés")
    return _("aucun cas fondé sur un texte lu n'a jugé le service")


def _print_counts(ctx: Context, summary: Mapping[str, int]) -> None:
    """The counts in words; above them a bar, where colour can tell its parts apart."""
    from mes_conformity.cli.test_text import word

    total = sum(summary.values())
    if ctx.colored and total:
        ctx.print_bar([(tone, summary[name] / total) for name, tone in _TONES], _BAR)
    counts = ", ".join(f"{word(name)} {summary[name]}" for name in ("passed", "failed", "error", "skipped"))
    ctx.print(f"{plural('{count} cas', '{count} cas', total)}{_(' :')} {counts}")


_TONES = (("passed", "good"), ("failed", "bad"), ("error", "warn"), ("skipped", "mute"))
