"""The faults of documents and appointments."""

from typing import Final

from mes_conformity.foundation.i18n import both
from mes_conformity.sandbox.fault import Fault, accepts, fault, ignores

EXCHANGE_FAULTS: Final[tuple[Fault, ...]] = (
    accepts(
        "mandatory-element-unchecked", both("un document ou un rendez-vous incomplet est accepté"), "element_missing"
    ),
    accepts("fixed-value-unchecked", both("une valeur que le profil fixe n'est pas vérifiée"), "value_wrong"),
    accepts("forbidden-element-accepted", both("un élément interdit ou répété est accepté"), "element_excess"),
    accepts("confidentiality-unchecked", both("un code de confidentialité inconnu est accepté"), "code_unknown"),
    accepts("document-hash-unchecked", both("une empreinte fausse est acceptée"), "hash_wrong"),
    accepts("document-size-unchecked", both("une taille fausse est acceptée"), "size_wrong"),
    accepts("document-format-unchecked", both("un format de document refusé est accepté"), "media_type_refused"),
    accepts("document-type-unchecked", both("un contenu d'un autre type est accepté"), "content_disagrees"),
    accepts("document-data-unchecked", both("un contenu qui n'est pas du base64 est accepté"), "data_unreadable"),
    accepts(
        "master-identifier-unchecked", both("un identifiant maître mal écrit est accepté"), "master_identifier_wrong"
    ),
    accepts("document-replaces-anything", both("un remplacement sans cible est accepté"), "replaces_wrong"),
    accepts("search-parameter-optional", both("un paramètre de recherche obligatoire est oublié"), "parameter_missing"),
    fault("duplicate-accepted", both("deux fois le même identifiant : deux ressources"), duplicates_found=False),
    fault("document-altered", both("le contenu rendu n'est pas celui déposé"), content_altered=True),
    fault(
        "document-served-after-removal",
        both("un document remplacé ou retiré est encore rendu"),
        content_kept_after_removal=True,
    ),
    fault("accept-ignored", both("l'en-tête Accept n'est pas lu"), accept_honoured=False),
    fault("replaced-still-current", both("un document remplacé reste courant"), replaced_superseded=False),
    fault("version-not-told", both("ni versionId ni ETag ne sont donnés"), versions_told=False),
    fault("version-not-counted", both("une modification ne change pas la version"), versions_counted=False),
    fault("if-match-ignored", both("une version périmée est écrasée"), version_condition_checked=False),
    fault("patch-unlimited", both("toute métadonnée se modifie par PATCH"), patch_limited=False),
    ignores("category-ignored", both("la catégorie cherchée est ignorée"), "DocumentReference.category"),
    ignores("type-ignored", both("le type cherché est ignoré"), "DocumentReference.type"),
    ignores(
        "period-ignored",
        both("la période cherchée est ignorée"),
        "DocumentReference.period",
        "DocumentReference.period-start",
        "DocumentReference.date",
    ),
    ignores("status-ignored", both("le statut cherché est ignoré"), "DocumentReference.status", "Appointment.status"),
    ignores("appointment-date-ignored", both("la date de rendez-vous cherchée est ignorée"), "Appointment.date"),
    accepts("appointment-invariants-unchecked", both("les invariants app-1 à app-4 ne sont pas vus"), "invariant"),
    accepts(
        "appointment-life-cycle-unchecked",
        both("un rendez-vous naît ou renaît dans n'importe quel statut"),
        "create_status",
        "transition",
    ),
    fault(
        "conditional-update-duplicates",
        both("une modification conditionnelle crée un second rendez-vous"),
        conditional_update_matches=False,
    ),
    fault("cancellation-ignored", both("une annulation est confirmée mais pas enregistrée"), cancelled_kept=False),
    fault(
        "basic-rules-unchecked",
        both("une ressource qui n'est pas du FHIR (type, date, élément inconnu) est acceptée"),
        basic_rules_checked=False,
    ),
    fault("xml-refused", both("un corps en XML est refusé (415)"), xml_read=False),
    fault(
        "submission-references-unresolved",
        both("le lot enregistré désigne encore les adresses de l'envoi"),
        references_resolved=False,
    ),
    ignores("list-code-ignored", both("le code de liste cherché est ignoré"), "List.code"),
    ignores("slot-status-ignored", both("le statut de créneau cherché est ignoré"), "Slot.status"),
    fault("slot-taken-twice", both("un créneau déjà pris est réservé à nouveau"), taken_slots_refused=False),
    fault("slot-stays-free", both("un créneau réservé reste annoncé libre"), slots_taken=False),
    fault("nothing-found-answers-404", both("une recherche vide répond 404"), nothing_found_answers=404),
)
