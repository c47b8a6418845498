"""The HTML report on paper, by WeasyPrint: an extra that few installations need.

The same report gives the same bytes with the same WeasyPrint and the same fonts: nothing of the day, of the machine or
of the process goes into the file.
"""

import logging
from importlib import import_module
from typing import Any

from mes_conformity.foundation.digests import sha256
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import both
from mes_conformity.reporting import html
from mes_conformity.reporting.model import Report


def require() -> Any:
    """WeasyPrint. Raises UsageError `PDF001` (the extra is not installed), `PDF002` (its system libraries are not)."""
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # it tells every property of the sheet it has not
    try:
        return import_module("weasyprint")
    except ImportError:
        raise UsageError(
            "PDF001",
            both("le PDF demande un complément qui n'est pas installé : WeasyPrint"),
            hint=both("installez `mes-conformity[pdf]`, ou imprimez le rapport HTML depuis un navigateur"),
        ) from None
    except OSError as error:
        raise UsageError(
            "PDF002",
            both("WeasyPrint est installé, mais pas les bibliothèques du système dont il a besoin"),
            obtained=str(error).partition("\n")[0][:200],
            hint=both("installez Pango (Debian : libpango-1.0-0 et libpangoft2-1.0-0), ou imprimez le rapport HTML"),
        ) from None


def render(report: Report, lang: str) -> bytes:
    """The report as a tagged PDF in `lang`. Raises UsageError `PDF001`, `PDF002`."""
    weasyprint = require()
    text = html.page(report, lang, paper=True)
    identifier = sha256(text)[:32].encode()
    paper = weasyprint.HTML(string=text.decode(), url_fetcher=_nothing)
    drawn: bytes = paper.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    return drawn


def _nothing(url: str, *_arguments: Any, **_options: Any) -> Any:
    """The page needs nothing from outside; whatever a dossier makes it ask for is refused."""
    raise ValueError(url)
