"""What a version owes to the one before it: CAT005, CAT008, migrations."""

import pytest

from mes_conformity.catalogue.merging import merge
from mes_conformity.catalogue.versions import check_versions, parse_version
from mes_conformity.foundation.yaml_documents import dump, parse


def merged(small):
    return merge([parse(dump(small.data), f"{small.data['catalogue']['version']}.yaml")])


def migration(old, new, *changes):
    data = {
        "schema_version": 1,
        "catalogue": "small",
        "from": old.data["catalogue"]["version"],
        "to": new.data["catalogue"]["version"],
        "changes": list(changes),
    }
    return parse(dump(data), "migration.yaml")


def compared(old, new, *changes):
    lines = [migration(old, new, *changes)] if changes else []
    return [(item.code, item.about) for item in check_versions(merged(new), [merged(old)], lines)]


def test_the_same_content_may_have_a_new_number(small):
    assert compared(small, small.version("1.0.1")) == []


def test_only_lower_versions_of_the_same_catalogue_are_compared(small):
    new = small.version("1.1.0")
    new.data["requirements"].pop()
    other = small.version("1.0.0")
    other.data["catalogue"]["id"] = "other"
    later = small.version("2.0.0")
    nameless = small.version("zz")
    assert check_versions(merged(new), [merged(other), merged(later), merged(nameless)]) == []


def test_the_closest_lower_version_is_compared(small):
    middle = small.version("1.9.0")
    middle.data["requirements"].pop()
    new = middle.version("1.10.0")
    assert check_versions(merged(new), [merged(small), merged(middle)]) == []


def test_cat005_a_requirement_does_not_leave_in_silence(small):
    new = small.version("2.0.0")
    new.data["requirements"].pop()
    assert compared(small, new) == [("CAT005", "r-web")]


def test_cat005_a_migration_line_tells_what_became_of_it(small):
    new = small.version("2.0.0")
    new.data["requirements"].pop()
    line = {"from": "r-web", "to": [], "change": "withdrawn", "keep": "set_aside"}
    assert compared(small, new, line) == []


def test_cat005_an_id_keeps_its_meaning(small):
    new = small.version("2.0.0")
    new.requirement(0).update(title={"fr": "Autre", "en": "Other"}, statement={"fr": "Autre", "en": "Other"})
    assert compared(small, new) == [("CAT005", "r-all")]


def test_cat005_a_rewording_that_is_told_is_accepted(small):
    new = small.version("2.0.0")
    new.requirement(0).update(title={"fr": "Autre", "en": "Other"}, statement={"fr": "Autre", "en": "Other"})
    line = {"from": "r-all", "to": ["r-all"], "change": "reworded", "keep": "answer_and_evidence"}
    assert compared(small, new, line) == []


def test_cat005_an_id_that_the_migration_removes_is_not_reused(small):
    new = small.version("2.0.0")
    line = {"from": "r-all", "to": [], "change": "withdrawn", "keep": "set_aside"}
    assert compared(small, new, line) == [("CAT005", "r-all")]


def test_cat005_an_id_of_an_older_version_does_not_come_back(small):
    middle = small.version("1.1.0")
    middle.data["requirements"].pop()
    new = small.version("2.0.0")
    found = check_versions(merged(new), [merged(small), merged(middle)])
    assert [(item.code, item.about) for item in found] == [("CAT005", "r-web")]


def test_cat005_a_migration_between_other_versions_says_nothing(small):
    new = small.version("2.0.0")
    new.data["requirements"].pop()
    line = {"from": "r-web", "to": [], "change": "withdrawn", "keep": "set_aside"}
    other = migration(small.version("0.9.0"), new, line)
    assert [item.code for item in check_versions(merged(new), [merged(small)], [other])] == ["CAT005"]


@pytest.mark.parametrize(("version", "codes"), [("1.0.1", ["CAT008"]), ("1.1.0", []), ("2.0.0", [])])
def test_cat008_a_new_statement_is_more_than_a_patch(small, version, codes):
    new = small.version(version)
    new.requirement(0)["statement"] = {"fr": "Autre", "en": "Other"}
    assert [code for code, _about in compared(small, new)] == codes


