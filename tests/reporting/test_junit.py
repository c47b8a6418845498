"""JUnit read back by independent readers (lxml, junitparser) and held against the facts of Jenkins' junit-10.xsd."""

import re
from pathlib import Path

import dossier_samples as samples
import junitparser
import pytest
from lxml import etree

from mes_conformity.dossier import build, documents
from mes_conformity.reporting.encoding import visible
from mes_conformity.reporting.junit import render
from mes_conformity.reporting.model import Report, draw

# What junit-10.xsd admits (facts: elements, attributes, compulsory ones, the pattern of a suite's time).
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testsuite", "properties", "testcase", "system-out", "system-err"},
    "properties": {"property"},
    "property": set(),
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "skipped": set(),
    "error": set(),
    "failure": set(),
    "system-out": set(),
}
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {
        "name",
        "tests",
        "failures",
        "errors",
        "group",
        "time",
        "skipped",
        "timestamp",
        "hostname",
        "id",
        "package",
        "file",
        "log",
        "url",
    },
    "property": {"name", "value"},
    "testcase": {"name", "time", "classname", "group"},
    "skipped": {"type", "message"},
    "error": {"type", "message"},
    "failure": {"type", "message"},
}
COMPULSORY = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name"}, "property": {"name", "value"}}
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")


def faults(root: etree._Element) -> list[str]:
    found = []
    for element in root.iter():
        tag = str(element.tag)
        found += [f"{child.tag} in {tag}" for child in element if child.tag not in CHILDREN[tag]]
        found += [f"@{name} on {tag}" for name in set(element.attrib) - ATTRIBUTES.get(tag, set())]
        found += [f"no @{name} on {tag}" for name in COMPULSORY.get(tag, set()) - set(element.attrib)]
        if tag.startswith("testsuite") and not TIME.fullmatch(element.get("time", "")):
            found.append(f"time {element.get('time')}")
    return found


def parsed(report: Report, lang: str = "fr") -> etree._Element:
    return etree.fromstring(render(report, lang))


def case(root: etree._Element, name: str) -> etree._Element:
    return next(item for item in root.iter("testcase") if item.get("name", "").startswith(name))


def test_it_holds_the_facts_of_the_schema(report: Report) -> None:
    assert faults(parsed(report)) == []


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ('<testsuites skipped="1"/>', "@skipped on testsuites"),
        ('<testsuites time="0.000001"/>', "time 0.000001"),
        ('<testsuites><testsuite name="a" tests="0" failures="0"/></testsuites>', "no @errors on testsuite"),
        ('<testsuite><testcase name="a" file="x.json"/></testsuite>', "@file on testcase"),
        ('<testcase name="a"><properties/></testcase>', "properties in testcase"),
        ('<property name="a"/>', "no @value on property"),
    ],
)
def test_the_checker_itself_can_fail(wrong: str, fault: str) -> None:
    assert fault in faults(etree.fromstring(wrong))


def test_the_declaration_names_the_encoding(report: Report) -> None:
    assert render(report, "fr").startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')


def test_every_case_is_there_with_its_outcome(report: Report) -> None:
    root = parsed(report)
    assert len(list(root.iter("testcase"))) == len(report.run["cases"])
    assert case(root, "MES-U-02").find("failure") is not None
    assert case(root, "MES-R-09").find("failure").get("type") == "target"  # type: ignore[union-attr]
    assert case(root, "APP-05").find("error").get("type") == "timeout"  # type: ignore[union-attr]
    assert case(root, "MES-U-03").find("skipped").get("type") == "not_applicable"  # type: ignore[union-attr]
    assert [child.tag for child in case(root, "MES-W-01")] == ["system-out"]


def test_an_advisory_failure_fails_no_pipeline(report: Report) -> None:
    found = case(parsed(report), "APP-04")
    assert found.find("failure") is None
    assert found.find("skipped").get("type") == "advisory"  # type: ignore[union-attr]
    assert "indicatif" in found.find("skipped").get("message", "")  # type: ignore[union-attr]


def test_counts_are_those_of_the_elements(report: Report) -> None:
    root = parsed(report)
    for suite in root.iter("testsuite"):
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute, "")) == len(suite.findall(f"testcase/{tag}"))
    for attribute in ("tests", "failures", "errors"):
        assert int(root.get(attribute, "")) == sum(int(suite.get(attribute, "")) for suite in root)


def test_names_are_unique(report: Report) -> None:
    names = [(item.get("classname"), item.get("name")) for item in parsed(report).iter("testcase")]
    assert len(set(names)) == len(names)


def test_the_message_is_in_the_text_too(report: Report) -> None:
    failure = case(parsed(report), "MES-U-02").find("failure")
    assert failure is not None
    assert failure.get("message")
    assert failure.text is not None
    assert failure.text.startswith(failure.get("message", ""))
    assert "API Mesures 1.5.2" in failure.text
    assert "OperationOutcome" in failure.text


def test_evidence_is_attached_by_the_known_lines(report: Report) -> None:
    output = case(parsed(report), "MES-R-09").findtext("system-out") or ""
    assert "[[ATTACHMENT|cases/MES-R-09/exchanges.har]]" in output
    assert "[[PROPERTY|requirement=x-ech-pagination]]" in output


