"""The rules of the sheet of a service in the catalogue, each with its title, its remedy, its source and its worth.

The fields are those that the public mobile application of Mon espace santé reads; the form that publishers fill was
not read. What the application only reads where it is there is therefore an assumption.
"""

from collections.abc import Mapping
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import RuleInfo

_APPLICATION = "Application mobile Mon espace santé (code publié, commit f206a1d)"


def _read(where: str, title: Text, remedy: Text, basis: str = "published") -> RuleInfo:
    return RuleInfo(title, remedy, f"{_APPLICATION}, {where}", basis)


RULES: Final[Mapping[str, RuleInfo]] = {
    "catalogue-sheet/document": _read(
        "§ catalogue_services, description d'un service",
        both("la fiche est un objet : un champ, une valeur"),
        both("écrivez la fiche en YAML ou en JSON, avec les champs name, description, logo…"),
    ),
    "catalogue-sheet/name": RuleInfo(
        both("la fiche dit le nom du service et celui de l'éditeur"),
        both("remplissez name, tel que le citoyen le voit, et editorName"),
        "ANS, foire aux questions Convergence, nommage des produits (lue le 22 novembre 2026)",
        "published",
    ),
    "catalogue-sheet/support": RuleInfo(
        both("la fiche donne l'adresse du site, ou celle d'une application"),
        both("remplissez au moins l'un des champs webUrl, androidUrl et iOsUrl"),
        "Delsol Avocats, conditions d'éligibilité (lu le 22 novembre 2026) ; guide de référencement, cité",
        "assumption",
    ),
    "catalogue-sheet/https": RuleInfo(
        both("chaque adresse de la fiche est complète et en https"),
        both("écrivez l'adresse entière, commençant par https://"),
        "RFC 9325, §3.2; RFC 9110, §4.2.2",
        "published",
    ),
    "catalogue-sheet/texts": _read(
        "champs description et longDescription",
        both("la fiche porte une description courte et une longue"),
        both("remplissez description et longDescription"),
        "assumption",
    ),
    "catalogue-sheet/images": _read(
        "champs logo et screenshots",
        both("la fiche porte un logo et au moins une capture d'écran"),
        both("remplissez logo et screenshots ; les dimensions attendues n'ont pas été lues"),
        "assumption",
    ),
    "catalogue-sheet/terms": _read(
        "champ cguUrl",
        both("la fiche mène aux conditions d'utilisation"),
        both("remplissez cguUrl, adresse lisible sans compte"),
        "assumption",
    ),
    "catalogue-sheet/android-store": _read(
        "champ androidUrl (catalogue_service_detail.dart)",
        both("l'adresse Google Play contient le nom du paquet (id=)"),
        both("copiez l'adresse de la fiche : https://play.google.com/store/apps/details?id=…"),
    ),
    "catalogue-sheet/ios-store": _read(
        "champ iOsUrl (catalogue_service_detail.dart)",
        both("l'adresse App Store contient l'identifiant numérique précédé de id"),
        both("copiez l'adresse de la fiche : https://apps.apple.com/fr/app/…/id123456789"),
    ),
    "catalogue-sheet/indicators": _read(
        "champs economicalModel, consumerDevice, medicalDevice et hasEchangeDonnees",
        both("la fiche dit le modèle économique, l'objet connecté, le dispositif médical et l'échange de données"),
        both("remplissez economicalModel (texte), consumerDevice, medicalDevice et hasEchangeDonnees (vrai ou faux)"),
        "assumption",
    ),
    "catalogue-sheet/synchronisation": _read(
        "champ urlSynchronisation",
        both("un service qui échange des données donne l'adresse qui commence l'appariement"),
        both("remplissez urlSynchronisation"),
        "assumption",
    ),
    "catalogue-sheet/purposes": _read(
        "finalités et échanges (schema-ens.graphql)",
        both("chaque finalité a un code, un libellé, une description et ses échanges, en lecture ou en écriture"),
        both("complétez finalities : codeFinalite, libelle, description, echangesDeDonnees (perimetre, action)"),
    ),
    "catalogue-sheet/thematics": _read(
        "thématiques (mode invité, neuf valeurs)",
        both("les thématiques sont parmi les neuf de l'application"),
        both("choisissez une ou plusieurs des neuf thématiques attendues"),
    ),
    "catalogue-sheet/regions": _read(
        "champ codesRegions (18 codes de l'Insee)",
        both("les régions sont désignées par leur code Insee"),
        both('écrivez les codes des régions, entre guillemets : "11", "84"…'),
    ),
    "catalogue-sheet/status": _read(
        "statut d'un service (cinq valeurs)",
        both("le statut est l'un des cinq de l'application"),
        both("écrivez EN_LIGNE, HORS_LIGNE, DEREFERENCEE, PRESERIE ou SUSPENDUE"),
    ),
}
"""The rules of catalogue sheets by id. A finding names one of them."""
