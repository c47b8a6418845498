"""The whole view as one JSON document, texts in both languages. Its schema is published: `report-1.schema.json`."""

from typing import Any

from mes_conformity.dossier.review import Followed, Review
from mes_conformity.dossier.scope import not_run
from mes_conformity.reporting.encoding import dump
from mes_conformity.reporting.model import Report, RequirementView, SectionView, shown_as


def render(report: Report, _lang: str) -> bytes:
    """The document, the same in every language."""
    run = report.run
    return dump(
        {
            "schema_version": 1,
            "service": run["service"],
            "run": run["run"],
            "tool": run["tool"],
            "catalogue": run["catalogue"],
            "suites": run["suites"],
            "contracts": run["contracts"],
            "verdict": report.judgement.to_json(),
            "summary": run["summary"],
            "declared": report.declared(),
            "sections": [_section(section) for section in report.sections],
            "requirements": [_requirement(item) for item in (*report.requirements, *report.set_apart)],
            "cases": [{**case, "shown": shown_as(case)} for case in run["cases"]],
            "findings": report.assessed("findings"),
            "actions": report.assessed("actions"),
            "waivers": report.assessed("waivers"),
            "review": _review(report.review) if report.review else None,
            "not_run": list(not_run(report.documents)),
            "files": [{"path": path, "size": size, "sha256": digest} for path, size, digest in report.files],
        }
    )


def _section(section: SectionView) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "declared": section.counts(),
        "demonstrated": section.demonstrated(),
    }


def _requirement(item: RequirementView) -> dict[str, Any]:
    return {
        "id": item.id,
        "label": item.label,
        "section": item.section,
        "title": item.title,
        "obligation": item.obligation,
        "applies": item.applies,
        "reason": item.reason,
        "declared": item.status,
        "proposed": item.proposed,
        "demonstrated": item.shown,
        "contradicted": item.contradicted,
        "cases": [case["id"] for case in item.cases],
    }


def _review(review: Review) -> dict[str, Any]:
    return {
        "state": review.state,
        "rounds": len(review.rounds),
        "findings": [_followed(finding) for finding in review.findings],
        "problems": [
            {"code": problem.code, "path": problem.path, "message": problem.message} for problem in review.problems
        ],
    }


def _followed(followed: Followed) -> dict[str, Any]:
    finding = followed.finding
    return {
        "id": finding.id,
        "requirement": finding.requirement,
        "kind": finding.kind,
        "statement": finding.statement,
        "recommendation": finding.recommendation,
        "round": followed.round,
        "at": followed.at,
        "state": followed.state,
        "events": [
            {"word": event.word, "role": event.role, "at": event.at, "statement": event.statement}
            for event in followed.events
        ],
    }
