"""`dossier`: build, show, verify; `sign`, `replay` and `diff` stand in modules of their own."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mes_conformity.cli import dossier_diff, dossier_replay, dossier_sign
from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.errors import InvalidInput, Location, UsageError
from mes_conformity.foundation.i18n import _, both, pick

SUFFIX = ".mesdossier.zip"


def build() -> typer.Typer:
    """The `dossier` commands."""
    app = group(_("Le dossier de recette : construire, lire, vérifier, rejouer."))
    file_help = _("le dossier (le dernier de l'espace de travail sinon)")

    @command(app, "build", _("Sceller les réponses, les preuves et la dernière campagne de tests en un dossier."))
    def build_(
        ctx: Context,
        run: Annotated[Path | None, typer.Option("--run", help=_("la campagne (la dernière sinon)"))] = None,
        output: Annotated[Path | None, typer.Option("--output", "-o", help=_("fichier à écrire"))] = None,
        suites: Annotated[
            Path | None, typer.Option("--suites", help=_("les suites de la campagne (celles de l'outil sinon)"))
        ] = None,
    ) -> ExitCode:
        return _build(ctx, run, output, suites)

    @command(app, "show", _("Dire ce que contient un dossier intact, ou un de ses cas."))
    def show(
        ctx: Context,
        file: Annotated[Path | None, typer.Argument(help=file_help, show_default=False)] = None,
        case: Annotated[str | None, typer.Option("--case", help=_("montrer ce cas et ses échanges"))] = None,
    ) -> ExitCode:
        return _show(ctx, file, case)

    @command(app, "verify", _("Dire si un seul octet a changé depuis le scellement, et qui a signé."))
    def verify(
        ctx: Context,
        file: Annotated[Path | None, typer.Argument(help=file_help, show_default=False)] = None,
        trust: Annotated[
            Path | None, typer.Option("--trust", help=_("clés publiques et certificats acceptés (PEM)"))
        ] = None,
        deep: Annotated[bool, typer.Option("--deep", help=_("lire aussi chaque document"))] = False,
    ) -> ExitCode:
        return _verify(ctx, file, trust, deep)

    dossier_sign.declare(app)
    dossier_replay.declare(app)
    dossier_diff.declare(app)
    return app


def find(ctx: Context, file: Path | None) -> Path:
    """The dossier named, from the folder of the command, or the newest of the workspace.

    Raises InvalidInput `DOS001` where the workspace has none.
    """
    if file is not None:
        return ctx.directory / file
    found = sorted((ctx.directory / "reports").glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
    if not found:
        raise InvalidInput(
            "DOS001",
            both("il n'y a pas de dossier ici"),
            location=Location(str(ctx.directory / "reports")),
            hint=both("construisez-le avec `mes-conformity dossier build`, ou donnez son chemin"),
        )
    return found[-1]


def _run_folder(root: Path, run: Path) -> Path:
    """The run named by its folder or by its id alone."""
    from mes_conformity.harness import run_store

    named = root / run_store.RUNS / run
    return named if len(run.parts) == 1 and named.is_dir() else root / run


def _build(ctx: Context, run: Path | None, output: Path | None, suites: Path | None) -> ExitCode:
    from mes_conformity.dossier import build as building
    from mes_conformity.dossier import documents
    from mes_conformity.foundation.digests import sha256
    from mes_conformity.foundation.storage import write
    from mes_conformity.harness import run_store
    from mes_conformity.reporting.render import embedded

    root = ctx.directory
    folder = _run_folder(root, run) if run is not None else run_store.latest(root) or root / run_store.RUNS
    contents = building.attest(
        building.collect(root, folder, _catalogue(root), _suites(root / suites if suites is not None else None)),
        _platform(root),
    )
    raw = building.assemble(contents, embedded(documents.read(contents.files)), ctx.env.variables)
    path = root / output if output is not None else root / "reports" / _name(contents.run["service"])
    write(path, raw)
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    answer = {
        "path": str(shown),
        "sha256": sha256(raw),
        "size": len(raw),
        "files": len(contents.files) + 4,
        "signed": False,
    }
    ctx.emit({"dossier": answer}, lambda: _tell_built(ctx, answer))
    return ExitCode.OK


def _tell_built(ctx: Context, answer: dict[str, Any]) -> None:
    ctx.print(_("✓ dossier scellé, non signé : {path}", path=answer["path"]))
    ctx.print("  " + _("{files} fichiers, {size} octets, sha256 {sha256}", **answer))
    ctx.note(_("Ensuite : mes-conformity dossier verify {path}", path=answer["path"]))


def _name(service: Any) -> str:
    """`Glyco Suivi` 2.4.1 → `glyco-suivi-2.4.1.mesdossier.zip`."""
    import re
    import unicodedata

    plain = (
        unicodedata.normalize("NFKD", f"{service['product']}-{service['version']}").encode("ascii", "ignore").decode()
    )
    return (re.sub(r"[^a-z0-9.]+", "-", plain.lower()).strip("-.")[:100] or "dossier") + SUFFIX


def _catalogue(root: Path) -> Any:
    """The catalogue that the workspace pins; of the latest shipped one outside of a workspace."""
    from mes_conformity.assessment.pinning import catalogue_of
    from mes_conformity.assessment.workspace import SETTINGS, open_workspace
    from mes_conformity.catalogue.loader import load_shipped

    return catalogue_of(open_workspace(root)) if (root / SETTINGS).is_file() else load_shipped()


def _platform(root: Path) -> str | None:
    from mes_conformity.assessment.workspace import SETTINGS, open_workspace

    return open_workspace(root).service.platform if (root / SETTINGS).is_file() else None


def _suites(folder: Path | None) -> dict[str, bytes]:
    from mes_conformity.suites.loader import read_documents, shipped_root

    return read_documents(folder or shipped_root())


def _verify(ctx: Context, file: Path | None, trust: Path | None, deep: bool) -> ExitCode:
    from mes_conformity.dossier.verify import verify

    path = find(ctx, file)
    result = verify(path, dossier_sign.accepted(ctx, trust), deep=deep)
    document = {
        "verdict": result.verdict,
        "path": str(path),
        "sha256": result.sha256,
        "signature": result.signature.to_json() if result.signature else None,
        "findings": [finding.to_json() for finding in result.findings],
    }
    ctx.emit(document, lambda: _tell_verified(ctx, document))
    return ExitCode.INVALID_INPUT if result.findings else ExitCode.OK


def _tell_intact(ctx: Context, document: dict[str, Any]) -> None:
    signature = document["signature"]
    if signature is None:
        ctx.print(_("✓ intact, non signé : {path}", path=document["path"]))
    else:
        ctx.print(_("✓ intact, signé : {path}", path=document["path"]))
        ctx.print("  " + _("clé {keyid}", keyid=signature["keyid"]))
        if signature["subject"]:
            ctx.print("  " + _("certificat {subject}, délivré par {issuer}", **signature))
    ctx.print("  " + f"sha256 {document['sha256']}")
    for finding in document["findings"]:
        ctx.print(f"✗ [{finding['code']}] {pick(finding['message'])}")
    if signature is None:
        ctx.note(_("Rien n'a changé depuis le scellement. Sans signature, rien ne dit qui l'a fait."))
    elif signature["trusted"] is None:
        ctx.note(_("La clé n'a pas été comparée à celles que vous acceptez : donnez-les avec --trust."))
    elif signature["trusted"]:
        ctx.note(_("Cette clé est de celles que vous acceptez."))


def _tell_verified(ctx: Context, document: dict[str, Any]) -> None:
    if document["verdict"] != "altered":
        _tell_intact(ctx, document)
        return
    ctx.print(_("✗ altéré : {path}", path=document["path"]))
    findings = document["findings"]
    shown = 10 if len(findings) > 11 else len(findings)
    for finding in findings[:shown]:
        where = f"{finding['path']} : " if finding["path"] else ""
        ctx.print(f"  [{finding['code']}] {where}{pick(finding['message'])}")
        for label, key in ((_("attendu"), "expected"), (_("obtenu"), "obtained")):
            if finding[key]:
                ctx.print(f"    {label} : {finding[key]}")
    if shown < len(findings):
        ctx.print("  " + _("et {count} autres", count=len(findings) - shown))
    ctx.note(_("conseil : ne l'utilisez pas ; demandez à nouveau le fichier à son éditeur"))


def _plain(item: dict[str, Any]) -> dict[str, str]:
    return {key: "–" if value is None else str(value) for key, value in item.items()}


def _show(ctx: Context, file: Path | None, case: str | None) -> ExitCode:
    from mes_conformity.dossier.archive import read
    from mes_conformity.reporting.model import draw

    dossier = read(find(ctx, file))
    if case is not None:
        return _show_case(ctx, dossier, case)
    report = draw(dossier.documents)
    document = {
        "dossier": {"path": dossier.path, "sha256": dossier.sha256, **dossier.manifest.data},
        "contradictions": [item.id for item in report.requirements if item.contradicted],
    }
    ctx.emit(document, lambda: _tell_shown(ctx, report))
    return ExitCode.OK


def _tell_shown(ctx: Context, report: Any) -> None:
    from mes_conformity.reporting import guidance, words

    verdict = words.VERDICTS[report.judgement.outcome]
    ctx.print(f"{verdict.sign} {pick(guidance.sentence(report))}")
    ctx.print(pick(guidance.declarations(report)))
    counted = ", ".join(
        f"{pick(words.OUTCOMES[name].word).lower()} {count}" for name, count in report.outcomes().items() if count
    )
    ctx.print(_("{count} cas : {counted}", count=len(report.run["cases"]), counted=counted))
    points = guidance.blocking(report)
    if points:
        ctx.print()
        ctx.print(_("Ce qui bloque"))
    for point in points:
        mark = words.POINTS[point.kind]
        ctx.print(f"  {mark.sign} {pick(mark.word)} — {pick(point.text)}")
    ctx.print()
    ctx.print(_("À faire maintenant"))
    for step in guidance.next_steps(report):
        ctx.print(f"  {pick(step.text)}" + (f" : {step.command}" if step.command else ""))


def _show_case(ctx: Context, dossier: Any, case: str) -> ExitCode:
    record = next((item for item in dossier.documents.cases if item.entry["id"] == case), None)
    if record is None:
        raise UsageError(
            "USE005",
            both("ce dossier n'a pas de cas « {case} »", case=case),
            hint=both("lancez `mes-conformity dossier show` pour voir ce qu'il contient"),
        )
    document = {"case": record.entry, "records": record.records, "exchanges": record.exchanges}
    ctx.emit(document, lambda: _tell_case(ctx, record))
    return ExitCode.OK


def _tell_case(ctx: Context, record: Any) -> None:
    from mes_conformity.reporting import exchanges, words

    entry = record.entry
    mark = words.OUTCOMES[entry["outcome"]]
    ctx.print(f"{mark.sign} {entry['id']} — {pick(entry['title'])} : {pick(mark.word)}")
    if entry["reason"]:
        ctx.print("  " + pick(entry["reason"]))
    ctx.print(
        "  "
        + _("exigences : {names} ; source : {source}", names=", ".join(entry["requirements"]), source=entry["source"])
    )
    for check in entry["checks"]:
        told = _(
            "attendu {expected}, obtenu {obtained}", **_plain({key: check.get(key) for key in ("expected", "obtained")})
        )
        ctx.print(f"  {words.OUTCOMES[check['outcome']].sign} {check['check']} : {told}")
    for view in exchanges.views(record, exchanges.FULL):
        ctx.print()
        ctx.print(f"{view.line} → {view.answer or view.failure or '?'}")
        for side in (view.request, view.response):
            if side is not None:
                for name, value in side.headers:
                    ctx.print(f"  {name}: {value}")
                if side.body.text:
                    ctx.print(side.body.text)
