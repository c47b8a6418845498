"""Where the data shipped with the program stands: inside the package in a wheel, beside it in a checkout."""

from pathlib import Path
from typing import Literal

Folder = Literal["requirements_catalogue", "test_suites", "reports", "examples"]

_PACKAGE = Path(__file__).resolve().parent.parent


def root(name: Folder) -> Path:
    """The folder `name` of shipped data. An editable install has no `_data`, so the checkout's own folder serves."""
    inside = _PACKAGE / "_data" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
