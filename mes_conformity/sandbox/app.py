"""The routes of the sandbox as an ASGI application. Paths come from the contracts; the control address is fixed."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mes_conformity.sandbox import (
    authorization,
    control,
    discovery,
    exchanges,
    inspection,
    measures_read,
    openapi,
    pairings,
    patient,
    space,
    tokens,
    validation,
)
from mes_conformity.sandbox.answers import refuse
from mes_conformity.sandbox.mutual_tls import Guard
from mes_conformity.sandbox.surface import CONTROL, DESCRIPTION, Application, Handler, Surface, endpoint, unrouted
from mes_conformity.sandbox.world import World

_FHIR_PATH = {"{id}": "{id:fhir_id}", "{kind}": "{kind:fhir_type}", "{version}": "{version:fhir_id}"}


class _Id(StringConvertor):
    regex = r"[A-Za-z0-9\-.]{1,64}"  # HL7 FHIR R4, §2.24.0.1, id: `_search` and `_history` are none


class _Type(StringConvertor):
    regex = r"[A-Z][A-Za-z]{0,63}"


register_url_convertor("fhir_id", _Id())
register_url_convertor("fhir_type", _Type())

Entry = tuple[str, str, Handler]  # path as an OpenAPI template, method, handler


def create_app(world: World) -> Application:
    """The application that serves `world`."""
    application = Starlette(routes=routes(world), exception_handlers={HTTPException: unrouted(world)})
    application.router.redirect_slashes = False
    return Surface(world, Guard(world, application))


def routes(world: World) -> list[Route]:
    """What the application routes to."""
    return [_route(world, *entry) for entry in table(world)]


def table(world: World) -> Sequence[Entry]:
    """Every route that is served: the one list that the application, its description and `--explain` are made from."""
    return (*_authorization_routes(world), *_fhir_routes(world), *_control_routes())


def rows(world: World) -> list[tuple[str, str, str]]:
    """Path, method and handler's name (`tokens.revoke`) of every route that is on."""
    return [
        (path, method, f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}")
        for path, method, handler in table(world)
        if world.patient_served or handler is not patient.search  # off: answers as if it were not there
    ]


async def described(world: World, request: Request) -> Response:
    """`GET /openapi.json`: 200 and the OpenAPI description of every route."""
    return openapi.answer(world, request, rows(world))


def _route(world: World, path: str, method: str, handler: Handler) -> Route:
    if path.startswith(f"{world.measures.get('fhir_path')}/"):
        for template, converted in _FHIR_PATH.items():
            path = path.replace(template, converted)
    return Route(path, endpoint(world, handler), methods=[method])


def _authorization_routes(world: World) -> list[Entry]:
    contract = world.pairing
    pairing = f"{contract.get('pairing_path')}/{{id}}"
    return [
        (contract.get("discovery_path"), "GET", discovery.configuration),
        ("/.well-known/oauth-authorization-server", "GET", discovery.server_metadata),
        (contract.get("jwks_path"), "GET", discovery.keys),
        (contract.get("authorize_path"), "GET", authorization.show),
        (contract.get("authorize_path"), "POST", authorization.answer),
        (contract.get("token_path"), "POST", tokens.token),
        (contract.get("revoke_path"), "POST", tokens.revoke),
        (space.PATH, "GET", space.show),
        (space.PATH, "POST", space.answer),
        (pairing, "GET", pairings.show),
        (pairing, "DELETE", pairings.end),
    ]


def _fhir_routes(world: World) -> list[Entry]:
    base = world.measures.get("fhir_path")
    return [
        (base, "POST", exchanges.write),
        (f"{base}/", "POST", exchanges.write),
        (f"{base}/metadata", "GET", discovery.metadata),
        (world.measures.get("search_path"), "GET", measures_read.search),
        *exchanges.routes(base),
        (f"{base}/{{kind}}/{{id}}", "GET", read),
        (f"{base}/{{kind}}/{{id}}/_history/{{version}}", "GET", version),
    ]


async def read(world: World, request: Request) -> Response:
    """`GET <fhir_path>/<type>/<id>`, for the types without a route of their own."""
    _served(request)
    return await measures_read.read(world, request)


async def version(world: World, request: Request) -> Response:
    """`GET <fhir_path>/<type>/<id>/_history/<version>` (HL7 FHIR R4, §3.1.0.3): a measure has one version only."""
    _served(request)
    if request.path_params["version"] != "1":
        raise refuse(404, "not-found", "There is no such version")
    return await measures_read.read(world, request)


def _served(request: Request) -> None:
    if request.path_params["kind"] not in ("Observation", "Device"):
        raise refuse(404, "not-supported", "Only Observation and Device are served")


def _control_routes() -> list[Entry]:
    table: list[Entry] = [
        ("", "GET", inspection.page),
        ("/", "GET", inspection.page),
        ("/target", "GET", control.target),
        ("/ca.pem", "GET", control.authority),
        ("/consents", "PUT", control.consents),
        ("/service-status", "PUT", control.service_status),
        ("/service-version", "PUT", control.service_version),
        ("/clock", "PUT", control.clock),
        ("/faults", "PUT", control.faults),
        ("/rate-limit", "PUT", control.rate_limit),
        ("/reset", "POST", control.reset),
        ("/users", "POST", control.new_user),
        ("/journal", "GET", control.journal),
    ]
    tools = [(DESCRIPTION, "GET", described), (validation.PATH, "POST", validation.validate)]
    return [*tools, *((CONTROL + path, method, handler) for path, method, handler in table)]
