"""A list of requirements as somebody hands it over: CSV or XLSX, read into plain rows of texts, without loss.

Nothing is evaluated: a formula is the value that was saved with it, or an empty cell that says so. Every limit refuses
the whole file: a list is never cut short in silence.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both

MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELLS = 1_000_000
MAX_CHARACTERS = 64 * 1024 * 1024  # a workbook may repeat one text in every cell at no cost to its size
MAX_CELL = 32_767  # what a spreadsheet holds in one cell

_DELIMITERS = ";,\t|"
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Controls but tab and line end, marks that reorder or hide what is read, and what is no character at all.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file (or its number in the sheet), counted from 1, and its cells."""

    line: int
    cells: tuple[str, ...]
    cleaned: bool = False
    """Whether characters that control or hide were taken out."""
    lost: bool = False
    """Whether a cell held a formula that was saved without its value."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells that hold something, each text once, in order."""
        return tuple(dict.fromkeys(cell for cell in self.cells if cell))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one sheet; a CSV file is one sheet without a name."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A file that was read: its sheets, and how it was read (encoding and delimiter for CSV only)."""

    name: str
    kind: Literal["csv", "xlsx"]
    sheets: tuple[Sheet, ...]
    encoding: str | None = None
    delimiter: str | None = None
    remarks: tuple[Text, ...] = field(default=())


def read_listing(source: bytes, name: str) -> Listing:
    """The rows of a CSV or XLSX file, told apart by its content.

    CSV: UTF-8, UTF-16 with a byte order mark or Windows-1252; semicolon, comma, tab or bar. XLSX: the visible sheets,
    values only, merged cells repeated. Empty rows are left out. Raises InvalidInput `LST001` (not a list), `LST002` (a
    limit), `LST003` (hostile XML).
    """
    if len(source) > MAX_BYTES:
        raise too_much(name, both("le fichier"), both("{count} Mio", count=MAX_BYTES // 1024 // 1024))
    if source.startswith(b"PK"):
        from mes_conformity.catalogue.spreadsheet import read_spreadsheet

        return read_spreadsheet(source, name)
    if source.startswith(b"\xd0\xcf\x11\xe0"):
        hint = both("ouvrez-le dans un tableur et enregistrez-le en .xlsx, sans mot de passe")
        raise not_a_list(name, both("ancien classeur Excel, ou classeur protégé par un mot de passe"), hint=hint)
    return _read_csv(source, name)


def not_a_list(name: str, message: Text, *, line: int | None = None, hint: Text | None = None) -> InvalidInput:
    """The error `LST001`."""
    hint = hint or both("donnez un tableau .csv ou .xlsx")
    return InvalidInput("LST001", message, location=Location(name, line), hint=hint)


def too_much(name: str, what: Text, limit: Text) -> InvalidInput:
    """The error `LST002`."""
    return InvalidInput(
        "LST002",
        both("{what} dépasse la limite", what=what),
        location=Location(name),
        expected=both("au plus {limit}", limit=limit),
        hint=both("ne gardez que le tableau des exigences"),
    )


def cleaned(cell: str) -> tuple[str, bool]:
    """The text of a cell without what controls a terminal or hides from a reader, and whether there was any."""
    text = cell.replace("_x000D_", "\n").replace("\r\n", "\n").replace("\r", "\n").strip().removeprefix("\ufeff")
    visible = _HIDDEN.sub("", _ANSI.sub("", text))
    return visible.strip(), visible != text


def row_of(line: int, cells: Sequence[str], *, lost: bool = False) -> Row:
    """A row of cleaned texts, without the empty cells of its end."""
    texts = [cleaned(cell) for cell in cells]
    while texts and not texts[-1][0]:
        texts.pop()
    return Row(line, tuple(text for text, _changed in texts), any(changed for _text, changed in texts), lost)


def bounded(rows: Iterator[Row], name: str) -> tuple[Row, ...]:
    """The rows, as long as they are not too many. Raises InvalidInput `LST002`."""
    kept: list[Row] = []
    cells = characters = 0
    for row in rows:
        kept.append(row)
        cells += len(row.cells)
        characters += sum(map(len, row.cells))
        if len(kept) > MAX_ROWS:
            raise too_much(name, both("le nombre de lignes"), both("{count} lignes", count=MAX_ROWS))
        if len(row.cells) > MAX_COLUMNS or cells > MAX_CELLS:
            raise too_much(name, both("le nombre de cellules"), both("{count} colonnes", count=MAX_COLUMNS))
        if characters > MAX_CHARACTERS:
            raise too_much(name, both("le texte"), both("{count} Mio", count=MAX_CHARACTERS // 1024 // 1024))
    return tuple(kept)


def _read_csv(source: bytes, name: str) -> Listing:
    text, encoding, remarks = _decoded(source, name)
    told = re.match(r"sep=(.)\r?\n", text)  # Excel writes its delimiter on a line of its own
    skipped = 0
    if told:
        text, skipped = text[told.end() :], 1
    delimiter = told[1] if told else _delimiter(text)
    rows = bounded(_records(text, delimiter, skipped, name), name)
    return Listing(name, "csv", (Sheet("", rows),), encoding, delimiter, remarks)


def _decoded(source: bytes, name: str) -> tuple[str, str, tuple[Text, ...]]:
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return source.decode("utf-16"), "utf-16", ()
        except UnicodeDecodeError:
            raise not_a_list(name, both("ce fichier n'est pas un tableau")) from None
    if b"\x00" in source:
        raise not_a_list(name, both("ce fichier n'est pas un tableau"))
    try:
        return source.decode("utf-8-sig"), "utf-8", ()
    except UnicodeDecodeError:
        text = source.decode("cp1252", "replace")
    unread = text.count("\ufffd")
    remarks = (both("{count} caractères n'ont pas pu être lus", count=unread),) if unread else ()
    return text, "cp1252", remarks


def _delimiter(text: str) -> str:
    """The delimiter that cuts the most of the first rows to one same width; a semicolon where none does."""
    first = text[:65_536]

    def cut(delimiter: str) -> int:
        reader = csv.reader(io.StringIO(first, newline=""), delimiter=delimiter)
        try:
            widths = Counter(len(row) for row, _number in zip(reader, range(60), strict=False) if len(row) > 1)
        except csv.Error:
            return 0
        return max((width * count for width, count in widths.items()), default=0)

    return max(_DELIMITERS, key=cut)


def _records(text: str, delimiter: str, skipped: int, name: str) -> Iterator[Row]:
    previous = csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = skipped + 1
    try:
        for record in reader:
            row = row_of(start, record) if any(record) else None
            if row and row.cells:
                yield row
            start = skipped + reader.line_num + 1
    except csv.Error:
        message = both("guillemets mal fermés : la suite du tableau ne peut pas être lue")
        hint = both("corrigez la cellule qui commence à cette ligne, ou enregistrez le tableau en .xlsx")
        raise not_a_list(name, message, line=start, hint=hint) from None
    finally:
        csv.field_size_limit(previous)
