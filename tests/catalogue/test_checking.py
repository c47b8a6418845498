"""One check that tells everything of the files it is given."""

from pathlib import Path

from mes_conformity.catalogue.checking import check, check_catalogue
from mes_conformity.catalogue.loader import load
from mes_conformity.foundation.yaml_documents import dump


def test_a_version_folder_is_checked_as_one_catalogue(small):
    folder = small.write()
    assert check([folder.relative_to(small.folder)], small.folder) == []


def test_one_file_that_holds_everything_is_a_catalogue(small):
    assert check([small.write_whole()], small.folder) == []


def test_whole_catalogues_side_by_side_are_strangers(small, codes):
    small.write_whole("a.yaml")
    broken = small.version("1.0.0")
    broken.requirement(0)["section"] = "s9"
    broken.write_whole("b.yaml")
    assert codes(check([Path("a.yaml")], small.folder)) == []
    assert codes(check([Path("b.yaml")], small.folder)) == ["CAT002"]


def test_a_section_file_is_checked_with_the_files_beside_it(small, codes):
    small.requirement(2)["section"] = "s9"
    folder = small.write()
    found = check([folder / "two.yaml", folder / "facts.yaml"], small.folder)
    assert codes(found) == ["CAT002"]
    assert found[0].location.file == str(folder / "two.yaml")


def test_files_are_named_as_they_were_given(small):
    small.requirement(0)["section"] = "s9"
    small.write_whole("a.yaml")
    assert check([Path("a.yaml")], small.folder)[0].location.file == "a.yaml"


def test_a_file_that_cannot_be_read_is_a_diagnostic(small, codes):
    (small.folder / "bad.yaml").write_bytes(b"\xff\xfe\x00")
    found = check([Path("bad.yaml"), Path("none.yaml"), small.folder / "empty"], small.folder)
    assert codes(found) == ["YAM006", "STO002", "STO002"]
    assert all(item.message["en"] for item in found)


def test_an_empty_folder_is_a_diagnostic(small, codes):
    (small.folder / "empty").mkdir()
    assert codes(check([Path("empty")], small.folder)) == ["STO002"]


def test_a_folder_whose_files_are_all_broken_is_told(small, codes):
    (small.folder / "empty").mkdir()
    (small.folder / "empty" / "a.yaml").write_text("a: [", encoding="utf-8")
    assert codes(check([Path("empty"), Path("empty")], small.folder)) == ["YAM001"]


def test_the_schema_and_the_rules_speak_together(small, codes):
    small.requirement(0)["obligation"] = "must"
    small.requirement(2)["section"] = "s9"
    assert codes(check([small.write_whole()], small.folder)) == ["SCH001", "CAT002"]


def test_the_version_before_it_is_found_beside_it(small, codes):
    small.write()
    new = small.version("1.0.1")
    new.requirement(0)["statement"]["fr"] = "Autre"
    assert codes(check([new.write()], small.folder)) == ["CAT008"]


def test_a_file_of_a_version_folder_is_compared_too(small, codes):
    small.write()
    new = small.version("1.0.1")
    new.data["requirements"].pop()
    assert codes(check([new.write() / "one.yaml"], small.folder)) == ["CAT005"]


def test_the_folder_where_one_stands_is_compared_too(small, codes):
    small.write()
    new = small.version("1.0.1")
    new.data["requirements"].pop()
    assert codes(check([Path()], new.write())) == ["CAT005"]


def test_the_migration_is_found_beside_the_versions(small):
    small.write()
    new = small.version("2.0.0")
    new.data["requirements"].pop()
    folder = new.write()
    (folder.parent / "migrations").mkdir()
    (folder.parent / "migrations" / "1.0.0-2.0.0.yaml").write_text(_migration(), encoding="utf-8")
    assert check([folder], small.folder) == []


def test_the_migration_may_stand_in_the_version_folder(small):
    small.write()
    new = small.version("2.0.0")
    new.data["requirements"].pop()
    folder = new.write()
    (folder / "migration.yaml").write_text(_migration(), encoding="utf-8")
    assert check([folder], small.folder) == []


def test_versions_given_together_are_compared(small, codes):
    old = small.write_whole("old.yaml")
    new = small.version("1.0.1")
    new.data["requirements"].pop()
    assert codes(check([old, new.write_whole("new.yaml")], small.folder)) == ["CAT005"]


def test_a_migration_alone_is_held_to_its_schema(small, codes):
    (small.folder / "m.yaml").write_text("schema_version: 1\nchanges: []\n", encoding="utf-8")
    assert set(codes(check([Path("m.yaml")], small.folder))) == {"SCH001"}


def test_a_hostile_document_is_refused_in_its_place(small, codes):
    (small.folder / "x.yaml").write_text("a: &a [*a, *a]\n", encoding="utf-8")
    assert codes(check([Path("x.yaml")], small.folder)) == ["YAM003"]


def test_a_catalogue_that_was_read_tells_its_warnings(small, codes):
    del small.requirement(0)["statement"]["en"]
    catalogue = load(small.write())
    assert codes(check_catalogue(catalogue), levels=("error", "warning")) == ["CAT007"]


def test_broken_migrations_and_older_versions_do_not_stop_the_check(small, codes):
    folder = small.write()
    (small.folder / "small" / "0.9.0").mkdir()
    (small.folder / "small" / "0.9.0" / "a.yaml").write_text("- 1", encoding="utf-8")
    (small.folder / "small" / "migrations").mkdir()
    (small.folder / "small" / "migrations" / "a.yaml").write_text("a: [", encoding="utf-8")
    assert codes(check([folder], small.folder)) == ["YAM001"]


def _migration() -> str:
    return dump(
        {
            "schema_version": 1,
            "catalogue": "small",
            "from": "1.0.0",
            "to": "2.0.0",
            "changes": [{"from": "r-web", "to": [], "change": "withdrawn", "keep": "set_aside"}],
        }
    )
