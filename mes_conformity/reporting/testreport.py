"""A FHIR R4 TestReport: one test per case, one assertion per check.

No TestScript stands behind it: `testScript` names by identifier the suites of the dossier, which hold the tests.
Source: HL7 FHIR R4 4.0.1, TestReport.
"""

from collections.abc import Mapping
from typing import Any, Final

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.i18n import pick, using
from mes_conformity.reporting.encoding import dump, identifier, line, markdown
from mes_conformity.reporting.inert import brief
from mes_conformity.reporting.model import Report, shown_as
from mes_conformity.reporting.results import LINE, explanation, false_checks, message, told

_RESULTS: Final = {"passed": "pass", "failed": "fail", "inconclusive": "pending"}
_CHECKS: Final = {"passed": "pass", "failed": "fail", "error": "error", "skipped": "skip"}
_CASES: Final = {"error": "error", "skipped": "skip", "advisory": "warning", "failed": "fail", "anomaly": "fail"}
MAX_TEXT: Final = 20_000


def render(report: Report, lang: str) -> bytes:
    """The resource, its texts in `lang`."""
    with using(lang):
        return dump(_resource(report, lang))


def _resource(report: Report, lang: str) -> dict[str, Any]:
    run = report.run
    suites = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{_suites(run)}"}
    passed = sum(case["outcome"] == "passed" for case in run["cases"])
    judged = sum(case["outcome"] in ("passed", "failed") for case in run["cases"])
    resource: dict[str, Any] = {
        "resourceType": "TestReport",
        "id": identifier("testreport", run["run"]["id"]),
        "language": lang,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identifier('run', run['run']['id'])}"},
        "name": _string(f"{run['service']['product']} {run['service']['version']} — {run['run']['id']}"),
        "status": "completed" if run["run"].get("state", "complete") == "complete" else "stopped",
        "testScript": {
            "identifier": suites,
            "display": _string(", ".join(suite["id"] for suite in run["suites"])),
        },
        "result": _RESULTS[report.judgement.outcome],
        "tester": _string(f"{run['tool']['name']} {run['tool']['version']}"),
        "issued": run["run"]["ended_at"],
        "participant": _participants(run),
    }
    if judged:
        resource["score"] = int(1000 * passed / judged) / 10
    tests = [_test(case) for suite in report.suites for case in suite.cases]
    return {**resource, "test": tests} if tests else resource


def _suites(run: Mapping[str, Any]) -> str:
    return identifier("suites", *(f"{suite['name']} {suite['sha256']}" for suite in run["suites"]))


def _participants(run: Mapping[str, Any]) -> list[dict[str, str]]:
    tool = {
        "type": "test-engine",
        "uri": "urn:mes-conformity",
        "display": _string(f"{run['tool']['name']} {run['tool']['version']}"),
    }
    service = " ".join(str(run["service"][key]) for key in ("publisher", "product", "version"))
    client = {"type": "client", "uri": _solution(run), "display": _string(service)}
    target = run["run"]["target"]
    if not target or not target.get("url"):
        return [tool, client]
    name = target.get("name") or target["url"]
    return [tool, client, {"type": "server", "uri": line(target["url"]).replace(" ", "%20"), "display": _string(name)}]


def _solution(run: Mapping[str, Any]) -> str:
    """The OID of the solution where it has one, else a name of our own."""
    oid = run["service"].get("solution_oid")
    return f"urn:oid:{line(oid)}".replace(" ", "") if oid else f"urn:uuid:{identifier('service', str(run['service']))}"


def _test(case: CaseRecord) -> dict[str, Any]:
    entry = case.entry
    actions = [_assertion(entry, check) for check in entry["checks"]]
    if not actions or (entry["outcome"] != "passed" and not false_checks(entry)):
        actions.append(_alone(entry))
    return {"id": entry["id"], "name": entry["id"], "description": _string(pick(entry["title"])), "action": actions}


def _assertion(entry: Mapping[str, Any], check: Mapping[str, Any]) -> dict[str, Any]:
    result = _CHECKS[check["outcome"]]
    if result == "fail" and shown_as(entry) == "advisory":
        result = "warning"
    assertion = {"result": result}
    if check["outcome"] != "passed":
        assertion["message"] = markdown(brief(told(check), MAX_TEXT))
    return {"assert": assertion}


def _alone(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What no check says: why the case was not judged."""
    result = _CASES.get(shown_as(entry), "pass")
    text = message(entry) if entry["outcome"] == "skipped" else explanation(entry)
    return {"assert": {"result": result, "message": markdown(brief(text, MAX_TEXT))}}


def _string(text: str) -> str:
    return brief(line(text), LINE)
