"""The words of a list of requirements: how binding, up to which level, which kind of piece, for whom."""

import re

from mes_conformity.catalogue.columns import normal
from mes_conformity.catalogue.model import Obligation

# In the order they are looked for: « non obligatoire » before « obligatoire ».
_OBLIGATIONS: tuple[tuple[Obligation, re.Pattern[str]], ...] = (
    ("optional", re.compile(r"\b(non obligatoire|not mandatory|option(nelle|nel|al)?s?|facultati(f|ve)s?)\b")),
    ("recommended", re.compile(r"\b(recommand\w*|preconis\w*|conseil\w*|souhait\w*|recommended|should"
                               r"|devrai(en)?t)\b")),
    ("mandatory", re.compile(r"\b(obligatoires?|exigences?|imperati(f|ve)s?|bloquante?s?|mandatory|required|shall|must"
                             r"|doi(ven)?t)\b")),
)  # fmt: skip
# What is only an answer to « obligatoire ? », and says nothing elsewhere.
_ANSWERS: dict[str, Obligation] = {
    **dict.fromkeys(("oui", "yes", "x", "m", "true"), "mandatory"),
    **dict.fromkeys(("non", "no", "false"), "optional"),
    "r": "recommended",
}
# Upper case first: « DOIT » is the sheet's word, « doit » may be anybody's.
_VERBS: tuple[tuple[Obligation, re.Pattern[str]], ...] = (
    ("mandatory", re.compile(r"\b(DOI(VEN)?T|SHALL|MUST)\b")),
    ("recommended", re.compile(r"\b(DEVRAI(EN)?T|SHOULD)\b")),
    ("optional", re.compile(r"\b(PEU(VEN)?T|MAY)\b")),
    ("mandatory", re.compile(r"\b[Dd]oi(ven)?t\b")),
    ("recommended", re.compile(r"\b[Dd]evrai(en)?t\b")),
)
_LEVEL = re.compile(r"(?:niveau|level|n)?\s*([0-5])(?:\s*/\s*5)?", re.IGNORECASE)
# The eight kinds of piece, in the order their words are looked for; anything else is a document.
_PIECES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("permanent_link", re.compile(r"\b(lien permanent|permalien|gazelle|permanent link|url)\b")),
    ("screenshot", re.compile(r"\b(captures?|copies? d ecran|screenshots?|ecrans?)\b")),
    ("video", re.compile(r"\b(videos?|enregistrement video|screencast)\b")),
    ("log_extract", re.compile(r"\b(journal|journaux|journalisation|logs?|traces?)\b")),
    ("exchange_sample", re.compile(r"\b(requetes?|reponses?|echantillons?|flux|messages?|request|response|payload)\b")),
    ("certificate", re.compile(r"\b(certificats?|certification|homologation|agrement|certificate)\b")),
    ("commitment", re.compile(r"\b(engagements?|attestations?|declarations? sur l honneur|commitment)\b")),
)
EVERYBODY = "*"
_GENERAL = {"general", "generale", "generaux", "tous", "toutes", "tous profils", "tous les profils", "all", "na"}


def obligation(told: str, nature: str, statement: str) -> Obligation | None:
    """How binding a requirement is: its own column says it, else its nature, else the verb of the statement."""
    answer = _ANSWERS.get(normal(told))
    if answer:
        return answer
    for cell in (normal(told), normal(nature)):
        found = next((kind for kind, words in _OBLIGATIONS if words.search(cell)), None)
        if found:
            return found
    return next((kind for kind, verb in _VERBS if verb.search(statement)), None)


def level(text: str) -> int | None:
    """A target level from 0 to 5; None where the cell says none."""
    match = _LEVEL.fullmatch(text.strip())
    return int(match[1]) if match else None


def piece(text: str) -> str:
    """The kind of evidence that a text asks for."""
    words = normal(text)
    return next((kind for kind, pattern in _PIECES if pattern.search(words)), "document")


def profiles(cell: str) -> list[str]:
    """The profiles a cell names, one per line or separated by `;`, `|` or ` / `; `EVERYBODY` for the general one."""
    names = (" ".join(name.split()) for name in re.split(r"[;|\n]| / ", cell))
    return [EVERYBODY if normal(name) in _GENERAL else name for name in names if name]
