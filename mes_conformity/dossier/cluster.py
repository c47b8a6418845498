"""Replaying dossiers on a Dask cluster: the bytes of each go out, its verdicts come back.

No file system is shared and only a few dossiers are on their way at a time, so that memory here stays that of a few
of them. Each worker needs this program; the cluster runs what it is sent, so it must be one that you trust.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from mes_conformity.dossier import consistency, container, many
from mes_conformity.dossier.replay import Suites
from mes_conformity.foundation.errors import ConformityError, Inconclusive, UsageError
from mes_conformity.foundation.i18n import both

_PATIENCE: Final = "5s"
_AHEAD: Final = 2  # dossiers on their way for each thread of the cluster: one in work, one waiting


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at `address` (`tcp://host:port`).

    Raises UsageError `DOS034` (the extra is not installed), Inconclusive `DOS035` (nobody answers, or nobody works).
    """
    try:
        from distributed import Client
    except ImportError:
        message = both("rejouer sur une grappe demande la bibliothèque Dask, qui n'est pas installée")
        raise UsageError("DOS034", message, hint=both("installez `mes-conformity[cluster]`")) from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise _unreachable(address, str(error)) from None
    try:
        if not client.nthreads():
            raise _unreachable(address, "0 worker")
        yield client
    finally:
        client.close()


def replayed(
    client: Any, paths: Sequence[Path], suites: Suites, redraw: consistency.Redraw | None
) -> Iterator[dict[str, Any]]:
    """The entries of `paths`, in their order (see `many.one`)."""
    room = _AHEAD * sum(client.nthreads().values())
    waiting: deque[tuple[Path, Any]] = deque()
    for path in paths:
        if len(waiting) == room:
            yield _answer(*waiting.popleft(), suites)
        waiting.append((path, _sent(client, path, suites, redraw)))
    while waiting:
        yield _answer(*waiting.popleft(), suites)


def _sent(client: Any, path: Path, suites: Suites, redraw: consistency.Redraw | None) -> Any:
    """What is on its way; the error of a file that cannot even be read."""
    try:
        raw = container.load(path)
    except ConformityError as error:
        return error
    return client.submit(many.received, raw, str(path), suites, redraw, pure=False)


def _answer(path: Path, sent: Any, suites: Suites) -> dict[str, Any]:
    if isinstance(sent, ConformityError):
        return many.refused(str(path), suites, sent)
    failure = sent.exception()
    if failure is None:
        answer: dict[str, Any] = sent.result()
        return answer
    message = both("la grappe n'a pas rejoué ce dossier : {kind}", kind=type(failure).__name__)
    hint = both("installez sur chaque nœud la même version de mes-conformity")
    return many.refused(str(path), suites, Inconclusive("DOS036", message, hint=hint))


def _unreachable(address: str, reason: str) -> Inconclusive:
    return Inconclusive(
        "DOS035",
        both("aucune grappe ne répond à l'adresse « {address} »", address=address),
        obtained=reason,
        hint=both("vérifiez l'adresse du planificateur (`dask scheduler` l'affiche) et qu'il a des nœuds"),
    )
