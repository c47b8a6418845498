"""The rules of an identity, each with its title, its remedy, where it was read and what that source is worth."""

from collections.abc import Mapping
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import RuleInfo


def _core(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, f"HL7 France FR Core, {section}", "published")


RULES: Final[Mapping[str, RuleInfo]] = {
    "identity/resource": RuleInfo(
        both("la ressource est un Patient"),
        both("envoyez une ressource Patient"),
        "HL7 FHIR R4, Patient",
        "published",
    ),
    "identity/production": RuleInfo(
        both("l'artefact ne porte aucune identité réelle"),
        both("n'employez que des identités de test (OID 1.2.250.1.213.1.4.10 ou .11)"),
        "Référentiel INS, annexes (OID of production: 1.2.250.1.213.1.4.8 and .9)",
        "published",
    ),
    "identity/ins-oid": _core(
        "fr-core-patient-ins, identifier (system, type)",
        both("l'autorité d'une INS est connue, et s'accorde avec son type"),
        both("écrivez l'OID et le type qui vont ensemble : .10 avec INS-NIR-TEST, .11 avec INS-NIR-DEMO"),
    ),
    "identity/ins-c": _core(
        "fr-core-patient, identifier INS-C",
        both("un INS-C n'est pas présenté comme une INS"),
        both("gardez l'INS-C avec use secondary, ou retirez-le"),
    ),
    "identity/ins-format": RuleInfo(
        both("le matricule INS a 15 caractères : 13 et une clé de 2"),
        both("écrivez les 13 caractères et la clé, sans espace"),
        "Référentiel INS, annexes; INSEE, structure of the NIR",
        "published",
    ),
    "identity/ins-key": RuleInfo(
        both("la clé du matricule INS est juste"),
        both("recopiez le matricule tel que le téléservice INSi l'a donné ; Corse : 2A compte 19, 2B compte 18"),
        "Référentiel INS, annexes (key 97 − n mod 97)",
        "published",
    ),
    "identity/ins-use": _core(
        "fr-core-patient-ins, identifier.use",
        both("l'usage (use) d'une INS est celui de son type"),
        both("écrivez use official, ou old pour une INS désactivée"),
    ),
    "identity/qualified": _core(
        "fr-core-patient-ins, identityReliability; fr-core-1, fr-core-2",
        both("une INS ne voyage qu'avec une identité qualifiée, et une identité qualifiée a une INS, et une seule"),
        both("donnez identityReliability (VALI ou QUAL) avec une seule INS official ; sinon retirez l'INS"),
    ),
    "identity/birth-name": _core(
        "fr-core-patient-ins, name (official).family",
        both("le nom de naissance accompagne l'INS"),
        both("ajoutez un name, use official, avec family"),
    ),
    "identity/given-name": _core(
        "fr-core-patient-ins, name (official).given",
        both("le premier prénom de naissance accompagne l'INS"),
        both("écrivez dans le name official un given, et un seul"),
    ),
    "identity/given-names": _core(
        "fr-core-patient-ins, name (official), birth-list-given-name",
        both("la liste des prénoms de naissance accompagne l'INS"),
        both("ajoutez au name official l'extension birth-list-given-name"),
    ),
    "identity/gender": _core(
        "fr-core-patient-ins, gender",
        both("le sexe accompagne l'INS"),
        both("écrivez gender : male, female ou unknown"),
    ),
    "identity/birth-date": _core(
        "fr-core-patient-ins, birthDate",
        both("la date de naissance accompagne l'INS, et existe"),
        both("écrivez birthDate, par exemple 1979-03-28"),
    ),
    "identity/birth-place": _core(
        "fr-core-patient-ins, birthPlace, inseeCode",
        both("le lieu de naissance (code INSEE) accompagne l'INS"),
        both("ajoutez l'extension patient-birthPlace avec le code INSEE de la commune ou du pays"),
    ),
    "identity/agreement": RuleInfo(
        both("le sexe et la naissance s'accordent avec le matricule"),
        both("vérifiez que le matricule est bien celui de cette personne"),
        "INSEE, structure of the NIR (sex, year, month)",
        "assumption",
    ),
    "identity/professional": RuleInfo(
        both("le numéro d'un professionnel a la forme de son système"),
        both("écrivez le RPPS en 11 chiffres, ou 8 suivi du RPPS sous l'OID 1.2.250.1.71.4.2.1"),
        "ansforge SAS test kit (IDNPS = 8 + RPPS); samples of the ANS",
        "published",
    ),
    "identity/structure": RuleInfo(
        both("le numéro d'une structure a la forme de son système"),
        both("écrivez le préfixe (1 FINESS, 2 SIREN, 3 SIRET) puis le numéro sous l'OID 1.2.250.1.71.4.2.2"),
        "ans.fhir.fr.pdsm4dmp 0.1.0 (prefixes of IDNST)",
        "draft",
    ),
    "identity/number-key": RuleInfo(
        both("la clé d'un numéro RPPS, SIREN ou SIRET est juste"),
        both("vérifiez le numéro dans l'annuaire ; les exemples publiés ont souvent une clé fausse"),
        "ISO/IEC 7812-1, annex B (Luhn)",
        "assumption",
    ),
}
"""The rules of identities by id. A finding names one of them."""
