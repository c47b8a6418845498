"""The reports that pipelines read, of 10,000 cases, against `json.dumps` of the same data."""

import json
from collections.abc import Iterator

from benchmarks.measuring import Row, best
from benchmarks.reports import files

CASES = 10_000
# JUnit is what every pipeline writes. The others are laid out for the eye, which the standard library does slowly.
TARGETS = {"junit": 20.0, "json": 20.0, "csv": 20.0, "sarif": 20.0, "ctrf": 40.0, "testreport": 20.0, "oscal": 40.0}


def measure() -> Iterator[Row]:
    """In this process: from the documents to the bytes, the view drawn again each time."""
    from mes_conformity.dossier import documents
    from mes_conformity.reporting.render import render

    held = documents.read(files(CASES, 0))
    data = held.run
    dumped = best(lambda: json.dumps(data))
    for name, target in TARGETS.items():
        drawn = best(lambda name=name: render(held, name, "fr"), 3)  # type: ignore[misc]
        yield Row(f"{name} of {CASES} cases / json.dumps", drawn, dumped, target)
