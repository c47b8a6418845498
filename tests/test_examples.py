"""The six examples: green on their own artefacts and exchanges, refused as soon as one mandatory element goes."""

import copy
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment import store
from mes_conformity.assessment.creation import examples
from mes_conformity.assessment.workspace import open_workspace
from mes_conformity.cli.main import main
from mes_conformity.cli.runs import service_of
from mes_conformity.foundation import xml_documents
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.foundation.pointers import from_pointer
from mes_conformity.foundation.resources import root
from mes_conformity.harness import engine
from mes_conformity.harness.casework import Artefact
from mes_conformity.harness.engine import Service
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.targets import EMBEDDED, Target, opened
from mes_conformity.suites.loader import load_all
from mes_conformity.validators.artefact import judge

LIBRARY = load_all()
CONTRACTS = tuple(LIBRARY.contracts.values())
DAY = "2026-11-22"
UNIT = Selection(kinds=("unit",))
EXCHANGES = {
    "appointment-booking": {"documents": "read_write", "agenda": "write", "measures": "none"},
    "care-pathway": {"documents": "write", "agenda": "write", "measures": "none"},
    "connected-scale": {"documents": "none", "agenda": "none", "measures": "write"},
    "glucose-monitoring": {"documents": "none", "agenda": "none", "measures": "read_write"},
    "home-medication": {"documents": "read_write", "agenda": "write", "measures": "none"},
    "hospital-portal": {"documents": "read_write", "agenda": "write", "measures": "none"},
}


def service(name: str) -> Service:
    space = open_workspace(root("examples") / name)
    return service_of(space, store.load(space).assessment.fact_values())


SERVICES = {name: service(name) for name in examples()}
FILES = [(name, artefact) for name, found in SERVICES.items() for artefact in found.artefacts]

RESOURCE = "/entry/0/resource"
MANDATORY: Mapping[str, tuple[str, ...]] = {
    # API Mesures 1.5.2, §2.2; profiles of the measures
    "measure-bundle": (
        "/resourceType", "/type", "/entry", "/entry/0/fullUrl", "/entry/0/request", "/entry/0/request/method",
        "/entry/0/request/url", f"{RESOURCE}/meta/profile", f"{RESOURCE}/status", f"{RESOURCE}/category",
        f"{RESOURCE}/code", f"{RESOURCE}/subject", f"{RESOURCE}/subject/identifier/system",
        f"{RESOURCE}/subject/identifier/value", f"{RESOURCE}/effectiveDateTime", f"{RESOURCE}/valueQuantity",
        f"{RESOURCE}/valueQuantity/code", f"{RESOURCE}/component", "/entry/1/request/ifNoneExist",
        "/entry/1/resource/meta/profile", "/entry/1/resource/id",
    ),
    # ans.fhir.fr.pdsm 3.1.1, pdsm-simplified-publish
    "document-reference": (
        "/resourceType", "/masterIdentifier", "/status", "/subject", "/date", "/author", "/custodian", "/content",
        "/content/0/attachment/contentType", "/content/0/attachment/data", "/content/0/attachment/title",
    ),
    # ans.fhir.fr.pdsm 3.1.1, pdsm-comprehensive-provide-document-bundle, -document-reference and -submissionset
    "document-bundle": (
        "/resourceType", "/type", "/meta/profile", "/entry",
        *(f"{RESOURCE}/{name}" for name in ("status", "mode", "code", "subject", "date", "source", "contained", "entry",
                                            "extension")),
        *(f"/entry/1/resource/{name}" for name in (
            "masterIdentifier", "status", "type", "category", "subject", "date", "author", "custodian", "securityLabel",
            "contained", "content", "content/0/format", "context", "context/period", "context/facilityType",
            "context/practiceSetting", "context/sourcePatientInfo")),
        *(f"/entry/1/resource/content/0/attachment/{name}" for name in (
            "contentType", "language", "size", "hash", "title", "creation", "url")),
        "/entry/2/resource/contentType", "/entry/2/resource/data",
    ),
    # HL7 FHIR R4, Appointment; ans.fhir.fr.gap 3.0.0
    "appointment": (
        "/resourceType", "/status", "/participant", "/participant/0/status", "/participant/0/actor", "/start", "/end",
    ),
    # FR Core, fr-core-patient-ins
    "patient": (
        "/resourceType", "/identifier", "/identifier/0/system", "/identifier/0/value", "/name", "/name/0/family",
        "/name/0/given", "/name/0/extension", "/gender", "/birthDate", "/extension",
    ),
    # RFC 7591, §2; RFC 7636; OpenID Connect Core 1.0, §3.1.2.1
    "oidc-client": ("/redirect_uris", "/code_challenge_method", "/scope"),
    "catalogue-sheet": ("/name", "/editorName", "/thematics", "/status", "/finalities", "/finalities/0/libelle"),
    # ANS, CDA header (structuration minimale, 2017-12-13)
    "cda-document": tuple(
        f"/c:ClinicalDocument/{path}" for path in (
            "c:realmCode", "c:typeId", "c:templateId[@root='1.2.250.1.213.1.1.1.1']", "c:id", "c:code", "c:title",
            "c:effectiveTime", "c:confidentialityCode", "c:languageCode", "c:setId", "c:versionNumber",
            "c:recordTarget", "c:recordTarget//c:administrativeGenderCode", "c:recordTarget//c:birthTime",
            "c:recordTarget//c:family", "c:author", "c:author/c:time", "c:custodian", "c:legalAuthenticator",
            "c:legalAuthenticator/c:signatureCode", "c:documentationOf", "c:documentationOf//c:low",
            "c:documentationOf//c:performer", "c:componentOf", "c:componentOf//c:healthCareFacility/c:code")
    ),
    # RFC 5545, §3.6 and §3.6.1: the name of the property is lost
    "icalendar": ("VERSION:", "PRODID:", "UID:", "DTSTAMP:", "DTSTART;TZID=Europe/Paris:2026"),
    # GDPR, article 13
    "privacy-notice": ("Finalités|finalité", "Destinataires|destinataires|sous-traitants", "CNIL|cnil.fr",
                       "retirer votre accord", "la portabilité"),
    # RGAA 4.1, content of the statement
    "accessibility-statement": ("en conformité partielle", "Contenus non accessibles", "Défenseur des droits",
                                "octobre 2026"),
    "web-page": ("/accessibilite|Accessibilité",),
    "certificate": ("AUTHORITY",),
}  # fmt: skip
NOTHING_MANDATORY = {"app-manifest"}
"""A manifest has nothing that must be there for us: it is refused for what it declares."""


