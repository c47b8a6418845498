"""Where shipped data stands."""

from pathlib import Path

import pytest

from mes_conformity.foundation import resources


@pytest.mark.parametrize("name", ["requirements_catalogue", "test_suites", "reports", "examples"])
def test_a_checkout_serves_its_own_folders(name: resources.Folder) -> None:
    assert resources.root(name).is_dir()


def test_a_wheel_serves_what_it_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_data" / "examples").mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert resources.root("examples") == tmp_path / "_data" / "examples"
