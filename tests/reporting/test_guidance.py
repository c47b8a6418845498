from pathlib import Path
from typing import Any

import dossier_samples as samples
import pytest

from mes_conformity.dossier import build, documents
from mes_conformity.foundation.yaml_documents import dump
from mes_conformity.reporting import guidance
from mes_conformity.reporting.model import Report, draw


def drawn(root: Path, *cases: dict[str, Any]) -> Report:
    folder = samples.write_workspace(root, list(cases))
    (root / "assessment.yaml").unlink()
    return draw(documents.read(build.collect(root, folder, None, {}).files))


def said(report: Report) -> str:
    return guidance.sentence(report)["fr"]


def test_the_verdict_names_its_basis_and_never_a_label(report: Report) -> None:
    text = guidance.sentence(report)
    assert "API Mesures 1.5.2" in text["fr"]
    assert "republié" in text["fr"]
    assert "republished" in text["en"]
    assert "compliant" not in text["en"]


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ([samples.entry("A-1", "x")], "passe tous les cas"),
        ([samples.entry("A-1", "x", "failed")], "ne passe pas un des cas"),
        ([samples.entry("A-1", "x", "failed"), samples.entry("A-2", "y", "failed")], "ne passe pas 2 des cas"),
        ([samples.entry("A-1", "x"), samples.entry("A-2", "y", "error")], "on ne peut pas conclure"),
        ([samples.entry("A-1", "x", "skipped")], "rien n'a été démontré"),
    ],
)
def test_the_sentence_follows_the_outcome(tmp_path: Path, cases: list[dict[str, Any]], words: str) -> None:
    assert words in said(drawn(tmp_path, *cases))


def test_what_blocks_starts_with_contradictions(report: Report) -> None:
    kinds = [point.kind for point in guidance.blocking(report)]
    assert kinds == ["contradiction", "refused", "non_conform", "unanswered", "anomaly", "undecided"]


def test_points_lead_somewhere(report: Report) -> None:
    anchors = {point.anchor for point in guidance.blocking(report)}
    assert {"req-x-ech-mesures-codes", "case-MES-U-02", "requirements", "case-MES-R-10"} <= anchors


def test_one_is_written_in_the_singular(tmp_path: Path) -> None:
    points = guidance.blocking(drawn(tmp_path, samples.entry("A-1", "x", "error"), samples.entry("A-2", "y")))
    assert [(point.text["fr"], point.anchor) for point in points] == [("A-1 — x", "case-A-1")]


def test_what_could_not_be_judged_is_named(tmp_path: Path) -> None:
    (point,) = guidance.blocking(drawn(tmp_path, *(samples.entry(f"A-{n}", "x", "error") for n in range(5))))
    assert point.text["fr"] == "5 cas n'ont pas pu être jugés : A-0, A-1, A-2, A-3, …"
    assert point.text["en"] == "5 cases could not be judged: A-0, A-1, A-2, A-3, …"
    assert point.anchor == "case-A-0"


def test_a_requirement_without_a_title_is_named_once(report: Report, bare: Report) -> None:
    assert guidance.blocking(report)[0].text["fr"].startswith("x-ech-mesures-codes — Code et unité de chaque mesure :")
    assert [item.named for item in bare.requirements] == [False]


def test_there_is_always_something_to_do(tmp_path: Path, report: Report) -> None:
    done = drawn(tmp_path, samples.entry("A-1", "x", requirements=[]))
    assert [step.command for step in guidance.next_steps(done)] == ["mes-conformity dossier verify FICHIER"]
    assert guidance.next_steps(report)[0].command == "mes-conformity test run -k MES-U-02"


def test_cases_without_a_judgement_are_to_be_run_again(tmp_path: Path) -> None:
    steps = guidance.next_steps(drawn(tmp_path, samples.entry("A-1", "x", "error", requirements=[])))
    assert [step.command for step in steps] == ["mes-conformity test run"]


def test_a_case_that_lacked_something_is_not_simply_run_again(tmp_path: Path) -> None:
    lacking = samples.reason("prerequisite_missing", "aucun artefact n'est fourni", "no artefact was given")
    case = samples.entry("A-1", "x", "skipped", checks=[], reason=lacking, requirements=[])
    (step,) = guidance.next_steps(drawn(tmp_path, case))
    assert step.text["fr"] == "Donnez à A-1 ce qui lui a manqué pour être joué"
    assert step.command == "mes-conformity dossier show A-1"


def test_many_texts_are_counted_after_the_most_cited(tmp_path: Path) -> None:
    cases = [samples.entry(f"A-{n}", "x", source=f"RFC {n}, §1") for n in range(5)]
    text = said(drawn(tmp_path, *cases, samples.entry("B", "y", source="RFC 4, §2")))
    assert "regard de RFC 4 (" in text
    assert "et 3 autres textes" in text


def test_declarations_are_told_apart(report: Report, bare: Report) -> None:
    assert "contredites par un test : 1 · non conformes : 1" in guidance.declarations(report)["fr"]
    assert "Aucune réponse" in guidance.declarations(bare)["fr"]


def test_declarations_without_fault_are_said_so(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path, [])
    data = samples.assessment()
    data["answers"] = {"x-ech-tls": samples.answer("conform")}
    (tmp_path / "assessment.yaml").write_text(dump(data))
    report = draw(documents.read(build.collect(tmp_path, folder, None, {}).files))
    assert "rien n'est non conforme" in guidance.declarations(report)["fr"]
