"""Files that survive."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mes_conformity.foundation import storage
from mes_conformity.foundation.errors import Conflict, InvalidInput


def test_a_file_is_written_whole_with_its_folder(tmp_path: Path) -> None:
    storage.write(tmp_path / "a" / "b.txt", "é")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "é".encode()
    assert os.listdir(tmp_path / "a") == ["b.txt"]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disque est plein"), (errno.EROFS, "lecture seule"), (errno.EIO, "Input/output")],
)
def test_a_refusing_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def full(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InvalidInput) as caught:
        storage.write(path, "new")
    assert caught.value.code == "STO003"
    assert words in str(caught.value)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_an_interruption_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        storage.write(tmp_path / "a.txt", "new")
    assert os.listdir(tmp_path) == []


def test_a_full_device_is_told() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(InvalidInput, match="STO003"):
        storage.append(Path("/dev/full"), "line")


def test_lines_are_appended(tmp_path: Path) -> None:
    storage.append(tmp_path / "x" / "log", "one")
    storage.append(tmp_path / "x" / "log", "two")
    assert (tmp_path / "x" / "log").read_text() == "one\ntwo\n"


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert storage.read_bytes(tmp_path / "a", 5) == b"12345"
    with pytest.raises(InvalidInput, match="STO004"):
        storage.read_bytes(tmp_path / "a", 4)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="STO002"):
        storage.read_bytes(tmp_path, 4)


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"1")

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InvalidInput) as caught:
        storage.read_bytes(tmp_path / "a", 4)
    assert caught.value.obtained == "Permission denied"


def test_a_lock_is_held_once_and_names_its_holder(tmp_path: Path) -> None:
    with storage.lock(tmp_path / "lock", owner="assess"):
        with pytest.raises(Conflict) as caught, storage.lock(tmp_path / "lock", owner="other"):
            pass
        assert caught.value.code == "STO001"
        assert f"assess (pid {os.getpid()})" == caught.value.obtained
    with storage.lock(tmp_path / "lock", owner="again"):
        pass


def test_a_killed_process_frees_its_lock(tmp_path: Path) -> None:
    code = (
        "import sys, os, signal, pathlib\n"
        "from mes_conformity.foundation import storage\n"
        "with storage.lock(pathlib.Path(sys.argv[1]), owner='x'):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "lock"], check=False)
    with storage.lock(tmp_path / "lock", owner="next"):
        assert "next" in (tmp_path / "lock").read_text()


def test_a_lock_with_an_unreadable_holder_is_still_told(tmp_path: Path) -> None:
    with storage.lock(tmp_path / "lock", owner="x"):
        (tmp_path / "lock").write_text("not json")
        with pytest.raises(Conflict) as caught, storage.lock(tmp_path / "lock", owner="other"):
            pass
        assert caught.value.obtained == "?"


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="STO003"), storage.lock(tmp_path / "file" / "lock", owner="x"):
        pass


def test_a_full_disk_does_not_prevent_from_holding_a_lock() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with (
        storage.lock(Path("/dev/full"), owner="x"),
        pytest.raises(Conflict),
        storage.lock(Path("/dev/full"), owner="y"),
    ):
        pass
