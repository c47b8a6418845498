"""Two languages: French is the source, English comes from the compiled catalogue."""

import subprocess
import sys
from pathlib import Path

from mes_conformity.foundation import i18n
from mes_conformity.foundation.i18n import _, both, pick, plural, use, using

ROOT = Path(__file__).resolve().parents[2]


def test_french_is_the_default() -> None:
    assert _("le disque est plein") == "le disque est plein"


def test_english_comes_from_the_catalogue() -> None:
    with using("en"):
        assert _("le disque est plein") == "the disk is full"
    assert i18n.current() == "fr"


def test_a_stored_text_holds_every_language_whatever_the_current_one() -> None:
    with using("en"):
        stored = both("le disque est plein")
    assert stored == both("le disque est plein") == {"fr": "le disque est plein", "en": "the disk is full"}


def test_a_text_inside_a_text_is_taken_in_each_language() -> None:
    text = both("l'écriture a échoué : {reason}", reason=both("le disque est plein"))
    assert text["en"] == "writing failed: the disk is full"


def test_braces_in_values_are_left_alone() -> None:
    assert _("la clé « {key} » manque", key="{x}") == "la clé « {x} » manque"


def test_an_unknown_language_is_french() -> None:
    use("de")
    assert i18n.current() == "fr"
    with using("xx"):
        assert i18n.current() == "fr"


def test_a_missing_translation_falls_back_to_french() -> None:
    assert pick({"fr": "un"}) == "un"
    with using("en"):
        assert pick({"fr": "un"}) == "un"
        assert pick({"fr": "un", "en": "one"}) == "one"
        assert pick("plain") == "plain"


def test_french_keeps_the_singular_for_zero() -> None:
    assert plural("{count} cas", "{count} cas tous", 0) == "0 cas"
    assert plural("{count} cas", "{count} cas tous", 2) == "2 cas tous"
    with using("en"):
        assert plural("one {count}", "many {count}", 0) == "many 0"


def test_every_message_has_both_languages_and_the_catalogue_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "messages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
