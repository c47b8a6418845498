"""SARIF 2.1.0: what failed, as code-scanning views and editors show it. A rule is a case, a result one false check.

What could not be judged accuses nothing: it is a notification of the invocation, never a result.

Sources: OASIS SARIF 2.1.0 (§3.11.5 and §3.11.6 messages, §3.27 result, §3.49 rule); GitHub documentation, SARIF support
for code scanning (`automationDetails.id` up to its last slash is the category, `primaryLocationLineHash` is what tells
that two uploads show the same thing).
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.i18n import pick, using
from mes_conformity.reporting import guidance
from mes_conformity.reporting.encoding import dump, shown
from mes_conformity.reporting.inert import brief
from mes_conformity.reporting.model import Report, shown_as
from mes_conformity.reporting.places import Place, Places, uri
from mes_conformity.reporting.results import LINE, explanation, false_checks, message, told

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {"failed": "error", "anomaly": "warning", "advisory": "note"}
_TOLD: Final = ("failed", "error")
MAX_TAGS: Final = 10


def render(report: Report, lang: str) -> bytes:
    """The log, its messages in `lang`."""
    run = report.run
    with using(lang):
        records = [case for suite in report.suites for case in suite.cases if case.entry["outcome"] in _TOLD]
        places = Places(report.documents)
        rules = {case.entry["id"]: index for index, case in enumerate(records)}
        document = {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": run["tool"]["name"],
                            "version": run["tool"]["version"],
                            "language": lang,
                            "rules": [_rule(report, case) for case in records],
                        }
                    },
                    "automationDetails": {"id": f"mes-conformity/{run['run']['id']}"},
                    "invocations": [_invocation(report, records, rules)],
                    "results": [
                        result for case in records for result in _results(case, rules[case.entry["id"]], places)
                    ],
                    "properties": _facts(report),
                }
            ],
        }
    return dump(shown(document))


def _rule(report: Report, case: CaseRecord) -> dict[str, Any]:
    entry = case.entry
    rule = {
        "id": entry["id"],
        "shortDescription": _message(pick(entry["title"])),
        "fullDescription": _message(f"{pick(entry['title'])} — {entry['source']} ({entry['basis']})"),
        "help": _message(pick(entry.get("remedy") or entry["title"])),
        "defaultConfiguration": {"level": _LEVELS.get(shown_as(entry), "error")},
        "properties": {
            "tags": [entry["kind"], entry["subject"], entry["basis"], *entry["requirements"]][:MAX_TAGS],
        },
    }
    address = next((report.addresses[name] for name in entry["requirements"] if name in report.addresses), None)
    return {**rule, "helpUri": quote(address, safe=":/?#[]@!$&'()*+,;=%~-._")} if address else rule


def _results(case: CaseRecord, index: int, places: Places) -> list[dict[str, Any]]:
    entry = case.entry
    if entry["outcome"] != "failed":
        return []
    seen: Counter[str] = Counter()
    results = []
    checks: list[Mapping[str, Any] | None] = [*false_checks(entry)] or [None]
    for check in checks:
        place = places.of(case, check)
        name = "\x1f".join((entry["id"], str((check or {}).get("check")), place.path, place.pointer or ""))
        seen[name] += 1
        fingerprint = f"{sha256(name.encode('utf-8', 'surrogatepass'))[:32]}:{seen[name]}"
        results.append(
            {
                "ruleId": entry["id"],
                "ruleIndex": index,
                "level": _LEVELS[shown_as(entry)],
                "message": _message(told(check) if check else message(entry)),
                "locations": [_location(place)],
                "partialFingerprints": {"caseCheckPlace/v1": fingerprint, "primaryLocationLineHash": fingerprint},
                "properties": {"requirements": entry["requirements"], "explanation": explanation(entry)},
            }
        )
    return results


def _location(place: Place) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": uri(place.path)}, "region": {"startLine": place.line}}
    }
    if place.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": place.pointer, "kind": "value"}]
    return location


def _invocation(report: Report, records: list[CaseRecord], rules: dict[str, int]) -> dict[str, Any]:
    run = report.run["run"]
    undecided = [case.entry for case in records if case.entry["outcome"] == "error"]
    return {
        "executionSuccessful": not undecided,
        "startTimeUtc": run["started_at"],
        "endTimeUtc": run["ended_at"],
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": _message(message(entry)),
                "associatedRule": {"id": entry["id"], "index": rules[entry["id"]]},
            }
            for entry in undecided
        ],
    }


def _facts(report: Report) -> dict[str, Any]:
    run = report.run
    return {
        "service": run["service"],
        "target": run["run"]["target"],
        "catalogue": run["catalogue"],
        "verdict": report.judgement.outcome,
        "sentence": pick(guidance.sentence(report)),
        "bases": [f"{title} ({basis})" for title, basis in report.judgement.bases],
    }


def _message(text: str) -> dict[str, str]:
    """A message that says just that: `[a](b)` would be a link (§3.11.6), `{0}` a hole to fill (§3.11.5)."""
    tame = re.sub(r"\{(?=\d+\})", "{ ", text.replace("](", "] ("))
    return {"text": brief(tame, LINE) or "–"}
