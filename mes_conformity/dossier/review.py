"""The review of a dossier: what was asked, what was answered, what changed.

Rounds: a dossier is submitted, an expert asks for changes or closes, the publisher answers and submits again. All of
it is told by the addenda of its chain (`review_chain`); nothing else is kept anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mes_conformity.dossier import review_chain
from mes_conformity.dossier.addenda import Addendum, Author, Raised, Seen, Subject
from mes_conformity.dossier.documents import Documents
from mes_conformity.dossier.keys import Trust
from mes_conformity.dossier.manifest import NAME
from mes_conformity.dossier.review_chain import Chain, Source
from mes_conformity.dossier.review_words import WAITING
from mes_conformity.dossier.verify import Dossier, Finding
from mes_conformity.foundation.digests import digest, sha256

MAX_ADDRESS = 500


@dataclass(frozen=True, slots=True)
class Event:
    """What was said of a finding, by whom: `word` is a key of review_words.WORDS."""

    number: int
    role: str
    at: str
    word: str
    statement: str | None

    def to_json(self) -> dict[str, Any]:
        """`{addendum, role, at, word, statement}`."""
        return {
            "addendum": self.number,
            "role": self.role,
            "at": self.at,
            "word": self.word,
            "statement": self.statement,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What is not as the expert saw it: `what` is status, answer, evidence or case; a side that is absent is None."""

    what: str
    name: str
    then: str | None
    now: str | None

    def to_json(self) -> dict[str, Any]:
        """`{what, name, then, now}`."""
        return {"what": self.what, "name": self.name, "then": self.then, "now": self.now}


