"""Where an element of an XML document stands, and the findings about it: an XPath and a line instead of a pointer."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mes_conformity.foundation.i18n import Text
from mes_conformity.validators.finding import Notes, RuleInfo, Severity, Steps

if TYPE_CHECKING:
    from lxml import etree

    Element = etree._Element


def local(element: "Element") -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def words(element: "Element") -> str:
    """The text of an element and of what it holds, without the white space around."""
    return "".join(map(str, element.itertext())).strip()


def place_of(element: "Element") -> str:
    """`/ClinicalDocument/author[2]/time`: names without prefixes, numbered where siblings have the same name."""
    steps = []
    node: Element | None = element
    while node is not None:
        before = sum(1 for _twin in node.itersiblings(str(node.tag), preceding=True))
        alone = not before and next(node.itersiblings(str(node.tag)), None) is None
        steps.append(local(node) if alone else f"{local(node)}[{before + 1}]")
        node = node.getparent()
    return "/" + "/".join(reversed(steps))


def children(element: "Element", path: str, namespace: str) -> Iterator["Element"]:
    """The elements at `path` (`a/b`, all in `namespace`) below `element`; `element` itself for the empty path."""
    if not path:
        yield element
        return
    yield from element.iterfind("/".join(f"{{{namespace}}}{name}" for name in path.split("/")))


class ElementNotes(Notes):
    """The pad of an artefact, for one element: steps are names below it, or `@name` for its attributes."""

    def __init__(self, rules: Mapping[str, RuleInfo], element: "Element", pad: Notes | None = None) -> None:
        super().__init__(rules, (), pad)
        self._element = element

    def about(self, element: "Element") -> "ElementNotes":
        """The same pad, for another element."""
        return ElementNotes(self._rules, element, self)

    def add(self, rule: str, steps: Steps, message: Text, *, severity: Severity = "error", **more: Any) -> None:
        """Note that `rule` does not hold at `steps` below the element, with the line where the element starts."""
        if not self.has_room(rule, severity):
            return  # the place of an element among many of the same name takes time to tell
        place = "/".join((place_of(self._element), *map(str, steps)))
        known = {**more, "severity": severity, "line": self._element.sourceline, "pointer": place}
        super().add(rule, steps, message, **known)
