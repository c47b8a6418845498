"""`dossier`: build, verify; `show`, `sign`, `replay` and `diff` stand in modules of their own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mes_conformity.cli import dossier_diff, dossier_replay, dossier_show, dossier_sign, review_text
from mes_conformity.cli.app import Context, ExitCode, command, group
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import _, both, pick, plural

SUFFIX = ".mesdossier.zip"
_NAMED = 5


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

    dossier_show.declare(app)
    dossier_sign.declare(app)
    dossier_replay.declare(app)
    dossier_diff.declare(app)
    return app


def find(ctx: Context, file: Path | None) -> Path:
    """The dossier named, from the folder of the command, or the newest of the workspace, or of the folder of an expert.

    Raises InvalidInput `DOS001` where there is none.
    """
    if file is not None:
        return ctx.directory / file
    places = (ctx.directory / "reports", ctx.directory)
    found = next(filter(None, (list(place.glob(f"*{SUFFIX}")) for place in places)), [])
    if not found:
        raise InvalidInput(
            "DOS001",
            both("il n'y a pas de dossier ici"),
            location=Location(str(ctx.directory / "reports")),
            hint=both("construisez-le avec `mes-conformity dossier build`, ou donnez son chemin"),
        )
    return max(found, key=lambda path: path.stat().st_mtime_ns)


def _run_folder(root: Path, run: Path) -> Path:
    """The run named by its folder or by its id alone."""
    from mes_conformity.harness import run_store

    named = root / run_store.RUNS / run
    return named if len(run.parts) == 1 and named.is_dir() else root / run


def _build(ctx: Context, run: Path | None, output: Path | None, suites: Path | None) -> ExitCode:
    from mes_conformity.dossier import build as building
    from mes_conformity.dossier import documents, review_files
    from mes_conformity.foundation.digests import sha256
    from mes_conformity.foundation.storage import write
    from mes_conformity.harness import run_store
    from mes_conformity.reporting.render import embedded

    root = ctx.directory
    folder = _run_folder(root, run) if run is not None else run_store.latest(root) or root / run_store.RUNS
    played_with = _suites(root / suites if suites is not None else None, _overrides(root, folder))
    contents = building.attest(building.collect(root, folder, _catalogue(root), played_with), _platform(root))
    contents = review_files.carry(contents, root / "reports")
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
        "not_run": list(contents.not_run),
        "addenda": sum(name.startswith("review/") for name in contents.files),
    }
    ctx.emit({"dossier": answer}, lambda: _tell_built(ctx, answer))
    return ExitCode.OK


def _tell_built(ctx: Context, answer: dict[str, Any]) -> None:
    ctx.print(_("✓ dossier scellé, non signé : {path}", path=answer["path"]))
    ctx.print("  " + _("{files} fichiers, {size} octets, sha256 {sha256}", **answer))
    tell_partial(ctx, answer["not_run"])
    if answer["addenda"]:
        ctx.print("  " + plural("revue portée : {count} addendum", "revue portée : {count} addenda", answer["addenda"]))
    ctx.note(_("Ensuite : mes-conformity dossier verify {path}", path=answer["path"]))


def tell_partial(ctx: Context, names: Sequence[str]) -> None:
    """Say which cases of its suites a dossier left out, where it did."""
    from mes_conformity.cli.lines import wrapped

    if names:
        shown = ", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
        told = plural(
            "campagne partielle : {count} cas des suites n'a pas été joué ({names})",
            "campagne partielle : {count} cas des suites n'ont pas été joués ({names})",
            len(names),
            names=shown,
        )
        ctx.print(wrapped(ctx, f"△ {told}", hang=2))


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


def _suites(folder: Path | None, overrides: Any) -> dict[str, bytes]:
    from mes_conformity.suites.loader import read_documents, shipped_root
    from mes_conformity.suites.overriding import rewritten

    return rewritten(read_documents(folder or shipped_root()), overrides)


def _overrides(root: Path, folder: Path) -> Any:
    """The values of contracts that the target of the run has otherwise, as the workspace says."""
    from mes_conformity.assessment.workspace import SETTINGS, open_workspace
    from mes_conformity.harness import run_store

    if not (root / SETTINGS).is_file() or not (folder / run_store.RUN).is_file():
        return {}
    target = run_store.read(folder)["run"].get("target") or {}
    known = open_workspace(root).targets if target.get("kind") == "workspace" else {}
    return known.get(str(target.get("name")), {}).get("contracts", {})


def _verify(ctx: Context, file: Path | None, trust: Path | None, deep: bool) -> ExitCode:
    from mes_conformity.dossier.verify import verify

    path = find(ctx, file)
    believed = dossier_sign.accepted(ctx, trust)
    result = verify(path, believed, deep=deep)
    reviewed = review_of(path, result.dossier, believed)
    document = {
        "verdict": result.verdict,
        "path": str(path),
        "sha256": result.sha256,
        "signature": result.signature.to_json() if result.signature else None,
        "findings": [finding.to_json() for finding in (*result.findings, *_against(reviewed))],
        "not_run": _left_out(result.dossier),
        "addenda": review_text.review_json(result.dossier, reviewed)["addenda"] if result.dossier and reviewed else [],
    }
    ctx.emit(document, lambda: _tell_verified(ctx, document, result.dossier, reviewed))
    return ExitCode.INVALID_INPUT if document["findings"] else ExitCode.OK


def review_of(path: Path, dossier: Any, trust: Any) -> Any:
    """What was said of an intact dossier, in it and beside it; None where nobody said anything."""
    from mes_conformity.dossier import review, review_chain, review_files
    from mes_conformity.dossier.verify import Finding

    if dossier is None:
        return None
    beside = review_files.beside(path)
    if not beside and not review_chain.carried_by(dossier.files):
        return None
    try:
        return review.examine(dossier, beside, trust)
    except InvalidInput as error:  # intact, and its documents make no sense: what an addendum says of them neither
        message = error.message if not isinstance(error.message, str) else {"fr": error.message}
        where = error.location.file if error.location else ""
        return review.Review(review_chain.Chain(problems=(Finding(error.code, where, message),)), ())


def _left_out(dossier: Any) -> list[str]:
    """What the manifest says was not played: a stranger's word, whatever its shape."""
    from mes_conformity.dossier.names import printable

    told = dossier.manifest.data.get("not_run") if dossier is not None else None
    return [printable(name) for name in told if isinstance(name, str)] if isinstance(told, list) else []


