"""The named faults of the sandbox: each is one deviation, at one place, that a test case must be able to see.

A fault overrides fields of `Behaviour`; the server never asks for a fault by name. Names are public: suites give them
in `broken_by`, users on the command line. A name is never reused with another meaning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from mes_conformity.foundation.errors import UsageError
from mes_conformity.foundation.i18n import both
from mes_conformity.sandbox.behaviour import SOUND, Behaviour
from mes_conformity.sandbox.exchange_faults import EXCHANGE_FAULTS
from mes_conformity.sandbox.fault import Fault, accepts, fault

_CONNECTION = (
    fault("slow", both("chaque réponse attend trois secondes"), delay_ms=3000),
    fault("closes-early", both("la connexion est coupée au milieu de la réponse"), cut=True),
    fault("answers-html", both("chaque réponse est une page HTML de maintenance"), answers_html=True),
    fault("server-error", both("chaque réponse est une erreur 500"), answers_server_error=True),
    fault("endless-answer", both("la réponse ne finit pas (5 Go annoncés)"), answers_endlessly=True),
    fault(
        "redirects-elsewhere",
        both("chaque requête est renvoyée vers une autre machine"),
        redirects_to="https://ailleurs.invalid/",
    ),
    fault(
        "rate-limit-too-low",
        both("la réponse est 429 après dix requêtes par minute, bien avant la limite du contrat"),
        rate_limit=10,
    ),
    fault("validator-blind", both("le validateur FHIR ne trouve jamais rien"), validator_blind=True),
    fault("validator-alarmed", both("le validateur FHIR refuse tout"), validator_alarmed=True),
    fault("rate-limit-ignored", both("la limite de requêtes n'est pas appliquée"), rate_limit_applied=False),
    fault("rate-limit-endless", both("après Retry-After, la réponse est encore 429"), rate_limit_ends=False),
    fault("too-many-requests", both("chaque réponse est 429, avec Retry-After"), saturated=True),
    fault(
        "retry-after-missing",
        both("chaque réponse est 429, sans Retry-After"),
        saturated=True,
        retry_after_given=False,
    ),
    fault("certificate-for-another-name", both("le certificat TLS nomme une autre machine"), certificate="other_name"),
    fault("certificate-expired", both("le certificat TLS est expiré"), certificate="expired"),
    fault("old-tls-accepted", both("TLS 1.1 est accepté"), old_tls_refused=False),
    fault("certificate-untrusted", both("le certificat TLS vient d'une autorité inconnue"), certificate="untrusted"),
)

_ACCESS = (
    fault("consent-ignored-on-write", both("l'écriture est acceptée sans consentement"), write_consent_checked=False),
    fault("consent-ignored-on-read", both("la lecture est acceptée sans consentement"), read_consent_checked=False),
    fault("consent-refusal-answers-401", both("le refus faute de consentement répond 401"), consent_status=401),
    fault("access-token-ignored", both("un jeton d'accès inconnu est accepté"), access_token_checked=False),
    fault("access-token-refusal-answers-403", both("un jeton d'accès refusé répond 403"), access_token_status=403),
    fault("expired-token-accepted", both("un jeton d'accès expiré est accepté"), access_token_expires=False),
    fault("revoked-token-accepted", both("un jeton révoqué reste accepté"), revocation_effective=False),
    fault("id-token-ignored", both("un id_token absent ou invalide est accepté"), id_token_checked=False),
    fault("id-token-refusal-answers-401", both("un id_token invalide répond 401"), id_token_status=401),
    fault("oid-conflict-ignored", both("un OID étranger à l'id_token est accepté"), oid_checked=False),
    fault("subject-ignored", both("l'idPe d'un autre patient est accepté"), subject_checked=False),
    fault("subject-mismatch-answers-404", both("l'idPe d'un autre patient répond 404"), subject_status=404),
    fault("suspended-service-accepted", both("un service suspendu échange encore"), service_status_checked=False),
    fault("pairing-removal-ignored", both("les jetons survivent à la désynchronisation"), pairing_ends_tokens=False),
)

_CONTENT = (
    accepts("value-missing-accepted", both("une mesure sans valeur est acceptée"), "value_missing"),
    accepts("bmi-accepted", both("un IMC écrit par le service est accepté"), "bmi_refused"),
    accepts(
        "profile-missing-accepted", both("une Observation sans profil est acceptée"), "profile_missing_observation"
    ),
    accepts("device-profile-missing-accepted", both("un Device sans profil est accepté"), "profile_missing_device"),
    accepts(
        "glucose-rule-ignored",
        both("la règle de la glycémie (moment, nombre de jours) n'est pas vérifiée"),
        "moment_missing",
        "days_missing",
        "moment_forbidden",
        "days_forbidden",
    ),
    accepts("if-none-exist-unchecked", both("un Device sans ifNoneExist est accepté"), "if_none_exist_invalid"),
    accepts(
        "device-reference-unchecked",
        both("une Observation qui ne désigne pas son Device est acceptée"),
        "device_reference_missing",
        "device_reference_unlinked",
    ),
    accepts("source-unchecked", both("un meta.source d'une autre solution est accepté"), "source_foreign"),
    accepts("several-observations-accepted", both("plusieurs Observations sont acceptées"), "one_observation"),
    accepts("other-resource-accepted", both("une autre ressource est acceptée"), "resource_not_acceptable"),
    accepts("subject-missing-accepted", both("une Observation sans sujet est acceptée"), "subject_missing"),
    accepts("no-bundle-accepted", both("un corps qui n'est pas un Bundle est accepté"), "no_bundle"),
)

_ERRORS = (
    fault("operation-outcome-missing", both("les erreurs n'ont pas de corps"), error_body="empty"),
    fault("diagnostics-generic", both("les erreurs ne disent pas leur cause"), error_body="generic"),
    fault("issue-code-wrong", both("les erreurs portent toujours le code « exception »"), issue_code="exception"),
    fault("content-error-answers-400", both("un contenu refusé répond 400 au lieu de 422"), content_status=400),
    fault("content-error-answers-200", both("un contenu refusé répond 200"), content_status=200),
    fault(
        "unreadable-body-crashes",
        both("un corps illisible répond 500 et montre une trace technique"),
        unreadable_body_crashes=True,
    ),
    fault("media-type-wrong", both("les réponses FHIR sont annoncées en text/plain"), media_type="text/plain"),
)

_WRITE = (
    fault("device-duplicated", both("un Device connu est créé une seconde fois"), existing_device_found=False),
    fault("location-missing", both("la réponse d'écriture ne donne pas location"), location_given=False),
    fault("write-not-stored", both("l'écriture est confirmée mais rien n'est enregistré"), stored=False),
    fault("value-altered", both("la valeur enregistrée n'est pas celle envoyée"), value_shift=1.0),
    fault("write-not-atomic", both("le Device d'un lot refusé est enregistré"), atomic=False),
    fault("source-not-set", both("meta.source n'est pas posé quand il manque"), source_set=False),
    fault("answer-order-changed", both("la réponse d'écriture change l'ordre des entrées"), answer_keeps_order=False),
)

_READ = (
    accepts("page-size-unlimited", both("une page de plus de 100 mesures est acceptée"), "page_too_large"),
    accepts("modes-mixed-accepted", both("les modes « tout » et « dernière » se mélangent"), "modes_mixed"),
    accepts("no-mode-accepted", both("une recherche sans mode est acceptée"), "no_mode"),
    accepts("last-wrong-accepted", both("un mode « dernière » mal écrit est accepté"), "last_wrong"),
    fault("page-size-ignored", both("la taille de page demandée est ignorée"), count_applied=False),
    fault("page-repeated", both("chaque page répète la première"), offset_applied=False),
    fault("next-link-missing", both("le lien vers la page suivante manque"), next_link=False),
    fault("previous-link-missing", both("le lien vers la page précédente manque"), previous_link=False),
    fault("self-link-missing", both("le lien de la recherche elle-même manque"), self_link=False),
    fault("last-returns-oldest", both("le mode « dernière » rend la plus ancienne"), last_is_newest=False),
    fault("include-ignored", both("_include ne rend pas le Device"), include_applied=False),
    fault("include-unasked", both("le Device est rendu sans être demandé"), include_only_on_demand=False),
    fault("total-of-the-page", both("total compte la page au lieu de la recherche"), total_of_all_pages=False),
    fault("date-ignored", both("les bornes de date sont ignorées"), date_filtered=False),
    fault("code-ignored", both("le code demandé est ignoré"), code_filtered=False),
    fault("other-patient-returned", both("les mesures d'une autre personne sont rendues"), patient_filtered=False),
    fault("read-by-id-missing", both("une mesure écrite ne se relit pas par son adresse"), read_by_id=False),
    fault("metadata-missing", both("le CapabilityStatement n'est pas publié"), metadata_published=False),
)

_AUTHORIZATION = (
    fault("redirect-unchecked", both("une adresse de retour inconnue est acceptée"), redirect_checked=False),
    fault("state-dropped", both("state n'est pas rendu"), state_returned=False),
    fault("issuer-not-told", both("le retour au service ne nomme pas l'émetteur (iss)"), issuer_told=False),
    fault("pkce-optional", both("une demande sans PKCE est acceptée"), pkce_required=False),
    fault("pkce-plain-accepted", both("la méthode PKCE « plain » est acceptée"), pkce_plain_refused=False),
    fault("pkce-ignored", both("le code_verifier n'est pas vérifié"), pkce_checked=False),
    fault("unknown-scope-accepted", both("un scope inconnu est accepté"), unknown_scope_refused=False),
    fault("refusal-ignored", both("un refus de la personne donne quand même un code"), refusal_honoured=False),
    fault("sign-in-unchecked", both("un mot de passe faux est accepté"), sign_in_checked=False),
    fault("one-time-code-unchecked", both("un code à usage unique faux est accepté"), code_checked=False),
    fault("closed-space-accepted", both("une personne sans espace ouvert est appariée"), closed_space_refused=False),
    fault("minor-alone-accepted", both("une personne mineure est appariée seule"), minor_represented=False),
    fault(
        "new-version-not-approved",
        both("une nouvelle version du service ne redemande pas l'accord"),
        new_version_asks_again=False,
    ),
    fault("majority-not-approved", both("la majorité ne redemande pas l'accord"), majority_asks_again=False),
    fault("response-type-unchecked", both("un autre type de réponse que code est servi"), response_type_checked=False),
    fault("idpe-shared", both("deux personnes reçoivent le même idPe"), idpe_per_person=False),
    fault("consent-choice-ignored", both("un choix refusé sur la page est accordé"), consent_honoured=False),
    fault("discovery-missing", both("le document de découverte manque"), discovery_published=False),
    fault(
        "discovery-issuer-wrong",
        both("la découverte annonce un autre émetteur"),
        discovery_issuer="https://ailleurs.invalid",
    ),
    fault("jwks-empty", both("aucune clé de signature n'est publiée"), jwks_published=False),
)

_TOKENS = (
    fault("client-unchecked", both("un secret de client faux est accepté"), client_authenticated=False),
    fault(
        "client-certificate-ignored",
        both("un appel sans certificat de client est accepté (TLS mutuel)"),
        client_certificate_checked=False,
    ),
    fault(
        "expired-certificate-accepted",
        both("un certificat de client expiré est accepté (TLS mutuel)"),
        client_certificates_let_in=frozenset({"expired"}),
    ),
    fault(
        "revoked-certificate-accepted",
        both("un certificat de client révoqué est accepté (TLS mutuel)"),
        client_certificates_let_in=frozenset({"revoked"}),
    ),
    fault(
        "unknown-certificate-accepted",
        both("un certificat de client d'une autorité inconnue est accepté (TLS mutuel)"),
        client_certificates_let_in=frozenset({"unknown"}),
    ),
    fault(
        "stranger-certificate-accepted",
        both("le certificat d'un service inconnu est accepté (TLS mutuel)"),
        client_certificates_let_in=frozenset({"stranger"}),
    ),
    fault(
        "assertion-signature-unchecked",
        both("une assertion de client signée par une autre clé est acceptée"),
        assertion_signature_checked=False,
    ),
    fault(
        "assertion-audience-unchecked",
        both("une assertion de client destinée à un autre serveur est acceptée"),
        assertion_audience_checked=False,
    ),
    fault("assertion-reusable", both("une assertion de client sert plusieurs fois"), assertion_single_use=False),
    fault("code-reusable", both("un code d'autorisation sert plusieurs fois"), code_single_use=False),
    fault(
        "code-replay-without-effect",
        both("un code rejoué est refusé, mais les jetons qu'il avait donnés restent valables"),
        replay_ends_tokens=False,
    ),
    fault("code-never-expires", both("un code d'autorisation périmé est accepté"), code_expires=False),
    fault("code-redirect-unchecked", both("le code vaut pour une autre adresse"), code_bound_to_redirect=False),
    fault(
        "grant-type-error-wrong",
        both("un type d'octroi inconnu répond invalid_grant"),
        unknown_grant_error="invalid_grant",
    ),
    fault("refresh-refused", both("le renouvellement est toujours refusé"), refresh_honoured=False),
    fault("refresh-not-rotated", both("le jeton de renouvellement ne change pas"), refresh_rotated=False),
    fault(
        "refresh-reuse-undetected",
        both("un jeton de renouvellement déjà utilisé sert encore"),
        refresh_reuse_detected=False,
    ),
    fault("refresh-changes-identity", both("le renouvellement change l'idPe"), refresh_keeps_identity=False),
    fault("scope-widened", both("le jeton donne plus que la personne n'a accordé"), scope_honoured=False),
    fault("token-cacheable", both("la réponse du jeton peut rester en cache"), answer_not_cached=False),
    fault("expires-in-missing", both("la durée du jeton n'est pas annoncée"), expires_in_given=False),
    fault("id-token-wrong-signature", both("l'id_token est signé par une autre clé"), signed_with="other_key"),
    fault("id-token-alg-none", both("l'id_token n'est pas signé (alg none)"), signed_with="none"),
    fault("id-token-wrong-issuer", both("l'id_token nomme un autre émetteur"), issuer_claim="https://ailleurs.invalid"),
    fault("id-token-wrong-audience", both("l'id_token vise un autre client"), audience_claim="un-autre-client"),
    fault("id-token-expired", both("l'id_token est remis déjà expiré"), claims_age_s=86400),
    fault("nonce-dropped", both("nonce manque dans l'id_token"), nonce_returned=False),
    fault("id-token-without-idpe", both("l'idPe manque dans l'id_token"), claims_left_out=frozenset({"idpe"})),
    fault(
        "id-token-without-assign-auth",
        both("l'AssignAuth manque dans l'id_token"),
        claims_left_out=frozenset({"assign_auth"}),
    ),
)

FAULTS: Mapping[str, Fault] = {
    each.name: each
    for each in (
        *_CONNECTION, *_ACCESS, *_CONTENT, *_ERRORS, *_WRITE, *_READ, *_AUTHORIZATION, *_TOKENS,
        *EXCHANGE_FAULTS,
    )
}  # fmt: skip


_SUMMED = ("ignored_errors", "claims_left_out", "filters_ignored", "client_certificates_let_in")


def behaviour(names: Iterable[str]) -> Behaviour:
    """Sound behaviour with the named faults applied, in order; accepted errors add up.

    Raises UsageError `SBX001` for a name that is not in FAULTS.
    """
    result = SOUND
    for name in names:
        named = FAULTS.get(name)
        if named is None:
            raise UsageError(
                "SBX001",
                both("le défaut « {name} » n'existe pas", name=name),
                hint=both("la liste : `mes-conformity sandbox faults`"),
            )
        overrides = dict(named.overrides)
        for summed in _SUMMED:
            if summed in overrides:
                overrides[summed] = getattr(result, summed) | overrides[summed]
        result = replace(result, **overrides)
    return result
