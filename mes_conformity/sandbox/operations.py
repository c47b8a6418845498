"""What is said of each route: its purpose, where it comes from, what it takes and what it answers.

A route is known by its handler (`tokens.revoke`). `worth` names a leaf of a contract (`pairing:token_path`): its basis
and source are then told; or gives a basis and a source in words (`published: RFC 8414, §3`); or is `tool`, which is no
part of Mon espace santé. Schemas are those of `descriptions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mes_conformity.foundation.i18n import Text, both
from mes_conformity.sandbox.patient import WORTH

FHIR = "application/fhir+json"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. `answers`: status → (media type, schema), or None without a body. `body`: media type → schema.
    `parameters`: names of components. `security`: alternatives, each a tuple of schemes all of which are needed."""

    summary: Text
    worth: str
    answers: Mapping[int, tuple[str, str] | None]
    body: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    security: tuple[tuple[str, ...], ...] = ()
    body_required: bool = True


def _fhir(schema: str, *refused: int, success: int = 200) -> dict[int, tuple[str, str] | None]:
    return {success: (FHIR, schema), **dict.fromkeys(refused, (FHIR, "OperationOutcome"))}


def _oauth(schema: str, *refused: int) -> dict[int, tuple[str, str] | None]:
    return {200: (JSON, schema), **dict.fromkeys(refused, (JSON, "OAuthError"))}


def _control(schema: str, *refused: int, success: int = 200) -> dict[int, tuple[str, str] | None]:
    return {success: (JSON, schema), **dict.fromkeys(refused, (JSON, "ControlError"))}


_TOKENS = (("access_token", "id_token"),)
_CLIENT = (("client_basic",), ())  # without the header: client_id and client_secret in the form

_AUTHORIZATION: dict[str, Operation] = {
    "discovery.configuration": Operation(
        both("Ce que le serveur d'autorisation dit de lui-même"), "pairing:discovery_path", _oauth("Discovery", 404)
    ),
    "discovery.server_metadata": Operation(
        both("La même chose, là où OAuth 2.0 la cherche"), "published: RFC 8414, §3", _oauth("Discovery", 404)
    ),
    "discovery.keys": Operation(both("Les clés publiques des id_token"), "pairing:jwks_path", _oauth("KeySet")),
    "authorization.show": Operation(
        both("Demander l'appariement : la page où la personne se connecte et choisit"),
        "pairing:authorize_path",
        {200: (HTML, "Page"), 302: None, 400: (HTML, "Page"), 413: (JSON, "OAuthError")},
        parameters=(
            "client_id",
            "redirect_uri",
            "response_type",
            "scope",
            "state",
            "nonce",
            "code_challenge",
            "code_challenge_method",
        ),
    ),
    "authorization.answer": Operation(
        both("La réponse de la personne : retour chez le service avec un code, ou la page à nouveau"),
        "pairing:authorize_path",
        {200: (HTML, "Page"), 302: None, 400: (HTML, "Page"), 403: (HTML, "Page"), 413: (JSON, "OAuthError")},
        body={FORM: "Decision"},
    ),
    "tokens.token": Operation(
        both("Échanger un code, ou renouveler les jetons"),
        "pairing:token_path",
        _oauth("Tokens", 400, 401, 413),
        body={FORM: "TokenDemand"},
        security=_CLIENT,
    ),
    "tokens.revoke": Operation(
        both("Révoquer un jeton"),
        "pairing:revoke_path",
        {200: None, 400: (JSON, "OAuthError"), 401: (JSON, "OAuthError"), 413: (JSON, "OAuthError")},
        body={FORM: "Revocation"},
        security=_CLIENT,
    ),
    "pairings.show": Operation(
        both("L'état d'un appariement et ses consentements"),
        "pairing:pairing_path",
        _oauth("Pairing", 400, 401, 404),
        parameters=("pairing_id",),
        security=(("client_basic",), ("access_token",)),
    ),
    "pairings.end": Operation(
        both("Mettre fin à un appariement"),
        "pairing:pairing_path",
        {204: None, 400: (JSON, "OAuthError"), 401: (JSON, "OAuthError"), 404: (JSON, "OAuthError")},
        parameters=("pairing_id",),
        security=(("client_basic",), ("access_token",)),
    ),
}

