"""The pages under docs/ do what they say: files are written, commands run in order, and their output compared.

A block ```` ```yaml path ```` is the file at `path`; in a ```` ```console ```` block, a line `…` stands for any lines,
a `…` inside a line for any text.
"""

import importlib.util
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "writing-suites.md", ROOT / "docs" / "gate.md"]
BLOCK = re.compile(r"^```(console|yaml [^\s`]+)\n(.*?)^```", re.S | re.M)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_are_true(
    page: Path, run: Callable[..., Any], env: Any, reads_as: Callable[[str, str], bool]
) -> None:
    done = 0
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind != "console":
            path = env.cwd / kind.removeprefix("yaml ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            continue
        for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
            typed, _newline, output = part.partition("\n")
            check(typed, output.strip("\n"), run, reads_as)
            done += 1
    assert done >= 5


def check(typed: str, output: str, run: Callable[..., Any], reads_as: Callable[[str, str], bool]) -> None:
    program, *arguments = shlex.split(typed)
    assert program == "mes-conformity"
    result = run(*arguments)
    shown = result.out + result.err
    assert reads_as(output, shown), f"$ {typed}\n{shown}"
    assert result.code in (0, 1) or "erreur[" in output, f"$ {typed}\n{shown}"


def test_the_two_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"make {target}" in PAGES[0].read_text(encoding="utf-8")
        assert re.search(rf"^{target}:", makefile, re.M)


@pytest.mark.parametrize("page", [PAGES[0], *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name)
def test_the_files_it_points_to_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^#)]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_page_of_the_cases_is_that_of_the_suites() -> None:
    generator = loaded(ROOT / ".ci" / "cases.py")
    for language, path in generator.PAGES.items():
        assert path.read_text(encoding="utf-8") == generator.page(language), f"make docs: {path.name} is stale"


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
