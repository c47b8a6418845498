"""The documents of a dossier written by hand, with the shipped catalogue."""

from pathlib import Path

import dossier_samples as samples
import pytest

from mes_conformity.dossier import build, documents
from mes_conformity.reporting.model import Report, draw


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> build.Contents:
    from mes_conformity.catalogue.loader import load_shipped

    root = tmp_path_factory.mktemp("workspace")
    folder = samples.write_workspace(root)
    return build.attest(build.collect(root, folder, load_shipped(), {}), "Android 15")


@pytest.fixture(scope="session")
def report(contents: build.Contents) -> Report:
    return draw(documents.read(contents.files))


@pytest.fixture
def bare(tmp_path: Path) -> Report:
    """A report of tests only: no answers, no catalogue, one case."""
    folder = samples.write_workspace(tmp_path, [samples.entry("A-1", "Une mesure")])
    (tmp_path / "assessment.yaml").unlink()
    return draw(documents.read(build.collect(tmp_path, folder, None, {}).files))
