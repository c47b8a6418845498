"""`review` as typed: a publisher and an expert who only ever exchange files."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]
NAME, NEXT = "glyco-suivi-2.4.1", "glyco-suivi-2.4.2"


@pytest.fixture(scope="module")
def samples() -> ModuleType:
    import dossier_samples

    return dossier_samples


@pytest.fixture(scope="module")
def post(samples: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders, made once: the publisher's workspace with a signed dossier, the expert's with what came by mail.

    Each has a key, and the public keys of both.
    """
    import review_samples as people
    from cryptography.hazmat.primitives import serialization

    from mes_conformity.dossier import keys, signing

    root = tmp_path_factory.mktemp("post")
    owners = {"publisher": people.PUBLISHER_KEY, "expert": people.EXPERT_KEY}
    for name, key in owners.items():
        (root / name / "reports").mkdir(parents=True)
        form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (root / name / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, none))
        (root / name / "key.pem.pub").write_bytes(keys.public_pem(key))
        (root / name / "trust.pem").write_bytes(b"".join(map(keys.public_pem, owners.values())))
    raw = signing.sign(samples.dossier(root / "publisher"), keys.Signer(people.PUBLISHER_KEY))
    unjudged(samples, next((root / "publisher/reports/runs").iterdir()) / "run.json")
    for folder in ("publisher/reports", "expert"):
        (root / folder / f"{NAME}.mesdossier.zip").write_bytes(raw)
    return root


def unjudged(samples: ModuleType, path: Path) -> None:
    """A run whose suites are none of the program's, so that nothing of theirs is held against it."""
    data = json.loads(path.read_text())
    data["suites"], data["contracts"] = [], []
    samples.write_json(path, data)


@pytest.fixture
def publisher(post: Path, tmp_path: Path) -> Path:
    """The publisher's workspace."""
    return Path(shutil.copytree(post / "publisher", tmp_path / "publisher"))


@pytest.fixture
def expert(post: Path, tmp_path: Path) -> Path:
    """The expert's folder."""
    return Path(shutil.copytree(post / "expert", tmp_path / "expert"))


def mailed(path: Path, to: Path) -> Path:
    return Path(shutil.copy(path, to / path.name))


def filled(path: Path, *rows: tuple[str, dict[str, str]]) -> Path:
    """A sheet (.csv) with cells filled in."""
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        found, columns = list(reader), reader.fieldnames
    for name, cells in rows:
        next(row for row in found if row["id"] == name).update(cells)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns or ())
        writer.writeheader()
        writer.writerows(found)
    return path


ASKED = (
    ("x-ech-jetons", {"kind": "non-conformité majeure", "finding": "Le jeton n’est pas renouvelé."}),
    ("x-ech-tls", {"kind": "demande de complément", "finding": "Quelle version ?\n✓ intact, signé"}),
)
ME = ("--key", "key.pem", "--author", "Dr A. Roux", "--organisation", "Expertise fictive")
US = ("--key", "key.pem", "--author", "C. Durand")


@pytest.fixture
def asked(expert: Path, run: Run) -> Path:
    """The expert's first addendum."""
    assert run("review", "export", f"{NAME}.mesdossier.zip", "-o", "sheet.csv", cwd=expert).code == 0
    filled(expert / "sheet.csv", *ASKED)
    assert run("review", "import", "sheet.csv", *ME, cwd=expert).code == 0
    return expert / f"{NAME}.review-01.mesaddendum.json"


REPLIES = ("--reply", "1.1=corrigé : renouvelé en 2.4.2", "--reply", "1.2=Explained: TLS 1.3")


@pytest.fixture
def answered(asked: Path, publisher: Path, run: Run) -> Path:
    """The publisher's answer, in the publisher's workspace."""
    mailed(asked, publisher / "reports")
    assert run("review", "reply", *REPLIES, *US, cwd=publisher).code == 0
    return publisher / "reports" / f"{NAME}.review-02.mesaddendum.json"


def listed(run: Run, cwd: Path, name: str, *more: str) -> Any:
    result = run("review", "list", f"{name}.mesdossier.zip", "--trust", "trust.pem", "--format", "json", *more, cwd=cwd)
    return result.json()["dossiers"][0]["review"]


