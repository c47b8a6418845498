"""The library of another tool: a tree that holds every requirement once."""

import re

import pytest

from mes_conformity.catalogue.libraries import ciso_assistant, library_version
from mes_conformity.catalogue.loader import from_documents, load_shipped
from mes_conformity.foundation.yaml_documents import parse

URN = re.compile(r"urn:[a-z0-9_-]+:risk:(library|framework|req_node):[a-z0-9._:-]+")


def library(catalogue):
    return parse(ciso_assistant(catalogue), "library.yaml").data


def test_the_library_says_what_it_is(small):
    data = library(from_documents(small.documents()))
    assert (data["urn"], data["locale"], data["version"]) == (
        "urn:mes-conformity:risk:library:small-v1",
        "fr",
        1_000_000,
    )
    framework = data["objects"]["framework"]
    assert framework["urn"] == "urn:mes-conformity:risk:framework:small-v1"
    assert [group["ref_id"] for group in framework["implementation_groups_definition"]] == ["M", "R", "O"]


def test_nodes_are_a_tree_told_by_depth_and_parent():
    nodes = library(load_shipped())["objects"]["framework"]["requirement_nodes"]
    depth = {}
    for node in nodes:
        assert URN.fullmatch(node["urn"])
        assert node["urn"] not in depth
        assert node["depth"] == (depth[node["parent_urn"]] + 1 if "parent_urn" in node else 1)
        depth[node["urn"]] = node["depth"]


def test_every_requirement_in_force_is_one_assessable_node():
    catalogue = load_shipped()
    nodes = library(catalogue)["objects"]["framework"]["requirement_nodes"]
    wanted = [item.label for item in catalogue.requirements if item.lifecycle != "obsolete"]
    assert sorted(node["ref_id"] for node in nodes if node["assessable"]) == sorted(wanted)


def test_a_node_holds_the_texts_in_both_languages(small):
    small.requirement(0).update(guidance={"fr": "Aide"}, obligation="optional")
    node = next(
        node
        for node in library(from_documents(small.documents()))["objects"]["framework"]["requirement_nodes"]
        if node["ref_id"] == "r-all"
    )
    assert node["importance"] == "nice_to_have"
    assert (node["name"], node["annotation"], node["typical_evidence"]) == ("Titre r-all", "Aide", "- Pièce")
    assert node["translations"]["en"] == {
        "name": "Titre r-all (en)",
        "description": "Énoncé r-all (en)",
        "typical_evidence": "- Pièce (en)",
    }


def test_french_alone_and_obsolete_requirements(small):
    small.requirement(0).update(title={"fr": "T"}, statement={"fr": "S"}, evidence=[])
    small.requirement(1).update(lifecycle="obsolete")
    small.requirement(2)["evidence"].append({"id": "e2", "kind": "video", "title": {"fr": "Seule"}})
    nodes = {
        node["ref_id"]: node
        for node in library(from_documents(small.documents()))["objects"]["framework"]["requirement_nodes"]
    }
    assert "translations" not in nodes["r-all"]
    assert "r-measures" not in nodes
    assert nodes["r-web"]["typical_evidence"] == "- Pièce\n- Seule"
    assert "typical_evidence" not in nodes["r-web"]["translations"]["en"]


@pytest.mark.parametrize(("version", "number"), [("2.1.3", 2_001_003), ("0.0.0", 1), ("1.2000.0", 1_999_000)])
def test_versions_are_whole_numbers_in_the_same_order(version, number):
    assert library_version(version) == number
