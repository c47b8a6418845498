"""How the `test` commands read on a terminal: a word and a sign for each outcome, never colour alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mes_conformity.cli import run_text
from mes_conformity.cli.app import Context
from mes_conformity.cli.lines import brief, wrapped
from mes_conformity.foundation.i18n import _, pick, plural

Entry = Mapping[str, Any]
_SIGNS = {"passed": "✓", "failed": "✗", "error": "!", "skipped": "–"}
_TONES = {"passed": "good", "failed": "bad", "error": "warn", "skipped": "mute"}


def word(outcome: str) -> str:
    """The outcome in one word."""
    words = {"passed": _("réussi"), "failed": _("échec"), "error": _("erreur"), "skipped": _("écarté")}
    return words[outcome]


def case_line(entry: Entry) -> str:
    """`✓ réussi  MES-W-01  title`; what went wrong says at once which requirement, whose fault and why."""
    ground = _(" (terrain)") if entry.get("ground") else ""
    return f"{_SIGNS[entry['outcome']]} {word(entry['outcome']):<7} {entry['id']:<10} {_told(entry)}{ground}"


def _told(entry: Entry) -> str:
    title = _line(entry["title"])
    if entry["outcome"] not in ("failed", "error"):
        return title
    fault = f"{_blamed(entry)}{_(' :')} {title}"
    if entry["requirements"]:
        fault = f"{entry['requirements'][0]}, {fault}"
    return f"{fault} ({_line(entry['reason'])})" if entry["reason"] else fault


def _line(text: Mapping[str, str]) -> str:
    return " ".join(brief(pick(text)).split())


def _blamed(entry: Entry) -> str:
    """Whose fault it is, in the fewest words; what could not be judged accuses nobody."""
    if entry["outcome"] == "error":
        return _("personne n'est jugé")
    if entry["subject"] == "target":
        return _("la cible en cause")
    return _("le service en cause, à titre indicatif") if entry["advisory"] else _("le service en cause")


def print_case(ctx: Context, entry: Entry) -> None:
    """One line per case as it ends; all that is known of what went wrong is told once all is played, the gravest first.

    It is folded to the width of a terminal, and stays one line for a file or another program.
    """
    if entry["outcome"] == "skipped" and not ctx.verbose:
        return
    if ctx.quiet and entry["outcome"] == "passed":
        return
    if ctx.accessible:
        ctx.print(f"{entry['id']}{_(' :')} {word(entry['outcome'])}. {_told(entry)}")
        return
    line = case_line(entry)
    seen = ctx.env.stdout.isatty() or "COLUMNS" in ctx.env.variables
    ctx.print(wrapped(ctx, line, hang=21) if seen else line, tone=_TONES[entry["outcome"]], head=9)


def details(entry: Entry) -> Iterator[tuple[str, str]]:
    """Label and value of what explains an outcome; nothing for a case that passed."""
    if entry["outcome"] == "passed":
        return
    reason = entry["reason"]
    if entry["outcome"] != "failed":
        if reason:
            yield _("raison"), pick(reason)
        return
    yield _("en cause"), whose(entry)
    for check in (item for item in entry["checks"] if item["outcome"] != "passed"):
        if check.get("message"):
            yield _("constat"), pick(check["message"])
        yield _("attendu"), check["expected"]
        yield _("obtenu"), check["obtained"]
        yield _("où"), check["where"]
    yield _("source"), f"{entry['source']} ({basis(entry['basis'])})"
    yield _("conseil"), pick(entry["remedy"])


def whose(entry: Entry) -> str:
    """Whose fault a failure is."""
    if entry["subject"] == "target":
        return _("l'environnement (la cible), pas le service")
    if entry["advisory"]:
        return _("le service, à titre indicatif : c'est un conseil, ou la base n'a pas été lue dans un texte publié")
    return _("le service")


def basis(name: str) -> str:
    """What a source is worth, in words."""
    words = {
        "published": _("lue chez son auteur"),
        "republished": _("texte officiel lu dans une reprise"),
        "draft": _("projet"),
        "assumption": _("hypothèse"),
    }
    return words[name]


def print_run(ctx: Context, document: Mapping[str, Any], folder: str | None) -> None:
    """What failed and why, then the counts of a run; after several, what did not always end the same way."""
    interrupted = document.get("run", {}).get("state") == "interrupted"
    run_text.print_outcome(ctx, document["cases"], document["summary"], folder, interrupted=interrupted)
    repeat = document.get("repeat")
    if repeat is None:
        return
    ctx.print(
        plural("{count} cas instable en {runs} campagnes", "{count} cas instables en {runs} campagnes",
               len(repeat["flaky"]), runs=repeat["count"])
    )  # fmt: skip
    for case in repeat["flaky"]:
        counts = ", ".join(f"{word(outcome)} {count}" for outcome, count in sorted(case["outcomes"].items()))
        ctx.print(f"    {case['id']}{_(' :')} {counts}")
    for name in repeat["folders"]:
        ctx.print(_("relevé d'une campagne différente : {folder}", folder=name))


def print_list(ctx: Context, cases: Sequence[Entry]) -> None:
    """The cases, those that do not apply with their reason."""
    for case in cases:
        sign = "•" if case["applicable"] else "–"
        ctx.print(wrapped(ctx, f"{sign} {case['id']:<10} {pick(case['title'])}", hang=13))
        told = ", ".join([case["kind"], case["subject"], basis(case["basis"]), *case["requirements"]])
        ctx.print(wrapped(ctx, f"    {told}", hang=8))
        if case["reason"] is not None and not case["applicable"]:
            ctx.print(wrapped(ctx, f"    {pick(case['reason'])}", hang=8))
    count = sum(bool(case["applicable"]) for case in cases)
    ctx.print(
        plural("{count} cas applicable sur {total}", "{count} cas applicables sur {total}", count, total=len(cases))
    )


def print_selfcheck(ctx: Context, document: Mapping[str, Any]) -> None:
    """The counts, then every name behind a count that is not zero."""
    summary = document["summary"]
    rows = (
        (_("cas"), summary["cases"], ()),
        (_("en échec sur le bac à sable sain"), summary["sound_failed"], document["sound_failures"]),
        (_("couples cas × panne joués"), summary["pairs"], ()),
        (_("pannes passées inaperçues"), summary["survived"], document["survivors"]),
        (_("accusations du service à tort"), summary["accused"], document["accused"]),
        (_("cas sans panne"), summary["cases_without_fault"], document["cases_without_fault"]),
        (_("pannes sans cas"), summary["faults_without_case"], document["faults_without_case"]),
    )
    for label, count, names in rows:
        ctx.print(f"{label}{_(' :')} {count}")
        for name in names:
            ctx.print(wrapped(ctx, f"    {_finding(name)}", hang=8))


def _finding(item: Any) -> str:
    if isinstance(item, str):
        return item
    reason = pick(item["reason"]) if item["reason"] else item["outcome"]
    pair = f"{item['case']} × {item['fault']}" if item["fault"] else item["case"]
    return f"{pair} ({item['outcome']}) {reason}"
