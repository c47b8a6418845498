"""Opening a dossier that came from elsewhere: verified before anything in it is read."""

from pathlib import Path

from mes_conformity.dossier.names import HINT
from mes_conformity.dossier.verify import Dossier, Verification, verify, verify_bytes
from mes_conformity.foundation.errors import InvalidInput, Location


def read(path: Path) -> Dossier:
    """The dossier at `path`, only if it is intact and can be understood.

    Raises InvalidInput: `STO002`/`STO004` (no such file, too big), else the code of the first thing found (`DOS…`,
    `JSN…`, `YAM…`, `SCH…`).
    """
    return _understood(verify(path), str(path))


def read_bytes(raw: bytes, name: str) -> Dossier:
    """The same, for a dossier that came as bytes under `name`."""
    return _understood(verify_bytes(raw, name), name)


def _understood(result: Verification, name: str) -> Dossier:
    if result.dossier is not None:
        _ = result.dossier.documents
        return result.dossier
    first = result.findings[0]
    raise InvalidInput(
        first.code,
        first.message,
        location=Location(f"{name} : {first.path}" if first.path else name),
        expected=first.expected,
        obtained=first.obtained,
        hint=HINT,
    )
