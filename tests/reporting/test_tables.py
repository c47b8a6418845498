import csv
import io
import json
from pathlib import Path

import dossier_samples as samples

from mes_conformity.dossier import build, documents
from mes_conformity.reporting.model import Report, draw
from mes_conformity.reporting.tables import COLUMNS, render_csv, render_json


def rows(report: Report, lang: str = "fr") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(report, lang).decode("utf-8-sig"))))


def test_json_holds_the_whole_view(report: Report) -> None:
    data = json.loads(render_json(report))
    assert data["schema_version"] == 1
    assert data["verdict"]["refusing"] == ["MES-U-02"]
    codes = next(item for item in data["requirements"] if item["id"] == "x-ech-mesures-codes")
    assert codes["contradicted"] is True
    assert codes["cases"] == ["MES-U-02"]


def test_csv_has_one_line_per_case(report: Report) -> None:
    found = rows(report)
    assert len(found) == len(report.run["cases"])
    assert tuple(found[0]) == COLUMNS
    failed = next(row for row in found if row["case"] == "MES-U-02")
    assert failed["expected"] == "measures/value-present"


def test_csv_speaks_the_language_asked_for(report: Report) -> None:
    assert next(row for row in rows(report, "en") if row["case"] == "MES-U-03")["reason"] == "no connected device"


def test_a_cell_never_becomes_a_formula(tmp_path: Path) -> None:
    checks = [samples.check("status", "failed", "@SUM(A1)", "-2+3")]
    case = samples.entry("A-1", "=cmd|' /C calc'!A0\x00", "failed", checks=checks)
    folder = samples.write_workspace(tmp_path, [case])
    row = rows(draw(documents.read(build.collect(tmp_path, folder, None, {}).files)))[0]
    assert row["title"].startswith("'=cmd")
    assert row["expected"] == "'@SUM(A1)"
    assert row["obtained"] == "'-2+3"
