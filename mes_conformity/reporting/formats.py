"""The formats a report can take, by the name that is typed. A new one is a module and a line here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Format:
    """`module` of this package draws it: `render(report, lang) -> bytes`. `binary`: no terminal can show it."""

    module: str
    media_type: str
    extension: str
    binary: bool = False


FORMATS: Final[Mapping[str, Format]] = {
    "html": Format("html", "text/html", "html"),
    "pdf": Format("pdf", "application/pdf", "pdf", binary=True),
    "junit": Format("junit", "application/xml", "xml"),
    "json": Format("json", "application/json", "json"),
    "csv": Format("csv", "text/csv", "csv"),
    "xlsx": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", binary=True),
    "sarif": Format("sarif", "application/sarif+json", "sarif"),
    "testreport": Format("testreport", "application/fhir+json", "json"),
    "oscal": Format("oscal", "application/json", "json"),
    "ctrf": Format("ctrf", "application/json", "json"),
}
JUNIT_FLAVOURS: Final = ("strict", "extended")
