"""`catalogue import FILE`: a list copied from Convergence or a requirement sheet becomes a catalogue."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mes_conformity.cli.app import Context, ExitCode, command
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import _, both

if TYPE_CHECKING:
    from mes_conformity.catalogue.drafting import Identity
    from mes_conformity.catalogue.importing import Proposal, Reading

GRADES = ("official", "published", "derived")
VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command, as they were given."""

    file: Path
    into: Path | None
    id: str | None
    version: str
    title: str | None
    grade: str | None
    source: str | None
    source_url: str | None
    article: str | None
    mapping: Path | None
    save_mapping: Path | None
    apply: bool


def declare(app: typer.Typer) -> None:
    """Declare the command in the group `catalogue`."""

    @command(app, "import", _("Une liste d'exigences (CSV, XLSX) devient un référentiel : aperçu, puis --apply."))
    def import_(
        ctx: Context,
        file: Annotated[Path, typer.Argument(metavar=_("FICHIER"), help=_("la liste, telle qu'elle a été copiée"))],
        into: Annotated[
            Path | None,
            typer.Option("--into", help=_("dossier à écrire (défaut : ID/VERSION)"), metavar=_("DOSSIER")),
        ] = None,
        identifier: Annotated[
            str | None, typer.Option("--id", help=_("identifiant du référentiel (défaut : le nom du fichier)"))
        ] = None,
        version: Annotated[str, typer.Option("--version", help=_("numéro de version"), metavar="X.Y.Z")] = VERSION,
        title: Annotated[str | None, typer.Option("--title", help=_("titre du référentiel"))] = None,
        grade: Annotated[
            str | None, typer.Option("--grade", help=_("d'où vient le texte de la liste"), metavar="|".join(GRADES))
        ] = None,
        source: Annotated[
            str | None, typer.Option("--source", help=_("titre de la publication d'où vient la liste"))
        ] = None,
        source_url: Annotated[str | None, typer.Option("--source-url", help=_("adresse de cette publication"))] = None,
        article: Annotated[
            str | None, typer.Option("--article", help=_("article cité par toutes les exigences (grade official)"))
        ] = None,
        mapping: Annotated[
            Path | None,
            typer.Option("--mapping", help=_("correspondance des colonnes, déjà enregistrée"), metavar=_("FICHIER")),
        ] = None,
        save_mapping: Annotated[
            Path | None,
            typer.Option("--save-mapping", help=_("enregistrer la correspondance trouvée"), metavar=_("FICHIER")),
        ] = None,
        apply: Annotated[bool, typer.Option("--apply", help=_("écrire ce que l'aperçu annonce"))] = False,
    ) -> ExitCode:
        return _import(
            ctx,
            Asked(
                file, into, identifier, version, title, grade, source, source_url, article, mapping, save_mapping, apply
            ),
        )


def _import(ctx: Context, asked: Asked) -> ExitCode:
    from mes_conformity.catalogue import importing
    from mes_conformity.catalogue.listing import MAX_BYTES
    from mes_conformity.cli.catalogue_import_text import document, print_import
    from mes_conformity.foundation.digests import sha256
    from mes_conformity.foundation.storage import read_bytes

    source = read_bytes(_found(ctx, asked.file), MAX_BYTES)
    reading = importing.read(source, str(asked.file), _mapping(ctx, asked))
    _save_mapping(ctx, asked, reading)
    identity = _identity(ctx, asked, sha256(source))
    folder = _folder(ctx, asked, identity)
    proposal = _propose(reading, identity, apply=asked.apply)
    applied = asked.apply and proposal is not None and proposal.sound
    if applied and proposal is not None:
        importing.save(proposal.drafted.documents, ctx.directory / folder, str(folder))
    answer = document(reading, proposal, identity, str(folder), applied=applied)
    if not (asked.grade or asked.apply):
        answer["catalogue"]["grade"] = None  # nobody said it yet
    ctx.emit(answer, lambda: print_import(ctx, reading, proposal, str(folder), applied=applied))
    return ExitCode.INVALID_INPUT if proposal is not None and not proposal.sound else ExitCode.OK


def _found(ctx: Context, path: Path) -> Path:
    """A file named from where the reader stands, or from the folder given to `-C`."""
    here = ctx.directory / path
    return here if here.exists() else ctx.directory / path


