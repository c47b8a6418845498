"""What a run leaves on the screen."""

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "dossier"))
import dossier_samples as samples

from mes_conformity.cli import run_text, test_text
from mes_conformity.cli.context import Context
from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.i18n import using

Screen = Callable[..., str]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(tmp_path: Path) -> Screen:
    """What a run of these cases prints: `screen(cases, verbose=True)`."""

    def show(cases: list[dict[str, Any]], *, terminal: bool = False, lang: str = "fr", **settings: Any) -> str:
        out = Terminal() if terminal else io.StringIO()
        env = Environment(io.StringIO(), out, io.StringIO(), tmp_path, variables={"COLUMNS": "80", "TERM": "xterm"})
        ctx = Context(env, directory=tmp_path, **settings)
        names = ("passed", "failed", "error", "skipped")
        document = {"cases": cases, "summary": {name: sum(c["outcome"] == name for c in cases) for name in names}}
        with using(lang):
            for case in cases:
                test_text.print_case(ctx, case)
            test_text.print_run(ctx, document, "reports/runs/x")
        return out.getvalue()

    return show


def test_what_refuses_the_service_comes_before_what_accuses_nobody() -> None:
    found = run_text.by_requirement(samples.entries())
    assert list(found) == ["x-ech-mesures-codes", "x-ech-revocation", "x-ech-pagination", "x-ech-jetons"]


def test_a_failure_has_its_requirement_its_remedy_and_the_command_that_shows_it(screen: Screen) -> None:
    out = screen(samples.entries())
    place = [out.index(text) for text in (
        "x-ech-mesures-codes : 1 cas", "✗ échec  MES-U-02", "attendu : measures/value-present",
        "conseil : Comparez le Bundle", "mes-conformity dossier show MES-U-02", "x-ech-revocation : 1 cas",
    )]  # fmt: skip
    assert place == sorted(place)


def test_the_verdict_the_counts_and_the_record_stand_last(screen: Screen) -> None:
    assert screen(samples.entries()).splitlines()[-3:] == [
        "✗ Le service ne passe pas les tests",
        "10 cas : réussi 4, échec 3, erreur 1, écarté 2",
        "relevé : reports/runs/x",
    ]


def test_it_is_what_the_page_about_reports_shows(screen: Screen, reads_as: Callable[[str, str], bool]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```text\n(.*?)\n```", page, re.M | re.S)
    assert reads_as(shown, screen(samples.entries()))


def test_it_fits_eighty_columns(screen: Screen) -> None:
    long = samples.entry("A-1", "mot " * 100, "failed", source="texte " * 60)
    assert max(map(len, screen([*samples.entries(), long]).splitlines())) <= 80


def test_a_case_is_one_line_where_nobody_reads_a_screen(tmp_path: Path) -> None:
    out = io.StringIO()
    ctx = Context(Environment(io.StringIO(), out, io.StringIO(), tmp_path), directory=tmp_path)
    long = samples.entry("A-1", "mot\n" * 100, "failed", reason=samples.reason("c", "raison\r\n" * 100, "r"))
    test_text.print_case(ctx, long)
    assert out.getvalue().count("\n") == 1
    assert "mot (raison raison" in out.getvalue()


def test_a_run_that_passes_has_nothing_to_explain(screen: Screen) -> None:
    out = screen([samples.entry("A-1", "Une mesure")])
    assert "Ce qui n'a pas réussi" not in out
    assert "✓ Le service passe les tests" in out


def test_cases_left_out_are_counted_by_reason(screen: Screen) -> None:
    away = [
        samples.entry(f"A-{n}", "x", "skipped", checks=[], reason=samples.reason("c", f"raison {n % 7}", "r"))
        for n in range(20)
    ]
    out = screen(away)
    assert "     3  raison 0" in out
    assert "et 2 autres raisons" in out
    assert "A-3" not in out
    assert "A-3" in screen(away, verbose=True)
    assert "autres raisons" not in screen(away, verbose=True)


def test_many_failures_are_counted(screen: Screen) -> None:
    wrong = [samples.entry(f"A-{n}", "x", "failed", requirements=[f"x-{n % 3}"]) for n in range(31)]
    out = screen(wrong)
    assert out.count("mes-conformity dossier show A-") == 20
    assert "et 11 autres cas" in out


def test_colour_only_comes_on_top_of_words_and_signs(screen: Screen) -> None:
    plain, coloured = screen(samples.entries()), screen(samples.entries(), terminal=True)
    assert "\x1b[" not in plain
    assert "\x1b[31;1m✗ échec" in coloured
    for code in ("32", "31;1", "33", "2", "1", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    bar = next(line for line in coloured.splitlines() if line.startswith("━"))
    assert len(bar) == 40
    assert coloured.replace(f"{bar}\n", "") == plain


def test_an_outcome_of_one_in_a_thousand_is_seen_in_the_bar(screen: Screen) -> None:
    cases = [samples.entry(f"A-{n}", "x") for n in range(999)] + [samples.entry("B", "x", "failed")]
    assert "\x1b[31;1m━" in screen(cases, terminal=True, quiet=True)


def test_a_screen_reader_meets_words_alone(screen: Screen) -> None:
    out = screen(samples.entries(), terminal=True, accessible=True)
    assert not set("✓✗!–△⚑━\x1b") & set(out)
    assert "MES-U-02 : échec. x-ech-mesures-codes, le service en cause : La mesure" in out
    assert "Le service ne passe pas les tests" in out


def test_it_is_said_in_english(screen: Screen) -> None:
    out = screen(samples.entries(), lang="en")
    assert "What did not pass, by requirement" in out
    assert "Ce qui" not in out


def test_hostile_texts_do_not_reach_the_terminal(screen: Screen) -> None:
    harm = "\x1b[2J\u202e" + "A" * 1_000_000
    out = screen([samples.entry("A-1", harm, "failed", checks=[samples.check("x", "failed", harm, harm)], source=harm)])
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert len(out) < 10_000


def test_a_case_without_requirement_is_still_told(screen: Screen) -> None:
    assert "– : 1 cas" in screen([samples.entry("A-1", "x", "failed", requirements=[])])


def test_quiet_leaves_the_failures(screen: Screen) -> None:
    out = screen(samples.entries(), quiet=True)
    assert "MES-W-01" not in out
    assert "Cas écartés" not in out
    assert "dossier show MES-U-02" in out


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ({"subject": "target", "outcome": "failed"}, "la cible s'écarte"),
        ({"outcome": "error", "checks": []}, "des cas n'ont pas pu être jugés"),
        ({"basis": "assumption"}, "aucun cas fondé sur un texte lu"),
    ],
)
def test_what_leaves_the_question_open_is_said(screen: Screen, case: dict[str, Any], why: str) -> None:
    line = next(line for line in screen([samples.entry("A-1", "x") | case]).splitlines() if "Sans conclusion" in line)
    assert line.startswith(f"! Sans conclusion : {why}")


def test_the_command_is_typed_from_where_the_reader_stands(tmp_path: Path) -> None:
    env = Environment(io.StringIO(), io.StringIO(), io.StringIO(), tmp_path)
    ctx = Context(env, directory=tmp_path / "espace de travail")
    told = dict(run_text.explained(ctx, samples.entry("A-1", "x", "failed")))
    assert told["détail"] == "mes-conformity -C 'espace de travail' dossier show A-1"
