"""Lines of text that fit the screen."""

import textwrap

from mes_conformity.cli.app import Context

LONGEST = 1_000
_HELD = "\ufdd0"  # a noncharacter: no text holds it (Unicode 16, 23.7)


def wrapped(ctx: Context, text: str, *, hang: int) -> str:
    """`text` on lines of the terminal's width, the following ones set in. No line begins with a French sign."""
    from mes_conformity.reporting.typography import bound

    held = text if _HELD in text else bound(text, _HELD)
    filled = textwrap.fill(held, ctx.width, subsequent_indent=" " * hang, break_on_hyphens=False)
    return filled if held is text else filled.replace(_HELD, " ")


def brief(text: str) -> str:
    """A text that cannot drown the screen."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
