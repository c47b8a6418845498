"""The rules of a certificate chain, each with its title, its remedy, where it was read and what that is worth."""

from collections.abc import Mapping
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import RuleInfo


def _rule(source: str, title: Text, remedy: Text, basis: str = "published") -> RuleInfo:
    return RuleInfo(title, remedy, source, basis)


RULES: Final[Mapping[str, RuleInfo]] = {
    "certificate/private-key": _rule(
        "RFC 7468, §10 and §11; RFC 5280, §4.1.2.7",
        both("le fichier ne contient aucune clé privée"),
        both("retirez la clé privée du fichier, puis remplacez-la : elle a pu être vue"),
    ),
    "certificate/chain": _rule(
        "RFC 5280, §6.1; RFC 8446, §4.4.2",
        both("chaque certificat est signé par le suivant du fichier"),
        both("rangez le certificat du service d'abord, puis chaque autorité, sans en oublier"),
    ),
    "certificate/authority": _rule(
        "RFC 5280, §4.2.1.3 and §4.2.1.9",
        both("les autorités peuvent signer des certificats, et le service ne le peut pas"),
        both("demandez un certificat de service (CA:FALSE), signé par une autorité (CA:TRUE, keyCertSign)"),
    ),
    "certificate/key-usage": _rule(
        "RFC 5280, §4.2.1.3; RFC 8446, §4.4.2.2",
        both("la clé du service sert à signer (digitalSignature)"),
        both("demandez un certificat dont keyUsage contient digitalSignature"),
    ),
    "certificate/extended-key-usage": _rule(
        "RFC 5280, §4.2.1.12",
        both("l'usage du certificat est l'authentification TLS, comme client ou comme serveur"),
        both("demandez un certificat dont extendedKeyUsage contient clientAuth ou serverAuth"),
    ),
    "certificate/validity": _rule(
        "RFC 5280, §4.1.2.5 and §6.1.3",
        both("tous les certificats sont valides le jour du jugement"),
        both("renouvelez le certificat, et notez sa prochaine échéance"),
    ),
    "certificate/subject": _rule(
        "RFC 5280, §4.1.2.6",
        both("le certificat nomme son titulaire (CN)"),
        both("demandez un certificat dont le sujet porte un CN"),
    ),
    "certificate/organisation": _rule(
        "ANS, interop-outil-fhir-sas-test-kit (SAS 3.2), contrôle du CN et de l'OU ; non lu pour Mon espace santé",
        both("le sujet porte aussi un OU, que les plateformes sœurs contrôlent"),
        both("vérifiez auprès de l'autorité que le sujet porte l'OU attendu"),
        "assumption",
    ),
    "certificate/names": _rule(
        "RFC 9525, §6.1 and §6.3; RFC 5280, §4.2.1.6",
        both("un certificat de serveur nomme ses adresses dans subjectAltName"),
        both("demandez un certificat dont subjectAltName liste chaque nom DNS appelé"),
    ),
    "certificate/key-size": _rule(
        "RFC 9325, §4.5",
        both("les clés sont assez longues : RSA 2048 bits au moins, ou courbe de 224 bits au moins"),
        both("générez une clé RSA de 3072 bits, ou une clé P-256, et demandez un nouveau certificat"),
    ),
    "certificate/signature": _rule(
        "RFC 9325, §4.5; RFC 9155, §2",
        both("les certificats sont signés avec SHA-256 ou mieux"),
        both("demandez un certificat signé avec SHA-256 ou mieux, jamais MD5 ni SHA-1"),
    ),
    "certificate/revocation": _rule(
        "RFC 5280, §4.2.1.13 and §4.2.2.1; IGC-Santé, vérifications avant usage d'un certificat",
        both("le certificat dit où savoir s'il est révoqué (CRL ou OCSP)"),
        both("demandez un certificat qui porte l'adresse d'une CRL ou d'un répondeur OCSP"),
    ),
}
"""The rules of certificates by id. A finding names one of them."""
