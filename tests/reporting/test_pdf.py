"""The PDF, by the WeasyPrint of the machine; without it, the error says what to install."""

import hashlib
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.dossier import build, documents
from mes_conformity.foundation.errors import UsageError
from mes_conformity.reporting import pdf
from mes_conformity.reporting.model import Report


def missing() -> bool:
    try:
        pdf.require()
    except UsageError:
        return True
    return False


installed = pytest.mark.skipif(missing(), reason="WeasyPrint (extra pdf) or Pango is not installed")
DRAW = """
import sys
from pathlib import Path
from mes_conformity.dossier import documents
from mes_conformity.reporting.render import render
root = Path(sys.argv[1])
files = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
sys.stdout.buffer.write(render(documents.read(files), "pdf", "fr"))
"""


def inside(document: bytes) -> bytes:
    """The objects of a PDF, those in compressed streams too."""
    streams = re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", document, re.DOTALL)
    return document + b"".join(zlib.decompress(stream) for stream in streams)


@installed
@pytest.mark.slow
def test_the_same_report_is_the_same_bytes_in_another_process_and_time_zone(tmp_path: Path) -> None:
    folder = samples.write_workspace(tmp_path, [samples.entry("A-1", "Une mesure", "failed")])
    drawn = []
    for zone, seed, epoch in (("Pacific/Kiritimati", "1", "0"), ("America/Caracas", "2", "2000000000")):
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": epoch, "LC_ALL": "C"}
        done = subprocess.run([sys.executable, "-c", DRAW, folder], env=environment, capture_output=True, check=True)
        drawn.append(done.stdout)
    assert drawn[0].startswith(b"%PDF-")
    assert drawn[0].rstrip().endswith(b"%%EOF")
    assert b"/StructTreeRoot" in inside(drawn[0])  # tagged: a screen reader finds its headings and tables
    assert hashlib.sha256(drawn[0]).digest() == hashlib.sha256(drawn[1]).digest()


@installed
def test_nothing_is_fetched() -> None:
    with pytest.raises(ValueError, match="file:///etc/passwd"):
        pdf._nothing("file:///etc/passwd")


def test_without_the_extra_the_error_names_it(bare: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(UsageError) as caught:
        pdf.render(bare, "fr")
    assert caught.value.code == "PDF001"
    assert "mes-conformity[pdf]" in (caught.value.hint or {})["fr"]


def test_paper_leaves_the_exchanges_of_what_passed(contents: build.Contents) -> None:
    from mes_conformity.reporting import html
    from mes_conformity.reporting.model import draw

    report = draw(documents.read(contents.files))
    paper, screen = (html.page(report, "fr", paper=wanted).decode() for wanted in (True, False))
    assert 'id="case-MES-W-01-1"' in screen
    assert 'id="case-MES-W-01-1"' not in paper
    assert 'id="case-MES-R-09-1"' in paper
    assert "Sur papier" in paper
    assert "Sur papier" not in screen


def test_without_the_libraries_of_the_system_the_error_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: str) -> None:
        raise OSError("cannot load library 'libpango-1.0-0'\nmore")

    monkeypatch.setattr(pdf, "import_module", refuse)
    with pytest.raises(UsageError) as caught:
        pdf.require()
    assert caught.value.code == "PDF002"
    assert caught.value.obtained == "cannot load library 'libpango-1.0-0'"
