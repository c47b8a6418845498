"""Lines of text that fit the screen."""

import textwrap

from mes_conformity.cli.app import Context

LONGEST = 1_000


def wrapped(ctx: Context, text: str, *, hang: int) -> str:
    """`text` on lines of the terminal's width, the following ones set in."""
    return textwrap.fill(text, ctx.width, subsequent_indent=" " * hang, break_on_hyphens=False)


def brief(text: str) -> str:
    """A text that cannot drown the screen."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
