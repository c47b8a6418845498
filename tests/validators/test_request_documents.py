import pytest
from file_samples import broken, sample

from mes_conformity.validators.artefact import judge
from mes_conformity.validators.prose import folded, read

NOTICE = sample("privacy-notice", "donnees-personnelles.html")
STATEMENT = sample("accessibility-statement", "accessibilite.md")


@pytest.mark.parametrize(("kind", "text"), [("privacy-notice", NOTICE), ("accessibility-statement", STATEMENT)])
def test_a_sound_text_still_waits_for_a_reader(kind: str, text: str) -> None:
    """What cannot be judged is said each time, never passed in silence."""
    (finding,) = judge(kind, text.encode(), judged_on="2026-11-22")
    assert (finding.rule, finding.severity) == (f"{kind}/to-read", "information")


@pytest.mark.parametrize(
    ("before", "severity", "rules"),
    [
        ("décision automatisée", "warning", ["automated-decision"]),
        ("la rectification", "error", ["rights"]),
        ("la limitation", "error", ["rights"]),
        ("retirer votre accord", "error", ["withdrawal"]),
        ("base légale", "error", []),
    ],
)
def test_a_mention_that_is_gone_is_told(before: str, severity: str, rules: list[str]) -> None:
    """What the article asks only where it exists is a warning; what is said twice may go once."""
    assert before in NOTICE
    assert broken("privacy-notice", NOTICE.replace(before, "…"), severity) == rules


def test_words_that_the_page_does_not_show_do_not_count() -> None:
    hidden = f"<!doctype html><html><head><title>x</title></head><body><script>{folded(NOTICE)}</script>.</body></html>"
    assert "controller" in broken("privacy-notice", hidden)


def test_a_controller_whom_nobody_can_reach_is_told() -> None:
    text = "# Données\nLe responsable du traitement est Exemple (fictif)."
    found = judge("privacy-notice", text.encode())
    assert [item.expected for item in found if item.rule == "privacy-notice/controller"] == ["@ / formulaire"]


def test_a_text_without_heading_is_a_warning() -> None:
    assert "headings" in broken("privacy-notice", "Nous respectons vos données.", "warning")


@pytest.mark.parametrize(
    ("state", "rules"),
    [
        ("en conformité totale", []),
        ("non conforme", []),
        ("partiellement conforme", []),
        ("excellent", ["state"]),
    ],
)
def test_the_state_is_one_of_three(state: str, rules: list[str]) -> None:
    assert broken("accessibility-statement", STATEMENT.replace("en conformité partielle", state)) == rules


def test_a_total_conformity_lists_no_content() -> None:
    text = STATEMENT.replace("en conformité partielle", "en conformité totale").replace("non accessibles", "divers")
    assert broken("accessibility-statement", text) == []


@pytest.mark.parametrize(
    ("written", "day", "severity", "rules"),
    [
        ("12/10/2026", "2026-11-22", "error", []),
        ("1er octobre 2026", "2026-11-22", "error", []),
        ("31/02/2026", "2026-11-22", "error", ["date"]),
        ("12 octobre 2026", "2029-11-22", "error", ["date"]),
        ("12 octobre 2026", None, "information", ["date", "to-read"]),
    ],
)
def test_the_age_of_a_statement_is_judged_on_the_given_day(
    written: str, day: str | None, severity: str, rules: list[str]
) -> None:
    text = STATEMENT.replace("12 octobre 2026", written).replace("11 février 2005", "2005")
    text = text.replace("\n11 février 2005", "").replace("11 février", "")
    assert broken("accessibility-statement", text.replace("du\n2005", "de 2005"), severity, day) == rules


def test_the_form_of_the_defender_is_not_a_contact() -> None:
    text = STATEMENT.replace("accessibilite@service.exemple.invalid", "par courrier").replace("mailto:", "x:")
    assert broken("accessibility-statement", text) == ["contact"]


def test_a_text_is_read_from_html_and_from_markdown() -> None:
    page = read(b"<h1>Titre</h1><p>&Eacute;crivez \xc3\xa0 <a href='mailto:a@b.fr'>nous</a></p>", "p")
    text = read("# Titre\nÉcrivez à [nous](mailto:a@b.fr)".encode(), "t")
    assert page.headings == text.headings == ("Titre",)
    assert page.addresses == text.addresses == ("mailto:a@b.fr",)
    assert "ecrivez a nous" in page.folded


@pytest.mark.parametrize("raw", [b"", b"  ", b"\xff\xfe", b"a\0b"])
def test_what_is_no_text_is_unreadable(raw: bytes) -> None:
    assert [finding.rule for finding in judge("privacy-notice", raw)] == ["artefact/readable"]


@pytest.mark.parametrize(
    ("words", "rules"),
    [("un formulaire administratif est mal étiqueté", ["contact"]), ("écrivez par le formulaire de contact", [])],
)
def test_only_a_form_to_write_to_the_service_is_a_contact(words: str, rules: list[str]) -> None:
    text = STATEMENT.replace("accessibilite@service.exemple.invalid", words).replace("mailto:", "x:")
    assert broken("accessibility-statement", text) == rules