@dataclass(frozen=True, slots=True)
class Followed:
    """A finding, what became of it, and what changed since. `state` is a key of review_words.FINDING_STATES."""

    finding: Raised
    round: int
    author: Author
    at: str
    state: str
    events: tuple[Event, ...]
    now: Seen
    changes: tuple[Change, ...]

    @property
    def then(self) -> Seen:
        """What the expert had under the eyes."""
        return self.finding.seen

    @property
    def waiting(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.state in ("open", "answered")

    def to_json(self) -> dict[str, Any]:
        """`{id, requirement, kind, statement, recommendation, round, by, at, state, events, changes}`."""
        return {
            "id": self.finding.id,
            "requirement": self.finding.requirement,
            "kind": self.finding.kind,
            "statement": self.finding.statement,
            "recommendation": self.finding.recommendation,
            "round": self.round,
            "by": self.author.name,
            "at": self.at,
            "state": self.state,
            "events": [item.to_json() for item in self.events],
            "changes": [item.to_json() for item in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Round:
    """One exchange between a publisher and its experts; `state` is the last word of it."""

    number: int
    state: str
    addenda: tuple[Addendum, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that was said of a dossier and of those it follows."""

    chain: Chain
    findings: tuple[Followed, ...]

    @property
    def addenda(self) -> tuple[Addendum, ...]:
        """In order; none where nobody reviewed anything."""
        return self.chain.addenda

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What is wrong with the addenda; what is refused counts nowhere else."""
        return self.chain.problems

    @property
    def state(self) -> str:
        """Where the review is: a key of review_words.STATES. A dossier that nobody reviewed is submitted."""
        return self.addenda[-1].state if self.addenda else "submitted"

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The exchanges, in order."""
        numbers = sorted({item.round for item in self.addenda})
        members = [tuple(item for item in self.addenda if item.round == number) for number in numbers]
        return tuple(Round(found[0].round, found[-1].state, found) for found in members)

    def waiting(self) -> tuple[Followed, ...]:
        """The findings that somebody still has to do something about."""
        return tuple(item for item in self.findings if item.waiting)


def history(documents: Documents) -> Review:
    """The review that a dossier carries, from its documents alone. Never raises for what an addendum says."""
    carried = review_chain.carried_by(documents.files)
    if not carried:
        return Review(Chain(), ())
    service = documents.run["service"]
    subject = Subject("", "", "", service.get("publisher"), service.get("product"), service.get("version"))
    return _told(review_chain.assemble(carried, subject, ""), documents)


def examine(dossier: Dossier, beside: Sequence[Source] = (), trust: Trust | None = None) -> Review:
    """The review of a dossier: what it carries and what stands beside it. Never raises for what an addendum says.

    Raises InvalidInput where the documents of the dossier make no sense.
    """
    carried = review_chain.carried_by(dossier.files)
    if not carried and not beside:
        return Review(Chain(), ())
    created_at = str(dossier.manifest.data["created_at"])
    signed_by = dossier.signature.keyid if dossier.signature else None
    sources = [*carried, *beside]
    chain = review_chain.assemble(sources, subject_of(dossier), created_at, trust, signed_by=signed_by)
    return _told(chain, dossier.documents)


def subject_of(dossier: Dossier) -> Subject:
    """How an addendum names this dossier."""
    from mes_conformity.dossier.names import printable

    service = dossier.documents.run["service"]
    name = printable(dossier.path.replace("\\", "/").rpartition("/")[2]) or "?"
    named = (service.get(key) for key in ("publisher", "product", "version"))
    return Subject(name, dossier.sha256, sha256(dossier.files[NAME]), *named)


def _told(chain: Chain, documents: Documents) -> Review:
    events: dict[str, list[Event]] = {}
    for addendum in chain.addenda:
        for said in (*addendum.decisions, *addendum.replies):
            event = Event(addendum.number, addendum.author.role, addendum.at, said.word, said.statement)
            events.setdefault(said.finding, []).append(event)
    followed = []
    for addendum in chain.addenda:
        for finding in addendum.findings:
            told = tuple(events.get(finding.id, ()))
            now = seen(documents, finding.requirement)
            followed.append(
                Followed(
                    finding,
                    addendum.round,
                    addendum.author,
                    addendum.at,
                    _state(finding.kind, told),
                    told,
                    now,
                    tuple(_changes(finding.seen, now)),
                )
            )
    return Review(chain, tuple(followed))


def _state(kind: str, events: Sequence[Event]) -> str:
    """An expert's decision holds until the publisher answers again; only what waits for something is open."""
    decided = next((item.word for item in reversed(events) if item.role == "expert"), None)
    if decided == "closed" and events[-1].role == "expert":
        return "closed"
    if events and events[-1].role == "publisher" and (kind in WAITING or decided == "maintained"):
        return "answered"
    return "open" if kind in WAITING or decided == "maintained" else "noted"


def seen(documents: Documents, requirement: str | None) -> Seen:
    """What a requirement shows in a dossier; None is the dossier as a whole, of which nothing is held."""
    if requirement is None:
        return Seen("not_assessed", digest({}), (), {})
    answers: Mapping[str, Any] = (documents.assessment or {}).get("answers") or {}
    answer = answers.get(requirement) or {}
    told = {key: answer[key] for key in ("level", "justification", "comment") if key in answer}
    evidence = sorted({item.get("sha256") or _address(item["href"]) for item in answer.get("evidence") or ()})
    cases = {case["id"]: case["outcome"] for case in documents.run["cases"] if requirement in case["requirements"]}
    return Seen(answer.get("status", "not_assessed"), digest(told), tuple(evidence), cases)


def _address(href: str) -> str:
    return href if len(href) <= MAX_ADDRESS else sha256(href.encode("utf-8", "surrogatepass"))


def _changes(then: Seen, now: Seen) -> list[Change]:
    changes = [Change("status", "", then.status, now.status)] if then.status != now.status else []
    if then.answer != now.answer:
        changes.append(Change("answer", "", then.answer, now.answer))
    changes += [Change("evidence", item, item, None) for item in then.evidence if item not in now.evidence]
    changes += [Change("evidence", item, None, item) for item in now.evidence if item not in then.evidence]
    changes += [
        Change("case", case, then.cases.get(case), now.cases.get(case))
        for case in sorted({*then.cases, *now.cases})
        if then.cases.get(case) != now.cases.get(case)
    ]
    return changes
