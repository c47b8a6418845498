"""Loading and checking the catalogue against the bare parse of the same files."""

from collections.abc import Iterator

import yaml

from benchmarks.measuring import Row, best
from mes_conformity.catalogue.checking import check_catalogue
from mes_conformity.catalogue.loader import load_shipped


def measure() -> Iterator[Row]:
    """Strict YAML, schema and CAT rules together, one process."""
    catalogue = load_shipped()
    texts = [data.decode() for data in catalogue.documents.values()]
    bare = best(lambda: [yaml.load(text, Loader=yaml.CSafeLoader) for text in texts])
    yield Row("load and check the catalogue / CSafeLoader", best(lambda: check_catalogue(load_shipped())), bare, 3)
