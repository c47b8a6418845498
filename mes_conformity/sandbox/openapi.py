"""`GET /openapi.json`: the HTTP surface as OpenAPI 3.1, made from the contracts and from the routes that are served.

Each operation carries `x-basis` (published, republished, draft, assumption, or tool for the control address) and
`x-source`. A route that nobody described yet still appears, with what its handler says of itself.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity import __version__
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.sandbox import contracts, openapi_bodies, openapi_measures, validation
from mes_conformity.sandbox.answers import ControlRefusal, plain_json
from mes_conformity.sandbox.fhir_xml import FHIR_XML
from mes_conformity.sandbox.identities import CLIENT
from mes_conformity.sandbox.openapi_schemas import ID, NAME, TEXT, Schema, ref, schemas
from mes_conformity.sandbox.operations import FHIR, FORM, IN_XML, JSON, OPERATIONS, Operation, worth
from mes_conformity.sandbox.surface import control_path
from mes_conformity.sandbox.world import World
from mes_conformity.validators.contract import Contract

Row = tuple[str, str, str]  # path, method, name of the handler

_TITLE = both("Bac à sable mes-conformity")
_WHAT = both(
    "Serveur de test : ce n'est pas Mon espace santé. Chaque route dit ce qu'elle vaut : x-basis (published, "
    "republished, draft, assumption, tool) et x-source. L'en-tête X-Sandbox-Fault demande des défauts pour une "
    "seule requête, X-Sandbox-Case nomme le cas dont elle prend les défauts : ce sont des moyens du bac à sable, lus "
    "sur la boucle locale seulement. Contrats :"
)
_TAGS = (
    ("authorization", both("Appariement et jetons (OAuth 2.0, OpenID Connect)")),
    ("fhir", both("Échanges FHIR R4")),
    ("control", both("Adresse de commande du bac à sable : ne fait pas partie de Mon espace santé")),
)
_LIMITED = both("Trop de requêtes : revenir après Retry-After secondes (hypothèse)")


XML_TEXT: Schema = {"description": "HL7 FHIR R4, §2.6.1: the same resource in XML", "contentMediaType": FHIR_XML}
_NAMED = r"[a-z0-9.:]+\|[A-Za-z0-9:.-]+"  # system|value
_PERSON = {"type": "string", "pattern": r"^[0-9.:a-z]+\|.+$"}


def contracts_of(world: World) -> dict[str, Contract]:
    """Every contract that the routes come from, by the names that `operations` uses."""
    return {**world.contracts, "documents": contracts.documents(), "agenda": contracts.agenda()}


def answer(world: World, request: Request, rows: Sequence[Row]) -> Response:
    """The description, in French, or in English where `lang=en`. Raises ControlRefusal 400."""
    asked = request.query_params.getlist("lang") or ["fr"]
    if asked not in (["fr"], ["en"]):
        raise ControlRefusal(400, "lang is fr or en")
    return plain_json(document(world, rows, asked[0]))


def document(world: World, rows: Sequence[Row], lang: str = "fr") -> dict[str, Any]:
    """The OpenAPI document of the served `rows`."""
    paths: dict[str, dict[str, Any]] = {}
    for path, method, name in rows:
        paths.setdefault(path, {})[method.lower()] = _operation(world, path, method, name, lang)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _TITLE[lang],
            "version": __version__,
            "description": f"{_WHAT[lang]} {', '.join(c.reference for c in contracts_of(world).values())}.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": world.url}],
        "tags": [{"name": name, "description": text[lang]} for name, text in _TAGS],
        "paths": paths,
        "components": {
            "schemas": {
                **openapi_bodies.answered(),
                **openapi_bodies.sent(),
                **schemas(world),
                "Measure": openapi_measures.measure(world.measures),
            },
            "parameters": _parameters(world),
            "securitySchemes": _security(world),
            "headers": {"RetryAfter": {"required": True, "schema": {"type": "integer", "minimum": 0}}},
        },
    }


def _operation(world: World, path: str, method: str, name: str, lang: str) -> dict[str, Any]:
    operation = OPERATIONS.get(name)
    basis, source = worth(operation, contracts_of(world))
    told: dict[str, Any] = {
        "operationId": f"{method.lower()}{path.translate(_AS_ID)}",
        "tags": [_tag(world, path)],
        "summary": operation.summary[lang] if operation else name,
        "x-basis": basis,
        **({"x-source": source} if source else {}),
        "responses": {},
    }
    if operation is None:
        return {**told, "responses": {"default": {"description": "?"}}}
    parameters = [{"$ref": f"#/components/parameters/{parameter}"} for parameter in operation.parameters]
    parameters += resource_parameters(path, method)
    if parameters:
        told["parameters"] = parameters
    if path.endswith("/_search"):
        told["requestBody"] = {"required": True, "content": {FORM: {"schema": _search_form(path)}}}
    elif operation.body:
        content = {kind: {"schema": ref(schema)} for kind, schema in operation.body.items()}
        if name in IN_XML:
            content[FHIR_XML] = {"schema": XML_TEXT}  # no schema tells XML
        told["requestBody"] = {"required": operation.body_required, "content": content}
    if operation.security:
        told["security"] = [{scheme: [] for scheme in alternative} for alternative in operation.security]
    told["responses"] = _responses(operation) | _limited(world, path, lang)
    _link(told["responses"], path, method)
    return told


_AS_ID = {ord(character): "_" for character in "/.-{}"}


def _tag(world: World, path: str) -> str:
    base = world.measures.get("fhir_path")
    if control_path(path) or path == validation.PATH:
        return "control"
    return "fhir" if path == base or path.startswith(f"{base}/") else "authorization"


def _responses(operation: Operation) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, body in sorted(operation.answers.items()):
        told: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if body is not None:
            told["content"] = {body[0]: {"schema": ref(body[1])} if body[1] != "Bytes" else {}}  # no schema tells bytes
            if body[0] == FHIR:
                told["content"][FHIR_XML] = {"schema": XML_TEXT}
        if status == 302:
            told["headers"] = {"Location": {"required": True, "schema": NAME}}
        if status == 401:
            told["headers"] = {"WWW-Authenticate": {"required": True, "schema": NAME}}
        if body is not None and body[1] == "Resource":
            told["headers"] = {"ETag": {"required": True, "schema": {"type": "string", "pattern": '^W/"[0-9]+"$'}}}
        answers[str(status)] = told
    return answers


def _limited(world: World, path: str, lang: str) -> dict[str, Any]:
    """The answer to one request too many, which the control address never gives."""
    if control_path(path):
        return {}
    kind, schema = (FHIR, "OperationOutcome") if _tag(world, path) == "fhir" else (JSON, "OAuthError")
    told = {
        "description": _LIMITED[lang],
        "headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}},
        "content": {kind: {"schema": ref(schema)}},
    }
    return {"429": told}


def _security(world: World) -> dict[str, Any]:
    header = world.measures.get("id_token_header")
    return {
        "client_basic": {"type": "http", "scheme": "basic"},
        "access_token": {"type": "http", "scheme": "bearer"},
        "id_token": {"type": "apiKey", "in": "header", "name": header},
    }


def _parameters(world: World) -> dict[str, Any]:
    return {
        "lang": _parameter("lang", "query", {"enum": ["fr", "en"]}),
        **_path_parameters(),
        **_authorization_parameters(world),
        **_search_parameters(world),
        "patient_identifier": _parameter("identifier", "query", _PERSON, required=True),
    }


def _parameter(name: str, place: str, schema: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, "schema": schema, **required, **more}


def _path_parameters() -> dict[str, Any]:
    return {
        "pairing_id": _parameter("id", "path", ID),
        "id": _parameter("id", "path", ID),
        "kind": _parameter("kind", "path", {"enum": ["Observation", "Device"]}),
        "any_kind": _parameter("kind", "path", NAME),
        "version": _parameter("version", "path", {"type": "string", "pattern": "^[0-9]{1,9}$"}),
        "If-None-Exist": _parameter("If-None-Exist", "header", {"type": "string", "pattern": f"^identifier={_NAMED}$"}),
        "If-None-Match": _parameter("If-None-Match", "header", TEXT),
        "Prefer": _parameter("Prefer", "header", TEXT),
    }


def _authorization_parameters(world: World) -> dict[str, Any]:
    contract = world.pairing
    challenge = {"type": "string", "pattern": r"^[A-Za-z0-9_\-.~]{43,128}$"}
    wanted: dict[str, Mapping[str, Any]] = {
        "client_id": {"const": CLIENT.client_id},
        "redirect_uri": {"const": CLIENT.redirect_uri},
        "response_type": {"const": contract.get("response_type")},
        "scope": {"type": "string", "pattern": "^openid"},
        "code_challenge": challenge,
        "code_challenge_method": {"const": contract.get("pkce_method")},
    }
    told = {name: _parameter(name, "query", schema, required=True) for name, schema in wanted.items()}
    return told | {name: _parameter(name, "query", TEXT) for name in ("state", "nonce")}


_SEARCHED = (
    ("DocumentReference", "documents", ""),
    ("List", "documents", "lists_"),
    ("Appointment", "agenda", ""),
    ("Slot", "agenda", "slots_"),
    ("Schedule", "agenda", "schedules_"),
)


def _contract(name: str) -> Contract:
    return contracts.documents() if name == "documents" else contracts.agenda()


def resource_parameters(path: str, method: str) -> list[dict[str, Any]]:
    """The parameters that the contracts of documents and appointments list, in place."""
    for kind, name, prefix in _SEARCHED:
        contract = _contract(name)
        base = f"{contract.get('fhir_path')}/{kind}"
        if path == f"{base}/{{id}}":
            condition = [] if method == "GET" else [_parameter("If-Match", "header", TEXT)]
            return [_parameter("id", "path", ID), *condition]
        if path == base and method in ("PUT", "PATCH"):
            identifier = {"type": "string", "pattern": f"^{_NAMED}$"}
            return [_parameter("identifier", "query", identifier, required=True)]
        if path == base and method == "GET":
            return _listed_parameters(contract, prefix)
    return [_parameter("id", "path", ID)] if path.endswith(("/Binary/{id}", "/Practitioner/{id}")) else []


def _link(responses: dict[str, Any], path: str, method: str) -> None:
    """What was created can be read: the id of the answer is that of the address (OpenAPI 3.1, §4.8.20)."""
    if method in ("POST", "PUT") and "201" in responses and "/fhir/" in path and not path.endswith("}"):
        read = {"operationId": f"get{path.translate(_AS_ID)}__id_", "parameters": {"id": "$response.body#/id"}}
        responses["201"]["links"] = {"read": read}


def _search_form(path: str) -> Schema:
    """The parameters of a search as the form of `POST …/_search`."""
    name, prefix = next((name, prefix) for kind, name, prefix in _SEARCHED if f"/{kind}/" in path)
    rows = _listed_parameters(_contract(name), prefix)
    fields = {row["name"]: row["schema"] for row in rows}
    required = [row["name"] for row in rows if row.get("required")]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _listed_parameters(contract: Contract, prefix: str) -> list[dict[str, Any]]:
    required = set(contract.get(f"{prefix}required_parameters"))
    day = {
        "type": "string",
        "pattern": r"^(eq|ne|gt|lt|ge|le|sa|eb)?20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
    }
    most = contract.get("count_max")
    told = [
        _parameter(
            row["name"], "query", day if row["type"] in ("date", "period") else NAME, required=row["name"] in required
        )
        for row in contract.get(f"{prefix}search_parameters")
    ]
    if contract.has(f"{prefix}includes"):
        values = {"type": "array", "items": {"enum": contract.get(f"{prefix}includes")}, "minItems": 1}
        told.append(_parameter("_include", "query", values, style="form", explode=True))
    shared = prefix in ("slots_", "schedules_")
    return [
        *([] if shared else [_parameter(contract.get("patient_parameter"), "query", _PERSON, required=True)]),
        *told,
        _parameter("_count", "query", {"type": "integer", "minimum": 1, "maximum": most}),
        _parameter("_offset", "query", {"type": "integer", "minimum": 0, "maximum": 1_000_000}),
    ]


def _search_parameters(world: World) -> dict[str, Any]:
    contract = world.measures
    patient, code, date = (contract.get(f"{name}_parameter") for name in ("patient", "code", "date"))
    most = contract.get("count_max")
    bound = {"type": "string", "pattern": r"^(ge|gt|le|lt)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$"}
    both_bounds = {"type": "array", "items": bound, "minItems": 2, "maxItems": 2}
    return {
        "patient": _parameter(patient, "query", _PERSON, required=True),
        "code": _parameter(code, "query", {"enum": sorted(contract.measures_by_code)}, required=True),
        "date": _parameter(date, "query", both_bounds, style="form", explode=True),
        "_sort": _parameter("_sort", "query", {"const": contract.get("sort_last")}),
        "_count": _parameter("_count", "query", {"type": "integer", "minimum": 1, "maximum": most}),
        "_offset": _parameter("_offset", "query", {"type": "integer", "minimum": 0, "maximum": 1_000_000}),
        "_include": _parameter("_include", "query", {"enum": contract.get("include_values")}),
    }


def explained(world: World, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What each route is worth: `{path, method, summary, basis, source}`, in the order of the routes."""
    told = []
    for path, method, name in rows:
        operation = OPERATIONS.get(name)
        basis, source = worth(operation, contracts_of(world))
        summary: Text = operation.summary if operation else {"fr": name, "en": name}
        told.append({"path": path, "method": method, "summary": dict(summary), "basis": basis, "source": source})
    return told
