"""Addenda travel as files: beside a dossier, then inside the next one."""

from pathlib import Path

import dossier_samples
import pytest
import review_samples as samples

from mes_conformity.dossier import build, container, review, review_files
from mes_conformity.dossier.addenda import Addendum
from mes_conformity.dossier.build import Contents
from mes_conformity.dossier.verify import Dossier
from mes_conformity.foundation.errors import Conflict, InvalidInput


@pytest.fixture(scope="module")
def dossier(sealed: bytes) -> Dossier:
    return samples.opened(sealed)


@pytest.fixture(scope="module")
def asked(dossier: Dossier) -> Addendum:
    return samples.asks(dossier)


@pytest.fixture
def folder(tmp_path: Path, sealed: bytes, asked: Addendum) -> Path:
    """A folder as it is after the mail came."""
    (tmp_path / "glyco-suivi-2.4.1.mesdossier.zip").write_bytes(sealed)
    (tmp_path / asked.path).write_bytes(asked.raw)
    return tmp_path


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    root = tmp_path / "w"
    return build.collect(root, dossier_samples.write_workspace(root), None, {})


def test_the_addenda_beside_a_dossier_are_found(folder: Path, asked: Addendum) -> None:
    (folder / "autre.mesaddendum.json").write_bytes(b"{}")
    found = review_files.beside(folder / "glyco-suivi-2.4.1.mesdossier.zip")
    assert [(item.path, item.named) for item in found] == [("autre.mesaddendum.json", False), (asked.path, True)]


def test_one_that_is_named_may_be_anywhere(folder: Path, asked: Addendum) -> None:
    (folder / "mail").mkdir()
    moved = (folder / asked.path).rename(folder / "mail" / "x.json")
    found = review_files.beside(folder / "glyco-suivi-2.4.1.mesdossier.zip", [moved])
    assert [(item.path, item.named) for item in found] == [(str(moved), True)]
    with pytest.raises(InvalidInput) as caught:
        review_files.beside(folder / "x.zip", [folder / "nowhere"])
    assert caught.value.code == "STO002"


def test_what_no_addendum_can_be_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "folder.mesaddendum.json").mkdir()
    (folder / "huge.mesaddendum.json").write_bytes(b" " * (review_files.MAX_BYTES + 1))
    path = folder / "glyco-suivi-2.4.1.mesdossier.zip"
    assert len(review_files.beside(path)) == 1
    monkeypatch.setattr(review_files, "MAX_READ", 10)
    assert review_files.beside(path) == []


def test_the_next_dossier_carries_the_review(
    folder: Path, contents: Contents, dossier: Dossier, asked: Addendum
) -> None:
    answered = samples.answers(dossier, (asked,))
    (folder / "answer.mesaddendum.json").write_bytes(answered.raw)
    carried = review_files.carry(contents, folder)
    assert carried.files["review/01.mesaddendum.json"] == asked.raw
    assert carried.files["review/02.mesaddendum.json"] == answered.raw
    built = samples.opened(build.assemble(carried, {}, {}))
    assert [item.number for item in review.history(built.documents).addenda] == [1, 2]


def test_without_a_review_nothing_is_carried(tmp_path: Path, contents: Contents) -> None:
    assert review_files.carry(contents, tmp_path / "nowhere") is contents


def test_a_review_that_is_not_sound_is_not_carried(folder: Path, contents: Contents, asked: Addendum) -> None:
    (folder / asked.path).write_bytes(asked.raw[:-2])
    with pytest.raises(InvalidInput) as caught:
        review_files.carry(contents, folder)
    assert caught.value.code == "REV001"
    assert caught.value.location is not None
    assert asked.path in caught.value.location.file


def test_a_review_of_another_service_is_not_carried(folder: Path, contents: Contents) -> None:
    from dataclasses import replace

    run = {**contents.run, "service": {**contents.run["service"], "product": "Autre"}}
    with pytest.raises(InvalidInput) as caught:
        review_files.carry(replace(contents, run=run), folder)
    assert caught.value.code == "REV006"


def test_an_addendum_stands_beside_its_dossier_and_is_never_replaced(
    tmp_path: Path, dossier: Dossier, asked: Addendum
) -> None:
    path = tmp_path / "glyco-suivi-2.4.1.mesdossier.zip"
    kept = review_files.keep(asked, path, None)
    assert kept.name == "glyco-suivi-2.4.1.review-01.mesaddendum.json"
    assert review_files.keep(asked, path, None) == kept
    other = samples.asks(dossier, at=samples.LATER)
    with pytest.raises(Conflict) as caught:
        review_files.keep(other, path, None)
    assert caught.value.code == "REV015"
    assert review_files.keep(other, path, tmp_path / "o.mesaddendum.json").read_bytes() == other.raw


def test_the_dossier_of_a_sheet_is_found_by_its_manifest(folder: Path, dossier: Dossier) -> None:
    (folder / "a.mesdossier.zip").write_bytes(b"rien")
    (folder / "b.mesdossier.zip").write_bytes(container.pack({}))
    stamp = review.subject_of(dossier).manifest[:16]
    assert review_files.dossier_of(stamp, [folder]).name == "glyco-suivi-2.4.1.mesdossier.zip"
    with pytest.raises(InvalidInput) as caught:
        review_files.dossier_of("0" * 16, [folder])
    assert caught.value.code == "REV017"


def test_the_name_of_a_dossier_gives_that_of_its_addenda() -> None:
    assert review_files.stem(Path("d/glyco-2.4.1.mesdossier.zip")) == "glyco-2.4.1"
    assert review_files.stem(Path("d/autre.zip")) == "autre"
