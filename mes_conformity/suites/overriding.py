"""Contracts aligned on the document that a publisher holds: values replaced, each with its reference.

The files themselves are written anew, so that whatever is judged with them (a run, a dossier, a replay) carries what it
was judged with.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mes_conformity.foundation import yaml_documents
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.suites.loader import from_documents, read_documents, shipped_root
from mes_conformity.validators.contract import parse

if TYPE_CHECKING:
    from mes_conformity.suites.loader import Library
    from mes_conformity.validators.contract import Contract

Overrides = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Contract (`mes-pairing@2.1.0`) → dotted path → `{value, basis, reference}`."""


def overridden(library: Library, overrides: Overrides) -> Library:
    """The library with these values. Raises InvalidInput `TGT004` for an unknown contract or path, or like
    `load_all` where the suites don't hold with them."""
    return from_documents(rewritten(library.documents, overrides)) if overrides else library


def contracts(overrides: Overrides) -> dict[str, Contract]:
    """The contracts of the program with these values, without the suites. Raises InvalidInput `TGT004`."""
    documents = rewritten(read_documents(shipped_root()), overrides)
    read = (parse(raw, path) for path, raw in documents.items() if path.startswith("contracts/"))
    return {contract.reference: contract for contract in read}


def rewritten(documents: Mapping[str, bytes], overrides: Overrides) -> dict[str, bytes]:
    """The files of the suites with these values. Raises InvalidInput `TGT004`."""
    result = dict(documents)
    for reference, values in overrides.items():
        path = f"contracts/{reference.replace('@', '-')}.yaml"
        if path not in result:
            raise _unknown(reference, "")
        data = copy.deepcopy(yaml_documents.parse(result[path], path).data)
        for place, leaf in values.items():
            _replace(data["values"], reference, place, leaf)
        result[path] = yaml_documents.dump(data).encode()
    return result


def _replace(values: dict[str, Any], reference: str, place: str, leaf: Mapping[str, Any]) -> None:
    node: Any = values
    *above, last = place.split(".")
    for step in above:
        node = node.get(step) if isinstance(node, dict) else None
    if not isinstance(node, dict) or not isinstance(node.get(last), dict) or "value" not in node[last]:
        raise _unknown(reference, place)
    told = str(leaf["reference"])
    node[last] = {"value": leaf["value"], "basis": str(leaf["basis"]), "source": told, "reference": told}


def _unknown(reference: str, place: str) -> InvalidInput:
    return InvalidInput(
        "TGT004",
        both(
            "la cible redéfinit une valeur que les contrats n'ont pas : {value}", value=f"{reference} {place}".strip()
        ),
        location=Location("mes-conformity.yaml"),
        hint=both("voyez les noms dans test_suites/contracts"),
    )
