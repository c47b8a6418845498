"""The rules of an iCalendar file, each with its title, its remedy and where it was read."""

from collections.abc import Mapping
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import RuleInfo


def _rfc(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, f"RFC 5545, {section}", "published")


RULES: Final[Mapping[str, RuleInfo]] = {
    "icalendar/calendar": _rfc(
        "§3.4, §3.6, §3.7.3 and §3.7.4",
        both("le fichier contient un seul VCALENDAR, avec VERSION:2.0 et PRODID"),
        both("écrivez un seul BEGIN:VCALENDAR, suivi de VERSION:2.0 et du PRODID de votre produit"),
    ),
    "icalendar/event": _rfc(
        "§3.6 and §3.6.1",
        both("le calendrier porte au moins un rendez-vous (VEVENT)"),
        both("écrivez chaque rendez-vous dans un VEVENT"),
    ),
    "icalendar/uid": _rfc(
        "§3.6.1 and §3.8.4.7",
        both("chaque rendez-vous a un UID, et un seul rendez-vous le porte"),
        both("donnez à chaque rendez-vous un UID stable et unique : il devient Appointment.identifier"),
    ),
    "icalendar/stamp": _rfc(
        "§3.6.1 and §3.8.7.2",
        both("chaque rendez-vous a un DTSTAMP, en temps universel"),
        both("écrivez DTSTAMP:AAAAMMJJThhmmssZ"),
    ),
    "icalendar/start": _rfc(
        "§3.6.1 and §3.8.2.4",
        both("chaque rendez-vous a un début (DTSTART)"),
        both("écrivez DTSTART, avec la date et l'heure du rendez-vous"),
    ),
    "icalendar/zone": RuleInfo(
        both("chaque heure dit son fuseau : temps universel (Z) ou TZID"),
        both("ajoutez Z à l'heure, ou le paramètre TZID=Europe/Paris et son VTIMEZONE"),
        "RFC 5545, §3.3.5; ans.fhir.fr.gap 3.0.0, DTSTART → Appointment.start (instant)",
        "published",
    ),
    "icalendar/timezone": _rfc(
        "§3.2.19 and §3.6.5",
        both("chaque TZID employé est décrit par un VTIMEZONE du fichier"),
        both("joignez le VTIMEZONE de ce fuseau, ou écrivez l'heure en temps universel"),
    ),
    "icalendar/end": _rfc(
        "§3.6.1, §3.8.2.2 and §3.8.2.5",
        both("la fin (DTEND) suit le début, ou une durée (DURATION) la remplace, jamais les deux"),
        both("gardez DTEND, postérieur à DTSTART et du même type, ou DURATION"),
    ),
    "icalendar/status": _rfc(
        "§3.8.1.11",
        both("le statut du rendez-vous est TENTATIVE, CONFIRMED ou CANCELLED"),
        both("écrivez l'un des trois statuts : il devient le statut de l'Appointment"),
    ),
    "icalendar/values": _rfc(
        "§3.1 and §3.3",
        both("chaque propriété se lit selon son type"),
        both("corrigez la valeur nommée : date AAAAMMJJ, date et heure AAAAMMJJThhmmss, durée PT30M"),
    ),
    "icalendar/occurrences": _rfc(
        "§3.6.1",
        both("ce qui ne peut être écrit qu'une fois ne l'est qu'une fois"),
        both("gardez une seule propriété de ce nom dans le rendez-vous"),
    ),
    "icalendar/lines": _rfc(
        "§3.1",
        both("les lignes finissent par CR LF et ne dépassent pas 75 octets"),
        both("terminez chaque ligne par CR LF, et pliez au-delà de 75 octets"),
    ),
}
"""The rules of iCalendar files by id. A finding names one of them."""
