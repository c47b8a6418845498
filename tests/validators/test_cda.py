"""The header of a CDA document: places, lines, and what the defects of `test_suites/defects/cda.yaml` do not break."""

import copy
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.foundation import xml_documents
from mes_conformity.foundation.resources import root
from mes_conformity.validators.artefact import judge
from mes_conformity.validators.cda import judge_header
from mes_conformity.validators.contract import load
from mes_conformity.validators.finding import Finding
from mes_conformity.validators.xml_places import local, place_of

HEADER, CODES = load("ci-sis-cda-header@2017.12.13"), load("ci-sis-value-sets@2024.12.13")
RAW = (root("test_suites") / "samples" / "cda-document" / "releve-corrige.xml").read_bytes()
OPTIONAL = {"addr", "telecom", "relatedDocument", "authorization", "high", "text", "confidentialityCode"}


def found(raw: bytes) -> list[Finding]:
    return judge("cda-document", raw, (HEADER, CODES))


def errors(raw: bytes) -> list[tuple[str, str, int | None]]:
    return [(item.rule, item.pointer, item.line) for item in found(raw) if item.severity == "error"]


def changed(before: str, after: str) -> bytes:
    assert before in RAW.decode()
    return RAW.decode().replace(before, after, 1).encode()


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(RAW.decode().splitlines(), 1) if text in line)


def test_a_sound_document_says_what_was_not_checked() -> None:
    told = [(item.rule, item.severity) for item in found(RAW) if item.severity == "information"]
    assert told == [("cda/not-checked", "information")]
    assert errors(RAW) == []


def test_without_value_sets_codes_are_not_judged_and_it_is_said() -> None:
    document = xml_documents.parse(changed('code="29274-8"', 'code="00000-0"'), "releve.xml")
    assert {item.rule for item in judge_header(document, HEADER) if item.severity != "warning"} == {
        "cda/not-checked",
        "cda/codes-unread",
    }


def test_a_fault_has_the_path_and_the_line_of_its_element() -> None:
    assert errors(changed('code="N" displayName="Normal"', 'code="" displayName="Normal"')) == [
        ("cda/confidentiality", "/ClinicalDocument/confidentialityCode/@code", line_of("<confidentialityCode"))
    ]


def test_a_missing_element_has_the_path_and_the_line_of_where_it_should_be() -> None:
    assert errors(changed('<signatureCode code="S"/>', "")) == [
        ("cda/signature", "/ClinicalDocument/legalAuthenticator/signatureCode", line_of("<legalAuthenticator"))
    ]


def test_one_of_several_elements_is_numbered() -> None:
    author = re.search(r"  <author>.*?</author>\n", RAW.decode(), re.S)
    assert author is not None
    wrong = author[0].replace('<time value="20260315083000+0100"/>', "")
    ((rule, pointer, _line),) = errors(changed(author[0], author[0] + wrong))
    assert (rule, pointer) == ("cda/author-time", "/ClinicalDocument/author[2]/time")


def test_an_author_may_be_a_person() -> None:
    device = re.search(r"<assignedAuthoringDevice>.*</assignedAuthoringDevice>", RAW.decode(), re.S)
    assert device is not None
    person = "<assignedPerson><name><family>FICTIF</family></name></assignedPerson>"
    assert errors(changed(device[0], person)) == []


def test_an_identity_without_ins_needs_no_trait() -> None:
    raw = changed('root="1.2.250.1.213.1.4.10"', 'root="1.2.840.10004.9.9.9"').decode()
    place = re.search(r"<birthplace>.*</birthplace>", raw, re.S)
    assert place is not None
    assert errors(raw.replace(place[0], "").replace(' qualifier="BR"', "").encode()) == []


def test_a_patient_whose_birth_is_not_known_may_have_a_null_flavor_where_there_is_no_ins() -> None:
    raw = changed('root="1.2.250.1.213.1.4.10"', 'root="1.2.840.10004.9.9.9"').decode()
    assert errors(raw.replace('<birthTime value="19790328"/>', '<birthTime nullFlavor="UNK"/>').encode()) == []


@pytest.mark.parametrize("written", ["2026", "202603", "20260315", "2026031508", "20260315083000.5+0100", "19790328"])
def test_a_date_may_be_less_precise(written: str) -> None:
    assert errors(changed('<birthTime value="19790328"/>', f'<birthTime value="{written}"/>')) == []


