"""How a review is told: to a person at 80 columns, to a program as JSON.

What experts and publishers wrote is set apart from what the program says: every line of it is quoted, so that no text
can pass for a verdict.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mes_conformity.cli.app import Context
from mes_conformity.foundation.i18n import _, pick, plural

if TYPE_CHECKING:
    from mes_conformity.dossier.addenda import Addendum
    from mes_conformity.dossier.review import Followed, Review
    from mes_conformity.dossier.verify import Dossier, Finding
    from mes_conformity.referencing.admissibility import Point

SIGNS = {"ok": "✓", "not_ok": "✗", "unknown": "?", "not_applicable": "–"}


def addendum_json(addendum: "Addendum", dossier: "Dossier | None" = None, *, carried: bool = False) -> dict[str, Any]:
    """An addendum as a program reads it; `current`: it speaks of this very dossier."""
    author, signature, subject = addendum.author, addendum.signature, addendum.subject
    document = {
        "path": addendum.path,
        "sha256": addendum.sha256,
        "number": addendum.number,
        "round": addendum.round,
        "previous": addendum.previous,
        "state": addendum.state,
        "author": {"role": author.role, "name": author.name, "organisation": author.organisation},
        "at": addendum.at,
        "dossier": {"name": subject.name, "sha256": subject.sha256, "version": subject.version},
        "message": addendum.message,
        "signature": signature.to_json() if signature else None,
        "findings": [item.id for item in addendum.findings],
        "decisions": [{"finding": item.finding, "outcome": item.word} for item in addendum.decisions],
        "replies": [{"finding": item.finding, "action": item.word} for item in addendum.replies],
    }
    if dossier is None:
        return document
    return {
        **document,
        "carried": carried,
        "current": _current(addendum, dossier),
        "same_key": _same_key(addendum, dossier),
    }


def _current(addendum: "Addendum", dossier: "Dossier") -> bool:
    from mes_conformity.dossier.review import subject_of

    return addendum.subject.manifest == subject_of(dossier).manifest


def _same_key(addendum: "Addendum", dossier: "Dossier") -> bool:
    """Whether whoever signed the dossier signed this too."""
    mine, theirs = addendum.signature, dossier.signature
    return mine is not None and theirs is not None and mine.keyid == theirs.keyid


def review_json(dossier: "Dossier", review: "Review") -> dict[str, Any]:
    """`{state, round, addenda, findings, waiting, problems, ignored, elsewhere}`."""
    return {
        "state": review.state,
        "round": review.addenda[-1].round if review.addenda else 1,
        "addenda": [addendum_json(link.addendum, dossier, carried=link.carried) for link in review.chain.links],
        "findings": [item.to_json() for item in review.findings],
        "waiting": [item.finding.id for item in review.waiting()],
        "problems": [item.to_json() for item in review.problems],
        "ignored": list(review.chain.ignored),
        "elsewhere": list(review.chain.elsewhere),
    }


def answer(path: Path, dossier: "Dossier", review: "Review") -> dict[str, Any]:
    """The entry of a dossier in `review list`."""
    service = dossier.documents.run["service"]
    return {
        "path": str(path),
        "sha256": dossier.sha256,
        "product": service.get("product"),
        "version": service.get("version"),
        "signature": dossier.signature.to_json() if dossier.signature else None,
        "review": review_json(dossier, review),
    }


def tell(ctx: Context, dossier: "Dossier", review: "Review", document: Mapping[str, Any]) -> None:
    """One dossier and its review, whole."""
    from mes_conformity.dossier.review_words import STATES

    service = f"{document['product']} {document['version']}"
    ctx.print(f"{'✗' if review.problems else '✓'} {service}{_(' :')} {pick(STATES[review.state])}")
    ctx.print(f"  {document['path']}")
    for line in _wrapped(ctx, signed_text(dossier.signature), "  "):
        ctx.print(line)
    tell_problems(ctx, review.problems)
    if not review.addenda:
        ctx.note(
            _("Aucune revue jointe. Pour en faire une : `mes-conformity review export {path}`", path=document["path"])
        )
    _tell_said_so_far(ctx, dossier, review)
    for path in review.chain.elsewhere:
        told = _("{path} parle d'un autre dossier du même service, que celui-ci ne porte pas", path=path)
        for line in _wrapped(ctx, f"△ {told}", "", "  "):
            ctx.print(line)
    ignored = len(review.chain.ignored) - len(review.chain.elsewhere)
    if ignored:
        ctx.note(
            plural(
                "{count} fichier à côté ne fait pas partie de cette revue : laissé de côté",
                "{count} fichiers à côté ne font pas partie de cette revue : laissés de côté",
                ignored,
            )
        )
    _tell_next(ctx, review)


def tell_history(ctx: Context, dossier: "Dossier", review: "Review") -> None:
    """The review that a dossier carries, where it carries one."""
    from mes_conformity.dossier.review_words import STATES

    if review.addenda or review.problems:
        ctx.print()
        ctx.print(_("Revue portée par le dossier : {state}", state=STATES[review.state]))
        tell_problems(ctx, review.problems)
        _tell_said_so_far(ctx, dossier, review)


def _tell_said_so_far(ctx: Context, dossier: "Dossier", review: "Review") -> None:
    tell_addenda(ctx, dossier, review)
    if review.findings:
        ctx.print()
        ctx.print(
            _(
                "Constats : {count}, dont {waiting} en attente",
                count=len(review.findings),
                waiting=len(review.waiting()),
            )
        )
        for item in review.findings:
            for line in finding_lines(ctx, item):
                ctx.print(line)


def _tell_next(ctx: Context, review: "Review") -> None:
    """What whoever reads may do now."""
    if review.problems or not review.addenda:
        return
    if review.state == "changes_requested":
        ctx.note(
            _("À l'éditeur : `mes-conformity review reply DOSSIER --key CLÉ`, puis `mes-conformity dossier build`")
        )
    elif review.state == "submitted":
        ctx.note(_("À l'expert : `mes-conformity review export DOSSIER`, puis `mes-conformity review import FEUILLE`"))


def tell_problems(ctx: Context, problems: Sequence["Finding"]) -> None:
    """What is wrong with the addenda."""
    for finding in problems:
        where = f"{finding.path}{_(' :')} " if finding.path else ""
        for line in _wrapped(ctx, f"✗ [{finding.code}] {where}{pick(finding.message)}", "  ", "    "):
            ctx.print(line)
        for label, value in ((_("attendu"), finding.expected), (_("obtenu"), finding.obtained)):
            if value:
                ctx.print(f"    {label}{_(' :')} {value}")


def tell_addenda(ctx: Context, dossier: "Dossier", review: "Review") -> None:
    """Each addendum: whose, signed how, about what."""
    if review.addenda:
        ctx.print()
        ctx.print(plural("{count} addendum, dans l'ordre", "{count} addenda, dans l'ordre", len(review.addenda)))
    for link in review.chain.links:
        for line in addendum_lines(ctx, link.addendum, dossier, carried=link.carried):
            ctx.print(line)


def addendum_lines(ctx: Context, addendum: "Addendum", dossier: "Dossier", *, carried: bool) -> list[str]:
    """An addendum in a few lines."""
    from mes_conformity.dossier.review_words import STATES

    head = f"{addendum.number}. {who(addendum)}, {addendum.at[:10]}{_(' :')} {pick(STATES[addendum.state])}"
    signature = signed_text(addendum.signature)
    if _same_key(addendum, dossier):
        signature += " " + _("— c'est la clé qui a signé le dossier")
    subject = _("porte sur ce dossier")
    if not _current(addendum, dossier):
        subject = _(
            "porte sur le dossier {name} ({version})", name=addendum.subject.name, version=addendum.subject.version
        )
    elif addendum.subject.sha256 != dossier.sha256:
        subject = _("porte sur ce dossier, avant qu'il soit signé, ou signé autrement")
    place = _("porté par le dossier") if carried else _("à côté du dossier")
    before = (
        _("premier de la revue") if addendum.previous is None else _("suit le n° {number}", number=addendum.number - 1)
    )
    lines = [
        *_wrapped(ctx, head, "  ", "     "),
        *_wrapped(ctx, signature, "     "),
        *_wrapped(ctx, f"{before}, {place}, {subject}", "     "),
    ]
    return [*lines, *(_quoted(ctx, addendum.message, "     ") if addendum.message else ())]


def who(addendum: "Addendum") -> str:
    """`expert, Dr Roux (ANS)`: a claim, that a signature alone proves."""
    from mes_conformity.dossier.review_words import ROLES

    author = addendum.author
    organisation = f" ({_line(author.organisation)})" if author.organisation else ""
    return f"{pick(ROLES[author.role])}, {_line(author.name)}{organisation}"


def signed_text(signature: Any) -> str:
    """Whose signature, and whether it is accepted, in words."""
    if signature is None:
        return _("non signé : rien ne dit qui l'a fait")
    shown = f"{signature.keyid[:16]}…"
    told = _("signé, clé {keyid}", keyid=shown)
    if signature.subject:
        names = {"subject": signature.subject, "issuer": signature.issuer, "keyid": shown}
        told = _("signé par {subject} (délivré par {issuer}), clé {keyid}", **names)
    if signature.trusted is None:
        return told + " " + _("(comparée à aucune : --trust)")
    return told + " " + (_("(acceptée)") if signature.trusted else _("(que vous n'acceptez pas)"))


def finding_lines(ctx: Context, item: "Followed") -> list[str]:
    """A finding: what was asked, what was answered, what changed."""
    from mes_conformity.dossier.review_words import FINDING_STATES, KINDS, ROLES, WORDS, change_text

    finding = item.finding
    about = finding.requirement or _("le dossier dans son ensemble")
    head = f"{finding.id} {pick(KINDS[finding.kind])} — {_line(about)}{_(' :')} {pick(FINDING_STATES[item.state])}"
    lines = _wrapped(ctx, head, "  ", "      ")
    lines += _quoted(ctx, finding.statement, "      ")
    if finding.recommendation:
        lines += [f"      {_('attendu')}{_(' :')}", *_quoted(ctx, finding.recommendation, "        ")]
    for event in item.events:
        lines.append(f"      → {pick(ROLES[event.role])}, {event.at[:10]}{_(' :')} {pick(WORDS[event.word])}")
        lines += _quoted(ctx, event.statement, "        ") if event.statement else []
    for change in item.changes:
        lines += _wrapped(ctx, f"≠ {change_text(change)}", "      ", "        ")
    if item.state == "answered" and item.events[-1].word == "corrected" and finding.requirement and not item.changes:
        unchanged = _("rien n'a changé dans ce dossier depuis le constat : ni réponse, ni preuve, ni issue de cas")
        lines += _wrapped(ctx, f"= {unchanged}", "      ", "        ")
    return lines


def _line(text: str) -> str:
    """A stranger's text on one line."""
    return " ".join(text.split())


