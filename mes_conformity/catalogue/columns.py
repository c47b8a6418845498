"""Which column of a list says what: headers recognised in French and English, and mappings that are saved and reused.

The names known are those of the requirement sheets of the Agence du numérique en santé (profil, n°, section, bloc,
fonction, nature, n° exigence, énoncé DOIT / DEVRAIT, scénario, preuves) and those that a publisher writes beside them.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mes_conformity.catalogue.listing import Row, Sheet
from mes_conformity.foundation import schemas
from mes_conformity.foundation.yaml_documents import Document, dump

SCHEMA = "import-mapping-1"
SEARCHED = 40
"""How many rows a header is looked for in: above it stand titles, dates, notices."""
IGNORED = "ignore"
_LONGEST = 300  # no header is longer: a statement is not worth comparing with every name

# In the order they are tried: the first that matches the whole header wins. `num` stands for n°, n., numéro, number.
_FIELDS: tuple[tuple[str, str], ...] = (
    ("title_en", r"(titre|intitule|libelle|title)s?( en)? (anglais|english|en)|english title"),
    ("statement_en", r"(enonce|texte|exigence|statement|requirement)s?( en)? (anglais|english|en)|english statement"),
    ("row", r"num|#|ligne|line|row|ordre"),
    ("section_id", r"(id|identifiant|code|num)( de)?( la)? (section|chapitre|rubrique)|section (id|num|code)"),
    ("section", r"(nom( de)?( la)? )?(section|chapitre|rubrique|theme|thematique|domaine|volet|chapter|heading|topic"
                r"|category|categorie|questionnaire)s?( name)?"),
    ("block", r"blocs?( fonctionnels?)?|blocks?|sous (section|chapitre|rubrique|theme|thematique)s?|sub ?sections?"),
    ("function", r"fonctions?( .*)?|fonctionnalites?|functions?|features?"),
    ("profile", r"profils?( .*)?|profiles?"),
    ("nature", r"nature( .*)?|type( d| de l| de)? exigence|requirement type"),
    ("scenario_id", r"(num|id|identifiant|code|ref|reference)( du| de| d)? scenarios?( .*)?|(test )?scenario (id|num)"),
    ("scenario", r"(test )?scenarios?( .*)?|compliance scenarios?|cas de test|test cases?"),
    ("evidence_id", r"(num|id|identifiant|code|ref|reference)( de)?( la)? preuves?( \d+)?"
                    r"|(evidence|proof) (num|id)( \d+)?"),
    ("evidence", r"(elements? de )?preuves?( .*)?|pieces?( justificatives?| a fournir)?( \d+)?|justificatifs?( .*)?"
                 r"|(expected |required )?(evidences?|proofs?)( \d+)?"),
    ("statement_en", r"statement en|requirement en"),
    ("code", r"(num|id|identifiant|code|ref|reference)( (de|du|d))?( l)? ?(exigence|critere|requirement|criterion"
             r"|regle|rule|question)s?|(exigence|critere|requirement|criterion|rule) (num|id|code|ref)|codes?|id"
             r"|identifiants?|ref|references?"),
    ("article", r"articles?( .*)?|references? (reglementaires?|juridiques?|legales?|documentaires?|normatives?)"
                r"|base legale|fondement( .*)?|textes? de reference|source|legal (basis|reference)"),
    ("obligation", r"obligations?|obligatoire( .*)?|caractere( .*)?|niveau d (exigence|obligation)|mandatory( .*)?"
                   r"|obligation level|imperatif"),
    ("level", r"niveau( cible| vise| attendu| requis| a atteindre)?|target level|level"),
    ("title", r"(intitule|libelle|titre|nom)( .*)?|title|short (name|title)|label|name"),
    ("statement", r"enonces?( .*)?|textes?( .*)?|formulation( .*)?|statements?|wording|requirement (text|statement)"
                  r"|(exigence )?doit( .*)?|libelle complet( .*)?"),
    ("guidance", r"commentaires? ans|aide( .*)?|precisions?( .*)?|explications?( .*)?|guides?|guidance|help"
                 r"|informations? complementaires?|recommandations?|clarification"),
    ("version", r"versions?( .*)?"),
)  # fmt: skip
# What names the statement only where nothing names it better, the best first; the others then name the title.
_WEAK = tuple(
    re.compile(pattern)
    for pattern in (
        r"(description|designation)s?( .*)?",
        r"(exigence|requirement)s?",
        r"(critere|criterion|criteria)s?",
        r"(question|regle|rule)s?",
    )
)
# Under a header that spans several columns, what a second row of headers calls each of them.
_NUMBERS = {"num", "id", "identifiant", "code", "ref", "reference"}
_WORDS = {"intitule", "libelle", "titre", "nom", "description", "texte", "enonce", "title", "name", "label", "text"}
_SPANS = {"section", "scenario", "evidence"}
_KNOWN = tuple((name, re.compile(pattern)) for name, pattern in _FIELDS)
FIELDS = tuple(dict.fromkeys(name for name, _pattern in _FIELDS))
_MANY = {"evidence", "evidence_id"}
_REQUIRED = ("statement", "title")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet: its place (from 0), its header, and the field it gives (None: not recognised)."""

    index: int
    header: str
    field: str | None

    @property
    def letter(self) -> str:
        """The name a spreadsheet gives it: A, B… Z, AA…"""
        name, rest = "", self.index + 1
        while rest:
            rest, digit = divmod(rest - 1, 26)
            name = chr(65 + digit) + name
        return name


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header of a sheet stands (places in its rows: `first` to `last`) and what its columns give."""

    first: int
    last: int
    columns: tuple[Column, ...]

    def get(self, row: Row, field: str) -> str:
        """The cell of the first column that gives `field`; empty where there is none."""
        return next((cell for cell in self.all(row, field) if cell), "")

    def all(self, row: Row, field: str) -> list[str]:
        """The cells of every column that gives `field`, in order, empty ones too."""
        return [_cell(row, column.index) for column in self.columns if column.field == field]

    def has(self, field: str) -> bool:
        """Whether a column gives `field`."""
        return any(column.field == field for column in self.columns)


def _cell(row: Row, index: int) -> str:
    return row.cells[index] if index < len(row.cells) else ""


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """A saved mapping: normalised header → field (`ignore` for none), and the sheets to read (empty: all)."""

    columns: Mapping[str, str]
    sheets: tuple[str, ...] = ()


def read_mapping(document: Document) -> SavedMapping:
    """The mapping in a document. Raises InvalidInput `SCH001`."""
    schemas.require(document, SCHEMA)
    columns = {normal(item["header"]): item["field"] for item in document.data["columns"]}
    return SavedMapping(columns, tuple(document.data.get("sheets", ())))


def write_mapping(headers: Mapping[str, Header]) -> str:
    """The mapping file of the headers found, by sheet: what `read_mapping` reads back."""
    columns: dict[str, dict[str, str]] = {}
    for header in headers.values():
        for column in header.columns:
            if column.header:
                field = column.field or IGNORED
                columns.setdefault(normal(column.header), {"header": column.header, "field": field})
    data: dict[str, object] = {"schema_version": 1, "columns": list(columns.values())}
    named = [name for name in headers if name]
    return dump({**data, "sheets": named} if named else data)


def normal(header: str) -> str:
    """A header without case, accents, punctuation and layout; n°, no., numéro and number become `num`."""
    text = re.sub(r"\bn\s?[°ºo]\b|\bn\s?[°º]|№|\bn\.", " num ", header.casefold())
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    words = re.sub(r"[^\w#]+|_", " ", plain).split()
    return " ".join("num" if word in ("numero", "number", "no", "nr") else word for word in words)


def recognised(header: str) -> str | None:
    """The field that a header names, if any."""
    name = normal(header)
    return next((field for field, pattern in _KNOWN if name and pattern.fullmatch(name)), None)


def find_header(sheet: Sheet, mapping: SavedMapping | None = None) -> Header | None:
    """The header of a sheet: the row, or the two rows one above the other, that names the most fields.

    None where no column says what is required.
    """
    best: Header | None = None
    for place, row in enumerate(sheet.rows[:SEARCHED]):
        found = [Header(place, place, _columns([(cell[:_LONGEST],) for cell in row.cells], mapping))]
        if place + 1 < len(sheet.rows):
            found.append(_double(place, row, sheet.rows[place + 1], mapping))
        best = max((*([best] if best else ()), *filter(_usable, found)), key=_score, default=None)
    return best


def _double(place: int, above: Row, below: Row, mapping: SavedMapping | None) -> Header:
    """Two rows of headers. A name that spans several columns stands over the first alone once saved as CSV."""
    headers: list[tuple[str, str]] = []
    span = ""
    for index in range(max(len(above.cells), len(below.cells))):
        upper, lower = _cell(above, index)[:_LONGEST], _cell(below, index)[:_LONGEST]
        span = upper or (span if normal(lower) in _NUMBERS | _WORDS else "")
        headers.append((span, lower))
    return Header(place, place + 1, _columns(headers, mapping))


def _usable(header: Header) -> bool:
    named = sum(column.field not in (None, IGNORED) for column in header.columns)
    return any(header.has(field) for field in _REQUIRED) and (named > 1 or len(header.columns) == 1)


def _score(header: Header) -> tuple[int, bool]:
    """How many fields are named; of two ways to read the same, the one that takes a single row."""
    return sum(column.field is not None for column in header.columns), header.first == header.last


def _columns(headers: Sequence[tuple[str, ...]], mapping: SavedMapping | None) -> tuple[Column, ...]:
    found = [_named(texts, mapping) for texts in headers]
    if mapping is None:
        found = _completed(found)
    columns: list[Column] = []
    taken: set[str] = set()
    for index, (text, field) in enumerate(found):
        kept = None if field in taken and field not in _MANY else field
        taken |= {kept} if kept and kept != IGNORED else set()
        columns.append(Column(index, text, kept))
    return tuple(columns)


def _completed(found: Sequence[tuple[str, str | None]]) -> list[tuple[str, str | None]]:
    """The same with what only the other columns tell: which vague header is the statement, what a lone n° counts."""
    named = {field for _text, field in found}
    ranks = [
        next((rank for rank, weak in enumerate(_WEAK) if weak.fullmatch(normal(text))), None) for text, _f in found
    ]
    first = min(
        (rank for rank, (_t, field) in zip(ranks, found, strict=True) if rank is not None and not field), default=None
    )
    completed = []
    for (text, field), rank in zip(found, ranks, strict=True):
        kept = field
        if field is None and rank is not None:
            kept = "title" if "statement" in named or rank != first else "statement"
        if field == "row" and "code" not in named:
            kept = "code"
        completed.append((text, kept))
    return completed


def _named(texts: tuple[str, ...], mapping: SavedMapping | None) -> tuple[str, str | None]:
    """The header to show for a column and its field; of two rows the whole is tried, then the lower, then the upper."""
    told = list(dict.fromkeys(text for text in texts if text))
    if not told:
        return "", None
    whole = " ".join(told)
    if mapping is not None:
        ways = (whole, told[-1], told[0])
        return next(((text, field) for text in ways if (field := mapping.columns.get(normal(text)))), (whole, None))
    if len(told) == 2 and (field := _under(*told)):
        return whole, field
    return next(((text, field) for text in (told[-1], told[0]) if (field := recognised(text))), (whole, None))


def _under(upper: str, lower: str) -> str | None:
    """The field of a column called `lower` under a header `upper` that spans several: « N° » under « Preuve 1 »."""
    span, name = recognised(upper), normal(lower)
    if span in _SPANS and name in _NUMBERS | _WORDS:
        return f"{span}_id" if name in _NUMBERS else span
    if span is None and re.fullmatch(r"(exigence|critere|requirement|criterion|criteria)s?", normal(upper)):
        return "code" if name in _NUMBERS else None
    return None
