"""The README does what it says: its console examples are run, in order, and their output compared.

A line `…` stands for any lines, a `…` inside a line for any text.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"


def examples() -> Iterator[tuple[str, str]]:
    """The commands of the console blocks, each with the output printed below it."""
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _newline, output = part.partition("\n")
            yield command, output.strip("\n")


def pattern(output: str) -> re.Pattern[str]:
    lines = [
        r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", "[^\n]*") + r" *\n" for line in output.split("\n")
    ]
    return re.compile("".join(lines))


@pytest.mark.slow
def test_the_console_examples_are_true(run: Callable[..., Any]) -> None:
    done = 0
    for command, output in examples():
        program, *arguments = shlex.split(command)
        assert program == "mes-conformity"
        result = run(*arguments)
        shown = result.out + result.err
        assert pattern(output).fullmatch(shown.rstrip("\n") + "\n"), f"$ {command}\n{shown}"
        assert result.code in (0, 1), f"$ {command}\n{shown}"
        done += 1
    assert done >= 10


def test_the_two_commands_exist() -> None:
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in README.read_text(encoding="utf-8")
        assert re.search(rf"^{target}:", makefile, re.M)


def test_the_files_it_points_to_exist() -> None:
    for target in re.findall(r"\]\(([^#)]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).exists(), target
