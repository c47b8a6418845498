"""Replaying dossiers on a Dask cluster: the bytes of each go out, its verdicts come back.

No file system is shared and only a few dossiers are on their way at a time, so that memory here stays that of a few
of them. Each worker needs this program; the cluster runs what it is sent, so it must be one that you trust.
"""

import re
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
_ADDRESS: Final = re.compile(r"(?:(?:tcp|tls|wss?|ucx)://)?(?:[^\s/:@]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}")
_NOBODY: Final = "0 worker"
_LOOK, _GLANCE = "5s", "100ms"
_LOOKS: Final = 3  # a node that fell is given the time to be started again
_AHEAD: Final = 2  # dossiers on their way for each thread of the cluster: one in work, one waiting


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at `address` (`tcp://host:port`).

    Raises UsageError `USE001` (no such address), `DOS034` (the extra is not installed), Inconclusive `DOS035` (nobody
    answers, or nobody works).
    """
    if not _ADDRESS.fullmatch(address):  # the library would leave a client half made, that ends in a traceback
        message = both("valeur refusée pour {option}", option="--scheduler")
        raise UsageError("USE001", message, expected="tcp://127.0.0.1:8786", obtained=address)
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
            raise _unreachable(address, _NOBODY)
        yield client
    finally:
        client.close()


def replayed(
    client: Any, paths: Sequence[Path], suites: Suites, redraw: consistency.Redraw | None
) -> Iterator[dict[str, Any]]:
    """The entries of `paths`, in their order (see `many.one`)."""
    playing = _Playing(client, suites, redraw)
    room = _AHEAD * sum(client.nthreads().values())
    waiting: deque[tuple[Path, Any]] = deque()
    for path in paths:
        if len(waiting) == room:
            yield playing.answer(*waiting.popleft())
        waiting.append((path, playing.sent(path)))
    while waiting:
        yield playing.answer(*waiting.popleft())


class _Playing:
    """A cluster at work. `alone`: how many times in a row nobody was found working; too many, and nothing is sent."""

    def __init__(self, client: Any, suites: Suites, redraw: consistency.Redraw | None) -> None:
        self._client, self._suites, self._redraw = client, suites, redraw
        self._alone = 0

    def sent(self, path: Path) -> Any:
        """What is on its way; the error of a file that cannot even be read, or be sent to anybody."""
        if self._alone >= _LOOKS:
            return _not_replayed(_NOBODY)
        try:
            raw = container.load(path)
        except ConformityError as error:
            return error
        return self._client.submit(many.received, raw, str(path), self._suites, self._redraw, pure=False)

    def answer(self, path: Path, sent: Any) -> dict[str, Any]:
        """The entry of a dossier, when the cluster has it."""
        if isinstance(sent, ConformityError):
            return many.refused(str(path), self._suites, sent)
        failure = self._failure(sent)
        if failure is None:
            answer: dict[str, Any] = sent.result()
            return answer
        return many.refused(str(path), self._suites, _not_replayed(failure))

    def _failure(self, sent: Any) -> str | None:
        """Why the cluster has no verdict, None where it has one; where nobody works any more, nothing is awaited."""
        while True:
            try:
                failure = sent.exception(timeout=_LOOK if self._alone < _LOOKS else _GLANCE)
            except TimeoutError:
                self._alone = 0 if self._somebody() else self._alone + 1
                if self._alone >= _LOOKS:
                    return _NOBODY
            else:
                if failure is not None:
                    return type(failure).__name__
                return None if sent.status == "finished" else str(sent.status)

    def _somebody(self) -> bool:
        try:
            return bool(self._client.nthreads())
        except (OSError, RuntimeError, TimeoutError):  # its scheduler is gone too
            return False


def _not_replayed(kind: str) -> Inconclusive:
    message = both("la grappe n'a pas rejoué ce dossier : {kind}", kind=kind)
    return Inconclusive("DOS036", message, hint=both("installez sur chaque nœud la même version de mes-conformity"))


def _unreachable(address: str, reason: str) -> Inconclusive:
    return Inconclusive(
        "DOS035",
        both("aucune grappe ne répond à l'adresse « {address} »", address=address),
        obtained=reason,
        hint=both("vérifiez l'adresse du planificateur (`dask scheduler` l'affiche) et qu'il a des nœuds"),
    )
