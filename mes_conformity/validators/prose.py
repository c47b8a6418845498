"""A text written for people: HTML, Markdown or plain; what it says, its headings and its addresses."""

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation import xml_documents
from mes_conformity.validators.texts import decoded

if TYPE_CHECKING:
    from lxml.etree import _Element

LARGEST: Final = 500_000
_HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(.+)$")
_ADDRESS: Final = re.compile(r"https?://[^\s)>\]\"']+|mailto:[^\s)>\]\"']+", re.IGNORECASE)
_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63}){1,5}")
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_UNSAID: Final = ("script", "style", "template", "noscript", "head")


@dataclass(frozen=True, slots=True)
class Prose:
    """`folded` is the whole text without accents, in lower case, blanks as one space; addresses are as written."""

    folded: str
    headings: tuple[str, ...]
    addresses: tuple[str, ...]
    mail: bool


def read(raw: bytes, name: str) -> Prose:
    """The text in `raw`, HTML where it begins like HTML. Raises InvalidInput `TXT…` or `XML…`."""
    text = decoded(raw, name)
    if not text.lstrip().startswith("<"):
        headings = tuple(found[1].strip() for line in text.splitlines() if (found := _HEADING.match(line)))
        addresses = tuple(found[0] for found in _ADDRESS.finditer(text))
        return Prose(folded(text), headings, addresses, bool(_MAIL.search(text)))
    root = xml_documents.parse_html(raw, name)
    for element in list(root.iter(*_UNSAID)):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    whole = said(root)
    headings = tuple(said(item).strip() for item in root.iter(*_HEADINGS))
    addresses = tuple(item.get("href") or "" for item in root.iter("a"))
    return Prose(folded(whole), headings, addresses, bool(_MAIL.search(whole)))


def folded(text: str) -> str:
    """`text` in lower case, without accents nor typographic apostrophes, every blank as one space."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).lower().split())


def said(element: "_Element") -> str:
    """The text of an element and of all that it holds."""
    return " ".join(str(part) for part in element.itertext())


def line_of(element: "_Element") -> int | None:
    """The line where an element starts, None where the reader does not know it."""
    line: Any = element.sourceline  # the stubs of lxml do not know its type
    return line if isinstance(line, int) else None
