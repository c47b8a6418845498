"""The `catalogue` commands as text: readable at 80 columns, without colour, and aloud."""

import textwrap
from collections.abc import Iterator, Sequence

from mes_conformity.catalogue.applicability import describe
from mes_conformity.catalogue.model import Catalogue, EvidenceNeed, PublishedCount, Requirement, Section
from mes_conformity.cli.catalogue_data import View, published_text
from mes_conformity.cli.context import Context, clean
from mes_conformity.foundation.i18n import Text, _, both, pick, plural


def _wrapped(ctx: Context, text: str, *, indent: int = 0, first: str | None = None) -> None:
    """A paragraph that keeps to the width, its lines indented; `first` replaces the indent of the first."""
    margin = " " * indent
    lead = margin if first is None else first
    # A text block of a catalogue has its own line ends: those of a paragraph are only layout.
    lines = textwrap.wrap(
        _tied(" ".join(clean(text).split())),
        width=max(30, ctx.width - 1),
        initial_indent=lead,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )
    ctx.print("\n".join(lines).replace(_TIE, " ") or lead.rstrip())


_TIE = "\u00a0"


def _tied(text: str) -> str:
    """`text` where French punctuation cannot start a line, nor an opening quote end one."""
    text = text.replace("« ", "«" + _TIE)
    for mark in "»:;?!":
        text = text.replace(" " + mark, _TIE + mark)
    return text


def _labelled(ctx: Context, label: str, value: str) -> None:
    _wrapped(ctx, value, indent=4, first=f"  {label}{_(' :')} ")


OBLIGATIONS = {"mandatory": both("obligatoire"), "recommended": both("recommandée"), "optional": both("optionnelle")}
LIFECYCLES = {"upcoming": both("à venir"), "active": both("en vigueur"), "obsolete": both("obsolète")}
STATUSES = {
    "draft": both("brouillon"),
    "active": both("en vigueur"),
    "superseded": both("remplacé"),
    "withdrawn": both("retiré"),
}
GRADES = {
    "official": both("officielle : le texte vient d'une loi, d'un décret ou d'un arrêté"),
    "published": both("publiée : une source publique dit que le référentiel la contient"),
    "derived": both("dérivée : notre formulation d'une norme publique"),
}
AUTOMATION = {
    "automated": both("entièrement automatisée"),
    "partial": both("partiellement automatisée"),
    "manual": both("par une personne"),
}
METHODS = {"examine": both("examen"), "interview": both("entretien"), "test": both("test")}
EVIDENCE = {
    "screenshot": both("capture d'écran"),
    "video": both("vidéo"),
    "log_extract": both("extrait de journal"),
    "exchange_sample": both("échantillon d'échange"),
    "document": both("document"),
    "commitment": both("engagement"),
    "certificate": both("certificat"),
    "permanent_link": both("lien permanent"),
    "test_run": both("exécution de tests"),
}


def print_list(ctx: Context, catalogues: Sequence[Catalogue]) -> None:
    """Every catalogue with its sections: our counts beside those that were published."""
    for number, catalogue in enumerate(catalogues):
        if number:
            ctx.print()
        _print_title(ctx, catalogue)
        for section in catalogue.sections:
            _print_section(ctx, catalogue, section)
        _print_unplaced(ctx, catalogue)
        ctx.print()
        _print_notice(ctx, catalogue)


def _print_title(ctx: Context, catalogue: Catalogue) -> None:
    _wrapped(ctx, f"{catalogue.id} {catalogue.version} ({pick(STATUSES[catalogue.status])})")
    _wrapped(ctx, pick(catalogue.title))
    ctx.print(f"sha256 {catalogue.sha256}")
    ctx.print(_counted(catalogue.requirements))
    ctx.print()


def _counted(requirements: Sequence[Requirement]) -> str:
    mandatory = sum(item.obligation == "mandatory" for item in requirements)
    return ", ".join(
        [
            plural("{count} exigence", "{count} exigences", len(requirements)),
            plural("dont {count} obligatoire", "dont {count} obligatoires", mandatory),
        ]
    )


def _print_section(ctx: Context, catalogue: Catalogue, section: Section) -> None:
    inside = catalogue.subsections(section.id)
    held = [item for item in catalogue.requirements if item.section in inside]
    _wrapped(ctx, f"{pick(section.title)} ({section.id})", indent=2, first="")
    _wrapped(ctx, _("ici : {counts}", counts=_counted(held)), indent=4, first="  ")
    for count in catalogue.published_counts:
        if count.section == section.id:
            _wrapped(ctx, _published(count), indent=4, first="  ")


def _published(count: PublishedCount) -> str:
    return _(
        "publié : {count} — {version} ({source})",
        count=published_text(count),
        version=count.version,
        source=count.source,
    )


def _print_unplaced(ctx: Context, catalogue: Catalogue) -> None:
    """Published counts of a heading that has no section of its own here."""
    for count in catalogue.published_counts:
        if count.section is None:
            _wrapped(ctx, pick(count.heading), indent=2, first="")
            _wrapped(ctx, _published(count), indent=4, first="  ")


def _print_notice(ctx: Context, catalogue: Catalogue) -> None:
    if catalogue.notice:
        _wrapped(ctx, pick(catalogue.notice))