def _quoted(ctx: Context, text: str, indent: str) -> list[str]:
    """A stranger's text, quoted like in a mail: every line of it, so that none can pass for what the program says."""
    paragraphs = [line for line in text.strip().splitlines() if line.strip()]
    return [line for paragraph in paragraphs for line in _wrapped(ctx, paragraph, f"{indent}> ")]


def _wrapped(ctx: Context, text: str, indent: str, following: str | None = None) -> list[str]:
    return textwrap.wrap(
        _line(text), ctx.width, initial_indent=indent, subsequent_indent=indent if following is None else following,
        break_on_hyphens=False,
    ) or [indent]  # fmt: skip


def tell_table(ctx: Context, answers: Sequence[Mapping[str, Any]]) -> None:
    """Several dossiers, one line each."""
    from mes_conformity.dossier.review_words import STATES

    headers = ("", _("dossier"), _("revue"), _("tour"), _("constats"), _("en attente"), _("écarts"))
    rows = []
    for item in answers:
        name = Path(item["path"]).name
        if "error" in item:
            rows.append(["✗", name, item["error"]["code"], "–", "–", "–", "–"])
            continue
        review = item["review"]
        codes = ", ".join(sorted({problem["code"] for problem in review["problems"]})) or "0"
        counted = [str(review["round"]), str(len(review["findings"])), str(len(review["waiting"])), codes]
        rows.append(["✗" if review["problems"] else "✓", name, pick(STATES[review["state"]]), *counted])
    ctx.table(headers, rows)


