"""The pages as a person lives them: a real browser, the keyboard alone, axe-core on every page.

`MES_CONFORMITY_PICTURES=docs/pictures pytest tests/sandbox/test_pages_in_chromium.py` renews the pictures of the docs.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import webdriver
from sandbox_partner import CHALLENGE, MEASURES_SCOPES, Partner
from webdriver import ENTER, SPACE, TAB, Browser

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(webdriver.chromium() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(webdriver.driver() is None, reason="no chromedriver on this machine (Debian: chromium-driver)"),
]
SERVICE = "Service exemple (fictif)"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with webdriver.started(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def seen() -> Callable[[Browser, str], None]:
    """Keep a picture of the page where pictures are asked for."""
    folder = os.environ.get("MES_CONFORMITY_PICTURES")

    def keep(browser: Browser, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            browser.picture(Path(folder) / f"{name}.png")

    return keep


def _demand(partner: Partner) -> str:
    query = {
        "response_type": "code", "client_id": partner.client["client_id"], "scope": MEASURES_SCOPES,
        "redirect_uri": partner.client["redirect_uri"], "state": "etat", "nonce": "nonce",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"{partner.descriptor['url']}/authorize?{urlencode(query)}"


def _tab_to(browser: Browser, name: str) -> None:
    """Press Tab until the focus is on `name` (id or text): nothing on a page takes more than twenty."""
    for _ in range(20):
        browser.press(TAB)
        if browser.focus() == name:
            return
    raise AssertionError(f"{name} is not reached by the keyboard")


def _sign_in(browser: Browser, user: dict[str, str]) -> None:
    browser.wait_for("Vous identifier")
    _tab_to(browser, "login")
    browser.press(user["login"], TAB, user["password"], ENTER)
    browser.wait_for("code à usage unique")
    _tab_to(browser, "otp")
    browser.press(user["otp"], ENTER)


def _choose(browser: Browser, *names: str) -> None:
    for name in names:
        if name.endswith("refuse"):  # a group of radio buttons is one stop; the arrows choose in it
            _tab_to(browser, name.replace("refuse", "accept"))
            browser.press(webdriver.DOWN)
        else:
            _tab_to(browser, name)
            browser.press(SPACE)


def test_a_person_pairs_with_the_keyboard_alone(
    partner: Partner, window: Browser, seen: Callable[[Browser, str], None]
) -> None:
    window.open(_demand(partner))
    seen(window, "sandbox-sign-in")
    _sign_in(window, partner.new_user())
    window.wait_for(f"Choisir ce que vous partagez avec {SERVICE}")
    _choose(window, "read-accept", "write-refuse")
    seen(window, "sandbox-choices")
    _tab_to(window, "Continuer")
    window.press(ENTER)
    window.wait_for("Vérifier et confirmer vos choix")
    seen(window, "sandbox-summary")
    _tab_to(window, "Confirmer")
    window.press(ENTER)
    answer = dict(parse_qsl(urlsplit(_arrived(window, partner)).query))
    assert answer["state"] == "etat"
    assert partner.exchange(answer["code"]).json()["scope"] == "openid mesures.lecture"


def _arrived(browser: Browser, partner: Partner) -> str:
    for _ in range(200):
        if browser.url.startswith(partner.client["redirect_uri"]):
            return browser.url
    raise AssertionError(f"still at {browser.url}")


def test_the_focus_follows_the_reading_order(partner: Partner, window: Browser) -> None:
    window.open(_demand(partner))
    order = []
    for _ in range(5):
        window.press(TAB)
        order.append(window.focus())
    assert order == ["Aller au contenu", "login", "password", "Continuer", "Tout refuser et revenir au service"]


def test_the_first_link_leads_to_the_content(partner: Partner, window: Browser) -> None:
    window.open(_demand(partner))
    window.press(TAB, ENTER)
    assert window.focus() == "contenu"


def test_an_error_leads_to_its_field(partner: Partner, window: Browser, seen: Callable[[Browser, str], None]) -> None:
    window.open(_demand(partner))
    _sign_in(window, partner.new_user())
    window.wait_for("Choisir")
    _choose(window, "read-accept")
    _tab_to(window, "Continuer")
    window.press(ENTER)
    link = "acceptez ou refusez\u00a0: ajouter des mesures à mon espace."
    _tab_to(window, link)
    seen(window, "sandbox-error")
    window.press(ENTER)
    assert window.focus() == "write-accept"


def test_a_person_changes_their_mind_with_the_keyboard_alone(
    partner: Partner, window: Browser, seen: Callable[[Browser, str], None]
) -> None:
    identity = partner.pair()
    window.open(f"{partner.descriptor['url']}/espace")
    _sign_in(window, dict(identity.user))
    window.wait_for("Services reliés à mon espace")
    seen(window, "sandbox-space")
    _tab_to(window, f"Désynchroniser {SERVICE}")
    window.press(ENTER)
    window.wait_for(f"Désynchroniser {SERVICE}\u00a0?")
    _tab_to(window, "Désynchroniser")
    window.press(ENTER)
    window.wait_for("Services reliés à mon espace")
    assert partner.last(identity).status_code == 401


def _pages(partner: Partner, browser: Browser) -> Iterator[str]:
    """Every page in turn, by its name."""
    browser.open(f"{partner.descriptor['url']}/_sandbox/")
    yield "developer"
    browser.open(f"{partner.descriptor['url']}/authorize")
    yield "refusal"
    closed = next(person for person in partner.descriptor["people"] if person["situation"] == "no_space")
    browser.open(_demand(partner))
    _sign_in(browser, closed)
    browser.wait_for("ne peut pas être relié")
    yield "closed"
    browser.open(_demand(partner))
    yield "sign in"
    browser.press(TAB, TAB, TAB, TAB, ENTER)
    browser.wait_for_errors()
    yield "sign in, errors"
    minor = next(person for person in partner.descriptor["people"] if person["situation"] == "minor")
    browser.open(_demand(partner))
    _tab_to(browser, "login")
    browser.press(minor["login"], TAB, minor["password"], ENTER)
    browser.wait_for("code à usage unique")
    yield "code"
    _tab_to(browser, "otp")
    browser.press(minor["otp"], ENTER)
    browser.wait_for("Choisir")
    yield "choices"
    _tab_to(browser, "Continuer")
    browser.press(ENTER)
    browser.wait_for_errors()
    yield "choices, errors"
    _choose(browser, "representative", "read-accept", "write-accept")
    _tab_to(browser, "Continuer")
    browser.press(ENTER)
    browser.wait_for("Vérifier")
    yield "summary"
    browser.open(f"{partner.descriptor['url']}/espace")
    _sign_in(browser, dict(partner.pair().user))
    browser.wait_for("Services reliés")
    yield "space"
    _tab_to(browser, f"Modifier mes choix pour {SERVICE}")
    browser.press(ENTER)
    browser.wait_for("Vos choix pour")
    yield "change"
    _tab_to(browser, "Annuler")
    browser.press(ENTER)
    browser.wait_for("Services reliés")
    _tab_to(browser, "Me déconnecter")
    browser.press(ENTER)
    browser.wait_for("déconnecté")
    yield "left"


@pytest.mark.skipif(webdriver.axe() is None, reason="axe-core is not installed (npm install -g axe-core)")
def test_axe_finds_nothing_on_any_page(partner: Partner, window: Browser) -> None:
    source = webdriver.axe() or ""
    found = {name: window.violations(source) for name in _pages(partner, window)}
    assert len(found) == 12
    assert {name: violations for name, violations in found.items() if violations} == {}


def test_no_page_scrolls_sideways_on_a_narrow_screen(partner: Partner, window: Browser) -> None:
    wide = {name: width for name in _pages(partner, window) if (width := window.needed_width(320)) > 320}
    assert wide == {}


@pytest.mark.skipif(webdriver.axe() is None, reason="axe-core is not installed (npm install -g axe-core)")
def test_axe_sees_a_page_that_is_wrong(partner: Partner, window: Browser) -> None:
    window.open(_demand(partner))
    window.run("document.querySelector('label').remove(); document.documentElement.removeAttribute('lang')")
    found = " ".join(window.violations(webdriver.axe() or ""))
    assert "html-has-lang" in found
    assert "label" in found
