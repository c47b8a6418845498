"""Following a run: each case on stdout as it ends, and on a terminal a bar below on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mes_conformity.cli.app import Context
from mes_conformity.foundation.i18n import _

Listener = Callable[[dict[str, Any]], None]


@contextmanager
def following(ctx: Context, total: int) -> Iterator[Listener]:
    """What to call with each entry. The bar steps aside for each line where both go to the same terminal."""
    from mes_conformity.cli import test_text

    terminal = ctx.env.stderr.isatty() and not ctx.accessible
    if ctx.format == "text" and not (terminal and not ctx.quiet):
        yield lambda entry: test_text.print_case(ctx, entry)
        return
    if ctx.format == "json" or not ctx.env.stdout.isatty():
        with ctx.progress(_("tests"), total) as advance:
            yield lambda entry: _told(ctx, entry, advance)
        return
    with _bar(ctx, total) as listener:
        yield listener


def _told(ctx: Context, entry: dict[str, Any], advance: Callable[[str], None]) -> None:
    from mes_conformity.cli import test_text

    if ctx.format == "text":
        test_text.print_case(ctx, entry)
    advance(entry["id"])


@contextmanager
def _bar(ctx: Context, total: int) -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from mes_conformity.cli import test_text

    console = Console(file=ctx.env.stderr, highlight=False, markup=False, no_color=not ctx.colored)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:
        task = progress.add_task(_("tests"), total=total)

        def listener(entry: dict[str, Any]) -> None:
            progress.stop()
            test_text.print_case(ctx, entry)
            progress.start()
            progress.update(task, advance=1, description=entry["id"])

        yield listener
