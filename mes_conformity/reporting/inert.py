"""What came from outside, made harmless for a reader: it can neither act, nor reorder a line, nor drown a page."""

import re
import unicodedata

from mes_conformity.foundation.digests import sha256

LONGEST, LONGEST_WORD = 20_000, 500
"""More characters of a text, or of a word, than anybody reads on a page; the dossier keeps the whole. A browser takes
minutes to break a word of 20,000 letters in a table."""

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
# Controls, formats, halves of pairs, separators of lines and of paragraphs (Unicode 16, general categories).
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# The blocks of letters written from right to left (Unicode 16, UnicodeData.txt: bidirectional classes R and AL).
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ENDLESS = re.compile(rf"\S{{{LONGEST_WORD + 20},}}")  # room for what says how long it was
_NAME = re.compile(r"[A-Za-z0-9._-]{1,120}")


class _Signs(dict[int, str]):
    """The sign of each code point, found once: line ends and tabs stay."""

    def __missing__(self, code: int) -> str:
        self[code] = sign = _sign(chr(code))
        return sign


def _sign(character: str) -> str:
    code = ord(character)
    if character in "\n\t" or not (unicodedata.category(character) in _UNSEEN or _nobody(code)):
        return character
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else f"[U+{code:04X}]"


def _nobody(code: int) -> bool:
    """Whether no text may hold this code point (Unicode 16, 23.7: noncharacters)."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


_SIGNS = _Signs()


def inert(text: str) -> str:
    """`text` with control characters, reordering marks and lone surrogates made visible: nothing acts on the reader."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_SIGNS)


def shown(text: str) -> str:
    """`text` inert, its endless words cut and itself at LONGEST; a line with right-to-left letters is isolated.

    Nothing then reorders what stands beside it, even where no style sheet or markup holds: in an attribute, in a title
    (Unicode UAX #9, 2.4).
    """
    if len(text) > LONGEST_WORD:
        text = brief(_ENDLESS.sub(lambda found: brief(found[0], LONGEST_WORD), text), LONGEST)
    text = inert(text)
    if text.isascii() or not _RIGHT_TO_LEFT.search(text):
        return text
    return "\n".join(
        f"{_FIRST_STRONG_ISOLATE}{line}{_POP_ISOLATE}" if _RIGHT_TO_LEFT.search(line) else line
        for line in text.split("\n")
    )


def brief(text: str, limit: int) -> str:
    """`text` cut at `limit` characters, with how many there were."""
    return text if len(text) <= limit else f"{text[:limit].rstrip()}… [{len(text)}]"


def anchor(kind: str, name: str) -> str:
    """The id of something in a page: readable where the name allows it, a digest where it could break the page."""
    return f"{kind}-{name if _NAME.fullmatch(name) else 'x' + sha256(name.encode('utf-8', 'surrogatepass'))[:16]}"
