"""The requirements that the rows of a list hold. Every row is accounted for: understood, or told with its reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from mes_conformity.catalogue import list_words
from mes_conformity.catalogue.columns import Header, SavedMapping, find_header, normal
from mes_conformity.catalogue.listing import MAX_CELL, Listing, Row, Sheet
from mes_conformity.catalogue.model import Obligation
from mes_conformity.foundation.i18n import Text, both

MAX_CODE = 64
Kind = Literal["requirement", "continued", "heading", "repeated_header", "before_header", "not_understood"]
Item = TypeVar("Item")

# A single text there is a piece of a requirement, never a heading.
_SPEAKING = {"statement", "title", "scenario", "scenario_id", "evidence", "evidence_id"}
_DIVISIONS = {"chapitre", "section", "partie", "rubrique", "titre", "bloc", "theme", "domaine", "chapter", "part"}


@dataclass(slots=True)
class Draft:
    """A requirement as the list tells it; further rows of the same number add to it."""

    sheet: str
    line: int
    code: str
    title: str
    statement: str
    sections: tuple[tuple[str, str], ...]
    """The section and the block it stands in, each (code, title); empty where the list has none."""
    obligation: Obligation
    level: int | None
    function: str
    nature: str
    version: str
    article: str
    title_en: str
    statement_en: str
    profiles: list[str] = field(default_factory=list)
    guidance: list[str] = field(default_factory=list)
    scenarios: list[tuple[str, str]] = field(default_factory=list)
    evidence: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Remark:
    """What to tell about a row: `IMP1…` not understood, `IMP2…` understood with a choice, `IMP3…` no requirement."""

    code: str
    sheet: str
    line: int
    reason: Text
    cells: tuple[str, ...]

    @property
    def sort(self) -> Literal["not_understood", "chosen", "heading"]:
        """What the code stands for."""
        match self.code[3]:
            case "1":
                return "not_understood"
            case "2":
                return "chosen"
        return "heading"


@dataclass(slots=True)
class Understanding:
    """What was made of a list: its headers by sheet, its requirements, the count of rows by kind, the remarks."""

    headers: dict[str, Header] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    rows: dict[Kind, int] = field(
        default_factory=lambda: {
            "requirement": 0,
            "continued": 0,
            "heading": 0,
            "repeated_header": 0,
            "before_header": 0,
            "not_understood": 0,
        }
    )
    remarks: list[Remark] = field(default_factory=list)

    def told(self, sort: str) -> list[Remark]:
        """The remarks of one sort."""
        return [remark for remark in self.remarks if remark.sort == sort]


def understand(listing: Listing, mapping: SavedMapping | None = None) -> Understanding:
    """The requirements of a list. Without `mapping` the headers are recognised by their names."""
    found = Understanding()
    seen: dict[str, Draft] = {}
    for sheet in listing.sheets:
        wanted = not (mapping and mapping.sheets and sheet.name) or sheet.name in mapping.sheets
        header = find_header(sheet, mapping) if wanted else None
        if header is None:
            reason = (
                both("aucun en-tête reconnu dans cette feuille : ni énoncé, ni intitulé d'exigence")
                if wanted
                else both("cette feuille n'est pas de celles que la correspondance demande")
            )
            for row in sheet.rows:
                _refuse(found, sheet, row, "IMP101", reason)
        else:
            found.headers[sheet.name] = header
            _read_sheet(found, sheet, header, seen)
    return found


def _read_sheet(found: Understanding, sheet: Sheet, header: Header, seen: dict[str, Draft]) -> None:
    reader = _Reader(found, sheet, header, seen)
    for place, row in enumerate(sheet.rows):
        if place < header.first:
            found.rows["before_header"] += 1
            found.remarks.append(Remark("IMP302", sheet.name, row.line, both("au-dessus de l'en-tête"), row.cells))
        elif place > header.last:
            reader.read(row)


def _refuse(found: Understanding, sheet: Sheet, row: Row, code: str, reason: Text) -> None:
    found.rows["not_understood"] += 1
    found.remarks.append(Remark(code, sheet.name, row.line, reason, row.cells))


class _Reader:
    """Reads the rows of one sheet in order: headings and blank cells speak of the rows above them."""

    def __init__(self, found: Understanding, sheet: Sheet, header: Header, seen: dict[str, Draft]) -> None:
        self._found = found
        self._sheet = sheet
        self._header = header
        self._seen = seen
        self._last: Draft | None = None
        self._section = ("", "")
        self._block = ("", "")
        self._headers = {normal(column.header) for column in header.columns if column.header}

    def read(self, row: Row) -> None:
        """Add the row to what is understood."""
        kind = self._kind(row)
        if kind is not None:
            self._found.rows[kind] += 1
            if kind in ("requirement", "continued"):
                self._note_losses(row)

    def _kind(self, row: Row) -> Kind | None:
        """What the row was taken for; None when it was refused (and counted so)."""
        if self._is_header(row):
            return "repeated_header"
        if self._is_heading(row):
            self._enter(row)
            self._remark(row, "IMP301", both("pris pour un titre"))
            return "heading"
        self._follow_sections(row)
        get = self._header.get
        code = get(row, "code")
        statement = get(row, "statement") or ("" if self._header.has("statement") else get(row, "title"))
        if not statement and (not code or code in self._seen):
            return self._continue(row, self._seen.get(code) if code else self._last)
        fault = self._fault(code, statement)
        if fault:
            _refuse(self._found, self._sheet, row, *fault)
            return None
        if code and code in self._seen:
            return self._repeat(row, self._seen[code], statement)
        self._last = self._draft(row, code, statement)
        self._found.drafts.append(self._last)
        if code:
            self._seen[code] = self._last
        return "requirement"

    def _is_header(self, row: Row) -> bool:
        return len(row.texts) > 1 and all(normal(text) in self._headers for text in row.texts)

    def _is_heading(self, row: Row) -> bool:
        """A single text that spans the row, or stands alone where no requirement is told."""
        if len(row.texts) != 1:
            return False
        fields = {column.field for column in self._header.columns if _at(row, column.index)}
        if fields == {"code"}:
            return not _like_code(row.texts[0])
        return len(fields) > 2 or not fields & _SPEAKING

    def _enter(self, row: Row) -> None:
        text = row.texts[0]
        field_of = {column.field for column in self._header.columns if _at(row, column.index)}
        if field_of == {"block"}:
            self._block = ("", text)
        elif field_of == {"section_id"}:
            self._section, self._block = (text, ""), ("", "")
        else:
            self._section, self._block = ("", text), ("", "")

    def _follow_sections(self, row: Row) -> None:
        """The section of the row; a blank cell is the one above (a merged cell, once saved as CSV)."""
        section = (self._header.get(row, "section_id"), self._header.get(row, "section"))
        if any(section):
            same = all(not new or new == old for new, old in zip(section, self._section, strict=True))
            if not same:
                self._section, self._block = section, ("", "")
            else:
                self._section = (section[0] or self._section[0], section[1] or self._section[1])
        block = self._header.get(row, "block")
        if block:
            self._block = ("", block)

    def _fault(self, code: str, statement: str) -> tuple[str, Text] | None:
        if not statement:
            return "IMP102", both("un numéro d'exigence sans énoncé")
        if not code and self._header.has("code"):
            return "IMP103", both("un énoncé sans numéro d'exigence")
        if len(code) > MAX_CODE or "\n" in code:
            return "IMP104", both("le numéro d'exigence n'en est pas un : plus de {count} caractères", count=MAX_CODE)
        if len(statement) > MAX_CELL:
            return "IMP105", both("l'énoncé dépasse {count} caractères", count=MAX_CELL)
        return None

    def _repeat(self, row: Row, known: Draft, statement: str) -> Kind | None:
        if normal(statement) != normal(known.statement):
            reason = both("le numéro « {code} » est déjà pris par un autre énoncé, ligne {line}", code=known.code,
                          line=known.line)  # fmt: skip
            _refuse(self._found, self._sheet, row, "IMP106", reason)
            return None
        return self._continue(row, known)

    def _continue(self, row: Row, draft: Draft | None) -> Kind | None:
        """A further row of a requirement: another scenario, another piece, another profile."""
        if draft is None or not self._adds(row):
            _refuse(self._found, self._sheet, row, "IMP107", both("ni numéro d'exigence, ni énoncé, ni preuve"))
            return None
        self._last = draft
        self._complete(draft, row)
        return "continued"

    def _adds(self, row: Row) -> bool:
        names = ("scenario", "scenario_id", "evidence", "evidence_id", "profile", "guidance", "code")
        return any(self._header.get(row, name) for name in names)

    def _draft(self, row: Row, code: str, statement: str) -> Draft:
        get = self._header.get
        obligation = list_words.obligation(get(row, "obligation"), get(row, "nature"), statement)
        if obligation is None:
            self._remark(row, "IMP201", both("obligation non dite (ni DOIT ni DEVRAIT) : prise comme recommandée"))
        level = list_words.level(get(row, "level"))
        if level is None and get(row, "level"):
            self._remark(row, "IMP202", both("niveau cible non compris : « {text} »", text=get(row, "level")[:80]))
        draft = Draft(
            sheet=self._sheet.name,
            line=row.line,
            code=code,
            title=get(row, "title") if self._header.has("statement") else "",
            statement=statement,
            sections=tuple(place for place in (self._section, self._block) if any(place)),
            obligation=obligation or "recommended",
            level=level,
            function=get(row, "function"),
            nature=get(row, "nature"),
            version=get(row, "version"),
            article=get(row, "article"),
            title_en=get(row, "title_en"),
            statement_en=get(row, "statement_en"),
        )
        self._complete(draft, row)
        return draft

    def _complete(self, draft: Draft, row: Row) -> None:
        scenario = (self._header.get(row, "scenario_id"), self._header.get(row, "scenario"))
        _add(draft.scenarios, [scenario] if any(scenario) else [])
        _add(draft.evidence, self._pieces(row))
        _add(draft.profiles, [name for cell in self._header.all(row, "profile") for name in list_words.profiles(cell)])
        _add(draft.guidance, filter(None, self._header.all(row, "guidance")))

    def _pieces(self, row: Row) -> Iterator[tuple[str, str]]:
        """The pieces asked for: each text with the number that stands nearest on its left, after the piece before."""
        number = ""
        for column in self._header.columns:
            text = _at(row, column.index)
            if column.field == "evidence_id":
                if number:
                    yield number, ""
                number = text
            elif column.field == "evidence" and (text or number):
                yield number, text
                number = ""
        if number:
            yield number, ""

    def _note_losses(self, row: Row) -> None:
        if row.cleaned:
            self._remark(row, "IMP203", both("caractères de commande ou invisibles retirés"))
        if row.lost:
            self._remark(row, "IMP204", both("formule enregistrée sans sa valeur : cellule prise comme vide"))

    def _remark(self, row: Row, code: str, reason: Text) -> None:
        self._found.remarks.append(Remark(code, self._sheet.name, row.line, reason, row.cells))


def _like_code(text: str) -> bool:
    """Whether a text alone under « n° exigence » is a number (« INS 45.1 ») rather than a heading (« Chapitre 2 »)."""
    words = normal(text).split()
    return len(words) <= 6 and any(char.isdigit() for char in text) and words[0] not in _DIVISIONS


def _at(row: Row, index: int) -> str:
    return row.cells[index] if index < len(row.cells) else ""


def _add(held: list[Item], more: Iterable[Item]) -> None:
    held.extend(item for item in dict.fromkeys(more) if item not in held)
