"""The page, read back by an independent reader: structure, words, escaping, links."""

import itertools
import re
import shlex
from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest
import review_samples as reviews
from lxml import html as reader

from mes_conformity.assessment import journal
from mes_conformity.dossier import build, documents
from mes_conformity.dossier.review_chain import name_of
from mes_conformity.foundation.yaml_documents import dump
from mes_conformity.reporting.html import render
from mes_conformity.reporting.model import Report, draw
from mes_conformity.suites.loader import read_documents, shipped_root


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
    assert [words(cell) for cell in case.find(".//tbody/tr")] == ["status étape 2", "✗ Échec", "400", "200"]
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
        "il ne peut donc pas dire si le dossier est signé",
    ):
        assert said in text


def test_the_same_bytes_each_time_in_each_language(report: Report) -> None:
    assert render(report, "fr") == render(report, "fr")
    assert "Acceptance dossier" in render(report, "en").decode()
    assert "Le service" not in words(page(report, "en").find(".//main")[0])


def test_no_label_is_left_in_french(report: Report) -> None:
    from mes_conformity.reporting import words as table

    for group in (
        table.LABELS, table.BASES, table.OBLIGATIONS, table.KINDS, table.SUBJECTS, table.STATES, table.EVENTS,
        table.ORIGINS, table.PROVENANCES,
    ):  # fmt: skip
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


@pytest.mark.parametrize("theme", ["prefers-color-scheme: dark", "@media print", "max-width"])
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


def test_every_exchange_has_its_command_and_its_anchor(report: Report) -> None:
    document = page(report)
    for suite in report.suites:
        for case in suite.cases:
            for number, _exchange in enumerate(case.exchanges, 1):
                section = document.get_element_by_id(f"case-{case.entry['id']}-{number}")
                assert "curl" in words(section)
                assert "--url 'https://127.0.0.1:8443/mesures/fhir/'" in words(section)


def test_the_command_is_copied_as_it_is_written(tmp_path: Path) -> None:
    exchange = samples.exchange()
    exchange["request"]["postData"]["text"] = "a='1'&b=\"<2>\" $(id)"
    document = page(drawn(tmp_path, samples.entry("A-1", "x"), exchanges={"A-1": [exchange]}))
    told = shlex.split(document.find_class("curl")[0].find("pre").text)
    assert told[told.index("--data-raw") + 1] == "a='1'&b=\"<2>\" $(id)"


def test_what_is_wrong_in_a_case_comes_before_what_is_right(tmp_path: Path) -> None:
    checks = [samples.check("status"), samples.check("count", "failed", "1", "2"), samples.check("json")]
    document = page(drawn(tmp_path, samples.entry("A-1", "x", "failed", checks=checks)))
    rows = document.get_element_by_id("case-A-1").findall(".//table/tbody/tr")
    assert [words(row[0]).split()[0] for row in rows] == ["count", "status", "json"]


def test_a_requirement_names_first_the_case_that_refutes_it(tmp_path: Path) -> None:
    cases = [samples.entry("A-1", "x"), samples.entry("A-2", "y", "failed"), samples.entry("A-3", "z")]
    document = page(drawn(tmp_path, *cases))
    items = document.get_element_by_id("req-x-ech-mesures-ecriture").findall(".//dd/ul/li")
    assert [words(item.find("a")) for item in items] == ["A-2", "A-1", "A-3"]


def test_the_matrix_has_a_row_per_case_under_its_requirements(report: Report) -> None:
    for table in page(report).get_element_by_id("matrix").iter("table"):
        columns = len(table.find("thead/tr"))
        for row in table.findall("tbody/tr"):
            assert sum(int(cell.get("colspan", "1")) for cell in row) == columns
    document = page(report)
    row = next(row for row in document.get_element_by_id("matrix").iter("tr") if words(row[0]) == "MES-U-02")
    assert [words(cell) for cell in row if words(cell)] == ["MES-U-02", "✗ Échec"]


def test_a_matrix_of_many_requirements_is_no_heavier_than_its_links(tmp_path: Path) -> None:
    cases = [samples.entry(f"A-{n}", "x", requirements=[f"x-{n}", f"x-{n + 1}"]) for n in range(60)]
    table = page(drawn(tmp_path, *cases)).get_element_by_id("matrix").find(".//table")
    assert len(list(table.iter("td"))) < 60 * 5
    assert all(sum(int(c.get("colspan", "1")) for c in row) == 62 for row in table.findall("tbody/tr"))


def test_the_timeline_is_a_picture_and_a_table(report: Report) -> None:
    section = page(report).get_element_by_id("timeline")
    assert "96 ms en tout" in words(section)
    rows = section.findall(".//tbody/tr")
    assert [words(row[0]) for row in rows] == ["measures-artefacts", "measures-write", "measures-read", "pairing"]
    assert all(row.find(".//svg/path") is not None for row in rows)
    assert [words(cell) for cell in rows[1][2:]] == ["2", "24 ms", "24 ms", "MES-W-01 12 ms"]


