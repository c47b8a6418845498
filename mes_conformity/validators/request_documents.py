"""The texts of a request: the information on personal data and the accessibility statement.

A text is searched for what the law says it must tell. That it tells it is all that can be seen: whether it is true,
complete and clear is for a person to read, and the finding `…/to-read` says so each time.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators.finding import Finding, Notes, RuleInfo, Severity
from mes_conformity.validators.prose import Prose
from mes_conformity.validators.reading import shown

__all__ = ["RULES", "judge_accessibility", "judge_privacy"]

_GDPR: Final = "RGPD (règlement (UE) 2016/679), article 13, paragraphe "
_RGAA: Final = "RGAA 4.1, contenu de la déclaration d'accessibilité ; loi n° 2005-102, article 47"
_YEARS: Final = 3


def _gdpr(where: str, title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, _GDPR + where, "published")


def _rgaa(title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, _RGAA, "republished")


def _own(title: Text, remedy: Text) -> RuleInfo:
    return RuleInfo(title, remedy, "mes-conformity", "assumption")


RULES: Final[Mapping[str, RuleInfo]] = {
    "privacy-notice/controller": _gdpr(
        "1, a",
        both("la notice nomme le responsable du traitement, avec un moyen de le joindre"),
        both("écrivez qui est responsable du traitement, et une adresse de contact"),
    ),
    "privacy-notice/officer": _gdpr(
        "1, b",
        both("la notice dit comment joindre le délégué à la protection des données"),
        both("écrivez les coordonnées du délégué à la protection des données"),
    ),
    "privacy-notice/purposes": _gdpr(
        "1, c",
        both("la notice mentionne les finalités du traitement"),
        both("listez les finalités : à quoi sert chaque donnée"),
    ),
    "privacy-notice/legal-basis": _gdpr(
        "1, c",
        both("la notice mentionne la base légale du traitement"),
        both("donnez la base légale de chaque finalité : consentement, contrat, obligation légale…"),
    ),
    "privacy-notice/recipients": _gdpr(
        "1, e",
        both("la notice nomme les destinataires des données"),
        both("nommez les destinataires, sous-traitants compris"),
    ),
    "privacy-notice/transfers": _gdpr(
        "1, f",
        both("la notice parle des transferts hors de l'Union européenne"),
        both("dites s'il existe des transferts hors de l'Union, et leurs garanties"),
    ),
    "privacy-notice/retention": _gdpr(
        "2, a",
        both("la notice donne les durées de conservation"),
        both("donnez la durée de conservation de chaque donnée, ou ce qui la détermine"),
    ),
    "privacy-notice/rights": _gdpr(
        "2, b",
        both("la notice mentionne les droits : accès, rectification, effacement, limitation, opposition, portabilité"),
        both("énoncez les six droits, et comment les exercer"),
    ),
    "privacy-notice/withdrawal": _gdpr(
        "2, c",
        both("la notice dit que l'accord peut être retiré à tout moment"),
        both("écrivez que l'accord se retire à tout moment, et comment"),
    ),
    "privacy-notice/complaint": _gdpr(
        "2, d",
        both("la notice dit qu'une réclamation peut être adressée à la CNIL"),
        both("écrivez que l'usager peut adresser une réclamation à la CNIL"),
    ),
    "privacy-notice/automated-decision": _gdpr(
        "2, f",
        both("la notice dit s'il existe une décision automatisée"),
        both("dites s'il existe une décision automatisée, sa logique et ses effets, ou qu'il n'y en a pas"),
    ),
    "privacy-notice/headings": _own(
        both("la notice a des titres, qui aident à la lire"),
        both("donnez un titre à chaque partie de la notice"),
    ),
    "privacy-notice/to-read": _own(
        both("une personne a relu la notice : seule la présence des mentions se vérifie ici"),
        both("relisez la notice avec le délégué : elle doit être vraie, complète et claire"),
    ),
    "accessibility-statement/scope": _rgaa(
        both("la déclaration dit qui s'engage, et pour quel site ou quelle application"),
        both("écrivez : « … s'engage à rendre son site accessible… Cette déclaration s'applique à … »"),
    ),
    "accessibility-statement/state": _rgaa(
        both("la déclaration dit l'état de conformité : totale, partielle ou non-conformité"),
        both("écrivez : « … est en conformité totale / partielle / non conforme avec le RGAA »"),
    ),
    "accessibility-statement/contents": _rgaa(
        both("une déclaration qui n'est pas de conformité totale liste les contenus non accessibles"),
        both("listez les contenus non accessibles : non-conformités, dérogations, exemptions"),
    ),
    "accessibility-statement/tests": _rgaa(
        both("la déclaration dit comment l'état a été établi"),
        both("dites qui a mené l'audit, ce qu'il a donné, et les pages examinées"),
    ),
    "accessibility-statement/date": _rgaa(
        both("la déclaration est datée, de moins de trois ans"),
        both("écrivez la date de la déclaration, et refaites-la au moins tous les trois ans"),
    ),
    "accessibility-statement/contact": _rgaa(
        both("la déclaration dit comment signaler un obstacle"),
        both("donnez une adresse électronique ou un formulaire pour signaler un défaut d'accessibilité"),
    ),
    "accessibility-statement/recourse": _rgaa(
        both("la déclaration dit comment saisir le Défenseur des droits"),
        both("ajoutez la partie « Voies de recours » : écrire, appeler ou saisir le Défenseur des droits"),
    ),
    "accessibility-statement/to-read": _own(
        both("une personne a relu la déclaration : l'état affiché ne se vérifie pas ici"),
        both("comparez la déclaration au rapport d'audit"),
    ),
}
"""The rules of the texts of a request by id. A finding names one of them."""

_PRIVACY: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("controller", ("responsable du traitement", "responsable de traitement", "responsable des traitements")),
    ("officer", ("delegue a la protection des donnees", "dpo")),
    ("purposes", ("finalite", "objectif", "pourquoi nous utilisons", "a quoi servent")),
    ("legal-basis", ("base legale", "bases legales", "base juridique", "bases juridiques", "fondement", "article 6")),
    (
        "recipients",
        ("destinataire", "qui recoit vos donnees", "sous-traitant", "partageons", "transmises a", "communiquees a"),
    ),
    ("transfers", ("hors de l'union europeenne", "transfert", "hors ue", "pays tiers")),
    ("retention", ("duree de conservation", "durees de conservation", "conserv")),
    (
        "withdrawal",
        (
            "retirer votre",
            "retirer son",
            "retrait du consentement",
            "retirer a tout moment",
            "se retire",
            "revenir sur votre",
            "retrait de votre",
        ),
    ),
    ("complaint", ("cnil", "commission nationale de l'informatique et des libertes")),
    ("automated-decision", ("decision automatisee", "decisions automatisees", "decision entierement automatisee")),
)
_FORMS: Final = ("formulaire de contact", "formulaire de signalement", "formulaire en ligne", "via le formulaire",
                 "par le formulaire", "au moyen du formulaire")  # fmt: skip
_RIGHTS: Final = ("acces", "rectifi", "effac", "limitation", "oppos", "portabilite")
_WHERE_APPLICABLE: Final = ("transfers", "automated-decision")  # article 13 asks for these only where they exist

_STATES: Final = re.compile(
    r"conformite totale|totalement conforme|conformite partielle|partiellement conforme|non[- ]conforme\b"
    r"|non[- ]conformite avec"
)
_ACCESSIBILITY: Final[tuple[tuple[str, tuple[str, ...], Text], ...]] = (
    ("scope", ("s'applique a", "s'engage"), both("la déclaration ne dit pas à quoi elle s'applique")),
    ("tests", ("audit", "resultats des tests"), both("la déclaration ne dit pas comment l'état a été établi")),
    ("recourse", ("defenseur des droits",), both("la déclaration ne nomme pas le Défenseur des droits")),
)
_MONTHS: Final = ("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre",
                  "novembre", "decembre")  # fmt: skip
_DATE: Final = re.compile(r"\b(\d{1,2})(?:er)? (" + "|".join(_MONTHS) + r") (\d{4})\b|\b(\d{2})/(\d{2})/(\d{4})\b")


def judge_privacy(prose: Prose) -> list[Finding]:
    """What the information on personal data does not mention. Source: GDPR, article 13."""
    notes = Notes(RULES)
    for name, words in _PRIVACY:
        if not any(word in prose.folded for word in words):
            severity: Severity = "warning" if name in _WHERE_APPLICABLE else "error"
            message = both("aucun passage n'en parle")
            notes.add(f"privacy-notice/{name}", (), message, severity=severity, expected=" / ".join(words))
    if "responsable d" in prose.folded and not _has_contact(prose):
        message = both("aucun moyen de joindre le responsable n'est donné")
        notes.add("privacy-notice/controller", (), message, expected="@ / formulaire")
    missing = [right for right in _RIGHTS if right not in prose.folded]
    if missing:
        message = both("tous les droits ne sont pas énoncés")
        notes.add("privacy-notice/rights", (), message, expected=" / ".join(_RIGHTS), obtained=f"∅ {missing[0]}…")
    if not prose.headings:
        notes.add("privacy-notice/headings", (), both("le texte n'a aucun titre"), severity="warning")
    message = both("les mentions ont été cherchées, non jugées : une personne doit relire le texte")
    notes.add("privacy-notice/to-read", (), message, severity="information")
    return notes.findings


def _has_contact(prose: Prose) -> bool:
    own = prose.folded.partition("voies de recours")[
        0
    ]  # the form of the Défenseur des droits is not that of the service
    return prose.mail or any(words in own for words in _FORMS) or any(a.startswith("mailto:") for a in prose.addresses)


def judge_accessibility(prose: Prose, judged_on: str | None) -> list[Finding]:
    """What an accessibility statement does not say, on the day `judged_on`. Source: RGAA 4.1 and its model."""
    notes = Notes(RULES)
    state = _STATES.search(prose.folded)
    if state is None:
        message = both("l'état de conformité n'est pas dit")
        expected = "conformité totale / conformité partielle / non conforme"
        notes.add("accessibility-statement/state", (), message, expected=expected)
    elif "total" not in state[0] and "non accessible" not in prose.folded:
        message = both("les contenus non accessibles ne sont pas listés")
        notes.add("accessibility-statement/contents", (), message, obtained=shown(state[0]))
    for name, words, unsaid in _ACCESSIBILITY:
        if not any(word in prose.folded for word in words):
            notes.add(f"accessibility-statement/{name}", (), unsaid, expected=" / ".join(words))
    if not _has_contact(prose):
        message = both("aucun moyen de signaler un obstacle n'est donné")
        notes.add("accessibility-statement/contact", (), message, expected="@ / formulaire")
    _judge_date(prose, judged_on, notes)
    message = both("l'état affiché n'est pas vérifié : une personne doit le comparer au rapport d'audit")
    notes.add("accessibility-statement/to-read", (), message, severity="information")
    return notes.findings


def _judge_date(prose: Prose, judged_on: str | None, notes: Notes) -> None:
    days = sorted(_dates(prose.folded))
    if not days:
        notes.add("accessibility-statement/date", (), both("la déclaration n'est pas datée"))
        return
    try:
        today = date.fromisoformat(judged_on or "")
    except ValueError:
        message = both("le jour du jugement n'est pas connu : l'âge de la déclaration n'est pas jugé")
        rule = "accessibility-statement/date"
        notes.add(rule, (), message, severity="information", obtained=str(days[-1]), unjudged=(rule,))
        return
    if (today - days[-1]).days > _YEARS * 365.25:
        message, expected = both("la déclaration a plus de trois ans"), f"≥ {today.year - _YEARS}"
        notes.add("accessibility-statement/date", (), message, expected=expected, obtained=str(days[-1]))


def _dates(text: str) -> Iterator[date]:
    for found in _DATE.finditer(text):
        day, month, year = (found[1], found[2], found[3]) if found[1] else (found[4], found[5], found[6])
        number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
        try:
            yield date(int(year), number, int(day))
        except ValueError:
            continue
