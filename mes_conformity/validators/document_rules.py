"""The rules of a document, each with its title, its remedy, where it was read and what that source is worth."""

from collections.abc import Mapping
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import RuleInfo

_PDSM = "ans.fhir.fr.pdsm 3.1.1, {}"
_MHD = "IHE MHD 4.2, {}"
_APP = "Public application of Mon espace santé (27/08/2025), {}"


def _pdsm(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, _PDSM.format(section), "published")


def _mhd(section: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, _MHD.format(section), "published")


RULES: Final[Mapping[str, RuleInfo]] = {
    "documents/resource": _pdsm(
        "flux 01 and 09",
        both("la ressource est du type attendu"),
        both("envoyez une DocumentReference (ITI-105) ou un Bundle de soumission (ITI-65)"),
    ),
    "documents/elements": _pdsm(
        "tables of the profiles (cardinalities)",
        both("les éléments obligatoires du profil sont là, sans répétition ni élément interdit"),
        both("complétez l'élément nommé, ou retirez-le s'il n'a pas sa place"),
    ),
    "documents/structure": RuleInfo(
        both("les éléments ont la forme que FHIR leur donne en JSON"),
        both("écrivez une liste [ ] là où FHIR permet plusieurs valeurs, une seule valeur ailleurs"),
        "HL7 FHIR R4, §2.6.2",
        "published",
    ),
    "documents/fixed": _pdsm(
        "tables of the profiles (fixed values)",
        both("les valeurs fixées par le profil sont respectées"),
        both("reprenez la valeur attendue"),
    ),
    "documents/codes": _pdsm(
        "bindings of the profiles (JDV_J02, J04, J07, J08)",
        both("les codes sont pris dans les jeux de valeurs du CI-SIS"),
        both("reprenez un code du jeu de valeurs nommé ; pour un service référencé, SNR existe dans J02 et J04"),
    ),
    "documents/service": RuleInfo(
        both("le document dit qu'il vient d'un service numérique référencé (SNR)"),
        both("écrivez SNR dans context.facilityType (JDV_J02) et dans context.practiceSetting (JDV_J04)"),
        "JDV_J02 and JDV_J04 (13/12/2024), SNR « Service numérique référencé »; that it is expected was not read",
        "assumption",
    ),
    "documents/codes-unread": RuleInfo(
        both("les jeux de valeurs sont fournis au vérificateur"),
        both("donnez le contrat ci-sis-value-sets à la suite"),
        "mes-conformity",
        "assumption",
    ),
    "documents/master-identifier": _pdsm(
        "masterIdentifier",
        both("l'identifiant maître est un OID ou un UUID, écrit comme une URI"),
        both("écrivez system urn:ietf:rfc:3986 et value urn:oid:… ou urn:uuid:…"),
    ),
    "documents/date": RuleInfo(
        both("les dates sont complètes et existent"),
        both("écrivez par exemple 2026-11-22T08:30:00+01:00"),
        "HL7 FHIR R4, §2.24.0.1 (dateTime, instant)",
        "published",
    ),
    "documents/subject": RuleInfo(
        both("le titulaire est désigné par AssignAuth et idPe"),
        both("remplissez subject.identifier : system = OID AssignAuth, value = idPe reçus à l'appariement"),
        "Measures API 1.5.2, §2.2.8, taken for documents",
        "assumption",
    ),
    "documents/contained": RuleInfo(
        both("chaque référence interne désigne une ressource contenue"),
        both("ajoutez la ressource dans contained, ou corrigez la référence"),
        "HL7 FHIR R4, §2.3.6 (contained resources)",
        "published",
    ),
    "documents/data-or-url": _pdsm(
        "content.attachment (data in ITI-105, url in ITI-65)",
        both("le contenu est joint ou désigné, pas les deux"),
        both("gardez data (contenu joint) ou url (contenu déposé à part)"),
    ),
    "documents/data": RuleInfo(
        both("le contenu joint est du base64 lisible et non vide"),
        both("encodez les octets du document en base64 (RFC 4648, §4)"),
        "HL7 FHIR R4, §2.24.0.1 (base64Binary)",
        "published",
    ),
    "documents/size": _mhd(
        "ITI-65, §2:3.65.4.1.2",
        both("la taille annoncée est le nombre d'octets du contenu"),
        both("comptez les octets avant l'encodage en base64"),
    ),
    "documents/hash": _mhd(
        "ITI-65, §2:3.65.4.1.2",
        both("l'empreinte annoncée est le SHA-1 du contenu, en base64"),
        both("calculez le SHA-1 des octets avant l'encodage, puis ses 20 octets en base64"),
    ),
    "documents/fhir-document": _mhd(
        "ITI-65, §2:3.65.4.1.2",
        both("un document FHIR n'a ni taille ni empreinte"),
        both("retirez size et hash : un document FHIR n'a pas d'octets figés"),
    ),
    "documents/size-limit": RuleInfo(
        both("le document n'est pas trop gros"),
        both("réduisez le document, par exemple ses images"),
        _APP.format("size of a deposit"),
        "assumption",
    ),
    "documents/media-type": RuleInfo(
        both("le format du document est l'un de ceux qui sont acceptés"),
        both("convertissez le document, de préférence en PDF"),
        _APP.format("formats of a deposit"),
        "assumption",
    ),
    "documents/content-type": RuleInfo(
        both("le contenu est bien du type annoncé"),
        both("accordez contentType et le contenu"),
        "ISO 32000-1 §7.5.2, ISO 10918-1 §B.1.1.3, TIFF 6.0 §2",
        "published",
    ),
    "documents/replaces": _pdsm(
        "relatesTo",
        both("un remplacement désigne le document remplacé, et un seul"),
        both("écrivez un relatesTo, code replaces, dont target désigne le document remplacé"),
    ),
    "documents/submission": _pdsm(
        "pdsm-comprehensive-provide-document-bundle",
        both("le lot contient un jeu de soumission et ses documents, par POST"),
        both("envoyez un List (submissionset), puis chaque DocumentReference et son Binary"),
    ),
    "documents/references": _pdsm(
        "pdsm-comprehensive-provide-document-bundle; submission set, entry.item",
        both("le lot se tient : chaque référence interne désigne une entrée"),
        both("reprenez dans entry.item et attachment.url le fullUrl des entrées du lot"),
    ),
}
"""The rules of documents by id. A finding names one of them."""