def authoritative() -> dict[str, set[str]]:
    """By kind of artefact, the rules that a case which can refuse the service holds."""
    found: dict[str, set[str]] = {}
    for case in LIBRARY.cases:
        if case.kind == "unit" and not case.advisory and case.for_each:
            for check in (check for step in case.steps for check in step.checks):
                found.setdefault(case.for_each, set()).update(check.argument["hold"])
    return found


REFUSING = authoritative()


def without(artefact: Artefact, element: str) -> bytes | None:
    """The artefact without that element, None where it has none."""
    if artefact.path.endswith(".json"):
        return _without_pointer(artefact.raw, element)
    if artefact.kind == "cda-document":
        return _without_node(artefact.raw, element)
    if element == "AUTHORITY":
        end = b"-----END CERTIFICATE-----\n"
        return artefact.raw.split(end)[0] + end
    text = artefact.raw.decode()
    for word in element.split("|"):
        text = text.replace(word, "X-" + word[:1] + ":" if artefact.kind == "icalendar" else "…")
    return text.encode() if text.encode() != artefact.raw else None


def _without_pointer(raw: bytes, pointer: str) -> bytes | None:
    data = json.loads(raw)
    *way, last = from_pointer(pointer)
    node: Any = data
    try:
        for step in way:
            node = node[int(step)] if isinstance(node, list) else node[step]
        del node[last]
    except (KeyError, IndexError):
        return None
    return json.dumps(data).encode()


def _without_node(raw: bytes, path: str) -> bytes:
    document = copy.deepcopy(xml_documents.parse(raw, "cda"))
    (node, *_others) = document.xpath(path, namespaces={"c": "urn:hl7-org:v3"})  # type: ignore[misc]
    node.getparent().remove(node)  # type: ignore[union-attr]
    return xml_documents.dump(document)


def spoiled(artefact: Artefact) -> Iterator[tuple[str, bytes]]:
    for element in MANDATORY.get(artefact.kind, ()):
        raw = without(artefact, element)
        if raw is not None:
            yield element, raw


def of_file(found: tuple[str, Artefact]) -> str:
    return f"{found[0]}/{found[1].path.rpartition('/')[2]}"


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    system = Environment.system()
    return Environment(system.stdin, system.stdout, system.stderr, tmp_path)


def test_the_six_examples_are_those_of_the_webinar() -> None:
    assert set(examples()) == set(EXCHANGES)


@pytest.mark.parametrize("name", sorted(EXCHANGES))
def test_an_example_declares_exactly_the_exchanges_it_shows(name: str) -> None:
    facts = SERVICES[name].facts
    assert {key: facts[f"{key}_exchange"] for key in EXCHANGES[name]} == EXCHANGES[name]
    kinds = {artefact.kind for artefact in SERVICES[name].artefacts}
    shown = {"documents": "document-reference", "agenda": "appointment", "measures": "measure-bundle"}
    assert {key for key, kind in shown.items() if kind in kinds} == {
        key for key, exchange in EXCHANGES[name].items() if exchange != "none"
    }


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with opened(EMBEDDED, {}, Environment.system(), Path()) as found:
        yield found