def test_run_facts_are_properties_of_the_suite(report: Report) -> None:
    properties = {item.get("name"): item.get("value") for item in parsed(report)[0].iter("property")}
    assert properties["verdict"] == "failed"
    assert properties["basis"] == "API Mesures 1.5.2 (republished)"
    assert properties["contract.mes-measures"].startswith("1.5.2 sha256 ")


def test_the_catalogue_is_a_property_where_there_is_one(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path)
    run = samples.run_document(samples.entries())
    run["catalogue"] = {"id": "mes-referencement", "version": "2.0.0", "sha256": "0" * 64}
    samples.write_json(folder / "run.json", run)
    report = draw(documents.read(build.collect(tmp_path, folder, None, {}).files))
    properties = {item.get("name"): item.get("value") for item in parsed(report)[0].iter("property")}
    assert properties["catalogue"] == "mes-referencement 2.0.0"


def test_english_is_english(report: Report) -> None:
    assert "expected" in (case(parsed(report, "en"), "MES-U-02").find("failure").get("message") or "")  # type: ignore[union-attr]


def test_tiny_times_have_no_exponent(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path, [samples.entry("A-1", "x", duration_ms=0.0001)])
    root = parsed(draw(documents.read(build.collect(tmp_path, folder, None, {}).files)))
    assert root.get("time") == root[0].get("time") == "0.000"


def test_a_failure_without_any_word_still_counts(tmp_path: Path) -> None:
    cases = [samples.entry("A-1", "x", "failed", checks=[], requirements=[]), samples.entry("A-2", "y", "error")]
    folder = samples.write_workspace(tmp_path, cases)
    root = parsed(draw(documents.read(build.collect(tmp_path, folder, None, {}).files)))
    assert (root.get("failures"), root.get("errors")) == ("1", "1")
    assert case(root, "A-1").find("failure").get("message")  # type: ignore[union-attr]


HOSTILE = "<b>&\"']]>\x00\x1b[2J\u202e\ud800\uffff\x85"


def test_hostile_texts_come_back_visible(tmp_path: Path) -> None:
    cases = [
        samples.entry(
            "A-1",
            HOSTILE.replace("\ud800", ""),
            "failed",
            checks=[samples.check("status", "failed", "200", HOSTILE.replace("\ud800", ""))],
        )
    ]
    folder = samples.write_workspace(tmp_path, cases)
    root = parsed(draw(documents.read(build.collect(tmp_path, folder, None, {}).files)))
    assert faults(root) == []
    assert "\\x00\\x1b[2J" in root[0].find("testcase").get("name", "")  # type: ignore[union-attr]


def test_a_hostile_report_is_strict_and_visible(hostile: Report) -> None:
    root = parsed(hostile)
    assert faults(root) == []
    texts = [text for element in root.iter() for text in (element.text or "", *element.attrib.values())]
    assert not [text for text in texts if visible(text) != text]
    assert len(render(hostile, "fr")) < 200_000


def test_no_text_can_make_the_pipeline_attach_a_file(hostile: Report) -> None:
    for output in parsed(hostile).iter("system-out"):
        named = re.findall(r"\[\[ATTACHMENT\|(.*?)\]\]", output.text or "")
        assert [name for name in named if not name.startswith("cases/A-")] == []


def readers_view(report: Report, flavour: str = "strict") -> junitparser.JUnitXml:
    return junitparser.JUnitXml.fromstring(render(report, "fr", flavour))


@pytest.mark.parametrize("flavour", ["strict", "extended"])
def test_an_independent_reader_finds_the_same_results(report: Report, flavour: str) -> None:
    words = {"Failure": "failed", "Error": "error", "Skipped": "skipped"}
    found = {
        case.name.split(" — ")[0]: [words[type(result).__name__] for result in case.result] or ["passed"]
        for suite in readers_view(report, flavour)
        for case in suite
    }
    wanted = {
        case["id"]: ["skipped" if case["outcome"] == "failed" and case["advisory"] else case["outcome"]]
        for case in report.run["cases"]
    }
    assert found == wanted
    total = readers_view(report, flavour)
    assert (total.tests, total.failures, total.errors) == (10, 2, 1)


def test_the_extended_flavour_adds_properties_file_and_line(report: Report) -> None:
    found = {case.name.split(" — ")[0]: case for suite in readers_view(report, "extended") for case in suite}
    judged = found["MES-U-02"]
    properties = [(item.get("name"), item.get("value")) for item in judged._elem.iter("property")]
    assert properties == [
        ("requirement", "x-ech-mesures-codes"),
        ("basis", "republished"),
        ("subject", "service"),
        ("obligation", "mandatory"),
    ]
    assert judged._elem.get("file") == "artefacts/glycemie.json"
    assert judged._elem.get("line") == "1"
    assert found["MES-W-01"]._elem.get("file") is None


def test_the_flavours_differ_by_nothing_else(report: Report) -> None:
    extended = etree.fromstring(render(report, "fr", "extended"))
    for found in extended.iter("testcase"):
        for name in ("file", "line"):
            found.attrib.pop(name, None)
        found.remove(found[0])
    etree.indent(extended)
    strict = parsed(report)
    etree.indent(strict)
    assert etree.tostring(extended) == etree.tostring(strict)