def test_many_exchanges_are_shortened_and_it_is_said(tmp_path: Path) -> None:
    many = [samples.exchange(body="y" * 5_000)] * 601
    report = drawn(
        tmp_path, samples.entry("A-1", "x"), samples.entry("A-2", "x", "failed"),
        exchanges={"A-1": many, "A-2": [samples.exchange(body="z" * 5_000)]},
    )  # fmt: skip
    text = render(report, "fr").decode()
    assert "ceux des cas réussis sont abrégés" in text
    assert text.count("--url 'https://127.0.0.1:8443/mesures/fhir/'") == 602
    command, bodies = page(report).get_element_by_id("case-A-1-1").findall("pre")
    assert shlex.split(command.text)[-1] == "https://127.0.0.1:8443/mesures/fhir/"
    sent, received = bodies.text_content().split("\n")
    assert sent.startswith('→ {"resourceType": "Bundle"')
    assert received.startswith("← yyy")
    assert "z" * 5_000 in text
    assert "y" * 300 not in text
    assert len(text) < 700_000


def test_letters_from_right_to_left_cannot_reorder_a_line(tmp_path: Path) -> None:
    report = drawn(tmp_path, samples.entry("A-1", "שלום 200 ✓ Réussi", "failed"))
    assert "\u2068שלום 200 ✓ Réussi\u2069" in page(report).get_element_by_id("case-A-1").find(".//h4").text_content()


def test_a_proposal_is_told_apart_from_an_answer(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path)
    data = samples.assessment()
    provenance = {"origin": "test", "at": "2026-11-20T09:00:00Z", "confirmed": False}
    data["answers"]["x-ech-tls"]["provenance"] = provenance
    (tmp_path / "assessment.yaml").write_text(dump(data))
    document = page(draw(documents.read(build.collect(tmp_path, folder, None, {}).files)))
    said = words(document.get_element_by_id("req-x-ech-tls"))
    assert "Déclaré ○ À évaluer" in said
    assert "Proposé, à confirmer par une personne : Conforme" in said


def test_the_journal_is_shown_newest_first_and_held_to_its_chain(tmp_path: Path) -> None:
    known = journal.Journal()
    for number in range(130):
        entry = {"at": "2026-11-20T09:00:00Z", "event": "answer", "about": f"x-{number}"}
        known = journal.append(tmp_path / "journal.jsonl", known, entry)

    def section() -> Any:
        folder = samples.write_workspace(tmp_path)
        return page(draw(documents.read(build.collect(tmp_path, folder, None, {}).files))).get_element_by_id("journal")

    assert "la chaîne tient" in words(section())
    assert "Les 100 plus récentes sur 130" in words(section())
    assert [words(cell) for cell in section().find(".//tbody/tr")] == [
        "130",
        "20/11/2026 09:00 UTC",
        "Réponse",
        "x-129",
    ]
    path = tmp_path / "journal.jsonl"
    path.write_text(path.read_text().replace("x-64", "x-46"))
    assert "La chaîne du journal ne tient pas" in words(section())


def test_the_review_is_shown_with_its_findings_and_replies(contents: build.Contents) -> None:
    dossier = reviews.opened(build.assemble(contents, {}, {}))
    first = reviews.asks(dossier)
    second = reviews.answers(dossier, (first,))
    files = {**contents.files, name_of(1): first.raw, name_of(2): second.raw}
    section = page(draw(documents.read(files))).get_element_by_id("review")
    for said in (
        "Tour 1", "Dr A. Roux", "Le jeton n’est pas renouvelé.", "Le renouveler à chaque usage.", "corrigé",
        "Corrigé en 2.4.2.", "=HYPERLINK(1) Sur quelle version ?", "le dossier entier", "signé par la clé",
    ):  # fmt: skip
        assert said in words(section)
    assert section.find(".//tr[@id='finding-1.1']//a").get("href") == "#req-x-ech-jetons"


def test_a_review_that_does_not_hold_is_said_first(contents: build.Contents) -> None:
    files = {**contents.files, name_of(1): b"{}"}
    section = page(draw(documents.read(files))).get_element_by_id("review")
    assert words(section[1]).startswith("Ce qui ne va pas dans la revue[REV001]")


def test_cases_that_were_not_played_are_named(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path, [samples.entry("A-1", "x")])
    files = dict(build.collect(tmp_path, folder, None, {}).files)
    files |= {f"suites/{name}": raw for name, raw in read_documents(shipped_root()).items()}
    assert "MES-W-01" in words(page(draw(documents.read(files))).get_element_by_id("not-run"))


def test_there_are_not_more_stops_for_the_keyboard_than_things_to_do(report: Report) -> None:
    stops = [element for element in page(report).iter() if element.get("tabindex") not in (None, "0")]
    assert stops == []


def test_where_files_are_many_those_of_the_cases_are_counted(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    from mes_conformity.reporting import html

    monkeypatch.setattr(html, "MAX_FILES", 5)
    seal = words(page(report).get_element_by_id("seal"))
    assert "fichiers des cas ne sont pas répétés ici" in seal
    assert "cases/MES-W-01/case.json" not in seal
    assert "assessment.yaml" in seal
