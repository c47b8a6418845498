import pytest

from mes_conformity.dossier import build, documents
from mes_conformity.dossier.verify import verify_bytes
from mes_conformity.foundation.i18n import using
from mes_conformity.reporting.render import FORMATS, Format, embedded, render


@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_is_drawn_from_documents(contents: build.Contents, output_format: Format) -> None:
    assert render(documents.read(contents.files), output_format, "fr")


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
