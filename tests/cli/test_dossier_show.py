"""`dossier show`: a dossier, one case, one exchange, one body; from the latest run or from a dossier."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "dossier")
    import dossier_samples

    return dossier_samples


@pytest.fixture
def played(tmp_path: Path, samples: Any) -> Path:
    """A folder with a run, whose case MES-W-01 has an exchange that only prepared the ground."""
    folder = samples.write_run(
        tmp_path / "reports" / "runs" / "20261122T115900Z-0001",
        exchanges={"MES-W-01": [samples.exchange(), samples.exchange(201), samples.exchange(200, "x" * 9_000)]},
    )
    path = folder / "cases" / "MES-W-01" / "case.json"
    path.write_text(path.read_text().replace('"exchange": 0', '"exchange": 0, "supporting": true', 1))
    return Path(folder)


@pytest.fixture
def dossier(tmp_path: Path, samples: Any) -> Path:
    path = tmp_path / "reports" / "d.mesdossier.zip"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(samples.dossier(tmp_path / "w"))
    return path


@pytest.mark.usefixtures("played")
def test_a_case_of_the_latest_run_is_shown_by_its_name_alone(run: Run) -> None:
    out = run("dossier", "show", "MES-W-01").out
    assert out.startswith("✓ MES-W-01 — La mesure produite")
    for text in (
        "exigences : x-ech-mesures-ecriture",
        "juge : le service",
        "Échange 2",
        "→ 201",
        "requête :",
        "réponse :",
    ):
        assert text in out
    assert "Préparation 1" in out
    assert "… coupé : 9000 octets en tout" in out


@pytest.mark.usefixtures("played")
def test_what_passed_says_where_it_was_looked_for(run: Run) -> None:
    assert "✓ status : obtenu 200 (étape 2)" in run("dossier", "show", "MES-W-01").out


def test_what_passed_says_what_it_leaves_to_a_person(run: Run, played: Path) -> None:
    path = played / "cases" / "MES-W-01" / "case.json"
    said = '"message": {"fr": "le corps n\'a pas été vérifié", "en": "the body was not checked"}, "check": "status"'
    path.write_text(path.read_text().replace('"check": "status"', said, 1))
    assert "remarque : le corps n'a pas été vérifié" in run("dossier", "show", "MES-W-01").out


@pytest.mark.usefixtures("played")
def test_what_was_judged_is_named_with_its_digest(run: Run, samples: Any) -> None:
    out = " ".join(run("dossier", "show", "MES-U-02").out.split())
    assert f"artefact jugé : artefacts/glycemie.json (sha256 {samples.sha(samples.BUNDLE)})" in out


@pytest.mark.usefixtures("played")
def test_what_prepared_the_ground_takes_a_line_until_it_is_asked_for(run: Run) -> None:
    whole = run("dossier", "show", "MES-W-01")
    assert "--exchange 1" in whole.err
    first = run("dossier", "show", "MES-W-01", "--exchange", "1").out
    assert whole.out.count("requête :") == 2
    assert first.count("requête :") == 1
    assert "Échange 2" not in first


@pytest.mark.usefixtures("played")
def test_an_exchange_has_its_curl_line(run: Run, samples: Any) -> None:
    out = run("dossier", "show", "MES-W-01", "--exchange", "2").out
    told = shlex.split(out[out.index("curl \\") :])
    assert told[0] == "curl"
    assert told[told.index("--data-raw") + 1] == samples.BUNDLE.decode()


@pytest.mark.usefixtures("played")
def test_a_body_is_whole_and_alone(run: Run, samples: Any) -> None:
    def body(side: str) -> str:
        return str(run("dossier", "show", "MES-W-01", "--exchange", "3", "--body", side).out)

    assert body("request") == samples.BUNDLE.decode()
    assert body("response") == "x" * 9_000


@pytest.mark.usefixtures("played")
def test_a_failure_says_expected_obtained_and_what_to_do(run: Run) -> None:
    out = run("dossier", "show", "MES-R-09").out
    assert "⚑ MES-R-09" in out
    assert "attendu : 400\n      obtenu : 200\n      où : étape 2" in out
    assert "conseil : Comparez" in out


@pytest.mark.usefixtures("played")
def test_a_screen_reader_meets_words_alone(run: Run) -> None:
    out = run("--accessible", "dossier", "show", "MES-R-09").out
    assert not set("✓✗⚑") & set(out)
    assert "échec, status" in out


@pytest.mark.usefixtures("played")
def test_json_is_the_case_with_the_exchanges_asked_for(run: Run) -> None:
    whole = run("dossier", "show", "MES-W-01", "--format", "json").json()
    assert (whole["case"]["id"], len(whole["exchanges"])) == ("MES-W-01", 3)
    one = run("dossier", "show", "MES-W-01", "--exchange", "2", "--format", "json").json()
    assert [item["response"]["status"] for item in one["exchanges"]] == [201]


@pytest.mark.usefixtures("dossier")
def test_without_a_run_the_case_is_that_of_the_newest_dossier(run: Run) -> None:
    assert "MES-R-09" in run("dossier", "show", "MES-R-09").out


@pytest.mark.usefixtures("played")
def test_the_option_names_a_case_of_a_dossier(run: Run, dossier: Path) -> None:
    assert "Échange 1" in run("dossier", "show", dossier, "--case", "MES-W-01").out
    assert "Échange 1" in run("dossier", "show", "--case", "MES-W-01").out  # not of the run, where it is a preparation


def test_a_dossier_is_still_a_dossier(run: Run, dossier: Path) -> None:
    out = run("dossier", "show", dossier).out
    assert "Ce qui bloque" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("NONE",), "USE005"),
        (("MES-W-01", "--exchange", "4"), "USE001"),
        (("MES-W-01", "--body", "request"), "USE001"),
        (("MES-W-01", "--exchange", "1", "--body", "both"), "USE001"),
        (("--exchange", "1"), "USE001"),
    ],
)
@pytest.mark.usefixtures("played")
def test_what_cannot_be_shown_is_a_usage_error(run: Run, arguments: tuple[str, ...], code: str) -> None:
    result = run("dossier", "show", *arguments, "--format", "json")
    assert result.code == 2
    assert result.json()["error"]["code"] == code


@pytest.mark.usefixtures("played")
def test_hostile_texts_do_not_reach_the_terminal(run: Run, played: Path) -> None:
    path = played / "cases" / "MES-R-09" / "exchanges.har"
    data = json.loads(path.read_text())
    data["log"]["entries"][0]["response"]["content"]["text"] = "\x1b[2J\u202e"
    data["log"]["entries"][0]["request"]["headers"][0]["value"] = "A" * 1_000_000
    path.write_text(json.dumps(data))
    out = run("dossier", "show", "MES-R-09").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert len(out) < 10_000


@pytest.mark.usefixtures("played")
def test_a_case_that_could_not_be_judged_says_why(run: Run) -> None:
    out = run("dossier", "show", "APP-05").out
    assert "raison : la cible n'a pas répondu en 10 s" in out
    assert "conseil : " in out


@pytest.mark.usefixtures("played")
def test_a_binary_body_is_told_and_not_shown(run: Run, played: Path) -> None:
    path = played / "cases" / "MES-R-09" / "exchanges.har"
    data = json.loads(path.read_text())
    data["log"]["entries"][0]["response"]["content"] |= {"text": "AAEC", "encoding": "base64"}
    path.write_text(json.dumps(data))
    assert "(contenu binaire, 3 octets)" in run("dossier", "show", "MES-R-09").out
    assert run("dossier", "show", "MES-R-09", "--exchange", "1", "--body", "response").out == "\0\1\2"


@pytest.mark.usefixtures("played")
def test_a_body_on_a_terminal_does_not_act_on_it(run: Run, played: Path) -> None:
    path = played / "cases" / "MES-R-09" / "exchanges.har"
    path.write_text(path.read_text().replace("transaction-response", "\\u001b[2Jtransaction-response"))
    arguments = ("dossier", "show", "MES-R-09", "--exchange", "1", "--body", "response")
    assert "\x1b" not in run(*arguments, terminal=True).out
    assert "\x1b" in run(*arguments).out


def test_the_bytes_of_a_body_reach_a_pipe_unchanged(tmp_path: Path, samples: Any) -> None:
    exchange = samples.exchange()
    exchange["response"]["content"] |= {"text": "AAH/", "encoding": "base64"}
    samples.write_run(tmp_path / "reports" / "runs" / "r", exchanges={"MES-W-01": [exchange]})
    argv = ["dossier", "show", "MES-W-01", "--exchange", "1", "--body", "response"]
    done = subprocess.run(
        [sys.executable, "-m", "mes_conformity", *argv], cwd=tmp_path, capture_output=True, check=True
    )
    assert done.stdout == b"\x00\x01\xff"
