"""What the `test` commands gather before they run: suites, service, artefacts, target. The harness gets plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mes_conformity.cli.app import Context
from mes_conformity.foundation.errors import ConformityError, UsageError
from mes_conformity.foundation.i18n import _, both, pick, plural

if TYPE_CHECKING:
    from mes_conformity.harness.casework import Artefact
    from mes_conformity.harness.engine import RunResult, Service
    from mes_conformity.suites.loader import Library

_NAMED = 5
_LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True)
class Inputs:
    """The suites and the service; `targets` and `catalogue` come from the workspace, where there is one."""

    library: "Library"
    service: "Service"
    targets: dict[str, Any] = field(default_factory=dict)
    catalogue: dict[str, str] | None = None
    catalogue_documents: dict[str, bytes] = field(default_factory=dict)


def gather(ctx: Context, suites: Path | None = None, artefacts: Sequence[str] = ()) -> Inputs:
    """The inputs of a run from the folder of `ctx`, a workspace or not.

    Raises InvalidInput (`SUI…`, `WSP…`, `CAT…`, `STO002`…) and UsageError (`TST003`).
    """
    from mes_conformity.assessment.workspace import SETTINGS

    added = tuple(_added(ctx, text) for text in artefacts)
    if not (ctx.directory / SETTINGS).exists():
        from mes_conformity.harness.engine import Service

        return Inputs(_library(ctx, suites, None), Service(artefacts=added))
    from mes_conformity.cli.workspaces import opened

    found = opened(ctx)
    known = {requirement.id for requirement in found.catalogue.requirements}
    library = _library(ctx, suites, known)
    _tell_outside(ctx, library, known)
    service = service_of(found.workspace, found.loaded.assessment.fact_values())
    pin = {"id": found.catalogue.id, "version": found.catalogue.version, "sha256": found.catalogue.sha256}
    return Inputs(
        library,
        replace(service, artefacts=(*service.artefacts, *added)),
        dict(found.workspace.targets),
        pin,
        dict(found.catalogue.documents),
    )


def _library(ctx: Context, suites: Path | None, requirements: set[str] | None) -> "Library":
    """The suites, their requirements checked where they are the publisher's: a misspelt one would verify nothing.

    Those of the program name the requirements of its catalogues, which the workspace's own need not have.
    """
    from mes_conformity.suites.loader import load_all

    if suites is None:
        return load_all()
    return load_all(ctx.directory / suites, requirements=requirements and requirements | _shipped_requirements())


def aligned(inputs: Inputs, overrides: Mapping[str, Any]) -> Inputs:
    """The inputs with the values of contracts that a target has otherwise. Raises InvalidInput `TGT004`."""
    from mes_conformity.suites.overriding import overridden

    return replace(inputs, library=overridden(inputs.library, overrides)) if overrides else inputs


def _shipped_requirements() -> set[str]:
    from mes_conformity.catalogue.loader import load_shipped, shipped

    return {item.id for name in shipped() for item in load_shipped(*name).requirements}


def _tell_outside(ctx: Context, library: "Library", known: set[str]) -> None:
    """Say which requirements the suites verify and the workspace's catalogue has not: no answer can rest on them."""
    outside = sorted({name for case in library.cases for name in case.requirements} - known)
    if outside:
        ctx.note(
            plural(
                "{count} exigence que les suites vérifient n'est pas dans le référentiel de l'espace de travail : ses "
                "tests sont joués et gardés, sans réponse à proposer ({names})",
                "{count} exigences que les suites vérifient ne sont pas dans le référentiel de l'espace de travail : "
                "leurs tests sont joués et gardés, sans réponse à proposer ({names})",
                len(outside),
                names=", ".join(outside) if len(outside) <= _NAMED else ", ".join((*outside[:_NAMED], "…")),
            )
        )


def service_of(workspace: Any, facts: dict[str, Any]) -> "Service":
    """The service of a workspace, its artefacts read. Raises InvalidInput `STO002` for a missing one."""
    from mes_conformity.foundation.storage import read_bytes
    from mes_conformity.harness.casework import Artefact
    from mes_conformity.harness.engine import Service

    files = tuple(
        Artefact(item.path, item.kind, read_bytes(workspace.root / item.path, _LARGEST)) for item in workspace.artefacts
    )
    who = workspace.service
    return Service(who.publisher, who.product, who.version, who.platform, who.solution_oid, facts, files)


