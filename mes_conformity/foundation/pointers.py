"""JSON pointers (RFC 6901)."""

from collections.abc import Sequence
from typing import Any


def to_pointer(steps: Sequence[str | int]) -> str:
    """`("a", 0, "b/c")` → `/a/0/b~1c`; the empty sequence is the whole document, the empty text."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def from_pointer(pointer: str) -> tuple[str, ...]:
    """`/a/0` → `("a", "0")`. Raises ValueError for a text that is not empty and does not start with a slash."""
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"not a JSON pointer: {pointer!r}")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def resolve(data: Any, pointer: str) -> Any:
    """The value at `pointer` in JSON data. Raises LookupError where there is none."""
    for step in from_pointer(pointer):
        if isinstance(data, dict):
            data = data[step]
        elif isinstance(data, list) and step.isdigit() and (step == "0" or step[0] != "0"):
            data = data[int(step)]
        else:
            raise LookupError(pointer)
    return data
