"""A page of the service as it is delivered: its addresses, its third-party scripts, its trackers, what it leads to.

Nothing is opened and no script is run: what a script loads by itself later is not seen, and is not said to be absent.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators import trackers
from mes_conformity.validators.finding import Finding, Notes, RuleInfo
from mes_conformity.validators.prose import folded, line_of, said
from mes_conformity.validators.reading import shown

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["RULES", "judge_page"]

_RESOURCES: Final = frozenset(
    "script img iframe source video audio embed object form image track input button".split()  # noqa: SIM905
)
_LOADED: Final = frozenset(
    "stylesheet icon apple-touch-icon preload prefetch modulepreload manifest preconnect dns-prefetch".split()  # noqa: SIM905
)
_ATTRIBUTES: Final = ("src", "href", "action", "formaction", "data", "poster", "srcset")
_THIRD_PARTY: Final = ("http://", "https://", "//")


def _rule(source: str, title: Text, remedy: Text, basis: str = "published") -> RuleInfo:
    return RuleInfo(title, remedy, source, basis)


RULES: Final[Mapping[str, RuleInfo]] = {
    "web-page/resources-https": _rule(
        "RFC 9325, §3.2; ANSSI-PA-009",
        both("la page ne charge et n'envoie rien hors de https"),
        both("remplacez http:// par https:// dans les scripts, images, cadres et formulaires"),
    ),
    "web-page/links-https": _rule(
        "RFC 9325, §3.2, étendu aux liens vers d'autres sites, qu'elle n'oblige pas",
        both("les liens de la page mènent à des adresses https"),
        both("remplacez http:// par https:// dans les liens"),
        "assumption",
    ),
    "web-page/google-analytics": _rule(
        "L'Usine Digitale, « Mon espace santé lance son catalogue de services certifiés » (novembre 2022)",
        both("la page n'appelle pas Google Analytics"),
        both("retirez le script de Google Analytics, ou remplacez-le par une mesure d'audience exemptée"),
        "republished",
    ),
    "web-page/trackers": _rule(
        "Loi n° 78-17 du 6 janvier 1978, article 82",
        both("la page n'appelle aucun autre traceur connu"),
        both("retirez le traceur, ou ne le chargez qu'après l'accord de l'utilisateur"),
    ),
    "web-page/integrity": _rule(
        "OWASP ASVS 5.0.0, V3.6.1",
        both("chaque script d'un tiers est figé par une empreinte"),
        both('ajoutez integrity="sha384-…" au script, ou servez-le depuis votre site'),
    ),
    "web-page/accessibility-link": _rule(
        "RGAA 4.1, obligations : déclaration d'accessibilité ; loi n° 2005-102, article 47",
        both("la page mène à la déclaration d'accessibilité"),
        both("ajoutez au pied de page un lien « Accessibilité : … conforme »"),
        "republished",
    ),
    "web-page/terms-link": _rule(
        "Application mobile Mon espace santé (code publié, commit f206a1d), champ cguUrl",
        both("la page mène aux conditions d'utilisation"),
        both("ajoutez au pied de page un lien vers les conditions d'utilisation"),
        "assumption",
    ),
    "web-page/privacy-link": _rule(
        "RGPD (règlement (UE) 2016/679), article 12, paragraphe 1",
        both("la page mène à l'information sur les données personnelles"),
        both("ajoutez au pied de page un lien « Données personnelles » ou « Confidentialité »"),
    ),
}
"""The rules of web pages by id. A finding names one of them."""

_LEADS_TO: Final = (
    ("web-page/accessibility-link", ("accessibilit",), both("aucun lien ne mène à la déclaration d'accessibilité")),
    (
        "web-page/terms-link",
        ("conditions", "cgu"),
        both("aucun lien ne mène aux conditions d'utilisation"),
    ),
    (
        "web-page/privacy-link",
        ("confidentialit", "donnees personnelles", "vie privee", "protection des donnees"),
        both("aucun lien ne mène à l'information sur les données personnelles"),
    ),
)


def judge_page(root: "_Element") -> list[Finding]:
    """Every fault of a page, in its order."""
    notes = Notes(RULES)
    for element, address in _addresses(root):
        _judge_address(element, address, notes)
    for script in root.iter("script"):
        _judge_script(script, notes)
    links = [folded(said(link) + " " + (link.get("href") or "")) for link in root.iter("a")]
    for rule, words, message in _LEADS_TO:
        if not any(word in link for link in links for word in words):
            notes.add(rule, (), message, expected=" / ".join(words))
    return notes.findings


def _addresses(root: "_Element") -> Iterator[tuple["_Element", str]]:
    for element in root.iter():
        for name in _ATTRIBUTES:
            written = element.get(name)
            for one in (written or "").split(",") if name == "srcset" else [written or ""]:
                if one.strip():
                    yield element, one.strip()


def _judge_address(element: "_Element", address: str, notes: Notes) -> None:
    if address.lower().startswith("http://"):
        rule = "web-page/resources-https" if _loads(element) else "web-page/links-https"
        message = both("cette adresse n'est pas protégée par https")
        _tell(notes, rule, element, message, expected="https://…", obtained=shown(address))
    host = _host(address)
    if not _loads(element) or host is None:
        return
    if trackers.is_under(host, trackers.GOOGLE_ANALYTICS_HOSTS) or trackers.calls_google_analytics(address):
        message = both("la page appelle Google Analytics")
        _tell(notes, "web-page/google-analytics", element, message, obtained=shown(address))
    elif trackers.is_under(host, trackers.OTHER_HOSTS):
        message = both("la page appelle un traceur connu : l'accord préalable ne se voit pas ici")
        _tell(notes, "web-page/trackers", element, message, severity="warning", obtained=shown(address))


def _loads(element: "_Element") -> bool:
    """Whether a browser asks for what the element names: a link may also only name, as rel=canonical does."""
    if element.tag != "link":
        return str(element.tag) in _RESOURCES
    return not _LOADED.isdisjoint((element.get("rel") or "").lower().split())


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _judge_script(script: "_Element", notes: Notes) -> None:
    address = script.get("src") or ""
    if not address and trackers.calls_google_analytics(script.text or ""):
        message = both("un script de la page démarre Google Analytics")
        _tell(notes, "web-page/google-analytics", script, message)
    if address.lower().startswith(_THIRD_PARTY) and not (script.get("integrity") or "").strip():
        message = both("ce script d'un tiers n'est pas figé par une empreinte")
        expected = 'integrity="sha384-…"'
        _tell(notes, "web-page/integrity", script, message, expected=expected, obtained=shown(address))


def _tell(notes: Notes, rule: str, element: "_Element", message: Text, **more: Any) -> None:
    """Note a fault of an element; its place takes time to tell, so it is not looked for beyond what is noted."""
    if notes.has_room(rule, more.get("severity", "error")):
        place = element.getroottree().getpath(element)
        notes.add(rule, (), message, line=line_of(element), pointer=place, **more)