_FHIR: dict[str, Operation] = {
    "exchanges.write": Operation(
        both("Écrire une mesure (une Observation et un Device au plus), ou un lot de documents (ITI-65)"),
        "republished: API Mesures 1.5.2, §2.2; documents: published, ans.fhir.fr.pdsm 3.1.1, flux 01, assumed for MES",
        _fhir("TransactionResponse", 400, 401, 403, 409, 413, 415, 422),
        body={FHIR: "Transaction"},
        parameters=("Prefer",),
        security=_TOKENS,
    ),
    "discovery.metadata": Operation(
        both("Ce que les routes FHIR savent faire (CapabilityStatement)"),
        "published: HL7 FHIR R4, §3.1.0.8",
        _fhir("CapabilityStatement", 404),
    ),
    "measures_read.search": Operation(
        both("Chercher des mesures : mode « toutes » (deux bornes) ou mode « dernière »"),
        "measures:search_path",
        _fhir("Searchset", 400, 401, 403, 409),
        parameters=("patient", "code", "date", "_sort", "_count", "_offset", "_include", "Prefer"),
        security=_TOKENS,
    ),
    "app.read": Operation(
        both("Lire une Observation ou un Device par son adresse"),
        "assumption: API Mesures 1.5.2 has no read by address; HL7 FHIR R4, §3.1.0.2",
        {**_fhir("Resource", 400, 401, 403, 404), 304: None},
        parameters=("kind", "id", "If-None-Match"),
        security=_TOKENS,
    ),
    "app.version": Operation(
        both("Lire une version d'une Observation ou d'un Device"),
        "assumption: API Mesures 1.5.2 has no read by address; HL7 FHIR R4, §3.1.0.3",
        {**_fhir("Resource", 400, 401, 403, 404), 304: None},
        parameters=("kind", "id", "version", "If-None-Match"),
        security=_TOKENS,
    ),
}

_CONTROL: dict[str, Operation] = {
    "app.described": Operation(both("Cette description"), "tool", _control("Description", 400), parameters=("lang",)),
    "inspection.page": Operation(
        both("La page du développeur : état, défauts, journal"), "tool", {200: (HTML, "Page")}
    ),
    "control.target": Operation(both("Adresses, clients et personnes de ce bac à sable"), "tool", _control("Target")),
    "control.authority": Operation(
        both("L'autorité TLS à connaître"),
        "tool",
        {200: ("application/x-pem-file", "Pem"), 404: (JSON, "ControlError")},
    ),
    "control.consents": Operation(
        both("Changer les consentements d'un appariement"),
        "tool",
        _control("Consents", 400, 404, 413),
        body={JSON: "ConsentsOrder"},
    ),
    "control.service_status": Operation(
        both("Changer l'état du service au catalogue"),
        "tool",
        _control("ServiceStatus", 400, 413),
        body={JSON: "ServiceStatus"},
    ),
    "control.service_version": Operation(
        both("Publier une autre version du service, qui redemande les consentements"),
        "tool",
        _control("PublishedVersion", 400, 413),
        body={JSON: "ServiceVersion"},
    ),
    "control.clock": Operation(
        both("Avancer ou arrêter l'horloge"), "tool", _control("Clock", 400, 409, 413), body={JSON: "ClockOrder"}
    ),
    "control.faults": Operation(
        both("Se tromper ainsi, et seulement ainsi ; pour toutes les requêtes, ou celles d'un cas"),
        "tool",
        _control("Faults", 400, 409, 413),
        body={JSON: "Faults"},
    ),
    "validation.validate": Operation(
        both("Ce que les règles de base de FHIR disent d'une ressource"),
        "tool",
        _fhir("OperationOutcome", 400, 413),
        body={FHIR: "AnythingTyped"},
        parameters=("any_kind",),
    ),
    "control.reset": Operation(both("Revenir au départ"), "tool", {204: None}),
    "control.rate_limit": Operation(
        both("Limiter les requêtes par appelant et par minute"),
        "tool",
        _control("RateLimited", 400, 413),
        body={JSON: "RateLimit"},
    ),
    "control.new_user": Operation(
        both("Créer une personne fictive"),
        "tool",
        _control("Person", 400, 413, success=201),
        body={JSON: "NewPerson"},
        body_required=False,
    ),
    "control.journal": Operation(both("Ce qui est arrivé, caviardé"), "tool", _control("Journal")),
}

_READ = (400, 401, 403, 404, 409)
_WRITTEN = (400, 401, 403, 404, 409, 412, 413, 415, 422)
_PATCH = "application/json-patch+json"
_SEARCH = (400, 401, 403, 404, 406, 409, 413, 415)

_DOCUMENTS: dict[str, Operation] = {
    "documents.create": Operation(
        both("Publier un document, contenu compris (ITI-105)"),
        "documents:write_profile",
        {**_fhir("DocumentReference", *_WRITTEN), 201: (FHIR, "DocumentReference")},
        body={FHIR: "NewDocument"},
        parameters=("If-None-Exist",),
        security=_TOKENS,
    ),
    "documents.update": Operation(
        both("Changer l'état, la confidentialité ou l'archivage d'un document"),
        "documents:patch_elements",
        _fhir("DocumentReference", 405, *_WRITTEN),
        body={_PATCH: "JsonPatch", FHIR: "FhirPatch"},
        security=_TOKENS,
    ),
    "documents_read.search": Operation(
        both("Chercher des documents (ITI-67)"),
        "documents:search_parameters",
        _fhir("Searchset", *_SEARCH),
        security=_TOKENS,
    ),
    "documents_read.read": Operation(
        both("Lire les métadonnées d'un document"),
        "assumption: HL7 FHIR R4, §3.1.0.2",
        _fhir("DocumentReference", *_READ),
        security=_TOKENS,
    ),
    "documents_read.content": Operation(
        both("Lire le contenu d'un document (ITI-68)"),
        "documents:statuses_served",
        {200: ("*/*", "Bytes"), **dict.fromkeys((*_READ, 406, 410), (FHIR, "OperationOutcome"))},
        security=_TOKENS,
    ),
}