def tell_sheet(ctx: Context, document: Mapping[str, Any]) -> None:
    """What was exported, and what to do with it."""
    ctx.print(_("✓ feuille de revue : {path}", path=document["path"]))
    counted = plural("{count} exigence", "{count} exigences", document["requirement"])
    followed = plural("{count} constat à suivre", "{count} constats à suivre", document["finding"])
    ctx.print("  " + (f"{counted}, {followed}" if document["for"] == "expert" else followed))
    ctx.note(
        _(
            "Remplissez les colonnes en couleur, puis : mes-conformity review import {path} --key CLÉ",
            path=document["path"],
        )
    )


def tell_said(ctx: Context, addendum: "Addendum", document: Mapping[str, Any]) -> None:
    """What was sealed, and what to do with it."""
    from mes_conformity.dossier.review_words import STATES

    known = {"number": addendum.number, "round": addendum.round, "state": STATES[addendum.state]}
    ctx.print(_("✓ addendum n° {number}, tour {round} : {state}", **known))
    ctx.print(f"  {document['path']}")
    ctx.print("  " + signed_line(addendum))
    parts = (
        plural("{count} constat", "{count} constats", len(addendum.findings)),
        plural("{count} décision", "{count} décisions", len(addendum.decisions)),
        plural("{count} réponse", "{count} réponses", len(addendum.replies)),
    )
    ctx.print("  " + ", ".join(parts))
    if document["left_open"]:
        ctx.note(
            _("La revue est close avec des constats encore ouverts : {names}", names=", ".join(document["left_open"]))
        )
    ctx.note(_("Envoyez ce fichier avec le dossier, ou seul à qui a déjà le dossier."))


