"""What every test may ask for: an environment of its own, and the command line in this process."""

import functools
import io
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from mes_conformity.foundation import i18n
from mes_conformity.foundation.environment import Environment

settings.register_profile("patient", deadline=None)  # a busy machine is no fault of the program
settings.load_profile("patient")

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


class Pipe(io.StringIO):
    """A text stream that says it is none."""

    encoding = "utf-8"  # type: ignore[assignment]


def identifiers() -> Callable[[], str]:
    """Identifiers shaped like UUIDs, the same in every run."""
    counter = itertools.count(1)
    return lambda: f"00000000-0000-4000-8000-{next(counter):012d}"


def environment(cwd: Path, *, stdin: str = "", terminal: bool = False, **variables: str) -> Environment:
    """An environment with a fixed clock, counted identifiers and streams in memory."""
    stream = Terminal if terminal else Pipe
    counter = itertools.count(1)
    return Environment(
        stream(stdin),
        stream(),
        stream(),
        cwd,
        {"COLUMNS": "80", **variables},
        lambda: NOW,
        identifiers(),
        lambda size: next(counter).to_bytes(size, "big"),
    )


@dataclass(frozen=True)
class Result:
    """What a call of the program answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one JSON document of stdout."""
        return json.loads(self.out)


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    """An environment that works in a folder of this test."""
    return environment(tmp_path)


@pytest.fixture
def make_env(tmp_path: Path) -> Callable[..., Environment]:
    """Make environments: `make_env(terminal=True, stdin="…", NO_COLOR="1")`."""
    return functools.partial(environment, tmp_path)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Call the program in this process: `run("catalogue", "list", lang="en", cwd=…, stdin=…, terminal=…)`."""
    from mes_conformity.cli.main import main

    def call(
        *argv: str | Path,
        lang: str = "fr",
        cwd: Path | None = None,
        stdin: str = "",
        terminal: bool = False,
        variables: dict[str, str] | None = None,
    ) -> Result:
        env = environment(
            cwd or tmp_path, stdin=stdin, terminal=terminal, **{"MES_CONFORMITY_LANG": lang, **(variables or {})}
        )
        code = main([str(argument) for argument in argv], env)
        assert isinstance(env.stdout, io.StringIO)
        assert isinstance(env.stderr, io.StringIO)
        return Result(code, env.stdout.getvalue(), env.stderr.getvalue())

    return call


@pytest.fixture
def reads_as() -> Callable[[str, str], bool]:
    """Whether what was printed is what a page shows; a line `…` is any lines, a `…` inside a line any text."""

    def call(output: str, printed: str) -> bool:
        lines = (
            r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", "[^\n]*") + r" *\n"
            for line in output.split("\n")
        )
        return re.fullmatch("".join(lines), printed.rstrip("\n") + "\n") is not None

    return call


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    """Every test starts in French, whatever the one before it used."""
    with i18n.using("fr"):
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of facts and real examples that stands beside a development checkout."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder of real examples (../shared) is not on this machine")
    return folder


@pytest.fixture
def memory() -> Iterator[Any]:
    """The keyring of the system for this test, in memory."""
    import keyring
    from memory_keyring import Memory

    before, backend = keyring.get_keyring(), Memory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)
