"""One door to every format: a pure function from the documents of a dossier to bytes."""

from typing import Literal

from mes_conformity.dossier.documents import Documents
from mes_conformity.reporting.model import draw

Format = Literal["html", "junit", "json", "csv"]
FORMATS: tuple[Format, ...] = ("html", "junit", "json", "csv")


def render(documents: Documents, output_format: Format, lang: str) -> bytes:
    """The report in `output_format`, its words in `lang`. Raises InvalidInput where a document is nonsense."""
    report = draw(documents)
    if output_format == "html":
        from mes_conformity.reporting import html

        return html.render(report, lang)
    if output_format == "junit":
        from mes_conformity.reporting import junit

        return junit.render(report, lang)
    from mes_conformity.reporting import tables

    return tables.render_json(report) if output_format == "json" else tables.render_csv(report, lang)


def embedded(documents: Documents) -> dict[str, bytes]:
    """The reports that a dossier carries (path → bytes), in French whatever the language of the screen: the bytes of a
    dossier do not depend on who builds it."""
    return {
        "report/index.html": render(documents, "html", "fr"),
        "report/junit.xml": render(documents, "junit", "fr"),
    }