def signed_line(addendum: "Addendum") -> str:
    """Whose signature one has just made."""
    if addendum.signature is None:
        return _("non signé : rien ne dit qui l'a fait")
    return _("signé, clé {keyid}", keyid=addendum.signature.keyid)


def check_row(point: "Point") -> dict[str, str]:
    """A point of the checklist as a row of a sheet."""
    return {
        "id": point.id,
        "title": pick(point.title),
        "state": f"{SIGNS[point.state]} {_state(point.state)}",
        "reason": pick(point.reason),
        "source": f"{pick(point.source)} [{_grade(point.grade)}]",
    }


def _state(state: str) -> str:
    words = {"ok": _("acquis"), "not_ok": _("non acquis"), "unknown": _("à voir"), "not_applicable": _("sans objet")}
    return words[state]


def _grade(grade: str) -> str:
    return {"official": _("officiel"), "published": _("publié"), "derived": _("dérivé")}[grade]


def tell_checklist(ctx: Context, path: Path, points: Iterable["Point"]) -> None:
    """The points an expert looks at first, each with its reason and what it stands on."""
    from mes_conformity.referencing.admissibility import counts

    found = tuple(points)
    ctx.print(_("Recevabilité (étape 3), ce que dit le dossier seul : {path}", path=path))
    for point in found:
        head = f"{SIGNS[point.state]} {_state(point.state)} — {pick(point.title)}"
        lines = [*_wrapped(ctx, head, "", "  "), *_wrapped(ctx, pick(point.reason), "    ")]
        for line in (*lines, *_wrapped(ctx, f"[{_grade(point.grade)}] {pick(point.source)}", "    ")):
            ctx.print(line)
    counted = counts(found)
    ctx.print(_("{ok} acquis, {not_ok} non acquis, {unknown} à voir, {not_applicable} sans objet", **counted))
    ctx.note(_("Aucune liste officielle de recevabilité n'a pu être lue : chaque point dit sur quoi il repose."))
