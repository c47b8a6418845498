"""`catalogue import`: a preview first, then a catalogue that the other commands read."""

import io
import json

import openpyxl
import pytest

LIST = """Mon référentiel;;;;
N° exigence;Section;Énoncé (DOIT / DEVRAIT);Preuve 1;Réponse
SEC 1;Sécurité;Le système DOIT authentifier.;Capture d'écran;oui
SEC 2;Sécurité;Le système DEVRAIT tracer.;;
SEC 3;Sécurité;;;
"""
APPLY = ("--id", "ma-liste", "--grade", "published", "--source", "Convergence", "--apply")


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "liste.csv"
    path.write_bytes(LIST.encode("cp1252"))
    return path


def test_a_preview_writes_nothing_and_tells_every_row(run, listed, tmp_path):
    answer = run("catalogue", "import", "liste.csv")
    assert answer.code == 0
    assert "2 exigences comprises" in answer.out
    assert "ligne 5 : un numéro d'exigence sans énoncé [IMP102]" in answer.out
    assert "non reconnue : laissée de côté" in answer.out
    assert "rien n'est écrit dans liste/1.0.0" in answer.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["liste.csv"]


def test_the_preview_as_json_accounts_for_every_row(run, listed):
    document = run("catalogue", "import", "liste.csv", "--format", "json").json()
    assert document["applied"] is False
    assert document["list"]["encoding"] == "cp1252"
    rows = document["rows"]
    assert rows.pop("total") == sum(rows.values()) == 4
    assert [item["id"] for item in document["requirements"]] == ["sec-1", "sec-2"]
    (lost,) = document["not_understood"]
    assert (lost["line"], lost["code"], set(lost["reason"])) == (5, "IMP102", {"fr", "en"})
    columns = {column["header"]: column["field"] for column in document["mapping"][0]["columns"]}
    assert columns["N° exigence"] == "code"
    assert columns["Réponse"] is None
    assert document["summary"]["error"] == 0


def test_apply_writes_a_catalogue_that_checks(run, listed, tmp_path):
    answer = run("catalogue", "import", "liste.csv", *APPLY, "--into", "mine")
    assert answer.code == 0
    assert "Référentiel écrit : mine" in answer.out
    checked = run("catalogue", "check", "mine", "--format", "json")
    assert (checked.code, checked.json()["summary"]["error"]) == (0, 0)
    shown = run("catalogue", "show", "sec-1", "--catalogue", "mine", "--format", "json").json()
    assert shown["requirements"][0]["label"] == "SEC 1"


def test_the_folder_is_named_by_id_and_version_unless_told(run, listed, tmp_path):
    run("catalogue", "import", "liste.csv", *APPLY, "--version", "2.1.0")
    assert (tmp_path / "ma-liste" / "2.1.0" / "catalogue.yaml").exists()


def test_in_a_workspace_it_goes_where_the_workspace_looks(run, listed, tmp_path):
    (tmp_path / "mes-conformity.yaml").write_text("{}", encoding="utf-8")
    assert run("catalogue", "import", "liste.csv", *APPLY).code == 0
    assert (tmp_path / "catalogues" / "ma-liste" / "1.0.0" / "catalogue.yaml").exists()


def test_a_second_import_does_not_overwrite_another(run, listed, tmp_path):
    assert run("catalogue", "import", "liste.csv", *APPLY).code == 0
    assert run("catalogue", "import", "liste.csv", *APPLY).code == 0
    listed.write_bytes(LIST.replace("tracer", "noter").encode())
    answer = run("catalogue", "import", "liste.csv", *APPLY)
    assert answer.code == 7
    assert "LST006" in answer.err


