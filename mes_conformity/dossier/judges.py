"""The suites and the catalogue that a dossier embeds, read as what they are: a stranger's.

They are data and cannot run anything; they could still ask for more work than any real suite does. What they may ask
is bounded here, before anything is judged.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.i18n import both
from mes_conformity.suites.loader import Library, from_documents
from mes_conformity.suites.rules import fhirpaths

MAX_CASES, MAX_STEPS, MAX_EXPRESSION = 5_000, 50, 1_000
# What can multiply the work of an expression: walks through a whole resource, pairs of collections, longer texts.
_MULTIPLIES = re.compile(r"\b(?:descendants|children|combine|union|replace|join|toChars|split|encode|\*\*)\b|\|")
_LOOPS = re.compile(r"\b(?:where|select|all|exists|iif|any)\s*\(")
_CHOICE = re.compile(r"'[^'\\]*'(?:\s*\|\s*'[^'\\]*')+")  # a list of words multiplies nothing
_WALKS = re.compile(r"\bdescendants\b|\bchildren\b|\*\*")
MAX_MULTIPLIERS, MAX_LOOPS, MAX_WALKS = 4, 8, 2


def embedded(documents: Mapping[str, bytes]) -> Library:
    """The suites of a dossier, by path inside `suites/`; the same bytes are read once.

    Raises InvalidInput `DOS028`: unreadable, or asking for too much.
    """
    return _library(_Keyed(documents))


class _Keyed:
    """Documents that are equal when their bytes are: many dossiers are judged by the same suites."""

    def __init__(self, documents: Mapping[str, bytes]) -> None:
        self.documents = documents
        self._key = sha256("".join(f"{path} {sha256(data)}\n" for path, data in sorted(documents.items())).encode())

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other._key == self._key


@lru_cache(maxsize=4)
def _library(keyed: _Keyed) -> Library:
    try:
        library = from_documents(keyed.documents)
        _bounded(library)
        library.compile_all(library.cases)
    except InvalidInput as error:
        if error.code == "DOS029":
            raise
        message = both("les suites embarquées sont refusées : {reason} ({code})", reason=error.message, code=error.code)
        obtained = error.obtained if isinstance(error.obtained, str) else None
        raise InvalidInput("DOS028", message, location=error.location, obtained=obtained, hint=error.hint) from None
    return library


def _bounded(library: Library) -> None:
    if len(library.cases) > MAX_CASES:
        raise _too_much(f"{len(library.cases)} cas", f"≤ {MAX_CASES}")
    for case in library.cases:
        if len(case.steps) > MAX_STEPS:
            raise _too_much(f"{case.id} : {len(case.steps)} étapes", f"≤ {MAX_STEPS}")
        for text in map(_without_choices, _expressions(case)):
            if (
                len(text) > MAX_EXPRESSION
                or len(_MULTIPLIES.findall(text)) > MAX_MULTIPLIERS
                or len(_LOOPS.findall(text)) > MAX_LOOPS
                or len(_WALKS.findall(text)) > MAX_WALKS
            ):
                raise _too_much(f"{case.id} : {text[:80]}", f"≤ {MAX_EXPRESSION} caractères, peu de parcours")


def _without_choices(text: str) -> str:
    return _CHOICE.sub("''", text)


def _expressions(case: Any) -> Iterator[str]:
    for _pointer, text in fhirpaths(case):
        yield text
    if case.where:
        yield case.where


def _too_much(obtained: str, expected: str) -> InvalidInput:
    message = both("une suite demande plus de travail qu'aucune ne le fait")
    return InvalidInput("DOS029", message, expected=expected, obtained=obtained)


@lru_cache(maxsize=4)
def _catalogue(keyed: _Keyed) -> Any:
    from mes_conformity.catalogue.loader import from_documents as read

    return read(keyed.documents)


def catalogue(documents: Mapping[str, bytes]) -> Any:
    """The catalogue of a dossier; the same bytes are read once. Raises InvalidInput where it cannot be read."""
    return _catalogue(_Keyed(documents))
