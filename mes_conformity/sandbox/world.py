"""Everything one sandbox holds: contracts, state, keys, clock, behaviour. Handlers get it and nothing else."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mes_conformity.foundation.environment import Environment
from mes_conformity.sandbox.behaviour import SOUND, Behaviour, Certificate
from mes_conformity.sandbox.faults import behaviour
from mes_conformity.sandbox.identities import CLIENT, CLIENTS, OTHER_CLIENT, USERS, WITNESS, Client, User
from mes_conformity.sandbox.journal import Journal
from mes_conformity.sandbox.signing import Signer
from mes_conformity.sandbox.store import Store
from mes_conformity.validators.contract import Contract

DEFAULT_STATUS = "EN_LIGNE"


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
    behaviour: Behaviour = SOUND
    faults: tuple[str, ...] = ()
    service_status: str = DEFAULT_STATUS
    advanced_s: float = 0.0
    journal: Journal = field(default_factory=Journal)
    started: tuple[str, ...] = ()  # the faults of the start, which a reset brings back
    present_certificate: Callable[[Certificate], None] | None = None

    def now(self) -> float:
        """Seconds since 1970 on the sandbox's clock: the environment's, moved forward by the control address."""
        return self.env.clock().timestamp() + self.advanced_s

    def instant(self) -> str:
        """The same as a FHIR instant."""
        moment = self.env.clock().astimezone(UTC) + timedelta(seconds=self.advanced_s)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

    def secret(self, size: int = 32) -> str:
        """A fresh secret of `size` random bytes, in URL-safe characters."""
        return base64.urlsafe_b64encode(self.env.random_bytes(size)).rstrip(b"=").decode()

    def client(self, client_id: str) -> Client | None:
        """The registered client of this id."""
        return CLIENTS.get(client_id)

    def set_faults(self, names: Iterable[str]) -> None:
        """Misbehave as named from the next request on. Raises UsageError `SBX001`."""
        names = tuple(names)
        self.behaviour, self.faults = behaviour(names), names
        if self.present_certificate is not None:
            self.present_certificate(self.behaviour.certificate)

    def reset(self) -> None:
        """As at the start: the first citizens, no pairing, no measure but the witness's, the faults of the start."""
        self.store.empty()
        self.populate()
        self.journal.clear()
        self.service_status, self.advanced_s = DEFAULT_STATUS, 0.0
        self.set_faults(self.started)

    def populate(self) -> None:
        """Add the first citizens and the witness's measures to an empty database."""
        for user in USERS:
            self.store.put_user(user.login, asdict(user))
        for measure in self.measures.get("measures"):
            self.store.put_resource(_witness(measure, self.env.new_id()))

    def new_user(self) -> User:
        """A fictional citizen nobody has met, without INS."""
        number = int.from_bytes(self.env.random_bytes(6), "big")
        user = User(
            login=f"personne-{number:015d}",
            password=self.secret(9),
            otp=f"{number % 1_000_000:06d}",
            name=f"PERSONNE FICTIVE {number % 10_000:04d}",
        )
        self.store.put_user(user.login, asdict(user))
        return user

    def descriptor(self) -> dict[str, Any]:
        """What a client needs to know: addresses, credentials, citizens. Everything in it is fictional."""
        users = [
            {key: user[key] for key in ("login", "password", "otp", "name")}
            for user in self.store.users()[: len(USERS)]
        ]
        return {
            "url": self.url,
            "fhir_url": self.url + str(self.measures.get("fhir_path")),
            "issuer": self.url,
            "ca_file": self.ca_file,
            "client": CLIENT.to_json(),
            "other_client": OTHER_CLIENT.to_json(),
            "users": users,
            "control_url": f"{self.url}/_sandbox",
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
