"""One door to every validator: judge an artefact by its kind."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from mes_conformity.foundation import json_documents
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Finding, Notes, RuleInfo
from mes_conformity.validators.measure_rules import RULES as MEASURE_RULES
from mes_conformity.validators.measures import judge_bundle, judge_device, judge_observation
from mes_conformity.validators.oidc_client import RULES as OIDC_RULES
from mes_conformity.validators.oidc_client import judge_client

_LARGEST = 1_000_000
_MEASURES = "mes-measures"

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

RULES: Final[Mapping[str, RuleInfo]] = {**_ARTEFACT_RULES, **MEASURE_RULES, **OIDC_RULES}
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
KINDS: Final = (*_WITH_CONTRACT, "oidc-client")
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

    Measures are judged by the contract `mes-measures` among `contracts`. Never raises for the content: what cannot be
    read is itself a finding (`artefact/…`).
    """
    notes = Notes(_ARTEFACT_RULES)
    if kind not in KINDS:
        notes.add("artefact/kind", (), both("genre d'artefact inconnu"), expected=", ".join(KINDS), obtained=kind[:80])
        return notes.findings
    if len(raw) > _LARGEST:
        message, expected = both("l'artefact est trop gros"), f"≤ {_LARGEST}"
        notes.add("artefact/size", (), message, expected=expected, obtained=str(len(raw)))
        return notes.findings
    try:
        data = json_documents.parse(raw, kind)
    except InvalidInput as error:
        notes.add("artefact/readable", (), both("l'artefact n'est pas lisible : {why}", why=error.message))
        return notes.findings
    if kind == "oidc-client":
        return judge_client(data)
    contract = next((item for item in contracts if item.id == _MEASURES), None)
    if contract is None:
        notes.add("artefact/contract", (), both("le contrat {name} n'est pas donné", name=_MEASURES))
        return notes.findings
    return _WITH_CONTRACT[kind](data, contract, solution_oid, assign_auth)
