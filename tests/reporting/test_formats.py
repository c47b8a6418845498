from importlib import import_module
from pathlib import Path

import pytest

from mes_conformity.reporting.formats import FORMATS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", FORMATS)
def test_a_module_draws_each(name: str) -> None:
    assert callable(import_module(f"mes_conformity.reporting.{FORMATS[name].module}").render)


@pytest.mark.parametrize("name", FORMATS)
def test_the_page_names_each(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "reports" / "sample").iterdir()), ids=lambda path: path.name)
def test_the_sample_names_each_of_its_files(path: Path) -> None:
    page = (ROOT / "reports" / "sample" / "README.md").read_text(encoding="utf-8")
    assert path.name == "README.md" or f"`{path.name}`" in page
