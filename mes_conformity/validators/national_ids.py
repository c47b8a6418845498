"""The numbers of people, professionals and structures, and their keys. The one place where a key is computed."""

import re
from typing import Final

_NIR: Final = re.compile(r"(?P<sex>[1-478])(?P<year>\d{2})(?P<month>\d{2})(?:\d{2}|2[AB])\d{6}(?P<key>\d{2})")
_REAL_MONTHS: Final = range(1, 13)


def nir_key_holds(number: str, key: str) -> bool:
    """Whether `key` (2 digits) is the key of the 13 characters `number`; Corsica 2A counts as 19, 2B as 18.

    Source: Référentiel INS, annexes; INSEE, structure of the NIR (key 97 − n mod 97).
    """
    plain = number.replace("2A", "19").replace("2B", "18")
    return plain.isascii() and plain.isdigit() and 97 - int(plain) % 97 == int(key)


def is_nir_shaped(written: str) -> bool:
    """Whether `written` is 13 characters and a key of 2, whatever the key (15 characters without spaces)."""
    return written.isascii() and _NIR.fullmatch(written) is not None


def sex_of(nir: str) -> str:
    """The sex that a NIR or NIA says: `male` or `female` (1, 3, 7 and 2, 4, 8)."""
    return "male" if nir[0] in "137" else "female"


def birth_of(nir: str) -> tuple[str, str | None]:
    """The year (2 digits) and the month of birth of a NIR; None for a month that was not known (20 and more)."""
    year, month = nir[1:3], nir[3:5]
    return year, month if int(month) in _REAL_MONTHS else None


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is the key of the others (ISO/IEC 7812-1, annex B): RPPS, SIREN, SIRET."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
