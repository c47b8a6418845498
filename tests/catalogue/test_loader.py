"""Reading a catalogue from a folder, from the program and from memory."""

import random
from pathlib import Path

import pytest

from mes_conformity.catalogue import loader
from mes_conformity.foundation.errors import InvalidInput


def test_a_folder_is_merged_in_the_order_of_its_sections(small):
    small.add("r-last", section="s1")
    catalogue = loader.load(small.write())
    assert (catalogue.id, catalogue.version) == ("small", "1.0.0")
    assert [item.id for item in catalogue.requirements] == ["r-all", "r-web", "r-last", "r-measures"]


def test_everything_written_is_in_the_model(small):
    small.requirement(0).update(
        label="A 1",
        guidance={"fr": "Guide"},
        target_level=2,
        weight=3,
        severity="major",
        not_applicable={"allowed": False, "justification": "optional"},
        remediation={"text": {"fr": "Corriger"}, "effort": "low"},
        mappings=[{"framework": "iso", "ref": "A.1", "relationship": "subset"}],
        tags=["x"],
    )
    item = loader.from_documents(small.documents()).requirement("r-all")
    assert (item.label, item.target_level, item.weight, item.severity) == ("A 1", 2, 3, "major")
    assert (item.na_allowed, item.na_justification) == (False, "optional")
    assert item.remediation is not None
    assert item.remediation.effort == "low"
    assert item.mappings[0].relationship == "subset"
    assert item.evidence[0].kind == "document"
    assert item.references[0].locator == "§ 1"


def test_a_requirement_without_label_prints_its_id(small):
    item = loader.from_documents(small.documents()).requirement("r-all")
    assert (item.label, item.na_allowed, item.na_justification, item.weight) == ("r-all", True, "required", 1)


def test_counts_and_thresholds_are_read(small):
    catalogue = loader.from_documents(small.documents())
    first = catalogue.published_counts[0]
    assert first.total is not None
    assert first.total.value == 17
    assert catalogue.sections[1].threshold is not None
    assert catalogue.sections[1].threshold.minimum == 0.5
    assert catalogue.subsections("s1") == {"s1", "s2"}


def test_the_files_are_kept_for_a_snapshot(small):
    documents = small.documents()
    assert loader.from_documents(documents).documents == documents


def test_a_snapshot_gives_the_same_catalogue(small):
    catalogue = loader.load(small.write())
    assert loader.from_documents(catalogue.documents) == catalogue


def test_the_digest_does_not_depend_on_files_order_or_comments(small):
    pinned = loader.from_documents(small.documents()).sha256
    random.Random(1).shuffle(small.data["requirements"])
    files = {f"x-{name}": b"# a comment\n" + content for name, content in small.documents().items()}
    assert loader.from_documents(files).sha256 == pinned


def test_the_digest_changes_with_any_word(small):
    pinned = loader.from_documents(small.documents()).sha256
    small.requirement(2)["statement"]["en"] = "Another"
    assert loader.from_documents(small.documents()).sha256 != pinned


def test_the_normative_digest_ignores_translations_and_guidance(small):
    before = loader.from_documents(small.documents()).requirement("r-all").normative_sha256
    small.requirement(0)["statement"]["en"] = "Another"
    small.requirement(0)["guidance"] = {"fr": "Guide"}
    assert loader.from_documents(small.documents()).requirement("r-all").normative_sha256 == before


@pytest.mark.parametrize(
    "change", [{"title": {"fr": "Autre"}}, {"statement": {"fr": "Autre"}}, {"target_level": 3}], ids=str
)
def test_the_normative_digest_follows_what_is_asked(small, change):
    before = loader.from_documents(small.documents()).requirement("r-all").normative_sha256
    small.requirement(0).update(change)
    assert loader.from_documents(small.documents()).requirement("r-all").normative_sha256 != before


def test_an_unknown_requirement_names_a_close_one(small):
    catalogue = loader.from_documents(small.documents())
    with pytest.raises(InvalidInput) as caught:
        catalogue.requirement("r-mesures")
    assert caught.value.code == "CAT010"
    assert "r-measures" in caught.value.hint["fr"]


def test_an_unknown_fact_names_the_list(small):
    catalogue = loader.from_documents(small.documents())
    assert "r-all" in catalogue
    assert catalogue.source("zzz") is None
    with pytest.raises(InvalidInput) as caught:
        catalogue.fact("zzz")
    assert "catalogue show" in caught.value.hint["en"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data["requirements"][1].pop("title"), "SCH001"),
        (lambda data: data["requirements"][1].update(section="zz"), "CAT002"),
        (lambda data: data["requirements"][1].update(id="r-all"), "CAT001"),
    ],
)
def test_a_catalogue_with_an_error_is_refused_with_its_place(small, spoil, code):
    spoil(small.data)
    with pytest.raises(InvalidInput) as caught:
        loader.load(small.write())
    assert caught.value.code == code
    assert caught.value.location.file.endswith("two.yaml")
    assert caught.value.location.line is not None


def test_a_warning_keeps_nobody_from_reading(small):
    del small.requirement(0)["statement"]["en"]
    assert loader.from_documents(small.documents()).requirement("r-all").statement == {"fr": "Énoncé r-all"}


def test_a_file_that_is_no_yaml_is_refused(small):
    with pytest.raises(InvalidInput) as caught:
        loader.from_documents({**small.documents(), "zz.yaml": b"a: [1"})
    assert caught.value.code == "YAM001"


def test_a_folder_without_catalogue_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput) as caught:
        loader.load(tmp_path)
    assert caught.value.code == "STO002"


def test_a_missing_folder_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput) as caught:
        loader.load(tmp_path / "none")
    assert caught.value.code == "STO002"


@pytest.mark.parametrize("sources", [{}, {"a.yaml": b"schema_version: 1\ncatalogue: x\nfrom: x\nto: y\nchanges: []\n"}])
def test_nothing_to_read_is_refused(sources):
    with pytest.raises(InvalidInput) as caught:
        loader.from_documents(sources)
    assert caught.value.code == "STO002"


def test_a_file_that_is_no_mapping_is_refused():
    with pytest.raises(InvalidInput) as caught:
        loader.from_documents({"a.yaml": b"- 1"})
    assert caught.value.code == "SCH001"


def test_the_shipped_catalogue_loads():
    catalogue = loader.load_shipped()
    assert (catalogue.id, catalogue.version) in loader.shipped()
    assert len(catalogue.requirements) >= 45
    assert loader.load_shipped(catalogue.id, catalogue.version).sha256 == catalogue.sha256


@pytest.mark.parametrize("name", [("zz", None), ("mes-referencement", "0.0.1")])
def test_a_catalogue_that_is_not_shipped_is_named(name):
    with pytest.raises(InvalidInput) as caught:
        loader.load_shipped(*name)
    assert caught.value.code == "CAT011"
    assert "mes-referencement" in caught.value.expected


def test_versions_sort_by_number(tmp_path: Path):
    for name in ("1.10.0", "1.9.0", "migrations", "v2", "1.9.0.0"):
        (tmp_path / name).mkdir()
    assert [folder.name for folder in loader.version_folders(tmp_path)] == ["1.9.0", "1.10.0"]
