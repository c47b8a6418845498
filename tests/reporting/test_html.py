"""The page, read back by an independent reader: structure, words, escaping, links."""

import itertools
import re
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest
from lxml import html as reader

from mes_conformity.dossier import build, documents
from mes_conformity.reporting.html import render
from mes_conformity.reporting.model import Report, draw


def page(report: Report, lang: str = "fr") -> Any:
    return reader.document_fromstring(render(report, lang).decode())


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def drawn(root: Path, *cases: dict[str, Any], **more: Any) -> Report:
    folder = samples.write_workspace(root, list(cases))
    samples.write_run(folder, list(cases), **more)
    return draw(documents.read(build.collect(root, folder, None, {}).files))


def test_it_says_its_language(report: Report) -> None:
    assert page(report).get("lang") == "fr"
    assert page(report, "en").get("lang") == "en"


def test_it_has_landmarks_and_one_title(report: Report) -> None:
    document = page(report)
    for tag in ("header", "nav", "main", "footer", "h1", "title"):
        assert len(document.findall(f".//{tag}")) == 1, tag
    assert "Glyco Suivi" in words(document.find(".//h1"))


def test_headings_never_skip_a_level(report: Report) -> None:
    levels = [int(element.tag[1]) for element in page(report).iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_it_is_alone_and_runs_nothing(report: Report) -> None:
    text = render(report, "fr").decode()
    document = page(report)
    assert not list(document.iter("script", "link", "iframe", "img", "object", "embed", "form"))
    assert not re.search(r"\bon\w+\s*=", re.sub(r"<(pre|code|style).*?</\1>", "", text, flags=re.DOTALL))
    assert "@import" not in text
    assert "url(" not in text
    for element in document.iter():
        for name in ("href", "src"):
            assert element.get(name, "#").startswith("#")


def test_the_first_screen_says_verdict_basis_blocks_and_next(report: Report) -> None:
    main = page(report).find(".//main")
    first = words(main[0]) + words(main[1])
    for text in (
        "Le service ne passe pas les tests",
        "contredites par un test : 1",
        "API Mesures 1.5.2 (republié",
        "Ce qui bloque",
        "À faire maintenant",
    ):
        assert text in first
    assert "mes-conformity test run -k MES-U-02" in first


def test_every_table_has_scopes(report: Report) -> None:
    for table in page(report).iter("table"):
        assert all(cell.get("scope") in ("col", "row") for cell in table.iter("th"))
        assert table.find("thead") is not None


def test_identifiers_are_unique_and_links_lead_somewhere(report: Report) -> None:
    document = page(report)
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    targets = {link.get("href")[1:] for link in document.iter("a")}
    assert targets <= set(ids)


def test_a_status_is_a_word_with_a_sign(report: Report) -> None:
    for badge in page(report).find_class("badge"):
        sign = badge.find("span")
        assert sign.get("aria-hidden") == "true"
        assert words(badge).removeprefix(sign.text).strip()


def test_contradictions_are_open_and_first(report: Report) -> None:
    first = page(report).find_class("requirement")[0]
    assert "contradicted" in first.get("class")
    assert first.get("open") is not None


def test_what_failed_is_open_and_what_passed_is_not(report: Report) -> None:
    cases = {element.get("id"): element for element in page(report).find_class("case")}
    assert cases["case-MES-U-02"].get("open") is not None
    assert cases["case-MES-W-01"].get("open") is None


def test_expected_and_obtained_stand_together(report: Report) -> None:
    case = page(report).get_element_by_id("case-MES-R-09")
    assert [words(cell) for cell in case.find(".//tbody/tr")] == ["status", "✗ Échec", "400", "200", "étape 2"]
    assert "POST https://127.0.0.1:8443/mesures/fhir/" in words(case.find_class("exchange")[0])


def test_answers_evidence_findings_and_files_are_told(report: Report) -> None:
    text = words(page(report).find(".//main"))
    for said in (
        "Vérifié en recette interne.",
        "evidence/tls.txt",
        "Non-conformité mineure",
        "Renouveler le jeton à chaque usage",
        "Dérogation",
        "Anomalies de la cible",
        samples.sha(samples.EVIDENCE),
        "mes-conformity dossier verify",
        "n'est pas signé",
    ):
        assert said in text


def test_the_same_bytes_each_time_in_each_language(report: Report) -> None:
    assert render(report, "fr") == render(report, "fr")
    assert "Acceptance dossier" in render(report, "en").decode()
    assert "Le service" not in words(page(report, "en").find(".//main")[0])


def test_no_label_is_left_in_french(report: Report) -> None:
    from mes_conformity.reporting import words as table

    for group in (table.LABELS, table.BASES, table.OBLIGATIONS, table.KINDS, table.SUBJECTS, table.STATES):
        for name, text in group.items():
            assert text["en"], name


def test_a_page_of_tests_only_is_complete(bare: Report) -> None:
    text = words(page(bare).find(".//main"))
    assert "Le service passe" in text
    assert "Aucune réponse n'a encore été donnée" in text
    assert "Rien de ce qui a été déclaré ou démontré ne bloque." in text
    assert "Ni constat, ni action, ni dérogation." in text


def test_a_run_of_nothing_is_said_so(tmp_path: Path) -> None:
    assert "Aucun cas n'a été joué." in words(page(drawn(tmp_path)))


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e\x1b[2J{{7*7}}" + "A" * 100_000


def test_hostile_texts_are_inert(tmp_path: Path) -> None:
    case = samples.entry(
        "A-1",
        HOSTILE,
        "failed",
        checks=[samples.check(HOSTILE, "failed", HOSTILE, HOSTILE)],
        source=HOSTILE,
        requirements=[HOSTILE[:100]],
        reason={"code": "x", "fr": HOSTILE},
        remedy={"fr": HOSTILE},
    )
    exchange = samples.exchange(body=HOSTILE)
    exchange["request"]["url"] = HOSTILE
    exchange["request"]["headers"] = [{"name": HOSTILE, "value": HOSTILE}]
    report = drawn(tmp_path, case, exchanges={"A-1": [exchange]})
    text = render(report, "fr").decode()
    document = page(report)
    assert not list(document.iter("script", "img"))
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "{{7*7}}" in text
    assert all(not name.startswith("on") for element in document.iter() for name in element.attrib)


def test_an_exchange_without_answer_says_why(tmp_path: Path) -> None:
    exchange = samples.exchange(0) | {"_failure": {"kind": "timeout", "detail": "10 s"}}
    report = drawn(tmp_path, samples.entry("A-1", "x", "error"), exchanges={"A-1": [exchange]})
    assert "Pas de réponse : timeout — 10 s" in words(page(report))


def test_a_cut_body_says_where_the_whole_is(tmp_path: Path) -> None:
    exchange = samples.exchange(body="x" * 50_000)
    report = drawn(tmp_path, samples.entry("A-1", "x"), exchanges={"A-1": [exchange]})
    assert "entier dans cases/A-1/exchanges.har" in words(page(report))


def test_long_times_are_in_seconds(tmp_path: Path) -> None:
    report = drawn(tmp_path, samples.entry("A-1", "x", duration_ms=3_450))
    assert "3,5 s" in words(page(report)) or "3,4 s" in words(page(report))
    assert "3.5 s" in words(page(report, "en")) or "3.4 s" in words(page(report, "en"))


def test_a_passed_exchange_costs_little_markup(tmp_path: Path) -> None:
    one, many = (
        drawn(tmp_path / str(n), samples.entry("A-1", "x"), exchanges={"A-1": [samples.exchange(body="")] * n})
        for n in (1, 101)
    )
    assert (len(render(many, "fr")) - len(render(one, "fr"))) / 100 < 1_500


@pytest.mark.parametrize("theme", ["prefers-color-scheme: dark", "@media print", "prefers-reduced-motion", "max-width"])
def test_the_sheet_minds_the_reader(report: Report, theme: str) -> None:
    assert theme in render(report, "fr").decode()


def test_what_prepared_a_passed_case_takes_one_line(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path, [samples.entry("A-1", "x")])
    path = folder / "cases" / "A-1" / "case.json"
    path.write_text(path.read_text().replace('"exchange": 0', '"exchange": 0, "supporting": true'))
    document = page(draw(documents.read(build.collect(tmp_path, folder, None, {}).files)))
    assert words(document.get_element_by_id("case-A-1-1")).startswith("Préparation 1 POST")
    assert not document.find_class("exchange")


@pytest.mark.parametrize(("failures", "said"), [(6, False), (7, True)])
def test_many_points_are_counted(tmp_path: Path, failures: int, said: bool) -> None:
    report = drawn(tmp_path, *(samples.entry(f"A-{n}", "x", "failed") for n in range(failures)))
    assert ("et 2 autres points" in words(page(report))) is said
