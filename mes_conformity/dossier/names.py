"""Names inside a dossier: which ones are safe on every system, and which two would be one file on some of them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from mes_conformity.foundation.errors import InvalidInput, Location
from mes_conformity.foundation.i18n import Text, both

MAX_BYTES = 240
MAX_DEPTH = 8
FILES = ("assessment.yaml", "attestation.json", "dossier.json", "journal.jsonl", "run.json", "seal.json")
FOLDERS = ("artefacts", "cases", "catalogue", "evidence", "report", "review", "suites")
_PLAIN = re.compile(r"[ -~]+")  # printable ASCII: nearly every name, and nothing to look for in it
_FORBIDDEN = frozenset('\\:*?"<>|')
# What nearly every name looks like: a folder of ours, then words that no system could take for anything else.
_WORD = r"(?!(?:con|prn|aux|nul|com[1-9]|lpt[1-9])[./\n])[a-z0-9_-](?:[a-z0-9._-]*[a-z0-9_-])?"
_USUAL = (
    rf"(?:(?-i:{'|'.join(map(re.escape, FILES))})"
    rf"|(?-i:{'|'.join(FOLDERS)})(?:/{_WORD}){{1,{MAX_DEPTH - 1}}})\n"
)
_ALL_USUAL = re.compile(rf"(?>{_USUAL})*+", re.IGNORECASE | re.ASCII)  # possessive: a hostile name costs no more
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})


def check_all(names: Sequence[str]) -> None:
    """Raise InvalidInput for names that must not stand, or not stand together, in a dossier.

    `DOS004`: a name that could leave the folder or mean something else on another system. `DOS005`: two names that
    are equal, or equal once case and Unicode forms are forgotten, or one that is also the folder of another.
    """
    joined = "".join(f"{name}\n" for name in names)
    short = joined.count("\n") == len(names) and max(map(len, names), default=0) <= MAX_BYTES
    usual = short and _ALL_USUAL.fullmatch(joined) is not None
    if not usual:
        for name in names:
            _check(name)
    if not usual or _collide(joined.lower().split("\n")[:-1]):
        _check_together(names)


def _check(name: str) -> None:
    fault = _fault(name)
    if fault is not None:
        raise InvalidInput("DOS004", fault, location=Location(printable(name)), hint=HINT)


def _collide(folded: Sequence[str]) -> bool:
    """Whether two of these names, all usual and in lower case, are one, or one is the folder of another."""
    known = set(folded)
    folders = known
    while folders := {name.rpartition("/")[0] for name in folders if "/" in name}:
        if not known.isdisjoint(folders):
            return True
    return len(known) != len(folded)


HINT = both("n'ouvrez pas ce fichier avec un autre outil ; demandez un nouveau dossier à son éditeur")


def _fault(name: str) -> Text | None:
    if not name or len(name.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return both("nom vide ou trop long dans l'archive")
    if not _PLAIN.fullmatch(name) and _disguised(name):
        return both("nom avec des caractères invisibles, de contrôle ou non normalisés")
    if any(character in _FORBIDDEN for character in name):
        return both("nom avec un caractère réservé sur certains systèmes")
    segments = name.split("/")
    if len(segments) > MAX_DEPTH or any(_bad_segment(segment) for segment in segments):
        return both("nom qui sort du dossier, absolu, ou réservé sur certains systèmes")
    if not (name in FILES if len(segments) == 1 else segments[0] in FOLDERS):
        return both("fichier qui n'a pas sa place dans un dossier de recette")
    return None


def _disguised(name: str) -> bool:
    return unicodedata.normalize("NFC", name) != name or any(_hidden(character) for character in name)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _bad_segment(segment: str) -> bool:
    stem = segment.split(".")[0].casefold()
    return segment in ("", ".", "..") or segment[-1] in ". " or segment[0] == " " or stem in _DEVICES


def _check_together(names: Iterable[str]) -> None:
    """Look at the names one by one, to name the two that collide."""
    seen: dict[str, str] = {}
    for name in names:
        folded = _folded(name)
        if folded in seen:
            raise _collision(name, seen[folded])
        seen[folded] = name
    for folded, name in seen.items():
        parent = folded
        while "/" in parent:
            parent = parent.rpartition("/")[0]
            if parent in seen:
                raise _collision(name, seen[parent])


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _collision(name: str, other: str) -> InvalidInput:
    message = both("deux noms de l'archive sont, ou seraient sur certains systèmes, le même fichier")
    return InvalidInput("DOS005", message, location=Location(printable(name)), obtained=printable(other), hint=HINT)


def printable(name: str) -> str:
    """`name` cut to 120 characters, what a terminal would obey shown as an escape."""
    shown = "".join(f"\\u{ord(c):04x}" if _hidden(c) else c for c in name[:120])
    return shown + "…" if len(name) > 120 else shown
