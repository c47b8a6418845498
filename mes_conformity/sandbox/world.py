"""Everything one sandbox holds: contracts, state, keys, clock, behaviour. Handlers get it and nothing else."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.jwk import ECKey

from mes_conformity.foundation.environment import Environment
from mes_conformity.sandbox import shared_agenda
from mes_conformity.sandbox.behaviour import SOUND, Behaviour
from mes_conformity.sandbox.faults import behaviour
from mes_conformity.sandbox.identities import (
    CLIENT,
    CLIENTS,
    OTHER_CLIENT,
    TEST_INS_SYSTEM,
    USERS,
    WITNESS,
    Client,
    User,
    born_before,
    people,
)
from mes_conformity.sandbox.journal import Journal
from mes_conformity.sandbox.signing import Signer, new_key
from mes_conformity.sandbox.store import Store
from mes_conformity.validators.contract import Contract

DEFAULT_STATUS = "EN_LIGNE"
DEFAULT_VERSION = "1.0"
CONSENTS = ("read", "write", "documents_read", "documents_write", "agenda_read", "agenda_write")
"""What a pairing keeps, `granted` or `refused`: an action about measures, or a perimeter and an action."""


# The faults of one request, asked for in its own header; None: those of the sandbox.
ASKED: ContextVar[Behaviour | None] = ContextVar("asked", default=None)


@dataclass(slots=True)
class World:
    """One sandbox. `url` has no slash at its end and is also the issuer; `latency_ms` adds to every answer."""

    env: Environment
    measures: Contract
    pairing: Contract
    store: Store
    signer: Signer
    url: str
    ca_pem: bytes | None = None
    ca_file: str | None = None
    latency_ms: int = 0
    standing: Behaviour = SOUND  # of every request that does not ask for faults of its own
    faults: tuple[str, ...] = ()
    of_cases: dict[str, Behaviour] = field(default_factory=dict)  # case → how its requests, and no others, are answered
    faults_of_cases: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the same by name, to be shown
    patient_served: bool = False  # `GET …/Patient` is an assumption: off unless asked for
    service_status: str = DEFAULT_STATUS
    service_version: str = DEFAULT_VERSION
    version_since: float = 0.0  # seconds since 1970
    mutual_tls: bool = False
    client_certificates: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # state → files
    peers: dict[tuple[str, int], str] = field(default_factory=dict)  # who is connected with a certificate
    client_keys: dict[str, ECKey] = field(default_factory=dict)
    used_assertions: dict[tuple[str, str], float] = field(default_factory=dict)  # (client_id, jti) → kept until
    advanced_s: float = 0.0
    fixed: datetime | None = None  # the clock stands still here
    started_at: datetime | None = None  # where a reset stops the clock again
    sow: Callable[["World"], None] | None = None  # adds the data of the start
    rate_limit: int = 0  # requests per window and caller; 0: no limit
    callers: dict[str, int] = field(default_factory=dict)  # requests of this window
    started_limit: int = 0  # where a reset puts the limit again
    journal: Journal = field(default_factory=Journal)
    started: tuple[str, ...] = ()  # the faults of the start, which a reset brings back
    shake_hands: Callable[[Behaviour], None] | None = None  # how the next TLS connections begin

    @property
    def behaviour(self) -> Behaviour:
        """How the request being answered is to be misbehaved to."""
        return ASKED.get() or self.standing

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts by the names that descriptions use."""
        return {"measures": self.measures, "pairing": self.pairing}

    def now(self) -> float:
        """Seconds since 1970 on the sandbox's clock: the environment's, moved forward by the control address."""
        return (self.fixed or self.env.clock()).timestamp() + self.advanced_s

    def instant(self) -> str:
        """The same as a FHIR instant."""
        moment = (self.fixed or self.env.clock()).astimezone(UTC) + timedelta(seconds=self.advanced_s)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

    def secret(self, size: int = 32) -> str:
        """A fresh secret of `size` random bytes, in URL-safe characters."""
        return base64.urlsafe_b64encode(self.env.random_bytes(size)).rstrip(b"=").decode()

    def client_key(self, client_id: str) -> ECKey:
        """The key with which this client signs its assertions: made for this sandbox, on demand."""
        if client_id not in self.client_keys:
            self.client_keys[client_id] = new_key(f"{client_id}-{self.env.new_id()[:8]}")
        return self.client_keys[client_id]

    def client(self, client_id: str) -> Client | None:
        """The registered client of this id."""
        return CLIENTS.get(client_id)

    def set_faults(self, names: Iterable[str]) -> None:
        """Misbehave as named from the next request on. Raises UsageError `SBX001`."""
        names = tuple(names)
        self.standing, self.faults = behaviour(names), names
        if self.shake_hands is not None:
            self.shake_hands(self.standing)

    def set_case_faults(self, case: str, names: Iterable[str]) -> None:
        """Misbehave as named to the requests of one test case; soundly again where no fault is named.

        Raises UsageError `SBX001`."""
        names = tuple(names)
        asked = behaviour(names)
        self.of_cases.pop(case, None)
        self.faults_of_cases.pop(case, None)
        if names:
            self.of_cases[case], self.faults_of_cases[case] = asked, names

    def reset(self) -> None:
        """As at the start: the first citizens, no pairing, no measure but the witness's, the faults of the start."""
        self.store.empty()
        self.populate()
        self.journal.clear()
        self.of_cases.clear()
        self.faults_of_cases.clear()
        self.service_status, self.advanced_s = DEFAULT_STATUS, 0.0
        self.service_version, self.version_since = DEFAULT_VERSION, 0.0
        self.used_assertions.clear()
        self.callers.clear()
        self.rate_limit = self.started_limit
        self.fixed = self.started_at
        self.set_faults(self.started)

    def populate(self) -> None:
        """Add the first citizens and the witness's measures to an empty database."""
        for user in (*USERS, *people(self.env.clock())):
            self.store.put_user(user.login, asdict(user))
            if user.situation in _PAIRED:
                self.store.put_pairing(_paired(user, self.env.new_id(), _PAIRED[user.situation]))
        for measure in self.measures.get("measures"):
            self.store.put_resource(_witness(measure, self.env.new_id()))
        for row in shared_agenda.rows(self.started_at or self.env.clock(), self.env.new_id):
            self.store.put_resource(row)
        if self.sow is not None:
            self.sow(self)
        self.store.settle()

    def new_user(self, of_age_in_days: int = 0) -> User:
        """A fictional citizen nobody has met, without INS; a minor for so many days to come, unless it is 0."""
        number = int.from_bytes(self.env.random_bytes(6), "big")
        user = User(
            login=f"personne-{number:015d}",
            password=self.secret(9),
            otp=f"{number % 1_000_000:06d}",
            name=f"PERSONNE FICTIVE {number % 10_000:04d}",
            birth_date=born_before(self.now(), of_age_in_days) if of_age_in_days else "",
        )
        self.store.put_user(user.login, asdict(user))
        return user

    def descriptor(self) -> dict[str, Any]:
        """What a client needs to know: addresses, credentials, citizens. Everything in it is fictional."""
        citizens = self.store.users()
        return {
            "url": self.url,
            "fhir_url": self.url + str(self.measures.get("fhir_path")),
            "issuer": self.url,
            "ca_file": self.ca_file,
            "client": {**CLIENT.to_json(), "private_jwk": self.client_key(CLIENT.client_id).as_dict(private=True)},
            "other_client": OTHER_CLIENT.to_json(),
            "users": [_told(user) for user in citizens[: len(USERS)]],
            "people": [{**_told(user), "situation": user["situation"]} for user in citizens if user.get("situation")],
            "client_certificate": self.client_certificates.get("valid"),
            "client_certificates": self.client_certificates,
            "control_url": f"{self.url}/_sandbox",
            "validator_url": f"{self.url}/validator",
        }


