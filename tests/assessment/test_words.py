"""Words of both languages."""

import pytest

from mes_conformity.assessment.words import NUMBERED, known_status, parse_status, status_name
from mes_conformity.foundation.errors import UsageError


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("1", "conform"),
        ("Conforme", "conform"),
        ("partiellement conforme", "partial"),
        ("NON-CONFORME", "non_conform"),
        ("non_conform", "non_conform"),
        ("n/a", "not_applicable"),
        ("non applicable", "not_applicable"),
        ("à évaluer", "not_assessed"),
        ("not assessed", "not_assessed"),
        ("5", "not_assessed"),
    ],
)
def test_every_way_to_say_a_status(text: str, status: str) -> None:
    assert parse_status(text) == status


def test_every_status_can_be_typed_as_it_is_printed() -> None:
    for status in NUMBERED:
        for text in status_name(status).values():
            assert known_status(text) == status


def test_any_other_word_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        parse_status("peut-être")
    assert caught.value.code == "ANS001"
