import json
from typing import Any

import pytest
from file_samples import broken, sample
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators.artefact import judge
from mes_conformity.validators.catalogue_sheet import judge_sheet

SOUND: dict[str, Any] = json.loads(sample("catalogue-sheet", "fiche.json"))


def with_(**changes: Any) -> str:
    return json.dumps({**SOUND, **changes})


def test_a_sound_sheet_has_no_fault() -> None:
    assert judge("catalogue-sheet", json.dumps(SOUND).encode()) == []


def test_a_sheet_may_be_written_in_yaml() -> None:
    text = "name: Service\neditorName: Éditeur (fictif)\nstatus: PUBLIE\ncodesRegions: ['11', 84]\n"
    found = judge("catalogue-sheet", text.encode())
    assert {"/status", "/codesRegions/1"} <= {finding.pointer for finding in found}
    assert "/name" not in {finding.pointer for finding in found}


@pytest.mark.parametrize("name", sorted(set(SOUND) - {"id", "webUrl", "androidUrl", "iOsUrl", "codesRegions"}))
def test_a_field_that_is_gone_is_named(name: str) -> None:
    raw = json.dumps({key: value for key, value in SOUND.items() if key != name}).encode()
    found = judge("catalogue-sheet", raw)
    expected = "/urlSynchronisation" if name == "urlSynchronisation" else f"/{name}"
    assert expected in {finding.pointer for finding in found}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"webUrl": "http://exemple.invalid/"}, ["https"]),
        ({"webUrl": "https:///sans-nom"}, ["https"]),
        ({"webUrl": 3}, ["https"]),
        ({"webUrl": "https://[::1"}, ["https"]),
        ({"logo": "http://exemple.invalid/logo.png"}, ["https"]),
        ({"webUrl": None, "androidUrl": None, "iOsUrl": None}, ["support"]),
        ({"androidUrl": "https://play.google.com/store/apps/details?id=un"}, ["android-store"]),
        ({"iOsUrl": "https://apps.apple.com/fr/app/id"}, ["ios-store"]),
        ({"screenshots": [""]}, ["images"]),
        ({"medicalDevice": "non"}, ["indicators"]),
        ({"hasEchangeDonnees": False, "finalities": [], "urlSynchronisation": None}, []),
        ({"finalities": []}, ["purposes"]),
        ({"finalities": [3]}, ["purposes"]),
        ({"thematics": []}, ["thematics"]),
        ({"codesRegions": []}, []),
        ({"codesRegions": [11]}, ["regions"]),
        ({"status": "EN LIGNE"}, ["status"]),
    ],
)
def test_a_wrong_value_breaks_its_rule_and_no_other(changes: dict[str, Any], rules: list[str]) -> None:
    assert broken("catalogue-sheet", with_(**changes)) == rules


@pytest.mark.parametrize("text", ["", "{", "a: [", "a: 1\na: 2\n", "\0"])
def test_what_cannot_be_read_is_told(text: str) -> None:
    rules = [finding.rule for finding in judge("catalogue-sheet", text.encode())]
    assert rules in (["artefact/readable"], ["catalogue-sheet/document"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(SOUND)), inner, max_size=4),
    max_leaves=12,
)


@given(data=JSON)
def test_any_data_is_judged_without_raising(data: Any) -> None:
    assert isinstance(judge_sheet(data), list)


@given(name=st.sampled_from(sorted(SOUND)), value=JSON)
def test_any_value_of_a_field_is_judged_without_raising(name: str, value: Any) -> None:
    assert isinstance(judge_sheet({**SOUND, name: value}), list)
