"""One sound artefact of every kind, fictional, as a service would make it: what selfcheck spoils, and what to imitate.

They stand in `test_suites/samples/<kind>/`; the kind is the name of the folder.
"""

from pathlib import Path
from typing import Final

from mes_conformity.foundation.resources import root
from mes_conformity.foundation.storage import read_bytes
from mes_conformity.harness.casework import Artefact
from mes_conformity.harness.engine import Service

SOLUTION_OID: Final = "1.2.840.10004.1.1.1.0.0.1.0.0.1"
"""The solution that the samples speak of: an OID of the example arc of the measures API 1.5.2."""

_LARGEST: Final = 8_000_000


def artefacts(folder: Path | None = None) -> tuple[Artefact, ...]:
    """The samples of a folder (those of the program when None), by kind, then by name."""
    place = folder or root("test_suites") / "samples"
    files = sorted(path for path in place.glob("*/*") if path.is_file())
    return tuple(
        Artefact(f"{path.parent.name}/{path.name}", path.parent.name, read_bytes(path, _LARGEST)) for path in files
    )


def service() -> Service:
    """A fictional service that has them all."""
    return Service("Éditeur fictif", "Service exemple", "1.0.0", "", SOLUTION_OID, {}, artefacts())
