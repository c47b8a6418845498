"""`assess check` on a screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Finished = Callable[[str, str], Path]


@pytest.fixture
def fresh(run: Run) -> None:
    """A workspace where almost everything is left to answer."""
    made = run("init", "e", "--publisher", "Fictif", "--product", "Essai", "--product-version", "1")
    assert made.code == 0, made.err


@pytest.mark.usefixtures("fresh")
def test_it_fits_eighty_columns_and_ends_with_the_state(run: Run) -> None:
    out = run("-C", "e", "assess", "check").out
    assert max(len(line) for line in out.splitlines() if "mes-conformity" not in line) <= 80
    assert out.rstrip().splitlines()[-1] == "L'évaluation est incomplète."


@pytest.mark.usefixtures("fresh")
def test_what_blocks_is_counted_and_shown_in_part(run: Run) -> None:
    out = run("-C", "e", "assess", "check").out
    assert "points bloquent :" in out
    assert out.count("\n- ") == 11  # ten of them, and how many others
    assert "autres (-v les montre)" in out
    assert "autres (-v" not in run("-v", "-C", "e", "assess", "check").out


def test_each_rubric_has_its_two_numbers(run: Run, finished: Finished) -> None:
    finished("e", "connected-scale")
    out = run("-C", "e", "assess", "check").out
    assert "toutes les rubriques" in out
    lines = [line for line in out.splitlines() if line.startswith(("Sécurité", "Éthique"))]
    assert len(lines) == 2
    assert all("━" in line and "répondu, conforme" in line for line in lines)


def test_a_screen_reader_and_a_narrow_screen_meet_words_alone(run: Run, finished: Finished) -> None:
    finished("e", "connected-scale")
    for out in (
        run("--accessible", "-C", "e", "assess", "check").out,
        run("-C", "e", "assess", "check", variables={"COLUMNS": "40"}).out,
    ):
        assert "━" not in out
        assert "Sécurité : " in out
