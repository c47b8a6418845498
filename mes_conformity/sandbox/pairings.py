"""The pairing of an account: its status and consents, and its end (« désynchronisation »).

The resource is an assumption: the specification « API Appariement » 2.1 names the pairing and its statuses (§4.5), but
only its opening could be read.
"""

from starlette.requests import Request
from starlette.responses import Response

from mes_conformity.sandbox.answers import OAuthRefusal, plain_json
from mes_conformity.sandbox.client_authentication import authenticate
from mes_conformity.sandbox.consents import ended, status
from mes_conformity.sandbox.purposes import exchanges
from mes_conformity.sandbox.store import Row
from mes_conformity.sandbox.world import World


async def show(world: World, request: Request) -> Response:
    """`GET <pairing_path>/{id}`: 200 and the pairing. Raises OAuthRefusal 401, 404."""
    pairing = _own(world, request)
    names = world.pairing.get("claims")
    client = world.client(pairing["client_id"])
    assert client is not None, "a pairing names a registered client"
    document = {
        names["pairing_id"]: pairing["id"],
        names["idpe"]: pairing["idpe"],
        names["assign_auth"]: client.assign_auth,
        "status": status(world, pairing),
        "serviceStatus": world.service_status,
        "consents": _consents(world, pairing),
    }
    return plain_json(document, headers={"Cache-Control": "no-store"})


def _consents(world: World, pairing: Row) -> dict[str, dict[str, str]]:
    """Perimeter → action → granted or refused, in the words of the scopes (`mesures.lecture`)."""
    found: dict[str, dict[str, str]] = {}
    for item in exchanges(world):
        if item.kept in pairing:
            perimeter, _, action = item.scope.partition(".")
            found.setdefault(perimeter, {})[action] = pairing[item.kept]
    return found


async def end(world: World, request: Request) -> Response:
    """`DELETE <pairing_path>/{id}`: 204; the consents and every token end with it. Raises OAuthRefusal 401, 404."""
    pairing = _own(world, request)
    if world.behaviour.pairing_ends_tokens:
        world.store.put_pairing({**pairing, **ended(pairing)})
        world.store.revoke_pairing(pairing["id"])
    else:  # the fault: what was granted goes on
        world.store.put_pairing({**pairing, "status": "REVOKED"})
    return Response(status_code=204)


def _own(world: World, request: Request) -> Row:
    """The pairing, for the client it is of (client authentication) or for who holds its access token."""
    pairing = world.store.pairing(request.path_params["id"])
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = world.store.token(secret.strip())
        live = token and token["kind"] == "access" and token["state"] == "live" and token["expires"] > world.now()
        if token is None or not live:
            headers = {"WWW-Authenticate": 'Bearer realm="sandbox", error="invalid_token"'}
            raise OAuthRefusal(401, "invalid_token", "The access token is not valid", headers)
        mine = pairing is not None and token["pairing"] == pairing["id"]
    else:
        client = authenticate(world, request, {})
        mine = pairing is not None and pairing["client_id"] == client.client_id
    if pairing is None or not mine:
        raise OAuthRefusal(404, "not_found", "There is no such pairing")
    return pairing
