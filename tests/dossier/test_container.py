import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.dossier import container
from mes_conformity.foundation.errors import InvalidInput

FILES = {"run.json": b"{}", "cases/A-1/case.json": b"[1]", "evidence/été.txt": "é".encode()}
NAMES = st.from_regex(r"evidence/[a-zà-ÿ0-9_-]{1,20}\.txt", fullmatch=True)


def code(raw: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        container.unpack(raw)
    return caught.value.code


def test_any_zip_reader_opens_it() -> None:
    with zipfile.ZipFile(io.BytesIO(container.pack(FILES))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_names_are_sorted_whatever_the_order_given() -> None:
    backwards = dict(sorted(FILES.items(), reverse=True))
    assert container.pack(backwards) == container.pack(FILES)
    assert list(container.unpack(container.pack(FILES))) == sorted(FILES, key=str.encode)


@given(st.dictionaries(NAMES, st.binary(max_size=50), max_size=6))
def test_what_is_packed_is_unpacked(files: dict[str, bytes]) -> None:
    import unicodedata

    files = {unicodedata.normalize("NFC", name): data for name, data in files.items()}
    assert dict(container.unpack(container.pack(files))) == files


def test_the_moment_stands_in_every_entry() -> None:
    moment = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)
    with zipfile.ZipFile(io.BytesIO(container.pack(FILES, moment))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 11, 22, 12, 34, 56)}


@pytest.mark.parametrize(
    ("given_moment", "kept"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), datetime(1980, 1, 1, tzinfo=UTC)),
        (datetime(2200, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)),
        (datetime(2026, 1, 1, 0, 0, 3, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 2, tzinfo=UTC)),
    ],
)
def test_a_moment_is_clamped_to_what_a_zip_holds(given_moment: datetime, kept: datetime) -> None:
    assert container.clamp(given_moment) == kept


def test_an_empty_set_has_an_archive() -> None:
    assert dict(container.unpack(container.pack({}))) == {}


def test_files_count_themselves() -> None:
    assert len(container.unpack(container.pack(FILES))) == 3


@pytest.mark.parametrize("raw", [b"", b"PK", b"hello" * 30, b"PK\x05\x06" + b"\0" * 17, b"\0" * 22])
def test_what_is_no_archive_is_said_so(raw: bytes) -> None:
    assert code(raw) == "DOS002"


def test_bytes_after_the_end_are_refused() -> None:
    assert code(container.pack(FILES) + b"x") == "DOS002"


def test_bytes_before_the_start_are_refused() -> None:
    assert code(b"x" + container.pack(FILES)) == "DOS007"


def test_too_many_entries_are_refused_before_they_are_read() -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_535, 65_535, 0, 0, 0)
    assert code(end) == "DOS003"


def test_a_directory_shorter_than_its_count_is_refused() -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 0, 0, 0)
    assert code(end) == "DOS007"


def other(write: Callable[[zipfile.ZipFile], object]) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of duplicate names
        with zipfile.ZipFile(stream, "w") as archive:
            write(archive)
    return stream.getvalue()


def info(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr, entry.flag_bits = 3, mode << 16, 0x800
    return entry


def test_compressed_entries_are_refused() -> None:
    assert code(other(lambda archive: archive.writestr("run.json", b"0" * 10_000, zipfile.ZIP_DEFLATED))) == "DOS006"


def test_links_are_refused() -> None:
    assert code(other(lambda archive: archive.writestr(info("run.json", 0o120777), b"/etc/passwd"))) == "DOS006"


def test_encrypted_entries_are_refused() -> None:
    raw = bytearray(container.pack({"run.json": b"{}"}))
    at = raw.index(b"PK\x01\x02") + 8
    raw[at] |= 1
    assert code(bytes(raw)) == "DOS006"


def test_directories_are_refused() -> None:
    assert code(other(lambda archive: archive.writestr(info("cases/"), b""))) == "DOS004"


def test_extra_fields_are_refused() -> None:
    def write(archive: zipfile.ZipFile) -> None:
        entry = info("run.json")
        entry.extra = b"\x99\x99\x00\x00"
        archive.writestr(entry, b"{}")

    assert code(other(write)) == "DOS007"


def test_the_same_name_twice_is_refused() -> None:
    assert code(laid(("run.json", b"{}"), ("run.json", b"[]"))) == "DOS005"


def test_entries_that_share_bytes_are_refused() -> None:
    one = container.pack({"run.json": b"{}"})
    directory = one[one.index(b"PK\x01\x02") : one.index(b"PK\x05\x06")]
    body = one[: one.index(b"PK\x01\x02")]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(directory), len(body), 0)
    assert code(body + directory * 2 + end) == "DOS007"


