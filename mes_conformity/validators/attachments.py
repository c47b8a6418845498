"""The content of a document: where it is, how big it is, what it is, and whether its digest is right."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from mes_conformity.foundation.i18n import both
from mes_conformity.validators.contract import Contract
from mes_conformity.validators.finding import Notes
from mes_conformity.validators.reading import shown, text

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+( *; *[A-Za-z0-9-]+=[A-Za-z0-9.+:-]+)*")  # RFC 9110, §8.3.1
_FHIR = "application/fhir+json"


def raw_content(data: Any) -> bytes | None:
    """The bytes behind a base64Binary, None where it is not one. White space is let through (RFC 2045, §6.8)."""
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def sha1(content: bytes) -> str:
    """The digest that `attachment.hash` carries: base64 of the 20 bytes of the SHA-1 (IHE MHD 4.2, ITI-65)."""
    return base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def is_media_type(written: str) -> bool:
    """Whether `written` can stand in a header as it is (RFC 9110, §8.3.1, without quoted parameters)."""
    return _MEDIA_TYPE.fullmatch(written) is not None


def judge_attachment(attachment: Mapping[str, Any], contract: Contract, notes: Notes, content: bytes | None) -> None:
    """Judge `content.attachment`; `content` is what its url leads to, where that is known.

    Sources: IHE MHD 4.2, ITI-65, §2:3.65.4.1.2 (size, hash); ans.fhir.fr.pdsm 3.1.1, content.attachment; the limits of
    size and format are those of the public application of Mon espace santé (assumption).
    """
    media_type = text(attachment.get("contentType"))
    _judge_media_type(media_type, contract, notes)
    data = attachment.get("data")
    if text(data) is not None and text(attachment.get("url")) is not None:
        message = both("le contenu est à la fois joint (data) et désigné (url)")
        notes.add("documents/data-or-url", ("url",), message, expected="data / url", error="data_and_url")
    if text(data) is not None:
        content = raw_content(data)
        if content is None:
            message = both("le contenu joint n'est pas du base64")
            notes.add("documents/data", ("data",), message, expected="base64", error="data_unreadable")
            return
    if content is not None:
        _judge_content(content, attachment, media_type, contract, notes)
    elif media_type == _FHIR and ("size" in attachment or "hash" in attachment):
        message = both("un document FHIR n'a ni taille ni empreinte")
        notes.add("documents/fhir-document", ("hash",), message, severity="warning")


def _judge_media_type(media_type: str | None, contract: Contract, notes: Notes) -> None:
    accepted = contract.get("media_types")
    bare = media_type.partition(";")[0].strip().lower() if media_type else ""
    if media_type is not None and (bare not in accepted or not is_media_type(media_type)):
        message = both("ce format de document n'est pas accepté")
        expected = shown(" / ".join(accepted))
        notes.add(
            "documents/media-type",
            ("contentType",),
            message,
            expected=expected,
            obtained=shown(media_type),
            error="media_type_refused",
        )


def _judge_content(
    content: bytes, attachment: Mapping[str, Any], media_type: str | None, contract: Contract, notes: Notes
) -> None:
    limit = contract.get("max_size")
    if len(content) > limit:
        message = both("le document est trop gros")
        notes.add(
            "documents/size-limit", ("data",), message, expected=f"≤ {limit}", obtained=str(len(content)),
            error="too_large",
        )  # fmt: skip
    size = attachment.get("size")
    if size is not None and (isinstance(size, bool) or size != len(content)):
        message = both("la taille annoncée n'est pas celle du contenu")
        expected, obtained = str(len(content)), shown(size)
        notes.add("documents/size", ("size",), message, expected=expected, obtained=obtained, error="size_wrong")
    digest = attachment.get("hash")
    if digest is not None and digest != sha1(content):
        message = both("l'empreinte annoncée n'est pas celle du contenu")
        expected, obtained = sha1(content), shown(digest)
        notes.add("documents/hash", ("hash",), message, expected=expected, obtained=obtained, error="hash_wrong")
    signatures = contract.get("signatures").get((media_type or "").partition(";")[0].strip().lower(), ())
    if signatures and not any(content.startswith(bytes.fromhex(start)) for start in signatures):
        message = both("le contenu n'est pas du type annoncé")
        notes.add(
            "documents/content-type", ("contentType",), message, expected=shown(media_type),
            obtained=content[:4].hex(), error="content_disagrees",
        )  # fmt: skip
