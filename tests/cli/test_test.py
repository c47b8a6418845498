"""`test list | run | selfcheck` as they are typed."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wire import answering, reply, serving

from mes_conformity.sandbox.embedded import Sandbox, Settings
from mes_conformity.sandbox.faults import FAULTS
from mes_conformity.suites.loader import load_all

RUN_KEYS = {"id", "folder", "target", "started_at", "ended_at"}
CASE_KEYS = {"id", "suite", "kind", "subject", "requirements", "basis", "outcome", "reason", "duration_ms", "checks"}
SUITE = """\
schema_version: 1
suite: essai
kind: connection
title: {fr: Essai, en: Trial}
applicability: {fact: measures_exchange, in: [read]}
cases:
  - id: T-01
    title: {fr: "La cible répond", en: "The target answers"}
    subject: SUBJECT
    basis: BASIS
    requirements: [x-ech-erreurs]
    source: "Essai, §1"
    broken_by: [slow]
    remedy: {fr: "Relancez.", en: "Try again."}
    steps:
      - request: {method: GET, path: /x}
        expect: {status: 200}
"""

Run = Callable[..., Any]


@pytest.fixture
def suites(tmp_path: Path) -> Callable[..., Path]:
    def write(subject: str = "target", basis: str = "published", text: str = SUITE) -> Path:
        folder = tmp_path / "suites" / "connection"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "essai.yaml").write_text(text.replace("SUBJECT", subject).replace("BASIS", basis))
        return tmp_path / "suites"

    return write


@pytest.fixture
def target() -> Iterator[str]:
    with serving(answering(reply("404 Not Found"))) as place:
        yield f"http://{place}"


def test_list_has_its_public_shape(run: Run) -> None:
    result = run("test", "list", "--format", "json", "--kind", "unit")
    assert result.code == 0
    first = result.json()["cases"][0]
    assert first.keys() >= {
        "id", "suite", "kind", "subject", "requirements", "basis", "obligation", "applicable", "reason", "broken_by",
    }  # fmt: skip


def test_list_says_what_applies_and_why(run: Run, suites: Callable[..., Path], tmp_path: Path) -> None:
    run("init", tmp_path / "espace", "--example", "glucose-monitoring")
    inside = run("-C", tmp_path / "espace", "test", "list", "--suites", suites())
    assert "T-01" in inside.out
    assert "sans objet" in inside.out
    outside = run("test", "list", "--suites", suites(), lang="en")
    assert "T-01" in outside.out


def test_run_has_its_public_shape_and_exits_by_the_rule(run: Run, suites: Callable[..., Path], target: str) -> None:
    result = run("test", "run", "--suites", suites(), "--target", target, "--format", "json")
    document = result.json()
    assert result.code == 5
    assert document["run"].keys() >= RUN_KEYS
    assert document["cases"][0].keys() >= CASE_KEYS
    assert document["summary"] == {"passed": 0, "failed": 1, "error": 0, "skipped": 0}


@pytest.mark.parametrize(
    ("subject", "basis", "code"),
    [("service", "published", 1), ("service", "assumption", 0), ("target", "published", 5)],
)
def test_whose_fault_it_is_decides_the_code(
    run: Run, suites: Callable[..., Path], target: str, subject: str, basis: str, code: int
) -> None:
    assert run("test", "run", "--suites", suites(subject, basis), "--target", target).code == code


def test_a_failure_says_requirement_fault_source_and_remedy(run: Run, suites: Callable[..., Path], target: str) -> None:
    out = run("test", "run", "--suites", suites(), "--target", target).out
    for words in ("✗ échec", "T-01", "x-ech-erreurs", "pas le service", "attendu : 200", "obtenu : 404", "Relancez."):
        assert words in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("subject", "basis", "whose"),
    [
        ("target", "published", "la cible en cause"),
        ("service", "published", "le service en cause"),
        ("service", "assumption", "le service en cause, à titre indicatif"),
    ],
)
def test_the_first_line_says_requirement_whose_fault_and_why(
    run: Run, suites: Callable[..., Path], target: str, subject: str, basis: str, whose: str
) -> None:
    arguments = ("test", "run", "--suites", suites(subject, basis), "--target", target, "-q")
    first = run(*arguments, variables={"COLUMNS": "200"}).out.splitlines()[0]
    assert first == (
        f"✗ échec   T-01       x-ech-erreurs, {whose} : La cible répond (étape 1, status : attendu 200, obtenu 404)"
    )


def test_the_line_of_a_case_that_could_not_be_judged_accuses_nobody(run: Run, suites: Callable[..., Path]) -> None:
    out = run("test", "run", "--suites", suites(), "--target", "http://127.0.0.1:1", "-q", lang="en").out
    assert out.startswith("! error   T-01       x-ech-erreurs, nobody is judged: The target answers")


def test_the_same_in_english(run: Run, suites: Callable[..., Path], target: str) -> None:
    out = run("test", "run", "--suites", suites("service", "assumption"), "--target", target, lang="en").out
    for words in ("✗ failed", "the service, for information", "expected: 200", "obtained: 404", "Try again."):
        assert words in out


def test_quiet_shows_only_what_is_wrong(run: Run, suites: Callable[..., Path]) -> None:
    with serving(answering(reply())) as place:
        result = run("-q", "test", "run", "--suites", suites(), "--target", f"http://{place}")
    assert result.code == 0
    assert "T-01" not in result.out


def test_a_target_that_is_down_is_an_error_without_traceback(run: Run, suites: Callable[..., Path]) -> None:
    result = run("test", "run", "--suites", suites(), "--target", "http://127.0.0.1:1")
    assert result.code == 5
    assert "la cible refuse la connexion" in result.out
    assert "Traceback" not in result.out + result.err


def test_reports_are_written(run: Run, suites: Callable[..., Path], target: str, tmp_path: Path) -> None:
    arguments = ("--report", "junit:j.xml", "--report", "html:r.html", "--report", "json:r.json")
    run("test", "run", "--suites", suites(), "--target", target, *arguments)
    junit = (tmp_path / "j.xml").read_text("utf-8")
    assert junit.startswith("<?xml")
    attached = [line[len("[[ATTACHMENT|") : -2] for line in junit.splitlines() if line.startswith("[[ATTACHMENT|")]
    assert attached
    assert all((tmp_path / path.split("]]")[0]).is_file() for path in attached)
    assert b"T-01" in (tmp_path / "r.html").read_bytes()
    assert json.loads((tmp_path / "r.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("--report", "word:x"), 2, "TST004"),
        (("--report", "html:"), 2, "TST004"),
        (("--artefact", "a.json"), 2, "TST003"),
        (("--artefact", "nothing:a.json"), 2, "TST003"),
        (("--artefact", "measure-bundle:absent.json"), 3, "STO002"),
        (("--kind", "other"), 2, "USE001"),
        (("-k", "and"), 2, "TST001"),
        (("--suite", "nobody"), 2, "TST002"),
        (("--target", "nobody"), 2, "TGT002"),
        (("--target", "@absent.json"), 3, "STO002"),
        (("--suites", "absent"), 3, "SUI000"),
    ],
)
def test_bad_arguments_are_told_with_their_code(run: Run, arguments: tuple[str, ...], code: int, name: str) -> None:
    result = run("test", "run", *arguments, "--format", "json")
    assert (result.code, result.json()["error"]["code"]) == (code, name)


def test_a_broken_suite_has_its_line(run: Run, suites: Callable[..., Path]) -> None:
    folder = suites(text=SUITE.replace("expect:", "expects:"))
    result = run("test", "run", "--suites", folder, "--format", "json")
    assert result.code == 3
    error = result.json()["error"]
    assert (error["code"], error["location"]["line"]) == ("SUI001", 17)


BUNDLE = Path(__file__).parents[2] / "examples" / "connected-scale" / "artefacts" / "poids.json"


def test_an_artefact_is_judged_without_a_workspace(run: Run, tmp_path: Path) -> None:
    (tmp_path / "poids.json").write_bytes(BUNDLE.read_bytes())
    result = run("test", "run", "--kind", "unit", "--artefact", "measure-bundle:poids.json", "--format", "json")
    document = result.json()
    assert document["run"]["target"] is None
    assert (document["summary"]["failed"], document["summary"]["passed"] > 10) == (0, True)
    # Whether the source is that of the service cannot be told without knowing the service: it is said, never passed.
    skipped = [case["reason"]["fr"] for case in document["cases"] if case["outcome"] == "skipped"]
    assert any("solution_oid" in reason for reason in skipped)
    assert (result.code, document["summary"]["error"]) == (0, 0)


def test_a_spoiled_artefact_is_the_services_fault(run: Run, tmp_path: Path) -> None:
    spoiled = json.loads(BUNDLE.read_bytes())
    del spoiled["entry"][0]["resource"]["subject"]
    path = tmp_path.parent / f"{tmp_path.name}-ailleurs.json"
    path.write_text(json.dumps(spoiled))
    assert run("init", "--example", "connected-scale", tmp_path / "espace").code == 0
    arguments = ("--kind", "unit", "--artefact", f"measure-bundle:{path}", "--format", "json")
    result = run("-C", tmp_path / "espace", "test", "run", *arguments)
    assert result.code == 1
    failed = [case for case in result.json()["cases"] if case["outcome"] == "failed"]
    assert all(case["subject"] == "service" for case in failed)
    assert any(path.as_posix() in check["where"] for check in failed[0]["checks"] if check["outcome"] == "failed")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running


def test_the_address_of_a_sandbox_is_enough(run: Run, sandbox: Sandbox) -> None:
    sandbox.reset()
    result = run("test", "run", "--target", sandbox.url, "-k", "MES-W-01 or MES-D-02", "--format", "json")
    assert (result.code, result.json()["summary"]["passed"]) == (0, 2)


def test_so_is_the_line_it_printed(run: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.reset()
    (tmp_path / "bac.json").write_text(json.dumps({"schema_version": 1, "sandbox": sandbox.descriptor}))
    assert run("test", "run", "--target", "@bac.json", "-k", "MES-W-01").code == 0


def test_a_fault_of_the_sandbox_names_case_requirement_and_fault(run: Run, sandbox: Sandbox) -> None:
    sandbox.reset()
    sandbox.set_faults(["value-altered"])
    try:
        result = run("test", "run", "--target", sandbox.url, "-k", "MES-W-01")
    finally:
        sandbox.set_faults([])
    assert result.code == 5
    for words in ("MES-W-01", "x-ech-mesures-ecriture", "l'environnement (la cible), pas le service"):
        assert words in result.out


BREAKS = {name: case for case in load_all().cases for name in case.broken_by if name in FAULTS}


@pytest.mark.slow
@pytest.mark.parametrize("fault", sorted(BREAKS)[::12])  # a sample of them; `test selfcheck` plays them all
def test_a_target_started_with_a_fault_is_named_on_the_first_line(run: Run, fault: str, tmp_path: Path) -> None:
    case = BREAKS[fault]
    with Sandbox.start(faults=(fault,), settings=Settings(mtls=True)) as wrong:
        (tmp_path / "cible.json").write_text(json.dumps(wrong.descriptor))
        result = run("test", "run", "--target", "@cible.json", "-k", case.id, "-q", variables={"COLUMNS": "200"})
    assert result.code == 5
    first = result.out.splitlines()[0]
    assert first.startswith("✗ échec")
    assert ", la cible en cause : " in first
    assert any(name in first for name in (*case.requirements, *requirements_below(case)))


def requirements_below(case: Any) -> set[str]:
    """Those of the cases that it stands on: one of them may fail first."""
    library = load_all()
    return {name for ground in case.after for name in library.case(ground).requirements}


def test_the_example_passes_on_the_embedded_sandbox(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "espace", "--example", "connected-scale")
    result = run("-C", tmp_path / "espace", "test", "run", "-k", "MES-W-0 or MES-U", "--format", "json")
    document = result.json()
    assert result.code == 0
    assert document["summary"]["passed"] > 5
    run_json = json.loads((tmp_path / "espace" / document["run"]["folder"] / "run.json").read_text())
    assert run_json["catalogue"]["id"] == "mes-referencement"
    assert run_json["service"]["product"]


def drawn(folder: Path) -> list[str]:
    """The identifiers and states that a run sent, in their order."""
    har = json.loads((folder / "cases" / "MES-AGD-01" / "exchanges.har").read_text())
    sent = [entry["request"] for entry in har["log"]["entries"]]
    return re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", json.dumps(sent))


def test_a_run_with_the_same_seed_draws_the_same(run: Run, tmp_path: Path) -> None:
    found = []
    for seed in ("7", "7", "8"):
        result = run(
            "test", "run", "-k", "MES-AGD-01", "--no-ground", "--format", "json",
            variables={"MES_CONFORMITY_SEED": seed},
        )  # fmt: skip
        assert result.code == 0
        found.append(drawn(tmp_path / result.json()["run"]["folder"]))
    assert found[0] == found[1] != found[2]
    assert len(found[0]) > 2


def test_a_seed_is_refused_where_it_could_be_guessed(run: Run) -> None:
    result = run(
        "test", "run", "--target", "https://recette.invalid", "--format", "json",
        variables={"MES_CONFORMITY_SEED": "7"},
    )  # fmt: skip
    assert (result.code, result.json()["error"]["code"]) == (2, "TST005")


def test_an_interruption_says_what_is_kept(
    run: Run, suites: Callable[..., Path], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mes_conformity.cli import test_text

    def stop(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(test_text, "print_case", stop)
    result = run("test", "run", "--suites", suites(), "--target", target, "-q")
    assert result.code == 130
    assert "1 cas joués sont gardés" in result.err
    assert "! Sans conclusion : la campagne a été interrompue" in result.out


def test_a_run_that_was_interrupted_never_says_that_the_service_passes(
    run: Run, suites: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from mes_conformity.cli import test_text

    def stop(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(test_text, "print_case", stop)
    two = SUITE.replace("SUBJECT", "service").replace("BASIS", "published")
    two += two[two.index("  - id:") :].replace("T-01", "T-02")
    with serving(answering(reply())) as place:
        arguments = ("--suites", suites(text=two), "--target", f"http://{place}", "--report", "json:r.json")
        result = run("test", "run", *arguments)
    assert result.code == 130
    assert "1 cas : réussi 1" in result.out
    assert "passe les tests" not in result.out
    assert json.loads((tmp_path / "r.json").read_text())["verdict"]["outcome"] == "inconclusive"


def test_selfcheck_has_its_public_shape(run: Run) -> None:
    result = run("test", "selfcheck", "-k", "MES-D-01", "--format", "json")
    assert result.code == 0
    summary = result.json()["summary"]
    assert summary.keys() >= {
        "cases",
        "sound_failed",
        "pairs",
        "survived",
        "cases_without_fault",
        "faults_without_case",
    }
    assert (summary["cases"], summary["survived"]) == (1, 0)


def test_selfcheck_names_the_survivors(run: Run, suites: Callable[..., Path]) -> None:
    blind = SUITE.replace("status: 200", "status: [200, 404]").replace(
        "broken_by: [slow]", "broken_by: [metadata-missing]"
    )
    result = run("test", "selfcheck", "--suites", suites(text=blind))
    assert result.code == 1
    assert "T-01 × metadata-missing" in result.out
    assert "pannes sans cas" in result.out


def test_selfcheck_of_a_workspace_also_tries_the_kinds_that_it_has_not(run: Run, tmp_path: Path) -> None:
    assert run("init", "--example", "connected-scale", tmp_path / "espace").code == 0
    result = run("-C", str(tmp_path / "espace"), "test", "selfcheck", "-k", "MES-UA-01 or MES-U-01", "--format", "json")
    summary = result.json()["summary"]
    assert (result.code, summary["cases"], summary["sound_failed"], summary["survived"]) == (0, 2, 0, 0)
