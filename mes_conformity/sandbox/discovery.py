"""What the server says of itself: OpenID discovery, keys, and the CapabilityStatement of the FHIR routes."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity import __version__
from mes_conformity.sandbox import exchanges
from mes_conformity.sandbox.answers import fhir, plain_json, refuse
from mes_conformity.sandbox.fhir_xml import FHIR_XML
from mes_conformity.sandbox.patient import WORTH
from mes_conformity.sandbox.signing import ALGORITHM
from mes_conformity.sandbox.world import World
from mes_conformity.validators.contract import Contract


async def configuration(world: World, request: Request) -> Response:  # noqa: ARG001 - the shape of a handler
    """OpenID Connect Discovery 1.0, §3; RFC 8414, §2; RFC 9207, §3."""
    if not world.behaviour.discovery_published:
        return plain_json({"error": "not_found"}, 404)
    contract, url = world.pairing, world.url
    names = contract.get("claims")
    document = {
        "issuer": world.behaviour.discovery_issuer or url,
        "authorization_endpoint": url + contract.get("authorize_path"),
        "token_endpoint": url + contract.get("token_path"),
        "revocation_endpoint": url + contract.get("revoke_path"),
        "jwks_uri": url + contract.get("jwks_path"),
        "scopes_supported": list(contract.get("scopes").values()),
        "response_types_supported": [contract.get("response_type")],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": contract.get("token_auth_methods"),
        "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "revocation_endpoint_auth_methods_supported": contract.get("token_auth_methods"),
        "revocation_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
        "code_challenge_methods_supported": [contract.get("pkce_method")],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", *names.values()],
        "ui_locales_supported": ["fr"],
        "authorization_response_iss_parameter_supported": True,
    }
    return plain_json(document)


async def server_metadata(world: World, request: Request) -> Response:
    """The same, where a client of OAuth 2.0 without OpenID Connect looks for it (RFC 8414, §3)."""
    return await configuration(world, request)


async def keys(world: World, request: Request) -> Response:  # noqa: ARG001
    """The public keys (RFC 7517, §5)."""
    published = world.behaviour.jwks_published
    return plain_json(world.signer.jwks() if published else {"keys": []})


async def metadata(world: World, request: Request) -> Response:  # noqa: ARG001
    """`GET <fhir_path>/metadata`: a CapabilityStatement (HL7 FHIR R4, §3.1.0.8) that says what each route is worth."""
    if not world.behaviour.metadata_published:
        raise refuse(404, "not-found", "There is no such resource")
    measures = world.measures
    assumed = "assumption: not in the text of API Mesures 1.5.2"
    return fhir(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": world.instant()[:10],
            "kind": "instance",
            "software": {"name": "mes-conformity sandbox", "version": __version__},
            "implementation": {
                "description": f"Test server. It is not Mon espace santé. Contract: {measures.reference}.",
                "url": world.url + measures.get("fhir_path"),
            },
            "fhirVersion": "4.0.1",
            "format": [measures.get("media_type"), FHIR_XML],  # measures in JSON only: their text names no format
            "rest": [
                {
                    "mode": "server",
                    "documentation": f"id_token header {measures.get('id_token_header')}: "
                    f"{_worth(measures, 'id_token_header')}. Patient: {'served' if world.patient_served else 'off'}, "
                    f"{WORTH}.",
                    "security": {"description": f"OAuth 2.0, contract {world.pairing.reference}, mostly assumption"},
                    "resource": [_observation(measures, assumed), _device(assumed), *exchanges.resources(world)],
                    "interaction": [
                        {
                            "code": "transaction",
                            "documentation": f"POST {measures.get('fhir_path')}, one Observation and at most one "
                            f"Device: republished (API Mesures 1.5.2, §2.2); the path: {_worth(measures, 'fhir_path')}",
                        }
                    ],
                }
            ],
        }
    )


def _worth(contract: Contract, path: str) -> str:
    return f"{contract.basis(path)} ({contract.source(path)})"


def _observation(measures: Contract, assumed: str) -> dict[str, Any]:
    names = {
        measures.get("patient_parameter"): "token",
        measures.get("code_parameter"): "token",
        measures.get("date_parameter"): "date",
    }
    return {
        "type": "Observation",
        "supportedProfile": list(dict.fromkeys(measure["profile"] for measure in measures.get("measures"))),
        "interaction": [
            {"code": "search-type", "documentation": _worth(measures, "search_path")},
            {"code": "read", "documentation": assumed},
        ],
        "searchInclude": [measures.get("include_values")[0]],
        "searchParam": [{"name": name, "type": kind} for name, kind in names.items()],
    }


def _device(assumed: str) -> dict[str, Any]:
    return {
        "type": "Device",
        "interaction": [{"code": "read", "documentation": assumed}],
        "conditionalCreate": True,
    }