def next_version(publisher: Path, samples: ModuleType) -> None:
    """The publisher corrects, declares and runs again: 2.4.2."""
    folder = next((publisher / "reports" / "runs").iterdir())
    data = json.loads((folder / "run.json").read_text())
    data["service"]["version"] = "2.4.2"
    data["run"]["ended_at"] = "2026-11-22T13:00:00Z"
    case = next(case for case in data["cases"] if case["id"] == "APP-04")
    case["outcome"] = "passed"
    data["summary"].update(passed=data["summary"]["passed"] + 1, failed=data["summary"]["failed"] - 1)
    samples.write_json(folder / "run.json", data)
    samples.write_json(folder / "cases/APP-04/case.json", {"schema_version": 1, "case": case, "records": []})
    (folder / "cases/APP-04/exchanges.har").unlink()
    (publisher / "none").mkdir()
    answers = samples.assessment()
    answers["answers"]["x-ech-jetons"] = samples.answer("conform", comment="Renouvelé à chaque usage.")
    answers["subject"]["version"] = "2.4.2"
    from mes_conformity.foundation.yaml_documents import dump

    (publisher / "assessment.yaml").write_text(dump(answers), encoding="utf-8")


def test_a_complete_review_by_files_alone(
    publisher: Path, expert: Path, asked: Path, answered: Path, samples: ModuleType, run: Run
) -> None:
    """Asked, answered, corrected, built again, closed: both sides verify both signatures at each step."""
    first = listed(run, publisher / "reports", NAME, "--trust", "../trust.pem")
    assert [(item["number"], item["signature"]["trusted"]) for item in first["addenda"]] == [(1, True), (2, True)]
    assert [item["same_key"] for item in first["addenda"]] == [False, True]
    assert first["state"] == "submitted"

    next_version(publisher, samples)
    built = run("dossier", "build", "--suites", "none", "--format", "json", cwd=publisher).json()["dossier"]
    assert built["addenda"] == 2
    assert run("dossier", "sign", f"reports/{NEXT}.mesdossier.zip", "--key", "key.pem", cwd=publisher).code == 0
    mailed(publisher / f"reports/{NEXT}.mesdossier.zip", expert)

    verified = run(
        "dossier", "verify", f"{NEXT}.mesdossier.zip", "--trust", "trust.pem", "--format", "json", cwd=expert
    )
    assert verified.code == 0
    assert [item["carried"] for item in verified.json()["addenda"]] == [True, True]
    told = listed(run, expert, NEXT)
    assert told["problems"] == []
    finding = next(item for item in told["findings"] if item["requirement"] == "x-ech-jetons")
    assert finding["state"] == "answered"
    assert finding["events"][0]["word"] == "corrected"
    assert {(item["what"], item["then"], item["now"]) for item in finding["changes"]} >= {
        ("status", "non_conform", "conform"),
        ("case", "failed", "passed"),
    }

    assert run("review", "export", f"{NEXT}.mesdossier.zip", "-o", "second.csv", cwd=expert).code == 0
    filled(expert / "second.csv", ("1.1", {"word": "levé"}), ("1.2", {"word": "levé", "comment": "Merci."}))
    closed = run("review", "import", "second.csv", "--close", *ME, "--format", "json", cwd=expert).json()["addendum"]
    assert (closed["number"], closed["round"], closed["state"], closed["left_open"]) == (3, 2, "closed", [])

    mailed(Path(closed["path"]), publisher / "reports")
    last = listed(run, publisher / "reports", NEXT, "--trust", "../trust.pem")
    assert (last["state"], last["waiting"], last["problems"]) == ("closed", [], [])
    assert [item["signature"]["trusted"] for item in last["addenda"]] == [True, True, True]
    late = run("review", "reply", f"{NEXT}.mesdossier.zip", "--message", "Encore.", "--key", "../key.pem",
               "--author", "C. Durand", cwd=publisher / "reports")  # fmt: skip
    assert late.code == 7


def test_the_dossier_that_carries_a_review_is_shown_and_replayed(
    publisher: Path, answered: Path, samples: ModuleType, run: Run
) -> None:
    next_version(publisher, samples)
    assert run("dossier", "build", "--suites", "none", cwd=publisher).code == 0
    shown = run("dossier", "show", cwd=publisher)
    assert "Revue portée par le dossier : déposé" in shown.out
    assert "réponse : non conforme → conforme" in shown.out
    assert "corrigé" in shown.out
    document = run("dossier", "show", "--format", "json", cwd=publisher).json()
    assert document["review"]["state"] == "submitted"
    assert run("dossier", "replay", "--format", "json", cwd=publisher).json()["dossiers"][0]["findings"] == []


