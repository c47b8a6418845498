"""`referencing show | record` as they are typed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def request_(run: Run) -> Run:
    """A workspace, and the commands of its request."""
    run("init", "e", "--publisher", "É", "--product", "P", "--product-version", "1")
    return lambda *argv, **more: run("-C", "e", "referencing", *argv, **more)


def test_nothing_recorded_is_said(request_: Run) -> None:
    result = request_("show")
    assert result.code == 0
    assert "non consigné" in result.out
    assert "referencing record" in result.err
    assert request_("show", "--format", "json").json()["referencing"]["current"] is None


def test_a_record_is_kept_and_says_what_follows(request_: Run, tmp_path: Path) -> None:
    result = request_("record", "2", "--on", "2026-01-05", "--reference", "DEM-1", "--note", "par le portail")
    assert result.code == 0
    assert "Autorité : les experts vérifient" in result.out
    assert "DEM-1 — par le portail" in " ".join(request_("show").out.split())
    assert "DEM-1" in (tmp_path / "e" / "referencing.yaml").read_text()


def test_its_json_has_steps_validity_renewal_and_who_acts(request_: Run) -> None:
    document = request_("record", "publication", "--on", "2026-01-31", "--format", "json").json()
    assert document["record"]["step"] == "publication"
    told = document["referencing"]
    assert told.keys() == {"recorded", "current", "steps", "following", "validity", "renewal", "notices"}
    assert (told["validity"]["until"], told["validity"]["days"]) == ("2027-01-31", 70)
    assert told["renewal"]["years"] == 2
    assert request_("show", "--format", "json").json()["referencing"] == told


@pytest.mark.parametrize(("lang", "word"), [("fr", "Référencement valable un an"), ("en", "Referencing valid for one")])
def test_it_speaks_both_languages(request_: Run, lang: str, word: str) -> None:
    request_("record", "6", "--on", "2026-01-31")
    result = request_("show", lang=lang)
    assert word in result.out


def test_the_end_and_the_renewal_are_told(request_: Run) -> None:
    request_("record", "6", "--on", "2025-01-31")
    assert "terminé depuis le 2026-01-31" in request_("show").out
    assert "jusqu'au 2028-01-31" in request_("record", "renouvellement", "--on", "2026-01-01").out


def test_the_opinion_is_one_of_four(request_: Run) -> None:
    result = request_("record", "5", "--on", "2026-03-01", "--opinion", "favorable_avec_reserves_suspensives")
    assert "avis rendu : favorable avec réserves suspensives" in result.out
    assert "favorable avec réserves suspensives" in request_("show", variables={"COLUMNS": "120"}).out
    assert "attention" in request_("record", "5", "--on", "2026-04-01").err


def test_a_mistake_is_cancelled_and_stays_in_the_file(request_: Run, tmp_path: Path) -> None:
    request_("record", "opinion", "--on", "2026-03-01", "--opinion", "favorable")
    assert "annulé" in request_("record", "opinion", "--on", "2026-03-02", "--cancel").out
    assert (tmp_path / "e" / "referencing.yaml").read_text().count("step: opinion") == 2
    assert request_("show", "--format", "json").json()["referencing"]["recorded"] is False


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("9", "--on", "2026-01-01"), "USE001"),
        (("2",), "USE002"),
        (("2", "--on", "2026-02-30"), "USE001"),
        (("2", "--on", "2027-01-01"), "USE001"),
        (("opinion", "--on", "2026-01-01"), "USE002"),
        (("opinion", "--on", "2026-01-01", "--opinion", "favorable", "--cancel"), "USE005"),
        (("decision", "--on", "2026-01-01", "--opinion", "favorable"), "USE005"),
        (("opinion", "--on", "2026-01-01", "--opinion", "réservé"), "USE001"),
        (("2", "--on", "2026-01-01", "--cancel"), "USE005"),
    ],
)
def test_what_cannot_be_recorded_is_refused(request_: Run, tmp_path: Path, argv: tuple[str, ...], code: str) -> None:
    result = request_("record", *argv, "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (2, code)
    assert not (tmp_path / "e" / "referencing.yaml").exists()


def test_outside_a_workspace_it_says_how_to_begin(run: Run) -> None:
    result = run("referencing", "record", "2", "--on", "2026-01-01", "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (3, "WSP001")
