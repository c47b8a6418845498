"""`dossier sign`, `dossier verify --trust` as typed."""

import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "dossier")
    import dossier_samples

    return dossier_samples


@pytest.fixture
def dossier(tmp_path: Path, samples: ModuleType) -> Path:
    path = tmp_path / "d.mesdossier.zip"
    path.write_bytes(samples.dossier(tmp_path))
    return path


@pytest.fixture
def key(tmp_path: Path, run: Run) -> Path:
    assert run("dossier", "sign", "--new-key", "cle.pem").code == 0
    return tmp_path / "cle.pem"


def test_a_new_key_is_for_its_owner_alone(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"PUBLIC KEY" in key.with_name("cle.pem.pub").read_bytes()


def test_a_key_is_never_replaced(key: Path, run: Run) -> None:
    before = key.read_bytes()
    result = run("dossier", "sign", "--new-key", "cle.pem")
    assert result.code == 7
    assert "SIG008" in result.err
    assert key.read_bytes() == before


def test_a_key_goes_only_where_it_can(run: Run) -> None:
    assert run("dossier", "sign", "--new-key", "nowhere/cle.pem").code == 2


def test_sign_then_verify(dossier: Path, key: Path, run: Run) -> None:
    signed = run("dossier", "sign", dossier, "--key", "cle.pem", "--format", "json")
    assert signed.code == 0
    assert signed.json()["dossier"]["signed"] is True
    answer = run("dossier", "verify", dossier, "--format", "json").json()
    assert answer["verdict"] == "intact"
    assert answer["signature"]["keyid"] == signed.json()["dossier"]["keyid"]
    assert answer["sha256"] == signed.json()["dossier"]["sha256"]
    text = run("dossier", "verify", dossier)
    assert "intact, signé" in text.out
    assert "--trust" in text.err


def test_trust_names_the_keys_accepted(dossier: Path, key: Path, run: Run) -> None:
    run("dossier", "sign", dossier, "--key", "cle.pem", "-o", "signed.zip")
    accepted = run("dossier", "verify", "signed.zip", "--trust", "cle.pem.pub")
    assert accepted.code == 0
    assert "acceptez" in accepted.err
    unsigned = run("dossier", "verify", dossier, "--trust", "cle.pem.pub")
    assert unsigned.code == 3
    assert "DOS031" in unsigned.out
    run("dossier", "sign", "--new-key", "autre.pem")
    other = run("dossier", "verify", "signed.zip", "--trust", "autre.pem.pub", lang="en")
    assert other.code == 3
    assert "DOS032" in other.out


def test_a_key_from_the_environment(dossier: Path, key: Path, run: Run) -> None:
    variables = {"CLE": key.read_text()}
    assert run("dossier", "sign", dossier, "--key", "env:CLE", variables=variables).code == 0
    assert run("dossier", "sign", dossier, "--key", "env:NONE").code == 4


def test_a_key_from_the_keyring(dossier: Path, key: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "SIG007" in run("dossier", "sign", dossier, "--key", "keyring:editeur").err
    held = SimpleNamespace(get_password=lambda _service, name: key.read_text() if name == "editeur" else None)
    monkeypatch.setitem(sys.modules, "keyring", held)
    assert run("dossier", "sign", dossier, "--key", "keyring:editeur").code == 0
    assert run("dossier", "sign", dossier, "--key", "keyring:autre").code == 4


def test_a_passphrase_comes_from_the_environment(dossier: Path, run: Run) -> None:
    variables = {"MES_CONFORMITY_KEY_PASSPHRASE": "phrase-fictive"}
    assert run("dossier", "sign", "--new-key", "p.pem", variables=variables).code == 0
    assert run("dossier", "sign", dossier, "--key", "p.pem", variables=variables).code == 0
    missing = run("dossier", "sign", dossier, "--key", "p.pem")
    assert missing.code == 2
    assert "MES_CONFORMITY_KEY_PASSPHRASE" in missing.err
    wrong = run("dossier", "sign", dossier, "--key", "p.pem", variables={"MES_CONFORMITY_KEY_PASSPHRASE": "x"})
    assert wrong.code == 4
    assert "phrase-fictive" not in wrong.err


def test_a_passphrase_is_asked_on_a_terminal(dossier: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("dossier", "sign", "--new-key", "p.pem", variables={"MES_CONFORMITY_KEY_PASSPHRASE": "phrase-fictive"})
    monkeypatch.setattr("getpass.getpass", lambda _question, _stream: "phrase-fictive")
    assert run("dossier", "sign", dossier, "--key", "p.pem", terminal=True).code == 0


def test_a_certificate_says_whose_key_it_is(dossier: Path, key: Path, run: Run, samples: ModuleType) -> None:
    import signing_samples
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    own = load_pem_private_key(key.read_bytes(), None)
    root_key, root = signing_samples.authority()
    chain = dossier.with_name("chain.pem")
    chain.write_bytes(signing_samples.pem(signing_samples.certify("Éditeur", own, "Autorité fictive", root_key), root))
    assert run("dossier", "sign", dossier, "--key", "cle.pem", "--certificate", "chain.pem").code == 0
    assert "CN=Éditeur" in run("dossier", "verify", dossier).out


def test_without_a_key_it_says_how_to_make_one(dossier: Path, run: Run) -> None:
    result = run("dossier", "sign", dossier)
    assert result.code == 2
    assert "--new-key" in result.err


def test_an_altered_dossier_is_not_signed(dossier: Path, key: Path, run: Run) -> None:
    dossier.write_bytes(dossier.read_bytes()[:-1])
    assert run("dossier", "sign", dossier, "--key", "cle.pem").code == 3


def test_a_signed_dossier_is_replayed_and_shown(dossier: Path, key: Path, run: Run) -> None:
    run("dossier", "sign", dossier, "--key", "cle.pem")
    assert run("dossier", "show", dossier).code == 0