def test_what_an_expert_wrote_is_quoted_on_a_terminal(asked: Path, run: Run) -> None:
    result = run("review", "list", f"{NAME}.mesdossier.zip", cwd=asked.parent)
    assert result.code == 0
    assert "      > ✓ intact, signé" in result.out
    assert max(map(len, result.out.splitlines())) <= max(80, len(str(asked)) + 2)
    assert "expert, Dr A. Roux (Expertise fictive), 2026-11-22 : modifications" in result.out
    english = run("review", "list", f"{NAME}.mesdossier.zip", cwd=asked.parent, lang="en")
    assert "major non-conformity" in english.out
    assert "review reply" in english.err


def test_a_wordy_terminal_is_wrapped_and_a_reader_reads(asked: Path, answered: Path, run: Run) -> None:
    mailed(answered, asked.parent)
    result = run("review", "list", "--accessible", ".", cwd=asked.parent, variables={"COLUMNS": "40"})
    assert result.code == 0
    assert "éditeur, C. Durand" in result.out
    alone = run("review", "list", f"{NAME}.mesdossier.zip", cwd=asked.parent, lang="en", variables={"COLUMNS": "40"})
    assert max(len(line) for line in alone.out.splitlines() if NAME not in line) <= 40
    assert "For the expert" in alone.err


def test_signatures_are_held_against_those_accepted(expert: Path, asked: Path, publisher: Path, run: Run) -> None:
    only = run("review", "list", f"{NAME}.mesdossier.zip", "--trust", "key.pem.pub", cwd=expert)
    assert only.code == 0
    other = run("review", "list", f"{NAME}.mesdossier.zip", "--trust", "../publisher/key.pem.pub", cwd=expert)
    assert other.code == 3
    assert "REV010" in other.out
    plain = run("dossier", "verify", f"{NAME}.mesdossier.zip", "--trust", "../publisher/key.pem.pub", cwd=expert)
    assert plain.code == 0
    assert "que vous n'acceptez pas" in plain.out


