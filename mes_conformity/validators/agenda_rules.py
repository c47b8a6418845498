"""The rules of an appointment, each with its title, its remedy, where it was read and what that source is worth."""

from collections.abc import Mapping
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import RuleInfo


def _fhir(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, f"HL7 FHIR R4, {section}", "published")


RULES: Final[Mapping[str, RuleInfo]] = {
    "agenda/resource": _fhir(
        "Appointment",
        both("la ressource est un rendez-vous"),
        both("envoyez une ressource Appointment"),
    ),
    "agenda/elements": _fhir(
        "Appointment (cardinalities); ans.fhir.fr.gap 3.0.0, profiles",
        both("les éléments obligatoires du rendez-vous sont là, sans répétition ni élément interdit"),
        both("complétez l'élément nommé, ou retirez-le s'il n'a pas sa place"),
    ),
    "agenda/structure": _fhir(
        "§2.6.2",
        both("les éléments du rendez-vous ont la forme que FHIR leur donne en JSON"),
        both("écrivez une liste [ ] là où FHIR permet plusieurs valeurs, une seule valeur ailleurs"),
    ),
    "agenda/fixed": _fhir(
        "AppointmentStatus, ParticipationStatus",
        both("le statut du rendez-vous et celui de chaque participant sont ceux de FHIR R4"),
        both("reprenez l'un des statuts attendus"),
    ),
    "agenda/app-1": _fhir(
        "Appointment, invariant app-1",
        both("chaque participant a un rôle (type) ou une identité (actor)"),
        both("remplissez participant.actor, ou participant.type"),
    ),
    "agenda/app-2": _fhir(
        "Appointment, invariant app-2",
        both("le début et la fin sont donnés ensemble, ou pas du tout"),
        both("complétez start et end"),
    ),
    "agenda/app-3": _fhir(
        "Appointment, invariant app-3",
        both("un rendez-vous sans horaire est proposé, annulé ou en liste d'attente"),
        both("donnez start et end, ou corrigez le statut"),
    ),
    "agenda/app-4": _fhir(
        "Appointment, invariant app-4",
        both("un motif d'annulation n'accompagne qu'un rendez-vous annulé ou manqué"),
        both("retirez cancelationReason, ou corrigez le statut"),
    ),
    "agenda/times": _fhir(
        "§2.24.0.1 (instant)",
        both("les horaires sont complets, avec un décalage horaire, et la fin suit le début"),
        both("écrivez par exemple 2026-11-22T08:30:00+01:00"),
    ),
    "agenda/identifier": RuleInfo(
        both("le rendez-vous porte un identifiant stable"),
        both("remplissez identifier : system et value de votre service ; il sert à modifier et à annuler"),
        "ans.fhir.fr.gap 3.0.0, flux 6b",
        "published",
    ),
    "agenda/patient": RuleInfo(
        both("le titulaire est l'un des participants"),
        both("ajoutez un participant dont actor désigne le titulaire (AssignAuth et idPe)"),
        "Measures API 1.5.2, §2.2.8, taken for appointments",
        "assumption",
    ),
}
"""The rules of appointments by id. A finding names one of them."""