def _against(reviewed: Any) -> list[Any]:
    """What is wrong with the addenda. Whose word is accepted is asked of the dossier; `review list` asks it of them."""
    return [item for item in reviewed.problems if item.code not in ("REV009", "REV010")] if reviewed else []


def _tell_intact(ctx: Context, document: dict[str, Any]) -> None:
    from mes_conformity.cli.lines import wrapped

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
        where = f"{finding['path']}{_(' :')} " if finding["path"] != "seal.json" else ""
        ctx.print(wrapped(ctx, f"✗ [{finding['code']}] {where}{pick(finding['message'])}", hang=2))
    if signature is None:
        ctx.note(_("Rien n'a changé depuis le scellement. Sans signature, rien ne dit qui l'a fait."))
    elif signature["trusted"] is None:
        ctx.note(_("La clé n'a pas été comparée à celles que vous acceptez : donnez-les avec --trust."))
    elif signature["trusted"]:
        ctx.note(_("Cette clé est de celles que vous acceptez."))


def _tell_verified(ctx: Context, document: dict[str, Any], dossier: Any, reviewed: Any) -> None:
    if document["verdict"] != "altered":
        _tell_intact(ctx, document)
        tell_partial(ctx, document["not_run"])
        if reviewed is not None:
            review_text.tell_addenda(ctx, dossier, reviewed)
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
