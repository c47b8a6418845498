"""`assess import` of a table that comes back: each change shown, what changed on both sides held back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Run = Callable[..., Any]


@pytest.fixture
def example(run: Run, finished: Callable[[str, str], Path]) -> Path:
    """A workspace made from an example, exported."""
    folder = finished("e", "glucose-monitoring")
    assert run("-C", "e", "assess", "export", "../a.xlsx").code == 0
    return folder


def edit(path: Path, requirement: str, **cells: str) -> None:
    """Change the row of a requirement, as a colleague does."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    line = next(row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value == requirement)
    for header, value in cells.items():
        sheet.cell(line, columns[header], value)
    book.save(path)


def test_a_preview_shows_each_change_and_writes_nothing(run: Run, example: Path, tmp_path: Path) -> None:
    edit(tmp_path / "a.xlsx", "x-eli-nom", statut="partiellement conforme", commentaire="à revoir")
    before = {path: path.read_bytes() for path in sorted(example.rglob("*")) if path.is_file()}
    result = run("-C", "e", "assess", "import", "../a.xlsx")
    assert result.code == 0
    assert "partiellement conforme" in result.out
    assert "à revoir" in result.out
    assert "--apply" in result.err
    assert {path: path.read_bytes() for path in sorted(example.rglob("*")) if path.is_file()} == before


def test_what_changed_here_too_is_held_back(run: Run, example: Path, tmp_path: Path) -> None:
    edit(tmp_path / "a.xlsx", "x-eli-nom", statut="non conforme")
    run("-C", "e", "assess", "set", "x-eli-nom", "partiel")
    assert "x-eli-nom (!)" in run("-C", "e", "assess", "import", "../a.xlsx").out
    refused = run("-C", "e", "assess", "import", "../a.xlsx", "--apply", "--format", "json")
    assert (refused.code, refused.json()["error"]["code"]) == (7, "EXC004")
    assert run("-C", "e", "assess", "import", "../a.xlsx", "--apply", "--force").code == 0
    answers = run("-C", "e", "assess", "export", "--format", "json").json()["answers"]
    assert answers["x-eli-nom"]["status"] == "non_conform"
    assert answers["x-eli-nom"]["provenance"] == {"origin": "import", "at": "2026-11-22T12:00:00Z", "source": "a.xlsx"}


def test_a_fact_that_changes_has_a_line(run: Run, example: Path, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("kind,id,value\nfact,payment,true\nfact,payment2,true\n")
    assert run("-C", "e", "assess", "import", "../f.csv").code == 3
    (tmp_path / "f.csv").write_text("kind,id,value\nfact,minors,true\nfact,payment,true\n")
    assert "valeur" in run("-C", "e", "assess", "import", "../f.csv").out


def test_only_the_origin_changing_is_told(run: Run, example: Path, tmp_path: Path) -> None:
    run("-C", "e", "assess", "export", "../a.json")
    text = (tmp_path / "a.json").read_text().replace('"origin": "person"', '"origin": "copy"', 40)
    (tmp_path / "b.json").write_text(text)
    assert "origine ou preuves" in run("-C", "e", "assess", "import", "../b.json").out


def test_json_out_and_in_is_byte_identical(run: Run, example: Path, tmp_path: Path) -> None:
    run("-C", "e", "assess", "export", "../a.json")
    assert run("-C", "e", "assess", "import", "../a.json", "--apply").code == 0
    run("-C", "e", "assess", "export", "../b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