def is_green(result: engine.RunResult) -> bool:
    """Nothing failed, nothing could not be judged, and what was left out says why, in words."""
    cases = result.document["cases"]
    assert [(entry["id"], entry["reason"]) for entry in cases if entry["outcome"] in ("failed", "error")] == []
    for entry in cases:
        if entry["outcome"] == "skipped":
            assert entry["reason"]["fr"] != entry["reason"]["en"]
    return result.exit_code is ExitCode.OK and any(entry["outcome"] == "passed" for entry in cases)


@pytest.mark.parametrize("name", sorted(EXCHANGES))
def test_an_example_is_created_by_its_name_and_checks_out(name: str, env: Environment) -> None:
    streams = replace(env, stdout=io.StringIO(), stderr=io.StringIO())
    assert main(["init", "e", "--example", name], streams) == ExitCode.OK
    for command in (["assess", "check"], ["evidence", "verify"]):
        assert main(["-C", "e", *command], streams) == ExitCode.OK, streams.stderr


@pytest.mark.parametrize("name", sorted(EXCHANGES))
def test_the_unit_run_of_an_example_is_green(name: str, env: Environment) -> None:
    assert is_green(engine.run(LIBRARY, UNIT, SERVICES[name], env))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(EXCHANGES))
def test_the_connection_run_of_an_example_is_green(name: str, env: Environment, target: Target) -> None:
    result = engine.run(LIBRARY, Selection(kinds=("connection",)), SERVICES[name], env, target=target, jobs=8)
    assert is_green(result)
    played = {entry["suite"] for entry in result.document["cases"] if entry["outcome"] == "passed"}
    for suite, exchange in (("documents", "documents"), ("agenda", "agenda"), ("measures-write", "measures")):
        assert (suite in played) is (EXCHANGES[name][exchange] != "none")


@pytest.mark.parametrize("found", FILES, ids=of_file)
def test_an_artefact_without_a_mandatory_element_is_refused(found: tuple[str, Artefact]) -> None:
    name, artefact = found
    tried = list(spoiled(artefact))
    assert tried or artefact.kind in NOTHING_MANDATORY
    for element, raw in tried:
        oid = SERVICES[name].solution_oid
        faults = judge(artefact.kind, raw, CONTRACTS, solution_oid=oid, structure=True, judged_on=DAY)
        broken = {fault.rule for fault in faults if fault.severity == "error"}
        assert broken & REFUSING[artefact.kind], element


@pytest.mark.parametrize("name", sorted(EXCHANGES))
def test_a_run_with_a_spoiled_artefact_exits_1(name: str, env: Environment) -> None:
    """One element of each kind, through the engine: what the command line does with it."""
    seen: set[str] = set()
    for index, artefact in enumerate(SERVICES[name].artefacts):
        tried = list(spoiled(artefact))
        if artefact.kind in seen or not tried:
            continue
        seen.add(artefact.kind)
        element, raw = tried[index % len(tried)]
        wrong = replace(SERVICES[name], artefacts=(replace(artefact, raw=raw),))
        assert engine.run(LIBRARY, UNIT, wrong, env).exit_code is ExitCode.FINDINGS, (artefact.path, element)


def test_a_spoiled_example_is_refused_at_the_command_line(tmp_path: Path, env: Environment) -> None:
    """The whole way, from the file on the disk to the exit code."""
    folder = Path(shutil.copytree(root("examples") / "home-medication", tmp_path / "e"))
    path = folder / "artefacts" / "entretien-pharmacien.json"
    path.write_bytes(_without_pointer(path.read_bytes(), "/status") or b"")
    streams = replace(env, stdout=io.StringIO(), stderr=io.StringIO())
    assert main(["-q", "-C", str(folder), "test", "run", "--kind", "unit"], streams) == ExitCode.FINDINGS


def test_a_certificate_is_judged_on_the_day_of_the_run(env: Environment) -> None:
    """The clock is read by the run and kept with it: no validator reads one."""
    later = replace(env, clock=lambda: datetime(2047, 6, 1, tzinfo=UTC))
    name = "home-medication"
    own = tuple(item for item in SERVICES[name].artefacts if item.kind in ("certificate", "accessibility-statement"))
    service_then = replace(SERVICES[name], artefacts=own)
    result = engine.run(LIBRARY, UNIT, service_then, later)
    failed = {entry["id"] for entry in result.document["cases"] if entry["outcome"] == "failed"}
    titles = {LIBRARY.case(name).steps[0].checks[0].argument["hold"][0] for name in failed}
    assert titles == {"certificate/validity", "accessibility-statement/date"}
    assert engine.run(LIBRARY, UNIT, service_then, env).exit_code is ExitCode.OK


def test_no_example_holds_a_private_key_or_a_production_identity() -> None:
    for name, artefact in FILES:
        assert b"PRIVATE KEY" not in artefact.raw, name
        assert b"1.2.250.1.213.1.4.8" not in artefact.raw, name