def test_without_grade_and_source_nothing_is_written(run, listed, tmp_path):
    answer = run("catalogue", "import", "liste.csv", "--apply", "--format", "json")
    assert answer.code == 2
    assert "--grade, --source" in answer.json()["error"]["message"]["fr"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["liste.csv"]


def test_in_a_terminal_they_are_asked(run, listed, tmp_path):
    answer = run("catalogue", "import", "liste.csv", "--apply", terminal=True, stdin="derived\nMa norme\n")
    assert answer.code == 0
    assert "Ma norme" in (tmp_path / "liste" / "1.0.0" / "catalogue.yaml").read_text(encoding="utf-8")


def test_official_without_an_article_is_refused_with_its_remedy(run, listed, tmp_path):
    options = ("--id", "l", "--grade", "official", "--source", "Arrêté")
    answer = run("catalogue", "import", "liste.csv", *options, "--apply")
    assert answer.code == 3
    assert "CAT009" in answer.out
    assert "Rien n'est écrit" in answer.err
    assert run("catalogue", "import", "liste.csv", *options, "--article", "article 1er", "--apply").code == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--grade", "mine"),
        ("--id", "a b"),
        ("--id", "../x"),
        ("--version", "1.0"),
        ("--source-url", "javascript:alert(1)"),
        ("--source", "\u202e"),
    ],
)
def test_a_wrong_option_is_refused(run, listed, options):
    answer = run("catalogue", "import", "liste.csv", *options)
    assert answer.code == 2
    assert "USE001" in answer.err


def test_a_mapping_is_saved_corrected_and_used_again(run, listed, tmp_path):
    assert run("catalogue", "import", "liste.csv", "--save-mapping", "map.yaml").code == 0
    saved = tmp_path / "map.yaml"
    saved.write_text(saved.read_text(encoding="utf-8").replace("ignore", "guidance"), encoding="utf-8")
    document = run("catalogue", "import", "liste.csv", "--mapping", "map.yaml", "--format", "json").json()
    assert document["mapping"][0]["columns"][4] == {"column": "E", "header": "Réponse", "field": "guidance"}


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "LST004"), (b"a;b\n1;2\n", "LST004"), (b"\x00", "LST001"), (b"PK\x03\x04", "LST001")]
)
def test_a_file_that_is_no_list_is_refused(run, tmp_path, content, code):
    (tmp_path / "l.csv").write_bytes(content)
    answer = run("catalogue", "import", "l.csv", "--format", "json")
    assert (answer.code, answer.json()["error"]["code"]) == (3, code)


def test_a_list_of_which_nothing_is_understood_still_shows_why(run, tmp_path):
    (tmp_path / "l.csv").write_text("N° exigence;Énoncé\nA 1;\n", encoding="utf-8")
    answer = run("catalogue", "import", "l.csv")
    assert answer.code == 0
    assert "IMP102" in answer.out
    assert run("catalogue", "import", "l.csv", *APPLY).code == 3


def test_a_missing_file_is_named(run):
    answer = run("catalogue", "import", "none.csv")
    assert answer.code == 3
    assert "STO002" in answer.err


def test_a_workbook_is_read_sheet_by_sheet(run, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Exigences"
    book.active.append(["Code", "Énoncé"])
    book.active.append(["A 1", "Il répond."])
    book.create_sheet("Notice").append(["Lisez-moi"])
    book.create_sheet("Cachée").sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    (tmp_path / "l.xlsx").write_bytes(stream.getvalue())
    answer = run("catalogue", "import", "l.xlsx", lang="en")
    assert 'Columns of the sheet "Exigences"' in answer.out
    assert "Notice, line 1: no header recognised" in answer.out
    assert "Exigences, line 2: obligation not told" in answer.out
    assert 'hidden sheet, not read: "Cachée"' in answer.out


def test_a_long_list_is_shown_in_part_and_whole_in_json(run, tmp_path):
    lines = [f"A {number};Il DOIT {number}." for number in range(60)] + [f"B {number};" for number in range(60)]
    (tmp_path / "l.csv").write_text("\n".join(["Code;Énoncé", *lines]), encoding="utf-8")
    assert run("catalogue", "import", "l.csv").out.count("et 20 de plus") == 2
    document = run("catalogue", "import", "l.csv", "--format", "json").json()
    assert (len(document["requirements"]), len(document["not_understood"])) == (60, 60)


def test_hostile_text_reaches_no_terminal(run, tmp_path):
    text = "N° exigence\tÉnoncé\nA\x1b[2J 1\tIl DOIT \x1b]0;x\x07<script>=1+1\u202e.\n"
    (tmp_path / "\x1b[31ml.csv").write_text(text, encoding="utf-8")
    answer = run("catalogue", "import", "\x1b[31ml.csv")
    assert answer.code == 0
    assert "\x1b" not in answer.out + answer.err
    assert "IMP203" in answer.out
    document = json.loads(run("catalogue", "import", "\x1b[31ml.csv", "--format", "json").out)
    assert document["requirements"][0]["label"] == "A 1"
    assert document["requirements"][0]["statement"] == "Il DOIT <script>=1+1."
