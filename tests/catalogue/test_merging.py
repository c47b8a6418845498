"""Several files, one catalogue: every place keeps its file."""

from mes_conformity.catalogue.merging import merge, parse_all
from mes_conformity.foundation.yaml_documents import parse


def merged(**files):
    return merge([parse(content, f"{name}.yaml") for name, content in files.items()])


def test_the_manifest_comes_first_whatever_its_name(small):
    files = small.documents()
    files["zz.yaml"] = files.pop("catalogue.yaml")
    documents, _faults = parse_all(files)
    assert documents[0].name == "zz.yaml"


def test_a_file_that_cannot_be_read_is_told_and_left_out():
    documents, (fault,) = parse_all({"a.yaml": b"a: 1", "b.yaml": b"a: 1\na: 2\n"})
    assert [document.name for document in documents] == ["a.yaml"]
    assert (fault.code, fault.location.file, fault.location.line) == ("YAM009", "b.yaml", 2)


def test_every_file_states_its_schema_version(small):
    files = small.files()
    files["two.yaml"] = files["two.yaml"].replace("schema_version: 1", "schema_version: 2")
    faults = merge([parse(content, name) for name, content in files.items()]).diagnose()
    assert [(fault.code, fault.location.file, fault.location.line) for fault in faults] == [("SCH001", "two.yaml", 1)]


def test_an_unknown_key_is_told_in_its_file(small):
    files = small.files()
    files["two.yaml"] += "requirments: []\n"
    (fault,) = merge([parse(content, name) for name, content in files.items()]).diagnose()
    assert fault.location.file == "two.yaml"
    assert "requirements" in fault.message["fr"]


def test_a_fault_in_a_later_file_has_its_own_line(small):
    files = small.files()
    files["two.yaml"] = files["two.yaml"].replace("obligation: mandatory", "obligation: must", 1)
    (fault,) = merge([parse(content, name) for name, content in files.items()]).diagnose()
    line = files["two.yaml"].splitlines()[fault.location.line - 1]
    assert line[fault.location.column - 1 :] == "must"


def test_two_manifests_are_refused():
    whole = merged(a="catalogue: {id: a}", b="catalogue: {id: b}")
    (fault,) = whole.diagnostics
    assert (fault.code, fault.location.file) == ("CAT001", "b.yaml")
    assert whole.identity == ("a", "")


def test_a_list_that_is_none_is_left_to_the_schema():
    whole = merged(a="requirements: 3", b="requirements: [{id: r}]")
    assert [fault.code for fault in whole.diagnostics] == ["CAT001"]
    assert list(whole.items("requirements")) == []
    assert merged(a="catalogue: 3").manifest == {}


def test_a_file_that_is_no_mapping_is_told():
    (fault,) = merged(a="- 1").diagnostics
    assert fault.code == "SCH001"


def test_an_unknown_place_is_the_first_file():
    whole = merged(a="catalogue: {id: a}", b="facts: []")
    assert whole.locate(("requirements", 3)).file == "a.yaml"
    assert whole.locate(()).line == 1


def test_each_missing_key_is_told_once_with_the_way_out():
    faults = merged(a="schema_version: 1\ncatalogue: {id: a}\nsections: [{id: s}]\nrequirements: [{id: r}]").diagnose()
    told = [(fault.location.line, fault.message["fr"]) for fault in faults]
    assert len(told) == len(set(told))
    assert all("catalogue-1.schema.json" in fault.hint["en"] for fault in faults)
