"""The disguises of a text inside another: percent-encoded, escaped for HTML or JSON, in base64, in hexadecimal.

A secret repeated by whoever received it may come back in any of them. What is said in disguise is revealed, redacted,
and put back in the same disguise: the rest of the text stays as it was. Every pattern is linear in the text.

Sources: RFC 3986 §2.1 (percent), RFC 8259 §7 (JSON), HTML Living Standard §13.5 (named and numeric references),
RFC 4648 §4, §5 and §8 (base64, base64url, base16), RFC 2045 §6.8 (base64 folded at 76 characters).
"""

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_plus


class Disguise(NamedTuple):
    """`pattern` finds what may be one, `sign` must stand in it; `reveal` gives what it says, `cover` says it again."""

    sign: str
    pattern: re.Pattern[str]
    reveal: Callable[[str], str]
    cover: Callable[[str], str]


_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_FEW: Final = 96  # bytes
_PLAIN: Final = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*")
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def _unescaped(text: str) -> str:
    """A piece of a JSON text as it was before it was escaped."""

    def plain(found: re.Match[str]) -> str:
        said = found[1]
        return chr(int(said[1:], 16)) if len(said) == 5 else _CONTROLS.get(said, said)

    return _ESCAPE.sub(plain, text)


def _text(data: bytes) -> str:
    """What bytes say; nothing where a few of them are no text: a word that only looks encoded, a digest."""
    if len(data) > _FEW:
        return data.decode("utf-8", "surrogateescape")
    try:
        said = data.decode()
    except UnicodeDecodeError:
        return ""
    return said if said.isprintable() or _PLAIN.fullmatch(said) else ""


def _from_base64(text: str) -> str:
    plain = "".join(text.split()).rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    return _text(base64.b64decode(plain + "=" * (-len(plain) % 4)))


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a half of a pair, which only an escape can say
        return text.encode("utf-8", "surrogatepass")


_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{12}")
_LONG: Final = re.compile(r"[A-Za-z0-9+/_-]{40}")
DISGUISES: Final = (
    Disguise("%", re.compile(r"[^\s\"'<>]+"), unquote_plus, lambda text: quote(_bytes(text), safe="[]:/?&=")),
    Disguise("&", re.compile(r"[^\s\"'<>]+"), html.unescape, html.escape),
    Disguise("\\", re.compile(r"(?:[^\s<>\"\\]|\\.)+"), _unescaped, lambda text: json.dumps(text)[1:-1]),
    Disguise(
        "",
        re.compile(r"(?:[A-Za-z0-9+/]{60,76}\r?\n)+[A-Za-z0-9+/]*={0,2}"),
        _from_base64,
        lambda text: base64.encodebytes(_bytes(text)).decode().rstrip("\n"),
    ),
    Disguise(
        "",
        re.compile(r"[A-Za-z0-9_-]{12,}={0,2}"),
        _from_base64,
        lambda text: base64.urlsafe_b64encode(_bytes(text)).decode(),
    ),
    Disguise(
        "",
        re.compile(r"(?<![A-Za-z0-9+/])(?=[A-Za-z0-9]*[+/])[A-Za-z0-9+/]{12,}={0,2}"),
        _from_base64,
        lambda text: base64.b64encode(_bytes(text)).decode(),
    ),
    Disguise(
        "",
        re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){6,}(?![0-9A-Za-z])"),
        lambda text: _text(bytes.fromhex(text)),
        lambda text: _bytes(text).hex(),
    ),
)


def revealed(text: str) -> Iterator[str]:
    """What a text says in each disguise, all that one disguise hides together; one disguise deep.

    Encoded runs of under 40 characters are left out: no national identity holds in so few.
    """
    for disguise in _possible(text, _LONG):
        yield _said(disguise, text)


def _possible(text: str, run: re.Pattern[str]) -> Iterator[Disguise]:
    encoded = run.search(text) is not None
    return (item for item in DISGUISES if (item.sign in text if item.sign else encoded))


def _said(disguise: Disguise, text: str) -> str:
    """All that one disguise may hide in a text: an escape changes nothing but itself, the whole is read at once."""
    if disguise.sign:
        return disguise.reveal(text)
    return "\n".join(filter(None, map(disguise.reveal, disguise.pattern.findall(text))))


def rewritten(text: str, change: Callable[[str], str]) -> str:
    """`text` with `change` made to what it says in disguise; what it changes nothing in stays as it was."""

    def again(found: re.Match[str]) -> str:
        said = disguise.reveal(found[0])
        changed = change(said)
        return found[0] if changed == said else disguise.cover(changed)

    for disguise in _possible(text, _RUN):
        said = _said(disguise, text)
        if said and said != text and change(said) != said:
            text = disguise.pattern.sub(again, text)
    return text
