"""The rules of a measure, each with its title, its remedy, where it was read and what that source is worth."""

from collections.abc import Mapping
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import RuleInfo

_API = "API Mesures 1.5.2 (21/07/2023), {}"
_GUIDE = "ans.fhir.fr.mesures 3.1.0, {}"


def _api(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, _API.format(section), "republished")


def _guide(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, _GUIDE.format(section), "published")


def _fhir(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, f"HL7 FHIR R4, {section}", "published")


_BUNDLE: Final = {
    "measures/bundle": _api(
        "§2.2",
        both("le corps de l'écriture est un Bundle FHIR"),
        both("envoyez la mesure dans une ressource Bundle (resourceType)"),
    ),
    "measures/resource": _api(
        "§2.2.1",
        both("la ressource est du type attendu"),
        both("vérifiez resourceType"),
    ),
    "measures/transaction": _api(
        "§2.2.2",
        both("le Bundle est une transaction"),
        both("écrivez « transaction » dans Bundle.type"),
    ),
    "measures/one-observation": _api(
        "§2.2.1 and §2.2.8",
        both("le Bundle contient une Observation, et une seule"),
        both("envoyez un Bundle par mesure, avec son Observation"),
    ),
    "measures/one-device": _api(
        "§2.2.1",
        both("le Bundle contient au plus un Device"),
        both("ne gardez que le Device qui a pris la mesure"),
    ),
    "measures/accepted-resources": _api(
        "§2.2.8",
        both("le Bundle ne contient que des ressources Observation ou Device, par POST"),
        both("retirez les autres ressources et les autres méthodes"),
    ),
    "measures/request": _api(
        "§2.2.2",
        both("chaque entrée porte sa requête : POST, vers le type de la ressource"),
        both("complétez request.method (POST) et request.url (Observation ou Device)"),
    ),
    "measures/full-url": _api(
        "§2.2.2",
        both("l'entrée de l'Observation a un fullUrl"),
        both("ajoutez fullUrl, par exemple urn:uuid: suivi d'un UUID"),
    ),
}

_OBSERVATION: Final = {
    "measures/observation-profile": _api(
        "§2.2.5 and §2.2.8",
        both("l'Observation dit son profil"),
        both("ajoutez dans meta.profile l'adresse canonique du profil de la mesure"),
    ),
    "measures/profile-known": _api(
        "§2.1.1",
        both("le profil est l'un de ceux des mesures de Mon espace santé"),
        both("reprenez l'adresse canonique du tableau des profils de l'API"),
    ),
    "measures/profile-current": _api(
        "§2.1.1",
        both("le profil est de la génération demandée par l'API"),
        both("remplacez l'ancienne adresse canonique par celle du tableau des profils"),
    ),
    "measures/code": _guide(
        "code (profiles); API Mesures 1.5.2, §2.3.1.1",
        both("le code est celui d'une mesure de l'API, dans son système"),
        both("reprenez le code et le système (http://loinc.org pour LOINC) de la mesure"),
    ),
    "measures/code-profile": _guide(
        "code (fixed in each profile)",
        both("le profil et le code sont ceux de la même mesure"),
        both("accordez meta.profile et code.coding"),
    ),
    "measures/bmi": _api(
        "§2.2.8",
        both("le service n'écrit pas d'IMC"),
        both("n'envoyez que le poids et la taille : Mon espace santé calcule l'IMC"),
    ),
    "measures/status": _fhir(
        "Observation.status (1..1, observation-status)",
        both("le statut est un statut d'Observation"),
        both("écrivez « final » pour une mesure terminée"),
    ),
    "measures/category": _guide(
        "category, slice VSCat (1..1)",
        both("la catégorie est « vital-signs »"),
        both("ajoutez la catégorie vital-signs du système observation-category"),
    ),
    "measures/subject": _api(
        "§2.2.8",
        both("le sujet est identifié par AssignAuth et idPe"),
        both("remplissez subject.identifier : system = OID AssignAuth, value = idPe"),
    ),
    "measures/subject-authority": _api(
        "§2.3.1.1 (AssignAuth)",
        both("l'autorité de l'identifiant du sujet est l'OID AssignAuth"),
        both("reprenez l'OID AssignAuth reçu à l'appariement"),
    ),
    "measures/subject-not-ins": _api(
        "§2.2.8 (OID and idPe)",
        both("le sujet n'est jamais désigné par l'INS"),
        both("remplacez l'INS par l'idPe reçu à l'appariement"),
    ),
    "measures/effective": _fhir(
        "dateTime, and invariant vs-1 of vital signs; API Mesures 1.5.2, §2.1.1",
        both("la date de la mesure est précise au jour, avec un décalage horaire quand l'heure est donnée"),
        both("remplissez effectiveDateTime, par exemple 2026-11-22T08:30:00+01:00"),
    ),
    "measures/source": _api(
        "§2.2.4",
        both("meta.source, s'il est donné, est sous l'OID de la solution"),
        both("écrivez urn:oid: suivi de l'OID de la solution ou d'un sous-OID, ou retirez meta.source"),
    ),
}

