"""What changed between two catalogues, told or inferred."""

import pytest

from mes_conformity.catalogue.differences import KINDS, compare
from mes_conformity.catalogue.loader import from_documents, load_shipped
from mes_conformity.catalogue.migration import Change, Migration, route


@pytest.fixture
def pair(small):
    return small, small.version("2.0.0")


def compared(old, new, *changes, **facts):
    way = route([Migration("small", "1.0.0", "2.0.0", changes, facts)], "small", "1.0.0", "2.0.0") if changes else None
    return compare(from_documents(old.documents()), from_documents(new.documents()), way)


def kinds(found):
    return [(item.kind, item.origin, item.targets, item.inferred) for item in found.requirements]


def test_nothing_changed(pair):
    found = compared(*pair)
    assert (found.requirements, found.unchanged, found.inferred) == ((), 3, 0)


@pytest.mark.parametrize(
    ("change", "kind", "fields"),
    [
        ({"title": {"fr": "Autre", "en": "Other"}}, "reworded", {"title": ("Titre r-all", "Autre")}),
        ({"obligation": "optional"}, "modified", {"obligation": ("mandatory", "optional")}),
        ({"target_level": 2}, "modified", {"target_level": (None, 2)}),
        ({"section": "s2"}, "moved", {"section": ("s1", "s2")}),
        (
            {"applicability": {"not": {"fact": "measures", "is": True}}},
            "modified",
            {"applicability": (None, {"not": [{"fact": "measures", "in": [True]}]})},
        ),
        ({"lifecycle": "obsolete"}, "modified", {"lifecycle": ("active", "obsolete")}),
        (
            {"not_applicable": {"allowed": False}},
            "modified",
            {
                "not_applicable": (
                    {"allowed": True, "justification": "required"},
                    {"allowed": False, "justification": "required"},
                )
            },
        ),
    ],
)
def test_a_change_is_inferred_from_its_fields(pair, change, kind, fields):
    old, new = pair
    new.requirement(0).update(change)
    (item,) = compared(old, new).requirements
    assert (item.kind, item.origin, item.inferred) == (kind, "r-all", True)
    assert dict(item.fields) == fields


def test_layout_translations_and_guidance_are_no_change(pair):
    old, new = pair
    new.requirement(0)["statement"] = {"fr": "Énoncé \n r-all"}
    new.requirement(1)["guidance"] = {"fr": "Aide"}
    assert compared(old, new).requirements == ()


def test_added_and_withdrawn_are_inferred(pair):
    old, new = pair
    new.data["requirements"].pop()
    new.add("r-new")
    assert kinds(compared(old, new)) == [
        ("introduced", None, ("r-new",), True),
        ("withdrawn", "r-web", (), True),
    ]


def test_the_same_words_under_a_new_id_are_a_move(pair):
    old, new = pair
    new.requirement(2).update(id="r-www")
    assert kinds(compared(old, new)) == [("moved", "r-web", ("r-www",), True)]


def test_the_same_words_twice_are_nobodys_move(pair):
    old, new = pair
    new.requirement(2).update(id="r-www")
    new.add("r-w3", title=new.requirement(2)["title"], statement=new.requirement(2)["statement"])
    assert [kind for kind, *_rest in kinds(compared(old, new))] == ["introduced", "introduced", "withdrawn"]


def test_what_the_migration_says_is_told_as_it_says_it(pair):
    old, new = pair
    new.data["requirements"].pop()
    new.add("r-one")
    new.add("r-two")
    new.add("r-three")
    reason = {"fr": "Parce que"}
    found = compared(
        old,
        new,
        Change("split", "r-web", ("r-one", "r-two"), "evidence", reason),
        Change("reworded", "r-all", ("r-all",), "answer_and_evidence", None),
        Change("introduced", None, ("r-three",), None, None),
    )
    assert kinds(found) == [
        ("introduced", None, ("r-three",), False),
        ("reworded", "r-all", ("r-all",), False),
        ("split", "r-web", ("r-one", "r-two"), False),
    ]
    split = found.of("split")[0]
    assert (split.keep, split.reason, dict(split.fields)) == ("evidence", reason, {})
    assert found.unchanged == 1


def test_sections_and_facts_are_compared_too(pair):
    old, new = pair
    new.data["sections"].append({"id": "s3", "title": {"fr": "Trois"}})
    new.data["facts"][0]["prompt"] = {"fr": "Autre ?"}
    new.data["facts"][3]["id"] = "from_day"
    found = compared(old, new, Change("modified", "r-all", ("r-all",), "evidence", None), since="from_day")
    assert found.sections == {"added": ("s3",), "modified": (), "withdrawn": ()}
    assert found.facts == {"added": (), "modified": ("exchange",), "withdrawn": ()}
    assert found.renamed_facts == {"since": "from_day"}


def test_counts_add_up_between_any_two_catalogues(small):
    old, new = from_documents(small.documents()), load_shipped()
    found = compare(old, new)
    gone = sum(len(found.of(kind)) for kind in KINDS if kind != "introduced")
    assert gone + found.unchanged == len(old.requirements)
    assert len(found.of("introduced")) == len(new.requirements)
