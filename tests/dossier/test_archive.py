from pathlib import Path

import pytest

from mes_conformity.dossier.archive import read
from mes_conformity.foundation.errors import InvalidInput


def test_an_intact_dossier_is_opened(sealed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    path.write_bytes(sealed)
    dossier = read(path)
    assert dossier.path == str(path)
    assert dossier.documents.run["service"]["product"] == "Glyco Suivi"


def test_an_altered_one_is_refused_with_its_place(sealed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    path.write_bytes(sealed.replace(b"TLS 1.3, TLS_AES", b"TLS 1.0, TLS_AES"))
    with pytest.raises(InvalidInput) as caught:
        read(path)
    assert caught.value.code == "DOS009"
    assert caught.value.location is not None
    assert caught.value.location.file.endswith("evidence/tls.txt")
    assert caught.value.hint is not None


def test_a_cut_one_is_refused(sealed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    path.write_bytes(sealed[:-1])
    with pytest.raises(InvalidInput) as caught:
        read(path)
    assert caught.value.location is not None
    assert caught.value.location.file == str(path)
