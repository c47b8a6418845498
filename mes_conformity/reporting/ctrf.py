"""Common Test Report Format: one JSON that many dashboards read. `rawStatus` keeps our own word.

Source: ctrf-io/ctrf, specification 0.0 and its JSON Schema.
"""

from datetime import datetime
from typing import Any, Final

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.i18n import pick, using
from mes_conformity.reporting.encoding import dump, identifier, shown
from mes_conformity.reporting.inert import brief
from mes_conformity.reporting.model import Report, shown_as
from mes_conformity.reporting.places import Places, artefacts
from mes_conformity.reporting.results import LINE, explanation, false_checks, message

VERSION: Final = "0.0.0"
# A failure that accuses nobody, and what could not be judged, are neither passed nor failed.
_STATUSES: Final = {"passed": "passed", "failed": "failed", "skipped": "skipped", "anomaly": "failed"}
_COUNTED: Final = ("passed", "failed", "skipped", "pending", "other")


def render(report: Report, lang: str) -> bytes:
    """The report, its texts in `lang`."""
    run = report.run
    with using(lang):
        places = Places(report.documents)
        tests = [_test(run["run"]["id"], case, places) for suite in report.suites for case in suite.cases]
    start, stop = (_milliseconds(run["run"][key]) for key in ("started_at", "ended_at"))
    counted = {status: sum(test["status"] == status for test in tests) for status in _COUNTED}
    document = {
        "reportFormat": "CTRF",
        "specVersion": VERSION,
        "reportId": identifier("ctrf", run["run"]["id"]),
        "timestamp": run["run"]["ended_at"],
        "generatedBy": run["tool"]["name"],
        "results": {
            "tool": {"name": run["tool"]["name"], "version": run["tool"]["version"]},
            "summary": {"tests": len(tests), **counted, "suites": len(report.suites), "start": start, "stop": stop},
            "tests": tests,
            "environment": {
                "appName": run["service"]["product"] or "–",
                "appVersion": run["service"]["version"] or "–",
                "testEnvironment": (run["run"]["target"] or {}).get("name") or "–",
            },
            "extra": {"run": run["run"]["id"], "verdict": report.judgement.to_json(), "catalogue": run["catalogue"]},
        },
    }
    return dump(shown(document))


def _test(run: str, case: CaseRecord, places: Places) -> dict[str, Any]:
    entry, raw = case.entry, shown_as(case.entry)
    test = {
        "id": identifier("ctrf", run, entry["id"]),
        "name": brief(f"{entry['id']} — {pick(entry['title'])}", LINE),
        "status": _STATUSES.get(raw, "other"),
        "duration": round(entry["duration_ms"]),
        "suite": [entry["kind"], entry["suite"]],
        "rawStatus": raw,
        "tags": entry["requirements"],
        "labels": {key: entry[key] for key in ("subject", "basis", "obligation")},
        "attachments": _attachments(case),
    }
    if artefacts(case):
        place = places.of(case, next(iter(false_checks(entry)), None))
        test |= {"filePath": place.path, "line": place.line}
    return test if raw == "passed" else {**test, "message": message(entry), "trace": explanation(entry)}


def _attachments(case: CaseRecord) -> list[dict[str, str]]:
    names = ["case.json", *(["exchanges.har"] if case.exchanges else [])]
    return [
        {"name": name, "contentType": "application/json", "path": f"{case.entry['folder']}/{name}"} for name in names
    ]


def _milliseconds(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1000)
