"""One door to every validator: judge an artefact by its kind."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from mes_conformity.foundation import json_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both
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

_LARGEST = 1_000_000
_LARGEST_DOCUMENT = 8_000_000  # the content of a document travels in it, in base64
_MEASURES, _DOCUMENTS, _AGENDA, _CODES = "mes-measures", "mes-documents", "mes-agenda", "ci-sis-value-sets"

_ARTEFACT_RULES: Final[Mapping[str, RuleInfo]] = {
    "artefact/readable": RuleInfo(
        both("l'artefact est lisible"),
        both("vérifiez que le fichier est du JSON encodé en UTF-8, sans clé répétée"),
        "RFC 8259",
        "published",
    ),
    "artefact/size": RuleInfo(
        both("l'artefact n'est pas démesuré"), both("envoyez une mesure par fichier"), "mes-conformity", "assumption"
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
}
"""Every rule of every validator, by id."""

_Judge = Callable[[Any, Contract, str | None, str | None], list[Finding]]
_WITH_CONTRACT: Final[Mapping[str, _Judge]] = {
    "measure-bundle": lambda data, contract, oid, auth: judge_bundle(
        data, contract, solution_oid=oid, assign_auth=auth
    ),
    "measure-observation": lambda data, contract, oid, auth: judge_observation(
        data, contract, solution_oid=oid, assign_auth=auth
    ),
    "measure-device": lambda data, contract, oid, _auth: judge_device(data, contract, solution_oid=oid),
}
_DOCUMENT_KINDS: Final = ("document-reference", "document-bundle")
_AGENDA_KINDS: Final = ("appointment", "schedule")
KINDS: Final = (*_WITH_CONTRACT, *_DOCUMENT_KINDS, *_AGENDA_KINDS, "oidc-client")
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
) -> list[Finding]:
    """Every fault of the artefact `raw` of kind `kind` (one of `KINDS`), in the order of its reading.

    Measures are judged by the contract `mes-measures` among `contracts`, documents by `mes-documents` (and
    `ci-sis-value-sets`, where it is given), appointments and schedules by `mes-agenda`. Never raises for the content:
    what cannot be read is itself a finding (`artefact/…`).
    """
    notes = Notes(_ARTEFACT_RULES)
    if kind not in KINDS:
        notes.add("artefact/kind", (), both("genre d'artefact inconnu"), expected=", ".join(KINDS), obtained=kind[:80])
        return notes.findings
    largest = _LARGEST_DOCUMENT if kind in _DOCUMENT_KINDS else _LARGEST
    if len(raw) > largest:
        message, expected = both("l'artefact est trop gros"), f"≤ {largest}"
        notes.add("artefact/size", (), message, expected=expected, obtained=str(len(raw)))
        return notes.findings
    try:
        data = json_documents.parse(raw, kind)
    except InvalidInput as error:
        notes.add("artefact/readable", (), both("l'artefact n'est pas lisible : {why}", why=error.message))
        return notes.findings
    if kind == "oidc-client":
        return judge_client(data)
    known = {item.id: item for item in contracts}
    wanted = _DOCUMENTS if kind in _DOCUMENT_KINDS else _AGENDA if kind in _AGENDA_KINDS else _MEASURES
    contract = known.get(wanted)
    if contract is None:
        notes.add("artefact/contract", (), both("le contrat {name} n'est pas donné", name=wanted))
        return notes.findings
    if kind in _DOCUMENT_KINDS:
        return _judge_documents(kind, data, contract, known.get(_CODES), assign_auth)
    if kind in _AGENDA_KINDS:
        return judge_appointment(data, contract) if kind == "appointment" else judge_schedule(data, contract)
    return _WITH_CONTRACT[kind](data, contract, solution_oid, assign_auth)


def _judge_documents(
    kind: str, data: Any, contract: Contract, codes: Contract | None, assign_auth: str | None
) -> list[Finding]:
    if kind == "document-bundle":
        return judge_submission(data, contract, codes=codes)
    return judge_document(data, contract, codes=codes, assign_auth=assign_auth)
