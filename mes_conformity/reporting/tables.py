"""The report as data: one JSON document, or one CSV line per case."""

import csv
import io
from typing import Any

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation import json_documents
from mes_conformity.foundation.i18n import pick, using
from mes_conformity.reporting.model import Report, RequirementView

# A spreadsheet runs a cell that starts so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_json(report: Report) -> bytes:
    """The whole view in one document, texts in both languages."""
    run = report.run
    document = {
        "schema_version": 1,
        "service": run["service"],
        "run": run["run"],
        "tool": run["tool"],
        "catalogue": run["catalogue"],
        "verdict": report.judgement.to_json(),
        "summary": run["summary"],
        "declared": report.declared(),
        "requirements": [_requirement(item) for item in (*report.requirements, *report.set_apart)],
        "cases": run["cases"],
        "findings": report.assessed("findings"),
        "actions": report.assessed("actions"),
        "waivers": report.assessed("waivers"),
        "files": [{"path": path, "size": size, "sha256": digest} for path, size, digest in report.files],
    }
    return json_documents.dump(document).encode()


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
        "demonstrated": item.shown,
        "contradicted": item.contradicted,
        "cases": [case["id"] for case in item.cases],
    }


COLUMNS = (
    "case", "suite", "kind", "subject", "title", "requirements", "basis", "obligation", "source", "outcome", "advisory",
    "reason", "check", "expected", "obtained", "where", "duration_ms", "exchanges", "folder",
)  # fmt: skip


def render_csv(report: Report, lang: str) -> bytes:
    """One line per case, UTF-8 with a mark so that spreadsheets read accents; the first false check is told."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with using(lang):
        for suite in report.suites:
            for case in suite.cases:
                writer.writerow([_cell(value) for value in _row(case)])
    return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8", "backslashreplace")


def _row(case: CaseRecord) -> tuple[Any, ...]:
    entry = case.entry
    false: Any = next((check for check in entry["checks"] if check["outcome"] != "passed"), {})
    return (
        entry["id"], entry["suite"], entry["kind"], entry["subject"], pick(entry["title"]),
        " ".join(entry["requirements"]), entry["basis"], entry["obligation"], entry["source"], entry["outcome"],
        "yes" if entry["advisory"] else "no", pick(entry["reason"]) if entry["reason"] else "",
        false.get("check"), false.get("expected"), false.get("obtained"), false.get("where"),
        entry["duration_ms"], len(case.exchanges), entry["folder"],
    )  # fmt: skip


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would run keeps an apostrophe before it."""
    if isinstance(value, str):
        value = value.replace("\0", "\\x00")
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else value
