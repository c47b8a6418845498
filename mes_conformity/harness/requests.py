"""From the text of a suite to a request on the wire, with the real tokens, to the target and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from mes_conformity.foundation.i18n import both
from mes_conformity.harness.session import ActionFailed
from mes_conformity.harness.targets import Target, origin
from mes_conformity.suites.evidence import Request
from mes_conformity.suites.variables import as_text

if TYPE_CHECKING:
    from mes_conformity.validators.contract import Contract

FORM = "application/x-www-form-urlencoded"


def build(spec: Mapping[str, Any], target: Target, contract: Contract | None) -> Request:
    """The request of a step whose variables are already replaced.

    Raises ActionFailed `foreign_host` for an address outside the target: a token never travels to another host.
    """
    url = address(str(spec["path"]), target, contract) + encoded_query(spec)
    if origin(url) not in target.origins:
        raise ActionFailed(
            "foreign_host", both("l'adresse {url} n'est pas celle de la cible : rien n'y est envoyé", url=origin(url))
        )
    body, media_type = _body(spec, contract)
    headers = {"Accept": _contract_value(contract, "media_type") or "application/json"}
    if media_type:
        headers["Content-Type"] = media_type
    headers.update(_credentials(spec, contract))
    for name, value in (spec.get("headers") or {}).items():
        headers = {key: kept for key, kept in headers.items() if key.lower() != name.lower()}
        if value is not None:
            headers[name] = as_text(value)
    return Request(spec["method"], url, tuple(headers.items()), body)


def address(path: str, target: Target, contract: Contract | None) -> str:
    """The whole address of a path: absolute as it is, `/…` from the target's root (its FHIR root where the contract
    says that the path is there), anything else from the FHIR root."""
    if "://" in path:
        return path
    root = _contract_value(contract, "fhir_path")
    if root and (path == root or path.startswith((f"{root}/", f"{root}?"))):
        return target.fhir_url + path[len(root) :]
    return f"{target.url}{path}" if path.startswith("/") else f"{target.fhir_url}/{path}"


def _contract_value(contract: Contract | None, key: str) -> str:
    return str(contract.get(key)) if contract is not None and contract.has(key) else ""


def encoded_query(spec: Mapping[str, Any]) -> str:
    """The query of a step, `?` included; empty where it has none."""
    return _query(spec.get("query") or {})


def _query(query: Mapping[str, Any]) -> str:
    pairs = _pairs(query)
    return f"?{urlencode(pairs, quote_via=quote, safe='')}" if pairs else ""


def _pairs(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lists are repeated, null is left out."""
    return [
        (name, as_text(item))
        for name, value in fields.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None
    ]


def _body(spec: Mapping[str, Any], contract: Contract | None) -> tuple[bytes, str]:
    if "form" in spec:
        return urlencode(_pairs(spec["form"]), quote_via=quote).encode(), FORM
    if "body" not in spec:
        return b"", ""
    media_type = _contract_value(contract, "media_type") or "application/json"
    body = spec["body"]
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass"), media_type
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), media_type


def _credentials(spec: Mapping[str, Any], contract: Contract | None) -> dict[str, str]:
    """The two tokens of an identity (API Mesures 1.5.2 §2.2.8: access_token and id_token), each replaceable."""
    if spec.get("authenticate") is False:
        return {}
    identity = spec.get("identity")
    tokens = dict(identity) if isinstance(identity, Mapping) else {}
    tokens.update(spec.get("auth") or {})
    headers = {}
    if tokens.get("access_token"):
        headers["Authorization"] = f"Bearer {tokens['access_token']}"
    name = _contract_value(contract, "id_token_header")
    if tokens.get("id_token") and name:
        headers[name] = str(tokens["id_token"])
    return headers
