"""Strict XML: a DTD, an entity, another encoding than the one it says, a deep or an endless document are refused.

A document is walked once by a parser that builds nothing and refuses any DTD; only then is its tree built, by a parser
that resolves no entity and reaches neither the network nor a file. The only module that imports lxml.
Source: W3C XML 1.0 (fifth edition), §2.8 (prolog and DTD), §4.3.3 (encodings); XML Namespaces 1.0, §6.
"""

import re
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both

if TYPE_CHECKING:
    from lxml import etree

MAX_DEPTH: Final = 128
MAX_ELEMENTS: Final = 200_000
_PLACE = re.compile(r"[:,] line \d+, column \d+$")


class _TooMuch(Exception):
    pass


class _Walk:
    """Counts, and builds nothing."""

    def __init__(self, max_depth: int) -> None:
        self._depth, self._count, self._max_depth = 0, 0, max_depth

    def start(self, _tag: str, _attributes: Any) -> None:
        """An opening tag. Raises _TooMuch below the depth, or beyond the number of elements, that are read."""
        self._depth += 1
        self._count += 1
        if self._depth > self._max_depth or self._count > MAX_ELEMENTS:
            raise _TooMuch

    def end(self, _tag: str) -> None:
        """A closing tag."""
        self._depth -= 1

    def close(self) -> None:
        """The end of the document."""


def parse(raw: bytes, name: str, *, max_depth: int = MAX_DEPTH) -> "etree._Element":
    """The root of the document in `raw`; each element knows its line (`sourceline`).

    Raises InvalidInput `XML001` (not well formed, or wrongly encoded), `XML002` (it declares a DTD or an entity),
    `XML003` (too deep, or too many elements).
    """
    _walk(raw, name, max_depth)
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(name, str(error.msg), *error.position) from None


def _walk(raw: bytes, name: str, max_depth: int) -> None:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Walk(max_depth), forbid_dtd=True)
    try:
        parser.feed(raw)
        parser.close()
    except DefusedXmlException:
        raise InvalidInput(
            "XML002",
            both("ce document XML déclare une DTD ou une entité : il n'est pas lu"),
            location=Location(name, parser.parser.CurrentLineNumber),
            hint=both("retirez la déclaration <!DOCTYPE …>"),
        ) from None
    except _TooMuch:
        raise InvalidInput(
            "XML003",
            both("le document XML est trop profond ou trop long"),
            location=Location(name, parser.parser.CurrentLineNumber),
            expected=f"≤ {max_depth} / {MAX_ELEMENTS}",
        ) from None
    except ParseError as error:
        raise _unreadable(name, str(error), *getattr(error, "position", (None, -1))) from None
    except (ValueError, LookupError) as error:  # an encoding that does not exist, or that is none of XML
        raise _unreadable(name, str(error), None, -1) from None


def _unreadable(name: str, why: str, line: int | None, column: int) -> InvalidInput:
    return InvalidInput(
        "XML001",
        both("ce n'est pas du XML bien formé"),
        location=Location(name, line, column + 1 if line is not None else None),
        obtained=_PLACE.sub("", why)[:80],
    )


def dump(root: "etree._Element") -> bytes:
    """The document as UTF-8, prefixes and namespaces as they were read."""
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def text_of(element: "etree._Element") -> str:
    """An element and what it holds as a document of its own, without declaration."""
    from lxml import etree

    return etree.tostring(element, encoding="unicode", with_tail=False)


def parse_html(raw: bytes, name: str) -> "etree._Element":
    """The root of an HTML page, read as a browser would: what is badly written is repaired, nothing is fetched.

    Raises InvalidInput `XML001` (nothing of HTML in it, or not UTF-8), `XML003` (too many elements).
    """
    from lxml import etree

    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unreadable(name, str(error.reason), raw.count(b"\n", 0, error.start) + 1, -1) from None
    parser = etree.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8", remove_comments=True)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(name, str(error.msg), None, -1) from None
    if root is None:
        raise _unreadable(name, "HTML", None, -1)
    if sum(1 for _element in root.iter()) > MAX_ELEMENTS:
        message = both("le document XML est trop profond ou trop long")
        raise InvalidInput("XML003", message, location=Location(name), expected=f"≤ {MAX_ELEMENTS}")
    return root
