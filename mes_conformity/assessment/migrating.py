"""Carrying an assessment to another version of its catalogue. Pure; nothing that was answered disappears.

| what the migration keeps | the answer                                                                            |
|--------------------------|---------------------------------------------------------------------------------------|
| answer and evidence      | goes to the new requirement, with the digest of the wording that was answered         |
| the same, several to one | one proposal where they all say the same, to be confirmed; else to be answered again  |
| evidence                 | set aside; its pieces, comment and owner wait on the requirement, to be answered      |
| nothing                  | set aside                                                                             |

An answer set aside by an earlier migration comes back where the catalogue asks the very wording it answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mes_conformity.assessment.facts import accepts, put_aside, reconcile
from mes_conformity.assessment.model import Answer, Assessment, Evidence, FactAnswer, Provenance, SetAside
from mes_conformity.assessment.pinning import pin_of
from mes_conformity.assessment.scoring import Scores, scores
from mes_conformity.catalogue.migration import Fate, Route, fates
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.i18n import Text

Result = Literal["kept", "moved", "set_aside", "restored"]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one answer. `evidence` is true where it is set aside and its pieces went on."""

    requirement: str
    change: str
    result: Result
    targets: tuple[str, ...]
    evidence: bool
    reason: Text | None

    def to_json(self) -> dict[str, Any]:
        """`{requirement, change, result, targets, evidence, reason}`."""
        return {
            "requirement": self.requirement,
            "change": self.change,
            "result": self.result,
            "targets": list(self.targets),
            "evidence": self.evidence,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Migrated:
    """The assessment on the new catalogue, what became of each answer, and the scores on both sides."""

    assessment: Assessment
    lines: tuple[Line, ...]
    introduced: tuple[str, ...]
    before: Scores
    after: Scores

    def counts(self) -> dict[str, int]:
        """`{answers, kept, moved, set_aside, evidence, restored, introduced}`; answers = kept + moved + set_aside.

        `evidence` counts those set aside whose pieces went on, `introduced` the requirements that are new.
        """
        results = [line.result for line in self.lines]
        return {
            "answers": len(results) - results.count("restored"),
            "kept": results.count("kept"),
            "moved": results.count("moved"),
            "set_aside": results.count("set_aside"),
            "evidence": sum(line.evidence for line in self.lines),
            "restored": results.count("restored"),
            "introduced": len(self.introduced),
        }


@dataclass(slots=True)
class _Work:
    """What is being put together: the answers that arrive at each requirement, and those set aside."""

    arriving: dict[str, list[tuple[str, Answer, bool]]] = field(default_factory=dict)
    aside: dict[str, SetAside] = field(default_factory=dict)


def migrate(assessment: Assessment, old: Catalogue, new: Catalogue, way: Route, now: str) -> Migrated:
    """The assessment carried from `old` to `new`. `now` is an instant in UTC. Applied to the same input: the same."""
    told = fates(way, old, new)
    work = _Work(aside={name: kept for name, kept in assessment.set_aside.items() if _stays(kept)})
    for name, answer in assessment.answers.items():
        _send(work, name, answer, told.get(name) or _unknown(name))
    for name, kept in assessment.set_aside.items():
        if not _stays(kept):
            _send_hidden(work, name, kept, told.get(name) or _unknown(name))
    provenance = Provenance("migration", now, source=f"{old.id} {old.version} → {new.version}", confirmed=False)
    settled = {name: _settled(work, items, provenance) for name, items in work.arriving.items()}
    answers = {name: answer for name, answer in settled.items() if answer is not None}
    restored = _restore(work, answers, new)
    facts, facts_aside = _facts(assessment, new, way)
    carried = replace(
        _hangers(assessment, told),
        catalogue=pin_of(new),
        facts=facts,
        answers=answers,
        set_aside=work.aside,
        set_aside_facts=facts_aside,
    )
    result = reconcile(carried, new)
    lines = [_line(name, told.get(name) or _unknown(name), result, work) for name in assessment.answers]
    lines += [Line(name, "unchanged", "restored", (name,), False, None) for name in restored]
    reached = {target for fate in told.values() for target in fate.targets}
    introduced = tuple(item.id for item in new.requirements if item.id not in reached)
    return Migrated(result, tuple(lines), introduced, scores(assessment, old), scores(result, new))


def _stays(kept: SetAside) -> bool:
    """An answer that a migration set aside stays so; one that the facts hide goes on with its requirement."""
    return kept.reason != "not_asked"


def _unknown(name: str) -> Fate:
    """An answer to a requirement that the old catalogue does not have stays as it is; ASM001 speaks of it."""
    return Fate("unchanged", (name,), "answer_and_evidence")


def _send(work: _Work, name: str, answer: Answer, fate: Fate) -> None:
    for target in fate.targets if fate.keep != "set_aside" else ():
        work.arriving.setdefault(target, []).append((name, answer, fate.keep == "answer_and_evidence"))
    if fate.keep != "answer_and_evidence" or not fate.targets:
        put_aside(work.aside, name, SetAside("migrated" if fate.targets else "withdrawn", answer))


def _send_hidden(work: _Work, name: str, kept: SetAside, fate: Fate) -> None:
    if len(fate.targets) == 1 and fate.keep == "answer_and_evidence":
        put_aside(work.aside, fate.targets[0], kept)
    else:
        put_aside(work.aside, name, SetAside("migrated" if fate.targets else "withdrawn", kept.answer))


def _settled(work: _Work, arrived: Sequence[tuple[str, Answer, bool]], provenance: Provenance) -> Answer | None:
    """The one answer made of those that arrived; None where there is nothing to carry.

    What it does not say in full is set aside.
    """
    _name, first, whole = arrived[0]
    if len(arrived) == 1 and whole:
        return first
    for name, answer, _whole in arrived:
        if len(arrived) > 1:
            put_aside(work.aside, name, SetAside("migrated", answer))
    answers = [answer for _name, answer, _whole in arrived]
    agreed = len({(answer.status, answer.level) for answer in answers}) == 1 and all(item[2] for item in arrived)
    made = Answer(
        first.status if agreed else "not_assessed",
        provenance,
        level=first.level if agreed else None,
        justification=_together(answer.justification for answer in answers) if agreed else None,
        comment=_together(answer.comment for answer in answers),
        owner=next((answer.owner for answer in answers if answer.owner), None),
        due_on=min((answer.due_on for answer in answers if answer.due_on), default=None),
        evidence=_pieces(answers),
    )
    blank = Answer("not_assessed", provenance)
    return None if made == blank else made


def _together(texts: Any) -> str | None:
    return "\n".join(dict.fromkeys(text for text in texts if text)) or None


def _pieces(answers: Sequence[Answer]) -> tuple[Evidence, ...]:
    return tuple({item.id: item for answer in answers for item in answer.evidence}.values())


def _restore(work: _Work, answers: dict[str, Answer], new: Catalogue) -> list[str]:
    """Take back what an earlier migration set aside, where the wording asked is the one that was answered."""
    restored = []
    for key, kept in list(work.aside.items()):
        name = key.partition("@")[0]
        if not _stays(kept) or name not in new or name in answers:
            continue
        if kept.answer.requirement_sha256 == new.requirement(name).normative_sha256:
            answers[name] = kept.answer
            restored.append(name)
            del work.aside[key]
    return restored


def _line(name: str, fate: Fate, result: Assessment, work: _Work) -> Line:
    arrived = {target: work.arriving[target] for target in fate.targets if target in work.arriving}
    alone = all(len(items) == 1 for items in arrived.values())
    whole = fate.keep == "answer_and_evidence" and alone and any(target in result.answers for target in arrived)
    went_on = bool(arrived) and not whole and bool(set(arrived) & result.answers.keys())
    outcome: Result = "set_aside" if not whole else "kept" if fate.targets == (name,) else "moved"
    return Line(name, fate.kind, outcome, fate.targets, went_on, fate.reason)


def _facts(assessment: Assessment, new: Catalogue, way: Route) -> tuple[dict[str, FactAnswer], dict[str, FactAnswer]]:
    """Facts under their new names; what the new catalogue does not ask, or not so, is set aside."""
    known = {fact.id: fact for fact in new.facts}
    facts: dict[str, FactAnswer] = {}
    aside = {way.fact(name): answer for name, answer in assessment.set_aside_facts.items()}
    for old_name, answer in assessment.facts.items():
        name = way.fact(old_name)
        holder = facts if name in known and accepts(known[name], answer.value) else aside
        holder[name] = answer
    return facts, aside


def _hangers(assessment: Assessment, told: Mapping[str, Fate]) -> Assessment:
    """Findings, waivers, actions and verdicts follow their requirement; one of a withdrawn requirement stays on it."""

    def followed(items: Sequence[Any]) -> tuple[Any, ...]:
        found: list[Any] = []
        for item in items:
            fate = told.get(item.requirement)
            for number, target in enumerate((fate.targets if fate else ()) or (item.requirement,), 1):
                found.append(replace(item, requirement=target, id=item.id if number == 1 else f"{item.id}-{number}"))
        return tuple(found)

    return replace(
        assessment,
        findings=followed(assessment.findings),
        waivers=followed(assessment.waivers),
        actions=followed(assessment.actions),
        test_runs=tuple(replace(run, outcomes=_renamed(run.outcomes, told)) for run in assessment.test_runs),
    )


def _renamed(outcomes: Mapping[str, Any], told: Mapping[str, Fate]) -> dict[str, Any]:
    """A verdict goes with a requirement that is only called otherwise; of any other change a new run must tell."""
    fates_ = {name: told.get(name) for name in outcomes}
    return {
        fate.targets[0] if fate and len(fate.targets) == 1 and fate.kind != "merged" else name: outcomes[name]
        for name, fate in fates_.items()
    }
