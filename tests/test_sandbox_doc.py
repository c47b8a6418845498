"""docs/sandbox.md does what it says: its commands are run in a shell, in order, and their output compared.

`sandbox serve` is what a reader leaves running in another terminal: it goes on until the next one, and must then end
cleanly. The files that the page shows (```` ```python name ````) are written first. A line `…` stands for any lines, a
`…` inside a line for any text. Port 8420 is replaced by a free one.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "sandbox.md"
TOOLS = ("bash", "curl", "jq", "python3")
PORT = "8420"
FILES = re.compile(r"```(?:python|yaml) (\S+)\n(.*?)```", re.S)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)}"),
]


def examples(port: str) -> Iterator[tuple[str, str]]:
    """The commands of the page, each with the output printed below it."""
    text = PAGE.read_text(encoding="utf-8").replace(PORT, port)
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _newline, output = part.partition("\n")
            yield command, output.strip("\n")


@pytest.fixture
def port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


class Reader:
    """Somebody with two terminals in one folder."""

    def __init__(self, folder: Path) -> None:
        (folder / "tmp").mkdir()
        commands = folder / "bin"
        commands.mkdir()
        program = commands / "mes-conformity"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mes_conformity "$@"\n')
        program.chmod(0o755)
        self.folder = folder
        self.variables = {
            **os.environ,
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "TMPDIR": str(folder / "tmp"),
            "MES_CONFORMITY_LANG": "fr",
            "COLUMNS": "80",
        }
        self.serving: subprocess.Popen[str] | None = None

    def serve(self, command: str) -> str:
        """What is printed by the time that the sandbox is ready."""
        self.end()
        self.serving = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.serving.stdout is not None
        last = "  défauts" if "--fault" in command else "  personne"
        shown = ""
        for line in self.serving.stdout:
            shown += line
            if line.startswith(last):
                return shown
        raise AssertionError(f"$ {command}\n{shown}")

    def end(self) -> None:
        """Ctrl-C in the first terminal."""
        if self.serving is not None:
            self.serving.send_signal(signal.SIGINT)
            _out, err = self.serving.communicate(timeout=20)
            assert self.serving.returncode == 0, err
            assert "bac à sable arrêté" in err
            self.serving = None

    def type(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=120
        )
        assert done.returncode in (0, 1), f"$ {command}\n{done.stdout}{done.stderr}"
        return done.stdout


def test_the_commands_are_true(tmp_path: Path, port: str, reads_as: Callable[[str, str], bool]) -> None:
    reader = Reader(tmp_path)
    for name, content in FILES.findall(PAGE.read_text(encoding="utf-8")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = 0
    try:
        for command, output in examples(port):
            serves = command.startswith("mes-conformity sandbox serve") and "--explain" not in command
            shown = reader.serve(command) if serves else reader.type(command)
            assert reads_as(output, shown), f"$ {command}\n{shown}"
            done += 1
    finally:
        reader.end()
    assert done >= 20
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_pictures_it_shows_exist() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert len(shown) == 5
    for picture in shown:
        assert (PAGE.parent / picture).is_file(), picture