def print_requirements(ctx: Context, view: View, requirements: Sequence[Requirement], name: str | None) -> None:
    """The requirements under their sections; one alone, with its statement and where it comes from."""
    if len(requirements) == 1 and requirements[0].id == name:
        _print_requirement(ctx, view, requirements[0])
        return
    _print_title(ctx, view.catalogue)
    for section in view.catalogue.sections:
        held = [item for item in requirements if item.section == section.id]
        if held:
            _print_section(ctx, view.catalogue, section)
            for requirement in held:
                _print_line(ctx, view, requirement)
            ctx.print()
    if name is None and any(count.section is None for count in view.catalogue.published_counts):
        _print_unplaced(ctx, view.catalogue)
        ctx.print()
    _print_notice(ctx, view.catalogue)


def _print_line(ctx: Context, view: View, requirement: Requirement) -> None:
    tests = len(view.tests.get(requirement.id, ()))
    marks = [pick(OBLIGATIONS[requirement.obligation])]
    if requirement.lifecycle != "active":
        marks.append(pick(LIFECYCLES[requirement.lifecycle]))
    marks.append(plural("{count} test", "{count} tests", tests) if tests else _("sans test"))
    _wrapped(ctx, f"{requirement.label} — {pick(requirement.title)} [{', '.join(marks)}]", indent=4, first="  ")
    if view.decisions is not None:
        _wrapped(ctx, pick(view.decisions[requirement.id].reason), indent=8, first="      ")


def _print_requirement(ctx: Context, view: View, requirement: Requirement) -> None:
    _wrapped(ctx, f"{requirement.label} — {pick(requirement.title)}", indent=2, first="")
    ctx.print()
    _wrapped(ctx, pick(requirement.statement), indent=2)
    ctx.print()
    _print_facts(ctx, view, requirement)


def _print_facts(ctx: Context, view: View, requirement: Requirement) -> None:
    section = next(item for item in view.catalogue.sections if item.id == requirement.section)
    _labelled(ctx, _("section"), f"{pick(section.title)} ({section.id})")
    _labelled(ctx, _("obligation"), pick(OBLIGATIONS[requirement.obligation]))
    _labelled(ctx, _("état"), pick(LIFECYCLES[requirement.lifecycle]))
    if requirement.target_level is not None:
        _labelled(ctx, _("niveau visé"), str(requirement.target_level))
    if view.decisions is not None:
        _labelled(ctx, _("ici"), pick(view.decisions[requirement.id].reason))
    _labelled(ctx, _("provenance"), pick(GRADES[requirement.provenance.grade]))
    tests = view.tests.get(requirement.id, ())
    _labelled(ctx, _("tests"), ", ".join(tests) if tests else _("aucun"))


def print_explanation(ctx: Context, view: View, requirement: Requirement) -> None:
    """Everything the catalogue says of a requirement, in the order a person needs it."""
    _print_requirement(ctx, view, requirement)
    _print_block(ctx, _("Comment y répondre"), requirement.guidance)
    _print_block(ctx, _("Pourquoi"), requirement.rationale)
    _print_block(ctx, _("Quand elle s'applique"), describe(requirement.applicability, view.catalogue))
    _print_items(ctx, _("Éléments de preuve"), [_evidence(need) for need in requirement.evidence])
    _print_items(ctx, _("Vérification"), list(_verification(requirement)))
    if requirement.remediation:
        _print_block(ctx, _("En cas d'écart"), requirement.remediation.text)
    _print_block(ctx, _("Ce qui a été choisi ici"), requirement.provenance.note)
    _print_items(ctx, _("Sources"), list(_sources(view.catalogue, requirement)))


def _print_block(ctx: Context, title: str, text: Text | None) -> None:
    if text:
        ctx.print()
        ctx.print(title)
        for paragraph in pick(text).split("\n\n"):
            _wrapped(ctx, paragraph, indent=2)


def _print_items(ctx: Context, title: str, items: Sequence[str]) -> None:
    if items:
        ctx.print()
        ctx.print(title)
        for item in items:
            _wrapped(ctx, item, indent=4, first="  - ")


def _evidence(need: EvidenceNeed) -> str:
    text = f"{pick(EVIDENCE[need.kind])}{_(' :')} {pick(need.title)}"
    if "conform" in need.required_for:
        text += _(" — obligatoire pour répondre « conforme »")
    if need.max_age_days:
        text += plural(" — datant de {count} jour au plus", " — datant de {count} jours au plus", need.max_age_days)
    return text


def _verification(requirement: Requirement) -> Iterator[str]:
    yield ", ".join(pick(METHODS[method]) for method in requirement.methods)
    yield pick(AUTOMATION[requirement.automation])
    if not requirement.na_allowed:
        yield _("« non applicable » n'est pas une réponse possible")


def _sources(catalogue: Catalogue, requirement: Requirement) -> Iterator[str]:
    """Each reference with its place in the source, then the sources of the provenance that no reference names."""
    named = {reference.source for reference in requirement.references}
    places = [(reference.source, reference.locator) for reference in requirement.references]
    places += [(source, None) for source in requirement.provenance.sources if source not in named]
    for source_id, locator in places:
        source = catalogue.source(source_id)
        parts = [source.title if source else source_id, locator, source.published_on if source else None]
        yield ", ".join(part for part in parts if part) + (f" — {source.href}" if source and source.href else "")
