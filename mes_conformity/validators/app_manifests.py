"""The manifest of a mobile application: AndroidManifest.xml, Info.plist or PrivacyInfo.xcprivacy, written in XML.

What a library does without being declared here is not seen, and is not said to be absent.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation import xml_documents
from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.validators import trackers
from mes_conformity.validators.finding import Finding, Notes, RuleInfo
from mes_conformity.validators.prose import line_of
from mes_conformity.validators.reading import items, mapping, shown

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["RULES", "judge_manifest", "read"]

_ANDROID: Final = "{http://schemas.android.com/apk/res/android}"
_APPLE_DTD: Final = (
    b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">'
)
_LONGEST_HEAD: Final = 2_000
_MAX_DEPTH: Final = 40
_ADVERTISING: Final = "com.google.android.gms.permission.AD_ID"
_FIREBASE: Final = ("FIREBASE_ANALYTICS_COLLECTION_ENABLED", "firebase_analytics_collection_enabled")


def _rule(source: str, title: Text, remedy: Text, basis: str = "published") -> RuleInfo:
    return RuleInfo(title, remedy, source, basis)


RULES: Final[Mapping[str, RuleInfo]] = {
    "app-manifest/document": _rule(
        "Android, app manifest (2026); Apple, Information Property List and privacy manifest (2026)",
        both("le fichier est un manifeste Android, ou une liste de propriétés Apple en XML"),
        both("joignez AndroidManifest.xml, Info.plist ou PrivacyInfo.xcprivacy, en XML"),
    ),
    "app-manifest/cleartext": _rule(
        "OWASP MASVS 2.1.0, MASVS-NETWORK-1",
        both("l'application refuse les liaisons en clair"),
        both('retirez usesCleartextTraffic="true" (Android) ou NSAllowsArbitraryLoads (iOS)'),
    ),
    "app-manifest/debuggable": _rule(
        "OWASP MASVS 2.1.0, MASVS-RESILIENCE-4",
        both("l'application n'est pas livrée en mode de mise au point"),
        both('retirez android:debuggable="true" de la version publiée'),
    ),
    "app-manifest/google-analytics": _rule(
        "L'Usine Digitale, « Mon espace santé lance son catalogue de services certifiés » (novembre 2022)",
        both("l'application ne déclare pas Google Analytics, Firebase Analytics compris"),
        both("retirez la bibliothèque de mesure, ou désactivez-la et retirez ses composants"),
        "republished",
    ),
    "app-manifest/trackers": _rule(
        "Loi n° 78-17 du 6 janvier 1978, article 82",
        both("l'application ne déclare aucun autre traceur connu"),
        both("retirez le traceur, ou ne le démarrez qu'après l'accord de l'utilisateur"),
    ),
}
"""The rules of application manifests by id. A finding names one of them."""


def read(raw: bytes, name: str) -> "_Element":
    """The root of a manifest. The document type that every Apple list begins with is left out; no other is read.

    Raises InvalidInput `XML…`.
    """
    if raw.startswith(b"bplist"):
        message, hint = both("c'est une liste de propriétés binaire"), both("convertissez-la : plutil -convert xml1")
        raise InvalidInput("XML001", message, location=Location(name), hint=hint)
    head, body = raw[:_LONGEST_HEAD], raw[_LONGEST_HEAD:]
    return xml_documents.parse(head.replace(_APPLE_DTD, b"", 1) + body, name, max_depth=_MAX_DEPTH)


def judge_manifest(root: "_Element") -> list[Finding]:
    """Every fault of a manifest, in its order."""
    notes = Notes(RULES)
    if root.tag == "manifest":
        _judge_android(root, notes)
    elif root.tag == "plist" and len(root) == 1 and root[0].tag == "dict":
        _judge_apple(mapping(_value(root[0])), notes)
    else:
        message, expected = both("ce n'est ni un manifeste Android, ni une liste Apple"), "manifest / plist"
        notes.add("app-manifest/document", (), message, expected=expected, obtained=shown(str(root.tag)))
    return notes.findings


def _judge_android(root: "_Element", notes: Notes) -> None:
    for element in root.iter():
        place, line = element.getroottree().getpath(element), line_of(element)
        if element.get(f"{_ANDROID}usesCleartextTraffic") == "true":
            message = both("l'application accepte les liaisons en clair")
            notes.add("app-manifest/cleartext", (), message, expected="false", obtained="true",
                      line=line, pointer=place)  # fmt: skip
        if element.get(f"{_ANDROID}debuggable") == "true":
            message = both("l'application est en mode de mise au point")
            notes.add("app-manifest/debuggable", (), message, expected="false", obtained="true",
                      line=line, pointer=place)  # fmt: skip
        name = element.get(f"{_ANDROID}name") or ""
        enabled = element.get(f"{_ANDROID}value") == "true"
        if name.startswith(trackers.GOOGLE_ANALYTICS_COMPONENTS) or (name in _FIREBASE and enabled):
            message = both("l'application déclare Google Analytics")
            notes.add("app-manifest/google-analytics", (), message, obtained=shown(name),
                      line=line, pointer=place)  # fmt: skip
        elif name == _ADVERTISING or name.startswith(trackers.OTHER_COMPONENTS):
            message = both("l'application déclare un traceur connu : l'accord préalable ne se voit pas ici")
            notes.add("app-manifest/trackers", (), message, severity="warning", obtained=shown(name),
                      line=line, pointer=place)  # fmt: skip


def _judge_apple(data: Mapping[str, Any], notes: Notes) -> None:
    transport = mapping(data.get("NSAppTransportSecurity"))
    exceptions = mapping(transport.get("NSExceptionDomains"))
    loose = {"NSAllowsArbitraryLoads": transport.get("NSAllowsArbitraryLoads")}
    loose |= {host: mapping(rule).get("NSExceptionAllowsInsecureHTTPLoads") for host, rule in exceptions.items()}
    for name, allowed in loose.items():
        if allowed is True:
            message = both("l'application accepte les liaisons en clair")
            steps = ("NSAppTransportSecurity", name)
            notes.add("app-manifest/cleartext", steps, message, expected="false", obtained="true")
    for name in _FIREBASE:
        if data.get(name) is True:
            message = both("l'application déclare Google Analytics")
            notes.add("app-manifest/google-analytics", (name,), message, expected="false", obtained="true")
    for index, host in enumerate(items(data.get("NSPrivacyTrackingDomains"))):
        if trackers.is_under(str(host), trackers.GOOGLE_ANALYTICS_HOSTS):
            message, place = both("l'application déclare Google Analytics"), ("NSPrivacyTrackingDomains", index)
            notes.add("app-manifest/google-analytics", place, message, obtained=shown(host))
    if data.get("NSPrivacyTracking") is True:
        message = both("l'application déclare un traceur connu : l'accord préalable ne se voit pas ici")
        notes.add("app-manifest/trackers", ("NSPrivacyTracking",), message, severity="warning", obtained="true")


def _value(element: "_Element") -> Any:
    """What an element of a property list stands for; numbers and dates stay texts, since none is judged."""
    if element.tag == "dict":
        return dict(_pairs(element))
    if element.tag == "array":
        return [_value(item) for item in element]
    return element.tag == "true" if element.tag in ("true", "false") else (element.text or "")


def _pairs(element: "_Element") -> Iterator[tuple[str, Any]]:
    children = list(element)
    for key, value in zip(children[::2], children[1::2], strict=False):
        yield key.text or "", _value(value)
