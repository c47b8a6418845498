"""How the sandbox behaves, as data. The defaults are what the contracts say; a fault overrides some of them.

The server reads this everywhere a deviation is possible and knows no fault by name: a fault stays small, declarative,
at one place.
"""

from dataclasses import dataclass
from typing import Literal

Certificate = Literal["sound", "other_name", "expired", "untrusted"]
Signature = Literal["sound", "other_key", "none"]
ErrorBody = Literal["outcome", "empty", "generic"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Sound behaviour. A status of 0 means: the one of the contract. `ignored_errors` holds contract error keys."""

    # connection
    delay_ms: int = 0
    cut: bool = False
    answers_html: bool = False
    answers_server_error: bool = False
    answers_endlessly: bool = False
    redirects_to: str = ""
    certificate: Certificate = "sound"
    old_tls_refused: bool = True
    rate_limit: int = 0  # requests per window, far below that of the contract; 0: none of its own
    rate_limit_applied: bool = True
    validator_blind: bool = False
    validator_alarmed: bool = False
    rate_limit_ends: bool = True
    saturated: bool = False
    retry_after_given: bool = True

    # access to the FHIR routes
    access_token_checked: bool = True
    access_token_expires: bool = True
    access_token_status: int = 0
    id_token_checked: bool = True
    id_token_status: int = 0
    oid_checked: bool = True
    subject_checked: bool = True
    subject_status: int = 0
    write_consent_checked: bool = True
    read_consent_checked: bool = True
    consent_status: int = 0
    service_status_checked: bool = True

    # measures: what is refused, and how an error is told
    ignored_errors: frozenset[str] = frozenset()
    basic_rules_checked: bool = True
    content_status: int = 0
    error_body: ErrorBody = "outcome"
    issue_code: str = ""
    media_type: str = ""
    unreadable_body_crashes: bool = False

    # measures: writing
    existing_device_found: bool = True
    location_given: bool = True
    stored: bool = True
    value_shift: float = 0.0
    atomic: bool = True
    source_set: bool = True
    answer_keeps_order: bool = True

    # measures: reading
    count_applied: bool = True
    offset_applied: bool = True
    next_link: bool = True
    previous_link: bool = True
    self_link: bool = True
    last_is_newest: bool = True
    include_applied: bool = True
    include_only_on_demand: bool = True
    total_of_all_pages: bool = True
    date_filtered: bool = True
    code_filtered: bool = True
    patient_filtered: bool = True
    read_by_id: bool = True
    metadata_published: bool = True

    # documents and appointments; `filters_ignored` holds `Resource.parameter`
    filters_ignored: frozenset[str] = frozenset()
    content_altered: bool = False
    content_kept_after_removal: bool = False
    accept_honoured: bool = True
    xml_read: bool = True
    duplicates_found: bool = True
    replaced_superseded: bool = True
    versions_told: bool = True
    versions_counted: bool = True
    version_condition_checked: bool = True
    patch_limited: bool = True
    conditional_update_matches: bool = True
    cancelled_kept: bool = True
    taken_slots_refused: bool = True
    slots_taken: bool = True
    references_resolved: bool = True
    nothing_found_answers: int = 0

    # authorization
    redirect_checked: bool = True
    state_returned: bool = True
    issuer_told: bool = True
    pkce_required: bool = True
    pkce_plain_refused: bool = True
    pkce_checked: bool = True
    unknown_scope_refused: bool = True
    refusal_honoured: bool = True
    sign_in_checked: bool = True
    code_checked: bool = True
    closed_space_refused: bool = True
    minor_represented: bool = True
    new_version_asks_again: bool = True
    majority_asks_again: bool = True
    response_type_checked: bool = True
    idpe_per_person: bool = True
    consent_honoured: bool = True
    discovery_published: bool = True
    discovery_issuer: str = ""
    jwks_published: bool = True

    # tokens
    client_authenticated: bool = True
    client_certificate_checked: bool = True
    client_certificates_let_in: frozenset[str] = frozenset()  # states of authority.CLIENT_STATES
    assertion_signature_checked: bool = True
    assertion_audience_checked: bool = True
    assertion_single_use: bool = True
    code_single_use: bool = True
    replay_ends_tokens: bool = True
    code_expires: bool = True
    code_bound_to_redirect: bool = True
    unknown_grant_error: str = ""
    refresh_honoured: bool = True
    refresh_rotated: bool = True
    refresh_reuse_detected: bool = True
    refresh_keeps_identity: bool = True
    revocation_effective: bool = True
    scope_honoured: bool = True
    answer_not_cached: bool = True
    expires_in_given: bool = True
    signed_with: Signature = "sound"
    issuer_claim: str = ""
    audience_claim: str = ""
    claims_age_s: int = 0
    nonce_returned: bool = True
    claims_left_out: frozenset[str] = frozenset()
    pairing_ends_tokens: bool = True


SOUND = Behaviour()
