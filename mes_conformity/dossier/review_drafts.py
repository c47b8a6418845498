"""Drafting an addendum: what an expert found, or what the publisher answers, put at the end of the chain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mes_conformity.dossier.addenda import Addendum, Author, Raised, Said, State
from mes_conformity.dossier.review import Review, seen, subject_of
from mes_conformity.dossier.review_chain import round_after
from mes_conformity.dossier.review_words import WAITING
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location, UsageError
from mes_conformity.foundation.i18n import both


@dataclass(frozen=True, slots=True)
class Noted:
    """A finding as an expert writes it down; `where` is its place in a sheet."""

    requirement: str | None
    kind: str
    statement: str
    recommendation: str | None = None
    where: Location | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of an earlier finding, and its place in a sheet."""

    said: Said
    where: Location | None = None


def by_expert(
    dossier: Dossier,
    review: Review,
    author: Author,
    at: str,
    *,
    noted: Sequence[Noted] = (),
    decided: Sequence[Told] = (),
    message: str | None = None,
    close: bool = False,
) -> Addendum:
    """The draft of what an expert says; the review asks for changes, or is closed.

    Raises InvalidInput of the first problem of the chain, `REV020` (a requirement that the dossier has not), `REV021`
    (an unknown finding, or one told twice); UsageError `REV022` (nothing said).
    """
    sound(review)
    if not noted and not decided and message is None and not close:
        hint = both("remplissez une ligne de la feuille, ou donnez --message ; pour clore : --close")
        raise UsageError("REV022", both("il n'y a rien à dire : aucun constat, aucune décision"), hint=hint)
    draft = _next(dossier, review, author, at, "closed" if close else "changes_requested", message)
    known = requirements(dossier)
    findings = []
    for place, item in enumerate(noted, 1):
        if item.requirement is not None and item.requirement not in known:
            unknown = both("ce dossier n'a pas cette exigence")
            hint = both("repartez d'une feuille écrite par `mes-conformity review export`")
            raise InvalidInput("REV020", unknown, location=item.where, obtained=item.requirement[:120], hint=hint)
        told = seen(dossier.documents, item.requirement)
        name = f"{draft.number}.{place}"
        findings.append(Raised(name, item.requirement, item.kind, item.statement, told, item.recommendation))
    return replace(draft, findings=tuple(findings), decisions=_about(review, decided))


def by_publisher(
    dossier: Dossier,
    review: Review,
    author: Author,
    at: str,
    *,
    told: Sequence[Told] = (),
    message: str | None = None,
    partial: bool = False,
) -> Addendum:
    """The draft of what the publisher answers: the dossier is submitted again.

    Every finding that waits for an answer gets one, unless `partial`. Raises like `by_expert`, and UsageError `REV024`
    (findings left without an answer); Conflict `REV025` (the review is closed).
    """
    sound(review)
    if review.state == "closed":
        raise Conflict("REV025", both("la revue est close : il n'y a plus rien à répondre"))
    if not told and message is None:
        hint = both("répondez avec --reply, ou donnez --message")
        raise UsageError("REV022", both("il n'y a rien à dire : aucune réponse"), hint=hint)
    replies = _about(review, told)
    left = [name for name in unanswered(review) if name not in {item.finding for item in replies}]
    if left and not partial:
        raise UsageError(
            "REV024",
            both("des constats restent sans réponse : {names}", names=", ".join(left)),
            hint=both("répondez à chacun (--reply {name}=corrigé:…), ou ajoutez --partial", name=left[0]),
        )
    return replace(_next(dossier, review, author, at, "submitted", message), replies=replies)


def unanswered(review: Review) -> tuple[str, ...]:
    """The findings that wait for the publisher."""
    return tuple(item.finding.id for item in review.findings if item.state == "open")


def requirements(dossier: Dossier) -> tuple[str, ...]:
    """The requirements that can be spoken of: of the catalogue embedded, of the answers, of the cases."""
    from mes_conformity.dossier.judges import catalogue

    files = dossier.documents.folder("catalogue")
    known = [item.id for item in catalogue(files).requirements] if files else []
    answered = (dossier.documents.assessment or {}).get("answers") or {}
    named = {name for case in dossier.documents.run["cases"] for name in case["requirements"]}
    return (*known, *sorted({*answered, *named} - set(known)))


def sound(review: Review) -> None:
    """Nothing is added to a chain that is not sound."""
    for problem in review.problems:
        if problem.code in ("REV009", "REV010"):  # a matter of trust: whoever answers may answer a stranger
            continue
        raise InvalidInput(
            problem.code,
            problem.message,
            location=Location(problem.path),
            expected=problem.expected,
            obtained=problem.obtained,
            hint=both("voyez `mes-conformity review list DOSSIER`"),
        )


def _next(dossier: Dossier, review: Review, author: Author, at: str, state: State, message: str | None) -> Addendum:
    last = review.addenda[-1] if review.addenda else None
    return Addendum(
        number=last.number + 1 if last else 1,
        round=round_after(last, author.role),
        previous=last.sha256 if last else None,
        state=state,
        author=author,
        at=at,
        subject=subject_of(dossier),
        message=message,
    )


def _about(review: Review, told: Sequence[Told]) -> tuple[Said, ...]:
    known = [item.finding.id for item in review.findings]
    spoken: set[str] = set()
    for item in told:
        name = item.said.finding
        if name not in known or name in spoken:
            raise InvalidInput(
                "REV021",
                both("ce constat n'existe pas, ou il est traité deux fois"),
                location=item.where,
                expected=", ".join(known) or "∅",
                obtained=name[:120],
                hint=both("voyez `mes-conformity review list DOSSIER`"),
            )
        spoken.add(name)
    return tuple(item.said for item in told)


def left_open(review: Review, draft: Addendum) -> tuple[str, ...]:
    """The findings that a closing draft leaves open: worth saying, never refused."""
    closed = {item.finding for item in draft.decisions if item.word == "closed"}
    before = [item.finding.id for item in review.findings if item.waiting and item.finding.id not in closed]
    return (*before, *(item.id for item in draft.findings if item.kind in WAITING)) if draft.state == "closed" else ()
