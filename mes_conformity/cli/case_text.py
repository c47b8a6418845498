"""One case in a terminal: its result, what was expected and obtained, its exchanges. Readable aloud and in a pipe."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from mes_conformity.cli.app import Context
from mes_conformity.cli.lines import brief, wrapped
from mes_conformity.foundation.i18n import _, pick


def print_case(ctx: Context, record: Any, number: int | None = None) -> None:
    """The case, then its exchanges: what only prepared the ground takes a line, unless it is the `number` asked for."""
    from mes_conformity.reporting import exchanges
    from mes_conformity.reporting.results import false_first

    entry = record.entry
    _head(ctx, record)
    for check in false_first(entry):
        _check(ctx, check)
    views = exchanges.views(record)
    brief_before = False
    for view in views if number is None else [views[number - 1]]:
        in_brief = view.supporting and number is None
        if not (in_brief and brief_before):
            ctx.print()
        _exchange(ctx, view, whole=number is not None)
        brief_before = in_brief
    told = [view for view in views if view.supporting and number is None]
    if told:
        ctx.note(
            _("un échange de préparation en entier : `mes-conformity dossier show {case} --exchange {number}`",
              case=entry["id"], number=told[0].number)
        )  # fmt: skip


def _head(ctx: Context, record: Any) -> None:
    from mes_conformity.reporting import words
    from mes_conformity.reporting.model import shown_as
    from mes_conformity.reporting.places import artefacts

    entry = record.entry
    mark = words.OUTCOMES[shown_as(entry)]
    sign = "" if ctx.accessible else f"{mark.sign} "
    line = f"{sign}{entry['id']} — {brief(pick(entry['title']))}{_(' :')} {pick(mark.word).lower()}"
    ctx.print(wrapped(ctx, line, hang=2))
    judged = [(_("artefact jugé"), f"{brief(path)} (sha256 {digest})") for path, digest in artefacts(record).items()]
    for label, value in (*_facts(entry), *judged):
        ctx.print(wrapped(ctx, f"  {label}{_(' :')} {value}", hang=4))


def _facts(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    from mes_conformity.reporting import words

    if entry["reason"]:
        yield _("raison"), brief(pick(entry["reason"]))
    yield _("exigences"), ", ".join(entry["requirements"])
    yield _("juge"), pick(words.SUBJECTS[entry["subject"]])
    yield _("source"), f"{brief(entry['source'])} ({pick(words.BASES[entry['basis']])})"
    if entry["outcome"] in ("failed", "error") and entry.get("remedy"):
        yield _("conseil"), brief(pick(entry["remedy"]))


def _check(ctx: Context, check: Mapping[str, Any]) -> None:
    """Expected and obtained one under the other where they differ, on one line with the place where they agree."""
    from mes_conformity.reporting import words

    mark = words.OUTCOMES[check["outcome"]]
    told = {key: "–" if check.get(key) is None else brief(str(check[key])) for key in ("expected", "obtained")}
    start = f"  {pick(mark.word).lower()}, " if ctx.accessible else f"  {mark.sign} "
    if check["outcome"] == "passed":
        where = f" ({brief(check['where'])})" if check.get("where") else ""
        ctx.print(wrapped(ctx, start + f"{check['check']}{_(' :')} " + _("obtenu {obtained}", **told) + where, hang=4))
        if check.get("message"):  # what a pass leaves to a person
            remark = f"      {_('remarque')}{_(' :')} {brief(pick(check['message']))}"
            ctx.print(wrapped(ctx, remark, hang=8))
        return
    ctx.print(wrapped(ctx, start + check["check"], hang=4))
    for label, value in (
        (_("constat"), pick(check["message"]) if check.get("message") else None),
        (_("attendu"), told["expected"]),
        (_("obtenu"), told["obtained"]),
        (_("où"), check.get("where")),
    ):
        if value:
            ctx.print(wrapped(ctx, f"      {label}{_(' :')} {brief(value)}", hang=8))


def _exchange(ctx: Context, view: Any, *, whole: bool) -> None:
    label = _("Préparation {number}") if view.supporting else _("Échange {number}")
    time = "" if view.duration_ms is None else f" ({view.duration_ms:.0f} ms)"
    title = (
        f"{label.format(number=view.number)}{_(' :')} {brief(view.line)} → {view.answer or view.failure or '?'}{time}"
    )
    ctx.print(wrapped(ctx, title, hang=2))
    if view.supporting and not whole:
        return
    for name, side in ((_("requête"), view.request), (_("réponse"), view.response)):
        if side is not None:
            _side(ctx, name, side)
    if whole and view.curl:
        ctx.print(f"  {_('ligne curl')}{_(' :')}")
        ctx.print(view.curl)


def _side(ctx: Context, name: str, side: Any) -> None:
    ctx.print(f"  {name}{_(' :')}")
    for header, value in side.headers:
        ctx.print(wrapped(ctx, f"    {brief(header)}: {brief(value)}", hang=6))
    body = side.body
    if body.binary:
        ctx.print("    " + _("(contenu binaire, {size} octets)", size=body.size))
    elif body.text:
        ctx.print()
        ctx.print(textwrap.indent(body.text, "    "))
    if body.cut:
        ctx.print("    " + _("… coupé : {size} octets en tout", size=body.size))
