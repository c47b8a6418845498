"""What the `catalogue` commands show: the catalogue that applies here, the facts of the workspace, the tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mes_conformity.catalogue.applicability import Applicability, applicability, describe
from mes_conformity.catalogue.checking import check
from mes_conformity.catalogue.coverage import Link, cases_of, cross_check
from mes_conformity.catalogue.loader import folder_of, from_documents, load, load_shipped, shipped
from mes_conformity.catalogue.model import Catalogue, PublishedCount, Quantity, Requirement
from mes_conformity.cli.context import Context
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import ConformityError, InvalidInput
from mes_conformity.foundation.i18n import _, both
from mes_conformity.foundation.storage import read_bytes
from mes_conformity.foundation.yaml_documents import MAX_BYTES

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """A catalogue with what is known around it. `decisions` is None where nobody asked what applies."""

    catalogue: Catalogue
    facts: Mapping[str, Any]
    tests: Mapping[str, Sequence[str]]
    decisions: Mapping[str, Applicability] | None


def view(ctx: Context, name: str | None, *, applicable: bool) -> View:
    """The catalogue `name`, else the workspace's, else the latest shipped; applicability in a workspace or on demand.

    Raises InvalidInput (`CAT…`, `WSP…`, `YAM…`, `SCH001`).
    """
    from mes_conformity.assessment.workspace import SETTINGS

    workspace = (ctx.directory / SETTINGS).exists()
    pinned, facts = _from_workspace(ctx.directory) if workspace else (None, {})
    catalogue = named(ctx, name) if name else pinned or load_shipped()
    decisions = applicability(catalogue, facts) if workspace or applicable else None
    return View(catalogue, facts, _tests(ctx), decisions)


def _from_workspace(directory: Path) -> tuple[Catalogue, dict[str, Any]]:
    from mes_conformity.assessment.pinning import catalogue_of
    from mes_conformity.assessment.store import load as load_assessment
    from mes_conformity.assessment.workspace import open_workspace

    workspace = open_workspace(directory)
    return catalogue_of(workspace), load_assessment(workspace).assessment.fact_values()


def named(ctx: Context, name: str) -> Catalogue:
    """A catalogue named by its id and version (the workspace's own first), its folder, or its file.

    A file or folder that bears the name of a shipped catalogue is written `./name`: the same words mean the same
    everywhere. Raises InvalidInput (`CAT…`, `STO…`, `YAM…`, `SCH001`).
    """
    from mes_conformity.assessment.workspace import CATALOGUES

    identifier, _at, version = name.partition("@")
    own = ctx.directory / CATALOGUES / identifier / version
    if version and _plain(identifier) and _plain(version) and own.is_dir():
        return load(own)
    path = ctx.directory / name
    if identifier in {known for known, _version in shipped()} or not path.exists():
        return load_shipped(identifier, version or None)
    return from_documents({name: read_bytes(path, MAX_BYTES)}) if path.is_file() else load(path)


def _plain(name: str) -> bool:
    """Whether a name is one step of a path, and no way out of the folder."""
    return name not in ("", ".", "..") and not set(name) & set("/\\:")


def _tests(ctx: Context) -> dict[str, list[str]]:
    """The cases per requirement. Suites that cannot be read are told, and hide nothing of the catalogue."""
    try:
        return cases_of(_links())
    except ConformityError as error:
        ctx.note(_("Les suites de tests ne peuvent pas être lues : {error}", error=str(error)))
        return {}


def _links() -> list[Link]:
    """Who verifies what, read in the shipped suites. Raises InvalidInput (`SUI…`)."""
    from mes_conformity.suites.loader import load_all

    library = load_all()
    return [
        Link(case.id, requirement, library.locate(suite, (*case.pointer, "requirements", index)))
        for suite in library.suites
        for case in suite.cases
        for index, requirement in enumerate(case.requirements)
    ]


def select(catalogue: Catalogue, name: str | None) -> tuple[Requirement, ...]:
    """All the requirements, those of a section and of its subsections, or one. Raises InvalidInput `CAT010`."""
    if name is None:
        return catalogue.requirements
    if any(section.id == name for section in catalogue.sections):
        inside = catalogue.subsections(name)
        return tuple(item for item in catalogue.requirements if item.section in inside)
    return (catalogue.requirement(name),)


def _identity(catalogue: Catalogue) -> Document:
    return {"id": catalogue.id, "version": catalogue.version, "sha256": catalogue.sha256}


def _quantity(quantity: Quantity | None) -> Document | None:
    return {"value": quantity.value, "precision": quantity.precision} if quantity else None


def _published(count: PublishedCount) -> Document:
    return {
        "heading": count.heading,
        "section": count.section,
        "version": count.version,
        "total": _quantity(count.total),
        "mandatory": _quantity(count.mandatory),
        "optional": _quantity(count.optional),
        "source": count.source,
        "note": count.note,
    }


def overview(catalogue: Catalogue) -> Document:
    """A catalogue in short: its identity, its sections with their counts, the counts that were published."""
    sections = [
        {
            "id": section.id,
            "title": section.title,
            "requirements": len(held := [item for item in catalogue.requirements if item.section == section.id]),
            "mandatory": sum(item.obligation == "mandatory" for item in held),
        }
        for section in catalogue.sections
    ]
    return {
        **_identity(catalogue),
        "title": catalogue.title,
        "status": catalogue.status,
        "notice": catalogue.notice,
        "requirements": len(catalogue.requirements),
        "mandatory": sum(item.obligation == "mandatory" for item in catalogue.requirements),
        "sections": sections,
        "published_counts": [_published(count) for count in catalogue.published_counts],
    }


def document(shown: View, requirements: Sequence[Requirement]) -> Document:
    """The public shape of `catalogue show`."""
    return {
        "catalogue": {
            **_identity(shown.catalogue),
            "title": shown.catalogue.title,
            "notice": shown.catalogue.notice,
            "published_counts": [_published(count) for count in shown.catalogue.published_counts],
        },
        "requirements": [_entry(shown, requirement) for requirement in requirements],
    }


def _entry(shown: View, requirement: Requirement) -> Document:
    provenance = requirement.provenance
    entry: Document = {
        "id": requirement.id,
        "label": requirement.label,
        "section": requirement.section,
        "obligation": requirement.obligation,
        "lifecycle": requirement.lifecycle,
        "title": requirement.title,
        "statement": requirement.statement,
        "provenance": {"grade": provenance.grade, "sources": list(provenance.sources), "note": provenance.note},
        "tests": list(shown.tests.get(requirement.id, ())),
    }
    if shown.decisions is not None:
        decision = shown.decisions[requirement.id]
        entry |= {"applicable": decision.applies, "reason": decision.reason}
    return entry


def explanation(shown: View, requirement: Requirement) -> Document:
    """The shape of `catalogue explain`: the entry of `show` and everything else the catalogue says of it."""
    remediation = requirement.remediation
    return {
        "catalogue": _identity(shown.catalogue),
        "requirement": {
            **_entry(shown, requirement),
            "guidance": requirement.guidance,
            "rationale": requirement.rationale,
            "target_level": requirement.target_level,
            "severity": requirement.severity,
            "not_applicable": {"allowed": requirement.na_allowed, "justification": requirement.na_justification},
            "applies_when": describe(requirement.applicability, shown.catalogue),
            "facts": [_question(shown, name) for name in questions(requirement)],
            "evidence": [
                {
                    "id": need.id,
                    "kind": need.kind,
                    "title": need.title,
                    "required_for": list(need.required_for),
                    "max_age_days": need.max_age_days,
                }
                for need in requirement.evidence
            ],
            "verification": {"methods": list(requirement.methods), "automation": requirement.automation},
            "remediation": {"text": remediation.text, "effort": remediation.effort, "href": remediation.href}
            if remediation
            else None,
            "references": [_reference(shown.catalogue, item.source, item.locator) for item in requirement.references],
            "mappings": [
                {"framework": item.framework, "ref": item.ref, "relationship": item.relationship}
                for item in requirement.mappings
            ],
            "sha256": requirement.normative_sha256,
        },
    }


def questions(requirement: Requirement) -> list[str]:
    """The facts that decide whether the requirement applies, in the order its condition names them."""
    if requirement.applicability is None:
        return []
    return list(dict.fromkeys(leaf.fact for leaf in requirement.applicability.comparisons()))


def _question(shown: View, name: str) -> Document:
    return {"id": name, "prompt": shown.catalogue.fact(name).prompt, "answer": shown.facts.get(name)}


def _reference(catalogue: Catalogue, source_id: str, locator: str | None) -> Document:
    source = catalogue.source(source_id)
    return {
        "source": source_id,
        "title": source.title if source else None,
        "href": source.href if source else None,
        "locator": locator,
    }


def check_shipped(ctx: Context) -> list[Diagnostic]:
    """Everything to say of the shipped catalogues and of their link with the shipped suites."""
    folders = [_shortest(folder_of(*name), ctx.directory) for name in shipped()]
    diagnostics = check(folders, ctx.directory)
    if any(item.level == "error" for item in diagnostics):
        return diagnostics  # the link with the tests can only be read in a catalogue that loads
    catalogues = [load_shipped(*name) for name in shipped()]
    return diagnostics + _suites_faults() + _crossed(catalogues)


def _shortest(folder: Path, directory: Path) -> Path:
    return folder.relative_to(directory) if folder.is_relative_to(directory) else folder


def _suites_faults() -> list[Diagnostic]:
    from mes_conformity.suites.loader import diagnose, read_documents, shipped_root

    root = shipped_root()
    try:
        return diagnose(read_documents(root), folder=str(root))
    except InvalidInput as error:
        return [_as_diagnostic(error, str(root))]


def _crossed(catalogues: Sequence[Catalogue]) -> list[Diagnostic]:
    try:
        return cross_check(catalogues, _links())
    except InvalidInput:
        return []  # already told by `_suites_faults`


def _as_diagnostic(error: InvalidInput, name: str) -> Diagnostic:
    from mes_conformity.catalogue.merging import unreadable

    return unreadable(error, name)


def published_text(count: PublishedCount) -> dict[str, str]:
    """A published count in words: « 17, dont 14 obligatoires »; what the source does not say is left out."""
    if count.total is None:
        return both("nombre non publié")
    total = _words(count.total)
    if count.mandatory is None:
        return total
    return both("{total}, dont {mandatory} obligatoires", total=total, mandatory=_words(count.mandatory))


def _words(quantity: Quantity) -> dict[str, str]:
    match quantity.precision:
        case "about":
            return both("environ {value}", value=quantity.value)
        case "more_than":
            return both("plus de {value}", value=quantity.value)
    return {"fr": str(quantity.value), "en": str(quantity.value)}
