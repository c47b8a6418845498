import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from mes_conformity.dossier import build, documents
from mes_conformity.dossier.verify import verify_bytes
from mes_conformity.foundation.i18n import using
from mes_conformity.reporting.formats import FORMATS
from mes_conformity.reporting.model import Report
from mes_conformity.reporting.render import embedded, render

DRAWN = [name for name in FORMATS if name != "pdf"]  # an extra draws it: test_pdf.py

QUICK = [name for name in FORMATS if name != "pdf"]  # which has its own tests


@pytest.mark.parametrize("output_format", QUICK)
def test_every_format_is_drawn_from_documents(contents: build.Contents, output_format: str) -> None:
    assert render(documents.read(contents.files), output_format, "fr")


@pytest.mark.parametrize("output_format", QUICK)
def test_every_format_survives_hostile_texts(hostile: Report, output_format: str) -> None:
    module = import_module(f"mes_conformity.reporting.{FORMATS[output_format].module}")
    drawn = module.render(hostile, "en")
    assert len(drawn) < 6_000_000
    if not FORMATS[output_format].binary:
        assert "\u202e" not in drawn.decode()
        assert "\x1b" not in drawn.decode()


def test_options_are_those_of_the_format(contents: build.Contents) -> None:
    read = documents.read(contents.files)
    assert render(read, "junit", "fr", flavour="extended") != render(read, "junit", "fr")


def test_reports_drawn_from_the_sealed_dossier_are_those_inside(contents: build.Contents) -> None:
    raw = build.assemble(contents, embedded(documents.read(contents.files)), {})
    dossier = verify_bytes(raw, "x").dossier
    assert dossier is not None
    assert render(dossier.documents, "html", "fr") == dossier.files["report/index.html"]
    assert render(dossier.documents, "junit", "fr") == dossier.files["report/junit.xml"]


def test_the_reports_inside_do_not_depend_on_the_screen(contents: build.Contents) -> None:
    french = embedded(documents.read(contents.files))
    with using("en"):
        assert embedded(documents.read(contents.files)) == french


DRAW = """
import hashlib, json, sys
from pathlib import Path
from mes_conformity.dossier.archive import read
from mes_conformity.reporting.formats import FORMATS
from mes_conformity.reporting.render import render
documents = read(Path(sys.argv[1])).documents
names = [name for name in FORMATS if name != "pdf"]
print(json.dumps({name: hashlib.sha256(render(documents, name, "fr")).hexdigest() for name in names}))
"""


def test_the_bytes_depend_on_no_time_zone_locale_hash_seed_or_clock(contents: build.Contents, tmp_path: Path) -> None:
    path = tmp_path / "d.mesdossier.zip"
    path.write_bytes(build.assemble(contents, embedded(documents.read(contents.files)), {}))
    answers = []
    for zone, seed, epoch, locale in (
        ("Pacific/Kiritimati", "1", "0", "C"),
        ("America/Caracas", "2", "2000000000", "fr_FR.UTF-8"),
    ):
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": epoch, "LC_ALL": locale}
        done = subprocess.run([sys.executable, "-c", DRAW, path], env=environment, capture_output=True, check=True)
        answers.append(json.loads(done.stdout))
    assert answers[0] == answers[1]
    assert set(answers[0]) == set(QUICK)


@pytest.mark.parametrize("output_format", ["json", "junit", "sarif", "oscal"])
def test_every_text_that_the_verdict_rests_on_is_named(report: Report, output_format: str) -> None:
    title, basis = report.judgement.bases[0]
    drawn = import_module(f"mes_conformity.reporting.{output_format}").render(report, "fr").decode()
    assert title in drawn
    assert basis in drawn
