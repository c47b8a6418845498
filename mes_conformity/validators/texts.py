"""Files of text: their bytes become a text, or a reason why they do not, before any validator looks at them."""

from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import both


def decoded(raw: bytes, name: str) -> str:
    """The text in `raw`. Raises InvalidInput `TXT001` (empty, or NUL inside: no text), `TXT002` (not UTF-8)."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message, line = both("le fichier n'est pas encodé en UTF-8"), raw.count(b"\n", 0, error.start) + 1
        raise InvalidInput("TXT002", message, location=Location(name, line)) from None
    if not text.strip() or "\0" in text:
        raise InvalidInput("TXT001", both("le fichier est vide, ou n'est pas du texte"), location=Location(name))
    return text
