"""`assess`: option twins, import and export, check, confirm; the interview on streams in memory."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.assessment import store
from mes_conformity.assessment.model import Assessment
from mes_conformity.assessment.workspace import open_workspace
from mes_conformity.foundation.storage import lock

Run = Callable[..., Any]


@pytest.fixture
def empty(run: Run, tmp_path: Path) -> Path:
    """A workspace with nothing answered."""
    assert run("init", "v", "--publisher", "É", "--product", "P", "--product-version", "1").code == 0
    return tmp_path / "v"


@pytest.fixture
def example(finished: Callable[[str, str], Path]) -> Path:
    """A workspace made from an example."""
    return finished("e", "glucose-monitoring")


def read(folder: Path) -> Assessment:
    return store.load(open_workspace(folder)).assessment


# --- the interview


def test_without_a_terminal_every_question_is_listed_with_its_twin(run: Run, empty: Path) -> None:
    result = run("-C", "v", "assess", "start")
    assert result.code == 2
    assert "mes-conformity -C v assess set data_exchange VALEUR" in result.err
    assert "x-urb-hds" in result.err
    assert run("-C", "v", "assess", "resume", "--no-input", terminal=True).code == 2
    document = run("-C", "v", "assess", "start", "--format", "json").json()
    assert document["error"]["code"] == "USE003"


def test_nothing_missing_is_no_error(run: Run, example: Path) -> None:
    result = run("-C", "e", "assess", "resume", "--format", "json")
    assert (result.code, result.json()["missing"]) == (0, [])


def test_facts_then_requirements_each_kept(run: Run, empty: Path) -> None:
    result = run("-C", "v", "assess", "start", terminal=True, stdin="1\nnon\n?\n2\nq\n")
    assert result.code == 0
    assert result.out == ""
    facts = read(empty).fact_values()
    assert facts == {"data_exchange": "none", "produces_mes_data": False, "asks_mes_data": False}
    assert "mes-conformity -C v assess resume" in result.err


def test_a_refused_word_asks_again(run: Run, empty: Path) -> None:
    result = run("-C", "v", "assess", "start", terminal=True, stdin="peut-être\n\n9\nnone\nq\n")
    assert "FCT001" in result.err
    assert read(empty).fact_values() == {"data_exchange": "none"}


def test_requirements_take_numbers_words_comments_and_evidence(run: Run, empty: Path, tmp_path: Path) -> None:
    (tmp_path / "piece.txt").write_text("x")
    typed = (
        "?\nc\nbien fait\ne\nabsent.txt\ne\n../piece.txt\ne\n\nbof\nconforme\n"
        "non-conforme\n4\n\n4\ncourt\n4\nil n'y en a pas ici\nq\n"
    )
    result = run("-C", "v", "assess", "start", "--section", "urbanisation", terminal=True, stdin=typed)
    assert result.code == 0, result.err
    answers = read(empty).answers
    first = answers["x-urb-ident-usager"]
    assert (first.status, first.comment, first.evidence[0].path) == ("conform", "bien fait", "evidence/piece.txt")
    assert "EVD001" in result.err
    assert answers["x-urb-ident-deux-facteurs"].status == "non_conform"
    assert answers["x-urb-ident-pro"].justification == "il n'y en a pas ici"


def test_previous_skip_and_first(run: Run, empty: Path) -> None:
    typed = "p\ns\n1\np\np\n2\nq\n"
    result = run("-C", "v", "assess", "start", "--section", "urbanisation", terminal=True, stdin=typed)
    assert "première question" in result.err
    answers = read(empty).answers
    assert {name: answer.status for name, answer in answers.items()} == {
        "x-urb-ident-usager": "partial",
        "x-urb-ident-deux-facteurs": "conform",
    }


def test_the_end_of_input_says_what_is_safe_and_how_to_resume(run: Run, empty: Path) -> None:
    result = run("-C", "v", "assess", "start", terminal=True, stdin="1\n")
    assert result.code == 130
    assert "1 question(s) d'orientation" in result.err
    assert "mes-conformity -C v assess resume" in result.err
    assert read(empty).fact_values() == {"data_exchange": "none"}


def test_resume_asks_only_what_is_open(run: Run, example: Path) -> None:
    run("-C", "e", "assess", "set", "x-eli-nom", "not_assessed")
    result = run("-C", "e", "assess", "resume", terminal=True, stdin="1\n")
    assert result.code == 0
    assert result.err.count("[") == 1 + result.err.count("[ASM")
    assert read(example).answers["x-eli-nom"].status == "conform"


def test_a_question_is_asked_again_by_its_name(run: Run, example: Path) -> None:
    result = run("-C", "e", "assess", "resume", "--ask", "x-law-convention", terminal=True, stdin="2\n", lang="en")
    assert result.code == 0
    assert "current answer" in result.err
    assert read(example).answers["x-law-convention"].status == "partial"


def test_an_answered_fact_is_kept_by_an_empty_line(run: Run, example: Path) -> None:
    before = read(example)
    result = run("-C", "e", "assess", "start", "--ask", "platforms", terminal=True, stdin="\n")
    assert result.code == 0
    assert read(example) == before
    run("-C", "e", "assess", "start", "--ask", "platforms", terminal=True, stdin="1,3\n")
    assert read(example).fact_values()["platforms"] == ["web", "android"]


@pytest.mark.parametrize("only", ["stale", "failed", "new"])
def test_states_select(run: Run, example: Path, only: str) -> None:
    assert run("-C", "e", "assess", "start", "--only", only, "--format", "json").json()["missing"] == []


@pytest.mark.parametrize(
    ("argv", "code"),
    [(("--only", "x"), "USE001"), (("--section", "x"), "USE006"), (("--ask", "zzz*"), "USE006")],
)
def test_wrong_selections_are_refused(run: Run, empty: Path, argv: tuple[str, ...], code: str) -> None:
    result = run("-C", "v", "assess", "start", *argv, "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (2, code)


def test_two_interviews_at_once_are_a_conflict(run: Run, empty: Path) -> None:
    with lock(empty / ".mes-conformity.lock", owner="mes-conformity assess start, ada"):
        result = run("-C", "v", "assess", "start", terminal=True, stdin="1\n")
    assert result.code == 7
    assert "ada" in result.err


# --- set


def test_an_answer_is_set_with_all_it_carries(run: Run, example: Path, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("x")
    result = run(
        "-C", "e", "assess", "set", "x-eth-ergonomie", "partiel", "--comment", "c", "--level", "2", "--owner", "Ada",
        "--due-on", "2027-01-01", "--action", "Faire", "--evidence", "../p.txt", "--format", "json",
    )  # fmt: skip
    assert result.code == 0
    answer = result.json()["answer"]
    assert (answer["status"], answer["level"], answer["evidence"][0]["path"]) == ("partial", 2, "evidence/p.txt")
    assert read(example).actions[-1].title == "Faire"


def test_a_fact_hides_and_shows(run: Run, example: Path) -> None:
    hidden = run("-C", "e", "assess", "set", "measures_exchange", "none", "--format", "json").json()["set_aside"]
    assert "x-ech-mesures-codes" in hidden
    assert "mises de côté" in run("-C", "e", "assess", "set", "data_exchange", "none").err
    assert "x-ech-tls" not in read(example).answers
    note = run("-C", "e", "assess", "set", "measures_exchange", "write").err
    assert "mise de côté" in note
    restored = run("-C", "e", "assess", "set", "data_exchange", "read_write").err
    assert "x-ech-tls" in restored


def test_an_answer_that_does_not_apply_is_set_aside(run: Run, example: Path) -> None:
    result = run("-C", "e", "assess", "set", "x-eth-ia", "conforme")
    assert result.code == 0
    assert "mise de côté" in result.err
    assert "x-eth-ia" not in read(example).answers


@pytest.mark.parametrize(
    ("argv", "exit_code", "code"),
    [
        (("x-eli-nom", "bien"), 2, "ANS001"),
        (("x-inconnue", "conforme"), 3, "CAT010"),
        (("x-eli-nom", "na", "--justification", "une raison assez longue"), 2, "ASM004"),
        (("x-eth-ergonomie", "na"), 2, "ASM004"),
        (("data_exchange", "tout"), 2, "FCT001"),
    ],
)
def test_what_cannot_be_set_is_told_in_both_formats(
    run: Run, example: Path, argv: tuple[str, ...], exit_code: int, code: str
) -> None:
    result = run("-C", "e", "assess", "set", *argv, "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (exit_code, code)
    told = run("-C", "e", "assess", "set", *argv)
    assert told.code == exit_code
    assert code in told.err


# --- import and export


def test_export_is_the_assessment_itself(run: Run, example: Path) -> None:
    document = run("-C", "e", "assess", "export", "--format", "json").json()
    assert document["schema_version"] == 1
    assert set(document["answers"]) == set(read(example).answers)
    assert json.loads(run("-C", "e", "assess", "export").out) == document


@pytest.mark.parametrize("name", ["a.json", "a.csv", "a.xlsx"])
def test_a_round_trip_is_equal(run: Run, example: Path, empty: Path, tmp_path: Path, name: str) -> None:
    other = empty / "assessment.yaml"
    other.write_text(other.read_text().replace("8000-000000000001", "8000-00000000ffff"))
    assert run("-C", "e", "assess", "export", f"../{name}").code == 0
    assert run("-C", "e", "assess", "import", f"../{name}", "--format", "json").json()["changes"] == []
    preview = run("-C", "v", "assess", "import", f"../{name}")
    assert "Aperçu" in preview.err
    assert not read(empty).answers
    applied = run("-C", "v", "assess", "import", f"../{name}", "--apply", "--format", "json").json()
    assert applied["applied"]
    if name.endswith("json"):
        other = run("-C", "v", "assess", "export", "--format", "json").json()
        mine = run("-C", "e", "assess", "export", "--format", "json").json()
        assert (other["answers"], other["facts"]) == (mine["answers"], mine["facts"])
    else:
        run("-C", "e", "assess", "export", "../a.csv", "--force")
        run("-C", "v", "assess", "export", "../b.csv")
        first, second = (list(csv.DictReader((tmp_path / n).read_text().splitlines())) for n in ("a.csv", "b.csv"))
        aside = {"evidence": "", "stamp": ""}
        assert [row | aside for row in first] == [row | aside for row in second]


def test_a_file_is_not_replaced_without_asking(run: Run, example: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    assert run("-C", "e", "assess", "export", "../a.csv").code == 2
    assert (tmp_path / "a.csv").read_text() == "mine"
    assert run("-C", "e", "assess", "export", "../a.csv", "--force").code == 0


def test_a_bad_import_writes_nothing(run: Run, example: Path, tmp_path: Path) -> None:
    before = (example / "assessment.yaml").read_bytes()
    (tmp_path / "a.csv").write_text("kind,id,status\nrequirement,x-eli-nom,partial\nrequirement,x-eli-nom2,partial\n")
    result = run("-C", "e", "assess", "import", "../a.csv", "--apply")
    assert result.code == 3
    assert "a.csv, ligne 3" in result.err
    assert (example / "assessment.yaml").read_bytes() == before
    assert run("-C", "e", "assess", "import", "../a.pdf").code == 3


# --- check


@pytest.mark.parametrize(("require", "code"), [((), 0), (("--require", "complete"), 6), (("--require", "ready"), 6)])
def test_an_incomplete_assessment(run: Run, empty: Path, require: tuple[str, ...], code: int) -> None:
    result = run("-C", "v", "assess", "check", *require, "--format", "json")
    assert result.code == code
    document = result.json()
    assert document["readiness"] == "incomplete"
    assert set(document) >= {"diagnostics", "summary", "readiness", "blocking"}
    assert set(document["blocking"][0]) >= {"requirement", "reason", "command"}
    assert run("-C", "v", "assess", "check", *require).code == code


@pytest.mark.parametrize(("require", "code"), [((), 0), (("--require", "complete"), 0), (("--require", "ready"), 1)])
def test_a_complete_assessment_that_is_not_ready(run: Run, example: Path, require: tuple[str, ...], code: int) -> None:
    result = run("-C", "e", "assess", "check", *require, "--format", "json")
    assert (result.code, result.json()["readiness"]) == (code, "not_ready")


def test_an_incomplete_one_with_a_gap_is_told_by_the_gap(run: Run, example: Path) -> None:
    run("-C", "e", "assess", "set", "x-eli-nom", "not_assessed")
    assert run("-C", "e", "assess", "check", "--require", "ready").code == 1
    assert run("-C", "e", "assess", "check", "--require", "complete").code == 6


def test_an_error_outranks_what_was_required(run: Run, example: Path) -> None:
    (example / "evidence" / "certificat-hds.txt").unlink()
    result = run("-C", "e", "assess", "check", "--require", "ready")
    assert result.code == 3
    assert "erreur[ASM003]" in result.out
    assert "assessment.yaml, ligne" in result.out


def test_an_unknown_state_is_refused(run: Run, example: Path) -> None:
    assert run("-C", "e", "assess", "check", "--require", "perfect").code == 2


@pytest.mark.parametrize(
    ("old", "new", "exit_code", "code"),
    [
        ("state: draft", "state: [", 3, "YAM001"),
        ("state: draft", "state: peut-être", 3, "SCH001"),
        ("state: draft", "state: draft\n  state: draft", 3, "YAM009"),
        ("facts:", "<<<<<<< HEAD\nfacts:", 3, "WSP004"),
        ("schema_version: 1", "schema_version: 2", 7, "WSP003"),
        ("schema_version: 1", "- 1", 3, None),
        ("answers:", "answers: {}\nreponses:", 3, "SCH001"),
    ],
)
def test_a_file_edited_into_nonsense_has_code_and_line(
    run: Run, example: Path, old: str, new: str, exit_code: int, code: str | None
) -> None:
    path = example / "assessment.yaml"
    path.write_text(path.read_text().replace(old, new, 1))
    for lang in ("fr", "en"):
        result = run("-C", "e", "assess", "check", "--format", "json", lang=lang)
        assert result.code == exit_code
        error = result.json()["error"]
        assert code in (None, error["code"])
        assert error["location"]["line"]


# --- confirm


@pytest.fixture
def proposed(run: Run, example: Path) -> Path:
    """Two proposals of a run: one conform, one not."""
    path = example / "assessment.yaml"
    text = path.read_text()
    for name in ("x-ech-mesures-source", "x-ech-mesures-sujet"):
        head, tail = text.split(f"\n  {name}:\n", 1)
        tail = tail.replace("      origin: person\n", "      origin: test\n      confirmed: false\n", 1)
        text = f"{head}\n  {name}:\n{tail}"
    head, tail = text.split("\n  x-ech-mesures-sujet:\n", 1)
    path.write_text(f"{head}\n  x-ech-mesures-sujet:\n{tail.replace('status: conform', 'status: non_conform', 1)}")
    return example


def test_all_passed_confirms_what_passed(run: Run, proposed: Path) -> None:
    assert run("-C", "e", "status", "--format", "json").json()["next"].endswith("assess confirm --all-passed")
    result = run("-C", "e", "assess", "confirm", "--all-passed", "--format", "json")
    assert result.json()["confirmed"] == ["x-ech-mesures-source"]
    assert read(proposed).answers["x-ech-mesures-source"].confirmed


def test_one_is_confirmed_by_its_name(run: Run, proposed: Path) -> None:
    assert run("-C", "e", "assess", "confirm", "x-ech-mesures-sujet").code == 0
    assert read(proposed).answers["x-ech-mesures-sujet"].given


def test_what_is_no_proposal_is_refused(run: Run, proposed: Path) -> None:
    assert run("-C", "e", "assess", "confirm").code == 2
    assert run("-C", "e", "assess", "confirm", "x-eli-nom", "--format", "json").json()["error"]["code"] == "ANS003"
    assert run("-C", "e", "assess", "confirm", "x-inconnue").code == 3


def test_under_json_nothing_is_asked_even_on_a_terminal(run: Run, empty: Path) -> None:
    result = run("-C", "v", "assess", "start", "--format", "json", terminal=True, stdin="1\n")
    assert (result.code, result.json()["error"]["code"]) == (2, "USE003")
    assert not read(empty).facts


def test_questions_explain_skip_and_take_nothing_for_an_answer(run: Run, empty: Path) -> None:
    typed = "?\n\ns\n?\np\nq\n"
    result = run("-C", "v", "assess", "start", terminal=True, stdin=typed)
    assert result.code == 0
    assert not read(empty).facts


def test_giving_up_a_reason_a_comment_or_a_piece_asks_again(run: Run, empty: Path) -> None:
    typed = "4\n\nc\n\ne\n\n\n1\nq\n"
    run("-C", "v", "assess", "start", "--section", "urbanisation", terminal=True, stdin=typed)
    answers = read(empty).answers
    assert {name: answer.status for name, answer in answers.items()} == {"x-urb-ident-usager": "conform"}
    assert answers["x-urb-ident-usager"].comment is None


def test_a_new_product_version_reaches_the_assessment(run: Run, example: Path) -> None:
    settings = example / "mes-conformity.yaml"
    settings.write_text(settings.read_text().replace("3.2.0", "3.3.0"))
    found = run("-C", "e", "assess", "check", "--format", "json").json()["diagnostics"]
    assert {item["code"] for item in found} == {"ASM011"}
    run("-C", "e", "assess", "set", "x-eli-nom", "conforme")
    assert read(example).subject["version"] == "3.3.0"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused_with_its_place_and_left_alone(run: Run, example: Path, share: float) -> None:
    path = example / "assessment.yaml"
    text = path.read_text()
    cut = text[: int(len(text) * share)].rpartition(":")[0]
    path.write_text(cut)
    for argv in (("assess", "check"), ("assess", "set", "x-eli-nom", "conforme"), ("status",)):
        result = run("-C", "e", *argv, "--format", "json")
        assert result.code == 3
        assert result.json()["error"]["location"]["file"] == "assessment.yaml"
    assert path.read_text() == cut


def test_an_answer_keeps_its_status_when_only_the_rest_is_given(run: Run, example: Path) -> None:
    before = read(example).answers["x-eli-nom"]
    assert run("-C", "e", "assess", "set", "x-eli-nom", "--owner", "Ada", "--due", "2027-01-02").code == 0
    answer = read(example).answers["x-eli-nom"]
    assert (answer.status, answer.owner, answer.due_on) == (before.status, "Ada", "2027-01-02")
    assert run("-C", "e", "assess", "set", "x-eli-nom", "--owner", "").code == 0
    assert read(example).answers["x-eli-nom"].owner is None


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("x-eli-nom",), "USE002"),
        (("data_exchange",), "USE002"),
        (("x-eli-nom", "--finding", "x", "--finding-kind", "grave"), "FND002"),
        (("x-eli-nom", "--close-finding", "rien"), "FND003"),
        (("x-eli-nom", "--action", " "), "ACT001"),
    ],
)
def test_nothing_given_or_badly_is_refused(run: Run, example: Path, argv: tuple[str, ...], code: str) -> None:
    before = (example / "assessment.yaml").read_bytes()
    result = run("-C", "e", "assess", "set", *argv, "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (2, code)
    assert (example / "assessment.yaml").read_bytes() == before


def test_a_refused_answer_copies_no_file(run: Run, example: Path, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("x")
    assert run("-C", "e", "assess", "set", "x-eth-ergonomie", "na", "--evidence", "../p.txt").code == 2
    assert not (example / "evidence" / "p.txt").exists()
    assert run("-C", "e", "assess", "set", "x-eth-ergonomie", "--evidence", "../p.txt").code == 0
    assert (example / "evidence" / "p.txt").exists()


def test_stale_answers_are_asked_again(run: Run, example: Path) -> None:
    path = example / "assessment.yaml"
    head, tail = path.read_text().split("\n  x-eli-nom:\n", 1)
    digest = read(example).answers["x-eli-nom"].requirement_sha256
    path.write_text(f"{head}\n  x-eli-nom:\n{tail.replace(str(digest), 'f' * 64, 1)}")
    document = run("-C", "e", "assess", "resume", "--only", "stale", "--format", "json").json()
    assert document["error"]["obtained"] == "x-eli-nom"
    shown = run("-C", "e", "assess", "resume", "--only", "stale", terminal=True, stdin="1\n")
    assert "le texte a changé" in shown.err
    assert run("-C", "e", "assess", "resume", "--only", "stale", "--format", "json").json()["missing"] == []


def test_failed_requirements_are_asked_again(run: Run, example: Path) -> None:
    path = example / "assessment.yaml"
    run_ = "{id: r, path: reports/runs/r/run.json, sha256: '" + "0" * 64 + "', outcomes: {x-eli-nom: failed}}"
    path.write_text(path.read_text() + f"test_runs:\n- {run_}\n")
    document = run("-C", "e", "assess", "resume", "--only", "failed", "--format", "json").json()
    assert document["error"]["obtained"] == "x-eli-nom"
