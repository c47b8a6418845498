"""What a command may do with the terminal."""

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.cli.context import Context, clean
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Interrupted, UsageError


def out(ctx: Context) -> str:
    assert isinstance(ctx.env.stdout, io.StringIO)
    return ctx.env.stdout.getvalue()


def err(ctx: Context) -> str:
    assert isinstance(ctx.env.stderr, io.StringIO)
    return ctx.env.stderr.getvalue()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("é\tè\n", "é\tè\n"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("bell\x07\x00\x9b", "bell"),
        ("\u200ea", "a"),
    ],
)
def test_control_characters_never_reach_a_terminal(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert "\x1b" not in clean(text)


def test_data_goes_to_stdout_and_notes_to_stderr(env: Environment) -> None:
    ctx = Context(env)
    ctx.print("data")
    ctx.note("note")
    ctx.say("dialogue")
    assert (out(ctx), err(ctx)) == ("data\n", "note\ndialogue\n")


def test_quiet_hides_notes_but_not_dialogues(env: Environment) -> None:
    ctx = Context(env, quiet=True)
    ctx.note("note")
    ctx.say("dialogue")
    assert err(ctx) == "dialogue\n"


def test_an_answer_is_text_or_one_document(env: Environment) -> None:
    Context(env, format="json").emit({"a": "é"}, "text")
    Context(env).emit({"a": 1}, "text")
    Context(env).emit({"a": 1}, lambda: Context(env).print("called"))
    assert out(Context(env)) == '{\n  "schema_version": 1,\n  "a": "é"\n}\ntext\ncalled\n'


def test_a_question_needs_a_terminal(env: Environment, make_env: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Context(env).prompt("Nom ? ", option="--name")
    assert caught.value.code == "USE003"
    terminal = Context(make_env(terminal=True, stdin=" Ada \n"))
    assert terminal.interactive
    assert terminal.prompt("Nom ? ") == "Ada"
    with pytest.raises(Interrupted):
        terminal.prompt("Nom ? ")
    with pytest.raises(UsageError):
        replace(terminal, no_input=True).prompt("Nom ? ")


@pytest.mark.parametrize(
    ("variables", "color", "accessible", "colored"),
    [
        ({}, "auto", False, True),
        ({"NO_COLOR": "1"}, "auto", False, False),
        ({"TERM": "dumb"}, "auto", False, False),
        ({}, "never", False, False),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({}, "auto", True, False),
    ],
)
def test_colour_is_asked_for_or_seen(
    make_env: Any, variables: dict[str, str], color: str, accessible: bool, colored: bool
) -> None:
    env = make_env(terminal=True, **variables)
    assert Context(env, color=color, accessible=accessible).colored is colored  # type: ignore[arg-type]


def test_a_pipe_has_no_colour(env: Environment) -> None:
    assert not Context(env).colored


@pytest.mark.parametrize(("columns", "width"), [("120", 120), ("5", 80), ("abc", 80), ("9999", 200)])
def test_the_width_is_the_terminals_or_80(make_env: Any, columns: str, width: int) -> None:
    assert Context(make_env(COLUMNS=columns)).width == width


def test_a_terminal_without_columns_is_measured(make_env: Any) -> None:
    assert 20 <= Context(make_env(terminal=True, COLUMNS="")).width <= 200


def test_a_table_fits_80_columns(env: Environment) -> None:
    ctx = Context(env)
    ctx.table(("nom", "sens"), [("a", "mot " * 60), ("b", "[bold]not markup[/bold]")])
    assert max(map(len, out(ctx).splitlines())) <= 80
    assert "[bold]not markup[/bold]" in out(ctx)


def test_an_accessible_table_is_one_line_per_value(env: Environment) -> None:
    ctx = Context(env, accessible=True)
    ctx.table(("nom", "sens"), [("a", "b")])
    assert out(ctx) == "nom : a\nsens : b\n\n"


def test_progress_is_a_line_per_item_off_a_terminal(env: Environment) -> None:
    ctx = Context(env)
    with ctx.progress("cas", 2) as done:
        done("one")
        done("two")
    assert err(ctx) == "one\ntwo\n"


def test_progress_is_silent_under_json(env: Environment) -> None:
    ctx = Context(env, format="json")
    with ctx.progress("cas", 1) as done:
        done("one")
    assert err(ctx) == ""


def test_progress_is_a_bar_on_a_terminal(make_env: Any) -> None:
    ctx = Context(make_env(terminal=True, TERM="xterm"))
    with ctx.progress("cas", 1) as done:
        done("one\x1b[31m")
    assert "\x1b[31mone" not in err(ctx)


def test_a_text_the_terminal_cannot_encode_is_escaped(env: Environment) -> None:
    ctx = Context(env)
    ctx.print("name \udcff")
    assert out(ctx) == "name \\udcff\n"
