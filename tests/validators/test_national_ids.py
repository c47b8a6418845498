"""The keys of national numbers, against vectors computed by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes_conformity.validators.national_ids import birth_of, is_nir_shaped, luhn_holds, nir_key_holds, sex_of


def test_the_key_of_the_patient_of_tests_holds() -> None:
    assert nir_key_holds("2790351215189", "89")


@pytest.mark.parametrize("sample", ["123456789012345", "123456789012244", "170017510112313"])
def test_the_keys_of_samples_of_documentation_are_wrong(sample: str) -> None:
    assert not nir_key_holds(sample[:13], sample[13:])


@pytest.mark.parametrize(("letters", "digits"), [("2A", "19"), ("2B", "18")])
def test_corsica_counts_as_digits_before_the_key(letters: str, digits: str) -> None:
    key = f"{97 - int(f'19901{digits}999999') % 97:02}"
    assert nir_key_holds(f"19901{letters}999999", key)
    assert is_nir_shaped(f"19901{letters}999999{key}")


@given(st.integers(min_value=0, max_value=10**13 - 1))
def test_one_key_holds_for_each_number(number: int) -> None:
    holding = [key for key in range(100) if nir_key_holds(f"{number:013}", f"{key:02}")]
    assert holding == [97 - number % 97]


@pytest.mark.parametrize(
    "written", ["", "2790351215189", "2 79 03 51 215 189 89", "579035121518989", "2790351215189AB", "27903512151898９"]
)
def test_other_forms_are_no_matricule(written: str) -> None:
    assert not is_nir_shaped(written)


@pytest.mark.parametrize(("first", "sex"), [("1", "male"), ("7", "male"), ("2", "female"), ("8", "female")])
def test_the_first_digit_says_the_sex(first: str, sex: str) -> None:
    assert sex_of(f"{first}79035121518989") == sex


def test_a_month_that_was_not_known_says_nothing() -> None:
    assert birth_of("279035121518989") == ("79", "03")
    assert birth_of("279305121518989") == ("79", None)


@pytest.mark.parametrize(
    ("digits", "holds"), [("79927398713", True), ("79927398710", False), ("", False), ("a", False)]
)
def test_the_key_of_luhn(digits: str, holds: bool) -> None:
    assert luhn_holds(digits) is holds


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_one_last_digit_completes_a_number(digits: str) -> None:
    assert sum(luhn_holds(digits + last) for last in "0123456789") == 1
