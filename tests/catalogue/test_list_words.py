"""The words of a list: obligation, level, pieces, profiles."""

import pytest

from mes_conformity.catalogue.list_words import level, obligation, piece, profiles


@pytest.mark.parametrize(
    ("told", "nature", "statement", "expected"),
    [
        ("Obligatoire", "", "Le système DEVRAIT…", "mandatory"),
        ("Non obligatoire", "", "Le système DOIT…", "optional"),
        ("Optionnel", "", "", "optional"),
        ("Recommandée", "", "", "recommended"),
        ("Oui", "", "", "mandatory"),
        ("non", "", "Le système DOIT…", "optional"),
        ("M", "", "", "mandatory"),
        ("", "Exigence", "Le système DEVRAIT…", "mandatory"),
        ("", "Préconisation", "Le système DOIT…", "recommended"),
        ("", "Fonctionnelle", "Le système DOIT…", "mandatory"),
        ("", "oui", "Le système DEVRAIT…", "recommended"),
        ("", "", "Les systèmes DEVRAIENT… et doivent…", "recommended"),
        ("", "", "Le système NE DOIT PAS…", "mandatory"),
        ("", "", "Le système PEUT…", "optional"),
        ("", "", "The system SHALL…", "mandatory"),
        ("", "", "The system should…", None),
        ("", "", "Le système doit…", "mandatory"),
        ("", "", "Ils devraient…", "recommended"),
        ("", "", "Le système répond.", None),
        ("?", "", "", None),
    ],
)
def test_the_column_says_it_then_the_nature_then_the_verb(told, nature, statement, expected):
    assert obligation(told, nature, statement) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", 3), ("Niveau 2", 2), ("N1", 1), ("4/5", 4), ("level 0", 0), ("6", None), ("élevé", None), ("", None)],
)
def test_a_level_goes_from_0_to_5(text, expected):
    assert level(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Capture(s) d'écran ou vidéo", "screenshot"),
        ("Vidéo du parcours complet", "video"),
        ("Extrait de journal d'accès", "log_extract"),
        ("Requête et réponse sur le bac à sable", "exchange_sample"),
        ("Engagement écrit", "commitment"),
        ("Certificat HDS", "certificate"),
        ("Lien permanent vers le rapport Gazelle", "permanent_link"),
        ("Conditions générales", "document"),
        ("", "document"),
    ],
)
def test_the_eight_kinds_of_pieces(text, kind):
    assert piece(text) == kind


def test_profiles_are_separated_and_the_general_one_is_everybody():
    assert profiles("Accès  Usager ; Accès Professionnel\nGénéral") == ["Accès Usager", "Accès Professionnel", "*"]
    assert profiles(" ; ") == []
