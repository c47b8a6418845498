"""The archive: the one canonical ZIP form of a set of files, written by pieces and read back strictly.

Entries are stored (never compressed, so the bytes do not depend on a compression library), sorted by name, without
extra fields, comments, data descriptors or gaps: a set of files and a moment have exactly one archive. Reading trusts
nothing: every length is checked before it is used, nothing is written, and memory stays at the size of the file.

Source: APPNOTE.TXT 6.3.10 (PKWARE), §4.3.7 (local header), §4.3.12 (central directory), §4.3.16 (end record).
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from mes_conformity.dossier import names
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.foundation.storage import read_bytes

MAX_BYTES = 256 * 1024 * 1024
MAX_ENTRIES = 20_000
EPOCH = datetime(1980, 1, 1, tzinfo=UTC)

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_VERSION, _MADE_BY = 20, 3 << 8 | 20
_UTF8, _ENCRYPTED, _DESCRIPTOR = 1 << 11, 1 << 0, 1 << 3
_REGULAR_FILE = 0o100644 << 16


class Piece(NamedTuple):
    """A stretch of the archive: which part it is (`header`, `content`, `directory`, `end`), of which file."""

    part: str
    name: str
    data: bytes | memoryview


class Files(Mapping[str, bytes]):
    """The files of an archive, cut out of it only when asked, so that the content is never held twice."""

    def __init__(self, raw: bytes, spans: Mapping[str, tuple[int, int]]) -> None:
        self._raw = raw
        self._view = memoryview(raw)
        self._spans = spans

    def view(self, name: str) -> memoryview:
        """The content of a file without a copy."""
        start, end = self._spans[name]
        return self._view[start:end]

    def starts_at(self, name: str) -> int:
        """Where the content of a file begins in the archive."""
        return self._spans[name][0]

    def __getitem__(self, name: str) -> bytes:
        start, end = self._spans[name]
        return self._raw[start:end]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


def pack(files: Mapping[str, bytes], moment: datetime = EPOCH) -> bytes:
    """The archive of `files`, each dated `moment` (even seconds, 1980 to 2107).

    Raises InvalidInput `DOS003` (too big), `DOS004` (unsafe name), `DOS005` (colliding names).
    """
    for name in files:
        names.check(name)
    names.check_together(files)
    size = sum(_LOCAL.size + _CENTRAL.size + 2 * len(name.encode()) + len(data) for name, data in files.items())
    if size > MAX_BYTES or len(files) > MAX_ENTRIES:
        raise _too_much(both("le contenu à sceller dépasse ce qu'un dossier peut tenir"), f"{size} octets")
    return b"".join(piece.data for piece in pieces(files, moment))


def pieces(files: Mapping[str, bytes] | Mapping[str, memoryview], moment: datetime) -> Iterator[Piece]:
    """The archive of `files`, piece after piece."""
    time, date = _dos(moment)
    offset = 0
    directory: list[tuple[str, bytes]] = []
    for name in sorted(files, key=lambda text: text.encode()):
        data, encoded = files[name], name.encode()
        common = (_UTF8, 0, time, date, zlib.crc32(data), len(data), len(data), len(encoded), 0)
        header = _LOCAL.pack(b"PK\x03\x04", _VERSION, *common) + encoded
        yield Piece("header", name, header)
        yield Piece("content", name, data)
        record = _CENTRAL.pack(b"PK\x01\x02", _MADE_BY, _VERSION, *common, 0, 0, 0, _REGULAR_FILE, offset)
        directory.append((name, record + encoded))
        offset += len(header) + len(data)
    for name, record in directory:
        yield Piece("directory", name, record)
    size, count = sum(len(record) for _name, record in directory), len(directory)
    yield Piece("end", "", _END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0))


def _dos(moment: datetime) -> tuple[int, int]:
    """MS-DOS time and date (§4.4.6), resolution two seconds."""
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, (moment.year - 1980) << 9 | moment.month << 5 | moment.day


def clamp(moment: datetime) -> datetime:
    """`moment` as an archive can hold it: UTC, even seconds, 1980 to 2107."""
    moment = moment.astimezone(UTC).replace(microsecond=0)
    moment = moment.replace(second=moment.second & ~1)
    return min(max(moment, EPOCH), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC))


def load(path: Path) -> bytes:
    """The bytes of the archive at `path`. Raises InvalidInput `STO002` (no such file) or `STO004` (over 256 MiB)."""
    return read_bytes(path, MAX_BYTES)


def unpack(raw: bytes) -> Files:
    """The files of an archive. Raises InvalidInput `DOS002` to `DOS007`; never anything else, whatever the bytes."""
    count, start, end = _directory(raw)
    spans: dict[str, tuple[int, int]] = {}
    found: list[str] = []
    at, offset = start, 0
    for _index in range(count):
        if at + _CENTRAL.size > end:
            raise _broken(both("le répertoire de l'archive est tronqué"))
        name, span, at = _entry(raw, at, (start, end), offset)
        found.append(name)
        spans[name] = span
        offset = span[1]
    if at != end:
        raise _broken(both("le répertoire de l'archive contient des octets de trop"))
    names.check_together(found)
    return Files(raw, spans)


def _directory(raw: bytes) -> tuple[int, int, int]:
    """(number of entries, first byte, byte after the last) of the central directory."""
    start = len(raw) - _END.size
    if start < 0 or raw[start : start + 4] != b"PK\x05\x06":
        message = both("ce fichier n'est pas un dossier de recette, ou il est tronqué ou rallongé")
        raise InvalidInput("DOS002", message, hint=both("demandez à nouveau le fichier à son éditeur"))
    _sign, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(raw, start)
    if disk or first_disk or here != count or comment or offset + size != start:
        raise _broken(both("la fin de l'archive ne correspond pas à son contenu"))
    if count > MAX_ENTRIES:
        raise _too_much(both("l'archive contient trop de fichiers"), str(count))
    return count, offset, start


def _entry(raw: bytes, at: int, directory: tuple[int, int], place: int) -> tuple[str, tuple[int, int], int]:
    """The entry whose directory record stands at `at`: name, span of its content, where the next record stands.

    It must begin at `place`, where the one before it ends: shared bytes (zip bombs) and gaps are refused.
    """
    start, end = directory
    fields = _CENTRAL.unpack_from(raw, at)
    sign, flags, method = fields[0], fields[3], fields[4]
    stored, size, length, extra, comment = fields[8:13]
    attributes, offset = fields[15], fields[16]
    after = at + _CENTRAL.size + length
    if sign != b"PK\x01\x02" or after > end:
        raise _broken(both("le répertoire de l'archive est illisible"))
    name = _decode(raw[at + _CENTRAL.size : after])
    names.check(name)
    if flags & _ENCRYPTED or method or stored != size or attributes != _REGULAR_FILE:
        message = both("entrée compressée, chiffrée, lien ou fichier spécial : un dossier n'en contient jamais")
        raise InvalidInput("DOS006", message, location=Location(names.printable(name)), hint=names.HINT)
    if extra or comment or flags & _DESCRIPTOR:
        raise _broken(both("l'entrée porte des champs cachés"), name)
    content = offset + _LOCAL.size + length
    if offset != place or content + size > start or raw[offset : offset + 4] != b"PK\x03\x04":
        raise _broken(both("l'entrée ne suit pas celle qui la précède"), name)
    return name, (content, content + size), after


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise InvalidInput("DOS004", both("nom qui n'est pas en UTF-8 dans l'archive"), hint=names.HINT) from None


def first_difference(raw: bytes, files: Files, moment: datetime) -> Piece | None:
    """The first stretch where `raw` is not the canonical archive of `files` (cut out of it) dated `moment`.

    None when it is. A content that stands where it must is itself: only its checksum, in the headers, is compared.
    """
    offset = 0
    for piece in pieces({name: files.view(name) for name in files}, moment):
        end = offset + len(piece.data)
        if piece.part == "content":
            if files.starts_at(piece.name) != offset:
                return piece
        elif raw[offset:end] != piece.data:
            return piece
        offset = end
    return None if offset == len(raw) else Piece("end", "", b"")


def _broken(message: Text, name: str = "") -> InvalidInput:
    where = Location(names.printable(name)) if name else None
    return InvalidInput("DOS007", message, location=where, hint=names.HINT)


def _too_much(message: Text, obtained: str) -> InvalidInput:
    expected = f"≤ {MAX_ENTRIES} / {MAX_BYTES} octets"
    return InvalidInput("DOS003", message, expected=expected, obtained=obtained)
