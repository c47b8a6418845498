"""Regular expressions that come from data: matched in linear time (RE2), since their author may be hostile.

A pattern of a dossier's own suite or contract would otherwise keep an expert's machine busy for years. RE2 has neither
look-around nor back-references; nothing we write needs them.
"""

from functools import lru_cache
from typing import Any

MAX_PATTERN = 2_000


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """The expression ready to search. Raises ValueError for one that RE2 cannot read or that is too long."""
    import re2

    if len(pattern) > MAX_PATTERN:
        raise ValueError("pattern too long")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        raise ValueError(str(error)) from None


def found(pattern: str, text: str) -> bool:
    """Whether `pattern` is found somewhere in `text`. Raises ValueError like `compiled`."""
    return compiled(pattern).search(_encodable(text)) is not None


def whole(pattern: str, text: str) -> bool:
    """Whether `pattern` matches the whole of `text`. Raises ValueError like `compiled`."""
    return compiled(pattern).fullmatch(_encodable(text)) is not None


def _encodable(text: str) -> str:
    """`text` with `?` for each half of a surrogate pair: JSON can hold one alone, UTF-8 cannot (RFC 8259, §8.2)."""
    return text.encode("utf-8", "replace").decode()
