"""The rules of the header of a CDA document, each with its title, its remedy, and where it was read."""

from collections.abc import Mapping
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import RuleInfo

_MINIMAL: Final = "CI-SIS, structuration minimale (1.2.250.1.213.1.1.1.1, 13/12/2017), {}"


def _rule(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, _MINIMAL.format(section), "published")


RULES: Final[Mapping[str, RuleInfo]] = {
    "cda/root": _rule(
        "ClinicalDocument",
        both("le document est un ClinicalDocument de l'espace de noms urn:hl7-org:v3"),
        both('écrivez <ClinicalDocument xmlns="urn:hl7-org:v3">, sans changer classCode ni moodCode'),
    ),
    "cda/realm": _rule(
        "realmCode", both("le domaine est la France"), both('écrivez <realmCode code="FR"/>, une seule fois')
    ),
    "cda/type-id": _rule(
        "typeId",
        both("le document se dit CDA R2"),
        both('écrivez <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'),
    ),
    "cda/template-hl7-france": _rule(
        "templateId",
        both("le document se dit conforme à HL7 France"),
        both('ajoutez <templateId root="2.16.840.1.113883.2.8.2.1"/>, une seule fois'),
    ),
    "cda/template-ci-sis": _rule(
        "templateId",
        both("le document se dit conforme au CI-SIS"),
        both('ajoutez <templateId root="1.2.250.1.213.1.1.1.1"/>, une seule fois'),
    ),
    "cda/template-model": _rule(
        "templateId",
        both("le document nomme son modèle"),
        both("ajoutez le templateId du modèle de document, en plus de ceux de HL7 France et du CI-SIS"),
    ),
    "cda/unstructured": _rule(
        "nonXMLBody",
        both("un corps non structuré déclare son modèle"),
        both('ajoutez <templateId root="1.3.6.1.4.1.19376.1.2.20"/>'),
    ),
    "cda/body": _rule(
        "component",
        both("le document a un corps, structuré ou non"),
        both("ajoutez component, avec structuredBody ou nonXMLBody"),
    ),
    "cda/id": _rule("id", both("le document a un identifiant"), both('écrivez <id root="OID ou UUID"/>, une fois')),
    "cda/code": _rule(
        "code",
        both("le type du document est complet"),
        both("écrivez code, displayName et codeSystem"),
    ),
    "cda/code-value": _rule(
        "code (JDV_J07)",
        both("le type du document est pris dans JDV_J07"),
        both("reprenez un code de JDV_J07, avec son codeSystem"),
    ),
    "cda/title": _rule("title", both("le document a un titre"), both("écrivez title")),
    "cda/effective-time": _rule(
        "effectiveTime",
        both("le document a une date de création"),
        both('écrivez <effectiveTime value="AAAAMMJJhhmmss+hhmm"/>'),
    ),
    "cda/confidentiality": _rule(
        "confidentialityCode",
        both("le document dit sa confidentialité"),
        both("écrivez confidentialityCode, avec code et codeSystem (N pour normal)"),
    ),
    "cda/language": _rule(
        "languageCode", both("le document dit sa langue"), both('écrivez <languageCode code="fr-FR"/>')
    ),
    "cda/set-id": _rule(
        "setId",
        both("le document a l'identifiant commun à ses versions"),
        both('écrivez <setId root="…"/>, le même pour toutes les versions du document'),
    ),
    "cda/version-number": _rule(
        "versionNumber", both("le document a un numéro de version"), both('écrivez <versionNumber value="1"/>')
    ),
    "cda/patient": _rule(
        "recordTarget",
        both("le document concerne un patient, et un seul"),
        both("écrivez un recordTarget avec son patientRole"),
    ),
    "cda/patient-id": _rule(
        "recordTarget, id",
        both("chaque identifiant du patient a une autorité et une valeur"),
        both('écrivez <id root="OID" extension="…"/>'),
    ),
    "cda/patient-name": _rule(
        "recordTarget, name",
        both("le patient a un nom et un prénom"),
        both("écrivez name avec family et given"),
    ),
    "cda/patient-gender": _rule(
        "recordTarget, administrativeGenderCode (JDV_J143)",
        both("le sexe du patient est F, M ou UN"),
        both("écrivez administrativeGenderCode, codeSystem 2.16.840.1.113883.5.1"),
    ),
    "cda/patient-birth": _rule(
        "recordTarget, birthTime",
        both("le patient a une date de naissance"),
        both('écrivez <birthTime value="AAAAMMJJ"/>'),
    ),
    "cda/ins-birth-name": _rule(
        "recordTarget, INS traits",
        both("le nom de naissance accompagne l'INS"),
        both('écrivez <family qualifier="BR">'),
    ),
    "cda/ins-given-name": _rule(
        "recordTarget, INS traits",
        both("le premier prénom de naissance accompagne l'INS"),
        both('écrivez <given qualifier="BR">'),
    ),
    "cda/ins-given-names": _rule(
        "recordTarget, INS traits",
        both("la liste des prénoms de naissance accompagne l'INS"),
        both("écrivez aussi <given> sans qualifier, avec tous les prénoms"),
    ),
    "cda/ins-gender": _rule(
        "recordTarget, INS traits",
        both("le sexe accompagne l'INS"),
        both("écrivez administrativeGenderCode avec un code, sans nullFlavor"),
    ),
    "cda/ins-birth-date": _rule(
        "recordTarget, INS traits",
        both("la date de naissance accompagne l'INS"),
        both("écrivez birthTime avec une valeur, sans nullFlavor"),
    ),
    "cda/ins-birth-place": _rule(
        "recordTarget, INS traits (birthplace/place/addr/county)",
        both("le lieu de naissance (code INSEE) accompagne l'INS"),
        both("écrivez birthplace/place/addr/county, le code INSEE de 5 caractères"),
    ),
    "cda/author": _rule("author", both("le document a un auteur"), both("écrivez author avec son assignedAuthor")),
    "cda/author-time": _rule("author, time", both("chaque auteur dit quand il a écrit"), both("écrivez author/time")),
    "cda/author-id": _rule(
        "author, id", both("chaque auteur a un identifiant"), both("écrivez assignedAuthor/id, avec son root")
    ),
    "cda/author-code": _rule(
        "author, code (JDV_J01)",
        both("la profession de l'auteur est prise dans JDV_J01"),
        both("reprenez un code de JDV_J01 ; SNR pour un service référencé"),
    ),
    "cda/author-name": _rule(
        "author",
        both("chaque auteur est une personne nommée ou un système nommé"),
        both("écrivez assignedPerson/name, ou assignedAuthoringDevice avec manufacturerModelName et softwareName"),
    ),
    "cda/custodian": _rule(
        "custodian",
        both("une structure conserve le document"),
        both("écrivez custodian avec l'identifiant de la structure"),
    ),
    "cda/legal-authenticator": _rule(
        "legalAuthenticator",
        both("un responsable est désigné : date, identifiant, nom"),
        both("complétez legalAuthenticator : time, assignedEntity/id, assignedPerson/name/family"),
    ),
    "cda/signature": _rule(
        "legalAuthenticator, signatureCode",
        both("le responsable a signé (S)"),
        both('écrivez <signatureCode code="S"/>'),
    ),
    "cda/documented-act": _rule(
        "documentationOf",
        both("l'acte principal est décrit : début, exécutant et cadre d'exercice"),
        both("écrivez serviceEvent : effectiveTime/low et performer avec standardIndustryClassCode"),
    ),
    "cda/practice-setting": _rule(
        "documentationOf, standardIndustryClassCode (JDV_J04)",
        both("le cadre d'exercice est pris dans JDV_J04"),
        both("reprenez un code de JDV_J04 ; SNR pour un service référencé"),
    ),
    "cda/replacement": _rule(
        "relatedDocument",
        both("un remplacement (RPLC) désigne le document remplacé, et un seul"),
        both("écrivez un relatedDocument, typeCode RPLC, avec parentDocument/id"),
    ),
    "cda/consent": _rule(
        "authorization",
        both("un consentement cité est donné (completed)"),
        both('écrivez consent/statusCode code="completed", ou retirez authorization'),
    ),
    "cda/encounter": _rule(
        "componentOf",
        both("le document dit dans quelle prise en charge il a été produit"),
        both("écrivez componentOf/encompassingEncounter avec effectiveTime"),
    ),
    "cda/encounter-type": _rule(
        "componentOf, code (JDV_J142)",
        both("le type de rencontre est pris dans JDV_J142"),
        both("reprenez un code de JDV_J142 (AMB, IMP, VR…), ou retirez-le"),
    ),
    "cda/facility": _rule(
        "componentOf, healthCareFacility (JDV_J02)",
        both("le secteur d'activité est pris dans JDV_J02"),
        both("reprenez un code de JDV_J02 ; SNR pour un service référencé"),
    ),
    "cda/telecom": _rule(
        "telecom",
        both("chaque coordonnée est une adresse connue, ou un nullFlavor"),
        both("écrivez value (tel:, mailto:…) et use, ou nullFlavor, pas les deux"),
    ),
    "cda/times": RuleInfo(
        both("les dates de l'en-tête existent"),
        both("écrivez AAAAMMJJ ou AAAAMMJJhhmmss+hhmm"),
        "HL7 CDA R2, data type TS",
        "published",
    ),
    "cda/not-checked": RuleInfo(
        both("le schéma (XSD), le corps et le modèle de contenu sont vérifiés ailleurs"),
        both("faites valider le document par l'espace de test de l'ANS (Gazelle)"),
        "mes-conformity",
        "assumption",
    ),
    "cda/codes-unread": RuleInfo(
        both("les jeux de valeurs sont fournis au vérificateur"),
        both("donnez le contrat ci-sis-value-sets à la suite"),
        "mes-conformity",
        "assumption",
    ),
}
"""The rules of CDA headers by id. A finding names one of them."""
