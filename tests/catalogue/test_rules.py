"""What one version must hold: CAT001–CAT004, CAT006, CAT007, CAT009."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes_conformity.catalogue.merging import merge
from mes_conformity.catalogue.rules import check_content
from mes_conformity.catalogue.versions import check_versions
from mes_conformity.foundation.yaml_documents import Document, dump, parse


def judged(small, *, warnings=True):
    return check_content(merge([parse(dump(small.data), "c.yaml")]), warnings=warnings)


def only(small, code):
    found = judged(small)
    assert [item.code for item in found] == [code]
    return found[0]


def at(small, item):
    """The text of the line that a diagnostic points at, from its column."""
    line = dump(small.data).splitlines()[item.location.line - 1]
    return line[item.location.column - 1 :]


def test_a_sound_catalogue_has_nothing_against_it(small):
    assert judged(small) == []


@pytest.mark.parametrize(
    ("items", "about"),
    [
        (lambda data: data["requirements"], "r-all"),
        (lambda data: data["facts"], "exchange"),
        (lambda data: data["catalogue"]["sources"], "src"),
        (lambda data: data["facts"][0]["choices"], "none"),
        (lambda data: data["requirements"][0]["evidence"], "e1"),
    ],
)
def test_cat001_an_id_is_taken_once(small, items, about):
    found = items(small.data)
    found.append(dict(found[0]))
    item = only(small, "CAT001")
    assert item.about == about
    assert at(small, item).startswith(about)
    assert "c.yaml" in item.hint["fr"]


def test_cat001_each_list_has_its_own_ids(small):
    small.data["sections"][0]["id"] = "src"
    for item in small.data["requirements"]:
        item["section"] = "src"
    small.data["sections"][1]["parent"] = "src"
    small.data["catalogue"]["published_counts"][0]["section"] = "src"
    assert judged(small) == []


@pytest.mark.parametrize(
    ("spoil", "obtained"),
    [
        (lambda data: data["requirements"][0].update(section="s9"), "s9"),
        (lambda data: data["sections"][1].update(parent="s9"), "s9"),
        (lambda data: data["catalogue"]["published_counts"][0].update(section="s9"), "s9"),
        (lambda data: data["catalogue"]["published_counts"][0].update(source="srd"), "srd"),
        (lambda data: data["requirements"][0]["references"][0].update(source="srd"), "srd"),
        (lambda data: data["requirements"][0]["provenance"].update(sources=["src", "srd"]), "srd"),
        (lambda data: data["requirements"][1].update(applicability={"not": {"fact": "zz", "is": True}}), "zz"),
        (lambda data: data["facts"][1].update(asked_when={"any": [{"fact": "zz", "is": "a"}]}), "zz"),
    ],
)  # fmt: skip
def test_cat002_what_is_named_exists(small, spoil, obtained):
    spoil(small.data)
    item = only(small, "CAT002")
    assert item.obtained == obtained
    assert at(small, item).startswith(obtained)


def test_cat002_a_close_name_is_proposed(small):
    small.requirement(0)["section"] = "s11"
    assert "s1" in only(small, "CAT002").hint["en"]


def test_cat003_sections_do_not_hold_each_other(small):
    small.data["sections"][0]["parent"] = "s2"
    item = only(small, "CAT003")
    assert "s1 → s2 → s1" in item.message["fr"]


def test_cat003_questions_do_not_wait_for_each_other(small):
    small.data["facts"][0]["asked_when"] = {"not": {"fact": "measures", "is": True}}
    assert only(small, "CAT003").about == "exchange"


def test_cat003_a_question_does_not_wait_for_itself(small):
    small.data["facts"][2]["asked_when"] = {"fact": "platforms", "is": "web"}
    assert "platforms → platforms" in only(small, "CAT003").message["en"]


def test_cat003_a_shared_parent_is_no_cycle(small):
    small.data["sections"] += [
        {"id": f"s{number}", "title": {"fr": "a", "en": "a"}, "parent": "s2"} for number in (3, 4)
    ]
    assert judged(small) == []


@pytest.mark.parametrize(
    ("condition", "obtained"),
    [
        ({"fact": "exchange", "is": "lecture"}, "lecture"),
        ({"fact": "exchange", "in": ["read", "lecture"]}, "lecture"),
        ({"fact": "exchange", "is": True}, "true"),
        ({"fact": "measures", "is": "true"}, "true"),
        ({"fact": "measures", "is": 1}, "1"),
        ({"any": [{"fact": "platforms", "is": "android"}]}, "android"),
    ],
)
def test_cat004_a_condition_compares_with_a_possible_answer(small, condition, obtained):
    small.requirement(1)["applicability"] = condition
    item = only(small, "CAT004")
    assert item.obtained == obtained
    assert item.expected


def test_cat004_a_date_may_be_anything(small):
    small.requirement(1)["applicability"] = {"fact": "since", "is": "2026-01-01"}
    assert judged(small) == []


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"evidence": []}, ["CAT006"]),
        ({"evidence": [], "obligation": "recommended"}, []),
        ({"evidence": [], "verification": {"methods": ["test"], "automation": "automated"}}, []),
    ],
)
def test_cat006_a_mandatory_requirement_can_be_verified(small, change, codes):
    small.requirement(0).update(change)
    assert [item.code for item in judged(small)] == codes


def test_cat007_every_text_is_in_english_too(small):
    del small.requirement(0)["evidence"][0]["title"]["en"]
    del small.data["facts"][0]["choices"][1]["label"]["en"]
    found = judged(small)
    assert [(item.code, item.level, item.about) for item in found] == [
        ("CAT007", "warning", "exchange"),
        ("CAT007", "warning", "r-all"),
    ]


def test_cat007_names_nobody_for_the_manifest(small):
    del small.data["catalogue"]["title"]["en"]
    assert only(small, "CAT007").about is None


def test_warnings_can_be_left_out(small):
    del small.data["catalogue"]["title"]["en"]
    assert judged(small, warnings=False) == []


@pytest.mark.parametrize("provenance", [None, {}])
def test_cat009_the_provenance_is_said(small, provenance):
    small.requirement(0).pop("provenance")
    if provenance is not None:
        small.requirement(0)["provenance"] = provenance
    assert only(small, "CAT009").about == "r-all"


@pytest.mark.parametrize("locator", [None, "§ 3", "page 2", "partie"])
def test_cat009_an_official_text_has_its_article(small, locator):
    small.requirement(0)["provenance"]["grade"] = "official"
    small.requirement(0)["references"] = [{"source": "src", **({"locator": locator} if locator else {})}]
    item = only(small, "CAT009")
    assert at(small, item).startswith("official")


@pytest.mark.parametrize(
    "locator", ["article R1111-39", "art. 35", "L. 1470-5", "annexe, Article 2", "articles 3 et 4"]
)
def test_cat009_an_article_is_recognised(small, locator):
    small.requirement(0)["provenance"]["grade"] = "official"
    small.requirement(0)["references"] = [{"source": "src", "locator": locator}]
    assert judged(small) == []


def test_several_files_keep_their_places(small):
    small.data["requirements"][2]["section"] = "s9"
    documents = [parse(content, name) for name, content in small.files().items()]
    (item,) = check_content(merge(documents))
    assert item.location.file == "two.yaml"
    line = small.files()["two.yaml"].splitlines()[item.location.line - 1]
    assert line[item.location.column - 1 :] == "s9"


# Deep enough for every key the rules look at, and never what they expect.
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_rule_stumbles_over_data_that_the_schema_refuses(small, data):
    """One value of the catalogue, anywhere, is replaced by any JSON: the rules answer or keep silent."""
    whole = dump(small.data)
    spoiled = parse(whole, "c.yaml").data
    holder, step = spoiled, data.draw(st.sampled_from(sorted(spoiled)))
    while isinstance(holder[step], dict | list) and holder[step] and data.draw(st.booleans()):
        holder = holder[step]
        step = data.draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))))
    holder[step] = data.draw(_JSON)
    merged = merge([Document(spoiled, "c.yaml", whole)])
    before = merge([parse(whole.replace("version: 1.0.0", "version: 0.9.0"), "old.yaml")])
    for item in [*check_content(merged), *check_versions(merged, [before]), *check_versions(before, [merged])]:
        assert item.message["en"]
