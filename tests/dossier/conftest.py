"""A sealed dossier, built once."""

import dossier_samples
import pytest


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A dossier written by hand, every outcome in it."""
    return dossier_samples.dossier(tmp_path_factory.mktemp("sealed"))
