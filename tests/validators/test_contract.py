import hashlib
from pathlib import Path

import pytest

from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.resources import root
from mes_conformity.validators.contract import Contract, load, parse

SMALL = """
schema_version: 1
contract: petit
version: "1.0"
title: {fr: "Petit contrat"}
values:
  chemin: {value: /x, basis: assumption, source: "RFC 0000"}
  errors:
    absent:
      value: {status: 404, text: "absent", accepted: [404, 410]}
      basis: published
      source: "RFC 0001, §1"
"""


@pytest.fixture
def small() -> Contract:
    return parse(SMALL.encode(), "petit.yaml")


def test_a_value_stands_at_its_dotted_path(small: Contract) -> None:
    assert small.get("chemin") == "/x"


def test_a_path_goes_on_below_the_leaf(small: Contract) -> None:
    assert small.get("errors.absent.status") == 404
    assert small.get("errors.absent.accepted.1") == 410


def test_a_path_above_the_leaves_gives_the_tree_of_values(small: Contract) -> None:
    assert small.get("errors") == {"absent": {"status": 404, "text": "absent", "accepted": [404, 410]}}


@pytest.mark.parametrize("path", ["autre", "errors.autre", "chemin.x", "errors.absent.accepted.2", "errors.absent.-1"])
def test_an_unknown_path_is_a_key_error(small: Contract, path: str) -> None:
    assert not small.has(path)
    with pytest.raises(KeyError):
        small.get(path)


def test_a_value_says_its_basis_and_its_source(small: Contract) -> None:
    assert small.basis("errors.absent.status") == "published"
    assert small.source("errors.absent") == "RFC 0001, §1"


def test_a_tree_has_no_basis(small: Contract) -> None:
    with pytest.raises(KeyError):
        small.basis("errors")


def test_leaves_are_listed_in_the_order_of_the_file(small: Contract) -> None:
    assert [path for path, _leaf in small.leaves()] == ["chemin", "errors.absent"]


def test_a_contract_without_measures_has_none(small: Contract) -> None:
    assert small.measures == {}


def test_a_contract_is_named_with_its_version(small: Contract) -> None:
    assert small.reference == "petit@1.0"


def test_the_digest_is_that_of_the_file(small: Contract) -> None:
    assert small.sha256 == hashlib.sha256(SMALL.encode()).hexdigest()


def test_a_leaf_without_basis_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(SMALL.replace(", basis: assumption", "").encode(), "petit.yaml")
    assert caught.value.code == "SCH001"
    assert caught.value.location is not None
    assert caught.value.location.line == 7


def test_an_unknown_contract_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as caught:
        load("mes-mesures@1.5.2")
    assert caught.value.code == "SUI005"
    assert "mes-measures@1.5.2" in str(caught.value.expected)


@pytest.mark.parametrize("name", ["../contracts/mes-measures@1.5.2", "/etc/passwd", ""])
def test_a_name_never_leaves_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        load(name, tmp_path)


@pytest.mark.parametrize("path", sorted((root("test_suites") / "contracts").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_shipped_contract_is_loaded_by_its_own_name(path: Path) -> None:
    read = parse(path.read_bytes(), path.name)
    assert load(read.reference).sha256 == read.sha256
    assert f"{read.id}-{read.version}.yaml" == path.name


def test_each_measure_has_one_code_and_one_profile(contract: Contract) -> None:
    assert len(contract.measures) == len(contract.measures_by_code) == 14
    assert all(row["id"] in contract.measures_by_profile[row["profile"]] for row in contract.measures.values())


def test_the_api_has_eleven_profiles(contract: Contract) -> None:
    """API Mesures 1.5.2, §2.2.5."""
    assert len({row["profile"] for row in contract.measures.values()}) == 11


def test_a_template_holds_the_text_that_never_varies(contract: Contract) -> None:
    for key, value in contract.get("errors").items():
        assert value["text"] in value.get("template", value["text"]), key
