"""Addenda made for a test: an expert, a publisher, and what they say of a dossier."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mes_conformity.dossier import review, review_drafts
from mes_conformity.dossier.addenda import Addendum, Author, Said, seal_up
from mes_conformity.dossier.keys import Signer
from mes_conformity.dossier.review_chain import Source
from mes_conformity.dossier.review_drafts import Noted, Told
from mes_conformity.dossier.verify import Dossier, verify_bytes

EXPERT_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLISHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
EXPERT = Author("expert", "Dr A. Roux", "Expertise fictive")
PUBLISHER = Author("publisher", "C. Durand", "Laboratoire Fictif")
AT, LATER, LAST = "2026-11-23T09:00:00Z", "2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z"
MAJOR = Noted("x-ech-jetons", "major_nonconformity", "Le jeton n’est pas renouvelé.", "Le renouveler à chaque usage.")
QUESTION = Noted("x-ech-tls", "information_request", "=HYPERLINK(1)\nSur quelle version ?")
PRAISE = Noted(None, "good_practice", "Un dossier clair.")


def opened(raw: bytes, path: str = "d/glyco-suivi-2.4.1.mesdossier.zip") -> Dossier:
    dossier = verify_bytes(raw, path).dossier
    assert dossier is not None
    return dossier


def source(addendum: Addendum, **more: Any) -> Source:
    return Source(addendum.path, addendum.raw, **more)


def asks(
    dossier: Dossier, before: tuple[Addendum, ...] = (), *, key: Any = EXPERT_KEY, at: str = AT, **more: Any
) -> Addendum:
    """What the expert says; by default a major nonconformity, a question and a good practice."""
    known = review.examine(dossier, [source(item) for item in before])
    said = more or {"noted": (MAJOR, QUESTION, PRAISE)}
    draft = review_drafts.by_expert(dossier, known, EXPERT, at, **said)
    return seal_up(_named(draft), None if key is None else Signer(key))


def answers(
    dossier: Dossier, before: tuple[Addendum, ...], *, key: Any = PUBLISHER_KEY, at: str = LATER, **more: Any
) -> Addendum:
    """What the publisher says; by default one is corrected, the other explained."""
    known = review.examine(dossier, [source(item) for item in before])
    told = (Told(Said("1.1", "corrected", "Corrigé en 2.4.2.")), Told(Said("1.2", "explained", "La 2.4.1.")))
    draft = review_drafts.by_publisher(dossier, known, PUBLISHER, at, **(more or {"told": told}))
    return seal_up(_named(draft), None if key is None else Signer(key))


def _named(draft: Addendum) -> Addendum:
    from dataclasses import replace

    return replace(draft, path=f"glyco-suivi-2.4.1.review-{draft.number:02d}.mesaddendum.json")


def decided(*pairs: tuple[str, str]) -> tuple[Told, ...]:
    return tuple(Told(Said(finding, word)) for finding, word in pairs)
