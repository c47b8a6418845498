"""Replaying many dossiers: each on its own, in as many processes as asked, none able to stop the others.

Only paths go out and verdicts come back: memory is that of one dossier a process.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mes_conformity.dossier import consistency
from mes_conformity.dossier.archive import read
from mes_conformity.dossier.replay import VERDICTS, Suites, replay
from mes_conformity.foundation.errors import ConformityError, InvalidInput, Location
from mes_conformity.foundation.i18n import both

SUFFIX = ".mesdossier.zip"
Progress = Callable[[dict[str, Any]], None]


def found(paths: Sequence[Path]) -> list[Path]:
    """The dossiers named, folders searched (`*.mesdossier.zip`, at any depth). Raises InvalidInput `DOS001`."""
    result: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise InvalidInput("DOS001", both("il n'y a pas de dossier ici"), location=Location(str(path)))
        result.extend(item for item in inside if item not in result)
    return result


def one(path: Path, suites: Suites, redraw: consistency.Redraw | None) -> dict[str, Any]:
    """The entry of a dossier (see `replay`), with `signature`, or with `error {code, message, where}` when refused."""
    try:
        dossier = read(path)
        return {**replay(dossier, suites, redraw), "signature": dossier.signature and dossier.signature.to_json()}
    except ConformityError as error:
        where = str(error.location) if error.location else None
        told = {"code": error.code, "message": error.message, "where": where, "exit_code": int(error.exit_code)}
        empty: dict[str, Any] = {"summary": dict.fromkeys(VERDICTS, 0), "cases": [], "findings": [], "signature": None}
        return {"path": str(path), "sha256": None, "suites": suites, **empty, "error": told}


def replay_all(
    paths: Sequence[Path],
    suites: Suites = "embedded",
    *,
    workers: int = 1,
    redraw: consistency.Redraw | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """The entries of `paths`, in their order, whatever the number of `workers` (processes; 1 is this one)."""
    answers = []
    with _mapping(min(workers, len(paths))) as mapping:
        for answer in mapping(partial(one, suites=suites, redraw=redraw), paths):
            if progress is not None:
                progress(answer)
            answers.append(answer)
    return answers


@contextmanager
def _mapping(workers: int) -> Iterator[Any]:
    if workers <= 1:
        yield map
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool.map
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
