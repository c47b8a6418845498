"""The settings of a person (schema settings-1): a file of their own, or the one given to --config.

An option wins over --config, --config over the environment, the environment over the file of the person.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAME = "settings.yaml"


def own(variables: Mapping[str, str]) -> Path | None:
    """Where the settings of this person stand, whether or not the file exists (XDG Base Directory 0.8; `APPDATA` on
    Windows); None where nothing says where."""
    for variable, below in (("XDG_CONFIG_HOME", ""), ("APPDATA", ""), ("HOME", ".config")):
        folder = Path(variables.get(variable, ""))
        if folder.is_absolute():
            return folder / below / "mes-conformity" / NAME
    return None


def read(path: Path, name: str) -> dict[str, Any]:
    """The settings in a file, as fields of Context. Raises InvalidInput `STO002`, `YAM…` or `SCH001`."""
    from mes_conformity.foundation import schemas, yaml_documents

    document = yaml_documents.read(path, name=name)
    schemas.require(document, "settings-1")
    return {"settings": path, **{key: value for key, value in document.data.items() if key != "schema_version"}}
