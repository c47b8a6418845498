"""TLS of a sandbox: its folder goes with it, or with the next one where a process was killed; what it refuses."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.sandbox.transport_security import TransportSecurity

HOLD = """
import sys, time
from mes_conformity.sandbox.transport_security import TransportSecurity
with TransportSecurity.made():
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary folders are made, also by processes of this test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    tempfile.tempdir = None


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if "mes-conformity-" in path.name]


def test_nothing_stays_after_the_end(folders: Path) -> None:
    with TransportSecurity.made(mutual=True) as security:
        assert security.ca_file.is_file()
        assert len(left(folders)) == 1
    assert left(folders) == []


def test_nothing_stays_where_the_start_fails(folders: Path) -> None:
    def fail() -> None:
        with TransportSecurity.made():
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert left(folders) == []


def test_the_next_sandbox_removes_what_a_killed_one_left(folders: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with TransportSecurity.made():
            assert len(left(folders)) == 2  # the other one lives
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(left(folders)) == 1
    with TransportSecurity.made():
        assert len(left(folders)) == 1
    assert left(folders) == []


def test_a_folder_of_somebody_else_is_left_alone(folders: Path) -> None:
    (folders / "mes-conformity-notes").mkdir()
    with TransportSecurity.made():
        pass
    assert left(folders) == ["mes-conformity-notes"]


def test_a_link_planted_by_somebody_else_leads_nowhere(folders: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    precious = tmp_path_factory.mktemp("maison")
    (precious / "in-use").write_text("précieux", encoding="utf-8")
    (folders / "mes-conformity-piege").symlink_to(precious)
    with TransportSecurity.made():
        pass
    assert (precious / "in-use").read_text(encoding="utf-8") == "précieux"


def test_a_folder_of_another_user_is_left_alone(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left_by_them = folders / "mes-conformity-autrui"
    left_by_them.mkdir()
    (left_by_them / "in-use").write_text("à eux", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: -1)
        with TransportSecurity.made():
            pass
    assert (left_by_them / "in-use").read_text(encoding="utf-8") == "à eux"


@pytest.mark.parametrize("mutual", [False, True])
def test_an_old_protocol_is_refused_by_its_alert(mutual: bool) -> None:
    with Sandbox.start(tls=True, settings=Settings(mtls=mutual)) as sandbox:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
        client.set_ciphers("DEFAULT:@SECLEVEL=0")
        address = urlsplit(sandbox.url)
        with (
            socket.create_connection((address.hostname, address.port), timeout=5) as plain,
            pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"),
        ):
            client.wrap_socket(plain, server_hostname="localhost")
