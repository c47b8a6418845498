"""The schemas of the OpenAPI description (JSON Schema 2020-12), filled with what the contracts fix.

They say what a program may rely on. The rules of a measure that a schema cannot tell stay with the validators: a body
that these schemas allow may still be refused with 422 and an OperationOutcome.
"""

from collections.abc import Mapping
from typing import Any

from mes_conformity.sandbox.control import A_CASE, AN_INSTANT, MOST_DAYS, MOST_REQUESTS, MOST_S
from mes_conformity.sandbox.identities import TEST_INS_SYSTEM
from mes_conformity.sandbox.world import CONSENTS, World

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1}
URL: Schema = {"type": "string", "format": "uri"}
ID: Schema = {"type": "string", "pattern": r"^[A-Za-z0-9.\-]{1,64}$"}
INSTANT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
CHOICE: Schema = {"enum": ["granted", "refused"]}


def closed(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Schema:
    """An object with these members and no other."""
    return {**opened(required, optional), "additionalProperties": False}


def opened(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Schema:
    """An object with at least these members."""
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def listed(items: Schema, **more: Any) -> Schema:
    """A list."""
    return {"type": "array", "items": items, **more}


def ref(name: str) -> Schema:
    """A schema of this description by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def schemas(world: World) -> dict[str, Schema]:
    """Every schema by its name."""
    return {**_fhir(), **_authorization(world), **_control(world)}


def _fhir() -> dict[str, Schema]:
    resource = opened({"resourceType": NAME}, {"id": ID, "meta": {"type": "object"}})
    link = closed({"relation": {"enum": ["self", "next", "previous"]}, "url": URL})
    issue = opened({"severity": {"enum": ["fatal", "error", "warning", "information"]}, "code": NAME})
    search = closed({"mode": {"enum": ["match", "include", "outcome"]}})
    answered = opened({"status": {"type": "string", "pattern": "^[1-5][0-9][0-9]"}}, {"location": TEXT, "etag": TEXT})
    return {
        "Resource": resource,
        "AnythingTyped": opened({"resourceType": NAME}),
        "OperationOutcome": opened({"resourceType": {"const": "OperationOutcome"}, "issue": listed(issue, minItems=1)}),
        "CapabilityStatement": opened(
            {
                "resourceType": {"const": "CapabilityStatement"},
                "fhirVersion": {"const": "4.0.1"},
                "rest": listed({"type": "object"}, minItems=1),
            }
        ),
        "Transaction": {"anyOf": [ref("Measure"), ref("Submission")]},
        "TransactionResponse": opened(
            {"resourceType": {"const": "Bundle"}, "type": {"const": "transaction-response"}},
            {"entry": listed(opened({"response": answered}, {"resource": resource}))},
        ),
        "Searchset": opened(
            {
                "resourceType": {"const": "Bundle"},
                "type": {"const": "searchset"},
                "total": {"type": "integer", "minimum": 0},
                "link": listed(link, minItems=1),
            },
            {"entry": listed(opened({"fullUrl": URL, "resource": ref("AnyResource"), "search": search}))},
        ),
    }


def _authorization(world: World) -> dict[str, Schema]:
    contract = world.pairing
    names = contract.get("claims")
    key = opened({"kty": {"const": "EC"}, "crv": NAME, "x": NAME, "y": NAME, "kid": NAME})
    decision = {"enum": ["accept", "refuse"]}
    tokens = {
        "access_token": NAME, "refresh_token": NAME, "id_token": NAME, "scope": TEXT,
        "token_type": {"const": contract.get("token_type")}, names["pairing_id"]: ID,
    }  # fmt: skip
    pairing = {
        names["pairing_id"]: ID, names["idpe"]: NAME, names["assign_auth"]: NAME,
        "status": {"enum": contract.get("pairing_statuses")},
    }  # fmt: skip
    return {
        "Page": TEXT,
        "OAuthError": opened({"error": NAME, "error_description": TEXT}),
        "Discovery": opened(
            dict.fromkeys(("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"), URL),
            {"code_challenge_methods_supported": listed(NAME)},
        ),
        "KeySet": opened({"keys": listed(key)}),
        "Decision": opened({"request": NAME, "decision": decision}, {"login": TEXT, "password": TEXT, "otp": TEXT}),
        "TokenDemand": opened(
            {"grant_type": {"enum": ["authorization_code", "refresh_token"]}},
            dict.fromkeys(
                ("code", "redirect_uri", "code_verifier", "refresh_token", "scope", "client_id", "client_secret"), TEXT
            ),
        ),
        "Tokens": opened(tokens, {"expires_in": {"type": "integer", "minimum": 1}}),
        "Revocation": opened({"token": NAME}, {"token_type_hint": TEXT, "client_id": TEXT, "client_secret": TEXT}),
        "Visit": opened({"request": NAME}, {"step": TEXT, "pairing": TEXT}),
        "Pairing": opened(pairing, {"consents": {"type": "object"}}),
    }


def _control(world: World) -> dict[str, Schema]:
    limit = {"type": "integer", "minimum": 0, "maximum": MOST_REQUESTS}
    seconds = {"type": "number", "minimum": 0}
    person = dict.fromkeys(("login", "password", "otp", "name"), NAME)
    ins = closed({"system": {"const": TEST_INS_SYSTEM}, "value": {"type": "string", "pattern": "^[0-9]{15}$"}})
    citizen = opened({**person, "birth_date": TEXT}, {"ins": ins, "situation": TEXT})
    client = dict.fromkeys(("client_id", "client_secret", "redirect_uri", "solution_oid"), NAME)
    line = opened({"at": TEXT, "method": TEXT, "path": TEXT, "query": TEXT, "headers": {"type": "object"}})
    target = {"url": URL, "fhir_url": URL, "issuer": URL, "control_url": URL, "client": opened(client)}
    return {
        "ControlError": opened({"error": closed({"message": NAME})}),
        "Description": opened({"openapi": {"const": "3.1.0"}, "info": {"type": "object"}, "paths": {"type": "object"}}),
        "Pem": {"type": "string", "pattern": "^-----BEGIN CERTIFICATE-----"},
        "Target": opened({**target, "users": listed(citizen), "people": listed(citizen)}),
        "ConsentsOrder": closed({"pairing_id": TEXT}, dict.fromkeys(CONSENTS, CHOICE)),
        "Consents": closed({"pairing_id": ID, **dict.fromkeys(CONSENTS, CHOICE)}),
        "ServiceStatus": closed({"status": {"enum": world.pairing.get("service_statuses")}}),
        "ServiceVersion": closed({"version": {"type": "string", "minLength": 1, "maxLength": 40}}),
        "PublishedVersion": opened({"version": NAME}),
        "ClockOrder": {
            "anyOf": [
                closed({"advance_s": {"type": "number", "minimum": -MOST_S, "maximum": MOST_S}}),
                closed({"at": {"anyOf": [{"type": "null"}, {"type": "string", "pattern": AN_INSTANT}]}}),
            ]
        },
        "Clock": closed({"now": INSTANT, "advanced_s": seconds, "fixed": {"type": "boolean"}}),
        "Faults": closed(
            {"faults": listed({"enum": fault_names()})}, {"case": {"type": "string", "pattern": f"^{A_CASE}$"}}
        ),
        "RateLimit": closed({"requests": limit}),
        "RateLimited": closed({"requests": limit, "previous": limit}),
        "NewPerson": closed({}, {"of_age_in_days": {"type": "integer", "minimum": 0, "maximum": MOST_DAYS}}),
        "Person": opened(person),
        "Journal": closed({"entries": listed(line)}),
    }


def fault_names() -> list[str]:
    """The faults that can be asked for."""
    from mes_conformity.sandbox.faults import FAULTS

    return sorted(FAULTS)