@pytest.mark.parametrize("statement", [{"fr": "Énoncé\n  r-all", "en": "Énoncé r-all (en)"}, {"fr": "Énoncé r-all"}])
def test_cat008_layout_and_translations_are_no_new_statement(small, statement):
    new = small.version("1.0.1")
    new.requirement(0)["statement"] = statement
    assert compared(small, new) == []


@pytest.mark.parametrize(("version", "codes"), [("1.0.1", ["CAT008"]), ("1.1.0", ["CAT008"]), ("2.0.0", [])])
def test_cat008_a_new_duty_is_a_major_version(small, version, codes):
    new = small.version(version)
    new.add("r-new")
    assert [code for code, _about in compared(small, new)] == codes


def test_cat008_a_tightened_duty_is_a_major_version(small):
    small.requirement(0)["obligation"] = "recommended"
    new = small.version("1.1.0")
    new.requirement(0)["obligation"] = "mandatory"
    assert compared(small, new) == [("CAT008", "r-all")]


def test_cat008_a_relaxed_duty_needs_no_major_version(small):
    new = small.version("1.1.0")
    new.requirement(0)["obligation"] = "recommended"
    new.add("r-new", obligation="recommended")
    assert compared(small, new) == []


def test_cat002_a_migration_leads_to_requirements_that_exist(small):
    new = small.version("2.0.0")
    line = {"from": "r-all", "to": ["r-zz"], "change": "reworded", "keep": "evidence"}
    found = compared(small, new, line)
    assert ("CAT002", "r-zz") in found


def test_a_migration_is_held_to_its_schema(small):
    new = small.version("2.0.0")
    found = compared(small, new, {"from": "r-all", "to": [], "change": "withdrawn", "keep": "evidence"})
    assert found[0][0] == "SCH001"


def test_a_migration_of_the_wrong_types_is_left_to_the_schema(small):
    new = small.version("2.0.0")
    found = compared(small, new, {"from": 3, "to": "r-all", "change": "reworded", "keep": "evidence"})
    assert {code for code, _about in found} == {"SCH001"}


@pytest.mark.parametrize(
    ("text", "version"),
    [("1.2.10", (1, 2, 10)), ("0.0.0", (0, 0, 0)), ("1.2", None), ("1.02.3", None), ("v1.2.3", None), ("9" * 40, None)],
)
def test_versions_are_numbers(text, version):
    assert parse_version(text) == version


def told(*changes):
    return [{"keep": "answer_and_evidence", **change} for change in changes]


@pytest.mark.parametrize(
    "change",
    [
        {"statement": {"fr": "Autre", "en": "Other"}},
        {"obligation": "recommended"},
        {"target_level": 1},
        {"section": "s2"},
    ],
)
def test_cat005_a_migration_names_every_requirement_that_changed(small, change):
    new = small.version("2.0.0")
    new.requirement(0).update(change)
    (line,) = told({"from": "r-web", "to": ["r-web"], "change": "reworded"})
    assert compared(small, new, line) == [("CAT005", "r-all")]
    (known,) = told({"from": "r-all", "to": ["r-all"], "change": "modified"})
    assert compared(small, new, line, known) == []


def test_cat005_a_migration_names_every_requirement_that_is_new(small):
    new = small.version("2.0.0")
    new.add("r-new")
    (line,) = told({"from": "r-web", "to": ["r-web"], "change": "reworded"})
    assert compared(small, new, line) == [("CAT005", "r-new")]
    assert compared(small, new, line, {"to": ["r-new"], "change": "introduced"}) == []


def test_cat002_a_migration_starts_from_requirements_that_exist(small):
    (line,) = told({"from": "r-zz", "to": ["r-all"], "change": "merged"})
    assert compared(small, small.version("2.0.0"), line) == [("CAT002", "r-zz")]


def test_cat001_a_migration_has_one_line_per_requirement(small):
    (line,) = told({"from": "r-all", "to": ["r-all"], "change": "reworded"})
    assert compared(small, small.version("2.0.0"), line, line) == [("CAT001", "r-all")]
