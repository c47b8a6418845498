"""A recorded request as a curl command: safe to paste whatever the dossier says, its secrets left to the reader.

A dossier is a stranger's: nothing it holds may end a quote, name a file of the reader (`@`, `file:`) or become an
option. What cannot be written safely is left out (headers that are none, other schemes) or read from a file (bodies).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_BODY = 4_000
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2: neither a space nor the « @ » that reads a file
_SECRET = re.compile(r"\[redacted:([0-9a-f]{12})\]")
_ADDRESS = re.compile(r"https?://[^/]", re.IGNORECASE)
_OWN = frozenset({"content-length", "host", "connection", "transfer-encoding"})


def command(request: Mapping[str, Any], body_file: str, separator: str = " ", longest: int = MAX_BODY) -> str | None:
    """The command that sends the `request` of a HAR entry again; None for what curl must not be asked.

    A body longer than `longest` characters, or that would not read as it is, is read from `body_file`. Secrets are
    shell variables (`$SECRET_…`) that the reader sets.
    """
    if not _ADDRESS.match(request["url"]) or not _plain(request["url"]) or not _TOKEN.fullmatch(request["method"]):
        return None
    return separator.join(_arguments(request, body_file, longest))


def _arguments(request: Mapping[str, Any], body_file: str, longest: int) -> Iterator[str]:
    yield "curl"
    post = request.get("postData") or {}
    text = post.get("text") or ""
    if request["method"] == "HEAD":
        yield "--head"
    elif request["method"] != ("POST" if text else "GET"):
        yield f"-X {_quoted(request['method'])}"
    names = set()
    for header in request["headers"]:
        name, value = header["name"], header["value"]
        if name.lower() not in _OWN and _TOKEN.fullmatch(name) and _plain(value):
            names.add(name.lower())
            yield f"-H {_quoted(f'{name}: {value}' if value.strip() else f'{name};')}"
    if text:
        if "content-type" not in names:
            yield "-H 'Content-Type:'"  # or curl says that it is a form
        yield _body(text, post, body_file, longest)
    if any(mark in request["url"] for mark in "[]{}"):
        yield "--globoff"
    if "/." in request["url"]:
        yield "--path-as-is"
    yield f"--url {_quoted(request['url'])}"


def _body(text: str, post: Mapping[str, Any], body_file: str, longest: int) -> str:
    """In place, where the eye and the shell both read it as it is; else from a file."""
    inline = len(text) <= longest and post.get("_encoding") != "base64" and _plain(text.replace("\n", ""))
    return f"--data-raw {_quoted(text)}" if inline else f"--data-binary {_quoted('@' + body_file)}"


def _plain(text: str) -> bool:
    """Whether the text reads as it is: no control character, no invisible or reordering mark."""
    return text.isprintable()


def _quoted(text: str) -> str:
    """One argument of a POSIX shell; each secret is a variable between double quotes."""
    parts = _SECRET.split(text)
    whole = "".join(f'"$SECRET_{part.upper()}"' if place % 2 else _literal(part) for place, part in enumerate(parts))
    return whole or "''"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'" if text else ""
