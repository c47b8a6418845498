"""Schema faults in words, with their place."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.foundation import schemas, shapes
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.yaml_documents import parse

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"},
        "on": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "href": {"type": "string", "format": "uri"},
        "kind": {"enum": ["unit", "listen"]},
        "version": {"const": 1},
        "count": {"type": ["integer", "null"], "minimum": 0, "maximum": 5},
        "list": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True},
        "either": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["all"],
                    "properties": {"all": {"type": "array"}},
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "required": ["not"],
                    "properties": {"not": {"type": "integer"}},
                    "additionalProperties": False,
                },
            ]
        },
        "free": {"not": {"const": 3}},
    },
    "patternProperties": {},
}


@pytest.fixture(autouse=True)
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "test-1.schema.json").write_text(json.dumps(SCHEMA))
    monkeypatch.setattr(schemas, "root", lambda _name: tmp_path)
    monkeypatch.setattr(shapes, "root", lambda _name: tmp_path)
    schemas._validator.cache_clear()
    shapes._validator.cache_clear()
    yield
    schemas._validator.cache_clear()
    shapes._validator.cache_clear()


@pytest.mark.parametrize(
    ("source", "pointer", "words"),
    [
        ("{}", (), "« name » manque"),
        ("name: ab\nnaem: x", ("naem",), "vouliez-vous « name »"),
        ("name: ab\nzzz: x", ("zzz",), "clé inconnue « zzz »"),
        ("name: 3", ("name",), "un texte attendu, 3 obtenu"),
        ("name: a", ("name",), "au moins 2"),
        ("name: abcdef", ("name",), "au plus 5"),
        ("name: A1", ("name",), "forme attendue"),
        ("name: ab\non: 2026-13-01", ("on",), "format « date »"),
        ("name: ab\nat: yesterday", ("at",), "format « date-time »"),
        ("name: ab\nhref: not a uri", ("href",), "format « uri »"),
        ("name: ab\nkind: x", ("kind",), "attendu : unit, listen"),
        ("name: ab\nversion: 2", ("version",), "1 attendu, 2 obtenu"),
        ("name: ab\ncount: x", ("count",), "un nombre entier / rien attendu"),
        ("name: ab\ncount: 9", ("count",), "hors des bornes"),
        ("name: ab\nlist: []", ("list",), "au moins 1"),
        ("name: ab\nlist: [1, 1]", ("list",), "répétée"),
        ("name: ab\neither: {not: x}", ("either", "not"), "un nombre entier attendu"),
        ("name: ab\neither: 3", ("either",), "aucune des formes"),
        ("name: ab\nfree: 3", ("free",), "règle « not »"),
    ],
)
def test_a_fault_is_told_in_words(source: str, pointer: tuple[Any, ...], words: str) -> None:
    faults = schemas.errors(parse(source, "doc.yaml").data, "test-1")
    assert [fault[0] for fault in faults] == [pointer]
    assert words in faults[0][1]["fr"]
    assert faults[0][1]["en"] != faults[0][1]["fr"]


def test_faults_have_lines_and_come_in_order() -> None:
    document = parse("name: ab\nlist: []\ncount: 9\n", "doc.yaml")
    assert sorted(d.location.line or 0 for d in schemas.diagnose(document, "test-1")) == [2, 3]


def test_the_first_fault_is_raised_and_the_others_counted() -> None:
    with pytest.raises(InvalidInput) as caught:
        schemas.require(parse("name: ab\nlist: []\ncount: 9\n", "doc.yaml"), "test-1")
    assert caught.value.code == "SCH001"
    assert caught.value.hint is not None
    schemas.require(parse("name: ab", "doc.yaml"), "test-1")


def test_a_long_value_is_cut() -> None:
    ((_pointer, message),) = schemas.errors({"name": "A" * 200}, "test-1")[:1] or [((), {"fr": ""})]
    assert len(message["fr"]) < 120


def test_what_holds_is_not_explained() -> None:
    assert shapes.holds({"name": "ab"}, "test-1")
    assert not shapes.holds({"name": "ab", "on": "2026-13-01"}, "test-1")


def test_a_schema_may_be_given_whole() -> None:
    assert shapes.conforms(3, {"type": "integer"})
    assert not shapes.conforms("x", {"type": "integer"})


def test_an_invalid_schema_is_told() -> None:
    with pytest.raises(ValueError, match="nope"):
        shapes.conforms(3, {"type": "nope"})
