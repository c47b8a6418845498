"""A sealed dossier, built once."""

from pathlib import Path

import pytest

import dossier_samples


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A dossier written by hand, every outcome in it."""
    return dossier_samples.dossier(tmp_path_factory.mktemp("sealed"))