def examples() -> list["Service"]:
    """The services of the examples that come with the program, then the one that has a sample of every artefact."""
    from mes_conformity.assessment.workspace import SETTINGS, open_workspace
    from mes_conformity.foundation.resources import root
    from mes_conformity.harness import sound_artefacts

    folders = sorted(path.parent for path in root("examples").glob(f"*/{SETTINGS}"))
    return [*(service_of(open_workspace(folder), {}) for folder in folders), sound_artefacts.service()]


def _added(ctx: Context, text: str) -> "Artefact":
    """`KIND:PATH` of `--artefact`; the path is kept as the workspace would write it, absolute outside of it."""
    from mes_conformity.foundation.storage import read_bytes
    from mes_conformity.harness.casework import Artefact
    from mes_conformity.validators.artefact import KINDS

    kind, separator, name = text.partition(":")
    if not separator or kind not in KINDS:
        message = both("--artefact s'écrit GENRE:FICHIER")
        raise UsageError("TST003", message, expected=" | ".join(KINDS), obtained=text)
    path = ctx.directory / name
    raw = read_bytes(path, _LARGEST)
    whole, root = path.resolve(), ctx.directory.resolve()
    shown = whole.relative_to(root).as_posix() if whole.is_relative_to(root) else whole.as_posix()
    return Artefact(shown, kind, raw)


def propose(ctx: Context, inputs: Inputs, result: "RunResult") -> None:
    """Tell the assessment of the workspace what the run shows; a person confirms it later.

    What prevents it (somebody is answering right now) is said and never changes the verdict of the run.
    """
    from mes_conformity.assessment.workspace import SETTINGS, open_workspace

    if not (ctx.directory / SETTINGS).exists():
        return
    from mes_conformity.assessment.proposals import apply_run

    try:
        effects = apply_run(
            open_workspace(ctx.directory), result.document, ctx.env, verified_by=_cases_by_requirement(inputs.library)
        )
    except ConformityError as error:
        ctx.note(_("le relevé n'a pas été rapproché de l'évaluation : {reason}", reason=error))
        return
    for effect in effects:
        ctx.note(f"{effect.requirement}{_(' :')} {pick(effect.text)}")
    if any(effect.result == "proposed" for effect in effects):
        ctx.note(_("pour accepter les propositions : `mes-conformity assess confirm --all-passed`"))


def _cases_by_requirement(library: "Library") -> dict[str, list[str]]:
    """The cases that judge the service, by the requirement they verify."""
    found: dict[str, list[str]] = {}
    for case in library.cases:
        if case.subject == "service" and not case.advisory:
            for name in case.requirements:
                found.setdefault(name, []).append(case.id)
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """One `--report FORMAT:PATH`."""

    format: str
    path: Path


def wanted_reports(ctx: Context, texts: Sequence[str]) -> list[Wanted]:
    """The reports asked for. Raises UsageError `TST004`, before anything is run."""
    from mes_conformity.reporting.formats import FORMATS

    found = []
    for text in texts:
        name, separator, path = text.partition(":")
        if not separator or not path or name not in FORMATS:
            message = both("--report s'écrit FORME:FICHIER")
            raise UsageError("TST004", message, expected=" | ".join(FORMATS), obtained=text)
        if name == "pdf":
            from mes_conformity.reporting import pdf

            pdf.require()
        found.append(Wanted(name, ctx.directory / path))
    return found


def write_reports(ctx: Context, inputs: Inputs, result: "RunResult", wanted: Sequence[Wanted]) -> None:
    """Draw the reports of a run that was just kept. Raises InvalidInput `STO003` where the disk refuses."""
    if not wanted or result.folder is None:
        return
    from mes_conformity.dossier.documents import read
    from mes_conformity.foundation.storage import write
    from mes_conformity.reporting.model import draw
    from mes_conformity.reporting.render import project

    folder = result.folder
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    files |= {f"suites/{name}": raw for name, raw in inputs.library.documents.items()}
    files |= {f"catalogue/{name}": raw for name, raw in inputs.catalogue_documents.items()}
    files |= {_in_dossier(artefact.path): artefact.raw for artefact in inputs.service.artefacts}
    drawn = draw(read(files), inputs.library)
    records = f"{folder.relative_to(ctx.directory).as_posix()}/" if folder.is_relative_to(ctx.directory) else ""
    for report in wanted:
        options = {"records": records} if report.format == "junit" else {}
        write(report.path, project(drawn, report.format, ctx.lang, **options), durable=False)


def _in_dossier(path: str) -> str:
    """Where a dossier would keep the artefact, so that a report can tell the line of what is at fault."""
    return path if path.startswith("artefacts/") else f"artefacts/{Path(path).name}"
