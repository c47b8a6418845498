"""One door to every format: a pure function from the documents of a dossier to bytes."""

from importlib import import_module

from mes_conformity.dossier.documents import Documents
from mes_conformity.reporting.formats import FORMATS
from mes_conformity.reporting.model import Report, draw


def render(documents: Documents, output_format: str, lang: str, **options: str) -> bytes:
    """The report in `output_format` (a key of FORMATS), its words in `lang`; `options` are those of that format.

    Raises InvalidInput where a document is nonsense.
    """
    return project(draw(documents), output_format, lang, **options)


def project(report: Report, output_format: str, lang: str, **options: str) -> bytes:
    """The same, of what is already drawn: for several reports of the same documents."""
    module = import_module(f"mes_conformity.reporting.{FORMATS[output_format].module}")
    drawn: bytes = module.render(report, lang, **options)
    return drawn


def embedded(documents: Documents) -> dict[str, bytes]:
    """The reports that a dossier carries (path → bytes), in French whatever the language of the screen: the bytes of a
    dossier do not depend on who builds it."""
    report = draw(documents)
    return {"report/index.html": project(report, "html", "fr"), "report/junit.xml": project(report, "junit", "fr")}
