"""The catalogue held against the tests: the link is written once, in the suites, and checked here (CAT002).

The catalogue knows nothing of suites: whoever holds both gives the links.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mes_conformity.catalogue.merging import is_migration, merge, parse_all
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import Location
from mes_conformity.foundation.i18n import both


@dataclass(frozen=True, slots=True)
class Link:
    """A case that says it verifies a requirement, and where it says so."""

    case: str
    requirement: str
    location: Location


def cases_of(links: Iterable[Link]) -> dict[str, list[str]]:
    """The cases that verify each requirement: requirement id → sorted case ids."""
    tests: dict[str, set[str]] = {}
    for link in links:
        tests.setdefault(link.requirement, set()).add(link.case)
    return {requirement: sorted(cases) for requirement, cases in tests.items()}


def cross_check(catalogues: Sequence[Catalogue], links: Sequence[Link]) -> list[Diagnostic]:
    """Cases that name a requirement of no catalogue, and `automated` requirements of the latest that no case verifies.

    `catalogues` are in their order of version; a case may still verify a requirement of an older one.
    """
    known = {requirement.id for catalogue in catalogues for requirement in catalogue.requirements}
    found = [_unknown(link, known) for link in links if link.requirement not in known]
    verified = {link.requirement for link in links}
    for catalogue in _latest(catalogues):
        orphans = [item.id for item in catalogue.requirements if _waits(item.lifecycle, item.automation)]
        found += _unverified(catalogue, [name for name in orphans if name not in verified])
    return found


def _latest(catalogues: Sequence[Catalogue]) -> list[Catalogue]:
    return list({catalogue.id: catalogue for catalogue in catalogues}.values())


def _waits(lifecycle: str, automation: str) -> bool:
    return automation == "automated" and lifecycle != "obsolete"


def _unknown(link: Link, known: Iterable[str]) -> Diagnostic:
    import difflib

    close = difflib.get_close_matches(link.requirement, sorted(known), 1)
    hint = both("corrigez `requirements:` du cas, ou ajoutez l'exigence au catalogue")
    if close:
        hint = both("vouliez-vous « {close} » ?", close=close[0])
    name = link.requirement
    message = both("le cas « {case} » vérifie une exigence inconnue : « {name} »", case=link.case, name=name)
    return Diagnostic("CAT002", "error", message, link.location, hint, obtained=name, about=link.case)


def _unverified(catalogue: Catalogue, names: Sequence[str]) -> list[Diagnostic]:
    if not names:
        return []
    documents, _faults = parse_all(catalogue.documents)
    merged = merge([document for document in documents if not is_migration(document)])
    places = {item.get("id"): pointer for pointer, item in merged.items("requirements")}
    return [
        Diagnostic(
            "CAT002",
            "error",
            both("« {name} » est dite automatisée, mais aucun cas de test ne la vérifie", name=name),
            merged.locate((*places[name], "verification", "automation")),
            both("citez-la sous `requirements:` d'un cas, ou passez `automation` à « manual »"),
            about=name,
        )
        for name in names
    ]
