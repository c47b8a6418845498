"""The table is what the library says; types are found by name."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from mes_conformity.validators.fhir_tables import elements, is_resource

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(importlib.util.find_spec("fhir") is None, reason="fhir.resources is not installed")
def test_the_table_is_what_the_library_says() -> None:
    command = [sys.executable, "-W", "ignore", ROOT / ".ci" / "fhir_structures.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_element_says_its_type_whether_it_repeats_and_is_mandatory() -> None:
    content = elements("DocumentReference")["content"]
    assert (content.kind, content.repeated, content.mandatory, content.primitive) == (
        "DocumentReferenceContent", True, True, False,
    )  # fmt: skip
    status = elements("Slot")["status"]
    assert (status.kind, status.repeated, status.mandatory, status.primitive) == ("code", False, True, True)


def test_every_type_of_the_table_is_in_it() -> None:
    wanted = ["Appointment", "Element"]
    seen: set[str] = set()
    while wanted:
        kind = wanted.pop()
        if kind not in seen and kind != "Resource":
            seen.add(kind)
            wanted += [element.kind for element in elements(kind).values() if not element.primitive]
    assert len(seen) > 40


@pytest.mark.parametrize(
    ("kind", "found"), [("Slot", True), ("Period", False), ("Composition", False), (None, False), ([], False)]
)
def test_resources_are_known_by_name(kind: object, found: bool) -> None:
    assert is_resource(kind) is found
