"""Text that comes from outside, written so that nothing is lost and nothing acts on whoever reads the file."""

import re
import uuid
from typing import Any, Final

from mes_conformity.foundation import json_documents

# Unicode categories Cc from U+007F, Cf and Cs, and the line separators: unseen, or able to reorder and break lines.
HIDDEN: Final = (
    "\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_HIDDEN: Final = re.compile(f"[{HIDDEN}]")
# XML 1.0, §2.2: what it cannot hold.
_UNSEEN: Final = re.compile(f"[\x00-\x08\x0b-\x1f{HIDDEN}\ufdd0-\ufdef\ufffe\uffff]")
_MARKUP: Final = re.compile(r'[\\`*_\[\]<>"~^!&]')
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:mes-conformity:report")


def dump(document: Any) -> bytes:
    """`document` as JSON, what is hidden written by its escape: it reads back equal."""
    return _HIDDEN.sub(_escaped, json_documents.dump(document)).encode()


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def shown(data: Any) -> Any:
    """`data` with every text visible, for formats that a screen shows as they are."""
    if isinstance(data, str):
        return visible(data)
    if isinstance(data, dict):
        return {key: shown(value) for key, value in data.items()}
    return [shown(value) for value in data] if isinstance(data, list | tuple) else data


def visible(text: str) -> str:
    """`text` on a page or in XML: what is hidden or forbidden is written `\\x1b`, `\\u202e`, `\\U000e0041`."""
    return text if text.isprintable() else _UNSEEN.sub(_written, text)


def _written(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def line(text: str) -> str:
    """`text` on one line, visible; a dash where there is nothing."""
    return " ".join(visible(text).split()) or "–"


def markdown(text: str) -> str:
    """`text` as Markdown that says just that: no link, no image, no HTML."""
    return _MARKUP.sub(r"\\\g<0>", visible(text))


def identifier(*names: str) -> str:
    """The UUID (version 5) of what `names` name, always the same."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(names).encode("utf-8", "backslashreplace").decode()))
