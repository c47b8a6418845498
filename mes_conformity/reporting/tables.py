"""The report as rows, for spreadsheets and for whoever reads line by line."""

from collections.abc import Iterator
from typing import Any, Final

from mes_conformity.assessment.sheets import CELL_LIMIT
from mes_conformity.assessment.tables import guarded
from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.i18n import pick
from mes_conformity.reporting.encoding import visible
from mes_conformity.reporting.inert import brief
from mes_conformity.reporting.model import Report, RequirementView
from mes_conformity.reporting.results import false_checks

Row = tuple[Any, ...]
LONGEST: Final = CELL_LIMIT - 1_000  # room for what a workbook escapes; beyond, openpyxl cuts

CASES: Final = (
    "case", "suite", "kind", "subject", "title", "requirements", "basis", "obligation", "source", "outcome", "advisory",
    "reason", "check", "expected", "obtained", "where", "duration_ms", "exchanges", "folder",
)  # fmt: skip
CHECKS: Final = ("case", "check", "outcome", "expected", "obtained", "where", "message", "source")
REQUIREMENTS: Final = (
    "requirement", "section", "label", "title", "obligation", "applies", "reason", "declared", "demonstrated",
    "contradicted", "justification", "comment", "cases",
)  # fmt: skip
FOLLOW_UP: Final = ("kind", "id", "requirement", "nature", "what", "state", "due")


def cases(report: Report) -> Iterator[Row]:
    """A row of CASES per case; the first false check is told."""
    for suite in report.suites:
        for case in suite.cases:
            yield _case(case)


def _case(case: CaseRecord) -> Row:
    entry = case.entry
    false: Any = next(iter(false_checks(entry)), {})
    return (
        entry["id"], entry["suite"], entry["kind"], entry["subject"], pick(entry["title"]),
        " ".join(entry["requirements"]), entry["basis"], entry["obligation"], entry["source"], entry["outcome"],
        _yes(entry["advisory"]), pick(entry["reason"]) if entry["reason"] else "",
        false.get("check"), false.get("expected"), false.get("obtained"), false.get("where"),
        entry["duration_ms"], len(case.exchanges), entry["folder"],
    )  # fmt: skip


def checks(report: Report) -> Iterator[Row]:
    """A row of CHECKS per check."""
    for suite in report.suites:
        for case in suite.cases:
            for check in case.entry["checks"]:
                told = {**check, "case": case.entry["id"], "message": pick(check.get("message") or "")}
                yield tuple(told.get(column) for column in CHECKS)


def requirements(report: Report) -> Iterator[Row]:
    """A row of REQUIREMENTS per requirement, those that do not apply last."""
    titles = {section.id: pick(section.title) for section in report.sections}
    for item in (*report.requirements, *report.set_apart):
        yield _requirement(item, titles)


def _requirement(item: RequirementView, sections: dict[str, str]) -> Row:
    applies = "" if item.applies is None else _yes(item.applies)
    return (
        item.id, sections.get(item.section) or item.section, item.label, pick(item.title), item.obligation, applies,
        pick(item.reason or ""), item.status, item.shown, _yes(item.contradicted),
        item.answer.get("justification"), item.answer.get("comment"), " ".join(case["id"] for case in item.cases),
    )  # fmt: skip


def follow_up(report: Report) -> Iterator[Row]:
    """A row of FOLLOW_UP per finding, action and waiver, then per finding of the review."""
    for item in report.assessed("findings"):
        yield _followed("finding", item, item.get("kind"), item.get("statement"), item.get("due_on"))
    for item in report.assessed("actions"):
        yield _followed("action", item, item.get("owner"), item.get("title"), item.get("due_on"))
    for item in report.assessed("waivers"):
        yield _followed("waiver", item, None, item.get("justification"), item.get("expires_on"))
    for followed in report.review.findings if report.review else ():
        raised = followed.finding
        yield "review", raised.id, raised.requirement, raised.kind, raised.statement, followed.state, None


def _followed(kind: str, item: Any, nature: str | None, what: Any, due: str | None) -> Row:
    return kind, item.get("id"), item.get("requirement"), nature, pick(what or ""), item.get("state"), due


def cell(text: str) -> str:
    """`text` as a cell that spreadsheets show and never run."""
    return brief(guarded(visible(text)), LONGEST)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
