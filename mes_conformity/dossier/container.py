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
# A record of the directory, in two halves: the date apart, the first is the same for every file of a dossier.
_CONSTANT = struct.pack("<4s4H", b"PK\x01\x02", _MADE_BY, _VERSION, _UTF8, 0)
_SIZES = struct.Struct("<3LH")
_VARYING = struct.Struct("<3L5H2L")


class Files(Mapping[str, bytes]):
    """The files of an archive, cut out of it only when asked, so that the content is never held twice.

    `stamp` is the date that every entry carries (MS-DOS time and date, as written).
    """

    def __init__(self, raw: bytes, spans: Mapping[str, tuple[int, int, int]], stamp: bytes) -> None:
        self._raw = raw
        self._view = memoryview(raw)
        self._spans = spans
        self.stamp = stamp

    def view(self, name: str) -> memoryview:
        """The content of a file without a copy."""
        start, end, _checksum = self._spans[name]
        return self._view[start:end]

    def checksum(self, name: str) -> int:
        """The CRC-32 that the archive announces for a file; nothing has compared it with the content yet."""
        return self._spans[name][2]

    def __getitem__(self, name: str) -> bytes:
        start, end, _checksum = self._spans[name]
        return self._raw[start:end]

    def __contains__(self, name: object) -> bool:
        return name in self._spans

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


def pack(files: Mapping[str, bytes], moment: datetime = EPOCH) -> bytes:
    """The archive of `files`, each dated `moment` (even seconds, 1980 to 2107).

    Raises InvalidInput `DOS003` (too big), `DOS004` (unsafe name), `DOS005` (colliding names).
    """
    names.check_all(list(files))
    size = sum(_LOCAL.size + _CENTRAL.size + 2 * len(name.encode()) + len(data) for name, data in files.items())
    if size > MAX_BYTES or len(files) > MAX_ENTRIES:
        raise _too_much(both("le contenu à sceller dépasse ce qu'un dossier peut tenir"), f"{size} octets")
    return b"".join(pieces(files, moment))


def pieces(files: Mapping[str, bytes], moment: datetime) -> Iterator[bytes]:
    """The archive of `files`, piece after piece: header and content of each by name, the directory, the end."""
    time, date = _dos(moment)
    offset = 0
    directory: list[bytes] = []
    for name in sorted(files, key=lambda text: text.encode()):
        data, encoded = files[name], name.encode()
        common = (_UTF8, 0, time, date, zlib.crc32(data), len(data), len(data), len(encoded), 0)
        header = _LOCAL.pack(b"PK\x03\x04", _VERSION, *common) + encoded
        yield header
        yield data
        record = _CENTRAL.pack(b"PK\x01\x02", _MADE_BY, _VERSION, *common, 0, 0, 0, _REGULAR_FILE, offset)
        directory.append(record + encoded)
        offset += len(header) + len(data)
    yield from directory
    size, count = sum(map(len, directory)), len(directory)
    yield _END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)


def _dos(moment: datetime) -> tuple[int, int]:
    """MS-DOS time and date (§4.4.6), resolution two seconds."""
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    return time, (moment.year - 1980) << 9 | moment.month << 5 | moment.day


def stamp(moment: datetime) -> bytes:
    """How an entry of an archive of that moment is dated."""
    return struct.pack("<2H", *_dos(moment))


def clamp(moment: datetime) -> datetime:
    """`moment` as an archive can hold it: UTC, even seconds, 1980 to 2107."""
    moment = moment.astimezone(UTC).replace(microsecond=0)
    moment = moment.replace(second=moment.second & ~1)
    return min(max(moment, EPOCH), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC))


def load(path: Path) -> bytes:
    """The bytes of the archive at `path`. Raises InvalidInput `STO002` (no such file) or `STO004` (over 256 MiB)."""
    return read_bytes(path, MAX_BYTES)


def unpack(raw: bytes) -> Files:
    """The files of an archive. Raises InvalidInput `DOS002` to `DOS007`; never anything else, whatever the bytes.

    Every byte but the contents, their checksums and the date is then what `pieces` writes: an entry is compared with
    the one form it can have, and looked at field by field only to say what is wrong with it.
    """
    count, start, end = _directory(raw)
    constant = _CONSTANT + raw[start + 12 : start + 16]  # every entry is dated like the first
    spans: dict[str, tuple[int, int, int]] = {}
    found: list[str] = []
    at, place, before = start, 0, b""
    for _index in range(count):
        fixed = at + _CENTRAL.size
        if fixed > end:
            raise _broken(both("le répertoire de l'archive est tronqué"))
        checksum, _stored, size, length = _SIZES.unpack_from(raw, at + 16)
        encoded = raw[fixed : fixed + length]
        content = place + _LOCAL.size + length
        record = constant + _VARYING.pack(checksum, size, size, length, 0, 0, 0, 0, _REGULAR_FILE, place)
        header = b"PK\x03\x04" + raw[at + 6 : at + 32] + encoded
        if raw[at:fixed] != record or raw[place:content] != header or content + size > start:
            raise _wrong(raw, at, (start, end), place)
        name = _decode(encoded)
        if encoded < before:
            raise _broken(both("les fichiers de l'archive ne sont pas rangés par nom"), name)
        found.append(name)
        spans[name] = content, content + size, checksum
        at, place, before = fixed + length, content + size, encoded
    if at != end:
        raise _broken(both("le répertoire de l'archive contient des octets de trop"))
    if place != start:
        raise _broken(both("l'archive contient des octets que rien ne décrit"))
    names.check_all(found)
    return Files(raw, spans, constant[12:])


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


def _wrong(raw: bytes, at: int, directory: tuple[int, int], place: int) -> InvalidInput:
    """What is wrong with the entry whose directory record stands at `at`, and which is not canonical.

    It must begin at `place`, where the one before it ends: shared bytes (zip bombs) and gaps are refused.
    """
    start, end = directory
    fields = _CENTRAL.unpack_from(raw, at)
    sign, flags, method = fields[0], fields[3], fields[4]
    stored, size, length, extra, comment = fields[8:13]
    attributes, offset = fields[15], fields[16]
    after = at + _CENTRAL.size + length
    if sign != b"PK\x01\x02" or after > end:
        return _broken(both("le répertoire de l'archive est illisible"))
    name = _decode(raw[at + _CENTRAL.size : after])
    names.check_all([name])
    if flags & _ENCRYPTED or method or stored != size or attributes != _REGULAR_FILE:
        message = both("entrée compressée, chiffrée, lien ou fichier spécial : un dossier n'en contient jamais")
        return InvalidInput("DOS006", message, location=Location(names.printable(name)), hint=names.HINT)
    if extra or comment or flags & _DESCRIPTOR:
        return _broken(both("l'entrée porte des champs cachés"), name)
    content = offset + _LOCAL.size + length
    if offset != place or content + size > start or raw[offset : offset + 4] != b"PK\x03\x04":
        return _broken(both("l'entrée ne suit pas celle qui la précède"), name)
    return _broken(both("l'entrée n'a pas la forme que lui donne un dossier de recette"), name)


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise InvalidInput("DOS004", both("nom qui n'est pas en UTF-8 dans l'archive"), hint=names.HINT) from None


def _broken(message: Text, name: str = "") -> InvalidInput:
    where = Location(names.printable(name)) if name else None
    return InvalidInput("DOS007", message, location=where, hint=names.HINT)


def _too_much(message: Text, obtained: str) -> InvalidInput:
    expected = f"≤ {MAX_ENTRIES} / {MAX_BYTES} octets"
    return InvalidInput("DOS003", message, expected=expected, obtained=obtained)
