"""Lines that fit the screen."""

from types import SimpleNamespace
from typing import Any

import pytest

from mes_conformity.cli.lines import LONGEST, brief, wrapped


def screen(width: int) -> Any:
    return SimpleNamespace(width=width)


@pytest.mark.parametrize("width", range(14, 60))
def test_no_line_begins_with_a_sign_or_ends_with_an_opening_quotation_mark(width: int) -> None:
    text = "Le mode « tout » rend : les mesures ; rien d'autre ! Vraiment ?"
    lines = wrapped(screen(width), text, hang=2).split("\n")
    assert " ".join(line.strip() for line in lines) == text
    assert not [line for line in lines if line.lstrip()[:1] in ":;!?»" or line.endswith("«")]
    assert max(map(len, lines)) <= width


def test_the_following_lines_are_set_in() -> None:
    assert wrapped(screen(12), "un deux trois quatre", hang=4) == "un deux\n    trois\n    quatre"


def test_a_text_that_holds_the_mark_keeps_it() -> None:
    assert wrapped(screen(80), "a\ufdd0b : c", hang=0) == "a\ufdd0b : c"


def test_a_text_that_would_drown_the_screen_is_cut() -> None:
    assert brief("a" * LONGEST) == "a" * LONGEST
    assert brief("a" * (LONGEST + 1)) == "a" * LONGEST + "…"
