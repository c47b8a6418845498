"""The words of a review, in both languages, and those a person may type for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mes_conformity.foundation.i18n import Text, both, pick

if TYPE_CHECKING:
    from mes_conformity.dossier.review import Change

KINDS: Mapping[str, Text] = {
    "major_nonconformity": both("non-conformité majeure"),
    "minor_nonconformity": both("non-conformité mineure"),
    "information_request": both("demande de complément"),
    "observation": both("observation"),
    "good_practice": both("bonne pratique"),
}
# Kinds that the publisher has to deal with before an expert closes them.
WAITING = ("major_nonconformity", "minor_nonconformity", "information_request")
ACTIONS: Mapping[str, Text] = {
    "corrected": both("corrigé"),
    "planned": both("prévu"),
    "explained": both("expliqué"),
    "contested": both("contesté"),
}
DECISIONS: Mapping[str, Text] = {"closed": both("levé"), "maintained": both("maintenu")}
WORDS: Mapping[str, Text] = {**ACTIONS, **DECISIONS}
STATES: Mapping[str, Text] = {
    "submitted": both("déposé"),
    "changes_requested": both("modifications demandées"),
    "closed": both("revue close"),
}
FINDING_STATES: Mapping[str, Text] = {
    "open": both("attend une réponse"),
    "answered": both("répondu, attend l'expert"),
    "closed": both("levé"),
    "noted": both("pour information"),
}
ROLES: Mapping[str, Text] = {"expert": both("expert"), "publisher": both("éditeur")}


def named(text: str, words: Mapping[str, Text]) -> str | None:
    """The key that `text` names, by itself or by its word in either language; None for anything else."""
    from mes_conformity.assessment.words import folded

    wanted = folded(text)
    return next((key for key, word in words.items() if wanted in {folded(key), *map(folded, word.values())}), None)


def accepted(words: Mapping[str, Text]) -> Text:
    """The words, for an error."""
    return {language: " | ".join(word[language] for word in words.values()) for language in ("fr", "en")}


def change_text(change: Change) -> str:
    """One thing that changed since an expert looked, in words."""
    from mes_conformity.assessment.words import status_name

    then, now = change.then or "∅", change.now or "∅"
    if change.what == "status":
        return pick(both("réponse : {then} → {now}", then=status_name(then), now=status_name(now)))
    if change.what == "answer":
        return pick(both("justification ou commentaire réécrits"))
    if change.what == "case":
        return f"{change.name} : {then} → {now}"
    if change.then is None:
        return pick(both("preuve ajoutée ({name})", name=change.name[:16]))
    return pick(both("preuve retirée ({name})", name=change.name[:16]))
