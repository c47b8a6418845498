"""JUnit XML in one strict dialect: what Jenkins' schema accepts and GitLab shows right. The only module on junit_xml.

The library writes the tree; this adapter mends it: attributes outside Jenkins' schema go, times keep three decimals, a
failure always has a message, characters that XML forbids are shown, the declaration names its encoding.

Sources: junit-10.xsd (Jenkins, xunit-plugin); GitLab documentation, unit test reports; XML 1.0, §2.2 (characters).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as Tree

from junit_xml import TestCase, TestSuite

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.i18n import _, pick, using
from mes_conformity.reporting.model import Report, SuiteView

# §2.2: what XML 1.0 cannot hold; and what it can hold but no reader should meet raw.
_FORBIDDEN = re.compile(
    "[^\t\n\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0001fffd\U00020000-\U0010fffd]"
)
_CASE_ATTRIBUTES = frozenset({"name", "classname", "time"})
_SUITE_ATTRIBUTES = frozenset({"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "id"})


def render(report: Report, lang: str) -> bytes:
    """The JUnit report, UTF-8, in `lang`."""
    with using(lang):
        suites = [_suite(report, suite) for suite in report.suites]
    root = Tree.Element("testsuites", {"name": visible(f"{report.run['service']['product']}")})
    for suite, view in zip(suites, report.suites, strict=True):
        root.append(_mended(suite.build_xml_doc(), view.cases))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", _seconds(case for view in report.suites for case in view.cases))
    Tree.indent(root)
    written: bytes = Tree.tostring(root, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written + b"\n"


def visible(text: str) -> str:
    """`text` with every character that XML forbids written as `\\x1b`, `\\ud800`…"""
    return _FORBIDDEN.sub(
        lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else f"\\u{ord(found[0]):04x}", text
    )


def _suite(report: Report, view: SuiteView) -> TestSuite:
    return TestSuite(
        visible(view.id),
        [_case(case) for case in view.cases],
        id=visible(view.id),
        timestamp=report.run["run"]["started_at"].removesuffix("Z"),
        properties={name: visible(value) for name, value in _facts(report, view).items()},
    )


def _facts(report: Report, view: SuiteView) -> dict[str, str]:
    run = report.run
    facts = {
        "run": run["run"]["id"],
        "tool": f"{run['tool']['name']} {run['tool']['version']}",
        "service": " ".join(str(run["service"][key]) for key in ("publisher", "product", "version")),
        "target": (run["run"]["target"] or {}).get("name") or "-",
        "basis": "; ".join(f"{title} ({basis})" for title, basis in report.judgement.bases) or "-",
        "verdict": report.judgement.outcome,
    }
    if run["catalogue"]:
        facts |= {
            "catalogue": f"{run['catalogue']['id']} {run['catalogue']['version']}",
            "catalogue_sha256": run["catalogue"]["sha256"],
        }
    facts |= {f"suite.{suite['id']}": f"sha256 {suite['sha256']}" for suite in run["suites"] if suite["id"] == view.id}
    facts |= {
        f"contract.{contract['id']}": f"{contract.get('version', '')} sha256 {contract['sha256']}"
        for contract in run["contracts"]
    }
    return facts


def _case(case: CaseRecord) -> TestCase:
    entry = case.entry
    written = TestCase(
        visible(f"{entry['id']} — {pick(entry['title'])}"),
        classname=visible(_classname(entry)),
        stdout=visible(_output(case)),
    )
    message, text = visible(_message(entry)), visible(_explanation(entry))
    if entry["outcome"] == "failed" and not entry["advisory"]:
        written.add_failure_info(message, text, "target" if entry["subject"] == "target" else "service")
    elif entry["outcome"] == "error":
        written.add_error_info(message, text, (entry["reason"] or {}).get("code") or "error")
    elif entry["outcome"] != "passed":
        written.add_skipped_info(message, text)
    return written


def _classname(entry: Mapping[str, Any]) -> str:
    """`mes.connection.measures-write.x-ech-tls`: dots are levels in Jenkins, the class is the suite in GitLab."""
    requirement = entry["requirements"][0] if entry["requirements"] else "-"
    return ".".join(part.replace(".", "-") for part in ("mes", entry["kind"], entry["suite"], requirement))


def _message(entry: Mapping[str, Any]) -> str:
    """One line: the first false check, else the reason. Never empty, or the library would drop the result."""
    false = next((check for check in entry["checks"] if check["outcome"] != "passed"), None)
    if entry["outcome"] == "failed" and false is not None:
        told = _("{check} : attendu {expected}, obtenu {obtained}", **_told(false))
        return _("échec indicatif, ne refuse pas le service — {what}", what=told) if entry["advisory"] else told
    reason = entry["reason"]
    return (pick(reason) if reason else "") or _("sans motif enregistré")


def _told(check: Mapping[str, Any]) -> dict[str, str]:
    return {"check": check["check"], **{key: check.get(key) or "–" for key in ("expected", "obtained", "where")}}


def _explanation(entry: Mapping[str, Any]) -> str:
    """The text of a result: GitLab shows it and ignores the message, so the message comes first."""
    false = [check for check in entry["checks"] if check["outcome"] != "passed"]
    lines = [_message(entry), ""]
    lines += [_("- {check} : attendu {expected} ; obtenu {obtained} ; où : {where}", **_told(check)) for check in false]
    lines.append(_("Exigences : {names}", names=", ".join(entry["requirements"]) or "–"))
    lines.append(_("Où lire l'exigence : {source} ({basis})", source=entry["source"], basis=entry["basis"]))
    if entry["subject"] == "target":
        lines.append(_("Porte sur la cible, pas sur le service : à signaler à qui l'exploite."))
    if entry.get("remedy"):
        lines.append(_("Que faire : {remedy}", remedy=entry["remedy"]))
    return "\n".join(lines)


def _output(case: CaseRecord) -> str:
    """The lines that GitLab, Jenkins and test-management tools read in a case's output."""
    entry = case.entry
    lines = [f"[[PROPERTY|requirement={name}]]" for name in entry["requirements"]]
    lines += [f"[[PROPERTY|{key}={entry[key]}]]" for key in ("basis", "subject", "obligation")]
    lines.append(f"[[ATTACHMENT|{entry['folder']}/case.json]]")
    if case.exchanges:
        lines.append(f"[[ATTACHMENT|{entry['folder']}/exchanges.har]]")
    return "\n".join(lines)


def _mended(suite: Tree.Element, cases: Iterable[CaseRecord]) -> Tree.Element:
    records = list(cases)
    _keep(suite, _SUITE_ATTRIBUTES)
    suite.set("time", _seconds(records))
    for element, record in zip(suite.iter("testcase"), records, strict=True):
        element.set("time", _seconds([record]))
        for skipped in element.iter("skipped"):  # the library writes one type for all
            skipped.set("type", visible(_why_skipped(record.entry)))
        _keep(element, _CASE_ATTRIBUTES)
    return suite


def _why_skipped(entry: Mapping[str, Any]) -> str:
    """`advisory` for a failure that refuses nothing, else the code of the reason."""
    return "advisory" if entry["outcome"] == "failed" else str((entry["reason"] or {}).get("code") or "skipped")


def _keep(element: Tree.Element, allowed: frozenset[str]) -> None:
    for name in set(element.attrib) - allowed:
        del element.attrib[name]


def _seconds(cases: Iterable[CaseRecord]) -> str:
    """Seconds with three decimals, never an exponent."""
    return f"{sum(case.entry['duration_ms'] for case in cases) / 1000:.3f}"
