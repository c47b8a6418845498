"""The sheet of a service in the catalogue, in the fields that the public mobile application reads.

Lengths of texts and dimensions of images were not found in any source: they are not judged. No address is opened.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from mes_conformity.foundation import json_documents, yaml_documents
from mes_conformity.foundation.i18n import both
from mes_conformity.validators.catalogue_sheet_rules import RULES
from mes_conformity.validators.finding import Finding, Notes, Steps
from mes_conformity.validators.reading import items, mapping, shown, text

__all__ = ["LARGEST", "RULES", "judge_sheet", "read"]

LARGEST: Final = 200_000
_ADDRESSES: Final = ("webUrl", "androidUrl", "iOsUrl", "cguUrl", "urlSynchronisation")
_STATUSES: Final = ("EN_LIGNE", "HORS_LIGNE", "DEREFERENCEE", "PRESERIE", "SUSPENDUE")
_THEMATICS: Final = ("USAGE_BIEN_ETRE", "CARNET_SANTE", "CARNET_VACCIN", "GESTION", "OBSERVANCE", "PRE_ADMISSION",
                     "PREVENTION_INFO", "AUTONOMIE", "TELECONSULTATION")  # fmt: skip
_REGIONS: Final = ("01", "02", "03", "04", "06", "11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84",
                   "93", "94")  # fmt: skip
_ACTIONS: Final = ("Lecture", "Ecriture")
_PACKAGE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+")
_IN_APP_STORE: Final = re.compile(r"/id[0-9]+(/|$)")


def read(raw: bytes, name: str) -> Any:
    """The data of a sheet, written in JSON or in YAML. Raises InvalidInput `JSN…` or `YAM…`."""
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return json_documents.parse(raw, name)
    return yaml_documents.parse(raw, name).data


def judge_sheet(data: Any) -> list[Finding]:
    """Every fault of a sheet. Nothing here raises for its content."""
    notes = Notes(RULES)
    if not isinstance(data, dict):
        notes.add("catalogue-sheet/document", (), both("la fiche n'est pas un objet"), obtained=shown(data))
        return notes.findings
    _judge_texts(data, notes)
    _judge_addresses(data, notes)
    _judge_stores(data, notes)
    _judge_indicators(data, notes)
    _judge_purposes(data, notes)
    _judge_codes(data, notes)
    return notes.findings


def _judge_texts(data: Mapping[str, Any], notes: Notes) -> None:
    for rule, name in (
        ("name", "name"),
        ("name", "editorName"),
        ("texts", "description"),
        ("texts", "longDescription"),
        ("images", "logo"),
        ("terms", "cguUrl"),
    ):
        if text(data.get(name)) is None:
            message = both("le champ {name} n'est pas rempli", name=name)
            notes.add(f"catalogue-sheet/{rule}", (name,), message, obtained=shown(data.get(name)))
    pictures = items(data.get("screenshots"))
    if not pictures or any(text(picture) is None for picture in pictures):
        notes.add("catalogue-sheet/images", ("screenshots",), both("les captures d'écran manquent"), expected="≥ 1")


def _judge_addresses(data: Mapping[str, Any], notes: Notes) -> None:
    if not any(text(data.get(name)) for name in ("webUrl", "androidUrl", "iOsUrl")):
        message = both("ni site, ni application : le service n'a pas d'adresse")
        notes.add("catalogue-sheet/support", ("webUrl",), message, expected="webUrl / androidUrl / iOsUrl")
    for steps, written in _addresses(data):
        if not is_https(written):
            message = both("l'adresse n'est pas complète, ou pas en https")
            notes.add("catalogue-sheet/https", steps, message, expected="https://…", obtained=shown(written))


def _addresses(data: Mapping[str, Any]) -> Iterator[tuple[Steps, Any]]:
    for name in _ADDRESSES:
        if data.get(name) not in (None, ""):
            yield (name,), data[name]
    pictures: list[tuple[Steps, Any]] = [(("logo",), data.get("logo"))]
    pictures += [(("screenshots", index), item) for index, item in enumerate(items(data.get("screenshots")))]
    for steps, written in pictures:
        if "://" in str(written):  # a picture may also be a file that is handed over
            yield steps, written


def is_https(written: Any) -> bool:
    """Whether `written` is a whole https address."""
    try:
        parts = urlsplit(written) if isinstance(written, str) else None
        return parts is not None and parts.scheme == "https" and bool(parts.hostname) and " " not in written
    except ValueError:
        return False


def _judge_stores(data: Mapping[str, Any], notes: Notes) -> None:
    android, apple = text(data.get("androidUrl")), text(data.get("iOsUrl"))
    if android and is_https(android) and not _PACKAGE.fullmatch(_package(android)):
        message = both("le nom du paquet ne se lit pas dans l'adresse : le bouton d'ouverture disparaîtrait")
        expected = "https://play.google.com/store/apps/details?id=…"
        notes.add("catalogue-sheet/android-store", ("androidUrl",), message, expected=expected, obtained=shown(android))
    if apple and is_https(apple) and not _IN_APP_STORE.search(urlsplit(apple).path):
        message = both("l'identifiant ne se lit pas dans l'adresse : le bouton d'ouverture disparaîtrait")
        expected = "https://apps.apple.com/…/id123456789"
        notes.add("catalogue-sheet/ios-store", ("iOsUrl",), message, expected=expected, obtained=shown(apple))


def _package(address: str) -> str:
    try:
        return parse_qs(urlsplit(address).query, max_num_fields=20).get("id", [""])[0]
    except ValueError:
        return ""


def _judge_indicators(data: Mapping[str, Any], notes: Notes) -> None:
    if text(data.get("economicalModel")) is None:
        message = both("le modèle économique n'est pas dit")
        notes.add("catalogue-sheet/indicators", ("economicalModel",), message)
    for name in ("consumerDevice", "medicalDevice", "hasEchangeDonnees"):
        if not isinstance(data.get(name), bool):
            message = both("le champ {name} n'est ni vrai ni faux", name=name)
            obtained = shown(data.get(name))
            notes.add("catalogue-sheet/indicators", (name,), message, expected="true / false", obtained=obtained)
    if data.get("hasEchangeDonnees") is True and text(data.get("urlSynchronisation")) is None:
        message = both("l'adresse qui commence l'appariement manque")
        notes.add("catalogue-sheet/synchronisation", ("urlSynchronisation",), message, expected="https://…")


def _judge_purposes(data: Mapping[str, Any], notes: Notes) -> None:
    purposes = items(data.get("finalities"))
    if data.get("hasEchangeDonnees") is True and not purposes:
        message = both("le service échange des données, et ne déclare aucune finalité")
        notes.add("catalogue-sheet/purposes", ("finalities",), message, expected="≥ 1")
    for index, purpose in enumerate(purposes):
        part = notes.within("finalities", index)
        for name in ("codeFinalite", "libelle", "description"):
            if text(mapping(purpose).get(name)) is None:
                part.add("catalogue-sheet/purposes", (name,), both("le champ {name} n'est pas rempli", name=name))
        exchanges = items(mapping(purpose).get("echangesDeDonnees"))
        if not exchanges:
            message = both("la finalité ne nomme aucun échange")
            part.add("catalogue-sheet/purposes", ("echangesDeDonnees",), message, expected="≥ 1")
        for number, exchange in enumerate(exchanges):
            _judge_exchange(mapping(exchange), part.within("echangesDeDonnees", number))


def _judge_exchange(exchange: Mapping[str, Any], notes: Notes) -> None:
    if text(exchange.get("perimetre")) is None:
        notes.add("catalogue-sheet/purposes", ("perimetre",), both("le périmètre de l'échange n'est pas dit"))
    if exchange.get("action") not in _ACTIONS:
        message, obtained = both("l'action n'est ni la lecture ni l'écriture"), shown(exchange.get("action"))
        notes.add("catalogue-sheet/purposes", ("action",), message, expected=" / ".join(_ACTIONS), obtained=obtained)


def _judge_codes(data: Mapping[str, Any], notes: Notes) -> None:
    for name, rule, known in (("thematics", "thematics", _THEMATICS), ("codesRegions", "regions", _REGIONS)):
        written = items(data.get(name))
        if name == "thematics" and not written:  # no source says that a national service lists its regions
            message = both("le champ {name} n'est pas rempli", name=name)
            notes.add(f"catalogue-sheet/{rule}", (name,), message, expected="≥ 1", obtained=shown(data.get(name)))
        for index, value in enumerate(written):
            if value not in known:
                message = both("cette valeur est inconnue de l'application")
                notes.add(f"catalogue-sheet/{rule}", (name, index), message, expected=", ".join(known),
                          obtained=shown(value))  # fmt: skip
    if data.get("status") not in _STATUSES:
        message, expected = both("ce statut est inconnu de l'application"), " / ".join(_STATUSES)
        notes.add("catalogue-sheet/status", ("status",), message, expected=expected, obtained=shown(data.get("status")))
