import pytest
from file_samples import broken, sample
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators import trackers
from mes_conformity.validators.artefact import judge

SOUND = sample("web-page", "accueil.html")


def with_(element: str) -> str:
    return SOUND.replace("</footer>", element + "</footer>")


def test_a_sound_page_has_no_fault() -> None:
    assert judge("web-page", SOUND.encode()) == []


@pytest.mark.parametrize(
    ("element", "rules"),
    [
        ('<img src="http://exemple.invalid/a.png" alt="">', ["resources-https"]),
        ('<img src="/a.png" srcset="/b.png 2x, HTTP://exemple.invalid/c.png 3x" alt="">', ["resources-https"]),
        ('<iframe src="http://exemple.invalid/"></iframe>', ["resources-https"]),
        ('<button formaction="http://exemple.invalid/">x</button>', ["resources-https"]),
        ('<a href="http://exemple.invalid/">x</a>', ["links-https"]),
        ('<a href="mailto:a@exemple.invalid">x</a>', []),
        ('<link rel="stylesheet" href="http://exemple.invalid/a.css">', ["resources-https"]),
        ('<link rel="canonical" href="http://exemple.invalid/">', ["links-https"]),
        ('<link rel="DNS-prefetch" href="//www.google-analytics.com">', ["google-analytics"]),
        ('<script src="//tiers.exemple.invalid/x.js"></script>', ["integrity"]),
        ('<script src="https://tiers.exemple.invalid/x.js" integrity="sha384-x"></script>', []),
        ('<script src="https://www.google-analytics.com/a.js" integrity="sha384-x"></script>', ["google-analytics"]),
        ('<img src="https://region1.google-analytics.com/collect?v=2" alt="">', ["google-analytics"]),
        ("<script>ga('create', 'UA-1')</script>", ["google-analytics"]),
        ("<p>Nous n'utilisons pas google-analytics.com.</p>", []),
        ('<a href="https://analytics.google.com/">notre choix</a>', []),
        ('<img src="https://[cassé/a.png" alt="">', []),
    ],
)
def test_an_element_breaks_its_rule_and_no_other(element: str, rules: list[str]) -> None:
    assert broken("web-page", with_(element)) == rules


def test_another_tracker_is_told_without_accusing() -> None:
    page = with_('<img src="https://connect.facebook.net/tr" alt="">')
    assert broken("web-page", page) == []
    assert broken("web-page", page, "warning") == ["trackers"]


def test_a_fault_has_the_line_and_the_path_of_its_element() -> None:
    (finding,) = judge("web-page", with_('<a href="http://exemple.invalid/">x</a>').encode())
    assert finding.pointer.startswith("/html/body/footer/a")
    assert finding.line == SOUND[: SOUND.index("</footer>")].count("\n") + 1


@pytest.mark.parametrize("raw", [b"", b"\xff", b"<!--" * 50_000])
def test_what_is_no_page_is_unreadable(raw: bytes) -> None:
    assert [finding.rule for finding in judge("web-page", raw)] == ["artefact/readable"]


@pytest.mark.parametrize("part", ["<", "<a ", "</", "<script>", "<div>", "<a href='", "&#"])
def test_a_hostile_page_is_judged_at_once(part: str) -> None:
    raw = (part * 400_000)[:900_000].encode()
    assert isinstance(judge("web-page", raw), list)


@given(st.text(alphabet="<>/ahref=scipt\"'!-& :\n", max_size=200))
def test_any_text_is_judged_without_raising(text: str) -> None:
    assert isinstance(judge("web-page", text.encode()), list)


@pytest.mark.parametrize(
    ("host", "found"),
    [("google-analytics.com", True), ("WWW.Google-Analytics.com.", True), ("notgoogle-analytics.com", False)],
)
def test_a_host_is_matched_by_whole_labels(host: str, found: bool) -> None:
    assert trackers.is_under(host, trackers.GOOGLE_ANALYTICS_HOSTS) is found
