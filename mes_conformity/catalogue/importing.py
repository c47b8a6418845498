"""A list becomes a catalogue: what would be written is known, checked and shown before anything is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mes_conformity.catalogue.checking import check_merged
from mes_conformity.catalogue.columns import SavedMapping
from mes_conformity.catalogue.drafting import Drafted, Identity, draft_catalogue
from mes_conformity.catalogue.listing import Listing, read_listing
from mes_conformity.catalogue.merging import merge, parse_all
from mes_conformity.catalogue.requirement_rows import Understanding, understand
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import Conflict, InvalidInput, Location
from mes_conformity.foundation.i18n import both
from mes_conformity.foundation.storage import write


@dataclass(frozen=True, slots=True)
class Reading:
    """A list, and what was understood of it."""

    listing: Listing
    understanding: Understanding


@dataclass(frozen=True, slots=True)
class Proposal:
    """The catalogue that a list would become, and what `catalogue check` says of it."""

    drafted: Drafted
    diagnostics: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether the catalogue may be written: it has no error."""
        return all(item.level != "error" for item in self.diagnostics)


def read(source: bytes, name: str, mapping: SavedMapping | None = None) -> Reading:
    """What a list holds. Raises InvalidInput `LST…`, or `LST004` where no requirement is found in it."""
    listing = read_listing(source, name)
    understanding = understand(listing, mapping)
    if not understanding.headers:
        raise InvalidInput(
            "LST004",
            both("aucun en-tête reconnu : il faut au moins une colonne d'énoncé et une autre"),
            location=Location(name),
            obtained=_first_row(listing),
            hint=both("nommez les colonnes (par exemple « N° exigence » et « Énoncé »), ou donnez `--mapping FICHIER`"),
        )
    return Reading(listing, understanding)


def _first_row(listing: Listing) -> str | None:
    rows = [row for sheet in listing.sheets for row in sheet.rows]
    return " | ".join(rows[0].cells)[:200] if rows else None


def propose(reading: Reading, identity: Identity) -> Proposal:
    """The catalogue of a list under an identity. Raises InvalidInput `LST005` when it would hold no requirement."""
    if not reading.understanding.drafts:
        raise InvalidInput(
            "LST005",
            both("aucune exigence comprise dans ce fichier"),
            location=Location(reading.listing.name),
            hint=both("voyez l'aperçu : il dit pourquoi chaque ligne n'est pas comprise"),
        )
    drafted = draft_catalogue(reading.understanding.drafts, identity)
    documents, faults = parse_all(drafted.documents)
    return Proposal(drafted, tuple(check_merged(merge(documents, faults))))


def save(documents: Mapping[str, bytes], folder: Path, shown: str) -> None:
    """Write the files of a version folder that is new or empty.

    Raises Conflict `LST006` (something stands there that differs), InvalidInput `STO003` (the disk refuses).
    """
    present = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if folder.exists() and not folder.is_dir():
        present = [folder.name]
    if present and not _same(documents, folder, present):
        raise Conflict(
            "LST006",
            both("ce dossier n'est pas vide : rien n'y est écrit"),
            location=Location(shown),
            obtained=", ".join(present[:5]),
            hint=both("donnez un dossier neuf avec `--into`, ou un nouveau numéro avec `--version`"),
        )
    for name, content in documents.items():
        write(folder / name, content)


def _same(documents: Mapping[str, bytes], folder: Path, present: list[str]) -> bool:
    """Whether the folder holds these files already: the same import, run twice."""
    return sorted(documents) == present and all(
        (folder / name).is_file() and (folder / name).read_bytes() == content for name, content in documents.items()
    )
