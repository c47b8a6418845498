"""Files that survive: atomic writes, appended lines, locks.

A reader sees the old file or the new one, never a torn one: the bytes go to a file beside it, reach the disk, and
take its name in one move. A full or read-only disk leaves the old file as it was and says so (`STO003`).
"""

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mes_conformity.foundation.errors import Conflict, InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both


def read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    Raises InvalidInput `STO002` (missing, not a file, unreadable) or `STO004` (too big).
    """
    try:
        if not path.exists():
            raise _unreadable(path, both("le fichier n'existe pas"))
        if not path.is_file():
            raise _unreadable(path, both("ce n'est pas un fichier"))
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size  # asked for as a whole, a limit would be allocated as a whole
            data = stream.read(min(size, limit) + 1)
            if len(data) > size:  # it grew, or is one of those that have no size
                data += stream.read(limit + 1 - len(data))
    except OSError as error:
        raise _unreadable(path, both("le fichier ne peut pas être lu"), error) from None
    if len(data) > limit:
        raise InvalidInput(
            "STO004", both("le fichier est trop gros"), location=Location(str(path)), expected=f"≤ {limit} octets"
        )
    return data


def _unreadable(path: Path, message: Text, error: OSError | None = None) -> InvalidInput:
    return InvalidInput(
        "STO002",
        message,
        location=Location(str(path)),
        obtained=error.strerror if error else None,
        hint=both("vérifiez le chemin et vos droits de lecture"),
    )


def write(path: Path, data: bytes | str, *, durable: bool = True) -> None:
    """Write a whole file at once, making its folder. `durable` waits until the disk has it.

    Raises InvalidInput `STO003` where the disk refuses; the old content is then untouched.
    """
    content = data.encode() if isinstance(data, str) else data
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with _opened(beside) as stream:
            stream.write(content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        beside.replace(path)
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise _not_written(path, error) from None
    except BaseException:  # ^C between the bytes and the move must leave nothing behind
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _opened(path: Path) -> BinaryIO:
    """A new file, its folder made where it is not there: most of the time it is."""
    try:
        return path.open("wb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; where a folder cannot be opened (Windows) the move is all there is."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _not_written(path: Path, error: OSError) -> InvalidInput:
    reasons = {
        errno.ENOSPC: both("le disque est plein"),
        errno.EDQUOT: both("le quota du disque est atteint"),
        errno.EROFS: both("le disque est en lecture seule"),
        errno.EACCES: both("le dossier n'est pas accessible en écriture"),
        errno.EPERM: both("le dossier n'est pas accessible en écriture"),
    }
    return InvalidInput(
        "STO003",
        both("l'écriture a échoué : {reason}", reason=reasons.get(error.errno or 0, error.strerror or str(error))),
        location=Location(str(path)),
        hint=both("libérez de la place ou changez de dossier, puis relancez ; le fichier précédent est intact"),
    )


def append(path: Path, line: str) -> None:
    """Add one line to a file and wait until the disk has it. Raises InvalidInput `STO003`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as stream:
            stream.write(line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise _not_written(path, error) from None


@contextlib.contextmanager
def lock(path: Path, *, owner: str) -> Iterator[None]:
    """Hold the lock file `path`; the system releases it with the process, however that ends.

    Raises Conflict `STO001`, naming who holds it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab", buffering=0)
    except OSError as error:
        raise _not_written(path, error) from None
    with stream:
        if not _take(stream.fileno()):
            raise _held(path)
        # The name of the holder is a courtesy: a full disk must not prevent from reading, or from failing further on
        # with the name of the file that matters.
        with contextlib.suppress(OSError):
            stream.truncate(0)
            stream.write(json.dumps({"pid": os.getpid(), "owner": owner}, ensure_ascii=False).encode())
        yield


def _take(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - only where the system has no flock
        import msvcrt

        locking, mode = getattr(msvcrt, "locking"), getattr(msvcrt, "LK_NBLCK")  # noqa: B009 - absent from Linux stubs
        with contextlib.suppress(OSError):
            locking(handle, mode, 1)
            return True
        return False
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _held(path: Path) -> Conflict:
    try:
        with path.open("rb") as stream:
            holder = json.loads(stream.read(4096))
        who = f"{holder['owner']} (pid {holder['pid']})"
    except (OSError, ValueError, LookupError, TypeError):
        who = "?"
    return Conflict(
        "STO001",
        both("un autre processus travaille déjà ici"),
        location=Location(str(path)),
        obtained=who,
        hint=both("attendez qu'il ait fini, ou fermez-le, puis relancez"),
    )