def test_an_altered_addendum_is_named_by_list_and_by_verify(expert: Path, asked: Path, run: Run) -> None:
    raw = bytearray(asked.read_bytes())
    raw[len(raw) // 2] ^= 1
    asked.write_bytes(raw)
    for command in (("review", "list"), ("dossier", "verify")):
        result = run(*command, f"{NAME}.mesdossier.zip", cwd=expert)
        assert result.code == 3
        assert "REV00" in result.out
    refused = run("review", "export", f"{NAME}.mesdossier.zip", cwd=expert)
    assert refused.code == 3
    assert "REV00" in refused.err


def test_a_reviewed_dossier_that_makes_no_sense_is_said(
    expert: Path, asked: Path, samples: ModuleType, run: Run
) -> None:
    path = expert / f"{NAME}.mesdossier.zip"
    path.write_bytes(samples.reseal(path.read_bytes(), {"assessment.yaml": b"answers: 3\n"}))
    result = run("dossier", "verify", path.name, "--format", "json", cwd=expert)
    assert result.code == 3
    assert result.json()["verdict"] == "intact_unsigned"
    assert [finding["code"] for finding in result.json()["findings"]] == ["SCH001"]


def test_a_manifest_that_tells_nonsense_of_what_was_left_out_is_read(
    expert: Path, samples: ModuleType, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mes_conformity.dossier import manifest

    drawn = manifest.draw
    path = expert / f"{NAME}.mesdossier.zip"
    for told, shown in ((5, []), ([1, "A\nB"], ["A\\u000aB"])):
        monkeypatch.setattr(
            manifest, "draw", lambda *given, told=told, **more: {**drawn(*given, **more), "not_run": told}
        )
        path.write_bytes(samples.reseal(path.read_bytes(), {}))
        result = run("dossier", "verify", path.name, "--format", "json", cwd=expert)
        assert (result.code, result.json()["not_run"]) == (0, shown)


def test_a_whole_folder_has_one_line_a_dossier(expert: Path, asked: Path, run: Run) -> None:
    (expert / "broken.mesdossier.zip").write_bytes(b"rien")
    shutil.copy(expert / f"{NAME}.mesdossier.zip", expert / "copy.mesdossier.zip")
    (expert / f"copy.x{'.mesaddendum.json'}").write_bytes(b"{}")
    result = run("review", "list", ".", cwd=expert, variables={"COLUMNS": "120"})
    assert result.code == 3
    assert "DOS002" in result.out
    assert "REV001" in result.out
    told = {
        Path(item["path"]).name: item
        for item in run("review", "list", ".", "--format", "json", cwd=expert).json()["dossiers"]
    }
    assert told["broken.mesdossier.zip"]["error"]["code"] == "DOS002"
    assert told[f"{NAME}.mesdossier.zip"]["review"]["waiting"] == ["1.1", "1.2"]


def test_without_a_review_it_says_how_to_make_one(expert: Path, run: Run) -> None:
    result = run("review", "list", f"{NAME}.mesdossier.zip", cwd=expert)
    assert result.code == 0
    assert "review export" in result.err


def test_a_word_for_the_whole_and_a_certificate_are_told(expert: Path, run: Run) -> None:
    import review_samples as people
    import signing_samples as certificates

    root_key, root = certificates.authority()
    leaf = certificates.certify("Dr A. Roux", people.EXPERT_KEY, "Autorité fictive", root_key)
    (expert / "chain.pem").write_bytes(certificates.pem(leaf, root))
    run("review", "export", f"{NAME}.mesdossier.zip", "-o", "sheet.csv", cwd=expert)
    filled(
        expert / "sheet.csv", ("x-ech-tls", {"kind": "observation", "finding": "Bien.", "recommendation": "Le dire."})
    )
    said = ("--certificate", "chain.pem", "--message", "Dossier lu en entier.")
    assert run("review", "import", "sheet.csv", *ME, *said, cwd=expert).code == 0
    told = run("review", "list", f"{NAME}.mesdossier.zip", cwd=expert).out
    assert "signé par CN=Dr A. Roux (délivré par CN=Autorité fictive)" in told
    assert "     > Dossier lu en entier." in told
    assert "        > Le dire." in told


def test_a_dossier_signed_again_since_is_told(asked: Path, run: Run) -> None:
    assert run("dossier", "sign", "--new-key", "other.pem", cwd=asked.parent).code == 0
    assert run("dossier", "sign", f"{NAME}.mesdossier.zip", "--key", "other.pem", cwd=asked.parent).code == 0
    told = run("review", "list", f"{NAME}.mesdossier.zip", cwd=asked.parent)
    assert told.code == 0
    assert "signé autrement" in told.out


def test_a_publisher_does_not_sign_for_its_expert(expert: Path, publisher: Path, run: Run) -> None:
    run("review", "export", f"{NAME}.mesdossier.zip", "-o", "sheet.csv", cwd=expert)
    filled(expert / "sheet.csv", *ASKED)
    shutil.copy(publisher / "key.pem", expert / "stolen.pem")
    run("review", "import", "sheet.csv", "--key", "stolen.pem", "--author", "Dr A. Roux", cwd=expert)
    told = run("review", "list", f"{NAME}.mesdossier.zip", "--trust", "trust.pem", cwd=expert)
    assert told.code == 3
    assert "REV011" in told.out


def test_a_correction_that_changes_nothing_is_said(answered: Path, publisher: Path, run: Run) -> None:
    told = " ".join(run("review", "list", cwd=publisher).out.split())
    assert "= rien n'a changé dans ce dossier depuis le constat" in told


def test_what_is_said_of_another_dossier_of_the_service_is_told(
    expert: Path, asked: Path, samples: ModuleType, run: Run
) -> None:
    """Its date says that it was made before the review; only a publisher knows why it carries nothing of it."""
    path = expert / f"{NEXT}.mesdossier.zip"

    def other(run_: Any) -> None:
        run_["run"]["id"] = "20261122T115900Z-0002"

    raw = (expert / f"{NAME}.mesdossier.zip").read_bytes()
    path.write_bytes(samples.reseal(raw, {"run.json": samples.changed(raw, "run.json", other)}))
    result = run("review", "list", path.name, cwd=expert)
    assert f"△ {asked.name} parle d'un autre dossier du même service" in " ".join(result.out.split())
    assert "laissé de côté" not in result.err
    listed_ = run("review", "list", path.name, "--format", "json", cwd=expert).json()["dossiers"][0]["review"]
    assert listed_["elsewhere"] == listed_["ignored"] == [asked.name]


def test_an_unsigned_addendum_is_wanted_and_said(expert: Path, run: Run) -> None:
    run("review", "export", f"{NAME}.mesdossier.zip", "-o", "sheet.csv", cwd=expert)
    filled(expert / "sheet.csv", *ASKED)
    refused = run("review", "import", "sheet.csv", "--author", "Dr A. Roux", cwd=expert)
    assert refused.code == 2
    assert "--unsigned" in refused.err
    both = run("review", "import", "sheet.csv", "--author", "A", "--unsigned", "--key", "key.pem", cwd=expert)
    assert both.code == 2
    made = run("review", "import", "sheet.csv", "--author", "Dr A. Roux", "--unsigned", cwd=expert)
    assert made.code == 0
    assert "non signé" in made.out
    assert "non signé" in run("review", "list", f"{NAME}.mesdossier.zip", cwd=expert).out
    assert run("review", "list", f"{NAME}.mesdossier.zip", "--trust", "trust.pem", cwd=expert).code == 3


def test_the_name_of_the_author_is_asked_on_a_terminal_and_has_an_option(expert: Path, run: Run) -> None:
    run("review", "export", f"{NAME}.mesdossier.zip", "-o", "sheet.csv", cwd=expert)
    filled(expert / "sheet.csv", *ASKED)
    refused = run("review", "import", "sheet.csv", "--key", "key.pem", cwd=expert)
    assert refused.code == 2
    assert "--author" in refused.err
    made = run("review", "import", "sheet.csv", "--key", "key.pem", cwd=expert, terminal=True, stdin="Dr A. Roux\n")
    assert made.code == 0


def test_a_workbook_is_the_default_sheet(expert: Path, run: Run) -> None:
    result = run("review", "export", f"{NAME}.mesdossier.zip", "--format", "json", cwd=expert)
    sheet = result.json()["sheet"]
    assert sheet["path"] == f"{NAME}.review-01.xlsx"
    book = openpyxl.load_workbook(expert / sheet["path"])
    assert book.sheetnames == ["Exigences", "Recevabilité"]
    page = book["Exigences"]
    line = next(row[0].row for row in page.iter_rows(min_row=2) if row[0].value == "x-ech-tls")
    page.cell(line, 10).value, page.cell(line, 11).value = "observation", "=1+1 en texte"
    page.cell(line, 11).data_type = "s"
    book.save(expert / sheet["path"])
    assert run("review", "import", sheet["path"], *ME, cwd=expert).code == 0
    again = run("review", "export", f"{NAME}.mesdossier.zip", "-o", sheet["path"], cwd=expert)
    assert again.code == 2
    assert run("review", "export", f"{NAME}.mesdossier.zip", "-o", sheet["path"], "--force", cwd=expert).code == 0
    assert run("review", "export", f"{NAME}.mesdossier.zip", "-o", "x.pdf", cwd=expert).code == 3
    assert run("review", "export", f"{NAME}.mesdossier.zip", "--for", "nobody", cwd=expert).code == 2


def test_a_publisher_may_answer_in_a_sheet(asked: Path, publisher: Path, run: Run) -> None:
    mailed(asked, publisher / "reports")
    made = run("review", "export", "--for", "publisher", "-o", "answers.csv", cwd=publisher)
    assert "2 constats" in made.out
    filled(publisher / "answers.csv", ("1.1", {"word": "prévu", "comment": "En 2.5."}))
    assert run("review", "import", "answers.csv", *US, "--close", cwd=publisher).code == 2
    left = run("review", "import", "answers.csv", *US, cwd=publisher)
    assert left.code == 2
    assert "1.2" in left.err
    done = run("review", "import", "answers.csv", *US, "--partial", "--format", "json", cwd=publisher).json()[
        "addendum"
    ]
    assert done["author"] == {"role": "publisher", "name": "C. Durand", "organisation": "Laboratoire Fictif"}
    assert done["replies"] == [{"finding": "1.1", "action": "planned"}]


def test_replies_are_asked_on_a_terminal(asked: Path, publisher: Path, run: Run) -> None:
    mailed(asked, publisher / "reports")
    typed = "9\n1\n\nRenouvelé.\ncontesté\nNon.\n"
    made = run("review", "reply", *US, cwd=publisher, terminal=True, stdin=typed)
    assert made.code == 0
    assert "2 réponses" in made.out
    assert "Le jeton n’est pas renouvelé." in made.err


@pytest.mark.parametrize("text", ["1.1", "1.1=fait:x", "1.1=corrigé:", "=:"])
def test_a_reply_is_written_in_one_way(asked: Path, publisher: Path, run: Run, text: str) -> None:
    mailed(asked, publisher / "reports")
    result = run("review", "reply", "--reply", text, *US, cwd=publisher)
    assert result.code == 2
    assert "REV018" in result.err


def test_nobody_answers_for_a_finding_that_is_not_there(asked: Path, publisher: Path, run: Run) -> None:
    mailed(asked, publisher / "reports")
    assert run("review", "reply", "--reply", "9.9=prévu:x", "--partial", *US, cwd=publisher).code == 3


def test_a_sheet_of_a_review_that_went_on_is_refused(expert: Path, asked: Path, run: Run) -> None:
    result = run("review", "import", "sheet.csv", *ME, cwd=expert)
    assert result.code == 7
    assert "REV016" in result.err


def test_a_sheet_of_another_dossier_is_refused(expert: Path, samples: ModuleType, run: Run) -> None:
    run("review", "export", f"{NAME}.mesdossier.zip", "-o", "sheet.csv", cwd=expert)
    filled(expert / "sheet.csv", *ASKED)
    (expert / "other.mesdossier.zip").write_bytes(
        samples.reseal((expert / f"{NAME}.mesdossier.zip").read_bytes(), {"journal.jsonl": b"{}\n"})
    )
    assert run("review", "import", "sheet.csv", "--dossier", "other.mesdossier.zip", *ME, cwd=expert).code == 7
    (expert / f"{NAME}.mesdossier.zip").unlink()
    missing = run("review", "import", "sheet.csv", *ME, cwd=expert)
    assert missing.code == 3
    assert "REV017" in missing.err


def test_what_is_no_part_of_the_review_is_left_alone_and_counted(expert: Path, asked: Path, run: Run) -> None:
    (expert / "autre.mesaddendum.json").write_bytes(b"{}")
    result = run("review", "list", f"{NAME}.mesdossier.zip", cwd=expert)
    assert result.code == 0
    assert "1 fichier à côté" in result.err


def test_an_addendum_may_be_named_wherever_it_stands(expert: Path, asked: Path, tmp_path: Path, run: Run) -> None:
    moved = asked.rename(tmp_path / "recu.json")
    assert listed(run, expert, NAME)["addenda"] == []
    assert len(listed(run, expert, NAME, "--addendum", str(moved))["addenda"]) == 1


def test_a_build_refuses_a_review_that_is_not_sound(asked: Path, publisher: Path, run: Run) -> None:
    (publisher / "reports" / asked.name).write_bytes(asked.read_bytes()[:-1])
    result = run("dossier", "build", cwd=publisher)
    assert result.code == 3
    assert "REV00" in result.err


def test_closing_with_something_open_is_said(expert: Path, asked: Path, run: Run) -> None:
    run("review", "export", f"{NAME}.mesdossier.zip", "-o", "second.csv", cwd=expert)
    result = run("review", "import", "second.csv", "--close", *ME, cwd=expert)
    assert result.code == 0
    assert "1.1, 1.2" in result.err


def test_the_checklist_of_a_dossier(expert: Path, publisher: Path, run: Run) -> None:
    result = run("review", "checklist", f"{NAME}.mesdossier.zip", "--trust", "trust.pem", cwd=expert)
    assert result.code == 1
    assert "✓ acquis — le dossier est signé par qui en répond" in result.out
    assert max(map(len, result.out.splitlines()[1:])) <= 80
    document = run("review", "checklist", "--format", "json", cwd=publisher).json()["checklist"]
    assert sum(document["summary"].values()) == len(document["points"]) == 15
    assert {point["state"] for point in document["points"]} <= {"ok", "not_ok", "unknown", "not_applicable"}
    assert "admissibility" in run("review", "--help", lang="en").out


def test_a_filtered_run_is_said_everywhere(tmp_path: Path, samples: ModuleType, run: Run) -> None:
    (tmp_path / "suites" / "unit").mkdir(parents=True)
    (tmp_path / "suites/unit/petite.yaml").write_bytes(samples.SUITE)
    (tmp_path / "lot.json").write_bytes(samples.BUNDLE)
    played = run("test", "run", "--suites", "suites", "-k", "PET-01", "--artefact", "measure-bundle:lot.json")
    assert played.code in (0, 1, 5)
    built = run("dossier", "build", "--suites", "suites", "-o", "d.mesdossier.zip")
    assert "campagne partielle : 2 cas des suites n'ont pas été joués (PET-02, PET-03)" in " ".join(built.out.split())
    document = run("dossier", "verify", "d.mesdossier.zip", "--format", "json").json()
    assert document["not_run"] == ["PET-02", "PET-03"]
    for command in ("verify", "show"):
        assert "campagne partielle" in run("dossier", command, "d.mesdossier.zip").out