def test_a_name_that_is_not_utf8_is_refused() -> None:
    assert code(container.pack({"run.json": b"{}"}).replace(b"run.json", b"run.jso\xff")) == "DOS004"


@pytest.mark.parametrize("name", ["/etc/passwd", "evidence/../../x", "evidence\\x", "C:/x", "other/x", "evidence//x"])
def test_a_name_that_leaves_is_refused_when_packing(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        container.pack({name: b""})
    assert caught.value.code == "DOS004"


def test_more_than_a_dossier_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_BYTES", 100)
    with pytest.raises(InvalidInput) as caught:
        container.pack({"run.json": b"0" * 200})
    assert caught.value.code == "DOS003"


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_BYTES", 10)
    path = tmp_path / "x.zip"
    path.write_bytes(b"0" * 11)
    with pytest.raises(InvalidInput) as caught:
        container.load(path)
    assert caught.value.code == "STO004"


@pytest.mark.parametrize("at", [4, 10, 14, 26], ids=["version", "time", "checksum", "name length"])
def test_a_header_that_the_directory_contradicts_is_refused(at: int) -> None:
    raw = bytearray(container.pack(FILES))
    raw[at] ^= 1
    assert code(bytes(raw)) == "DOS007"


def laid(*entries: tuple[str, bytes]) -> bytes:
    """The form of a dossier, but in the order given, and with the names given."""
    body, directory = b"", b""
    for name, data in entries:
        sizes = struct.pack("<3L2H", zlib.crc32(data), len(data), len(data), len(name), 0)
        common = struct.pack("<5H", 20, 1 << 11, 0, 0, 33) + sizes
        directory += b"PK\x01\x02\x14\x03" + common + struct.pack("<3H2L", 0, 0, 0, 0o100644 << 16, len(body))
        directory += name.encode()
        body += b"PK\x03\x04" + common + name.encode() + data
    count = len(entries)
    return body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


def test_the_form_of_a_dossier_is_this_one() -> None:
    assert laid(("evidence/a", b"1"), ("run.json", b"{}")) == container.pack({"run.json": b"{}", "evidence/a": b"1"})


def test_files_out_of_order_are_refused() -> None:
    with pytest.raises(InvalidInput, match="rangés par nom"):
        container.unpack(laid(("run.json", b"{}"), ("evidence/a", b"1")))


def test_bytes_before_the_directory_that_no_entry_describes_are_refused() -> None:
    raw = container.pack(FILES)
    start = int.from_bytes(raw[-6:-2], "little")
    end = raw[-22:-6] + (start + 1).to_bytes(4, "little") + raw[-2:]
    assert code(raw[:start] + b"x" + raw[start:-22] + end) == "DOS007"


def test_the_announced_checksums_and_date_are_those_written() -> None:
    moment = datetime(2026, 11, 22, 20, 10, 18, tzinfo=UTC)
    files = container.unpack(container.pack(FILES, moment))
    assert files.stamp == container.stamp(moment)
    assert {name: files.checksum(name) for name in files} == {name: zlib.crc32(data) for name, data in FILES.items()}
