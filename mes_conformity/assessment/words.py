"""The words a person may type for a status, in both languages, and the words the program prints."""

import unicodedata
from collections.abc import Mapping

from mes_conformity.assessment.model import STATUSES, Status
from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import Text, both

# The order of the numbered lines: what a person answers most comes first.
NUMBERED: tuple[Status, ...] = ("conform", "partial", "non_conform", "not_applicable", "not_assessed")

_WORDS: Mapping[str, Status] = {
    "1": "conform",
    "conforme": "conform",
    "conform": "conform",
    "compliant": "conform",
    "2": "partial",
    "partiel": "partial",
    "partielle": "partial",
    "partiellement": "partial",
    "partiellement conforme": "partial",
    "partial": "partial",
    "partially compliant": "partial",
    "3": "non_conform",
    "non conforme": "non_conform",
    "non conform": "non_conform",
    "nc": "non_conform",
    "non compliant": "non_conform",
    "4": "not_applicable",
    "non applicable": "not_applicable",
    "not applicable": "not_applicable",
    "na": "not_applicable",
    "n/a": "not_applicable",
    "so": "not_applicable",
    "sans objet": "not_applicable",
    "5": "not_assessed",
    "a evaluer": "not_assessed",
    "not assessed": "not_assessed",
    "to assess": "not_assessed",
}


def folded(text: str) -> str:
    """`text` for comparison: no accents, no case, one space for any dash, underscore or run of spaces."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.replace("_", " ").replace("-", " ").split())


def known_status(text: str) -> Status | None:
    """The status that `text` names in either language, None for anything else."""
    return _WORDS.get(folded(text))


def parse_status(text: str) -> Status:
    """The status that `text` names. Raises UsageError `ANS001`, listing the words."""
    status = known_status(text)
    if status is None:
        raise UsageError("ANS001", both("statut inconnu : « {text} »", text=text), expected=" | ".join(STATUSES))
    return status


def status_name(status: str) -> Text:
    """What is printed for a status."""
    names = {
        "not_assessed": both("à évaluer"),
        "conform": both("conforme"),
        "partial": both("partiellement conforme"),
        "non_conform": both("non conforme"),
        "not_applicable": both("non applicable"),
    }
    return names[status]
