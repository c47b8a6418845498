"""JUnit XML in one strict dialect: what Jenkins' schema accepts and GitLab shows right. The only module on junit_xml.

The library writes the tree; this adapter mends it: attributes outside Jenkins' schema go, times keep three decimals, a
failure always has a message, characters that XML forbids are shown, the declaration names its encoding. The extended
flavour adds what that schema does not know and other readers want: properties of each case, its file and its line.

Sources: junit-10.xsd (Jenkins, xunit-plugin); GitLab documentation, unit test reports; XML 1.0, §2.2 (characters).
"""

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as Tree

from junit_xml import TestCase, TestSuite

from mes_conformity.dossier.documents import CaseRecord
from mes_conformity.foundation.i18n import pick, using
from mes_conformity.reporting.encoding import visible
from mes_conformity.reporting.inert import brief
from mes_conformity.reporting.model import Report, SuiteView
from mes_conformity.reporting.places import Places, artefacts
from mes_conformity.reporting.results import LINE, explanation, false_checks, message

_CASE_ATTRIBUTES = frozenset({"name", "classname", "time"})
_SUITE_ATTRIBUTES = frozenset({"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "id"})


def render(report: Report, lang: str, flavour: str = "strict", records: str = "") -> bytes:
    """The JUnit report, UTF-8, in `lang`; `flavour` is `strict` or `extended`.

    `records` is where the folder `cases` stands, seen from where CI looks for attachments; the dossier by default.
    """
    with using(lang):
        suites = [_suite(report, suite, records) for suite in report.suites]
    root = Tree.Element("testsuites", {"name": visible(f"{report.run['service']['product']}")})
    for suite, view in zip(suites, report.suites, strict=True):
        root.append(_mended(suite.build_xml_doc(), view.cases))
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", _seconds(case for view in report.suites for case in view.cases))
    if flavour == "extended":
        _extend(root, report)
    Tree.indent(root)
    written: bytes = Tree.tostring(root, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written + b"\n"


def _suite(report: Report, view: SuiteView, records: str) -> TestSuite:
    return TestSuite(
        visible(view.id),
        [_case(case, records) for case in view.cases],
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


def _case(case: CaseRecord, records: str) -> TestCase:
    entry = case.entry
    written = TestCase(
        visible(brief(f"{entry['id']} — {pick(entry['title'])}", LINE)),
        classname=visible(_classname(entry)),
        stdout=visible(_output(case, records)),
    )
    if entry["outcome"] == "passed":
        return written
    line, text = visible(message(entry)), visible(explanation(entry))
    if entry["outcome"] == "failed" and not entry["advisory"]:
        written.add_failure_info(line, text, "target" if entry["subject"] == "target" else "service")
    elif entry["outcome"] == "error":
        written.add_error_info(line, text, visible((entry["reason"] or {}).get("code") or "error"))
    else:
        written.add_skipped_info(line, text)
    return written


def _classname(entry: Mapping[str, Any]) -> str:
    """`mes.connection.measures-write.x-ech-tls`: dots are levels in Jenkins, the class is the suite in GitLab."""
    requirement = entry["requirements"][0] if entry["requirements"] else "-"
    return ".".join(part.replace(".", "-") for part in ("mes", entry["kind"], entry["suite"], requirement))


def _output(case: CaseRecord, records: str) -> str:
    """The lines that GitLab, Jenkins and test-management tools read in a case's output."""
    entry = case.entry
    lines = [f"[[PROPERTY|{name}={_tame(value)}]]" for name, value in _tags(entry)]
    lines.append(f"[[ATTACHMENT|{records}{entry['folder']}/case.json]]")
    if case.exchanges:
        lines.append(f"[[ATTACHMENT|{records}{entry['folder']}/exchanges.har]]")
    return "\n".join(lines)


def _tame(value: str) -> str:
    """A value on one line that can neither close its brackets nor open others: CI uploads the files these name."""
    return " ".join(value.split()).replace("[", "(").replace("]", ")")


def _extend(root: Tree.Element, report: Report) -> None:
    """Add to each case its properties and, where it judged a file of the workspace, that file and the line."""
    places = Places(report.documents)
    records = [case for view in report.suites for case in view.cases]
    for element, case in zip(root.iter("testcase"), records, strict=True):
        if artefacts(case):
            place = places.of(case, next(iter(false_checks(case.entry)), None))
            element.set("file", visible(place.path))
            element.set("line", str(place.line))
        properties = Tree.Element("properties")
        for name, value in _tags(case.entry):
            Tree.SubElement(properties, "property", {"name": name, "value": visible(value)})
        element.insert(0, properties)


def _tags(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What test-management tools file a case under."""
    tags = [("requirement", name) for name in entry["requirements"]]
    return tags + [(key, entry[key]) for key in ("basis", "subject", "obligation")]


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