_PAIRED = {"came_of_age": "granted", "all_refused": "refused"}  # who is paired from the start, with what consents


def _told(user: Mapping[str, Any]) -> dict[str, Any]:
    """What a test needs of a citizen: to sign in as them, and to write a document about them."""
    ins = {"ins": {"system": TEST_INS_SYSTEM, "value": user["ins"]}} if user.get("ins") else {}
    return {**{key: user[key] for key in ("login", "password", "otp", "name", "birth_date")}, **ins}


def _paired(user: User, pairing_id: str, choice: str) -> dict[str, Any]:
    """A pairing made before the sandbox began; the one who came of age was a minor then."""
    return {
        "id": pairing_id,
        "login": user.login,
        "client_id": CLIENT.client_id,
        "idpe": f"idpe-fictif-{user.login}",
        "status": "ACTIVE",
        **dict.fromkeys(CONSENTS, choice),
        "asked": sorted(CONSENTS),
        "version": DEFAULT_VERSION,
        "minor": user.situation == "came_of_age",
    }


def _witness(measure: Mapping[str, Any], identifier: str) -> dict[str, Any]:
    """A measure of someone else, so that the fault that shows other people's data has something to show."""
    moment = datetime(2026, 1, 1, 8, tzinfo=UTC)
    written = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {
        "resourceType": "Observation",
        "id": identifier,
        "meta": {"versionId": "1", "lastUpdated": written, "profile": [measure["profile"]]},
        "status": "final",
        "code": {"coding": [{"system": measure["system"], "code": measure["code"]}]},
        "subject": {"identifier": {"system": f"urn:oid:{CLIENT.assign_auth}", "value": WITNESS}},
        "effectiveDateTime": written,
        "valueQuantity": {
            "value": 1, "unit": measure["unit"], "system": "http://unitsofmeasure.org", "code": measure["unit_code"],
        },
    }  # fmt: skip
    return {
        "id": identifier,
        "type": "Observation",
        "idpe": WITNESS,
        "code": measure["code"],
        "effective": moment.timestamp(),
        "identifier": None,
        "device": None,
        "body": json.dumps(body),
    }
