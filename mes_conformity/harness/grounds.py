"""What the cases of a run share: the service that is judged, the target, the pace, and what is secret."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mes_conformity.foundation.digests import sha256
from mes_conformity.harness.patience import Patience
from mes_conformity.harness.redaction import Redactor, refuse_production_identity
from mes_conformity.suites.evaluation import Verdict
from mes_conformity.suites.evidence import ArtefactUse, Record

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.listening import Heard
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.suites.loader import Library
    from mes_conformity.validators.contract import Contract


@dataclass(frozen=True)
class Artefact:
    """A file of the service: its path as the workspace writes it, its kind, its bytes."""

    path: str
    kind: str
    raw: bytes

    @cached_property
    def sha256(self) -> str:
        """Digest of the bytes, computed once: each case asks for it."""
        return sha256(self.raw)

    @property
    def use(self) -> ArtefactUse:
        """How a record names it."""
        return ArtefactUse(self.path, self.kind, self.sha256)


@dataclass(frozen=True)
class Ground:
    """What every case of a run shares, whatever its thread. `context` is what suites read as `$target`, `$client` and
    `$service`; `case_s` is how long one case may take; `stopping` tells that the run is being ended early."""

    target: Target | None
    transport: Transport | None
    redactor: Redactor
    env: Environment
    contracts: Mapping[str, Contract]
    artefacts: tuple[Artefact, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)
    case_s: float = 300.0
    patience: Patience = field(default_factory=lambda: Patience(0.0))
    traffic: tuple[Heard, ...] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def bytes_by_digest(self) -> dict[str, bytes]:
        """The artefacts as `evaluate` takes them."""
        return {artefact.sha256: artefact.raw for artefact in self.artefacts}


@dataclass(frozen=True, slots=True)
class Played:
    """What one case gave."""

    verdict: Verdict
    records: tuple[Record, ...]
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Service:
    """What is judged, as data: who it is, what it declared (`facts`), its files, its client where it has its own, what
    its own client was heard to send (None: nobody listened)."""

    publisher: str | None = None
    product: str | None = None
    version: str | None = None
    platform: str | None = None
    solution_oid: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    artefacts: tuple[Artefact, ...] = ()
    client: Mapping[str, Any] = field(default_factory=dict)
    traffic: tuple[Heard, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """`{publisher, product, version, platform, solution_oid}`."""
        names = ("publisher", "product", "version", "platform", "solution_oid")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Pace:
    """How a run is played: cases at a time, failures after which nothing more is started, seconds of the run, seconds
    of one case, seconds that may be waited in all where the target asks to come back later (`Retry-After`)."""

    jobs: int = 1
    stop_after: int | None = None
    run_s: float | None = None
    case_s: float = 300.0
    patience_s: float = 60.0


def make_ground(
    library: Library,
    service: Service,
    env: Environment,
    target: Target | None = None,
    transport: Transport | None = None,
    pace: Pace | None = None,
) -> Ground:
    """What the cases of a run share; every credential known at this point is already secret.

    Raises InvalidInput `RUN003` when an artefact holds an identity of production.
    """
    for artefact in service.artefacts:
        refuse_production_identity(artefact.raw.decode("latin-1"), artefact.path)
    redactor = Redactor(env.random_bytes(32))
    client = {**(target.client if target else {}), **service.client}
    for owner in (client, *(target.users if target else ())):
        for name, value in owner.items():
            if name in ("client_secret", "password", "otp") and isinstance(value, str):
                redactor.learn(value)
    oid = service.solution_oid or client.get("solution_oid")
    if oid:
        client.setdefault("solution_oid", oid)
    context = {
        "target": _addresses(target, library) if target else {},
        "client": client,
        "service": {**service.to_json(), "solution_oid": oid},
        "judged_on": env.today(),
    }
    pace = pace or Pace()
    waits = Patience(pace.patience_s)
    return Ground(
        target, transport, redactor, env, library.contracts, service.artefacts, context,
        case_s=pace.case_s, patience=waits, traffic=service.traffic,
    )  # fmt: skip


def _addresses(target: Target, library: Library) -> dict[str, Any]:
    """`$target`: its addresses, those of the authorization server after the pairing contract."""
    found: dict[str, Any] = {
        "name": target.name,
        "url": target.url,
        "fhir_url": target.fhir_url,
        "issuer": target.issuer,
        "control_url": target.control_url,
    }
    names = {
        "authorize_endpoint": "authorize_path",
        "token_endpoint": "token_path",
        "revocation_endpoint": "revoke_path",
        "jwks_uri": "jwks_path",
        "discovery_url": "discovery_path",
        "pairing_url": "pairing_path",
    }
    pairing = next((item for item in library.contracts.values() if item.id == "mes-pairing"), None)
    for name, key in names.items():
        if pairing is not None and pairing.has(key):
            found[name] = target.issuer + str(pairing.get(key))
    return found
