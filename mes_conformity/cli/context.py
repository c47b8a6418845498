"""What a command may do with the terminal: print data, tell notes, ask.

Data goes to stdout; prompts, progress, notes and errors go to stderr. Whatever comes from a file or a target is
stripped of control characters before it reaches a terminal: an escape sequence in a catalogue must not repaint the
screen.
"""

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TextIO

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Interrupted, UsageError
from mes_conformity.foundation.i18n import _, both

SCHEMA_VERSION = 1
TONES = {"good": "32", "bad": "31;1", "warn": "33", "mute": "2", "strong": "1"}
_KEPT = {"\n", "\t"}
# Marks that reorder what is read: a file name must look like what it is (Unicode TR36, §2.9).
_REORDERING = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """`text` without control characters and bidirectional marks; line ends and tabs stay."""
    if text.isprintable():
        return "".join(c for c in text if c not in _REORDERING) if not text.isascii() else text
    return "".join(c for c in text if c in _KEPT or (unicodedata.category(c) != "Cc" and c not in _REORDERING))


@dataclass(frozen=True, slots=True)
class Context:
    """The settings of one call and the environment it runs in."""

    env: Environment
    lang: str = "fr"
    format: Literal["text", "json"] = "text"
    no_input: bool = False
    color: Literal["auto", "always", "never"] = "auto"
    accessible: bool = False
    quiet: bool = False
    verbose: bool = False
    directory: Path = Path()
    settings: Path | None = None  # the file that was read

    @property
    def interactive(self) -> bool:
        """Whether a question can be asked: a terminal on both sides, and nobody said not to."""
        return not self.no_input and self.env.stdin.isatty() and self.env.stderr.isatty()

    @property
    def colored(self) -> bool:
        """Whether stdout may carry colour. Colour is never the only sign of anything."""
        return self.color == "always" or (self.color == "auto" and self._may_color(self.env.stdout))

    def _may_color(self, stream: TextIO) -> bool:
        variables = self.env.variables
        if variables.get("NO_COLOR") or variables.get("TERM") == "dumb" or self.accessible:
            return False
        return stream.isatty()

    @property
    def width(self) -> int:
        """How many columns a text may take: the terminal's, 80 elsewhere."""
        columns = self.env.variables.get("COLUMNS", "")
        if columns.isdigit() and int(columns) >= 20:
            return min(int(columns), 200)
        if self.env.stdout.isatty():
            import shutil

            return max(20, min(shutil.get_terminal_size().columns, 200))
        return 80

    def emit(self, document: dict[str, Any], text: str | Callable[[], None]) -> None:
        """Answer: one JSON document under `--format json`, else the text."""
        if self.format == "json":
            answer = {"schema_version": SCHEMA_VERSION, **document}
            self._write(self.env.stdout, json.dumps(answer, ensure_ascii=False, indent=2))
        elif callable(text):
            text()
        else:
            self.print(text)

    def print(self, text: str = "", *, tone: str = "", head: int = 0) -> None:
        """A line of data on stdout; its first `head` characters (0: all) in a `tone` of TONES, where colour may be."""
        text = clean(text)
        if tone and self.colored:
            first = text[: head or len(text)]
            text = f"\x1b[{TONES[tone]}m{first}\x1b[0m{text[len(first) :]}"
        self._write(self.env.stdout, text)

    def print_bar(self, parts: Sequence[tuple[str, float]], width: int) -> None:
        """A bar of `width` columns on stdout, its parts (tone, share) side by side; a share that is not 0 is seen."""
        columns = [(tone, max(1, round(share * width)) if share else 0) for tone, share in parts]
        self._write(self.env.stdout, "".join(f"\x1b[{TONES[tone]}m{'━' * count}\x1b[0m" for tone, count in columns))

    def note(self, text: str = "") -> None:
        """A line for the person on stderr; hidden by `-q`."""
        if not self.quiet:
            self._write(self.env.stderr, clean(text))

    def say(self, text: str = "") -> None:
        """A line of a dialogue on stderr: shown even with `-q`, since a question without it makes no sense."""
        self._write(self.env.stderr, clean(text))

    def _write(self, stream: TextIO, text: str) -> None:
        # A lone surrogate (an odd file name) must not crash the message that speaks of it.
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()

    def prompt(self, question: str, *, option: str | None = None) -> str:
        """Ask one line. Raises UsageError where nothing can be asked (naming the `option` that answers instead),
        Interrupted at the end of input."""
        if not self.interactive:
            raise UsageError(
                "USE003",
                both("une question ne peut pas être posée ici : {question}", question=question.strip()),
                hint=both("donnez la réponse avec {option}", option=option) if option else None,
            )
        self.env.stderr.write(clean(question))
        self.env.stderr.flush()
        line = self.env.stdin.readline()
        if not line:
            raise Interrupted("INT002", both("la saisie est terminée"))
        return line.strip()

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """A table on stdout, wrapped to the width; under `--accessible`, one labelled line per value."""
        if self.accessible:
            for row in rows:
                for header, value in zip(headers, row, strict=True):
                    self.print(f"{header}{_(' :')} {value}")
                self.print()
            return
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold" if self.colored else "")
        for header in headers:
            table.add_column(clean(header), overflow="fold")
        for row in rows:
            table.add_row(*(clean(value) for value in row))
        console = Console(
            file=self.env.stdout,
            force_terminal=self.colored,
            no_color=not self.colored,
            highlight=False,
            markup=False,
            width=self.width,
        )
        console.print(table)

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[[str], None]]:
        """Follow long work: a bar on a terminal, one plain line per finished item elsewhere.

        The caller gets a function to call with each finished item.
        """
        bar = not self.quiet and not self.accessible and self._may_color(self.env.stderr) and self.format == "text"
        if not bar:
            yield self.note if self.format == "text" else lambda _item: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = Console(file=self.env.stderr, highlight=False, markup=False)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(label, total=total)
            yield lambda item: progress.update(task, advance=1, description=clean(item)[:40])
