"""What came in, redacted before it is kept: names of everything, values only of what is known to be harmless."""

import unicodedata
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

LIMIT = 2000
_REDACTED = "***"
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_HEADERS = {"accept", "content-type", "content-length", "user-agent", "prefer", "x-sandbox-fault", "transfer-encoding"}
_PARAMETERS = {
    "code", "date", "_sort", "_count", "_offset", "_include", "response_type", "scope", "grant_type",
    "code_challenge_method", "client_id", "redirect_uri", "token_type_hint", "error",
}  # fmt: skip


class Journal:
    """The last requests, oldest first; at most LIMIT of them, so that memory stays flat."""

    def __init__(self) -> None:
        self._entries: deque[Mapping[str, Any]] = deque(maxlen=LIMIT)

    def add(self, entry: Mapping[str, Any]) -> None:
        """Keep one entry of `entry()`."""
        self._entries.append(entry)

    def to_json(self) -> list[Mapping[str, Any]]:
        """The entries, oldest first."""
        return list(self._entries)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()


def entry(at: str, method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    """One redacted line: `{at, method, path, query, headers}`; unknown values are `***`, long ones cut. The caller
    adds `status`, 0 where no answer started."""
    harmless = path != "/authorize"  # there `code` and `state` could travel by mistake
    return {
        "at": at,
        "method": visible(method[:16]),
        "path": visible(path[:200]),
        "query": _query(query, harmless),
        "headers": {
            visible(name.decode("latin-1").lower()[:80]): _header(name.decode("latin-1").lower(), value)
            for name, value in list(headers)[:60]
        },
    }


def _query(query: bytes, harmless: bool) -> str:
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=60)
    except ValueError:
        return _REDACTED
    shown = _PARAMETERS if harmless else _PARAMETERS - {"code"}
    return urlencode([(name[:40], value[:80] if name in shown else _REDACTED) for name, value in pairs], safe="*")


def _header(name: str, value: bytes) -> str:
    return visible(value.decode("latin-1")[:120]) if name in _HEADERS else _REDACTED


def visible(text: str) -> str:
    """`text` on one line and harmless to a terminal: control, format and surrogate characters become U+FFFD."""
    if text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(c) in _UNSEEN else c for c in text)
