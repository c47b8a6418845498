"""The view that every report shares: what was declared, what was demonstrated, and where the two disagree.

It is drawn from the documents alone, in no language: texts are `{"fr": …, "en": …}` until a report picks one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mes_conformity.dossier.documents import CaseRecord, Documents
from mes_conformity.dossier.verdicts import Judgement, judge, refuses
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.suites.loader import Library, from_documents

if TYPE_CHECKING:
    from mes_conformity.assessment.journal import Entry as JournalLine
    from mes_conformity.catalogue.model import Catalogue, Requirement
    from mes_conformity.dossier.review import Review

OUTCOMES = ("failed", "anomaly", "error", "advisory", "passed", "skipped")
STATUSES = ("non_conform", "partial", "not_assessed", "conform", "not_applicable")
DEMONSTRATIONS = ("refuted", "anomaly", "inconclusive", "advisory", "shown", "untested")


@dataclass(frozen=True, slots=True)
class RequirementView:
    """One requirement: what the catalogue says, what was answered, what its cases showed.

    `applies` is None where a fact is unanswered. `shown` is one of DEMONSTRATIONS. `cases`: failures first. An answer
    that a test or an import `proposed` and that nobody confirmed leaves the requirement « not_assessed ». A requirement
    that only cases or answers name (another catalogue, none embedded) has its id for a title.
    """

    id: str
    label: str
    section: str
    title: Text
    statement: Text | None
    obligation: str | None
    applies: bool | None
    reason: Text | None
    status: str
    proposed: str | None
    answer: Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]
    shown: str

    @property
    def contradicted(self) -> bool:
        """Declared met by a person, refuted by a test: the first thing to look at."""
        return self.status == "conform" and self.shown == "refuted"

    @property
    def named(self) -> bool:
        """Whether it has a title of its own."""
        return self.title["fr"] != self.label


@dataclass(frozen=True, slots=True)
class SectionView:
    """A heading and its requirements that apply, contradictions first."""

    id: str
    title: Text
    requirements: tuple[RequirementView, ...]

    def counts(self) -> dict[str, int]:
        """How many of each answer, in the order of STATUSES."""
        counted = Counter(requirement.status for requirement in self.requirements)
        return {status: counted[status] for status in STATUSES}

    def demonstrated(self) -> dict[str, int]:
        """How many of each demonstration, in the order of DEMONSTRATIONS."""
        counted = Counter(requirement.shown for requirement in self.requirements)
        return {shown: counted[shown] for shown in DEMONSTRATIONS}


@dataclass(frozen=True, slots=True)
class SuiteView:
    """A suite and its cases, failures first."""

    id: str
    kind: str
    title: Text
    cases: tuple[CaseRecord, ...]

    def counts(self) -> dict[str, int]:
        """How many were shown as each of OUTCOMES."""
        return _outcomes(case.entry for case in self.cases)


@dataclass(frozen=True, slots=True)
class JournalView:
    """The journal of the answers: its lines that can be read, and whether every line holds to the one before."""

    lines: tuple[JournalLine, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report may show. `not_run` are the cases of the embedded suites that the run did not play."""

    documents: Documents
    judgement: Judgement
    sections: tuple[SectionView, ...]
    set_apart: tuple[RequirementView, ...]
    suites: tuple[SuiteView, ...]
    files: tuple[tuple[str, int, str], ...]
    journal: JournalView | None
    review: Review | None
    not_run: tuple[str, ...]
    addresses: Mapping[str, str] = field(default_factory=dict)  # requirement → where its text can be read

    @property
    def run(self) -> Mapping[str, Any]:
        """`run.json`."""
        return self.documents.run

    @property
    def requirements(self) -> tuple[RequirementView, ...]:
        """The requirements that apply, section after section."""
        return tuple(requirement for section in self.sections for requirement in section.requirements)

    def declared(self) -> dict[str, int]:
        """How many requirements that apply were given each answer."""
        counted = Counter(requirement.status for requirement in self.requirements)
        return {status: counted[status] for status in STATUSES}

    def demonstrated(self) -> dict[str, int]:
        """How many requirements that apply were shown as each of DEMONSTRATIONS."""
        counted = Counter(requirement.shown for requirement in self.requirements)
        return {shown: counted[shown] for shown in DEMONSTRATIONS}

    def outcomes(self) -> dict[str, int]:
        """How many cases were shown as each of OUTCOMES."""
        return _outcomes(self.run["cases"])

    def entry(self, case: str) -> Mapping[str, Any]:
        """The entry of a case by id. Raises KeyError."""
        return next(record.entry for suite in self.suites for record in suite.cases if record.entry["id"] == case)

    def assessed(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """`findings`, `actions` or `waivers` of the assessment."""
        return tuple((self.documents.assessment or {}).get(key) or ())


def shown_as(entry: Mapping[str, Any]) -> str:
    """The outcome of a case as it is shown: a failure that accuses nobody is not shown as one that does."""
    if entry["outcome"] == "failed" and entry["subject"] == "target":
        return "anomaly"
    return "advisory" if entry["outcome"] == "failed" and not refuses(entry) else str(entry["outcome"])


def _outcomes(entries: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counted = Counter(map(shown_as, entries))
    return {outcome: counted[outcome] for outcome in OUTCOMES}


def draw(documents: Documents, library: Library | None = None) -> Report:
    """The view of a dossier's documents. `library` holds the suites embedded, where they were read already.

    Raises InvalidInput where an embedded catalogue or suite cannot be read.
    """
    catalogue = _catalogue(documents)
    library = library or from_documents(documents.folder("suites"))
    requirements = _requirements(documents, catalogue)
    shown = tuple(item for item in requirements if item.applies is not False)
    return Report(
        documents,
        _judged(documents.run),
        _sections(shown, catalogue),
        tuple(item for item in requirements if item.applies is False),
        _suites(documents, library),
        _files(documents.files),
        _journal(documents.files.get("journal.jsonl")),
        _review(documents),
        _not_run(documents, library),
        addresses=_addresses(catalogue) if catalogue else {},
    )


def _judged(run: Mapping[str, Any]) -> Judgement:
    """What the cases say of the service. A run cut short never says that it passes: the rest might have refused it."""
    judgement = judge(run["cases"])
    cut_short = run["run"].get("state", "complete") != "complete"
    return replace(judgement, outcome="inconclusive") if cut_short and judgement.outcome == "passed" else judgement


def _catalogue(documents: Documents) -> Catalogue | None:
    files = documents.folder("catalogue")
    if not files:
        return None
    from mes_conformity.catalogue.loader import from_documents

    return from_documents(files)


def _requirements(documents: Documents, catalogue: Catalogue | None) -> tuple[RequirementView, ...]:
    cases: dict[str, list[Mapping[str, Any]]] = {}
    for entry in documents.run["cases"]:
        for identifier in entry["requirements"]:
            cases.setdefault(identifier, []).append(entry)
    answers: Mapping[str, Any] = (documents.assessment or {}).get("answers") or {}
    applicability = _applicability(documents, catalogue)
    known = {item.id: item for item in catalogue.requirements} if catalogue else {}
    names = [*known, *sorted((set(cases) | set(answers)) - set(known))]
    views = tuple(
        _view(name, known.get(name), applicability.get(name), answers.get(name, {}), cases.get(name, ()))
        for name in names
    )
    return tuple(_outside(view) if known and view.id not in known else view for view in views)


def _outside(view: RequirementView) -> RequirementView:
    """A requirement of the suites that the catalogue has not: nobody is asked to answer it.

    It stays in sight where a test refutes it, or where it was answered all the same.
    """
    if view.answer or view.shown == "refuted":
        return view
    reason = both("le référentiel de ce dossier n'a pas cette exigence : seuls des tests la nomment")
    return replace(view, applies=False, reason=reason)


def _applicability(documents: Documents, catalogue: Catalogue | None) -> Mapping[str, Any]:
    if catalogue is None:
        return {}
    from mes_conformity.catalogue.applicability import applicability

    return applicability(catalogue, facts(documents))


def facts(documents: Documents) -> dict[str, Any]:
    """The facts declared in the assessment, else those the run was given (name → value)."""
    declared = (documents.assessment or {}).get("facts")
    if declared:
        return {name: fact["value"] for name, fact in declared.items()}
    return dict(documents.run["facts"])


def _view(
    name: str,
    requirement: Requirement | None,
    applicability: Any,
    answer: Mapping[str, Any],
    cases: Iterable[Mapping[str, Any]],
) -> RequirementView:
    entries = tuple(sorted(cases, key=lambda case: OUTCOMES.index(shown_as(case))))
    status = answer.get("status", "not_assessed")
    confirmed = answer.get("provenance", {}).get("confirmed", True)
    return RequirementView(
        name,
        requirement.label if requirement else name,
        requirement.section if requirement else "",
        requirement.title if requirement else {"fr": name, "en": name},
        requirement.statement if requirement else None,
        requirement.obligation if requirement else None,
        applicability.applies if applicability else None,
        applicability.reason if applicability else None,
        status if confirmed else "not_assessed",
        None if confirmed else status,
        answer,
        entries,
        demonstration(entries),
    )


def demonstration(cases: Iterable[Mapping[str, Any]]) -> str:
    """What the cases of a requirement show together: the first of DEMONSTRATIONS that holds."""
    entries = [case for case in cases if not _left_out(case)]
    if any(refuses(case) for case in entries):
        return "refuted"
    if any(case["outcome"] == "failed" and case["subject"] == "target" for case in entries):
        return "anomaly"
    if any(case["outcome"] in ("error", "skipped") for case in entries):
        return "inconclusive"
    if any(case["outcome"] == "failed" for case in entries):
        return "advisory"
    return "shown" if entries else "untested"


def _left_out(case: Mapping[str, Any]) -> bool:
    return case["outcome"] == "skipped" and (case["reason"] or {}).get("code") in ("not_applicable", "not_selected")


def _sections(requirements: tuple[RequirementView, ...], catalogue: Catalogue | None) -> tuple[SectionView, ...]:
    titles = {section.id: section.title for section in catalogue.sections} if catalogue else {}
    by_section: dict[str, list[RequirementView]] = {section: [] for section in titles}
    for requirement in requirements:
        by_section.setdefault(requirement.section, []).append(requirement)
    sections = (
        SectionView(section, titles.get(section, {"fr": "", "en": ""}), tuple(sorted(members, key=_urgency)))
        for section, members in by_section.items()
        if members
    )
    return tuple(sorted(sections, key=lambda section: _urgency(section.requirements[0])[:2]))


def _urgency(requirement: RequirementView) -> tuple[bool, bool, int]:
    """Contradictions, then what a test refuted, then by answer; the order of the catalogue otherwise."""
    return not requirement.contradicted, requirement.shown != "refuted", STATUSES.index(requirement.status)


def _suites(documents: Documents, library: Library) -> tuple[SuiteView, ...]:
    titles: Mapping[str, Text] = {suite.id: suite.title for suite in library.suites}
    by_suite: dict[str, list[CaseRecord]] = {suite["id"]: [] for suite in documents.run["suites"]}
    for case in documents.cases:
        by_suite.setdefault(case.entry["suite"], []).append(case)
    return tuple(
        SuiteView(
            suite,
            members[0].entry["kind"],
            titles.get(suite, {"fr": suite, "en": suite}),
            tuple(sorted(members, key=lambda case: OUTCOMES.index(shown_as(case.entry)))),
        )
        for suite, members in by_suite.items()
        if members
    )


def _not_run(documents: Documents, library: Library) -> tuple[str, ...]:
    played = {entry["id"] for entry in documents.run["cases"]}
    return tuple(case.id for case in library.cases if case.id not in played)


def _addresses(catalogue: Catalogue) -> dict[str, str]:
    """The address of the first source of each requirement that has one."""
    found: dict[str, str] = {}
    for requirement in catalogue.requirements:
        for reference in requirement.references:
            source = catalogue.source(reference.source)
            if source and source.href and source.href.startswith("https://"):
                found.setdefault(requirement.id, source.href)
    return found


def _files(files: Mapping[str, bytes]) -> tuple[tuple[str, int, str], ...]:
    """(path, size, SHA-256) of what the report is drawn from: neither itself nor what speaks of it."""
    return tuple(
        (path, len(files[path]), sha256(files[path]))
        for path in sorted(files)
        if path not in LATER and not _is_report(path)
    )


def _review(documents: Documents) -> Review | None:
    """What an expert and the publisher wrote to each other; None where nobody wrote anything."""
    if not documents.folder("review"):
        return None
    from mes_conformity.dossier.review import history

    found = history(documents)
    return found if found.addenda or found.problems else None


def _journal(raw: bytes | None) -> JournalView | None:
    if raw is None:
        return None
    from mes_conformity.assessment.journal import Journal, parse_entry

    journal = Journal(tuple(raw.removesuffix(b"\n").split(b"\n")) if raw else ())
    lines = (parse_entry(line) for line in journal.lines)
    return JournalView(tuple(line for line in lines if line is not None), not journal.faults())


LATER = ("dossier.json", "seal.json")


def _is_report(path: str) -> bool:
    return path.startswith("report/")
