"""One door to every validator: judge an artefact by its kind."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mes_conformity.foundation import json_documents, xml_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both
from mes_conformity.validators import (
    app_manifests,
    calendars,
    catalogue_sheet,
    cda,
    certificates,
    fhir_structure,
    fhir_xml,
    identity,
    prose,
    request_documents,
    web_pages,
)
from mes_conformity.validators.agenda import judge_appointment, judge_schedule
from mes_conformity.validators.agenda_rules import RULES as AGENDA_RULES
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.document_rules import RULES as DOCUMENT_RULES
from mes_conformity.validators.documents import judge_document, judge_submission
from mes_conformity.validators.finding import Finding, Notes, RuleInfo
from mes_conformity.validators.measure_rules import RULES as MEASURE_RULES
from mes_conformity.validators.measures import judge_bundle, judge_device, judge_observation
from mes_conformity.validators.oidc_client import RULES as OIDC_RULES
from mes_conformity.validators.oidc_client import judge_client

_LARGEST: Final = 1_000_000
_LARGEST_DOCUMENT: Final = 8_000_000  # the content of a document travels in it, in base64
_MARKS: Final = (b"{", b"[", b",", b"<")
_MOST_MARKS: Final = 200_000  # of a resource: some hundred times what the largest of the published examples has
_MEASURES, _DOCUMENTS, _AGENDA, _PATIENT = "mes-measures", "mes-documents", "mes-agenda", "fr-core-patient"
_CODES, _CDA = "ci-sis-value-sets", "ci-sis-cda-header"

_ARTEFACT_RULES: Final[Mapping[str, RuleInfo]] = {
    "artefact/readable": RuleInfo(
        both("l'artefact est lisible"),
        both("vérifiez que le fichier est bien de ce genre, encodé en UTF-8, et qu'il est entier"),
        "RFC 8259; W3C XML 1.0",
        "published",
    ),
    "artefact/size": RuleInfo(
        both("l'artefact n'est pas démesuré"),
        both("envoyez une mesure, un document ou un rendez-vous par fichier"),
        "mes-conformity",
        "assumption",
    ),
    "artefact/kind": RuleInfo(
        both("le genre de l'artefact est connu"),
        both("reprenez l'un des genres connus dans mes-conformity.yaml"),
        "mes-conformity",
        "assumption",
    ),
    "artefact/contract": RuleInfo(
        both("le contrat de l'API est donné"), both("nommez le contrat dans la suite"), "mes-conformity", "assumption"
    ),
}

RULES: Final[Mapping[str, RuleInfo]] = {
    **_ARTEFACT_RULES,
    **MEASURE_RULES,
    **DOCUMENT_RULES,
    **AGENDA_RULES,
    **OIDC_RULES,
    **identity.RULES,
    **cda.RULES,
    **fhir_structure.RULES,
    **calendars.RULES,
    **certificates.RULES,
    **catalogue_sheet.RULES,
    **request_documents.RULES,
    **web_pages.RULES,
    **app_manifests.RULES,
}
"""Every rule of every validator, by id."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What an artefact is judged by, beside itself: contracts by id, and whose the artefact is."""

    contracts: Mapping[str, Contract]
    solution_oid: str | None = None
    assign_auth: str | None = None
    judged_on: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of artefact: how it is read (one of `_READERS`), by which contract, how big it may be.

    `judge` is given what was read. What is read as `fhir`, in JSON or in XML, can be judged by the base structure of
    FHIR too; `identifiers` says that identities of production and national numbers are looked for everywhere in it.
    """

    judge: Callable[[Any, Ground], list[Finding]]
    contract: str = ""
    read: str = "json"
    largest: int = _LARGEST
    identifiers: bool = False


def _measure(judged: Callable[..., list[Finding]], **more: str) -> Kind:
    def judge(data: Any, ground: Ground) -> list[Finding]:
        keys = {"solution_oid": ground.solution_oid, **{key: getattr(ground, key) for key in more}}
        return judged(data, ground.contracts[_MEASURES], **keys)

    return Kind(judge, _MEASURES, read="fhir")


def _document(data: Any, ground: Ground) -> list[Finding]:
    codes = ground.contracts.get(_CODES)
    return judge_document(data, ground.contracts[_DOCUMENTS], codes=codes, assign_auth=ground.assign_auth)


def _submission(data: Any, ground: Ground) -> list[Finding]:
    return judge_submission(data, ground.contracts[_DOCUMENTS], codes=ground.contracts.get(_CODES))


def _appointment(data: Any, ground: Ground) -> list[Finding]:
    return judge_appointment(data, ground.contracts[_AGENDA])


def _schedule(data: Any, ground: Ground) -> list[Finding]:
    return judge_schedule(data, ground.contracts[_AGENDA])


def _patient(data: Any, ground: Ground) -> list[Finding]:
    return identity.judge_patient(data, ground.contracts[_PATIENT])


def _cda(data: Any, ground: Ground) -> list[Finding]:
    return cda.judge_header(data, ground.contracts[_CDA], codes=ground.contracts.get(_CODES))


def _certificate(data: Any, ground: Ground) -> list[Finding]:
    return certificates.judge_chain(data, ground.judged_on)


def _accessibility(data: Any, ground: Ground) -> list[Finding]:
    return request_documents.judge_accessibility(data, ground.judged_on)


def _client(data: Any, ground: Ground) -> list[Finding]:
    return judge_client(data, ground.contracts.get("mes-pairing"))


def _of(judged: Callable[[Any], list[Finding]]) -> Callable[[Any, Ground], list[Finding]]:
    """A judge that needs nothing but the artefact."""
    return lambda data, _ground: judged(data)


_KINDS: Final[Mapping[str, Kind]] = {
    "measure-bundle": _measure(judge_bundle, assign_auth=""),
    "measure-observation": _measure(judge_observation, assign_auth=""),
    "measure-device": _measure(judge_device),
    "document-reference": Kind(_document, _DOCUMENTS, largest=_LARGEST_DOCUMENT, read="fhir", identifiers=True),
    "document-bundle": Kind(_submission, _DOCUMENTS, largest=_LARGEST_DOCUMENT, read="fhir", identifiers=True),
    "cda-document": Kind(_cda, _CDA, read="xml", largest=_LARGEST_DOCUMENT),
    "appointment": Kind(_appointment, _AGENDA, read="fhir", identifiers=True),
    "schedule": Kind(_schedule, _AGENDA, read="fhir", identifiers=True),
    "patient": Kind(_patient, _PATIENT, read="fhir", identifiers=True),
    "fhir-resource": Kind(_of(lambda _data: []), largest=_LARGEST_DOCUMENT, read="fhir", identifiers=True),
    "oidc-client": Kind(_client),
    "icalendar": Kind(_of(calendars.judge_calendars), read="icalendar", largest=calendars.LARGEST),
    "certificate": Kind(_certificate, read="certificates", largest=certificates.LARGEST),
    "catalogue-sheet": Kind(_of(catalogue_sheet.judge_sheet), read="sheet", largest=catalogue_sheet.LARGEST),
    "privacy-notice": Kind(_of(request_documents.judge_privacy), read="prose", largest=prose.LARGEST),
    "accessibility-statement": Kind(_accessibility, read="prose", largest=prose.LARGEST),
    "web-page": Kind(_of(web_pages.judge_page), read="html"),
    "app-manifest": Kind(_of(app_manifests.judge_manifest), read="manifest"),
}
_READERS: Final[Mapping[str, Callable[[bytes, str], Any]]] = {
    "json": json_documents.parse,
    "fhir": fhir_xml.read_resource,
    "xml": xml_documents.parse,
    "html": xml_documents.parse_html,
    "icalendar": calendars.read,
    "certificates": certificates.read,
    "sheet": catalogue_sheet.read,
    "prose": prose.read,
    "manifest": app_manifests.read,
}
"""How an artefact is read; each raises InvalidInput for what it cannot read."""
KINDS: Final = tuple(_KINDS)
"""The kinds of artefact that can be judged."""


def known_rules() -> frozenset[str]:
    """The id of every rule, for a suite that names those that must hold."""
    return frozenset(RULES)


def judge(
    kind: str,
    raw: bytes,
    contracts: Iterable[Contract] = (),
    *,
    solution_oid: str | None = None,
    assign_auth: str | None = None,
    structure: bool = False,
    judged_on: str | None = None,
) -> list[Finding]:
    """Every fault of the artefact `raw` of kind `kind` (one of `KINDS`), in the order of its reading.

    Each kind is judged by the contract of its name among `contracts` (`mes-measures` for measures…); codes of documents
    by `ci-sis-value-sets`, where it is given. `structure` adds the base structure of FHIR (`fhir/…`), which takes time
    to load; `judged_on` is the day (`2026-11-22`) on which certificates and dated texts are judged. Never raises for
    the content: what cannot be read is itself a finding (`artefact/…`).
    """
    notes = Notes(_ARTEFACT_RULES)
    known = _KINDS.get(kind)
    if known is None:
        notes.add("artefact/kind", (), both("genre d'artefact inconnu"), expected=", ".join(KINDS), obtained=kind[:80])
        return notes.findings
    if _is_too_big(raw, known, notes):
        return notes.findings
    if not raw.strip():
        notes.add("artefact/readable", (), both("l'artefact est vide"), obtained=f"{len(raw)} o", line=1)
        return notes.findings
    try:
        data = _READERS[known.read](raw, kind)
    except InvalidInput as error:
        _note_unreadable(error, notes)
        return notes.findings
    ground = Ground({item.id: item for item in contracts}, solution_oid, assign_auth, judged_on)
    if known.contract and known.contract not in ground.contracts:
        notes.add("artefact/contract", (), both("le contrat {name} n'est pas donné", name=known.contract))
        return notes.findings
    return [*known.judge(data, ground), *_also(data, known, structure=structure)]


def _is_too_big(raw: bytes, kind: Kind, notes: Notes) -> bool:
    """Note what is refused before it is read: too many bytes, or so many values that judging them takes minutes."""
    if len(raw) > kind.largest:
        message, expected = both("l'artefact est trop gros"), f"≤ {kind.largest}"
        notes.add("artefact/size", (), message, expected=expected, obtained=str(len(raw)))
    elif kind.read in ("json", "fhir") and (marks := sum(map(raw.count, _MARKS))) > _MOST_MARKS:
        message, expected = both("l'artefact a trop d'éléments"), f"≤ {_MOST_MARKS}"
        notes.add("artefact/size", (), message, expected=expected, obtained=str(marks))
    return bool(notes.findings)


def _also(data: Any, kind: Kind, *, structure: bool) -> list[Finding]:
    """What is judged alike in every kind of resource: national identifiers, and the base structure where asked."""
    notes = Notes({**identity.RULES, **fhir_structure.RULES})
    if kind.identifiers:
        identity.judge_identifiers(data, notes)
    if kind.read == "fhir" and structure:
        fhir_structure.judge_structure(data, notes)
    return notes.findings


def _note_unreadable(error: InvalidInput, notes: Notes) -> None:
    """Why it cannot be read, with what the reader advises, and at which line where it knows it."""
    line = error.location.line if error.location else None
    expected, obtained = (said if isinstance(said, str) else None for said in (error.expected, error.obtained))
    message = both("l'artefact n'est pas lisible : {why}", why=error.message)
    if error.hint is not None:
        message = both("{fault} ; {remedy}", fault=message, remedy=error.hint)
    notes.add("artefact/readable", (), message, expected=expected, obtained=obtained, line=line)
