import json
from typing import Any

import dossier_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.dossier.documents import CaseRecord, Documents
from mes_conformity.foundation.pointers import to_pointer
from mes_conformity.reporting.places import Place, Places, artefacts, line_of, relative, uri

TEXT = '{\n "a": [\n  1,\n  {"b,}]": "x\\"{",\n   "c": null}\n ],\n "": {\n  "d/e": 2}\n}'


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 1), ("/a", 2), ("/a/0", 3), ("/a/1", 4), ("/a/1/b,}]", 4), ("/a/1/c", 5), ("/", 7), ("//d~1e", 8)],
)
def test_the_line_of_a_pointer(pointer: str, line: int) -> None:
    assert line_of(TEXT, pointer) == line


@pytest.mark.parametrize(("pointer", "line"), [("/a/1/gone/deep", 4), ("/gone", 1), ("/a/7", 2)])
def test_what_is_missing_is_told_by_what_is_around(pointer: str, line: int) -> None:
    assert line_of(TEXT, pointer) == line


KEYS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=4)
DATA = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(DATA) | st.dictionaries(KEYS, DATA))
def test_every_value_is_found_where_it_is_written(data: Any) -> None:
    """Laid out by the standard library, each value begins a line of its own, after its key."""
    text = json.dumps(data, indent=1)
    lines = iter(range(2, 1000))

    def walk(value: Any, steps: tuple[str | int, ...]) -> None:
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            assert line_of(text, to_pointer((*steps, key))) == next(lines)
            walk(inner, (*steps, key))
        if isinstance(value, dict | list) and value:
            next(lines)

    walk(data, ())


@given(st.text(), st.text())
def test_any_text_has_a_line(text: str, pointer: str) -> None:
    assert 1 <= line_of(text, f"/{pointer}") <= text.count("\n") + 1


def places(*paths: str, where: str | None, exchanges: int = 0) -> Place:
    raw = b'{\n"x": 1}'
    records = tuple({"artefact": {"path": path, "sha256": samples.sha(raw), "kind": "k"}} for path in paths)
    entry = samples.entry("A-1", "x", "failed")
    case = CaseRecord(entry, ({"artefact": None}, *records), ({},) * exchanges)
    check = None if where is None else {"where": where}
    return Places(Documents(samples.run_document([entry]), (case,), None, None, {"artefacts/x": raw})).of(case, check)


@pytest.mark.parametrize("where", ["artefacts/b.json#/x", "A-1/1 artefact artefacts/b.json#/x"])
def test_a_check_names_its_artefact(where: str) -> None:
    assert places("artefacts/a.json", "artefacts/b.json", where=where) == Place("artefacts/b.json", 2, "/x")


def test_the_only_artefact_is_the_place() -> None:
    assert places("artefacts/a.json", where="A-1/1 artefact /content/type") == Place("artefacts/a.json")
    assert places("artefacts/a.json", where=None) == Place("artefacts/a.json")


def test_without_an_artefact_the_record_is_the_place() -> None:
    assert places(where="A-1/1 GET / → 200") == Place("cases/A-1/case.json")
    assert places(where=None, exchanges=2) == Place("cases/A-1/exchanges.har")
    assert places("artefacts/a", "artefacts/b", where="x#/y", exchanges=1) == Place("cases/A-1/exchanges.har")


def test_what_is_no_json_pointer_keeps_the_first_line() -> None:
    assert places("artefacts/a.xml", where="artefacts/a.xml#line 3") == Place("artefacts/a.xml", 1, "line 3")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("artefacts/a.json", "artefacts/a.json"),
        ("data/a.json", "data/a.json"),
        ("/home/me/a.json", "artefacts/a.json"),
        ("../a.json", "artefacts/a.json"),
        ("C:\\Users\\me\\a.json", "artefacts/a.json"),
    ],
)
def test_a_path_says_nothing_of_the_machine(path: str, told: str) -> None:
    assert relative(path) == told


def test_each_artefact_is_told_once() -> None:
    record = {"artefact": {"path": "a", "sha256": "0", "kind": "k"}}
    assert artefacts(CaseRecord(samples.entry("A-1", "x"), (record, {}, record), ())) == {"a": "0"}


def test_any_path_is_a_uri() -> None:
    assert uri("a b/é\ud800") == "a%20b/%C3%A9%ED%A0%80"


@pytest.mark.parametrize("sign", ["[", '\\"', '"\\', '{"a":'])
def test_a_hostile_text_costs_no_more_than_its_length(sign: str) -> None:
    assert line_of(sign * 30_000, "/0" * 1_000) == 1


def test_a_report_reads_only_so_much_for_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mes_conformity.reporting.places.MOST_READ", 150)
    raw = b'\n\n{"a": {"b": 1}}'.ljust(40)
    entry = samples.entry("A-1", "x", "failed")
    record = {"artefact": {"path": "artefacts/x", "sha256": samples.sha(raw), "kind": "k"}}
    case = CaseRecord(entry, (record,), ())
    found = Places(Documents(samples.run_document([entry]), (case,), None, None, {"artefacts/x": raw}))
    lines = [found.of(case, {"where": f"artefacts/x#/a/{number}"}).line for number in range(5)]
    assert lines == [3, 3, 3, 1, 1]


def test_a_key_that_is_no_json_text_is_itself() -> None:
    assert line_of('{\n"a\\x":\n1}', "/%22a%5Cx%22") == 1
    assert line_of('{\n"a\\x":\n1}', '/"a\\x"') == 3


def test_what_is_no_json_has_no_lines() -> None:
    assert line_of("<a>\n<b/>[1,\n2]</a>", "/1") == 1