_VALUE: Final = {
    "measures/value": _api(
        "§2.2.8",
        both("la mesure a une valeur numérique"),
        both("remplissez valueQuantity.value avec un nombre"),
    ),
    "measures/unit": _guide(
        "valueQuantity (profiles)",
        both("l'unité est celle de la mesure, en UCUM"),
        both("remplissez unit, system (http://unitsofmeasure.org) et code de la quantité"),
    ),
    "measures/pain-unit": _guide(
        "MESObservationPainSeverity, valueQuantity",
        both("la douleur est un niveau (code 1, unité Level)"),
        both("écrivez code « 1 » et unit « Level »"),
    ),
    "measures/steps-unit": _guide(
        "MESObservationStepsByDay, valueQuantity",
        both("les pas sont comptés par jour (code 1/(24.h), unité steps/day)"),
        both("écrivez code « 1/(24.h) » et unit « steps/day »"),
    ),
    "measures/blood-pressure": _api(
        "§2.2.7.1",
        both("la pression artérielle a ses deux composants, et pas de value[x]"),
        both("donnez les composants 8480-6 et 8462-4, et retirez value[x]"),
    ),
    "measures/data-absent": _fhir(
        "Observation, invariant obs-6",
        both("une mesure valuée n'a pas de motif d'absence"),
        both("retirez dataAbsentReason"),
    ),
    "measures/glucose-moment": _api(
        "§2.2.6",
        both("le moment de la mesure est donné quand la glycémie le demande, et alors seulement"),
        both("ajoutez ou retirez l'extension mesures-moment-of-measurement selon le type de glycémie"),
    ),
    "measures/glucose-days": _api(
        "§2.2.6",
        both("le nombre de jours est donné quand la glycémie le demande, et alors seulement"),
        both("ajoutez ou retirez l'extension mesures-number-of-days selon le type de glycémie"),
    ),
    "measures/glucose-values": RuleInfo(
        both("le moment et le nombre de jours sont pris dans les listes publiées"),
        both("reprenez un code des jeux de valeurs JDV_J157 et JDV_J164"),
        "JDV_J157-MomentGlucose-ENS, JDV_J164-GlucoseNumberOfDays-ENS",
        "published",
    ),
    "measures/extension-once": _guide(
        "extensions (0..1 each)",
        both("chaque extension est présente une fois au plus"),
        both("ne gardez qu'une extension de chaque sorte"),
    ),
    "measures/extension-current": _api(
        "§2.1.1, extensions",
        both("les extensions portent leur adresse actuelle"),
        both("remplacez l'ancienne adresse ENS_… par celle du guide de l'ANS"),
    ),
}

_DEVICE: Final = {
    "measures/if-none-exist": _api(
        "§2.2.2.1 and §2.2.8",
        both("la création du Device est conditionnelle (ifNoneExist)"),
        both("ajoutez request.ifNoneExist : identifier=urn:oid:<OID>|<identifiant>"),
    ),
    "measures/if-none-exist-identifier": _api(
        "§2.2.2.1",
        both("ifNoneExist désigne un identifiant du Device envoyé"),
        both("reprenez dans ifNoneExist le système et la valeur de Device.identifier"),
    ),
    "measures/device-reference": _api(
        "§2.2.3 and §2.2.8",
        both("l'Observation désigne le Device du Bundle qui l'a prise"),
        both("écrivez dans device.reference « Device/ » suivi de Device.id"),
    ),
    "measures/device-id": _api(
        "§2.2.3",
        both("l'identifiant du Device est un UUID seul"),
        both("écrivez un UUID dans Device.id, sans préfixe"),
    ),
    "measures/device-profile": _api(
        "§2.1.2, §2.2.5 and §2.2.8",
        both("le Device dit le profil PhdDevice"),
        both("ajoutez dans meta.profile l'adresse canonique de PhdDevice"),
    ),
    "measures/device-identifier": _api(
        "§2.1.2; hl7.fhir.uv.phd 1.0.0, PhdDevice",
        both("le Device a un identifiant système (SYSID) sous un OID"),
        both("remplissez identifier : type SYSID, system urn:oid:…, value"),
    ),
    "measures/device-oid": _api(
        "§2.2.2.1",
        both("l'OID du Device est un sous-OID de la solution"),
        both("identifiez les appareils sous un sous-OID de la solution"),
    ),
    "measures/device-type": _api(
        "§2.1.2, device codes",
        both("le type du Device est 65573 (Personal Health Device)"),
        both("écrivez le code 65573 du système urn:iso:std:iso:11073:10101"),
    ),
    "measures/device-specialization": _api(
        "§2.1.2, MDC codes",
        both("la spécialisation du Device est un code MDC"),
        both("écrivez 8 × 65536 + le terme MDC, par exemple 528399 pour une balance"),
    ),
}

RULES: Final[Mapping[str, RuleInfo]] = {**_BUNDLE, **_OBSERVATION, **_VALUE, **_DEVICE}
"""The rules of measures by id. A finding names one of them."""
