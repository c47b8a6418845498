"""Replaying many dossiers: each on its own, in as many processes as asked, none able to stop the others.

Only paths go out and verdicts come back: memory is that of one dossier a process. On a cluster (see `cluster`) the
dossiers themselves go out, and the verdicts are the same.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mes_conformity.dossier import consistency
from mes_conformity.dossier.archive import read, read_bytes
from mes_conformity.dossier.replay import VERDICTS, Suites, replay
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation.errors import ConformityError, InvalidInput, Location
from mes_conformity.foundation.i18n import both

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

SUFFIX = ".mesdossier.zip"
Progress = Callable[[dict[str, Any]], None]


def found(paths: Sequence[Path]) -> list[Path]:
    """The dossiers named, folders searched (`*.mesdossier.zip`, at any depth). Raises InvalidInput `DOS001`."""
    result: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        if not inside:
            raise InvalidInput(
                "DOS001",
                both("il n'y a pas de dossier ici"),
                location=Location(str(path)),
                hint=both("construisez-le avec `mes-conformity dossier build`, ou donnez son chemin"),
            )
        result.extend(inside)
    return list(dict.fromkeys(result))


def one(path: Path, suites: Suites, redraw: consistency.Redraw | None) -> dict[str, Any]:
    """The entry of a dossier (see `replay`), with `signature`, or with `error {code, message, where}` when refused."""
    try:
        return _replayed(read(path), suites, redraw)
    except ConformityError as error:
        return refused(str(path), suites, error)


def received(raw: bytes, name: str, suites: Suites, redraw: consistency.Redraw | None) -> dict[str, Any]:
    """The same, for a dossier that came as bytes."""
    try:
        return _replayed(read_bytes(raw, name), suites, redraw)
    except ConformityError as error:
        return refused(name, suites, error)


def _replayed(dossier: Dossier, suites: Suites, redraw: consistency.Redraw | None) -> dict[str, Any]:
    return {**replay(dossier, suites, redraw), "signature": dossier.signature and dossier.signature.to_json()}


def refused(name: str, suites: Suites, error: ConformityError) -> dict[str, Any]:
    """The entry of a dossier that could not be replayed."""
    where = str(error.location) if error.location else None
    told = {"code": error.code, "message": error.message, "where": where, "exit_code": int(error.exit_code)}
    empty: dict[str, Any] = {"summary": dict.fromkeys(VERDICTS, 0), "cases": [], "findings": [], "signature": None}
    return {"path": name, "sha256": None, "suites": suites, **empty, "error": told}


def replay_all(
    paths: Sequence[Path],
    suites: Suites = "embedded",
    *,
    workers: int = 1,
    scheduler: str | None = None,
    redraw: consistency.Redraw | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """The entries of `paths`, in their order, whatever plays them: this process, as many `workers`, or a cluster.

    `scheduler` is the address of a Dask scheduler; raises UsageError or Inconclusive where there is none
    (`cluster.connected`).
    """
    answers = []
    with _playing(paths, suites, redraw, workers, scheduler) as playing:
        for answer in playing:
            if progress is not None:
                progress(answer)
            answers.append(answer)
    return answers


@contextmanager
def _playing(
    paths: Sequence[Path], suites: Suites, redraw: consistency.Redraw | None, workers: int, scheduler: str | None
) -> Iterator[Iterable[dict[str, Any]]]:
    if scheduler is not None:
        from mes_conformity.dossier import cluster

        with cluster.connected(scheduler) as client:
            yield cluster.replayed(client, paths, suites, redraw)
    elif min(workers, len(paths)) > 1:
        with _processes(min(workers, len(paths))) as pool:
            yield pool.map(partial(one, suites=suites, redraw=redraw), paths)
    else:
        yield (one(path, suites, redraw) for path in paths)


@contextmanager
def _processes(count: int) -> Iterator["ProcessPoolExecutor"]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
