"""A catalogue from a list: stable ids, labels, sections, profiles, pieces."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.catalogue.drafting import Identity, draft_catalogue, slug
from mes_conformity.catalogue.listing import read_listing
from mes_conformity.catalogue.loader import from_documents
from mes_conformity.catalogue.requirement_rows import understand

HEADER = "Profil;ID Section;Section;Bloc;Fonction;N° exigence;Intitulé;Énoncé;Scénario;N° preuve 1;Preuve 1;Article"
ID = re.compile(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")
IDENTITY = Identity("liste-ans", "1.0.0", "Ma liste", "ANS", "published", "a.csv", "0" * 64)


def drafted(*lines, header=HEADER, identity=IDENTITY):
    drafts = understand(read_listing("\n".join((header, *lines)).encode(), "a.csv")).drafts
    return draft_catalogue(drafts, identity)


def catalogue(*lines, **more):
    return from_documents(drafted(*lines, **more).documents)


def test_codes_become_labels_and_ids():
    found = catalogue(";1;Identité;INS;;INS 45.1;Recherche;Il DOIT.", ";1;Identité;INS;;INS/45_2;;Il DOIT mieux.")
    assert [(item.id, item.label) for item in found.requirements] == [
        ("ins-45.1", "INS 45.1"),
        ("ins-45-2", "INS/45_2"),
    ]
    assert [section.id for section in found.sections] == ["1", "1-ins"]
    assert found.sections[1].parent == "1"


def test_the_same_list_gives_the_same_bytes():
    lines = (";1;Identité;;;A 1;;Il DOIT.", "Usager;1;Identité;;;A 2;;Il DEVRAIT.")
    assert drafted(*lines).documents == drafted(*lines).documents


def test_ids_do_not_depend_on_the_rows_beside():
    alone = drafted(";;S;;;A 2;;Il DOIT deux.").ids
    assert drafted(";;S;;;A 1;;Il DOIT un.", ";;S;;;A 2;;Il DOIT deux.").ids[1:] == alone


def test_codes_that_would_give_one_id_stay_apart():
    first, second = drafted(";;S;;;A 1;;Il DOIT un.", ";;S;;;A-1;;Il DOIT deux.").ids
    assert first == "a-1"
    assert re.fullmatch(r"a-1-[0-9a-f]{6}", second)


def test_requirements_without_number_have_an_id_of_ours_and_no_label():
    (item,) = catalogue("Il DOIT.;Sécurité", header="Énoncé;Section").requirements
    assert re.fullmatch(r"x-securite-[0-9a-f]{8}", item.id)
    assert item.label == item.id


def test_the_same_words_twice_without_number_are_two_requirements():
    found = drafted("Il DOIT.;A", "Il DOIT.;A", header="Énoncé;Section")
    assert len(set(found.ids)) == 2


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (";;S;;Fonction f;A 1;Le titre;Il DOIT.", "Le titre"),
        (";;S;;Fonction f;A 1;;Il DOIT.", "Fonction f"),
        (";;S;;;A 1;;Il DOIT le faire. Et plus.", "Il DOIT le faire"),
        (f";;S;;;A 1;;Il DOIT {'mot ' * 60}", "Il DOIT " + "mot " * 21 + "mot…"),
        (f";;S;;;A 1;;{'x' * 200}", "x" * 99 + "…"),
    ],
)
def test_a_title_is_found_for_everything(line, title):
    assert catalogue(line).requirements[0].title == {"fr": title}


def test_a_list_without_sections_has_one():
    assert [section.id for section in catalogue("A;Il DOIT.", header="Code;Énoncé").sections] == ["exigences"]


def test_long_sections_and_many_sections_take_a_bounded_number_of_files():
    long = drafted(*(f"A {number};Il DOIT.;S" for number in range(1001)), header="Code;Énoncé;Section")
    assert sorted(long.documents) == ["catalogue.yaml", "section-s-1.yaml", "section-s-2.yaml"]
    many = drafted(*(f"A {number};Il DOIT.;S{number}" for number in range(101)), header="Code;Énoncé;Section")
    assert sorted(many.documents) == ["catalogue.yaml", "section-toutes.yaml"]
    assert len(from_documents(many.documents).sections) == 101


def test_profiles_become_one_question():
    found = catalogue(
        "Général;;S;;;1;;Il DOIT un.",
        "Usager;;S;;;2;;Il DOIT deux.",
        "Usager / Pro;;S;;;3;;Il DOIT trois.",
        ";;S;;;4;;Il DOIT quatre.",
        "Usager / Général;;S;;;5;;Il DOIT cinq.",
    )
    (fact,) = found.facts
    assert [(choice.id, choice.label["fr"]) for choice in fact.choices] == [("usager", "Usager"), ("pro", "Pro")]
    conditions = [item.applicability and item.applicability.wanted for item in found.requirements]
    assert conditions == [None, ("usager",), ("usager", "pro"), None, None]


def test_a_single_profile_is_a_yes_or_no():
    found = catalogue("Usager;;S;;;1;;Il DOIT un.", ";;S;;;2;;Il DOIT deux.")
    assert (found.facts[0].type, found.facts[0].prompt["fr"]) == (
        "boolean",
        "Le service relève-t-il du profil « Usager » ?",
    )
    assert found.requirements[0].applicability is not None
    assert found.requirements[0].applicability.wanted == (True,)


def test_pieces_and_scenarios_are_kept():
    (item,) = catalogue(
        ";;S;;;1;;Il DOIT.;Chercher;1.1;Capture", ";;;;;;;;Trouver;1.1;Vidéo", ";;;;;;;;;;Engagement", ";;;;;;;;;1.2;"
    ).requirements
    assert [(need.kind, need.title["fr"]) for need in item.evidence] == [
        ("screenshot", "1.1 — Capture"),
        ("video", "1.1 — Vidéo"),
        ("commitment", "Engagement"),
        ("document", "1.2"),
    ]
    assert len({need.id for need in item.evidence}) == 4
    assert item.guidance == {"fr": "Scénario de conformité : Chercher\n\nScénario de conformité : Trouver"}
    assert {need.required_for for need in item.evidence} == {("conform",)}


def test_the_article_of_the_row_goes_before_the_article_of_all():
    identity = Identity("a", "1.0.0", "T", "Arrêté", "official", "a.csv", "0" * 64, article="article 1er")
    found = catalogue(";;S;;;1;;Il DOIT.;;;;art. 3", ";;S;;;2;;Il DOIT bien.", identity=identity)
    assert [item.references[0].locator for item in found.requirements] == ["art. 3", "article 1er"]
    assert found.requirements[0].provenance.grade == "official"


def test_english_columns_are_kept():
    found = catalogue("1;Il DOIT.;It SHALL.;Titre;Title", header="Code;Énoncé;Statement (EN);Titre;Title (EN)")
    assert found.requirements[0].statement == {"fr": "Il DOIT.", "en": "It SHALL."}
    assert found.requirements[0].title == {"fr": "Titre", "en": "Title"}


def test_the_source_is_named_with_its_digest():
    identity = Identity("a", "1.0.0", "T", "ANS", "derived", "a.csv", "1" * 64, href="https://example.org/a")
    found = catalogue(";;S;;;1;;Il DOIT.", identity=identity)
    assert [(source.title, source.href) for source in found.sources] == [("ANS", "https://example.org/a")]
    assert (found.publisher, found.requirements[0].provenance.sources) == ("ANS", ("liste",))


@pytest.mark.parametrize(
    ("text", "name"),
    [("INS 45.1", "ins-45.1"), ("  É/à_ç ", "e-a-c"), ("a..b.-c", "a.b.c"), ("-x-", "x")],
)
def test_ids_are_made_from_texts(text, name):
    assert slug(text) == name


@given(st.text(), st.integers(20, 64))
def test_any_text_gives_an_id(text, limit):
    name = slug(text, limit)
    assert ID.fullmatch(name)
    assert len(name) <= limit
