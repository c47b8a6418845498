"""Texts in two languages. French is the source: a message without French cannot be written.

`_("…")` answers in the language of the current context; `both("…")` answers in every language, for what is stored in
data: a stored document never depends on the language of whoever wrote it.
"""

import gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

Text = Mapping[str, str]
"""A text in several languages: `{"fr": …, "en": …}`. French is always there."""

LANGUAGES = ("fr", "en")
_LOCALE = Path(__file__).parent.parent / "locale"
_current: ContextVar[str] = ContextVar("language", default="fr")


def use(language: str) -> None:
    """Answer in `language` from here on; an unknown language is French."""
    _current.set(language if language in LANGUAGES else "fr")


def current() -> str:
    """The language of the current context, `fr` or `en`."""
    return _current.get()


@contextmanager
def using(language: str) -> Iterator[None]:
    """Answer in `language` inside the block only."""
    token = _current.set(language if language in LANGUAGES else "fr")
    try:
        yield
    finally:
        _current.reset(token)


@cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation("mes_conformity", _LOCALE, [language], fallback=True)


def _say(language: str, message: str, params: Mapping[str, Any]) -> str:
    text = message if language == "fr" else _translations(language).gettext(message)
    if not params:
        return text
    return text.format(**{name: _choose(value, language) for name, value in params.items()})


def _choose(value: Any, language: str) -> Any:
    if isinstance(value, Mapping) and "fr" in value:
        return value.get(language) or value["fr"]
    return value


def _(message: str, /, **params: Any) -> str:
    """`message` (written in French) in the current language, its `{names}` filled from `params`."""
    return _say(current(), message, params)


def both(message: str, /, **params: Any) -> dict[str, str]:
    """`message` in every language, for what is stored in data."""
    return {language: _say(language, message, params) for language in LANGUAGES}


def plural(singular: str, several: str, count: int, /, **params: Any) -> str:
    """`singular` or `several` by `count`, in the current language; `{count}` is filled."""
    values = {**params, "count": count}
    if current() == "fr":  # French keeps the singular for 0 and 1
        return (several if abs(count) >= 2 else singular).format(**values)
    return _translations(current()).ngettext(singular, several, count).format(**values)


def pick(text: Text | str) -> str:
    """`text` in the current language, in French where that is missing."""
    return text if isinstance(text, str) else str(_choose(text, current()))
