"""Whether an account holds nothing yet, at a target that makes no test person on demand.

What an earlier run wrote there cannot be taken away: a case that counts what it finds would accuse the target of it. An
account that shows something before anything is written is left aside. Where the target does not let itself be searched,
nothing is known, and the case judges it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mes_conformity.harness import requests
from mes_conformity.harness.pairing import json_object
from mes_conformity.harness.session import Session

if TYPE_CHECKING:
    from mes_conformity.suites.evidence import Response
    from mes_conformity.validators.contract import Contract


def holds_something(session: Session, identity: Mapping[str, Any]) -> bool:
    """Whether a search of the account, in any API of the case, finds what the case could take for its own."""
    return any(
        _found(session, identity, contract, query)
        for contract in session.contracts.values()
        if contract.has("search_path") and contract.has("patient_parameter")
        for query in _queries(session, contract)
    )


def _queries(session: Session, contract: Contract) -> list[dict[str, str]]:
    """What finds everything that could mislead the case: one search; one for each status where the API wants one (PDSM
    3.1.1, flux 05b); the last measure of each code that the case writes, where it wants a code and a mode (API Mesures
    1.5.2, §2.3.1.1)."""
    if contract.has("superseded_status"):
        return [{"status": str(name)} for name in (*contract.get("statuses_served"), contract.get("superseded_status"))]
    if not contract.has("code_parameter"):
        return [{}]
    codes = (str(contract.measures[name]["code"]) for name in sorted(session.measures) if name in contract.measures)
    return [{str(contract.get("code_parameter")): code, "_sort": str(contract.get("sort_last"))} for code in codes]


def _found(session: Session, identity: Mapping[str, Any], contract: Contract, query: Mapping[str, str]) -> bool:
    query = {str(contract.get("patient_parameter")): str(identity["subject"]), **query, "_count": "1"}
    spec = {"method": "GET", "path": contract.get("search_path"), "query": query, "identity": identity}
    response = session.send(requests.build(spec, session.target, contract)).response
    return response is not None and response.status == 200 and _is_not_empty(response)


def _is_not_empty(response: Response) -> bool:
    """A search that finds nothing may still give an OperationOutcome (HL7 FHIR R4, §3.1.1.4.1)."""
    bundle = json_object(response)
    entries = bundle.get("entry")
    kinds = [_kind(entry) for entry in entries] if isinstance(entries, list) else []
    total = bundle.get("total")
    return any(kind != "OperationOutcome" for kind in kinds) or (isinstance(total, int) and total > 0)


def _kind(entry: Any) -> str:
    resource = entry.get("resource") if isinstance(entry, Mapping) else None
    return str(resource.get("resourceType")) if isinstance(resource, Mapping) else ""