_LISTS: dict[str, Operation] = {
    "lists.search": Operation(
        both("Chercher des lots de soumission et des classeurs (ITI-66)"),
        "documents:lists_search_parameters",
        _fhir("Searchset", *_SEARCH),
        security=_TOKENS,
    ),
    "lists.read": Operation(
        both("Lire un lot de soumission ou un classeur"),
        "published: ans.fhir.fr.pdsm 3.1.1, PDSm-GestionnaireDePartageDeDocuments (List, read)",
        _fhir("List", *_READ),
        security=_TOKENS,
    ),
    "slots.search": Operation(
        both("Chercher des créneaux dans l'agenda fictif"),
        "agenda:slots_search_parameters",
        _fhir("Searchset", *_SEARCH),
        security=_TOKENS,
    ),
    "slots.search_schedules": Operation(
        both("Chercher des agendas fictifs"),
        "agenda:schedules_search_parameters",
        _fhir("Searchset", *_SEARCH),
        security=_TOKENS,
    ),
    "slots.read": Operation(
        both("Lire un créneau, un agenda ou le praticien fictif"),
        "published: ans.fhir.fr.gap 3.0.0, GAP-GestionnaireAgenda and GAP-Consommateur (read); for MES: assumption",
        _fhir("OfAgenda", *_READ),
        security=_TOKENS,
    ),
}

_AGENDA: dict[str, Operation] = {
    "agenda.create": Operation(
        both("Créer un rendez-vous"),
        "agenda:create_statuses",
        {**_fhir("Appointment", *_WRITTEN), 201: (FHIR, "Appointment")},
        body={FHIR: "NewAppointment"},
        parameters=("If-None-Exist",),
        security=_TOKENS,
    ),
    "agenda.update": Operation(
        both("Changer ou annuler un rendez-vous"),
        "agenda:conditional_parameter",
        {**_fhir("Appointment", *_WRITTEN), 201: (FHIR, "Appointment")},
        body={FHIR: "ChangedAppointment"},
        security=_TOKENS,
    ),
    "agenda.search": Operation(
        both("Chercher des rendez-vous"),
        "agenda:search_parameters",
        _fhir("Searchset", *_SEARCH),
        security=_TOKENS,
    ),
    "agenda.read": Operation(
        both("Lire un rendez-vous"),
        "assumption: HL7 FHIR R4, §3.1.0.2",
        _fhir("Appointment", *_READ),
        security=_TOKENS,
    ),
    "patient.search": Operation(
        both("Lire l'identité de la personne appariée ; éteint sauf demande (--patient)"),
        WORTH,
        _fhir("Searchset", *_READ),
        parameters=("patient_identifier",),
        security=_TOKENS,
    ),
}

_SPACE: dict[str, Operation] = {
    "space.show": Operation(
        both("« Mon espace » : la page où la personne retrouve ses appariements"),
        "assumption: only its purpose is known, from the public application",
        {200: (HTML, "Page")},
    ),
    "space.answer": Operation(
        both("« Mon espace » : la suite de la visite"),
        "assumption: only its purpose is known, from the public application",
        {200: (HTML, "Page"), 400: (HTML, "Page"), 403: (HTML, "Page"), 413: (JSON, "OAuthError")},
        body={FORM: "Visit"},
    ),
}

IN_XML = frozenset({"exchanges.write", "documents.create", "documents.update", "agenda.create", "agenda.update"})
"""What also takes its body in XML (PDSm 3.1.1, GAP 3.0.0). Whatever is answered in JSON under the FHIR base, measures
apart, is answered in XML to who asks for it."""

OPERATIONS: Mapping[str, Operation] = {
    **_AUTHORIZATION, **_SPACE, **_FHIR, **_DOCUMENTS, **_LISTS, **_AGENDA, **_CONTROL,
}  # fmt: skip


def worth(operation: Operation | None, contracts: Mapping[str, Any]) -> tuple[str, str]:
    """Basis and source of a route: `("assumption", "Path not read in …")`; `("tool", "")` for our own."""
    told = operation.worth if operation else "assumption: not described"
    if told == "tool":
        return "tool", ""
    left, _, right = told.partition(":")
    if left in contracts:
        return contracts[left].basis(right), contracts[left].source(right)
    return left, right.strip()
