"""The faults of documents and appointments: name, description, fields of Behaviour with their wrong values."""

from collections.abc import Mapping
from typing import Any, Final

from mes_conformity.foundation.i18n import Text, both

Row = tuple[str, Text, Mapping[str, Any]]


def _row(name: str, description: Text, **overrides: Any) -> Row:
    return name, description, overrides


def _accepts(name: str, description: Text, *errors: str) -> Row:
    return name, description, {"ignored_errors": frozenset(errors)}


def _ignores(name: str, description: Text, *parameters: str) -> Row:
    return name, description, {"filters_ignored": frozenset(parameters)}


EXCHANGE_FAULTS: Final[tuple[Row, ...]] = (
    _accepts(
        "mandatory-element-unchecked", both("un document ou un rendez-vous incomplet est accepté"), "element_missing"
    ),
    _accepts("fixed-value-unchecked", both("une valeur que le profil fixe n'est pas vérifiée"), "value_wrong"),
    _accepts("forbidden-element-accepted", both("un élément interdit ou répété est accepté"), "element_excess"),
    _accepts("confidentiality-unchecked", both("un code de confidentialité inconnu est accepté"), "code_unknown"),
    _accepts("document-hash-unchecked", both("une empreinte fausse est acceptée"), "hash_wrong"),
    _accepts("document-size-unchecked", both("une taille fausse est acceptée"), "size_wrong"),
    _accepts("document-format-unchecked", both("un format de document refusé est accepté"), "media_type_refused"),
    _accepts("document-type-unchecked", both("un contenu d'un autre type est accepté"), "content_disagrees"),
    _accepts("document-data-unchecked", both("un contenu qui n'est pas du base64 est accepté"), "data_unreadable"),
    _accepts(
        "master-identifier-unchecked", both("un identifiant maître mal écrit est accepté"), "master_identifier_wrong"
    ),
    _accepts("document-replaces-anything", both("un remplacement sans cible est accepté"), "replaces_wrong"),
    _accepts(
        "search-parameter-optional", both("un paramètre de recherche obligatoire est oublié"), "parameter_missing"
    ),
    _row("duplicate-accepted", both("deux fois le même identifiant : deux ressources"), duplicates_found=False),
    _row("document-altered", both("le contenu rendu n'est pas celui déposé"), content_altered=True),
    _row(
        "document-served-after-removal",
        both("un document remplacé ou retiré est encore rendu"),
        content_kept_after_removal=True,
    ),
    _row("accept-ignored", both("l'en-tête Accept n'est pas lu"), accept_honoured=False),
    _row("replaced-still-current", both("un document remplacé reste courant"), replaced_superseded=False),
    _row("version-not-told", both("ni versionId ni ETag ne sont donnés"), versions_told=False),
    _row("version-not-counted", both("une modification ne change pas la version"), versions_counted=False),
    _row("if-match-ignored", both("une version périmée est écrasée"), version_condition_checked=False),
    _row("patch-unlimited", both("toute métadonnée se modifie par PATCH"), patch_limited=False),
    _ignores("category-ignored", both("la catégorie cherchée est ignorée"), "DocumentReference.category"),
    _ignores("type-ignored", both("le type cherché est ignoré"), "DocumentReference.type"),
    _ignores(
        "period-ignored",
        both("la période cherchée est ignorée"),
        "DocumentReference.period",
        "DocumentReference.period-start",
        "DocumentReference.date",
    ),
    _ignores("status-ignored", both("le statut cherché est ignoré"), "DocumentReference.status", "Appointment.status"),
    _ignores("appointment-date-ignored", both("la date de rendez-vous cherchée est ignorée"), "Appointment.date"),
    _accepts("appointment-invariants-unchecked", both("les invariants app-1 à app-4 ne sont pas vus"), "invariant"),
    _accepts(
        "appointment-life-cycle-unchecked",
        both("un rendez-vous naît ou renaît dans n'importe quel statut"),
        "create_status",
        "transition",
    ),
    _row(
        "conditional-update-duplicates",
        both("une modification conditionnelle crée un second rendez-vous"),
        conditional_update_matches=False,
    ),
    _row("cancellation-ignored", both("une annulation est confirmée mais pas enregistrée"), cancelled_kept=False),
    _row(
        "basic-rules-unchecked",
        both("une ressource qui n'est pas du FHIR (type, date, élément inconnu) est acceptée"),
        basic_rules_checked=False,
    ),
    _row("xml-refused", both("un corps en XML est refusé (415)"), xml_read=False),
    _row(
        "submission-references-unresolved",
        both("le lot enregistré désigne encore les adresses de l'envoi"),
        references_resolved=False,
    ),
    _ignores("list-code-ignored", both("le code de liste cherché est ignoré"), "List.code"),
    _ignores("slot-status-ignored", both("le statut de créneau cherché est ignoré"), "Slot.status"),
    _row("slot-taken-twice", both("un créneau déjà pris est réservé à nouveau"), taken_slots_refused=False),
    _row("slot-stays-free", both("un créneau réservé reste annoncé libre"), slots_taken=False),
    _row("nothing-found-answers-404", both("une recherche vide répond 404"), nothing_found_answers=404),
)
