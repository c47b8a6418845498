"""FHIR dates and times (HL7 FHIR R4, §2.24.0.1, dateTime)."""

import re
from datetime import date

from mes_conformity.foundation.i18n import Text, both

_PARTS = re.compile(
    r"(?P<date>[0-9]{4}(-[0-9]{2}(?P<day>-[0-9]{2})?)?)"
    r"(T(?P<time>[0-9]{2}:[0-9]{2}(?P<seconds>:[0-9]{2}(\.[0-9]{1,9})?)?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?")
_OFFSET = re.compile(r"Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)")


def fault_of_moment(written: str) -> Text | None:
    """What is wrong with a dateTime that must be precise to the day at least, None when nothing is.

    Sources: HL7 FHIR R4, §2.24.0.1 (with a time, seconds and an offset are compulsory); vital signs invariant vs-1.
    """
    parts = _PARTS.fullmatch(written)
    if parts is None:
        return both("ce n'est pas une date FHIR (AAAA-MM-JJ, ou AAAA-MM-JJThh:mm:ss+hh:mm)")
    if parts["day"] is None:
        return both("la date n'est pas précise au jour")
    if not _exists(parts["date"]):
        return both("cette date n'existe pas dans le calendrier")
    return _fault_of_time(parts) if "T" in written else None


def _fault_of_time(parts: re.Match[str]) -> Text | None:
    if parts["time"] is None or parts["seconds"] is None:
        return both("l'heure est incomplète : hh:mm:ss est attendu")
    if parts["offset"] is None:
        return both("l'heure n'a pas de décalage horaire (Z ou +hh:mm)")
    if not _TIME.fullmatch(parts["time"]) or not _OFFSET.fullmatch(parts["offset"]):
        return both("cette heure n'existe pas")
    return None


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
