"""Before a run: can the target be reached, trusted, and spoken to with these settings?

Each examination says what was found in the user's words, and what to do. What is wrong in the settings (`blocking`) is
an error of the run, never a failure of a case: nobody is accused of a mistyped secret. Whether the target keeps to its
specification is left to the cases.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlencode, urlsplit

from mes_conformity.foundation.exit_codes import ExitCode, worst
from mes_conformity.foundation.i18n import Text, both
from mes_conformity.harness import tls_examination
from mes_conformity.harness.pairing import json_object
from mes_conformity.harness.session import ActionFailed
from mes_conformity.suites.evaluation import FAILURE_TEXTS
from mes_conformity.suites.evidence import Exchange, Request, Response

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.validators.contract import Contract

State = Literal["ok", "warning", "error", "unknown"]
_WAIT_S: Final = 5.0
_SKEW_S: Final = 60
_CREDENTIALS: Final = ("client", "client_certificate", "token")
_CONTRACT: Final = re.compile(r"\b(mes-[a-z]+)@([0-9]+(?:\.[0-9]+)*)\b")
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Examined:
    """One examination. `blocking` tells that a run with these settings would judge nobody rightly."""

    name: str
    state: State
    found: Text
    remedy: Text | None = None
    blocking: bool = False

    @property
    def sentence(self) -> Text:
        """What is wrong and what to do, in one text."""
        return both("{found} : {remedy}", found=self.found, remedy=self.remedy or self.found)

    def to_json(self) -> dict[str, Any]:
        """`{name, state, found, remedy, blocking}`."""
        return {
            "name": self.name,
            "state": self.state,
            "found": dict(self.found),
            "remedy": dict(self.remedy) if self.remedy else None,
            "blocking": self.blocking,
        }


def exit_code(examined: Sequence[Examined]) -> ExitCode:
    """4 for credentials that are refused or cannot be used, 5 for any other error, 0 otherwise."""
    wrong = [item for item in examined if item.state == "error"]
    return worst([ExitCode.AUTH if item.name in _CREDENTIALS else ExitCode.INCONCLUSIVE for item in wrong])


def examine(
    target: Target, contracts: Mapping[str, Contract], env: Environment, transport: Transport
) -> Iterator[Examined]:
    """Every examination of a target, in the order in which a person would make them; ends where nothing more can be
    asked. Nothing is written at the target; no token is asked for, but those of a pairing that was kept."""
    places = list(dict.fromkeys(map(_Place.of, (target.url, target.issuer, target.fhir_url))))
    for place in places:
        for item in (_name(place), _connection(place)):
            yield item
            if item.state != "ok":
                return
    yield from _client_certificate(target, env)
    for place in (item for item in places if item.secure):
        found = [Examined(*item) for item in tls_examination.examine(place.host, place.port, target, env)]
        yield from found
        if any(item.state == "error" for item in found):
            return
    yield from _conversation(target, contracts, env, transport)


@dataclass(frozen=True, slots=True)
class _Place:
    """One of the machines that a target is made of: its API, its issuer and the rest may stand apart."""

    host: str
    port: int
    secure: bool

    @classmethod
    def of(cls, address: str) -> _Place:
        """The place of an address."""
        parts = urlsplit(address)
        secure = parts.scheme == "https"
        return cls(parts.hostname or "", parts.port or (443 if secure else 80), secure)


def _name(place: _Place) -> Examined:
    host = place.host
    try:
        found = socket.getaddrinfo(host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return Examined(
            "dns", "error", both("le nom {host} est introuvable", host=host),
            both("vérifiez l'adresse de la cible ; sur un réseau d'entreprise, vérifiez le VPN et le DNS"),
            blocking=True,
        )  # fmt: skip
    return Examined("dns", "ok", both("{host} est {address}", host=host, address=found[0][4][0]))


def _connection(place: _Place) -> Examined:
    host, port = place.host, place.port
    try:
        socket.create_connection((host, port), timeout=_WAIT_S).close()
    except TimeoutError:
        found = both("{host} ne répond pas sur le port {port}", host=host, port=port)
        return Examined(
            "tcp", "error", found, both("un pare-feu filtre peut-être cette adresse : demandez l'ouverture")
        )
    except OSError as error:
        found = both("{host} refuse la connexion sur le port {port} ({reason})", host=host, port=port,
                     reason=error.strerror or type(error).__name__)  # fmt: skip
        return Examined("tcp", "error", found, both("vérifiez le port, et que la cible est démarrée"))
    return Examined("tcp", "ok", both("{host} répond sur le port {port}", host=host, port=port))


def _client_certificate(target: Target, env: Environment) -> Iterator[Examined]:
    if target.client_certificate is None:
        return
    state, found, remedy = tls_examination.client_certificate(*target.client_certificate, env)
    yield Examined("client_certificate", state, found, remedy, blocking=state == "error")


def _conversation(
    target: Target, contracts: Mapping[str, Contract], env: Environment, transport: Transport
) -> Iterator[Examined]:
    pairing = next((item for item in contracts.values() if item.id == "mes-pairing"), None)
    discovery = str(pairing.get("discovery_path")) if pairing else "/.well-known/openid-configuration"
    exchange = _asked(transport, Request("GET", target.issuer + discovery, (("Accept", "application/json"),)))
    if exchange.response is None:
        assert exchange.failure is not None
        found = both("{text} ({detail})", text=FAILURE_TEXTS[exchange.failure.kind], detail=exchange.failure.detail)
        remedy = both("la cible demande peut-être un certificat de client (client_certificate), ou n'est pas du HTTP")
        yield Examined("http", "error", found, remedy)
        return
    yield Examined("http", "ok", both("la cible répond en HTTP ({status})", status=exchange.response.status))
    yield _clock(exchange.response, env)
    yield from _announced(exchange.response, target)
    if pairing is not None:
        yield from _client(target, pairing, transport)
    yield from _token(target)
    yield _contract(target, contracts, transport)


def _asked(transport: Transport, request: Request) -> Exchange:
    return transport.send(request, timeout=_WAIT_S)


def _clock(response: Response, env: Environment) -> Examined:
    try:
        there = parsedate_to_datetime(response.header("date") or "")
    except ValueError:
        return Examined("clock", "unknown", both("la cible ne dit pas l'heure qu'il est chez elle (en-tête Date)"))
    here = env.clock().astimezone(UTC)
    skew = round((here - (there if there.tzinfo else there.replace(tzinfo=UTC))).total_seconds())
    if abs(skew) <= _SKEW_S:
        return Examined("clock", "ok", both("les deux horloges s'accordent à une minute près"))
    return Examined(
        "clock", "warning",
        both("cette machine et la cible n'ont pas la même heure : {seconds} s d'écart", seconds=skew),
        both("mettez cette machine à l'heure (NTP) : les jetons seraient jugés périmés, ou pas encore valables"),
    )  # fmt: skip


def _announced(response: Response, target: Target) -> Iterator[Examined]:
    """What the authorization server says of itself (OpenID Connect Discovery 1.0, §4)."""
    document = _object(response)
    if response.status != 200 or "issuer" not in document:
        remedy = both("vérifiez `issuer` dans la description de la cible")
        yield Examined("issuer", "warning", both("l'émetteur ne publie pas sa description"), remedy)
        return
    if document["issuer"] == target.issuer:
        yield Examined("issuer", "ok", both("l'émetteur se nomme comme attendu"))
    else:
        found = both("l'émetteur se nomme {other}", other=str(document["issuer"])[:200])
        remedy = both("écrivez ce nom dans `issuer`, s'il est le bon : les jetons le porteront")
        yield Examined("issuer", "warning", found, remedy)
    yield from _scopes(document.get("scopes_supported"), str(target.client.get("scope") or "").split())


def _scopes(supported: Any, wanted: list[str]) -> Iterator[Examined]:
    if not isinstance(supported, list) or not wanted:
        return
    missing = [name for name in wanted if name not in supported]
    if missing:
        found = both("la cible ne connaît pas les portées {names}", names=", ".join(missing))
        remedy = both("corrigez `client.scope`, ou demandez ces portées à qui administre la cible")
        yield Examined("scopes", "error", found, remedy, blocking=True)
    else:
        yield Examined("scopes", "ok", both("la cible connaît les portées du client"))


def _client(target: Target, pairing: Contract, transport: Transport) -> Iterator[Examined]:
    """Whether the client's credentials are accepted: a code that cannot exist is refused for itself (`invalid_grant`)
    by a server that knows the client, and with `invalid_client` otherwise (RFC 6749, §5.2)."""
    client = target.client
    if not client.get("client_id"):
        remedy = both("décrivez le client dans `targets` de mes-conformity.yaml, ou donnez --target @FICHIER")
        yield Examined("client", "unknown", both("la description de la cible ne donne pas de client OAuth"), remedy)
        return
    form = {
        "grant_type": "authorization_code",
        "code": "mes-conformity-preflight",
        "redirect_uri": str(client.get("redirect_uri", "")),
        "code_verifier": "mes-conformity-preflight-mes-conformity-preflight",
        "client_id": str(client["client_id"]),
        "client_secret": str(client.get("client_secret", "")),
    }
    headers = (("Accept", "application/json"), ("Content-Type", _FORM))
    path = str(pairing.get("token_path"))
    address = path if "://" in path else target.issuer + path
    exchange = _asked(transport, Request("POST", address, headers, urlencode(form).encode()))
    response = exchange.response
    error = _object(response).get("error") if response else None
    if error == "invalid_client" or (response is not None and response.status == 401):
        found = both("la cible refuse le client « {name} » ou son secret", name=str(client["client_id"]))
        remedy = both("vérifiez client_id, et la variable d'environnement ou le trousseau qui donne le secret")
        yield Examined("client", "error", found, remedy, blocking=True)
    elif error == "invalid_grant":
        yield Examined("client", "ok", both("la cible connaît le client et accepte son secret"))
    else:
        yield Examined("client", "unknown", both("la cible ne dit pas si elle accepte le client"))


def _token(target: Target) -> Iterator[Examined]:
    """Whether the pairing that was kept still stands; without one, whether there is an account to use."""
    if target.paired is None:
        if not target.users and not target.control_url:
            remedy = both(
                "nommez des comptes d'essai (`users`), ou appariez-vous : `mes-conformity sandbox login {name}`",
                name=target.name,
            )
            yield Examined("token", "warning", both("aucun compte ne permet de s'apparier à la cible"), remedy)
        return
    try:
        target.paired()
    except ActionFailed as failed:
        remedy = both("appariez-vous à nouveau : `mes-conformity sandbox login {name}`", name=target.name)
        yield Examined("token", "error", failed.message, remedy, blocking=True)
        return
    yield Examined("token", "ok", both("l'appariement gardé pour cette cible est accepté"))


def _contract(target: Target, contracts: Mapping[str, Contract], transport: Transport) -> Examined:
    """The FHIR version, and that of the API where the target tells it."""
    exchange = _asked(transport, Request("GET", f"{target.fhir_url}/metadata", (("Accept", "application/fhir+json"),)))
    document = _object(exchange.response) if exchange.response else {}
    version = document.get("fhirVersion")
    if version is None:
        return Examined(
            "contract", "unknown", both("la cible ne publie pas de /metadata : sa version n'est pas connue")
        )
    if not str(version).startswith("4.0"):
        found = both("la cible parle FHIR {version}, les suites FHIR 4.0.1", version=str(version)[:20])
        remedy = both("vérifiez `fhir_url` : elle mène peut-être à une autre version de l'API")
        return Examined("contract", "error", found, remedy, blocking=True)
    assert exchange.response is not None
    told = set(_CONTRACT.findall(exchange.response.body.decode("utf-8", "replace")))
    known = {(item.id, item.version) for item in contracts.values()}
    names = {name for name, _version in known}
    others = sorted(f"{name}@{version}" for name, version in told - known if name in names)
    if others:
        found = both("la cible suit {names}, que les suites n'ont pas", names=", ".join(others))
        remedy = both("prenez les suites de cette version (--suites), ou redéfinissez ce qui change dans `contracts`")
        return Examined("contract", "warning", found, remedy)
    named = ", ".join(sorted(f"{name}@{version}" for name, version in told & known))
    return Examined("contract", "ok", both("FHIR {version} {names}", version=str(version), names=named))


def _object(response: Response | None) -> dict[str, Any]:
    return json_object(response) if response is not None else {}


def blocking(examined: Sequence[Examined]) -> Examined | None:
    """The first setting with which nothing can be judged."""
    return next((item for item in examined if item.blocking), None)
