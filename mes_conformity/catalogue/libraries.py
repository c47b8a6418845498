"""A catalogue as a library of CISO Assistant, the open-source governance tool, so that it can be audited there too.

Format: a YAML library with one framework, whose `requirement_nodes` are a tree told by depth and parent.
Source: intuitem/ciso-assistant-community, `tools/README.md` (« Format of Excel files », « Considerations for URN
selection ») and `backend/library/utils.py` (the importers and their required fields).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mes_conformity.catalogue.model import Catalogue, Requirement, Section
from mes_conformity.catalogue.versions import parse_version
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.yaml_documents import dump

PACKAGER = "mes-conformity"
_GROUPS: Mapping[str, tuple[str, Text]] = {
    "mandatory": ("M", both("Exigences obligatoires")),
    "recommended": ("R", both("Exigences recommandées")),
    "optional": ("O", both("Exigences optionnelles")),
}
_IMPORTANCE = {"mandatory": "mandatory", "recommended": "recommended", "optional": "nice_to_have"}

Data = dict[str, Any]


def ciso_assistant(catalogue: Catalogue) -> str:
    """The library of a catalogue, in YAML: French, with English translations. Obsolete requirements are left out.

    Sections are nodes that are not assessed, requirements are nodes that are. The obligation is an implementation
    group, so that an audit can keep to what is mandatory.
    """
    name = catalogue.id.casefold()
    major = (parse_version(catalogue.version) or (0, 0, 0))[0]
    reference = f"{name}-v{major}"
    told = _told(catalogue.title, catalogue.notice)
    library: Data = {
        "urn": f"urn:{PACKAGER}:risk:library:{reference}",
        "locale": "fr",
        "ref_id": reference,
        **told,
        "copyright": catalogue.publisher,
        "version": library_version(catalogue.version),
        "provider": catalogue.publisher,
        "packager": PACKAGER,
    }
    framework: Data = {
        "urn": f"urn:{PACKAGER}:risk:framework:{reference}",
        "ref_id": reference,
        **told,
        "implementation_groups_definition": [
            {"ref_id": group, **_told(title, None)} for group, title in _GROUPS.values()
        ],
        "requirement_nodes": list(_nodes(catalogue, f"urn:{PACKAGER}:risk:req_node:{reference}")),
    }
    return dump({**library, "objects": {"framework": framework}})


def library_version(version: str) -> int:
    """A version as the whole number that a library has, in the same order: 2.1.3 → 2001003."""
    major, minor, patch = parse_version(version) or (0, 0, 0)
    return max(1, major * 1_000_000 + min(minor, 999) * 1000 + min(patch, 999))


def _nodes(catalogue: Catalogue, base: str) -> Iterator[Data]:
    """The sections as a tree, each with its requirements, in the order of the catalogue."""
    held: dict[str, list[Requirement]] = {}
    for requirement in catalogue.requirements:
        if requirement.lifecycle != "obsolete":
            held.setdefault(requirement.section, []).append(requirement)
    children: dict[str | None, list[Section]] = {}
    for section in catalogue.sections:
        children.setdefault(section.parent, []).append(section)
    waiting = [(section, 1) for section in reversed(children.get(None, []))]
    while waiting:
        section, depth = waiting.pop()
        urn = f"{base}:section:{section.id.casefold()}"
        parent = {"parent_urn": f"{base}:section:{section.parent.casefold()}"} if section.parent else {}
        yield {"urn": urn, "assessable": False, "depth": depth, **parent, "ref_id": section.id,
               **_told(section.title, section.description)}  # fmt: skip
        for requirement in held.get(section.id, ()):
            yield _node(requirement, base, urn, depth + 1)
        waiting.extend((child, depth + 1) for child in reversed(children.get(section.id, [])))


def _node(requirement: Requirement, base: str, parent: str, depth: int) -> Data:
    node: Data = {
        "urn": f"{base}:{requirement.id.casefold()}",
        "assessable": True,
        "depth": depth,
        "parent_urn": parent,
        "ref_id": requirement.label,
        "importance": _IMPORTANCE[requirement.obligation],
        "weight": requirement.weight,
        "implementation_groups": [_GROUPS[requirement.obligation][0]],
    }
    pieces = _listed([need.title for need in requirement.evidence])
    texts = {
        "name": requirement.title,
        "description": requirement.statement,
        "annotation": requirement.guidance,
        "typical_evidence": pieces,
    }
    return {**node, **_translated(texts)}


def _listed(titles: list[Text]) -> Text | None:
    if not titles:
        return None
    french = "\n".join(f"- {title['fr']}" for title in titles)
    if not all("en" in title for title in titles):
        return {"fr": french}
    return {"fr": french, "en": "\n".join(f"- {title['en']}" for title in titles)}


def _told(title: Text, description: Text | None) -> Data:
    return _translated({"name": title, "description": description})


def _translated(texts: Mapping[str, Text | None]) -> Data:
    """French in place, English under `translations`; what is not told is left out."""
    told = {key: text for key, text in texts.items() if text}
    english = {key: text["en"] for key, text in told.items() if "en" in text}
    french: Data = {key: text["fr"] for key, text in told.items()}
    return {**french, "translations": {"en": english}} if english else french
