"""What became of each requirement between versions, and what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.catalogue import migration
from mes_conformity.catalogue.loader import from_documents, shipped
from mes_conformity.catalogue.migration import Change, Fate, Migration, Origin, fates, origins, route
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.yaml_documents import dump, parse

BOTH = "answer_and_evidence"


def line(kind, origin, *targets, keep=BOTH, reason=None):
    return Change(kind, origin, targets, None if origin is None else keep, reason)


def step(origin, target, *changes, **facts):
    return Migration("small", origin, target, changes, facts)


def way(*steps):
    return route(steps, "small", steps[0].origin, steps[-1].target)


def document(*changes, **more):
    data = {"schema_version": 1, "catalogue": "small", "from": "1.0.0", "to": "2.0.0", "changes": list(changes), **more}
    return parse(dump(data), "migration.yaml")


WITHDRAWN = {"from": "r-web", "to": [], "change": "withdrawn", "keep": "set_aside", "reason": {"fr": "Retirée"}}
NEW = {"to": ["r-new"], "change": "introduced"}


def test_a_file_is_read():
    found = migration.read(document(WITHDRAWN, NEW, renamed_facts={"measures": "weights"}))
    assert (found.catalogue, found.origin, found.target) == ("small", "1.0.0", "2.0.0")
    assert found.changes[0] == Change("withdrawn", "r-web", (), "set_aside", {"fr": "Retirée"})
    assert found.changes[1] == Change("introduced", None, ("r-new",), None, None)
    assert found.renamed_facts == {"measures": "weights"}


def test_a_file_against_the_schema_is_refused():
    with pytest.raises(InvalidInput) as caught:
        migration.read(document({**WITHDRAWN, "keep": "evidence"}))
    assert caught.value.code == "SCH001"


def test_two_lines_for_one_requirement_are_refused_at_the_second():
    with pytest.raises(InvalidInput) as caught:
        migration.read(document(WITHDRAWN, NEW, WITHDRAWN))
    assert caught.value.code == "CAT001"
    assert caught.value.location is not None
    assert caught.value.location.line is not None


def test_what_no_line_names_is_unchanged():
    assert way(step("1.0.0", "2.0.0")).fate("a") == Fate("unchanged", ("a",), BOTH)


@pytest.mark.parametrize(
    ("first", "second", "fate"),
    [
        (line("moved", "a", "b"), line("moved", "b", "c"), Fate("moved", ("c",), BOTH)),
        (line("moved", "a", "b"), line("modified", "b", "b", keep="evidence"), Fate("modified", ("b",), "evidence")),
        (line("modified", "a", "a", keep="evidence"), line("reworded", "a", "a"), Fate("modified", ("a",), "evidence")),
        (line("reworded", "a", "b"), line("withdrawn", "b", keep="set_aside"), Fate("withdrawn", (), "set_aside")),
        (line("withdrawn", "a", keep="set_aside"), line("moved", "b", "c"), Fate("withdrawn", (), "set_aside")),
        (
            line("split", "a", "b", "c", keep="evidence"),
            line("moved", "c", "d"),
            Fate("split", ("b", "d"), "evidence"),
        ),
        (
            line("split", "a", "b", "c", keep="evidence"),
            line("withdrawn", "b", keep="set_aside"),
            Fate("split", ("c",), "evidence"),
        ),
        (line("merged", "a", "m"), line("reworded", "m", "m"), Fate("merged", ("m",), BOTH)),
    ],
)
def test_steps_are_chained_and_the_weakest_is_kept(first, second, fate):
    assert way(step("1.0.0", "2.0.0", first), step("2.0.0", "3.0.0", second)).fate("a") == fate


def test_the_reasons_of_every_step_are_told():
    first = line("moved", "a", "b", reason={"fr": "Un.", "en": "One."})
    second = line("reworded", "b", "b", reason={"fr": "Deux."})
    found = way(step("1.0.0", "2.0.0", first), step("2.0.0", "3.0.0", second)).fate("a")
    assert found.reason == {"fr": "Un. Deux.", "en": "One. Deux."}


def test_renamed_facts_are_followed():
    found = way(step("1.0.0", "2.0.0", a="b"), step("2.0.0", "3.0.0", b="c"))
    assert [found.fact(name) for name in ("a", "z")] == ["c", "z"]


def test_the_shortest_way_is_taken():
    direct = step("1.0.0", "3.0.0", line("moved", "a", "direct"))
    steps = (step("1.0.0", "2.0.0"), step("2.0.0", "3.0.0"), direct, step("2.0.0", "1.0.0"))
    assert route(steps, "small", "1.0.0", "3.0.0").steps == (direct,)


def test_the_same_version_needs_no_step():
    assert route((), "small", "1.0.0", "1.0.0").steps == ()


def test_versions_of_one_major_number_need_no_file():
    found = route((), "small", "1.0.0", "1.2.0", ["1.1.0", "1.2.0", "1.0.0"])
    assert [(item.origin, item.target) for item in found.steps] == [("1.0.0", "1.1.0"), ("1.1.0", "1.2.0")]


@pytest.mark.parametrize(("origin", "target"), [("1.0.0", "2.0.0"), ("2.0.0", "1.0.0")])
def test_a_major_step_without_a_file_is_refused(origin, target):
    other = Migration("other", "1.0.0", "2.0.0")
    with pytest.raises(InvalidInput) as caught:
        route([other], "small", origin, target, ["1.0.0", "2.0.0"])
    assert caught.value.code == "CAT012"


@pytest.mark.parametrize(
    ("changes", "new", "fate"),
    [
        ([line("moved", "a", "b")], "b", Fate("moved", ("a",), BOTH)),
        ([line("split", "a", "b", "c", keep="evidence")], "c", Fate("merged", ("a",), "evidence")),
        ([line("merged", "a", "m"), line("merged", "b", "m")], "m", Fate("split", ("a", "b"), "evidence")),
        ([line("introduced", None, "n")], "n", Fate("withdrawn", (), "set_aside")),
        ([line("withdrawn", "a", keep="set_aside")], "z", Fate("unchanged", ("z",), BOTH)),
    ],
)
def test_the_way_back_is_the_reverse(changes, new, fate):
    assert route([step("1.0.0", "2.0.0", *changes)], "small", "2.0.0", "1.0.0").fate(new) == fate


def test_what_was_withdrawn_is_introduced_on_the_way_back():
    back = step("1.0.0", "2.0.0", line("withdrawn", "a", keep="set_aside"), x="y").backwards()
    assert back.changes == (Change("introduced", None, ("a",), None, None),)
    assert back.renamed_facts == {"y": "x"}


@pytest.fixture
def pair(small):
    new = small.version("2.0.0")
    return small, new


def catalogues(old, new):
    return from_documents(old.documents()), from_documents(new.documents())


def test_every_old_requirement_has_a_fate_and_every_new_one_an_origin(pair):
    old, new = pair
    new.data["requirements"].pop()
    new.requirement(0)["obligation"] = "recommended"
    new.requirement(1)["statement"] = {"fr": "Autre", "en": "Other"}
    new.add("r-new")
    before, after = catalogues(old, new)
    told = fates(way(step("1.0.0", "2.0.0")), before, after)
    assert {name: (fate.kind, fate.keep, fate.inferred) for name, fate in told.items()} == {
        "r-all": ("modified", BOTH, True),
        "r-measures": ("reworded", BOTH, True),
        "r-web": ("withdrawn", "set_aside", True),
    }
    assert origins(told, after) == {
        "r-all": Origin("modified", ("r-all",)),
        "r-measures": Origin("reworded", ("r-measures",)),
        "r-new": Origin("introduced", ()),
    }


def test_what_the_file_says_is_not_inferred(pair):
    old, new = pair
    new.data["requirements"].pop()
    before, after = catalogues(old, new)
    steps = step("1.0.0", "2.0.0", line("withdrawn", "r-web", keep="set_aside"), line("merged", "r-all", "r-measures"),
                 line("modified", "r-measures", "r-measures", keep="evidence"))  # fmt: skip
    told = fates(way(steps), before, after)
    assert not any(fate.inferred for fate in told.values())
    assert origins(told, after)["r-measures"] == Origin("merged", ("r-all", "r-measures"))


def test_a_section_that_changes_is_a_move(pair):
    old, new = pair
    new.requirement(0)["section"] = "s2"
    before, after = catalogues(old, new)
    assert fates(way(step("1.0.0", "2.0.0")), before, after)["r-all"].kind == "moved"


def test_targets_that_do_not_exist_are_left_out(pair):
    before, after = catalogues(*pair)
    told = fates(way(step("1.0.0", "2.0.0", line("moved", "r-all", "r-zz"))), before, after)
    assert told["r-all"] == Fate("withdrawn", (), "set_aside", None, inferred=True)


def test_files_are_found_beside_the_versions_and_in_them(small, tmp_path):
    small.write()
    parent = tmp_path / "small"
    (parent / "migrations").mkdir()
    (parent / "migrations" / "a.yaml").write_text(dump(document(WITHDRAWN).data), encoding="utf-8")
    (parent / "1.0.0" / "b.yaml").write_text(dump({**document(NEW).data, "from": "0.9.0"}), encoding="utf-8")
    assert [item.origin for item in migration.load_all(parent)] == ["1.0.0", "0.9.0"]
    assert migration.load_all(tmp_path / "none") == ()


def test_every_shipped_version_is_reached_from_every_other():
    for identifier, origin in shipped():
        for other, target in shipped():
            if identifier == other:
                assert migration.path(identifier, origin, target).target == target


_NAMES = st.sampled_from("abcdefgh")
_LINES = st.builds(
    lambda kind, origin, targets: line(
        kind, origin, *(() if kind == "withdrawn" else targets), keep="set_aside" if kind == "withdrawn" else "evidence"
    ),
    st.sampled_from(["moved", "reworded", "modified", "split", "merged", "withdrawn"]),
    _NAMES,
    st.lists(_NAMES, min_size=1, max_size=3, unique=True),
)
_STEPS = st.lists(st.lists(_LINES, max_size=8, unique_by=lambda change: change.origin), min_size=1, max_size=4)


@given(_STEPS, _NAMES)
def test_whatever_the_files_a_requirement_is_kept_or_set_aside(lists, name):
    steps = [step(f"{number}.0.0", f"{number + 1}.0.0", *lines) for number, lines in enumerate(lists, 1)]
    fate = way(*steps).fate(name)
    assert bool(fate.targets) == (fate.kind != "withdrawn")
    assert fate.targets or fate.keep == "set_aside"
