"""Mutual TLS, as far as partners go: who presented which certificate, and what is refused without one.

The listener asks every client for a certificate. One that is expired, revoked, not for clients or of another authority
ends the handshake with the alert of RFC 8446, §6.2. Without a certificate the handshake goes on, since the browser of a
person has none; then the addresses that only partners call refuse (RFC 8446, §4.4.2.4 leaves the choice; RFC 8705, §2
and §3). That Mon espace santé sets up certificates is republished (API Mesures 1.5.2), how is not.
"""

import asyncio
import ssl
from collections.abc import Collection, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from starlette.responses import Response

from mes_conformity.sandbox.answers import Issue, fhir, outcome, plain_json
from mes_conformity.sandbox.authority import CLIENT_STATES, CLIENT_UNIT, Authority, write_pair
from mes_conformity.sandbox.connections import DeadlineProtocol
from mes_conformity.sandbox.surface import Application, Receive, Send
from mes_conformity.sandbox.world import World

CertificateFiles = Mapping[str, Mapping[str, str]]
"""State → `{certificate, key}`, paths of PEM files."""
_ANY_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python does not name


class Demand:
    """Certificates of `authority`, asked of clients; `files` has one in each of CLIENT_STATES for the client `name`."""

    def __init__(self, authority: Authority, name: str, folder: Path) -> None:
        stranger = Authority(name="Autorité inconnue")
        issued = {state: (stranger if state == "unknown" else authority).client(state, name) for state in CLIENT_STATES}
        files: dict[str, Mapping[str, str]] = {}
        for state in CLIENT_STATES:
            certificate, key = folder / f"client-{state}.pem", folder / f"client-{state}.key"
            write_pair(issued[state], certificate, key)
            files[state] = {"certificate": str(certificate), "key": str(key)}
        self.files: CertificateFiles = files
        self._trusted, self._stranger = authority.pem.decode(), stranger.pem.decode()
        self._revocations = folder / "revocations.pem"
        self._revocations.write_bytes(authority.revocations(issued["revoked"]) + stranger.revocations())

    def made_by(self, context: ssl.SSLContext, let_in: Collection[str] = ()) -> None:
        """Let `context` ask; a client in one of the states `let_in` comes in all the same."""
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=self._trusted)
        if "unknown" in let_in:
            context.load_verify_locations(cadata=self._stranger)
        if "expired" in let_in:
            context.verify_flags |= _ANY_TIME
        if "revoked" not in let_in:
            context.load_verify_locations(cafile=str(self._revocations))
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def recording(peers: MutableMapping[tuple[str, int], str]) -> type[DeadlineProtocol]:
    """A connection that keeps in `peers` (host and port → common name) what its client presented."""

    class Recording(DeadlineProtocol):
        _peer: tuple[str, int] | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Note the certificate, which the handshake verified."""
            super().connection_made(transport)
            session = transport.get_extra_info("ssl_object")
            name = _name(session.getpeercert() if session is not None else None)
            if name:
                self._peer = tuple(transport.get_extra_info("peername")[:2])
                peers[self._peer] = name

        def connection_lost(self, exc: Exception | None) -> None:
            """Forget it."""
            if self._peer is not None:
                peers.pop(self._peer, None)
            super().connection_lost(exc)

    return Recording


def _name(certificate: Mapping[str, Any] | None) -> str:
    """The common name, where the unit is that of partners; "" otherwise."""
    parts = {key: value for group in (certificate or {}).get("subject", ()) for key, value in group}
    return str(parts.get("commonName", "")) if parts.get("organizationalUnitName") == CLIENT_UNIT else ""


class Guard:
    """ASGI application around the routes: without the certificate of a registered client, partners get nothing."""

    def __init__(self, world: World, application: Application) -> None:
        self._world = world
        self._application = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        world = self._world
        if world.mutual_tls and world.behaviour.client_certificate_checked and _is_for_partners(world, scope["path"]):
            name = world.peers.get(tuple(scope.get("client") or ()), "")
            client = world.client(name)
            if client is None and not (name and "stranger" in world.behaviour.client_certificates_let_in):
                await _refused(world, scope["path"], bool(name))(scope, receive, send)
                return
            if client is not None:
                scope["certificate_name"] = name
        await self._application(scope, receive, send)


def _is_for_partners(world: World, path: str) -> bool:
    contract = world.pairing
    bases = [world.measures.get("fhir_path"), contract.get("pairing_path")]
    alone = (contract.get("token_path"), contract.get("revoke_path"))
    return path in alone or any(path == base or path.startswith(f"{base}/") for base in bases)


def _refused(world: World, path: str, presented: bool) -> Response:
    text = "The client certificate names no known client" if presented else "A client certificate is mandatory"
    base = world.measures.get("fhir_path")
    if path == base or path.startswith(f"{base}/"):
        return fhir(outcome([Issue("security", text)]), 403)
    return plain_json({"error": "invalid_client", "error_description": text}, 401, {"Cache-Control": "no-store"})