@pytest.mark.parametrize("written", ["2026-03-15", "20261315", "20260230", "202603150860", "2026031525", "hier", "26"])
def test_a_date_that_does_not_exist_is_refused(written: str) -> None:
    wrong = errors(changed('<birthTime value="19790328"/>', f'<birthTime value="{written}"/>'))
    assert [rule for rule, _pointer, _line in wrong] == ["cda/times"]


def test_a_document_in_another_namespace_is_not_read_further() -> None:
    ((rule, pointer, _line),) = errors(changed('xmlns="urn:hl7-org:v3"', 'xmlns="urn:autre"'))
    assert (rule, pointer) == ("cda/root", "/ClinicalDocument")


def test_an_element_in_another_namespace_does_not_count() -> None:
    raw = changed('<realmCode code="FR"/>', '<x:realmCode xmlns:x="urn:autre" code="FR"/>')
    assert [rule for rule, _pointer, _line in errors(raw)] == ["cda/realm"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        RAW[:500],
        RAW.replace(b"UTF-8", b"UTF-7"),
        RAW.decode().encode("latin-1"),
        b'<!DOCTYPE a [<!ENTITY b "x">]>' + RAW.split(b"?>", 1)[1],
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + RAW.split(b"?>", 1)[1],
        b"<a>" * 500 + b"</a>" * 500,
    ],
    ids=["empty", "json", "cut", "utf-7", "latin-1", "entity", "external", "deep"],
)
def test_what_cannot_be_read_is_a_finding_and_nothing_else(raw: bytes) -> None:
    (finding,) = found(raw)
    assert finding.rule == "artefact/readable"


def test_the_line_of_what_is_not_well_formed_is_told() -> None:
    (finding,) = found(changed("</title>", "</titre>"))
    assert (finding.rule, finding.line) == ("artefact/readable", line_of("<title>"))


def test_a_document_of_200_megabytes_is_refused_before_it_is_read() -> None:
    start = time.perf_counter()
    (finding,) = found(b" " * 200_000_000)
    assert finding.rule == "artefact/size"
    assert time.perf_counter() - start < 1


def test_a_document_of_a_thousand_authors_is_judged_in_time() -> None:
    author = re.search(r"  <author>.*?</author>\n", RAW.decode(), re.S)
    assert author is not None
    start = time.perf_counter()
    raw = changed(author[0], author[0].replace("<time", "<temps") * 1000)
    assert len(errors(raw)) == 200
    assert time.perf_counter() - start < 10


def elements() -> Iterator[tuple[str, int]]:
    """Every element of the header that another rule does not call optional, by its place."""
    for index, element in enumerate(xml_documents.parse(RAW, "releve.xml").iter()):
        above = {local(item) for item in (element, *element.iterancestors())}
        if index and not above & OPTIONAL and not {"representedCustodianOrganization", "code"} & {local(element)}:
            yield place_of(element), index


# Names and structures that no rule asks for: the rest of the header is mandatory.
FREE = {
    "/ClinicalDocument/custodian/assignedCustodian/representedCustodianOrganization/name",
    "/ClinicalDocument/legalAuthenticator/assignedEntity/assignedPerson/name/given",
    "/ClinicalDocument/documentationOf/serviceEvent/performer/assignedEntity/id",
    "/ClinicalDocument/componentOf/encompassingEncounter/effectiveTime/low",
}


@pytest.mark.parametrize(("place", "index"), list(elements()), ids=lambda value: str(value))
def test_each_mandatory_element_that_is_removed_is_a_fault_that_names_it(place: str, index: int) -> None:
    document = xml_documents.parse(RAW, "releve.xml")
    element = list(document.iter())[index]
    name = local(element)
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
    wrong = [item for item in judge_header(document, HEADER, codes=CODES) if item.severity == "error"]
    if place in FREE:
        assert wrong == []
        return
    assert wrong
    assert any(name in f"{item.pointer} {item.message['fr']} {item.expected}" for item in wrong)


@given(st.data())
def test_any_document_is_judged_without_raising(data: Any) -> None:
    document = copy.deepcopy(xml_documents.parse(RAW, "releve.xml"))
    everything = list(document.iter())
    element = data.draw(st.sampled_from(everything[1:]))
    parent = element.getparent()
    assert parent is not None
    match data.draw(st.sampled_from(["remove", "empty", "rename", "repeat"])):
        case "remove":
            parent.remove(element)
        case "empty":
            element.attrib.clear()
            element.text = None
        case "rename":
            element.tag = "{urn:hl7-org:v3}inconnu"
        case _:
            parent.append(copy.deepcopy(element))
    assert isinstance(judge_header(document, HEADER, codes=CODES), list)
