"""Opening a dossier that came from elsewhere: verified before anything in it is read."""

from pathlib import Path

from mes_conformity.dossier.names import HINT
from mes_conformity.dossier.verify import Dossier, verify
from mes_conformity.foundation.errors import InvalidInput, Location


def read(path: Path) -> Dossier:
    """The dossier at `path`, only if it is intact and can be understood.

    Raises InvalidInput: `STO002`/`STO004` (no such file, too big), else the code of the first thing found (`DOS…`,
    `JSN…`, `YAM…`, `SCH…`).
    """
    result = verify(path)
    if result.dossier is not None:
        _ = result.dossier.documents
        return result.dossier
    first = result.findings[0]
    raise InvalidInput(
        first.code,
        first.message,
        location=Location(f"{path} : {first.path}" if first.path else str(path)),
        expected=first.expected,
        obtained=first.obtained,
        hint=HINT,
    )
