"""The page judged by the checker of the HTML standard (Nu Html Checker), where it and Java are installed.

`npm install -g vnu-jar`, or name the file in `VNU_JAR`. The sample is judged as it is kept.
"""

import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mes_conformity.reporting import exchanges
from mes_conformity.reporting.html import render
from mes_conformity.reporting.model import Report

_ROOT = Path(__file__).parents[2]
SAMPLE = _ROOT / "reports" / "sample" / "report.html"
_PLACES = [os.environ.get("VNU_JAR", "")] + [
    str(Path(root) / "node_modules/vnu-jar/build/dist/vnu.jar") for root in (_ROOT, "/usr/lib", "/usr/local/lib")
]
JAR = next((place for place in _PLACES if place and Path(place).is_file()), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java on this machine"),
    pytest.mark.skipif(JAR is None, reason="the Nu Html Checker is not installed (npm install -g vnu-jar)"),
]


def errors(*pages: Path) -> list[str]:
    done = subprocess.run(
        ["java", "-jar", str(JAR), "--format", "json", "--errors-only", *map(str, pages)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stderr)["messages"]
    return [f"{item['url'].rpartition('/')[2]}:{item.get('lastLine')}: {item['message']}" for item in found]


def test_the_checker_finds_no_error(
    report: Report,
    rich: Report,
    bare: Report,
    hostile: Report,
    verdicts: dict[str, Report],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = {"full": report, "rich": rich, "bare": bare, "hostile": hostile, **verdicts}
    pages = [SAMPLE]
    for compact in (exchanges.COMPACT_FROM, 0):
        monkeypatch.setattr(exchanges, "COMPACT_FROM", compact)
        for name, lang in itertools.product(drawn, ("fr", "en")):
            pages.append(tmp_path / f"{name}-{lang}-{compact}.html")
            pages[-1].write_bytes(render(drawn[name], lang))
    assert errors(*pages) == []


def test_the_checker_sees_a_page_that_is_wrong(bare: Report, tmp_path: Path) -> None:
    path = tmp_path / "wrong.html"
    path.write_bytes(render(bare, "fr").replace(b"<main>", b"<main><li>", 1))
    assert errors(path)
