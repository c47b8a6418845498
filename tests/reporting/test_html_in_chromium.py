"""The report as people meet it: a real browser, every theme and width, paper, the keyboard alone, axe-core.

`MES_CONFORMITY_PICTURES=docs/pictures pytest tests/reporting/test_html_in_chromium.py` renews the pictures of the docs.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest
import webdriver
from webdriver import ENTER, TAB, Browser

from mes_conformity.dossier import build, documents
from mes_conformity.reporting import exchanges
from mes_conformity.reporting.html import render
from mes_conformity.reporting.model import Report, draw

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(webdriver.chromium() is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(webdriver.driver() is None, reason="no chromedriver on this machine (Debian: chromium-driver)"),
]
STATES: dict[str, dict[str, Any]] = {
    "light": {"width": 1280},
    "dark": {"width": 1280, "scheme": "dark"},
    "narrow": {"width": 320, "height": 900},
    "print": {"width": 1000, "media": "print"},
}
OPEN = "for (const e of document.querySelectorAll('details')) e.open = true"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with webdriver.started(tmp_path_factory.mktemp("profile"), width=1280) as browser:
        yield browser


@pytest.fixture(scope="module")
def page(rich: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the report."""
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_bytes(render(rich, "fr"))
    return path.as_uri()


@pytest.fixture
def seen() -> Callable[[Browser, str], None]:
    """Keep a picture of the page where pictures are asked for."""
    folder = os.environ.get("MES_CONFORMITY_PICTURES")

    def keep(browser: Browser, name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            browser.picture(Path(folder) / f"report-{name}.png")

    return keep


@pytest.mark.skipif(webdriver.axe() is None, reason="axe-core is not installed (npm install -g axe-core)")
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(window: Browser, page: str, state: str) -> None:
    window.open(page)
    window.emulate(**STATES[state])
    assert window.violations(webdriver.axe() or "") == []
    window.run(OPEN)
    assert window.violations(webdriver.axe() or "") == []


@pytest.mark.skipif(webdriver.axe() is None, reason="axe-core is not installed (npm install -g axe-core)")
def test_axe_finds_nothing_where_exchanges_are_shortened(
    window: Browser, rich: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchanges, "COMPACT_FROM", 0)
    path = tmp_path / "index.html"
    path.write_bytes(render(rich, "en"))
    window.open(path.as_uri())
    window.emulate(width=1280)
    window.run(OPEN)
    assert window.violations(webdriver.axe() or "") == []


@pytest.mark.skipif(webdriver.axe() is None, reason="axe-core is not installed (npm install -g axe-core)")
def test_axe_sees_a_report_that_is_wrong(window: Browser, page: str) -> None:
    window.open(page)
    window.emulate(width=1280)
    window.run("document.querySelector('nav').removeAttribute('aria-label'); document.title = ''")
    window.run("document.querySelector('.verdict p').style.color = '#ddd'")
    found = " ".join(window.violations(webdriver.axe() or ""))
    assert "document-title" in found
    assert "color-contrast" in found


@pytest.mark.parametrize("state", ["light", "narrow"])
def test_nothing_overflows_the_page(window: Browser, page: str, state: str) -> None:
    window.open(page)
    window.emulate(**STATES[state])
    window.run(OPEN)
    assert window.run("return document.documentElement.scrollWidth") <= STATES[state]["width"]


def test_a_wide_matrix_scrolls_in_its_own_box(window: Browser, tmp_path: Path) -> None:
    cases = [samples.entry(f"A-{n}", "x", requirements=[f"x-requirement-{n}"]) for n in range(40)]
    folder = samples.write_workspace(tmp_path, cases)
    path = tmp_path / "index.html"
    path.write_bytes(render(draw(documents.read(build.collect(tmp_path, folder, None, {}).files)), "fr"))
    window.open(path.as_uri())
    window.emulate(**STATES["narrow"])
    window.run(OPEN)
    assert window.run("return document.querySelector('.matrix .scroll').scrollWidth") > 600
    assert window.run("return document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("state", ["light", "narrow"])
def test_hostile_texts_neither_run_nor_break_the_layout(
    window: Browser, hostile: Report, tmp_path: Path, state: str
) -> None:
    path = tmp_path / "hostile.html"
    path.write_bytes(render(hostile, "fr"))
    window.open(path.as_uri())
    window.emulate(**STATES[state])
    window.run(OPEN)
    assert window.run("return document.documentElement.scrollWidth") <= STATES[state]["width"]
    assert window.run("return document.querySelectorAll('script, img, iframe, [onerror]').length") == 0
    assert window.run("return document.querySelectorAll('a:not([href^=\"#\"])').length") == 0


def test_the_focus_follows_the_reading_order(window: Browser, page: str) -> None:
    window.open(page)
    window.emulate(width=1280)
    wanted = window.run(
        "return [...document.querySelectorAll('a[href], summary, [tabindex]')]"
        ".filter(e => e.checkVisibility({contentVisibilityAuto: true}) || e.className == 'skip')"
        ".map(e => e.outerHTML).slice(0, 40)"
    )
    order = []
    for _ in wanted:
        window.press(TAB)
        order.append(window.run("return document.activeElement.outerHTML"))
    assert order == wanted


def test_the_first_link_leads_to_the_verdict(window: Browser, page: str) -> None:
    window.open(page)
    window.press(TAB, ENTER)
    assert window.url.endswith("#verdict")


def test_a_case_opens_with_the_keyboard_alone(window: Browser, page: str) -> None:
    window.open(page)
    window.run("document.querySelector('#case-MES-W-01 > summary').focus()")
    window.press(ENTER)
    assert window.run("return document.querySelector('#case-MES-W-01').open") is True


@pytest.mark.parametrize("anchor", ["req-x-ech-tls", "case-MES-W-01", "case-MES-W-01-1"])
def test_an_anchor_shows_what_it_names(window: Browser, page: str, anchor: str) -> None:
    window.open("about:blank")
    window.emulate(width=1280)
    window.open(f"{page}#{anchor}")
    assert window.run(
        "const box = document.getElementById(arguments[0]).getBoundingClientRect();"
        "return box.height > 0 && box.top < innerHeight && box.bottom > 0",
        anchor,
    )


def test_without_style_and_script_everything_is_there(
    window: Browser, page: str, rich: Report, seen: Callable[[Browser, str], None]
) -> None:
    window.open(page)
    window.emulate(width=1280)
    window.run("document.querySelector('style').remove()")
    seen(window, "without-style")
    window.run(OPEN)
    text = " ".join(window.run("return document.body.innerText").split())
    for case in rich.run["cases"]:
        assert case["title"]["fr"] in text
    for said in (
        "Ce qui bloque",
        "À faire maintenant",
        "Renouveler le jeton à chaque usage",
        "curl",
        "SECRET_FB2A5DA812F7",
    ):
        assert said in text
    assert window.run("return document.documentElement.scrollWidth") <= 1280


def test_the_policy_of_the_page_lets_no_script_run(window: Browser, page: str) -> None:
    window.open(page)
    window.run("const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)")
    assert window.run("return window.ran ?? null") is None


def test_paper_has_pages_and_everything_open(window: Browser, page: str) -> None:
    window.open(page)
    window.emulate(**STATES["print"])
    hidden = window.run(
        "return [...document.querySelectorAll('details.case pre, details.requirement dd')]"
        ".filter(e => !e.closest('.curl') && e.getBoundingClientRect().height == 0).length"
    )
    assert hidden == 0
    assert window.run("return getComputedStyle(document.getElementById('cases')).breakBefore") == "page"
    printed = window.tell("Page.printToPDF")["data"]
    assert len(json.dumps(printed)) > 10_000


@pytest.mark.parametrize("state", ["passed", "inconclusive"])
def test_the_other_verdicts_have_a_picture(
    window: Browser, verdicts: dict[str, Report], seen: Callable[[Browser, str], None], tmp_path: Path, state: str
) -> None:
    path = tmp_path / "index.html"
    path.write_bytes(render(verdicts[state], "fr"))
    window.emulate(width=1280, height=700)
    window.open(path.as_uri())
    assert window.run("return document.querySelector('.verdict').getBoundingClientRect().bottom < innerHeight")
    assert window.run("return document.getElementById('next-title').getBoundingClientRect().bottom < innerHeight")
    seen(window, state)


@pytest.mark.skipif(webdriver.axe() is None, reason="axe-core is not installed (npm install -g axe-core)")
@pytest.mark.parametrize("state", ["passed", "inconclusive"])
def test_axe_finds_nothing_in_the_other_verdicts(
    window: Browser, verdicts: dict[str, Report], tmp_path: Path, state: str
) -> None:
    path = tmp_path / "index.html"
    path.write_bytes(render(verdicts[state], "en"))
    window.emulate(width=1280)
    window.open(path.as_uri())
    window.run(OPEN)
    assert window.violations(webdriver.axe() or "") == []


PICTURES = {
    "light": ("", {"width": 1280, "height": 860}),
    "dark": ("", {"width": 1280, "height": 860, "scheme": "dark"}),
    "narrow": ("", {"width": 320, "height": 900}),
    "print": ("", {"width": 1000, "media": "print"}),
    "requirements": ("#requirements", {"width": 1280}),
    "matrix": ("#matrix", {"width": 1280}),
    "timeline": ("#timeline", {"width": 1280, "height": 400}),
    "case": ("#case-MES-R-09", {"width": 1280, "height": 1300}),
    "review": ("#findings", {"width": 1280, "height": 1000}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_every_state_has_a_picture(
    window: Browser, page: str, seen: Callable[[Browser, str], None], tmp_path: Path, name: str
) -> None:
    place, state = PICTURES[name]
    window.open("about:blank")
    window.emulate(**state)
    window.open(page)
    window.run("for (const e of document.querySelectorAll('.matrix, #case-MES-R-09 .curl')) e.open = true")
    if place:
        window.run("document.querySelector(arguments[0]).scrollIntoView({behavior: 'instant'})", place)
    window.picture(tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size < 200_000
    seen(window, name)
