"""The changes by which a defect spoils an artefact: JSON by pointers, XML by XPath, any text by exact replacement.

A change says where and what (`test_suites/defects/`); one that finds nothing to change raises NotApplicable, so that no
defect is ever thought to be there when it is not. Sources: RFC 6901 (pointers); W3C XPath 1.0.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mes_conformity.foundation import json_documents, xml_documents
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.pointers import from_pointer

_PLACES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "entry": ("Observation", ()),
    "observation": ("Observation", ("resource",)),
    "device_entry": ("Device", ()),
    "device": ("Device", ("resource",)),
    "document_entry": ("DocumentReference", ()),
    "document": ("DocumentReference", ("resource",)),
    "submission": ("List", ("resource",)),
    "binary": ("Binary", ("resource",)),
}
"""What `$name` means at the start of a path: the type of a resource of the bundle, and what of its entry."""
_TEXT: Final = "replace_text"

Operation = Mapping[str, Any]


class NotApplicable(ValueError):
    """This artefact cannot have this defect: `reason` says why (it has no device, no such element…)."""

    def __init__(self, name: str, reason: Text) -> None:
        super().__init__(f"{name}: {reason['fr']}")
        self.name = name
        self.reason = reason


def spoil_text(raw: bytes, operations: Sequence[Operation], name: str) -> bytes:
    """`raw` with the first occurrence of each `from` replaced by `to`, whatever the bytes around."""
    for operation in operations:
        before, after = operation["from"].encode(), operation["to"].encode()
        if before not in raw:
            raise NotApplicable(name, both("l'artefact ne contient pas le texte « {text} »", text=operation["from"]))
        raw = raw.replace(before, after, 1)
    return raw


def spoil_xml(raw: bytes, operations: Sequence[Operation], namespaces: Mapping[str, str], name: str) -> bytes:
    """The document with each change made to the first node of its XPath. Raises InvalidInput `XML…`."""
    root = xml_documents.parse(raw, name)
    for operation in operations:
        path, _at, attribute = operation["xpath"].partition("/@")
        found: Any = root.xpath(path, namespaces=dict(namespaces))
        if not found or (operation["op"] != "set" and attribute and attribute not in found[0].attrib):
            raise NotApplicable(name, both("l'artefact n'a pas d'élément {path}", path=operation["xpath"]))
        _change_node(found[0], attribute, operation)
    return xml_documents.dump(root)


def _change_node(node: Any, attribute: str, operation: Operation) -> None:
    match operation["op"], bool(attribute):
        case "set", True:
            node.set(attribute, operation["value"])
        case "set", False:
            node.text = operation["value"]
        case "copy", _:
            node.addnext(copy.deepcopy(node))
        case _, True:
            del node.attrib[attribute]
        case _:
            node.getparent().remove(node)


def spoil_json(raw: bytes, operations: Sequence[Operation], name: str) -> bytes:
    """The JSON document with each change made at its pointer. Raises InvalidInput `JSN…`."""
    data = json_documents.parse(raw, name)
    for operation in operations:
        _apply(data, operation, name)
    return json_documents.dump(data).encode()


def is_text(operation: Operation) -> bool:
    """Whether the change is a replacement of text."""
    return bool(operation["op"] == _TEXT)


def is_xml(operation: Operation) -> bool:
    """Whether the change is one of XML."""
    return "xpath" in operation


def _apply(data: Any, operation: Mapping[str, Any], name: str) -> None:
    steps = steps_of(data, operation["path"], name)
    match operation["op"]:
        case "set":
            _parent(data, steps, name, create=True)[_key(steps[-1])] = _value(operation)
        case "append":
            _list(data, steps, name).append(copy.deepcopy(operation["value"]))
        case "copy":
            source = resolve(data, steps_of(data, operation["from"], name), name)
            _list(data, steps, name).append(copy.deepcopy(source))
        case action:
            _remove(data, steps, name, strict=action == "remove")


def _value(operation: Operation) -> Any:
    """The value to set; a text is repeated `times` times, for what must be long."""
    value = copy.deepcopy(operation["value"])
    return value * operation["times"] if "times" in operation else value


def steps_of(data: Any, path: str, name: str) -> tuple[str, ...]:
    """The steps of a path, its `$name` resolved to the place of the resource in the bundle."""
    if not path.startswith("$"):
        return from_pointer(path)
    word, _slash, rest = path[1:].partition("/")
    kind, resource = _PLACES[word]
    tail = from_pointer("/" + rest) if rest else ()
    return ("entry", str(_index_of(data, kind, name)), *resource, *tail)


def _index_of(data: Any, kind: str, name: str) -> int:
    entries = data.get("entry") if isinstance(data, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == kind:
            return index
    raise NotApplicable(name, both("l'artefact n'a pas de ressource {kind}", kind=kind))


def _key(step: str) -> Any:
    return int(step) if step.isascii() and step.isdigit() else step


def _child(node: Any, step: str) -> Any:
    if isinstance(node, dict):
        return node.get(step)
    key = _key(step)
    return node[key] if isinstance(node, list) and isinstance(key, int) and key < len(node) else None


def resolve(data: Any, steps: tuple[str, ...], name: str) -> Any:
    """The value at `steps`. Raises NotApplicable where there is none."""
    for step in steps:
        data = _child(data, step)
        if data is None:
            raise NotApplicable(name, both("l'artefact n'a pas d'élément {path}", path="/" + "/".join(steps)))
    return data


def _parent(data: Any, steps: tuple[str, ...], name: str, *, create: bool) -> Any:
    for index, step in enumerate(steps[:-1]):
        found = _child(data, step)
        if found is None and create and isinstance(data, dict):
            found = data[step] = {}
        if not isinstance(found, dict | list):
            path = "/" + "/".join(steps[: index + 1])
            raise NotApplicable(name, both("l'artefact n'a pas d'élément {path}", path=path))
        data = found
    return data


def _list(data: Any, steps: tuple[str, ...], name: str) -> list[Any]:
    """The list at `steps`, created where its parent has none."""
    parent = _parent(data, steps, name, create=True)
    if isinstance(parent, dict):
        parent.setdefault(steps[-1], [])
    found = _child(parent, steps[-1])
    if not isinstance(found, list):
        raise NotApplicable(name, both("l'artefact n'a pas d'élément {path}", path="/" + "/".join(steps)))
    return found


def _remove(data: Any, steps: tuple[str, ...], name: str, *, strict: bool) -> None:
    """Remove what stands at `steps`; nothing there is an error of application only when `strict`."""
    try:
        parent = _parent(data, steps, name, create=False)
    except NotApplicable:
        if strict:
            raise
        return
    if _child(parent, steps[-1]) is None:
        if strict:
            path = "/" + "/".join(steps)
            raise NotApplicable(name, both("l'artefact n'a pas d'élément {path}", path=path))
        return
    del parent[_key(steps[-1]) if isinstance(parent, list) else steps[-1]]
