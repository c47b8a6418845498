"""The routes of the sandbox as an ASGI application. Paths come from the contracts; the control address is fixed."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mes_conformity.sandbox import authorization, control, discovery, measures_read, measures_write, pairings, tokens
from mes_conformity.sandbox.answers import refuse
from mes_conformity.sandbox.surface import CONTROL, Application, Handler, Surface, endpoint, unrouted
from mes_conformity.sandbox.world import World


def create_app(world: World) -> Application:
    """The application that serves `world`."""
    routes = [*_authorization_routes(world), *_fhir_routes(world), *_control_routes(world)]
    application = Starlette(routes=routes, exception_handlers={HTTPException: unrouted(world)})
    application.router.redirect_slashes = False
    return Surface(world, application)


def _route(world: World, path: str, method: str, handler: Handler) -> Route:
    call: Callable[[Request], Awaitable[Response]] = endpoint(world, handler)
    return Route(path, call, methods=[method])


def _authorization_routes(world: World) -> list[Route]:
    contract = world.pairing
    pairing = f"{contract.get('pairing_path')}/{{id}}"
    table: list[tuple[str, str, Handler]] = [
        (contract.get("discovery_path"), "GET", discovery.configuration),
        ("/.well-known/oauth-authorization-server", "GET", discovery.configuration),
        (contract.get("jwks_path"), "GET", discovery.keys),
        (contract.get("authorize_path"), "GET", authorization.show),
        (contract.get("authorize_path"), "POST", authorization.answer),
        (contract.get("token_path"), "POST", tokens.token),
        (contract.get("revoke_path"), "POST", tokens.revoke),
        (pairing, "GET", pairings.show),
        (pairing, "DELETE", pairings.end),
    ]
    return [_route(world, path, method, handler) for path, method, handler in table]


def _fhir_routes(world: World) -> list[Route]:
    base = world.measures.get("fhir_path")
    table: list[tuple[str, str, Handler]] = [
        (base, "POST", measures_write.write),
        (f"{base}/", "POST", measures_write.write),
        (f"{base}/metadata", "GET", discovery.metadata),
        (world.measures.get("search_path"), "GET", measures_read.search),
        (f"{base}/{{kind}}/{{id}}", "GET", _read),
    ]
    return [_route(world, path, method, handler) for path, method, handler in table]


async def _read(world: World, request: Request) -> Response:
    if request.path_params["kind"] not in ("Observation", "Device"):
        raise refuse(404, "not-supported", "Only Observation and Device are served")
    return await measures_read.read(world, request)


def _control_routes(world: World) -> list[Route]:
    table: list[tuple[str, str, Handler]] = [
        ("target", "GET", control.target),
        ("ca.pem", "GET", control.authority),
        ("consents", "PUT", control.consents),
        ("service-status", "PUT", control.service_status),
        ("clock", "PUT", control.clock),
        ("faults", "PUT", control.faults),
        ("reset", "POST", control.reset),
        ("users", "POST", control.new_user),
        ("journal", "GET", control.journal),
    ]
    return [_route(world, f"{CONTROL}/{name}", method, handler) for name, method, handler in table]
