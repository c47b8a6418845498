"""Evidence: safe names, digests, limits, and what becomes of files."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.assessment import evidence
from mes_conformity.assessment.answers import with_evidence
from mes_conformity.assessment.model import Assessment, Evidence
from mes_conformity.assessment.workspace import Workspace
from mes_conformity.catalogue.model import Catalogue
from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import Conflict, InvalidInput, UsageError


@given(st.text(max_size=200))
def test_any_name_becomes_a_safe_one(name: str) -> None:
    safe = evidence.safe_name(name)
    assert safe
    assert len(safe) <= evidence.NAME_LIMIT + len("preuve-")
    assert not safe.startswith((".", "-"))
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Écran d'accueil.PNG", "ecran-d-accueil.png"),
        ("../../etc/passwd", "etc-passwd"),
        (".bashrc", "bashrc"),
        ("con.txt", "preuve-con.txt"),
        ("保険", "preuve"),
        ("保険.pdf", "preuve.pdf"),
        ("a" * 300 + ".pdf", "a" * 96 + ".pdf"),
    ],
)
def test_names_one_meets(name: str, safe: str) -> None:
    assert evidence.safe_name(name) == safe


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file to add."""
    path = tmp_path / "Mon certificat.txt"
    path.write_text("certificat")
    return path


def test_a_file_is_copied_with_its_digest(workspace: Workspace, env: Environment, source: Path) -> None:
    item = evidence.piece(workspace, env, str(source), None)
    assert item.path == "evidence/mon-certificat.txt"
    assert item.sha256 == sha256(b"certificat")
    assert (item.size, item.media_type, item.product_version) == (10, "text/plain", "1.0")
    assert workspace.path(item.path).read_bytes() == b"certificat"


def test_the_same_content_is_kept_once_another_gets_another_name(workspace: Workspace, source: Path) -> None:
    first, _digest, _size = evidence.copy_in(workspace, source)
    again, _digest, _size = evidence.copy_in(workspace, source)
    source.write_text("autre")
    other, _digest, _size = evidence.copy_in(workspace, source)
    assert (first, again, other) == (
        "evidence/mon-certificat.txt",
        "evidence/mon-certificat.txt",
        "evidence/mon-certificat-2.txt",
    )


def test_a_replacement_keeps_its_name_and_id(workspace: Workspace, env: Environment, source: Path) -> None:
    old = evidence.piece(workspace, env, str(source), None)
    source.write_text("nouveau")
    new = evidence.piece(workspace, env, str(source), None, replaces=old)
    assert (new.id, new.path) == (old.id, old.path)
    assert new.sha256 == sha256(b"nouveau")


def test_an_address_is_kept_as_it_is(workspace: Workspace, env: Environment) -> None:
    item = evidence.piece(workspace, env, "https://example.org/rapport", None)
    assert (item.href, item.path) == ("https://example.org/rapport", None)


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "empty"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "empty":
        path.touch()
    with pytest.raises(InvalidInput) as caught:
        evidence.read_file(path)
    assert caught.value.code == "EVD001"


def test_a_file_over_the_limit_is_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "LIMIT", 3)
    with pytest.raises(InvalidInput) as caught:
        evidence.read_file(source)
    assert caught.value.code == "STO004"


def test_a_link_in_the_way_is_not_followed(workspace: Workspace, source: Path, tmp_path: Path) -> None:
    (tmp_path / "ailleurs").mkdir()
    workspace.path("evidence").symlink_to(tmp_path / "ailleurs")
    with pytest.raises(Conflict) as caught:
        evidence.copy_in(workspace, source)
    assert caught.value.code == "EVD002"


def test_a_piece_answers_the_need_named_or_the_first_open(catalogue: Catalogue) -> None:
    hds = catalogue.requirement("hds")
    assert evidence.need_of(hds, None, "certificat") == hds.evidence[0]
    assert evidence.need_of(hds, None, None) == hds.evidence[0]
    assert evidence.need_of(catalogue.requirement("erreurs"), None, None) is None
    with pytest.raises(UsageError) as caught:
        evidence.need_of(hds, None, "autre")
    assert caught.value.code == "EVD003"


@pytest.fixture
def holding(
    workspace: Workspace, env: Environment, source: Path, assessment: Assessment, catalogue: Catalogue
) -> Callable[[], tuple[Assessment, Evidence]]:
    """An assessment with one file."""

    def make() -> tuple[Assessment, Evidence]:
        item = evidence.piece(workspace, env, str(source), catalogue.requirement("hds").evidence[0])
        return with_evidence(assessment, catalogue.requirement("hds"), item, env.now()), item

    return make


def test_an_intact_file_has_no_fault(workspace: Workspace, holding: Callable[[], tuple[Assessment, Evidence]]) -> None:
    assert evidence.faults(workspace, holding()[0]) == []


@pytest.mark.parametrize("kind", ["missing", "changed", "not_a_file"])
def test_what_became_of_a_file_is_told(
    workspace: Workspace, holding: Callable[[], tuple[Assessment, Evidence]], kind: str
) -> None:
    held, item = holding()
    path = workspace.path(str(item.path))
    content = path.read_bytes()
    path.unlink()
    if kind == "changed":
        path.write_bytes(content + b"!")
    elif kind == "not_a_file":
        path.mkdir()
    assert [(fault.requirement, fault.kind) for fault in evidence.faults(workspace, held)] == [("hds", kind)]


def test_a_link_to_the_same_content_is_a_fault(
    workspace: Workspace, source: Path, holding: Callable[[], tuple[Assessment, Evidence]]
) -> None:
    held, item = holding()
    workspace.path(str(item.path)).unlink()
    workspace.path(str(item.path)).symlink_to(source)
    assert [fault.kind for fault in evidence.faults(workspace, held)] == ["not_a_file"]


def test_an_address_is_not_visited(workspace: Workspace, assessment: Assessment, catalogue: Catalogue) -> None:
    item = replace(Evidence("e", "x", "2026-11-01T08:00:00Z"), href="https://example.org/x")
    held = with_evidence(assessment, catalogue.requirement("hds"), item, "2026-11-01T08:00:00Z")
    assert evidence.faults(workspace, held) == []
