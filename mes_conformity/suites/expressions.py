"""Reading a value out of an answer: FHIRPath, JSON pointer, header, text.

FHIRPath (HL7 FHIRPath N1, model FHIR R4) goes through fhirpathpy, imported when first needed, each expression parsed
once. Functions that read the clock are refused: the same record must give the same verdict on any day. So are those
that can run for years on a hostile expression (regular expressions, unbounded loops); the check `matches` is there
instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from mes_conformity.foundation import json_documents
from mes_conformity.foundation.pointers import resolve

REFUSED: Final = re.compile(r"\b(now|today|timeOfDay|matches|matchesFull|replaceMatches|repeat|aggregate|trace)\s*\(")
MISSING: Final = object()
"""What a JSON pointer or a header gives where there is nothing; `null` is a value."""

MAX_DEPTH: Final = 200


class BadExpression(Exception):
    """An expression that cannot be read or evaluated; the text says why."""


def parse_json(raw: bytes) -> Any:
    """The JSON data in `raw`, `MISSING` when it is none (wrong syntax, encoding, NaN, half a character, too deep)."""
    try:
        text = raw.decode("utf-8-sig")
        if json_documents.half_of_a_character(text) is not None:
            return MISSING
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return MISSING


def _refuse(name: str) -> Any:
    raise ValueError(name)


@lru_cache(maxsize=4096)
def compiled(expression: str) -> Callable[..., list[Any]]:
    """The FHIRPath expression as a function of a resource. Raises `BadExpression`."""
    if refused := REFUSED.search(expression):
        raise BadExpression(f"{refused[1]}()")
    from fhirpathpy import apply_parsed_path
    from fhirpathpy.engine.util import set_paths
    from fhirpathpy.models import models

    try:
        parsed = _parsed(expression)
    except BadExpression:
        raise
    except Exception as error:  # noqa: BLE001 - the library raises bare Exceptions; any of them is a bad expression
        raise BadExpression(str(error)[:200]) from None
    bind: Any = set_paths
    function: Callable[..., list[Any]] = bind(apply_parsed_path, parsedPath=parsed, model=models["r4"], options=None)
    return function


def _parsed(expression: str) -> Any:
    """The tree of an expression. The library's own `parse` passes over syntax errors: half a check would then be made
    without a word."""
    from antlr4 import CommonTokenStream, InputStream, ParseTreeWalker, Token  # type: ignore[import-untyped]
    from antlr4.error.ErrorListener import ErrorListener  # type: ignore[import-untyped]
    from fhirpathpy.parser.ASTPathListener import ASTPathListener
    from fhirpathpy.parser.generated.FHIRPathLexer import FHIRPathLexer
    from fhirpathpy.parser.generated.FHIRPathParser import FHIRPathParser

    class Strict(ErrorListener):  # type: ignore[misc]
        def syntaxError(self, _recognizer: Any, _symbol: Any, _line: int, column: int, msg: str, _e: Any) -> None:  # noqa: N802
            raise BadExpression(f"{column + 1}: {msg}"[:200])

    lexer = FHIRPathLexer(InputStream(expression))
    parser = FHIRPathParser(CommonTokenStream(lexer))
    for recognizer in (lexer, parser):
        recognizer.removeErrorListeners()
        recognizer.addErrorListener(Strict())
    tree = parser.expression()
    if parser.getTokenStream().LA(1) != Token.EOF:
        raise BadExpression(f"… {parser.getCurrentToken().text}")
    listener_type: Any = ASTPathListener
    listener = listener_type()
    ParseTreeWalker().walk(listener, tree)
    return listener.parentStack[0]


def fhirpath(data: Any, expression: str) -> list[Any]:
    """The collection that `expression` gives on `data` (JSON). Raises `BadExpression`."""
    function = compiled(expression)
    try:
        return [_plain(item) for item in function(data, {})]
    except RecursionError:
        raise BadExpression("RecursionError") from None
    except Exception as error:  # noqa: BLE001 - same reason: hostile data must not crash a verdict
        raise BadExpression(f"{type(error).__name__}: {error}"[:200]) from None


def _plain(item: Any) -> Any:
    """JSON data: fhirpathpy gives Decimal for numbers and its own classes for dates and quantities."""
    if isinstance(item, Decimal):
        return int(item) if item == item.to_integral_value() else float(item)
    if item is None or isinstance(item, str | int | float | bool | dict | list):
        return item
    return str(item)


def pointed(data: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901), or `MISSING`."""
    try:
        return resolve(data, pointer)
    except (LookupError, ValueError):
        return MISSING


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: 1 and 1.0 are one number, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def show(value: Any, limit: int = 300) -> str:
    """A value as a person reads it in a report: short, never empty."""
    if value is MISSING:
        return "∅"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if not text:
        return '""'
    return text if len(text) <= limit else text[: limit - 1] + "…"
