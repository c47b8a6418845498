"""Start-up against an empty interpreter."""

from collections.abc import Iterator

from benchmarks.measuring import Row, python


def measure() -> Iterator[Row]:
    """`--version` and `--help`, whole processes."""
    bare = python("-c", "pass", rounds=15)
    yield Row("--version / python -c pass", python("-m", "mes_conformity", "--version"), bare, 8)
    yield Row("--help / python -c pass", python("-m", "mes_conformity", "--help"), bare, 20)
