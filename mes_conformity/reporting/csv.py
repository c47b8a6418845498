"""One CSV line per case (RFC 4180), UTF-8 with a byte order mark: without it spreadsheets misread accents.

A text that a spreadsheet would run as a formula carries an apostrophe before it; so does one that already looks so, so
that `unguarded` gives it back.
"""

import csv
import io
from typing import Any

from mes_conformity.foundation.i18n import using
from mes_conformity.reporting import tables
from mes_conformity.reporting.model import Report


def render(report: Report, lang: str) -> bytes:
    """The cases, one a line, texts in `lang`; column names never change."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(tables.CASES)
    with using(lang):
        writer.writerows([_cell(value) for value in row] for row in tables.cases(report))
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return tables.cell(value)
    return "" if value is None else value
