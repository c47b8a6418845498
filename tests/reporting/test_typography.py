import pytest

from mes_conformity.reporting.typography import bound


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("le mode « dernière » rend", "le mode «_dernière_» rend"),
        ("POST ; rejouez : 27 !", "POST_; rejouez_: 27_!"),
        ("(« a »).", "(«_a_»)."),
        ("a ? b :c", "a_? b :c"),
        ("https://a/b?c GET :8443", "https://a/b?c GET :8443"),
        ("expected: 1", "expected: 1"),
    ],
)
def test_a_sign_stays_with_its_word(text: str, expected: str) -> None:
    assert bound(text, "_") == expected
