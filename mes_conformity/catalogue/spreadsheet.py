"""The rows of an XLSX workbook: the values that were saved, never a formula, and within limits.

An XLSX file is a ZIP archive of XML. Before openpyxl reads a byte of it the archive is weighed and every XML part is
walked by an expat parser that refuses any DTD: neither a ZIP bomb nor an entity gets further.
Source: ECMA-376 part 1, §18.3.1 (worksheets).
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mes_conformity.catalogue.listing import (
    MAX_CELL,
    MAX_CELLS,
    MAX_COLUMNS,
    Listing,
    Row,
    Sheet,
    bounded,
    not_a_list,
    row_of,
    too_much,
)
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both

MAX_PARTS = 500
MAX_UNPACKED = 96 * 1024 * 1024
MAX_SHEETS = 40
MAX_MERGES = 20_000
MAX_DEPTH = 256
_REF = re.compile(r"([A-Z]{1,3})(\d{1,7})")

Place = tuple[int, int]  # row and column, counted from 1


@dataclass(slots=True)
class _Marks:
    """What a worksheet says beside its values: merged ranges and the cells that hold a formula.

    An XML parser calls its methods, so that no tree is built.
    """

    merges: list[tuple[Place, Place]] = field(default_factory=list)
    formulas: set[Place] = field(default_factory=set)
    too_wide: bool = False
    _cell: str = ""
    _depth: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An opening tag. Raises ValueError for elements nested deeper than any workbook nests them."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError("too deep")
        name = tag.rpartition("}")[2]
        if name == "c":
            self._cell = attributes.get("r", "")
        elif name in ("f", "v", "is"):
            place = _place(self._cell)
            if place and name == "f" and len(self.formulas) < MAX_CELLS:
                self.formulas.add(place)
            self.too_wide |= place is not None and place[1] > MAX_COLUMNS
        elif name == "mergeCell":
            first, _colon, last = attributes.get("ref", "").partition(":")
            start, end = _place(first), _place(last)
            if start and end and len(self.merges) < MAX_MERGES:
                self.merges.append((start, end))

    def end(self, tag: str) -> None:  # noqa: ARG002 - the signature is the parser's
        """A closing tag."""
        self._depth -= 1

    def data(self, text: str) -> None:
        """Nothing to do: values are read by openpyxl."""

    def close(self) -> "_Marks":
        """What the part said."""
        return self


def _place(reference: str) -> Place | None:
    """`B3` → `(3, 2)`."""
    match = _REF.fullmatch(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]), column


def read_spreadsheet(source: bytes, name: str) -> Listing:
    """The visible sheets of a workbook. Raises InvalidInput `LST001`, `LST002` or `LST003`, like `read_listing`."""
    import openpyxl

    marks = _examined(source, name)
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(source), read_only=True, data_only=True, keep_links=False)
        try:
            kept = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
            if len(kept) > MAX_SHEETS:
                raise too_much(name, both("le nombre de feuilles"), both("{count} feuilles", count=MAX_SHEETS))
            sheets = tuple(_sheet(sheet, marks, name) for sheet in kept)
            hidden = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state != "visible"]
        finally:
            workbook.close()
    except InvalidInput:
        raise
    except Exception as error:  # noqa: BLE001 - openpyxl raises anything on a workbook that is not one
        raise not_a_list(name, both("ce classeur ne peut pas être lu ({why})", why=type(error).__name__)) from None
    remarks = tuple(both("feuille masquée, non lue : « {name} »", name=title) for title in hidden)
    return Listing(name, "xlsx", sheets, remarks=remarks)


def _examined(source: bytes, name: str) -> dict[str, _Marks]:
    """The marks of every part, by its name in the archive, once the archive is known to be harmless."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                limit = both("{count} Mio décompressés", count=MAX_UNPACKED // 1024 // 1024)
                raise too_much(name, both("le classeur"), limit)
            if not any(part.filename == "[Content_Types].xml" for part in parts):
                raise not_a_list(name, both("cette archive n'est pas un classeur .xlsx"))
            texts = [part for part in parts if part.filename.lower().endswith((".xml", ".rels", ".vml"))]
            return {part.filename: _walk(archive.read(part), name) for part in texts}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zipfile.zlib.error):  # type: ignore[attr-defined]
        raise not_a_list(name, both("ce classeur est abîmé ou protégé par un mot de passe")) from None


def _walk(part: bytes, name: str) -> _Marks:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Marks(), forbid_dtd=True)
    try:
        parser.feed(part)
        marks = cast(_Marks, parser.close())
    except DefusedXmlException:
        raise InvalidInput(
            "LST003",
            both("ce classeur contient des déclarations XML dangereuses"),
            location=Location(name),
            hint=both("ouvrez-le dans un tableur, copiez le tableau dans un classeur neuf et enregistrez-le"),
        ) from None
    except (ParseError, ValueError, LookupError):
        raise not_a_list(name, both("ce classeur est abîmé ou protégé par un mot de passe")) from None
    return marks


def _sheet(sheet: Any, marks: Mapping[str, _Marks], name: str) -> Sheet:
    # The part a sheet is read from; openpyxl keeps no public name for it.
    mark = marks.get(str(getattr(sheet, "_worksheet_path", "")).lstrip("/"), _Marks())
    # The size a sheet declares may be a lie, in both senses: it is counted instead.
    sheet.reset_dimensions()
    if mark.too_wide:
        raise too_much(name, both("le nombre de cellules"), both("{count} colonnes", count=MAX_COLUMNS))
    return Sheet(str(sheet.title), bounded(_rows(sheet, mark, name), name))


def _rows(sheet: Any, marks: _Marks, name: str) -> Iterator[Row]:
    """The rows that hold something of their own. The value of a merged range stands in each of its cells."""
    held: dict[int, tuple[int, str]] = {}  # column → (last row, value) of the merged ranges that are open
    starts: dict[int, list[tuple[Place, Place]]] = {}
    for start, end in marks.merges:
        starts.setdefault(start[0], []).append((start, end))
    formulas: dict[int, list[int]] = {}
    for line, column in marks.formulas:
        formulas.setdefault(line, []).append(column)
    for line, values in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), 1):
        held = {column: kept for column, kept in held.items() if kept[0] >= line}
        if line not in formulas and all(value is None for value in values):
            continue
        texts = [_text(value) for value in values]
        if max(map(len, texts), default=0) > 4 * MAX_CELL:
            raise too_much(name, both("le texte d'une cellule"), both("{count} caractères", count=MAX_CELL))
        for start, end in starts.get(line, ()):
            kept = (end[0], texts[start[1] - 1] if start[1] <= MAX_COLUMNS else "")
            held.update(dict.fromkeys(range(start[1], min(end[1], MAX_COLUMNS) + 1), kept))
        for column, (_last, value) in held.items():
            texts[column - 1] = texts[column - 1] or value
        row = row_of(line, texts, lost=any(not texts[column - 1] for column in formulas.get(line, ())))
        if row.cells or row.lost:
            yield row


def _text(value: Any) -> str:
    """A cell as its reader sees it: `45.0` is 45, a date is its day, an error (`#REF!`) is its own word."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    day = getattr(value, "date", None)
    return str(day()) if callable(day) else str(value)
