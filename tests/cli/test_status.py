"""`status`: where, how far, what blocks, what next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def example(finished: Callable[[str, str], Path]) -> Path:
    """A workspace made from an example."""
    return finished("e", "connected-scale")


def test_a_new_workspace_asks_to_begin(run: Run) -> None:
    run("init", "e", "--publisher", "É", "--product", "P", "--product-version", "1")
    document = run("-C", "e", "status", "--format", "json").json()
    assert document["readiness"] == "incomplete"
    assert document["scores"]["all"]["conformity"] == {"low": 0, "high": 100}
    assert document["next"] == "mes-conformity -C e assess resume"
    text = run("-C", "e", "status").out
    assert "entre 0 et 100 %" in text
    assert "autres : mes-conformity -C e assess check" in text


def test_an_answered_one_asks_for_tests(run: Run, example: Path) -> None:
    document = run("-C", "e", "status", "--format", "json").json()
    assert document["readiness"] == "not_ready"
    assert document["scores"]["mandatory"]["complete"]
    assert document["next"].endswith("test run --target embedded")
    assert all(item["command"].startswith("mes-conformity -C e") for item in document["blocking"])


def test_the_next_step_follows_what_is_there(run: Run, example: Path) -> None:
    record = example / "reports" / "runs" / "r1" / "run.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    assert run("-C", "e", "status", "--format", "json").json()["next"].endswith("dossier build")
    (example / "reports" / "p.mesdossier.zip").write_bytes(b"")
    following = run("status", "--format", "json", cwd=example).json()["next"]
    assert following == "mes-conformity dossier verify reports/p.mesdossier.zip"


def test_what_experts_asked_is_to_be_answered(run: Run, example: Path, tmp_path: Path) -> None:
    import dossier_samples
    import review_samples

    reports = example / "reports"
    (reports / "runs" / "r1").mkdir(parents=True)
    (reports / "runs" / "r1" / "run.json").write_text("{}")
    raw = dossier_samples.dossier(tmp_path / "w")
    (reports / "p.mesdossier.zip").write_bytes(raw)
    asked = review_samples.asks(review_samples.opened(raw))
    (reports / "p.review-01.mesaddendum.json").write_bytes(asked.raw)
    document = run("status", "--format", "json", cwd=example).json()
    assert document["next"] == "mes-conformity review reply"
    assert "1.1, 1.2" in document["step"]["title"]["fr"]
    (reports / "p.mesdossier.zip").write_bytes(b"")
    assert "dossier verify" in run("status", "--format", "json", cwd=example).json()["next"]


@pytest.mark.parametrize(("lang", "word"), [("fr", "Prochaine commande"), ("en", "Next command")])
def test_it_speaks_both_languages(run: Run, example: Path, lang: str, word: str) -> None:
    result = run("-C", "e", "status", lang=lang)
    assert result.code == 0
    assert word in result.out


def test_outside_a_workspace_it_says_how_to_begin(run: Run) -> None:
    result = run("status", "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (3, "WSP001")


def test_a_ready_one_has_nothing_in_the_way(run: Run, example: Path) -> None:
    for name in ("x-law-convention", "x-rgpd-traceurs"):
        (example / "convention.txt").write_text("x")
        assert run("-C", "e", "assess", "set", name, "conforme", "--evidence", "convention.txt").code == 0
    document = run("-C", "e", "status", "--format", "json").json()
    assert (document["readiness"], document["blocking"]) == ("ready", [])
    assert "prête" in run("-C", "e", "status").out


def test_it_says_what_is_missing_and_what_ends_within_90_days(run: Run, example: Path) -> None:
    run("-C", "e", "assess", "set", "x-eli-nom", "partiel", "--due", "2026-12-01", "--comment", "Renommer")
    for number in range(10):
        run("-C", "e", "plan", "set", "x-eli-nom", "--title", f"Étape {number}", "--due", "2026-11-01")
    document = run("-C", "e", "status", "--format", "json").json()
    assert document["missing"] == {"facts": 0, "requirements": 0}
    kinds = [item["kind"] for item in document["expiring"]]
    assert (kinds.count("action"), kinds.count("answer")) >= (10, 1)
    text = run("-C", "e", "status").out
    assert "échéances dans les 90 jours" in text
    assert "expiré depuis le 2026-11-01" in text
    run("-C", "e", "assess", "set", "x-eli-nom", "not_assessed")
    assert run("-C", "e", "status", "--format", "json").json()["missing"]["requirements"] == 1


def test_each_rubric_has_its_mandatory_score_first(run: Run, example: Path) -> None:
    sections = run("-C", "e", "status", "--format", "json").json()["scores"]["sections"]
    assert sections["ethique"]["mandatory"]["applicable"] < sections["ethique"]["applicable"]
    assert "obligatoires" in run("-C", "e", "status").out


def test_the_step_is_a_guess_until_it_is_recorded(run: Run, example: Path) -> None:
    assert run("-C", "e", "status", "--format", "json").json()["step"]["basis"] == "estimated"
    assert "estimée" in run("-C", "e", "status").out
    run("-C", "e", "referencing", "record", "2", "--on", "2026-01-05")
    document = run("-C", "e", "status", "--format", "json").json()
    assert (document["step"]["number"], document["step"]["basis"]) == (3, "recorded")
    assert document["next"].endswith("test run --target embedded")
    assert "Étape 3 : recevabilité" in run("-C", "e", "status").out


@pytest.mark.parametrize(("on", "days"), [("2026-01-31", 70), ("2025-01-31", -295)])
def test_the_end_of_the_referencing_is_among_what_ends(run: Run, example: Path, on: str, days: int) -> None:
    run("-C", "e", "referencing", "record", "publication", "--on", on)
    document = run("-C", "e", "status", "--format", "json").json()
    ending = [item for item in document["expiring"] if item["kind"] == "referencing"]
    assert [(item["days"], item["expired"], item["requirement"]) for item in ending] == [(days, days < 0, "")]
    assert document["expiring"] == sorted(document["expiring"], key=lambda item: (item["on"], item["title"]))
    assert document["next"] == "mes-conformity -C e referencing show"
    assert "- référencement « " in run("-C", "e", "status").out


def test_a_referencing_that_ends_later_is_not(run: Run, example: Path) -> None:
    run("-C", "e", "referencing", "record", "publication", "--on", "2026-11-01")
    kinds = {item["kind"] for item in run("-C", "e", "status", "--format", "json").json()["expiring"]}
    assert "referencing" not in kinds