def _mapping(ctx: Context, asked: Asked) -> Any:
    from mes_conformity.catalogue.columns import read_mapping
    from mes_conformity.foundation.yaml_documents import read

    return read_mapping(read(_found(ctx, asked.mapping))) if asked.mapping else None


def _save_mapping(ctx: Context, asked: Asked, reading: "Reading") -> None:
    from mes_conformity.catalogue.columns import write_mapping
    from mes_conformity.foundation.storage import write

    if asked.save_mapping:
        write(ctx.directory / asked.save_mapping, write_mapping(reading.understanding.headers))
        ctx.note(_("Correspondance enregistrée : {path}", path=str(asked.save_mapping)))


def _propose(reading: "Reading", identity: "Identity", *, apply: bool) -> "Proposal | None":
    """The catalogue to write. A preview shows the rows even where no requirement was understood."""
    from mes_conformity.catalogue import importing

    if not reading.understanding.drafts and not apply:
        return None
    return importing.propose(reading, identity)


def _identity(ctx: Context, asked: Asked, digest: str) -> "Identity":
    from mes_conformity.catalogue.drafting import Identity, slug
    from mes_conformity.catalogue.listing import cleaned

    grade, source = _provenance(ctx, asked)
    name = cleaned(asked.file.name)[0]
    return Identity(
        id=_named(asked.id or slug(asked.file.stem)),
        version=_numbered(asked.version),
        title=_said("--title", asked.title) or name,
        source=source,
        grade=grade,
        file=name,
        sha256=digest,
        href=_address(asked.source_url),
        article=_said("--article", asked.article),
    )


def _provenance(ctx: Context, asked: Asked) -> tuple[Any, str]:
    """The grade and the source: given, asked in a terminal, or missing; a preview goes without."""
    from mes_conformity.cli.workspaces import asks

    grade, source = asked.grade, _said("--source", asked.source)
    if asked.apply and asks(ctx):
        grade = grade or ctx.prompt(_("Grade ({grades}) : ", grades=", ".join(GRADES)), option="--grade")
        source = source or _said("--source", ctx.prompt(_("Source (titre de la publication) : "), option="--source"))
    missing = [option for option, value in (("--grade", grade), ("--source", source)) if not value]
    if asked.apply and missing:
        raise UsageError(
            "USE003",
            both("il manque d'où vient la liste : {options}", options=", ".join(missing)),
            hint=both(
                "official : le texte est dans une loi ou un règlement ; published : une source publique le donne ;"
                " derived : votre formulation d'une norme"
            ),
        )
    if grade and grade not in GRADES:
        raise UsageError(
            "USE001",
            both("valeur refusée pour {option}", option="--grade"),
            expected=" | ".join(GRADES),
            obtained=grade,
        )
    return grade or "published", source or asked.file.name


def _said(option: str, text: str | None) -> str | None:
    """A text given on the command line, on one line. Raises UsageError when it holds nothing readable."""
    from mes_conformity.catalogue.listing import cleaned

    if text is None:
        return None
    words = " ".join(cleaned(text)[0].split())
    if not words:
        raise UsageError("USE001", both("valeur refusée pour {option}", option=option), obtained=repr(text))
    return words


def _named(identifier: str) -> str:
    from mes_conformity.catalogue.drafting import slug

    if len(identifier) > 64 or slug(identifier) != identifier.casefold():
        raise UsageError(
            "USE001",
            both("valeur refusée pour {option}", option="--id"),
            expected=slug(identifier),
            obtained=identifier,
        )
    return identifier


def _numbered(version: str) -> str:
    from mes_conformity.catalogue.versions import parse_version

    if parse_version(version) is None:
        raise UsageError(
            "USE001", both("valeur refusée pour {option}", option="--version"), expected=VERSION, obtained=version
        )
    return version


def _address(href: str | None) -> str | None:
    if href is not None and not (href.startswith(("https://", "http://")) and href.isascii() and href.isprintable()):
        raise UsageError(
            "USE001", both("valeur refusée pour {option}", option="--source-url"), expected="https://…", obtained=href
        )
    return href


def _folder(ctx: Context, asked: Asked, identity: "Identity") -> Path:
    """Where to write: as told, else where a workspace looks for its own catalogues, else `ID/VERSION`."""
    from mes_conformity.assessment.workspace import CATALOGUES, SETTINGS

    if asked.into is not None:
        return asked.into
    own = Path(identity.id) / identity.version
    return Path(CATALOGUES) / own if (ctx.directory / SETTINGS).exists() else own
