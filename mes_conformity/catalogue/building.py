"""From valid data to the dataclasses of `model`. Called after the schema and the rules have passed."""

from collections.abc import Mapping
from typing import Any

from mes_conformity.catalogue.model import (
    Catalogue,
    Choice,
    Correspondence,
    EvidenceNeed,
    Fact,
    Provenance,
    PublishedCount,
    Quantity,
    Reference,
    Remediation,
    Requirement,
    Section,
    Source,
    Threshold,
)
from mes_conformity.foundation.conditions import parse
from mes_conformity.foundation.digests import digest

Data = Mapping[str, Any]


def build(data: Data, documents: Mapping[str, bytes]) -> Catalogue:
    """The catalogue in `data` (valid against `catalogue-1`), read from `documents` (name → bytes).

    Requirements stand in the order of their sections, then in the order they were written.
    """
    manifest = data["catalogue"]
    sections = tuple(_section(item) for item in data["sections"])
    rank = {section.id: place for place, section in enumerate(sections)}
    requirements = sorted((_requirement(item) for item in data["requirements"]), key=lambda item: rank[item.section])
    return Catalogue(
        id=manifest["id"],
        version=manifest["version"],
        sha256=content_sha256(data),
        title=manifest["title"],
        status=manifest["status"],
        publisher=manifest["publisher"],
        notice=manifest.get("notice"),
        published_counts=tuple(_published_count(item) for item in manifest.get("published_counts", ())),
        sources=tuple(_source(item) for item in manifest["sources"]),
        facts=tuple(_fact(item) for item in data.get("facts", ())),
        sections=sections,
        requirements=tuple(requirements),
        documents=dict(documents),
    )


def content_sha256(data: Data) -> str:
    """Digest of what a catalogue says, whatever the files, the comments and the layout it is spread over.

    Requirements are ordered by id first: splitting or renaming a file changes no meaning, and no pin.
    """
    requirements = sorted(data["requirements"], key=lambda item: str(item["id"]))
    return digest({**data, "requirements": requirements})


def _section(data: Data) -> Section:
    threshold = data.get("threshold")
    return Section(
        id=data["id"],
        title=data["title"],
        parent=data.get("parent"),
        description=data.get("description"),
        threshold=Threshold(threshold["minimum"], threshold["over"]) if threshold else None,
    )


def _source(data: Data) -> Source:
    names = ("href", "published_on", "accessed_on", "kind", "read_as", "note")
    return Source(data["id"], data["title"], *(data.get(name) for name in names))


def _quantity(data: Data | None) -> Quantity | None:
    return Quantity(data["value"], data["precision"]) if data else None


def _published_count(data: Data) -> PublishedCount:
    return PublishedCount(
        heading=data["heading"],
        section=data.get("section"),
        version=data["version"],
        total=_quantity(data.get("total")),
        mandatory=_quantity(data.get("mandatory")),
        optional=_quantity(data.get("optional")),
        source=data["source"],
        note=data.get("note"),
    )


def _fact(data: Data) -> Fact:
    return Fact(
        id=data["id"],
        type=data["type"],
        prompt=data["prompt"],
        help=data.get("help"),
        choices=tuple(Choice(item["id"], item["label"]) for item in data.get("choices", ())),
        asked_when=parse(data.get("asked_when")),
    )


def _evidence(data: Data) -> EvidenceNeed:
    return EvidenceNeed(
        id=data["id"],
        kind=data["kind"],
        title=data["title"],
        required_for=tuple(data.get("required_for", ())),
        max_age_days=data.get("max_age_days"),
    )


def _provenance(data: Data) -> Provenance:
    return Provenance(data["grade"], tuple(data["sources"]), data.get("note"))


def _remediation(data: Data | None) -> Remediation | None:
    return Remediation(data["text"], data.get("effort"), data.get("href")) if data else None


def _requirement(data: Data) -> Requirement:
    not_applicable = data.get("not_applicable", {})
    return Requirement(
        id=data["id"],
        label=data.get("label", data["id"]),
        section=data["section"],
        title=data["title"],
        statement=data["statement"],
        guidance=data.get("guidance"),
        rationale=data.get("rationale"),
        obligation=data["obligation"],
        lifecycle=data["lifecycle"],
        applicability=parse(data.get("applicability")),
        na_allowed=not_applicable.get("allowed", True),
        na_justification=not_applicable.get("justification", "required"),
        target_level=data.get("target_level"),
        weight=data.get("weight", 1),
        severity=data.get("severity"),
        evidence=tuple(_evidence(item) for item in data.get("evidence", ())),
        methods=tuple(data["verification"]["methods"]),
        automation=data["verification"]["automation"],
        remediation=_remediation(data.get("remediation")),
        references=tuple(Reference(item["source"], item.get("locator")) for item in data.get("references", ())),
        mappings=tuple(
            Correspondence(item["framework"], item["ref"], item["relationship"]) for item in data.get("mappings", ())
        ),
        tags=tuple(data.get("tags", ())),
        provenance=_provenance(data["provenance"]),
    )
